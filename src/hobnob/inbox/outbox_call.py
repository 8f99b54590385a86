"""One send: the file to WhatsApp first if there is one, then the message, then what the answer means."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import AsyncIterable
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID
from weakref import WeakValueDictionary

import structlog
from msgspec import Struct

from hobnob.kernel.clock import Clock
from hobnob.kernel.identity import phone_from_wa_id
from hobnob.media.types import StoredFile, Upload
from hobnob.platform.storage import FileMissing, Storage, StorageFailed
from hobnob.whatsapp import limits
from hobnob.whatsapp.errors import GraphError, PairRateLimited, RateLimited, Retry, SendUnknown
from hobnob.whatsapp.graph import GraphClient

from .send.problems import broke, file_gone, gave_up, problem_of
from .send.types import Payload
from .types import SendProblem

log = structlog.get_logger()

RETRY_FIRST_S = 1.0
RETRY_GROWTH = 4
RETRY_MAX_S = 600.0
# A file's id is used again only while it has this much life left.
FILE_MARGIN_S = 24 * 3600
WHOLE_MAX_BYTES = 16 * limits.MIB
# From here on, and without an error of Meta's, an answer is that of something on the way: the message may have been taken.
_BROKE_ON_THE_WAY = 500


class Claimed(Struct, frozen=True):
    """An outbox row taken for sending. ``attempts`` counts this one; after ``leave_by`` (the machine's time) the
    request may not leave any more, because another worker may take the row. ``unanswered``: nothing is known of the try
    before."""

    message_id: UUID
    account_id: UUID
    number_id: UUID
    chat_id: UUID
    attempts: int
    payload: Payload
    phone_number_id: str
    leave_by: datetime
    unanswered: bool = False
    file: StoredFile | None = None


class Accepted(Struct, frozen=True):
    """WhatsApp has the message. ``phone`` is the customer's as WhatsApp writes it (E.164), where we wrote it otherwise."""

    wamid: str
    upload: Upload | None = None
    phone: str | None = None


class Again(Struct, frozen=True):
    """Nothing was accepted: try again after ``after_s``. ``limited`` names whose rate was too high."""

    after_s: float
    limited: str | None = None
    retry_after_s: float | None = None
    upload: Upload | None = None


class Failed(Struct, frozen=True):
    problem: SendProblem
    upload: Upload | None = None


class Doubtful(Struct, frozen=True):
    """The request may have arrived."""

    why: str
    upload: Upload | None = None


Outcome: TypeAlias = Accepted | Again | Failed | Doubtful


class Sender:
    """Sends claimed rows through the Graph API; at most ``at_once_max`` calls at a time over all lanes."""

    def __init__(
        self, graph: GraphClient, storage: Storage, clock: Clock, *, at_once_max: int, attempts_max: int
    ) -> None:
        self._graph = graph
        self._storage = storage
        self._clock = clock
        self._attempts_max = attempts_max
        self._at_once_max = at_once_max
        self._in_flight = 0
        self._uploading: WeakValueDictionary[tuple[UUID, str], asyncio.Lock] = WeakValueDictionary()
        self._uploaded: dict[tuple[UUID, str], Upload] = {}

    @property
    def room(self) -> int:
        """How many more calls may start now."""
        return self._at_once_max - self._in_flight

    async def send(self, row: Claimed) -> Outcome:
        """Never raises."""
        if row.unanswered and row.attempts > self._attempts_max:
            # Each try ended with its worker; perhaps this very message ends them.
            return Failed(broke())
        self._in_flight += 1
        try:
            return await self._send(row)
        except Exception:
            # A fault of ours, and nobody knows at which point: like an answer that never came.
            log.exception("send_broke", message_id=str(row.message_id))
            return Doubtful("a fault inside Hobnob") if row.attempts < self._attempts_max else Failed(broke())
        finally:
            self._in_flight -= 1

    async def _send(self, row: Claimed) -> Outcome:
        upload = None
        try:
            if row.payload.file is not None:
                upload = await self._upload(row)
        except FileMissing:
            return Failed(file_gone())
        except StorageFailed as error:
            log.warning("send_waits_for_store", message_id=str(row.message_id), error=str(error))
            return Again(backoff_s(row.attempts))
        except GraphError as error:
            # An upload twice is harmless, so nothing about it is ever in doubt.
            return self._judge(row, error, None)
        body = row.payload.body if upload is None else with_file(row.payload, upload.whatsapp_media_id)
        fresh = upload if upload is not None and not self._is_stored(row, upload) else None
        if self._clock.now() > row.leave_by:
            # A long upload, or this process stood still: the claim is looked at again before anything leaves.
            return Again(0.0, upload=fresh)
        try:
            result = await self._graph.send_message(row.phone_number_id, body)
        except GraphError as error:
            unsaid = error.meta_code is None and (error.http_status or 0) >= _BROKE_ON_THE_WAY
            if not isinstance(error, SendUnknown) and not unsaid:
                return self._judge(row, error, fresh)
            if row.attempts >= self._attempts_max:
                return Failed(gave_up(error, row.attempts), fresh)
            return Doubtful(error.detail, fresh)
        return Accepted(result.wamid, fresh, _other_phone(body, result.wa_id))

    def _judge(self, row: Claimed, error: GraphError, upload: Upload | None) -> Outcome:
        if isinstance(error, PairRateLimited):
            return Again(pair_backoff_s(row.attempts), "pair", error.retry_after_s, upload)
        if isinstance(error, RateLimited):
            return Again(0.0, "number", error.retry_after_s, upload)
        if error.retry is not Retry.TEMPORARY:
            return Failed(problem_of(error), upload)
        if row.attempts >= self._attempts_max:
            return Failed(gave_up(error, row.attempts), upload)
        return Again(backoff_s(row.attempts), upload=upload)

    async def _upload(self, row: Claimed) -> Upload:
        """The file's id at WhatsApp, uploaded at most once however many sends want it."""
        file = row.file
        if file is None:
            raise FileMissing(str(row.message_id))
        key = (file.id, row.phone_number_id)
        lock = self._uploading.setdefault(key, asyncio.Lock())
        async with lock:
            now = self._clock.now()
            known = _known_upload(file) or self._uploaded.get(key)
            if known and known.phone_number_id == row.phone_number_id and _is_alive(known.expires_at, now):
                return known
            content = await self._content(file)
            name = file.filename or str(file.id)
            whatsapp_id = await self._graph.upload_media(row.phone_number_id, content, file.mime_type, name)
            lifetime = timedelta(seconds=limits.UPLOADED_MEDIA_LIFETIME_S)
            upload = Upload(file.id, whatsapp_id, row.phone_number_id, now + lifetime)
            self._uploaded = {k: u for k, u in self._uploaded.items() if _is_alive(u.expires_at, now)} | {key: upload}
            return upload

    async def _content(self, file: StoredFile) -> bytes | AsyncIterable[bytes]:
        if file.size_bytes <= WHOLE_MAX_BYTES:
            return await self._storage.get_bytes(file.storage_key)
        return self._storage.get(file.storage_key)

    @staticmethod
    def _is_stored(row: Claimed, upload: Upload) -> bool:
        return row.file is not None and row.file.whatsapp_media_id == upload.whatsapp_media_id


def with_file(payload: Payload, whatsapp_media_id: str) -> dict[str, object]:
    """The body with the file's id in its place."""
    body = payload.body
    kind = body["type"]
    assert payload.file is not None
    if payload.file.slot == "message":
        return {**body, kind: {**body[kind], "id": whatsapp_media_id}}
    components = [_with_header(part, whatsapp_media_id) for part in body["template"]["components"]]
    return {**body, "template": {**body["template"], "components": components}}


def _other_phone(body: dict[str, object], wa_id: str | None) -> str | None:
    """WhatsApp's form of the phone written to, if it is another: prefixes of some countries come and go."""
    to = body.get("to")
    if not isinstance(to, str) or not wa_id or not wa_id.isdigit() or wa_id == to.lstrip("+"):
        return None
    return phone_from_wa_id(wa_id)


def backoff_s(attempts: int) -> float:
    """The pause before the next try, growing, with jitter so that many do not come back together."""
    pause_s = min(RETRY_FIRST_S * math.pow(RETRY_GROWTH, max(attempts - 1, 0)), RETRY_MAX_S)
    return pause_s * _jitter()


def pair_backoff_s(attempts: int) -> float:
    """Meta's advice for its pair limit: 4^X seconds, X counting from 0."""
    return min(math.pow(4, max(attempts - 1, 0)), RETRY_MAX_S) * _jitter()


def _jitter() -> float:
    return 1 + secrets.randbelow(250) / 1000


def _with_header(part: dict[str, object], whatsapp_media_id: str) -> dict[str, object]:
    if part["type"] != "header":
        return part
    parameters = part["parameters"]
    assert isinstance(parameters, list)
    filled = [{**one, one["type"]: {**one[one["type"]], "id": whatsapp_media_id}} for one in parameters]
    return {**part, "parameters": filled}


def _known_upload(file: StoredFile) -> Upload | None:
    if file.whatsapp_media_id is None or file.whatsapp_expires_at is None or file.phone_number_id is None:
        return None
    return Upload(file.id, file.whatsapp_media_id, file.phone_number_id, file.whatsapp_expires_at)


def _is_alive(expires_at: datetime, now: datetime) -> bool:
    return expires_at > now + timedelta(seconds=FILE_MARGIN_S)
