"""Tells the story day by day: what customers wrote comes in as signed webhooks with the times of then, what agents wrote
goes through the send command at the time of then, and the ticks come in as webhooks again."""

from __future__ import annotations

import asyncio
import base64
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

import msgspec

from hobnob.billing.actions import PastMessage, told_of_past
from hobnob.inbox.send.actions import Times, send
from hobnob.inbox.types import (
    ButtonIn,
    SendBody,
    SendInteractive,
    SendMedia,
    SendReaction,
    SendTemplate,
    SendText,
    TemplateParameters,
)
from hobnob.kernel.errors import Conflict
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from hobnob.team.types import Session
from hobnob.whatsapp.signature import sign

from . import pictures, wire
from .desk import Desk
from .phones import Phones
from .shop import CATEGORIES
from .story import Chat
from .wire import File, Told

APPLIED_WAIT_S = 30.0
APPLIED_POLL_S = 0.02
CALLS_AT_ONCE_MAX = 6
# The ticks take these sends out of the outbox at once; until then no worker may pick them up.
NOT_BEFORE = timedelta(hours=1)
SHOWN_MAX = "100"


class NotTold(Exception):
    """The story could not be told to its end; telling it again goes on."""


@dataclass
class Teller:
    """Everything the telling works with. ``base`` is the moment the story counts back from."""

    database: Database
    settings: Settings
    desk: Desk
    phones: Phones
    sessions: dict[str, Session]
    number_id: UUID
    waba_id: str
    phone: str
    phone_number_id: str
    base: datetime
    templates: dict[str, UUID] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    uploads: dict[str, UUID] = field(default_factory=dict)
    chat_ids: dict[str, UUID] = field(default_factory=dict)
    prices: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What WhatsApp says of delivered lines, by its id of them."""

    @property
    def _session(self) -> Session:
        return next(iter(self.sessions.values()))

    async def tell(self, chats: Sequence[Chat]) -> None:
        """All of it. Lines of chats left unread come last, after everything else was read."""
        user_ids = await self.phones.have([chat.customer for chat in chats])
        threads = {id(chat): self._thread(chat, user_ids[chat.customer.phone]) for chat in chats}
        await self._upload_pictures(chats)
        for chat in chats:
            await self._price(chat, threads[id(chat)])
        early: dict[date, list[tuple[Chat, Told]]] = defaultdict(list)
        late: list[tuple[Chat, Told]] = []
        for chat in chats:
            fresh = _unread_from(chat)
            for n, told in enumerate(threads[id(chat)]):
                (late if n >= fresh else early[told.at.date()]).append((chat, told))
        for day in sorted(early):
            await self._tell_day(sorted(early[day], key=lambda one: one[1].at), threads)
        await self._find_chats()
        await _some_at_once(self._remember(chat, threads[id(chat)]) for chat in chats)
        await _some_at_once(self._settle(chat, threads[id(chat)][0]) for chat in chats)
        await self._come_in(sorted(late, key=lambda one: one[1].at), threads)

    def _thread(self, chat: Chat, user_id: str) -> list[Told]:
        account = self._session.tenant.account_id
        thread = []
        for n, line in enumerate(chat.lines):
            message_id = uuid5(account, f"demo {chat.customer.phone} {n}")
            wamid = "wamid." + base64.b64encode(b"\x1c\x18" + message_id.bytes).decode()
            at = (self.base - line.ago).replace(microsecond=0)
            thread.append(Told(line, at, message_id, wamid, chat.customer, user_id))
        return thread

    async def _upload_pictures(self, chats: Sequence[Chat]) -> None:
        """Customers' pictures to the platform, agents' to the desk; the platform shows both on the phones."""
        shown = [line for chat in chats for line in chat.lines if line.kind == "picture"]
        ours = {line.data["picture"] for line in shown if line.by is not None}
        for name in sorted({line.data["picture"] for line in shown}):
            content = await asyncio.to_thread(pictures.jpeg, name)
            media_id = await self.phones.keep_file(content, f"{name}.jpg", "image/jpeg")
            self.files[name] = wire.file_of(media_id, content)
            if name in ours:
                self.uploads[name] = UUID(await self.desk.upload(content, f"{name}.jpg", "image/jpeg"))

    async def _tell_day(self, lines: list[tuple[Chat, Told]], threads: dict[int, list[Told]]) -> None:
        """In: what customers wrote. Out: what agents wrote. Then reactions, which speak of what is there by now."""
        written = [one for one in lines if one[1].line.kind != "reaction"]
        reactions = [one for one in lines if one[1].line.kind == "reaction"]
        for part in (written, reactions):
            await self._come_in([one for one in part if one[1].inbound], threads)
            await self._go_out([one for one in part if not one[1].inbound], threads)

    async def _come_in(self, lines: list[tuple[Chat, Told]], threads: dict[int, list[Told]]) -> None:
        values = []
        for chat, told in lines:
            thread = threads[id(chat)]
            referral = chat.referral if told is thread[0] else {}
            item = wire.inbound_item(told, _labels(thread), self.files, referral)
            values.append({"contacts": [wire.contact(told)], "messages": [item]})
        await self._deliver(values)

    async def _go_out(self, lines: list[tuple[Chat, Told]], threads: dict[int, list[Told]]) -> None:
        if not lines:
            return
        if any(_key(told) not in self.chat_ids for _, told in lines):
            await self._find_chats()
        statuses = []
        for chat, told in lines:
            await self._send(told, _labels(threads[id(chat)]))
            items = wire.status_items(told, self.base, self.prices.get(told.wamid, {}))
            statuses += [{"contacts": [wire.contact(told)], "statuses": [item]} for item in items]
        await self._deliver(statuses)

    async def _send(self, told: Told, targets: dict[str, Told]) -> None:
        assert told.line.by is not None
        session = self.sessions[told.line.by]
        chat_id = self.chat_ids.get(_key(told)) or await self._open_chat(told)
        body = await self._body(told, targets, chat_id)
        times = Times(self.base + NOT_BEFORE, told.at)
        try:
            async with self.database.account(session.tenant) as tx:
                await send(tx, session, chat_id, told.message_id, body, times, hold_days=self.settings.hold_days)
        except Conflict as error:
            # Told before and broken off: the message is there.
            if error.code != "idempotency_conflict":
                raise

    async def _body(self, told: Told, targets: dict[str, Told], chat_id: UUID) -> SendBody:
        line = told.line
        match line.kind:
            case "picture":
                return SendMedia(self.uploads[line.data["picture"]], line.data["caption"] or None)
            case "template":
                values = TemplateParameters(body=line.data["values"])
                return SendTemplate(self.templates[line.data["name"]], values)
            case "buttons":
                choices = [ButtonIn(wire.slug(one), one) for one in line.data["choices"]]
                return SendInteractive(kind="button", body=line.data["body"], buttons=choices)
            case "reaction":
                target = await self._message_id(chat_id, targets[line.data["to"]])
                return SendReaction(target, line.data["emoji"])
            case _:
                quoted = await self._message_id(chat_id, targets[line.quotes]) if line.quotes else None
                return SendText(line.data["body"], reply_to=quoted)

    async def _message_id(self, chat_id: UUID, told: Told) -> UUID:
        """Hobnob's own id of a line; what customers wrote gets its id on arrival."""
        if not told.inbound:
            return told.message_id
        page = await self.desk.get(f"/api/chats/{chat_id}/messages", limit=SHOWN_MAX)
        found = next((one["id"] for one in page["items"] if one["wamid"] == told.wamid), None)
        if found is None:
            raise NotTold("a customer's message was accepted but is not in its chat: look into the quarantine")
        return UUID(found)

    async def _open_chat(self, told: Told) -> UUID:
        body = {"number_id": str(self.number_id), "phone": told.customer.phone}
        chat_id = UUID((await self.desk.post("/api/chats", body))["id"])
        self.chat_ids[_key(told)] = chat_id
        return chat_id

    async def _find_chats(self) -> None:
        for which in ("all", "closed"):
            for chat in (await self.desk.get("/api/chats", filter=which, limit=SHOWN_MAX))["items"]:
                customer = chat["customer"]
                for key in (customer["phone"], customer["user_id"]):
                    if key is not None:
                        self.chat_ids[key] = UUID(chat["id"])

    async def _remember(self, chat: Chat, thread: list[Told]) -> None:
        """The phone's side of a chat, with the reactions under the messages they belong to."""
        chat_id = self.chat_ids.get(_key(thread[0]))
        shown: dict[str, Any] = {}
        if chat_id is not None:
            page = await self.desk.get(f"/api/chats/{chat_id}/messages", limit=SHOWN_MAX)
            shown = {one["id"]: one["content"] for one in page["items"]}
        labels = _labels(thread)
        reactions: dict[str, dict[str, str]] = defaultdict(dict)
        for told in thread:
            if told.line.kind == "reaction":
                by = "customer" if told.inbound else "business"
                reactions[labels[told.line.data["to"]].wamid][by] = told.line.data["emoji"]
        past = [
            wire.on_phone(told, shown.get(str(told.message_id), {}), labels, self.files, reactions[told.wamid])
            | self._counted(told)
            for told in thread
            if told.line.kind != "reaction"
        ]
        await self.phones.remember(chat.customer.phone, self.phone_number_id, past)

    async def _price(self, chat: Chat, thread: list[Told]) -> None:
        """What WhatsApp says each delivered line is charged as, by its rules of that day."""
        kinds: dict[str, Literal["template", "reaction"]] = {"template": "template", "reaction": "reaction"}
        past = [
            PastMessage(
                told.wamid,
                told.at if told.inbound else wire.delivered_at(told, self.base),
                told.inbound,
                kinds.get(told.line.kind, "free_form"),
                CATEGORIES[told.line.data["name"]] if told.line.kind == "template" else None,
                bool(chat.referral) and told is thread[0],
            )
            for told in thread
            if told.inbound or told.line.tick in ("delivered", "read")
        ]
        async with self.database.account(self._session.tenant) as tx:
            self.prices |= await told_of_past(tx, self._session.time_zone, past)

    def _counted(self, told: Told) -> dict[str, Any]:
        """For the platform's figures: what a delivered line was charged as."""
        price = self.prices.get(told.wamid)
        if price is None:
            return {}
        return {"pricing": price["pricing"], "delivered_at": wire.delivered_at(told, self.base).isoformat()}

    async def _settle(self, chat: Chat, first: Told) -> None:
        """What was seen is read; who looks after what; what is done with is closed."""
        chat_id = self.chat_ids.get(_key(first))
        if chat_id is None:
            return
        await self.desk.post(f"/api/chats/{chat_id}/read")
        if chat.assigned is not None:
            agent_id = str(self.sessions[chat.assigned].agent_id)
            await self.desk.post(f"/api/chats/{chat_id}/assign", {"agent_id": agent_id})
        if chat.closed:
            await self.desk.post(f"/api/chats/{chat_id}/close")

    async def _deliver(self, values: list[dict[str, Any]]) -> None:
        """Hand webhooks in, and wait until the worker has applied them."""
        if not values:
            return
        body = msgspec.json.encode(wire.envelope(self.waba_id, self.phone, self.phone_number_id, values))
        signature = sign(body, self.settings.whatsapp_app_secret)
        await self.desk.deliver(self.settings.callback_url, body, signature)
        lane = self._session.tenant.lane
        deadline = asyncio.get_running_loop().time() + APPLIED_WAIT_S
        while True:
            async with self.database.lane(lane) as tx:
                waiting = await tx.fetchval(
                    "SELECT EXISTS (SELECT 1 FROM webhook_events WHERE lane = $1 AND account_id = $2)",
                    lane,
                    self._session.tenant.account_id,
                )
            if not waiting:
                return
            if asyncio.get_running_loop().time() > deadline:
                raise NotTold("webhooks are accepted but not applied: is a worker running?")
            await asyncio.sleep(APPLIED_POLL_S)


async def _some_at_once(work: Iterable[Awaitable[None]]) -> None:
    """All of it, a few at a time."""
    turn = asyncio.Semaphore(CALLS_AT_ONCE_MAX)

    async def one(each: Awaitable[None]) -> None:
        async with turn:
            await each

    await asyncio.gather(*(one(each) for each in work))


def _key(told: Told) -> str:
    """What the chat of a line is found by: the phone, or the user id of who hides it."""
    return told.customer.phone if told.customer.username is None else told.user_id


def _labels(thread: Sequence[Told]) -> dict[str, Told]:
    return {told.line.label: told for told in thread if told.line.label}


def _unread_from(chat: Chat) -> int:
    """Where the lines begin that nobody has looked at: after the last of an agent."""
    if not chat.unread:
        return len(chat.lines)
    ours = [n for n, line in enumerate(chat.lines) if line.by is not None]
    return ours[-1] + 1 if ours else 0
