"""HTTP edges shared by every room: problem documents, request ids, CSRF, and what a handler is given."""

from __future__ import annotations

import hmac
import secrets
from contextvars import ContextVar
from hashlib import sha256
from typing import Any, cast

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from hobnob.kernel.errors import Forbidden, HobnobError, InvalidInput, NotFound, RateLimited, TooLarge

log = structlog.get_logger()

PROBLEM_MEDIA_TYPE = "application/problem+json"
REQUEST_ID_MAX_CHARS = 64
CSRF_COOKIE = "hobnob_csrf"
CSRF_HEADER = b"x-csrf-token"
_UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
request_id: ContextVar[str] = ContextVar("request_id", default="")


class FieldProblem(msgspec.Struct, frozen=True):
    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem document. ``code`` is stable; ``detail`` is a sentence to show a person."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str = ""
    fields: list[FieldProblem] = []


def problem_of(error: HobnobError) -> Problem:
    """An error as a problem document, without its ``extra`` members."""
    return Problem(
        type=f"/problems/{error.code}",
        title=error.title,
        status=error.status,
        code=error.code,
        detail=error.detail,
        request_id=request_id.get(),
        fields=[FieldProblem(name, message) for name, message in error.fields],
    )


def problem_response(error: HobnobError) -> Response[dict[str, Any]]:
    """The answer for an error of ours; ``extra`` members stand beside the standard ones."""
    problem = problem_of(error)
    headers = {"Retry-After": str(error.extra["retry_after_s"])} if "retry_after_s" in error.extra else {}
    return Response(
        {**msgspec.to_builtins(problem), **error.extra},
        status_code=error.status,
        media_type=PROBLEM_MEDIA_TYPE,
        headers=headers,
    )


_STATUS_MEANINGS = {
    400: "The request could not be read",
    401: "Not signed in",
    402: "Too little credit",
    403: "Not allowed, or X-CSRF-Token is missing",
    404: "Not found",
    409: "Not possible in the present state",
    413: "Too large",
    415: "This type of file is not accepted",
    422: "The request is not valid; `fields` says where",
    429: "Too many requests; Retry-After says how long to wait",
    502: "WhatsApp did not accept our credentials",
    503: "Not available at the moment; try again",
}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """The documented errors of a handler: one problem document per status."""
    return {
        status: ResponseSpec(
            Problem, generate_examples=False, description=_STATUS_MEANINGS[status], media_type=PROBLEM_MEDIA_TYPE
        )
        for status in statuses
    }


def handle_error(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Any error as a problem document. Unknown ones are logged with their trace and told nothing about."""
    if isinstance(error, HobnobError):
        return problem_response(error)
    if isinstance(error, ValidationException):
        return problem_response(_invalid(error))
    if isinstance(error, HTTPException) and error.status_code < 500:
        return problem_response(_from_http(error))
    if isinstance(error, _UNSTORABLE):
        return problem_response(InvalidInput("A text holds a character that cannot be stored, such as NUL: remove it."))
    log.error("request_failed", path=request.scope.get("path"), exc_info=error)
    return problem_response(
        HobnobError(f"Something went wrong on our side. Nothing was changed; quote request {request_id.get()}.")
    )


def _invalid(error: ValidationException) -> InvalidInput:
    details = error.extra if isinstance(error.extra, list) else []
    fields = [(str(item.get("key", "")), str(item.get("message", ""))) for item in details if isinstance(item, dict)]
    first = f": {fields[0][0]} {fields[0][1]}" if fields else ""
    return InvalidInput(f"The request does not have the expected form{first}.", fields=fields)


def _from_http(error: HTTPException) -> HobnobError:
    kinds: dict[int, type[HobnobError]] = {
        # The framework's 400 is a body or a parameter it cannot read; we say 422 for all of these.
        400: InvalidInput,
        404: NotFound,
        403: Forbidden,
        413: TooLarge,
        429: RateLimited,
    }
    kind = kinds.get(error.status_code)
    if kind is not None:
        return kind(error.detail or kind.title)
    refusal = type("RequestRefused", (HobnobError,), {"status": error.status_code, "title": "Request refused"})
    return cast(
        "HobnobError", refusal(error.detail or "The request could not be answered.", code=f"http_{error.status_code}")
    )


def new_csrf_token(secret_key: str) -> str:
    """A fresh token: a nonce and its signature, so that a planted cookie does not pass."""
    nonce = secrets.token_urlsafe(18)
    return f"{nonce}.{_signature(secret_key, nonce)}"


def csrf_token_valid(secret_key: str, cookie: str, header: str) -> bool:
    nonce, _, signature = cookie.partition(".")
    return hmac.compare_digest(cookie.encode(), header.encode()) and hmac.compare_digest(
        signature.encode(), _signature(secret_key, nonce).encode()
    )


def _signature(secret_key: str, nonce: str) -> str:
    return hmac.new(secret_key.encode(), b"csrf " + nonce.encode(), sha256).hexdigest()[:32]


class EdgeMiddleware:
    """Outermost: gives each request its id, checks CSRF on changes under /api, sets the security headers."""

    def __init__(
        self, app: ASGIApp, secret_key: str, content_security_policy: str, *, https_only: bool = False
    ) -> None:
        self._app = app
        self._secret_key = secret_key
        self._headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"x-frame-options", b"DENY"),
            (b"content-security-policy", content_security_policy.encode()),
        ]
        if https_only:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")[:REQUEST_ID_MAX_CHARS]
        identity = given if given.replace("-", "").isalnum() else secrets.token_hex(8)
        token = request_id.set(identity)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identity)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                extra = [pair for pair in self._headers if pair[0] not in present]
                message["headers"] = [*message["headers"], *extra, (b"x-request-id", identity.encode())]
            await send(message)

        try:
            if self._csrf_refused(scope, headers):
                await _send_problem(
                    Forbidden("This page is out of date: reload it and try again.", code="csrf_failed"),
                    send_with_headers,
                )
            else:
                await self._app(scope, receive, send_with_headers)
        finally:
            request_id.reset(token)

    def _csrf_refused(self, scope: HTTPScope, headers: dict[bytes, bytes]) -> bool:
        if scope["method"] in SAFE_METHODS or not scope["path"].startswith("/api/"):
            return False
        # Read as the framework does: whatever cookies others have set for this host, ours is found among them.
        cookie = Request[Any, Any, Any](scope).cookies.get(CSRF_COOKIE, "")
        header = headers.get(CSRF_HEADER, b"").decode("latin-1")
        return not cookie or not csrf_token_valid(self._secret_key, cookie, header)


async def _send_problem(error: HobnobError, send: Send) -> None:
    response = problem_response(error)
    body = msgspec.json.encode(response.content)
    await send(
        {
            "type": "http.response.start",
            "status": error.status,
            "headers": [
                (b"content-type", PROBLEM_MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
