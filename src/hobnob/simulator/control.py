"""The control face: the hands of people and tests on the simulated world. Plain JSON under ``/control``."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import WSMsgType, web

from hobnob.kernel.errors import Conflict, HobnobError, InvalidInput, NotFound
from hobnob.kernel.identity import country_of, parse_phone

from . import customer, media, statuses, templates, views
from .clock import iso
from .core import Simulator
from .faults import Faults
from .handshake import try_handshake
from .refusal import Refusal
from .world import App, Number, Phone, Template, Waba, new_user_id

Fields = dict[str, Any]
Handler = Callable[[web.Request, Fields], Awaitable[Any]]
ADVANCE_MAX_S = 400 * 24 * 3600
LOG_SHOWN_MAX = 500
BULK_PHONES_MAX = 200_000
NAMES = ("Asha", "Bruno", "Chioma", "Diego", "Elif", "Farah", "Goran", "Hana", "Ines", "Jomo", "Kavya", "Lucia")


class ControlFace:
    """Handlers of ``/control``; errors of the kernel's tree become problem documents."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim

    def routes(self) -> list[web.RouteDef]:
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/state", self.state),
            ("POST", "/reset", self.reset),
            ("POST", "/clock/advance", self.advance),
            ("POST", "/apps", self.add_app),
            ("POST", "/wabas", self.add_waba),
            ("PATCH", "/numbers/{id}", self.patch_number),
            ("GET", "/phones", self.phones),
            ("POST", "/phones", self.add_phone),
            ("POST", "/phones/bulk", self.add_phones),
            ("PATCH", "/phones/{phone}", self.patch_phone),
            ("DELETE", "/phones/{phone}", self.remove_phone),
            ("GET", "/phones/{phone}/chats", self.chats),
            ("POST", "/phones/{phone}/send", self.send),
            ("POST", "/phones/{phone}/read", self.read),
            ("POST", "/phones/{phone}/play", self.play),
            ("POST", "/phones/{phone}/block", self.block),
            ("POST", "/phones/{phone}/press", self.press),
            ("POST", "/phones/{phone}/change-number", self.change_number),
            ("POST", "/phones/{phone}/preferences", self.preferences),
            ("GET", "/templates", self.list_templates),
            ("POST", "/templates/{id}/decide", self.decide),
            ("POST", "/media", self.add_media),
            ("GET", "/faults", self.faults),
            ("PUT", "/faults", self.set_faults),
            ("GET", "/log", self.log),
            ("GET", "/sent", self.sent),
            ("POST", "/webhook", self.webhook),
        ]
        made = [web.route(method, f"/control{path}", self._wrap(handler)) for method, path, handler in table]
        made.append(web.get("/control/media/{id}", self.show_media))
        made.append(web.get("/control/live", self.live))
        return made

    def _wrap(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                body: Fields = {}
                if request.can_read_body and not request.content_type.startswith("multipart/"):
                    raw = await request.read()
                    body = msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}
                said = await handler(request, body)
            except HobnobError as error:
                return _problem(error.status, error.code, error.detail)
            except Refusal as refusal:
                return _problem(refusal.http, str(refusal.code), refusal.details or refusal.message)
            except msgspec.MsgspecError as error:
                return _problem(422, "invalid_input", str(error))
            if said is None:
                return web.Response(status=204)
            return web.Response(body=msgspec.json.encode(said), content_type="application/json")

        return answer

    # The world

    async def state(self, request: web.Request, body: Fields) -> Fields:
        return views.state_view(self.sim)

    async def reset(self, request: web.Request, body: Fields) -> Fields:
        await self.sim.reset()
        return views.state_view(self.sim)

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
                from .world import Subscription

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
        number = self._number(request.match_info["id"])
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

    # Phones

    async def phones(self, request: web.Request, body: Fields) -> list[Fields]:
        return [views.phone_view(phone) for phone in self.sim.world.phones.values() if phone.listed]

    async def add_phone(self, request: web.Request, body: Fields) -> Fields:
        text = body.get("phone")
        wanted = parse_phone(str(text)).e164 if text else self._free_phone()
        if self.sim.index.phone_at(wanted) is not None:
            raise Conflict("There is a phone with that number already.")
        phone = self._make_phone(wanted, str(body.get("name") or random.choice(NAMES)))
        _change_phone(phone, body)
        self.sim.index.index_phone(phone)
        self.sim.touch_phone(phone)
        return views.phone_view(phone)

    async def add_phones(self, request: web.Request, body: Fields) -> Fields:
        """Many phones at once for load: ``count`` numbers from ``first`` on, not shown on the page."""
        first = int(str(body.get("first") or "+15550000000").lstrip("+"))
        count = int(body.get("count") or 0)
        if not 1 <= count <= BULK_PHONES_MAX:
            raise InvalidInput(f"count must be between 1 and {BULK_PHONES_MAX}.", fields=[("count", "out of range")])
        for number in range(first, first + count):
            if self.sim.index.phone_by_wa_id.get(str(number)) is None:
                phone = Phone(
                    str(number),
                    f"+{number}",
                    new_user_id(str(body.get("country") or "US")),
                    f"Phone {number}",
                    listed=False,
                )
                self.sim.index.index_phone(phone)
        return {"first": f"+{first}", "count": count}

    def _make_phone(self, number: str, name: str) -> Phone:
        if number in self.sim.index.number_by_phone:
            number_of = self.sim.index.number_by_phone[number]
            return Phone(
                self.sim.index.new_id(), number, new_user_id(country_of(number)), name, is_business=number_of.registered
            )
        return Phone(self.sim.index.new_id(), number, new_user_id(country_of(number)), name)

    def _free_phone(self) -> str:
        while True:
            number = f"+1415555{random.randrange(10_000):04d}"
            if self.sim.index.phone_at(number) is None:
                return number

    async def patch_phone(self, request: web.Request, body: Fields) -> Fields:
        phone = self._phone(request)
        was_online = phone.online
        _change_phone(phone, body)
        if phone.online and not was_online:
            statuses.come_online(self.sim, phone)
        self.sim.touch_phone(phone)
        return views.phone_view(phone)

    async def remove_phone(self, request: web.Request, body: Fields) -> None:
        phone = self._phone(request)
        self.sim.index.remove_phone(phone)
        self.sim.dirty = True
        self.sim.watchers.mark(("phone", phone.key), lambda: {"type": "phone", "removed": phone.phone})

    async def chats(self, request: web.Request, body: Fields) -> list[Fields]:
        phone = self._phone(request)
        chats = [
            chat for chat in self.sim.index.chats_of.get(phone.key, []) if chat.number_id in self.sim.world.numbers
        ]
        return [views.chat_view(self.sim, chat) for chat in chats]

    async def send(self, request: web.Request, body: Fields) -> Fields:
        message = customer.write(self.sim, self._phone(request), body)
        return {"id": message.id}

    async def read(self, request: web.Request, body: Fields) -> Fields:
        phone = self._phone(request)
        number = self._number(body.get("phone_number_id"))
        chat = self.sim.index.chat_of(phone.key, number.id)
        return {"read": statuses.read(self.sim, phone, chat) if phone.online else 0}

    async def play(self, request: web.Request, body: Fields) -> Fields:
        phone = self._phone(request)
        message = self.sim.message(str(body.get("message_id", "")))
        if message is None or message.user != phone.key:
            raise NotFound("There is no such message on this phone.")
        statuses.play(self.sim, phone, message)
        return {"status": message.status}

    async def block(self, request: web.Request, body: Fields) -> Fields:
        phone = self._phone(request)
        number = self._number(body.get("phone_number_id"))
        phone.blocked = [each for each in phone.blocked if each != number.id]
        if body.get("blocked", True):
            phone.blocked.append(number.id)
        self.sim.touch_phone(phone)
        self.sim.touch_chat(self.sim.index.chat_of(phone.key, number.id))
        return views.phone_view(phone)

    async def press(self, request: web.Request, body: Fields) -> Fields:
        message = customer.press(self.sim, self._phone(request), body)
        return {"id": message.id if message else None}

    async def change_number(self, request: web.Request, body: Fields) -> Fields:
        phone = self._phone(request)
        customer.change_number(self.sim, phone, str(body.get("new_phone", "")))
        return views.phone_view(phone)

    async def preferences(self, request: web.Request, body: Fields) -> Fields:
        number = self._number(body.get("phone_number_id"))
        customer.set_preference(self.sim, self._phone(request), number, str(body.get("value")))
        return {"value": body.get("value")}

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
        number = self._number(body["phone_number_id"]) if body.get("phone_number_id") else None
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
            return _problem(404, "not_found", "There is no such file.")
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
            return _problem(503, "unavailable", "Too many pages are watching.")
        socket = web.WebSocketResponse(heartbeat=30)
        try:
            await socket.prepare(request)
            await self._pump(socket, queue)
        finally:
            self.sim.watchers.leave(queue)
        return socket

    async def _pump(self, socket: web.WebSocketResponse, queue: Any) -> None:
        import asyncio

        async def out() -> None:
            while True:
                await socket.send_str((await queue.get()).decode())

        sender = asyncio.create_task(out())
        try:
            async for message in socket:
                if message.type in (WSMsgType.ERROR, WSMsgType.CLOSE):
                    break
        finally:
            sender.cancel()

    def _phone(self, request: web.Request) -> Phone:
        wanted = unquote(request.match_info["phone"])
        phone = self.sim.index.phone_at(wanted)
        if phone is None:
            raise NotFound(f"There is no phone {wanted}.")
        return phone

    def _number(self, number_id: Any) -> Number:
        number = self.sim.world.numbers.get(str(number_id))
        if number is None:
            raise NotFound("There is no business number with that id.")
        return number


def _change_phone(phone: Phone, body: Fields) -> None:
    """The members a person may set, checked for their kind."""
    for key in ("online", "read_receipts", "shares_phone", "whatsapp_app"):
        if key in body:
            if not isinstance(body[key], bool):
                raise InvalidInput(f"{key} is true or false.", fields=[(key, "not a boolean")])
            setattr(phone, key, body[key])
    if body.get("name"):
        phone.name = str(body["name"])[:100]
    if "username" in body:
        phone.username = str(body["username"])[:35] if body["username"] else None
    if "open_chat" in body:
        phone.open_chat = str(body["open_chat"]) if body["open_chat"] else None


def _problem(status: int, code: str, detail: str) -> web.Response:
    body = {"type": "about:blank", "title": "Not done", "status": status, "code": code, "detail": detail}
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/problem+json")
