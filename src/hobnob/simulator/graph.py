"""The Graph face: which object a path names, which handler answers, and everything around it (token, faults, log)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from . import accounts, flows, media, number_settings, numbers, pricing_analytics, sending, templates
from .call import Call
from .core import Simulator
from .faults import happens
from .log import Entry
from .refusal import Refusal, invalid, unknown_object
from .world import App, Number, Upload

BODY_MAX_BYTES = 5 * 1024 * 1024
Handler = Callable[[Call], Any]

_NUMBER: dict[tuple[str, str], Handler] = {
    ("GET", ""): numbers.get,
    ("POST", ""): numbers.update,
    ("POST", "messages"): lambda call: sending.messages(call.sim, call.node, call.body),
    ("POST", "marketing_messages"): lambda call: sending.messages(call.sim, call.node, call.body, marketing_only=True),
    ("POST", "request_code"): numbers.request_code,
    ("POST", "verify_code"): numbers.verify_code,
    ("POST", "register"): numbers.register,
    ("POST", "deregister"): numbers.deregister,
    ("GET", "settings"): number_settings.get_settings,
    ("POST", "settings"): number_settings.set_settings,
    ("GET", "whatsapp_business_profile"): number_settings.get_profile,
    ("POST", "whatsapp_business_profile"): number_settings.set_profile,
    ("GET", "whatsapp_commerce_settings"): number_settings.get_commerce,
    ("POST", "whatsapp_commerce_settings"): number_settings.set_commerce,
    ("GET", "block_users"): number_settings.blocked,
    ("POST", "block_users"): number_settings.block,
    ("DELETE", "block_users"): number_settings.unblock,
    ("GET", "message_qrdls"): number_settings.list_qr_codes,
    ("POST", "message_qrdls"): number_settings.save_qr_code,
    ("DELETE", "message_qrdls"): number_settings.delete_qr_code,
    ("GET", "conversational_automation"): number_settings.get_automation,
    ("POST", "conversational_automation"): number_settings.set_automation,
    ("GET", "whatsapp_business_encryption"): number_settings.get_encryption,
    ("POST", "whatsapp_business_encryption"): number_settings.set_encryption,
    ("GET", "username"): number_settings.get_username,
    ("POST", "username"): number_settings.set_username,
    ("DELETE", "username"): number_settings.delete_username,
    ("GET", "username_suggestions"): number_settings.suggest_usernames,
    ("POST", "smb_app_data"): accounts.smb_sync,
}
_WABA: dict[tuple[str, str], Handler] = {
    ("GET", ""): accounts.get_waba,
    ("POST", ""): accounts.set_waba,
    ("GET", "phone_numbers"): numbers.listed,
    ("POST", "phone_numbers"): numbers.create,
    ("GET", "subscribed_apps"): accounts.get_subscriptions,
    ("POST", "subscribed_apps"): accounts.subscribe,
    ("DELETE", "subscribed_apps"): accounts.unsubscribe,
    ("GET", "message_templates"): templates.listed,
    ("POST", "message_templates"): templates.create,
    ("DELETE", "message_templates"): templates.delete,
    ("POST", "upsert_message_templates"): templates.upsert,
    ("GET", "flows"): flows.listed,
    ("POST", "flows"): flows.create,
    ("GET", "pricing_analytics"): pricing_analytics.edge,
}
_TEMPLATE: dict[tuple[str, str], Handler] = {
    ("GET", ""): templates.get,
    ("POST", ""): templates.edit,
    ("POST", "unpause"): templates.unpause,
    ("GET", "compare"): templates.compare,
}
_MEDIA: dict[tuple[str, str], Handler] = {("GET", ""): media.info, ("DELETE", ""): media.delete}
_APP: dict[tuple[str, str], Handler] = {
    ("GET", ""): accounts.get_app,
    ("POST", "subscriptions"): accounts.set_app_callback,
    ("POST", "uploads"): media.open_upload,
}
_PORTFOLIO: dict[tuple[str, str], Handler] = {
    ("GET", "owned_whatsapp_business_accounts"): accounts.portfolio_accounts,
    ("GET", "client_whatsapp_business_accounts"): accounts.portfolio_accounts,
}


class GraphFace:
    """Answers everything below ``/vNN.N/``."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim

    async def handle(self, request: web.BaseRequest, tail: str) -> web.StreamResponse:
        """One call, logged with what went in and out."""
        sim = self._sim
        started = time.perf_counter()
        raw = b""
        lost = False
        try:
            if not request.content_type.startswith("multipart/"):
                raw = await request.read()
            if sim.faults.slow_ms:
                await asyncio.sleep(sim.faults.slow_ms / 1000)
            if happens(sim.faults.http_5xx):
                raise Refusal(131000, "Something went wrong (a fault was asked for).")
            answer = self._route(request, tail, raw)
            if isinstance(answer, Awaitable):
                answer = await answer
            status, said = 200, msgspec.json.encode(answer)
            lost = request.method == "POST" and happens(sim.faults.lost_answers)
        except Refusal as refusal:
            status, said = refusal.http, msgspec.json.encode(refusal.body())
        except web.HTTPRequestEntityTooLarge:
            status, said = 413, msgspec.json.encode(invalid("The request is too large.").body())
        elapsed_ms = (time.perf_counter() - started) * 1000
        fault = "lost answer" if lost else None
        sim.log.add(
            Entry(
                "call", request.method, request.path_qs, status, raw, said, sim.clock.now_s(), elapsed_ms, fault=fault
            )
        )
        if lost and request.transport is not None:
            request.transport.abort()
        return web.Response(body=said, status=status, content_type="application/json", charset="UTF-8")

    def authorize(self, request: web.BaseRequest) -> App | None:
        """The app whose token the request carries, in the header or the query."""
        header = request.headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() not in ("bearer", "oauth"):
            token = request.query.get("access_token", "")
        found = self._sim.index.app_by_token.get(token)
        if found is None and "|" in token:
            app_id, _, secret = token.partition("|")
            app = self._sim.world.apps.get(app_id)
            found = app if app is not None and app.app_secret == secret else None
        return found

    def _route(self, request: web.BaseRequest, tail: str, raw: bytes) -> Any:
        parts = [part for part in tail.split("/") if part]
        if parts == ["oauth", "access_token"]:
            return self._access_token(request.query)
        app = self.authorize(request)
        if app is None:
            raise Refusal(190, message="Invalid OAuth access token - Cannot parse access token")
        if not parts:
            raise invalid("Empty request.")
        node_id, edge = parts[0], parts[1] if len(parts) > 1 else ""
        node, table = self._resolve(node_id)
        if isinstance(node, Number) and edge == "media" and request.method == "POST":
            return media.upload(self._sim, node, request)
        if isinstance(node, Upload):
            return self._upload(request, node, raw)
        handler = table.get((request.method, edge))
        if handler is None:
            raise unknown_object(node_id if not edge else f"{node_id}/{edge}")
        rest = parts[2] if len(parts) > 2 else None
        base = f"{request.scheme}://{request.host}"
        body = _decode(request, raw)
        return handler(Call(self._sim, app, node, request.path, rest, request.query, body, base))

    def _resolve(self, node_id: str) -> tuple[Any, Mapping[tuple[str, str], Handler]]:
        """The object behind an id, and what can be done with it."""
        world = self._sim.world
        kinds: tuple[tuple[Mapping[str, Any], Mapping[tuple[str, str], Handler]], ...] = (
            (world.numbers, _NUMBER),
            (world.wabas, _WABA),
            (world.templates, _TEMPLATE),
            (world.media, _MEDIA),
            (world.apps, _APP),
            (world.flows, flows.TABLE),
            (world.uploads, {}),
        )
        for objects, table in kinds:
            found = objects.get(node_id)
            if found is not None:
                return found, table
        if any(waba.business_id == node_id for waba in world.wabas.values()):
            return node_id, _PORTFOLIO
        raise unknown_object(node_id)

    def _upload(self, request: web.BaseRequest, session: Upload, raw: bytes) -> dict[str, Any]:
        if request.method == "GET":
            return media.upload_state(session)
        return media.take_upload(self._sim, session, request.headers.get("file_offset", "0"), raw)

    def _access_token(self, query: Mapping[str, str]) -> dict[str, Any]:
        app = self._sim.world.apps.get(query.get("client_id", ""))
        if app is None or app.app_secret != query.get("client_secret"):
            raise Refusal(1, message="Error validating client secret.", http=400)
        token = app.token if query.get("code") else f"{app.app_id}|{app.app_secret}"
        return {"access_token": token, "token_type": "bearer"}


def _decode(request: web.BaseRequest, raw: bytes) -> dict[str, Any]:
    """The parameters: JSON or a form, and for changes also the query, as Graph takes them."""
    body: Any = {}
    if raw and request.content_type == "application/x-www-form-urlencoded":
        body = dict(parse_qsl(raw.decode("utf-8", "replace")))
    elif raw:
        try:
            body = msgspec.json.decode(raw)
        except msgspec.DecodeError:
            raise invalid("The request body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise invalid("The request body must be a JSON object.")
    if request.query_string and request.method != "GET":
        for key, value in request.query.items():
            if key not in ("access_token", "fields"):
                body.setdefault(key, value)
    return body  # type: ignore[no-any-return]
