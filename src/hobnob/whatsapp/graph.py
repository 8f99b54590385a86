"""The client of Meta's Graph API: only the calls Hobnob makes, typed, with time-outs and typed errors.

Reads are repeated with jitter when they fail; writes only when nothing can have been accepted (no connection was made, or Meta
answered with a rate limit). A send is never repeated here: its outbox decides. No answer to a send raises SendUnknown.
"""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
import msgspec

from .error_kinds import Answer
from .errors import FileTooLarge, GraphError, MediaError, RateLimited, Retry, SendUnknown, Temporary, error_for, lookup
from .graph_types import (
    CodeMethod,
    CreatedId,
    ErrorBody,
    MediaInfo,
    Paging,
    PhoneNumber,
    PricingFigures,
    SendResult,
    Success,
    Template,
    send_result,
)
from .messages import read_body

CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 30
TRANSFER_TIMEOUT_S = 300
# Shorter than any server's, so that a send is rarely written to a connection just being closed.
KEEPALIVE_S = 15
TRIES_MAX = 4
BACKOFF_FIRST_S = 0.25
BACKOFF_MAX_S = 5.0
PAGES_MAX = 200
TEMPLATES_PER_PAGE = 100
NUMBER_FIELDS = (
    "id,display_phone_number,verified_name,code_verification_status,quality_rating,status,platform_type,throughput,"
    "name_status,is_on_biz_app,account_mode,whatsapp_business_manager_messaging_limit"
)
TEMPLATE_FIELDS = (
    "id,name,status,category,language,components,parameter_format,quality_score,rejected_reason,previous_category"
)

T = TypeVar("T")

# With these nothing was written to the wire.
_NO_CONNECTION = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def make_session(connections_max: int = 100) -> aiohttp.ClientSession:
    """A pool of kept-alive connections for one process; close it when the process ends."""
    connector = aiohttp.TCPConnector(limit=connections_max, keepalive_timeout=KEEPALIVE_S, ttl_dns_cache=300)
    return aiohttp.ClientSession(connector=connector, auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar())


