"""The OpenAPI 3.1 description at /openapi.json, and its readable page at /docs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from hobnob import __version__

from .docs_page import render

DESCRIPTION = """The interface of the dashboard.

Sign in with the session cookie. Every POST, PUT, PATCH and DELETE repeats the value of the cookie `hobnob_csrf` (set by
GET /api/me) in the header `X-CSRF-Token`. Errors are problem documents (RFC 9457) with a stable `code` and a sentence in
`detail`. Times are RFC 3339 in UTC, money is integer micros of a currency, lists page by key: pass `next` back. Commands that
create take an `Idempotency-Key`: the same key with the same body gives the same answer, with another body 409."""
TAGS = {
    "Sign-in": "Accounts, agents, sessions.",
    "Numbers": "A number's way in: bring, one-time code, register.",
    "Inbox": "Customers, chats, messages.",
    "Templates": "Approved message templates.",
    "Media": "Files in and out.",
    "Billing": "Wallet, charges, spend.",
    "Sandbox": "For accounts on the simulator.",
    "Health": "For operators.",
}


CHANGING = ("post", "put", "patch", "delete")
_TOO_LARGE = "The body is larger than this call takes"
_CSRF = "X-CSRF-Token is missing or wrong, or not allowed"


@lru_cache(maxsize=2)
def document(app: Litestar) -> dict[str, Any]:
    """The framework's description with what our edge adds: input errors are 422, changes may be refused with 403."""
    described = app.openapi_schema.to_schema()
    for path, item in described["paths"].items():
        for method, operation in item.items():
            if path.startswith("/api/") and isinstance(operation, dict) and "responses" in operation:
                _mend(method, operation)
    return described


def _mend(method: str, operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation["responses"]
    if responses.pop("400", None) is not None or "requestBody" in operation:
        responses.setdefault("422", _problem("The request is not valid; `fields` says where"))
    if "204" in responses:
        responses["204"].pop("content", None)
    if "requestBody" in operation:
        responses.setdefault("413", _problem(_TOO_LARGE))
    if method in CHANGING:
        responses["403"] = _problem(_CSRF)
        needed = operation.get("security") or [{"session": []}]
        operation["security"] = [{**one, "csrf": []} for one in needed]


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


class DocsPage(OpenAPIRenderPlugin):
    """The readable page: plain HTML made here, which loads nothing from anywhere."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return _page(msgspec.json.encode(document(request.app)))


@lru_cache(maxsize=2)
def _page(schema: bytes) -> bytes:
    return render(msgspec.json.decode(schema)).encode()


def config() -> OpenAPIConfig:
    """What the framework puts around the handlers' own descriptions."""
    return OpenAPIConfig(
        title="Hobnob",
        version=__version__,
        summary="A self-hosted WhatsApp business desk",
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
        components=Components(
            security_schemes={
                "csrf": SecurityScheme(
                    type="apiKey",
                    name="X-CSRF-Token",
                    security_scheme_in="header",
                    description="The value of the cookie hobnob_csrf, which GET /api/me sets",
                ),
                "session": SecurityScheme(type="apiKey", name="hobnob_session", security_scheme_in="cookie"),
            }
        ),
        security=[{"session": []}],
        use_handler_docstrings=True,
        path="/docs",
        render_plugins=[DocsPage(path="/")],
    )


@get("/openapi.json", include_in_schema=False, sync_to_thread=False)
def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The whole description."""
    return Response(
        msgspec.json.encode(document(request.app)), media_type="application/vnd.oai.openapi+json;version=3.1"
    )
