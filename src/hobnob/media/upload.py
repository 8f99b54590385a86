"""Taking in an agent's file: what it is, whether WhatsApp would take it, into the store, then the row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import structlog

from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Database
from hobnob.platform.storage import Storage, StorageFailed
from hobnob.whatsapp import limits

from . import actions, rules
from .errors import MediaTooLarge, MediaTypeRefused, StoreUnavailable
from .measuring import Measured, TooManyBytes
from .pictures import PICTURE_MAX_BYTES, TYPES, NotAPicture, Picture, PictureReader
from .types import MediaView, StoredFile

log = structlog.get_logger()

Reader = Callable[[int], Awaitable[bytes]]
CHUNK_BYTES = 512 * 1024
# An archive or an old Office file is read whole to tell what it is; beyond this it is refused.
CONTAINER_MAX_BYTES = 100 * limits.MIB
_TAKEN = "WhatsApp takes JPEG and PNG pictures, WebP stickers, MP4 and 3GP videos, AAC, AMR, MP3, M4A and Ogg sound, PDF, Office files and plain text."


class Uploader:
    """Keeps uploads of agents."""

    def __init__(self, database: Database, storage: Storage, pictures: PictureReader, max_bytes: int) -> None:
        self._database = database
        self._storage = storage
        self._pictures = pictures
        self._max_bytes = max_bytes

    async def keep(self, tenant: Tenant, read: Reader, filename: str | None, now: datetime) -> MediaView:
        """Store a file. Raises MediaTypeRefused, MediaTooLarge or StoreUnavailable; then nothing is kept."""
        head = await read(rules.HEAD_BYTES)
        if not head:
            raise InvalidInput("The file is empty.", fields=[("file", "empty")])
        whole = await self._whole(head, read) if rules.looks_like_container(head) else None
        mime_type = rules.sniff(head, whole)
        kind = limits.media_kind_of(mime_type) if mime_type else None
        if mime_type is None or kind is None:
            raise MediaTypeRefused(f"This file cannot be sent. {_TAKEN}", fields=[("file", "type refused")])
        most = min(rules.max_bytes(kind, head), self._max_bytes)
        media_id = new_id()
        key = rules.storage_key(tenant.account_id, media_id)
        stream = Measured(_parts(whole if whole is not None else head, read if whole is None else None), most)
        try:
            await self._storage.put(key, stream.chunks())
            picture = await self._picture(key, mime_type, stream.size_bytes)
            if picture:
                await self._storage.put(rules.thumbnail_key(key), picture.thumbnail)
        except TooManyBytes:
            raise _too_large(kind, most) from None
        except StorageFailed as error:
            log.error("upload_not_stored", error=str(error))
            raise StoreUnavailable from error
        file = StoredFile(
            id=media_id,
            mime_type=mime_type,
            size_bytes=stream.size_bytes,
            filename=rules.clean_filename(filename),
            width=picture.width if picture else None,
            height=picture.height if picture else None,
            storage_key=key,
            thumbnail_key=rules.thumbnail_key(key) if picture else None,
            sha256=stream.digest(),
            whatsapp_media_id=None,
            whatsapp_expires_at=None,
            phone_number_id=None,
        )
        async with self._database.account(tenant) as tx:
            return await actions.keep_upload(tx, tenant, file, now)

    async def _picture(self, key: str, mime_type: str, size_bytes: int) -> Picture | None:
        if mime_type not in TYPES or size_bytes > PICTURE_MAX_BYTES:
            return None
        try:
            return await self._pictures.read(await self._storage.get_bytes(key))
        except NotAPicture as error:
            await self._storage.delete(key)
            raise MediaTypeRefused(
                "This picture is broken or has too many pixels: save it again, smaller, and try once more.",
                fields=[("file", "not a readable picture")],
            ) from error

    async def _whole(self, head: bytes, read: Reader) -> bytes:
        most = min(CONTAINER_MAX_BYTES, self._max_bytes)
        parts, size = [head], len(head)
        while chunk := await read(CHUNK_BYTES):
            parts.append(chunk)
            size += len(chunk)
            if size > most:
                raise _too_large("document", most)
        return b"".join(parts)


async def _parts(first: bytes, read: Reader | None) -> AsyncIterator[bytes]:
    yield first
    while read is not None and (chunk := await read(CHUNK_BYTES)):
        yield chunk


def _too_large(kind: str, most: int) -> MediaTooLarge:
    article = "An" if kind in ("image", "audio") else "A"
    return MediaTooLarge(
        f"{article} {kind} may have at most {rules.size_text(most)} on WhatsApp. Choose a smaller file."
    )