class GraphClient:
    """One access token against one Graph API. The session is the caller's, so that many clients share its pool."""

    def __init__(
        self,
        base_url: str,
        version: str,
        token: str,
        session: aiohttp.ClientSession,
        *,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._root = f"{base_url.rstrip('/')}/{version}"
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}"}
        # Waiting long for one of the pool's connections is not waiting for an answer: nothing has been written.
        self._timeout = aiohttp.ClientTimeout(
            total=answer_timeout_s, connect=answer_timeout_s / 2, sock_connect=CONNECT_TIMEOUT_S
        )
        self._transfer = aiohttp.ClientTimeout(total=TRANSFER_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S)

    # Numbers

    async def create_phone_number(self, waba_id: str, cc: str, number: str, verified_name: str) -> str:
        """Adds a number to a WhatsApp account and returns its id."""
        body = {"cc": cc, "phone_number": number, "verified_name": verified_name}
        return (await self._post(f"{waba_id}/phone_numbers", body, CreatedId)).id

    async def phone_number(self, phone_number_id: str) -> PhoneNumber:
        return await self._get(phone_number_id, PhoneNumber, fields=NUMBER_FIELDS)

    async def phone_numbers(self, waba_id: str) -> list[PhoneNumber]:
        found = self._pages(f"{waba_id}/phone_numbers", PhoneNumber, fields=NUMBER_FIELDS, limit="100")
        return [number async for number in found]

    async def request_code(self, phone_number_id: str, method: CodeMethod, language: str = "en_US") -> None:
        await self._post(f"{phone_number_id}/request_code", {"code_method": method, "language": language}, Success)

    async def verify_code(self, phone_number_id: str, code: str) -> None:
        await self._post(f"{phone_number_id}/verify_code", {"code": code}, Success)

    async def register(self, phone_number_id: str, pin: str) -> None:
        await self._post(f"{phone_number_id}/register", {"messaging_product": "whatsapp", "pin": pin}, Success)

    async def subscribe_app(
        self, waba_id: str, override_callback_uri: str | None = None, verify_token: str | None = None
    ) -> None:
        """Has the account's webhooks sent to this token's app, or to ``override_callback_uri``."""
        body = {"override_callback_uri": override_callback_uri, "verify_token": verify_token}
        await self._post(f"{waba_id}/subscribed_apps", {k: v for k, v in body.items() if v}, Success)

    # Messages

    async def send_message(self, phone_number_id: str, payload: dict[str, Any] | bytes) -> SendResult:
        """Sends once. Raises SendUnknown when Meta may have taken the message without saying so."""
        data = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
        headers = {**self._headers, "Content-Type": "application/json"}
        url = f"{self._root}/{phone_number_id}/messages"
        try:
            async with self._session.post(url, data=data, headers=headers, timeout=self._timeout) as answer:
                body = await answer.read()
                if answer.status == 200:
                    return send_result(body)
                raise _refusal(answer, body)
        except _NO_CONNECTION as error:
            raise _temporary("no connection to WhatsApp", error) from error
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            raise SendUnknown(
                None, f"no answer from WhatsApp: {_name(error)}", retry=Retry.TEMPORARY, advice="Wait for its ticks."
            ) from error

    async def mark_read(self, phone_number_id: str, wamid: str, *, typing: bool = False) -> None:
        """Blue ticks for a message and those before it; harmless to repeat."""
        await self._post(f"{phone_number_id}/messages", read_body(wamid, typing=typing), Success, repeat=True)

    # Media

    async def upload_media(
        self, phone_number_id: str, content: bytes | AsyncIterable[bytes], mime_type: str, filename: str
    ) -> str:
        """Uploads a file for sending; the id lives 30 days. Repeating it is harmless, so a bytes upload is repeated."""
        again = isinstance(content, bytes)

        async def once() -> CreatedId:
            form = aiohttp.FormData()
            form.add_field("messaging_product", "whatsapp")
            form.add_field("type", mime_type)
            # As a file, so that a large one is written in pieces.
            part = io.BytesIO(content) if isinstance(content, bytes) else aiohttp.payload.AsyncIterablePayload(content)
            form.add_field("file", part, filename=filename, content_type=mime_type)
            return await self._once("POST", f"{phone_number_id}/media", CreatedId, data=form, timeout=self._transfer)

        return (await _repeating(once, repeat=again)).id

    async def media_info(self, media_id: str, phone_number_id: str | None = None) -> MediaInfo:
        """Where to fetch a file (for five minutes), its type, size and hash."""
        query = {"phone_number_id": phone_number_id} if phone_number_id else {}
        return await self._get(media_id, MediaInfo, **query)

    async def download_media(self, url: str, max_bytes: int) -> AsyncIterator[bytes]:
        """The file behind a media URL, in chunks. Raises FileTooLarge beyond ``max_bytes``, MediaError when it is gone."""
        try:
            async with self._session.get(url, headers=self._headers, timeout=self._transfer) as answer:
                if answer.status != 200:
                    raise _media_refusal(answer.status)
                if (answer.content_length or 0) > max_bytes:
                    raise _too_large(max_bytes)
                taken = 0
                async for chunk in answer.content.iter_chunked(64 * 1024):
                    taken += len(chunk)
                    if taken > max_bytes:
                        raise _too_large(max_bytes)
                    yield chunk
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _temporary("the download broke off", error) from error

    # Templates

    def templates(self, waba_id: str) -> AsyncIterator[Template]:
        """Every template of the account, page by page."""
        limit = str(TEMPLATES_PER_PAGE)
        return self._pages(f"{waba_id}/message_templates", Template, fields=TEMPLATE_FIELDS, limit=limit)

    # Bills

    async def pricing_analytics(self, waba_id: str, start: datetime, end: datetime) -> PricingFigures:
        """How many messages an account delivered in a span, by half-hour, number, country, kind and category, and what they
        cost. Figures of the newest hours still grow."""
        filters = (
            f"start({int(start.timestamp())}).end({int(end.timestamp())}).granularity(HALF_HOUR)"
            ".phone_numbers([]).country_codes([])"
            '.metric_types(["COST","VOLUME"]).dimensions(["COUNTRY","PHONE","PRICING_CATEGORY","PRICING_TYPE"])'
        )
        return await self._get(waba_id, PricingFigures, fields=f"currency,pricing_analytics.{filters}")

    # The plumbing

    async def _get(self, path: str, kind: type[T], **query: str) -> T:
        return await _repeating(lambda: self._once("GET", path, kind, params=query), repeat=True)

    async def _post(self, path: str, body: dict[str, Any], kind: type[T], *, repeat: bool = False) -> T:
        return await _repeating(lambda: self._once("POST", path, kind, json=body), repeat=repeat)

    async def _pages(self, path: str, kind: type[T], **query: str) -> AsyncIterator[T]:
        for _ in range(PAGES_MAX):
            page: Paging[T] = await self._get(path, Paging[kind], **query)  # type: ignore[valid-type]
            for item in page.data:
                yield item
            if not page.after:
                return
            query["after"] = page.after

    async def _once(self, method: str, path: str, kind: type[T], **request: Any) -> T:
        request.setdefault("timeout", self._timeout)
        try:
            async with self._session.request(
                method, f"{self._root}/{path}", headers=self._headers, **request
            ) as answer:
                body = await answer.read()
                if answer.status >= 300:
                    raise _refusal(answer, body)
                return msgspec.json.decode(body, type=kind, strict=False)
        except _NO_CONNECTION as error:
            raise _NotSent(error) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _temporary("no answer from WhatsApp", error) from error
        except msgspec.MsgspecError as error:
            raise _temporary("WhatsApp answered with something unreadable", error) from error


