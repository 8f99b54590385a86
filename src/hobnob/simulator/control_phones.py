"""The control face's hands on phones: make them, switch them, and do with them what customers do."""

from __future__ import annotations

import random
from urllib.parse import unquote

from aiohttp import web

from hobnob.kernel.errors import Conflict, InvalidInput, NotFound
from hobnob.kernel.identity import country_of, parse_phone

from . import remember, statuses, views
from .checks import Fields
from .control_wire import Handler, number_of
from .core import Simulator
from .customer import write
from .moving import change_number, set_preference
from .pressing import press
from .world import Phone, new_user_id

BULK_PHONES_MAX = 200_000
NAMES = ("Asha", "Bruno", "Chioma", "Diego", "Elif", "Farah", "Goran", "Hana", "Ines", "Jomo", "Kavya", "Lucia")


class PhoneHands:
    """Handlers below ``/control/phones``."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim

    def table(self) -> list[tuple[str, str, Handler]]:
        return [
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
            ("POST", "/phones/{phone}/remember", self.remember),
        ]

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
        """Many phones at once for load: ``count`` numbers from ``first`` on, not shown on the page.

        With ``window_with`` (a business number's id) each has just written to it, without a webhook.
        """
        opened = number_of(self.sim, body["window_with"]) if body.get("window_with") else None
        first = int(str(body.get("first") or "+15550000000").lstrip("+"))
        count = int(body.get("count") or 0)
        if not 1 <= count <= BULK_PHONES_MAX:
            raise InvalidInput(f"count must be between 1 and {BULK_PHONES_MAX}.", fields=[("count", "out of range")])
        for number in range(first, first + count):
            if self.sim.index.phone_by_wa_id.get(str(number)) is None:
                user_id = new_user_id(str(body.get("country") or "US"))
                self.sim.index.index_phone(Phone(str(number), f"+{number}", user_id, f"Phone {number}", listed=False))
            if opened is not None:
                chat = self.sim.index.chat_of(self.sim.index.phone_by_wa_id[str(number)].key, opened.id)
                chat.last_inbound_s = self.sim.clock.now_s()
        return {"first": f"+{first}", "count": count}

    def _make_phone(self, number: str, name: str) -> Phone:
        business = self.sim.index.number_by_phone.get(number)
        user_id = new_user_id(country_of(number))
        if business is not None:
            taken = business.registered
            return Phone(self.sim.index.new_id(), number, user_id, name, whatsapp_app=not taken, is_business=taken)
        return Phone(self.sim.index.new_id(), number, user_id, name)

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
        message = write(self.sim, self._phone(request), body)
        return {"id": message.id}

    async def read(self, request: web.Request, body: Fields) -> Fields:
        phone = self._phone(request)
        number = number_of(self.sim, body.get("phone_number_id"))
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
        number = number_of(self.sim, body.get("phone_number_id"))
        phone.blocked = [each for each in phone.blocked if each != number.id]
        if body.get("blocked", True):
            phone.blocked.append(number.id)
        self.sim.touch_phone(phone)
        self.sim.touch_chat(self.sim.index.chat_of(phone.key, number.id))
        return views.phone_view(phone)

    async def press(self, request: web.Request, body: Fields) -> Fields:
        message = press(self.sim, self._phone(request), body)
        return {"id": message.id if message else None}

    async def change_number(self, request: web.Request, body: Fields) -> Fields:
        phone = self._phone(request)
        change_number(self.sim, phone, str(body.get("new_phone", "")))
        return views.phone_view(phone)

    async def preferences(self, request: web.Request, body: Fields) -> Fields:
        number = number_of(self.sim, body.get("phone_number_id"))
        set_preference(self.sim, self._phone(request), number, str(body.get("value")))
        return {"value": body.get("value")}

    async def remember(self, request: web.Request, body: Fields) -> Fields:
        """Give a chat a past: messages with their times, told to nobody."""
        asked = remember.read(body)
        number = number_of(self.sim, asked.phone_number_id)
        return {"new": remember.remember(self.sim, self._phone(request), number, asked.messages)}

    def _phone(self, request: web.Request) -> Phone:
        wanted = unquote(request.match_info["phone"])
        phone = self.sim.index.phone_at(wanted)
        if phone is None:
            raise NotFound(f"There is no phone {wanted}.")
        return phone


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
