"""Fetching a customer's file from WhatsApp into the store, and judging what a failure means."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from hobnob.kernel.clock import Clock
from hobnob.platform.storage import Storage, StorageFailed
from hobnob.whatsapp import limits
from hobnob.whatsapp.errors import FileTooLarge, GraphError, MediaError, Retry
from hobnob.whatsapp.graph import GraphClient

from . import rules
from .measuring import Measured
from .pictures import PICTURE_MAX_BYTES, TYPES, NotAPicture, Picture, PictureReader
from .types import Fetched, PendingFile

log = structlog.get_logger()

RETRY_FIRST_S = 2
RETRY_MAX_S = 1_800
# A file that is gone may be a hiccup of WhatsApp's; after so many tries it is believed.
GONE_TRIES_MAX = 4
# Whom our access token may be shown to.
_META_HOSTS = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net", ".whatsapp.com")


class _Damaged(Exception):
    """The bytes are not those that WhatsApp announced."""


class Fetcher:
    """Fetches files, one call each, any number at a time."""

    def __init__(
        self,
        graph: GraphClient,
        storage: Storage,
        pictures: PictureReader,
        clock: Clock,
        *,
        graph_url: str,
        max_bytes: int,
    ) -> None:
        self._graph = graph
        self._storage = storage
        self._pictures = pictures
        self._clock = clock
        self._graph_host = urlsplit(graph_url).netloc
        self._max_bytes = max_bytes

    async def fetch(self, file: PendingFile) -> Fetched:
        """What became of it. Never raises."""
        try:
            return await self._fetch(file)
        except FileTooLarge:
            return Fetched(file, "failed", f"The file is larger than {rules.size_text(self._max_bytes)}.")
        except MediaError as error:
            return self._again(file, error.detail, tries_max=GONE_TRIES_MAX)
        except GraphError as error:
            final = error.retry is Retry.PERMANENT
            return self._again(file, error.detail, tries_max=GONE_TRIES_MAX if final else None)
        except (_Damaged, StorageFailed) as error:
            return self._again(file, str(error))
        except Exception:
            # A fault of ours, and perhaps these very bytes bring it about: the files beside it must not wait for it.
            log.exception("media_fetch_broke", media_id=str(file.id))
            return self._again(file, "a fault inside Hobnob", tries_max=GONE_TRIES_MAX)

    async def _fetch(self, file: PendingFile) -> Fetched:
        url = await self._url(file)
        stream = Measured(self._graph.download_media(url, self._max_bytes))
        key = rules.storage_key(file.account_id, file.id)
        await self._storage.put(key, stream.chunks())
        if file.sha256 is not None and stream.digest() != file.sha256:
            await self._storage.delete(key)
            raise _Damaged("the file arrived damaged")
        mime_type = await self._type(file, key, stream)
        picture = await self._picture(key, mime_type, stream.size_bytes)
        return Fetched(
            file,
            "stored",
            mime_type=mime_type,
            size_bytes=stream.size_bytes,
            sha256=stream.digest(),
            width=picture.width if picture else None,
            height=picture.height if picture else None,
            storage_key=key,
            thumbnail_key=rules.thumbnail_key(key) if picture else None,
        )

    async def _url(self, file: PendingFile) -> str:
        """The webhook's own address at first; later a fresh one, because addresses live five minutes."""
        if file.source_url and file.attempts == 1 and self._trusted(file.source_url):
            return file.source_url
        return (await self._graph.media_info(file.whatsapp_media_id, file.phone_number_id)).url

    def _trusted(self, url: str) -> bool:
        address = urlsplit(url)
        if address.netloc == self._graph_host:
            return True
        return address.scheme == "https" and (address.hostname or "").endswith(_META_HOSTS)

    async def _type(self, file: PendingFile, key: str, stream: Measured) -> str:
        """What the bytes say; where they say nothing, what WhatsApp said."""
        whole = None
        if rules.looks_like_container(stream.head) and stream.size_bytes <= PICTURE_MAX_BYTES:
            whole = await self._storage.get_bytes(key)
        sniffed = rules.sniff(stream.head, whole)
        announced = limits.bare_mime_type(file.mime_type)
        if sniffed == "text/plain" and announced in ("text/csv", "text/vcard", "text/calendar", "application/json"):
            return announced
        return sniffed or (announced if announced not in rules.INLINE else "application/octet-stream")

    async def _picture(self, key: str, mime_type: str, size_bytes: int) -> Picture | None:
        if mime_type not in TYPES or size_bytes > PICTURE_MAX_BYTES:
            return None
        try:
            picture = await self._pictures.read(await self._storage.get_bytes(key))
        except NotAPicture as error:
            # Kept and offered for download all the same: it is what the customer sent.
            log.info("picture_unreadable", error=str(error))
            return None
        await self._storage.put(rules.thumbnail_key(key), picture.thumbnail)
        return picture

    def _again(self, file: PendingFile, why: str, tries_max: int | None = None) -> Fetched:
        now = self._clock.now()
        due_at = now + timedelta(seconds=min(RETRY_FIRST_S * 4 ** (file.attempts - 1), RETRY_MAX_S))
        if (tries_max is not None and file.attempts >= tries_max) or due_at >= file.whatsapp_expires_at:
            return Fetched(file, "failed", f"The file could not be fetched from WhatsApp: {why.rstrip('.')}.")
        log.info("media_fetch_again", media_id=str(file.id), attempts=file.attempts, why=why)
        return Fetched(file, "pending", error=why, due_at=due_at)