class _NotSent(Exception):
    """No connection was made, so nothing can have been accepted."""


async def _repeating(once: Callable[[], Awaitable[T]], *, repeat: bool) -> T:
    """Tries again with growing, jittered pauses: always when nothing was accepted, otherwise only if ``repeat``."""
    pause_s = BACKOFF_FIRST_S
    for attempt in range(1, TRIES_MAX + 1):
        try:
            return await once()
        except _NotSent as error:
            if attempt == TRIES_MAX:
                raise _temporary("no connection to WhatsApp", error.__cause__) from error.__cause__
        except RateLimited as error:
            if attempt == TRIES_MAX or (error.retry_after_s or 0) > BACKOFF_MAX_S:
                raise
            pause_s = max(pause_s, error.retry_after_s or 0)
        except GraphError as error:
            if not repeat or error.retry is not Retry.TEMPORARY or attempt == TRIES_MAX:
                raise
        await asyncio.sleep(pause_s * (0.5 + secrets.randbelow(512) / 1024))
        pause_s = min(pause_s * 2, BACKOFF_MAX_S)
    raise AssertionError("unreachable")


def _refusal(answer: aiohttp.ClientResponse, body: bytes) -> GraphError:
    """The typed error of an answer that is not a success."""
    retry_after = answer.headers.get("Retry-After", "")
    retry_after_s = float(retry_after) if retry_after.isdigit() else None
    try:
        said = msgspec.json.decode(body, type=ErrorBody, strict=False).error
    except msgspec.MsgspecError:
        return error_for(
            None, f"WhatsApp answered {answer.status}", http_status=answer.status, retry_after_s=retry_after_s
        )
    code = said.code
    if answer.status == 429 and (code is None or lookup(code) is None):
        code = 130429
    details = said.error_data.get("details") if isinstance(said.error_data, dict) else None
    return error_for(
        code,
        said.message,
        details=details if isinstance(details, str) else said.error_user_msg,
        http_status=answer.status,
        subcode=said.error_subcode,
        trace_id=said.fbtrace_id,
        retry_after_s=retry_after_s,
        error_data=said.error_data,
    )


def _temporary(what: str, cause: BaseException | None) -> Temporary:
    why = f"{what}: {_name(cause)}" if cause is not None else what
    return Temporary(None, why, retry=Retry.TEMPORARY, advice="It is tried again by itself.")


def _name(error: BaseException) -> str:
    return f"{type(error).__name__} {error}".strip()


def _media_refusal(status: int) -> GraphError:
    if status >= 500 or status == 429:
        return _temporary(f"the download answered {status}", None)
    advice = "Ask for a fresh address of the file." if status in (401, 403, 404) else "Try the download again."
    return MediaError(
        None, f"the download answered {status}", retry=Retry.PERMANENT, advice=advice, answer=Answer(None, status)
    )


def _too_large(max_bytes: int) -> FileTooLarge:
    return FileTooLarge(
        None, f"the file is larger than {max_bytes} bytes", retry=Retry.PERMANENT, advice="Ask for a smaller file."
    )
