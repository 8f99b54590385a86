"""The door for WhatsApp's webhooks: a raw ASGI application that answers 200 once the webhook is committed.

Raw, because a framework halves the rate. Nothing is parsed before the signature over the raw bytes is right, and
nothing signed is ever refused for its content: what cannot be understood is kept as it came.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import structlog

from hobnob.platform.database import DATABASE_ERRORS, Database
from hobnob.platform.settings import Settings
from hobnob.platform.telemetry import counter
from hobnob.whatsapp import limits, signature
from hobnob.whatsapp.webhooks import MalformedWebhook, OwnerSlice, split_by_owner

from .mending import mend
from .owners import Owners, key_of
from .writer import Busy, Event, EventWriter, NotWritten, Unrouted

log = structlog.get_logger()

_refusals = counter("webhooks_refused", "requests at the door that were not taken, by status", ["status"])

PATH = "/webhooks/whatsapp"
# WhatsApp says 3 MB and does not say which; nothing signed by it should ever meet this limit.
BODY_LIMIT_BYTES = limits.WEBHOOK_BODY_MAX_BYTES + 1024 * 1024
RETRY_AFTER_S = 5
TEXT_MAX_CHARS = 200
REFUSAL_LOG_EVERY_S = 5.0

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_SIGNATURE = signature.HEADER.lower().encode()
_EMPTY = ((b"content-length", b"0"),)
_TEXT = (b"content-type", b"text/plain; charset=utf-8")


class _Refused(Exception):
    """The answer to a request that is not taken."""

    def __init__(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


class _Gone(Exception):
    """The sender hung up before the request was complete."""


class WebhookApp:
    """Serves `PATH`. Make it inside the running loop, `start` it, and `stop` it after the last request."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._secret = settings.whatsapp_app_secret
        self._verify_token = settings.whatsapp_verify_token
        self._owners = Owners(database)
        self._writer = EventWriter(database)
        self._refused_count = 0
        self._refused_logged_at = -REFUSAL_LOG_EVERY_S

    async def start(self) -> None:
        if not self._secret:
            log.error("webhooks_closed", fix="set HOBNOB_WHATSAPP_APP_SECRET: without it no webhook can be trusted")
        self._writer.start()

    async def stop(self) -> None:
        await self._writer.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            method = scope["method"]
            if method == "POST":
                await self._accept(scope, receive)
                await send({"type": "http.response.start", "status": 200, "headers": _EMPTY})
                await send({"type": "http.response.body"})
            elif method == "GET":
                await _answer(send, 200, self._shake_hands(scope))
            else:
                raise _Refused(405, "Use POST, or GET for the handshake.", (b"allow", b"GET, POST"))
        except _Refused as refused:
            self._log_refusal(refused)
            await _answer(send, refused.status, refused.text.encode(), refused.headers)
        except _Gone:
            pass

    async def _accept(self, scope: Scope, receive: Receive) -> None:
        if not self._secret:
            raise _Refused(503, "This server has no app secret yet.", _retry_after())
        declared = given = None
        for name, value in scope["headers"]:
            if name == _SIGNATURE:
                given = value
            elif name == b"content-length":
                declared = value
        body = await _body(declared, receive)
        if not signature.verify(body, given, self._secret):
            raise _Refused(401, "The signature is missing or wrong.")
        try:
            events, unrouted = self._sort_known(body) or await self._sort(body)
            await self._writer.write(events, unrouted, len(body))
        except (Busy, NotWritten, *DATABASE_ERRORS) as error:
            raise _Refused(503, "Not stored: send it again.", _retry_after()) from error

    def _sort_known(self, body: bytes) -> tuple[list[Event], list[Unrouted]] | None:
        """The common case without a task switch: one owner, and known. None when it needs a closer look."""
        try:
            parts = split_by_owner(body)
        except MalformedWebhook:
            return None
        if len(parts) != 1 or (owner := self._owners.known(key_of(parts[0]))) is None:
            return None
        return [Event(owner.lane, owner.account_id, parts[0].body)], []

    async def _sort(self, body: bytes) -> tuple[list[Event], list[Unrouted]]:
        """The body as rows to keep: one per account, or as it is when no account can be found."""
        try:
            parts = _split(body)
        except MalformedWebhook as error:
            return [], [Unrouted("", _printable(f"malformed: {error}"), body)]
        if not parts:
            return [], [Unrouted("", "empty: it reports no change", body)]
        events, unrouted = [], []
        for part in parts:
            key = key_of(part)
            owner = await self._owners.find(key)
            if owner is None:
                unrouted.append(Unrouted(_printable(":".join(key)), "unknown owner", part.body))
            else:
                events.append(Event(owner.lane, owner.account_id, part.body))
        return events, unrouted

    def _shake_hands(self, scope: Scope) -> bytes:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        token = query.get("hub.verify_token", [""])[0].encode()
        right = hmac.compare_digest(token, self._verify_token.encode())
        if not self._verify_token or not right or query.get("hub.mode") != ["subscribe"]:
            raise _Refused(403, "The verify token is wrong.")
        challenge: str = query.get("hub.challenge", [""])[0]
        return challenge.encode()

    def _log_refusal(self, refused: _Refused) -> None:
        """One line every few seconds at most: whoever sends rubbish must not fill the disk."""
        _refusals.labels(refused.status).inc()
        self._refused_count += 1
        now = time.monotonic()
        if now - self._refused_logged_at >= REFUSAL_LOG_EVERY_S:
            log.warning("webhook_refused", status=refused.status, reason=refused.text, count=self._refused_count)
            self._refused_logged_at, self._refused_count = now, 0


def _split(body: bytes) -> list[OwnerSlice]:
    """As it came, or, if it cannot be read so, without the characters that cannot be stored either."""
    try:
        return split_by_owner(body)
    except MalformedWebhook:
        return split_by_owner(mend(body))


def _printable(text: str) -> str:
    """Text that PostgreSQL takes, whatever the webhook held: a NUL in an id must not spoil the batch it travels in."""
    return text[:TEXT_MAX_CHARS].encode("ascii", "backslashreplace").decode().replace("\0", "\\0")


async def _body(declared: bytes | None, receive: Receive) -> bytes:
    if declared is not None and declared.isdigit() and int(declared) > BODY_LIMIT_BYTES:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT_BYTES:
            raise _too_large()
        if not message.get("more_body", False):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)


def _too_large() -> _Refused:
    # Closing, because the rest of the body is still on its way.
    return _Refused(413, f"A webhook may have {BODY_LIMIT_BYTES} bytes.", (b"connection", b"close"))


def _retry_after() -> tuple[bytes, bytes]:
    return b"retry-after", str(RETRY_AFTER_S).encode()


async def _answer(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [_TEXT, length, *headers]})
    await send({"type": "http.response.body", "body": body})
