"""The control face: the hands of people and tests on the simulated world. Plain JSON under ``/control``."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec
from aiohttp import WSMsgType, web

from hobnob.kernel.errors import InvalidInput, NotFound

from . import media, templates, views
from .checks import Fields
from .clock import iso
from .control_phones import PhoneHands
from .control_wire import Handler, answering, number_of, problem
from .core import Simulator
from .faults import Faults
from .handshake import try_handshake
from .world import App, Subscription, Template, Waba

ADVANCE_MAX_S = 400 * 24 * 3600
LOG_SHOWN_MAX = 500


class ControlFace:
    """Handlers of ``/control``; errors of the kernel's tree become problem documents."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim

    def routes(self) -> list[web.RouteDef]:
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/state", self.state),
            ("POST", "/reset", self.reset),
            ("GET", "/clock", self.clock),
            ("POST", "/clock/advance", self.advance),
            ("POST", "/apps", self.add_app),
            ("POST", "/wabas", self.add_waba),
            ("PATCH", "/numbers/{id}", self.patch_number),
            ("GET", "/templates", self.list_templates),
            ("POST", "/templates/{id}/decide", self.decide),
            ("POST", "/media", self.add_media),
            ("GET", "/faults", self.faults),
            ("PUT", "/faults", self.set_faults),
            ("PUT", "/rates", self.set_rates),
            ("GET", "/log", self.log),
            ("GET", "/sent", self.sent),
            ("POST", "/webhook", self.webhook),
        ]
        table += PhoneHands(self.sim).table()
        made = [web.route(method, f"/control{path}", answering(handler)) for method, path, handler in table]
        made.append(web.get("/control/media/{id}", self.show_media))
        made.append(web.get("/control/live", self.live))
        return made

    # The world

    async def state(self, request: web.Request, body: Fields) -> Fields:
        return views.state_view(self.sim)

    async def reset(self, request: web.Request, body: Fields) -> Fields:
        await self.sim.reset()
        return views.state_view(self.sim)

    async def clock(self, request: web.Request, body: Fields) -> Fields:
        return {"now": iso(self.sim.clock.now_s()), "clock_ahead_s": self.sim.clock.ahead_s}

    async def advance(self, request: web.Request, body: Fields) -> Fields:
        seconds = body.get("seconds")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= ADVANCE_MAX_S:
            raise InvalidInput("seconds must be between 0 and 400 days.", fields=[("seconds", "out of range")])
        self.sim.clock.advance(seconds)
        self.sim.world.ahead_s = self.sim.clock.ahead_s
        self.sim.touch_state()
        return {"now": iso(self.sim.clock.now_s())}

    async def add_app(self, request: web.Request, body: Fields) -> Fields:
        """Adds or changes an app and shakes hands with its callback."""
        for key in ("app_id", "app_secret", "token"):
            if not body.get(key):
                raise InvalidInput(f"{key} is missing.", fields=[(key, "missing")])
        given = {
            key: str(body[key])
            for key in ("app_id", "app_secret", "token", "verify_token", "callback_url", "name")
            if body.get(key)
        }
        app = App(**given)
        problem = await try_handshake(app.callback_url, app.verify_token) if app.callback_url else None
        app.handshake = None if not app.callback_url else "failed" if problem else "ok"
        self.sim.index.add_app(app)
        for waba in self.sim.world.wabas.values():
            if body.get("subscribe"):
                waba.subscriptions.setdefault(app.app_id, Subscription(app.app_id))
        self.sim.touch_state()
        return {**views.app_view(app), "problem": problem}

    async def add_waba(self, request: web.Request, body: Fields) -> Fields:
        """An account; with a given ``id`` that exists already, that one is kept."""
        waba_id = str(body.get("id") or self.sim.index.new_id())
        waba = self.sim.world.wabas.get(waba_id)
        if waba is None:
            name = str(body.get("name") or "Simulated account")
            waba = Waba(waba_id, name, str(body.get("business_id") or self.sim.index.new_id()))
            waba.time_zone = str(body.get("time_zone") or "UTC")
            self.sim.world.wabas[waba_id] = waba
            self.sim.touch_state()
        return views.waba_view(self.sim, waba)

    async def patch_number(self, request: web.Request, body: Fields) -> Fields:
        """What Meta decides about a number: ``throughput`` (STANDARD, HIGH) and ``quality``, with their webhooks."""
        number = number_of(self.sim, request.match_info["id"])
        if "throughput" in body:
            number.throughput = "HIGH" if body["throughput"] == "HIGH" else "STANDARD"
            if number.throughput == "HIGH":
                value = {
                    "display_phone_number": number.phone[1:],
                    "event": "THROUGHPUT_UPGRADE",
                    "current_limit": "TIER_UNLIMITED",
                }
                self.sim.tell_account(self.sim.waba_of(number), "phone_number_quality_update", value, number)
        if body.get("quality") in ("GREEN", "YELLOW", "RED"):
            number.quality = body["quality"]
        self.sim.touch_state()
        return views.number_view(number)

    # Meta's side

    async def list_templates(self, request: web.Request, body: Fields) -> Fields:
        return {"items": [views.template_view(each) for each in self.sim.world.templates.values()]}

    async def decide(self, request: web.Request, body: Fields) -> Fields:
        template: Template | None = self.sim.world.templates.get(request.match_info["id"])
        if template is None:
            raise NotFound("There is no template with that id.")
        allowed = ("APPROVED", "REJECTED", "PAUSED", "DISABLED", "FLAGGED", "REINSTATED")
        if body.get("status") not in allowed:
            raise InvalidInput(f"status is one of {', '.join(allowed)}.", fields=[("status", "unknown")])
        reason = body.get("reason") or ("INVALID_FORMAT" if body["status"] == "REJECTED" else None)
        templates.decision(self.sim, template, body["status"], reason)
        return views.template_view(template)

    async def webhook(self, request: web.Request, body: Fields) -> Fields:
        """Any other webhook by hand: ``{waba_id, field, value, phone_number_id?}``."""
        waba = self.sim.world.wabas.get(str(body.get("waba_id", "")))
        if waba is None:
            raise NotFound("There is no account with that id.")
        number = number_of(self.sim, body["phone_number_id"]) if body.get("phone_number_id") else None
        self.sim.tell_account(waba, str(body.get("field")), body.get("value") or {}, number)
        return {"sent": True}

    async def add_media(self, request: web.Request, body: Fields) -> Fields:
        _, content, mime_type, filename = await media.read_upload(request)
        kept = media.keep(self.sim, content, mime_type, filename, None)
        return {"id": kept.id, "url": f"/control/media/{kept.id}", "mime_type": kept.mime_type, "file_size": kept.size}

    async def show_media(self, request: web.Request) -> web.StreamResponse:
        """For the page: the phone shows a picture without a token."""
        kept = self.sim.world.media.get(request.match_info["id"])
        content = self.sim.media.get(kept.sha256) if kept is not None else None
        if kept is None or content is None:
            return problem(404, "not_found", "There is no such file.")
        safe = {
            "Content-Type": kept.mime_type,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        }
        return web.Response(body=content, headers=safe)

    async def faults(self, request: web.Request, body: Fields) -> Faults:
        return self.sim.faults

    async def set_faults(self, request: web.Request, body: Fields) -> Faults:
        """What is left out stays as it is."""
        merged = {**msgspec.to_builtins(self.sim.faults), **body}
        self.sim.set_faults(msgspec.convert(merged, Faults))
        return self.sim.faults

    async def set_rates(self, request: web.Request, body: Fields) -> Fields:
        """What Meta charges, as ``pricing_analytics`` counts it: ``{"IN/marketing": 0.0118, "*/utility": 0.004}``."""
        self.sim.world.rates = msgspec.convert(body, dict[str, float])
        self.sim.dirty = True
        return self.sim.world.rates

    async def log(self, request: web.Request, body: Fields) -> list[Fields]:
        after = request.query.get("after", "0")
        if not after.isdigit():
            raise InvalidInput("after must be a number.", fields=[("after", "not a number")])
        return list(self.sim.log.after(int(after), LOG_SHOWN_MAX))

    async def sent(self, request: web.Request, body: Fields) -> Fields:
        counters: Fields = {
            "accepted": self.sim.accepted,
            "delivered": self.sim.dispatch.delivered,
            "pending_webhooks": self.sim.dispatch.pending,
        }
        if request.query.get("opaque") == "1":
            counters["opaque"] = self.sim.opaque
        return counters

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Frames of what changed, until the watcher leaves."""
        queue = self.sim.watchers.join()
        if queue is None:
            return problem(503, "unavailable", "Too many pages are watching.")
        socket = web.WebSocketResponse(heartbeat=30)
        try:
            await socket.prepare(request)
            await self._pump(socket, queue)
        finally:
            self.sim.watchers.leave(queue)
        return socket

    async def _pump(self, socket: web.WebSocketResponse, queue: asyncio.Queue[bytes]) -> None:
        async def out() -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    await socket.send_str((await queue.get()).decode())

        sender = asyncio.create_task(out())
        try:
            async for message in socket:
                if message.type in (WSMsgType.ERROR, WSMsgType.CLOSE):
                    break
        finally:
            sender.cancel()
