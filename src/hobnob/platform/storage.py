"""The store of files: a folder, or a bucket of anything that speaks S3. Keys are ours, never a user's file name."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from .settings import Settings, SettingsError

if TYPE_CHECKING:
    from obstore import GetOptions

CHUNK_BYTES = 512 * 1024
PART_BYTES = 5 * 1024 * 1024
PARTS_AT_ONCE_MAX = 4


class FileMissing(Exception):
    """The store has nothing under this key."""


class StorageFailed(Exception):
    """The store did not do what it was asked; trying again later may help."""


class Storage:
    """Put, get and delete by key. A file is seen whole or not at all."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    async def put(self, key: str, content: bytes | AsyncIterable[bytes]) -> None:
        """Store a file, replacing one of the same key. A stream that raises leaves nothing behind, and its error passes."""
        raised: list[BaseException] = []
        source = content if isinstance(content, bytes) else _noting(content, raised)
        try:
            await obstore.put_async(self._store, key, source, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE_MAX)
        except (BaseError, OSError) as error:
            if raised:
                raise raised[0] from None
            raise StorageFailed(f"could not store {key}: {error}") from error
        except Exception:
            # The store wraps what the stream raised; the caller wants to see the cause.
            if raised:
                raise raised[0] from None
            raise

    async def get(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The file's bytes from ``start`` up to, not including, ``end``, in chunks. Raises FileMissing."""
        options: GetOptions = {}
        if end is not None:
            options["range"] = (start, end)
        elif start:
            options["range"] = {"offset": start}
        try:
            found = await obstore.get_async(self._store, key, options=options)
            async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)
        except FileNotFoundError:
            raise FileMissing(key) from None
        except (BaseError, OSError) as error:
            raise StorageFailed(f"could not read {key}: {error}") from error

    async def get_bytes(self, key: str) -> bytes:
        """The whole file. Raises FileMissing."""
        return b"".join([chunk async for chunk in self.get(key)])

    async def delete(self, key: str) -> None:
        """Remove a file; one that is not there is fine."""
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            pass
        except (BaseError, OSError) as error:
            raise StorageFailed(f"could not delete {key}: {error}") from error


def open_storage(settings: Settings) -> Storage:
    """The store the settings name. Raises SettingsError for an address that is none."""
    if not settings.storage_url:
        folder = Path(settings.data_dir).resolve() / "media"
        return Storage(LocalStore(folder, automatic_cleanup=True, mkdir=True))
    address = urlsplit(settings.storage_url)
    if address.scheme != "s3" or not address.netloc:
        raise SettingsError(
            f"HOBNOB_STORAGE_URL={settings.storage_url!r} cannot be used: leave it empty for a folder, "
            "or set it to s3://bucket/prefix."
        )
    return Storage(_bucket(settings, address.netloc, address.path.strip("/")))


def _bucket(settings: Settings, bucket: str, prefix: str) -> S3Store:
    endpoint = settings.storage_s3_endpoint
    return S3Store(
        bucket,
        prefix=prefix or None,
        config={
            "region": settings.storage_s3_region,
            # A server of one's own has one name for all buckets.
            "virtual_hosted_style_request": not endpoint,
            **({"endpoint": endpoint} if endpoint else {}),
            **({"access_key_id": settings.storage_s3_access_key} if settings.storage_s3_access_key else {}),
            **({"secret_access_key": settings.storage_s3_secret_key} if settings.storage_s3_secret_key else {}),
        },
        client_options={"allow_http": endpoint.startswith("http://")},
    )


async def _noting(content: AsyncIterable[bytes], raised: list[BaseException]) -> AsyncIterator[bytes]:
    try:
        async for chunk in content:
            yield chunk
    except Exception as error:
        raised.append(error)
        raise
