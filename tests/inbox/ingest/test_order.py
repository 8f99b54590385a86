"""The same webhooks in any order, any number of times and in any batches: the same inbox, the same conversations, the
same money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from hobnob.billing import actions as billing
from hobnob.platform.database import Database
from tests.billing.books import NOW, USD, assert_proven, balances
from tests.inbox.ingest.wire import EPOCH_S, Json, Shop, at, message, status, text, value, webhook

PEOPLE = 3
OURS = 3
MINUTE = 60


def phone(person: int, moved: bool = False) -> str:
    return f"9198765432{person}{int(moved)}"


def user_id(person: int, moved: bool = False) -> str:
    return f"IN.10000000{person}{int(moved)}"


@dataclass(frozen=True)
class Told:
    """One update: the list of a ``messages`` value it stands in, the update, and the contact beside it."""

    member: str
    item: Json
    contact: Json | None = None


MOVES_AT = 30 * MINUTE


@st.composite
def told(draw: st.DrawFn) -> Told:
    """Anything a customer or WhatsApp reports in the course of an hour about a few people and messages."""
    kind = draw(st.sampled_from(["text", "text", "reaction", "edit", "revoke", "status", "status", "status", "moved"]))
    seconds = draw(st.integers(0, 60)) * MINUTE
    if kind == "status":
        return _status(draw, seconds)
    person = draw(st.integers(0, PEOPLE - 1))
    if kind == "moved":
        system = {"type": "user_changed_number", "body": "moved", "wa_id": phone(0, True), "user_id": user_id(0, True)}
        old = {"from": phone(0), "from_user_id": user_id(0)}
        return Told("messages", message("system", system, "wamid.moved", MOVES_AT, sender=old))
    # Only the first person ever moves.
    moved = person == 0 and seconds > MOVES_AT
    known_by = draw(st.sampled_from(["phone", "user_id", "both", "both"]))
    sender: Json = {} if known_by == "user_id" else {"from": phone(person, moved)}
    contact: Json = {"profile": {"name": f"Person {person}"}, **({"wa_id": sender["from"]} if sender else {})}
    if known_by != "phone":
        sender["from_user_id"] = contact["user_id"] = user_id(person, moved)
    number = draw(st.integers(0, 4))
    if kind == "text":
        extra: Json = {"referral": {"source_type": "ad", "headline": "Tea"}} if draw(st.booleans()) else {}
        # A message is what it is, however often it is told: everything follows from its id.
        item = text(
            f"{person} {number}", f"wamid.{person}.{number}.{seconds}.{known_by}", seconds, sender=sender, **extra
        )
        item["id"] += ".ad" if extra else ""
    else:
        target = draw(st.sampled_from([*(f"wamid.ours.{n}" for n in range(OURS)), *_targets(draw, person)]))
        item = _reference(draw, kind, target, seconds, sender)
    return Told("messages", item, contact)


def _targets(draw: st.DrawFn, person: int) -> list[str]:
    moment = draw(st.integers(0, 60)) * MINUTE
    return [f"wamid.{person}.{n}.{moment}.both" for n in range(3)]


def _reference(draw: st.DrawFn, kind: str, target: str, seconds: int, sender: Json) -> Json:
    if kind == "reaction":
        emoji = draw(st.sampled_from(["👍", "❤️", ""]))
        content: Json = {"message_id": target, "emoji": emoji}
    elif kind == "edit":
        inner = {"type": "text", "text": {"body": draw(st.sampled_from(["better", "best"]))}}
        content = {"original_message_id": target, "message": inner}
    else:
        content = {"original_message_id": target}
    told_by = f"{sender.get('from', '')}{sender.get('from_user_id', '')}"
    wamid = f"wamid.{kind}.{target}.{seconds}.{told_by}.{msgspec.json.encode(content).hex()}"
    return message(kind, content, wamid, seconds, sender=sender)


def _status(draw: st.DrawFn, seconds: int) -> Told:
    number = draw(st.integers(0, OURS - 1))
    name = draw(st.sampled_from(["sent", "delivered", "read", "failed"]))
    extra: Json = {"recipient_id": phone(number)}
    if draw(st.booleans()):
        extra["ours"] = number
    if name == "failed":
        extra["errors"] = [{"code": 131026, "title": "Message undeliverable"}]
    elif draw(st.booleans()):
        extra["pricing"] = {"pricing_model": "PMP", "category": "utility", "type": "regular"}
        # WhatsApp's price of a message does not change from status to status.
    if number != 0 and draw(st.booleans()):
        extra["recipient_user_id"] = user_id(number)
    return Told("statuses", status(name, f"wamid.ours.{number}", seconds, **extra))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Told], list[list[list[Told]]]]:
    """Some updates; and the same ones shuffled, partly repeated, in webhooks of several, in batches of several."""
    updates = draw(st.lists(told(), min_size=1, max_size=14))
    repeated = updates + draw(st.lists(st.sampled_from(updates), max_size=5))
    order = draw(st.permutations(repeated))
    webhooks = _pieces(draw, order)
    return updates, _pieces(draw, webhooks)


def _pieces(draw: st.DrawFn, items: list[Any]) -> list[list[Any]]:
    pieces: list[list[Any]] = [[]]
    for item in items:
        apart: bool = draw(st.booleans())
        if pieces[-1] and apart:
            pieces.append([])
        pieces[-1].append(item)
    return pieces


class House(Shop):
    """A shop with a few messages on their way, one of which has not learnt its WhatsApp id."""

    ours: list[UUID]

    async def prepare(self) -> None:
        self.ours = []
        for number in range(OURS):
            wamid = None if number == 1 else f"wamid.ours.{number}"
            kind = {"kind": "template", "category": "utility"} if number == 2 else {}
            message_id = await self.sent(wamid, seconds=number, wa_id=phone(number), **kind)
            self.ours.append(message_id)
            async with self.database.account(self.tenant) as tx:
                await billing.place_hold(tx, self.tenant, message_id, 15_000, NOW + timedelta(days=30), NOW)

    def body(self, updates: list[Told]) -> bytes:
        lists: dict[str, list[Json]] = {}
        for one in updates:
            item = dict(one.item)
            if "ours" in item:
                item["biz_opaque_callback_data"] = str(self.ours[item.pop("ours")])
            lists.setdefault(one.member, []).append(item)
        contacts = [one.contact for one in updates if one.contact is not None]
        one_list: list[dict[str, Any]] = [{member: items} for member, items in lists.items()]
        return webhook(*(value(contacts=contacts, **each) for each in one_list))

    async def dump(self) -> Any:
        """Everything that may not depend on the order; ids of ours by their number, customers by what is known of them."""
        assert await self.quarantined() == []
        names = {message_id: f"ours {n}" for n, message_id in enumerate(self.ours)}
        customers = {row["id"]: (row["phone"], row["user_id"], row["profile_name"]) for row in await self.customers()}
        seen = sorted(
            (str(customers[row["id"]]), row["last_seen_at"], row["first_seen_at"]) for row in await self.customers()
        )
        threads: dict[UUID, list[Any]] = {chat["id"]: [] for chat in await self.chats()}
        for row in await self.messages():
            name = names.get(row["id"], row["wamid"])
            shown = {
                key: row[key] for key in ("wamid", "type", "at", "content", "preview", "hidden", "error", "pricing")
            }
            shown |= {key: row[f"{key}_at"] for key in ("sent", "delivered", "read", "failed", "edited", "revoked")}
            reactions = sorted((given["by"], given["emoji"]) for given in row["reactions"])
            threads[row["chat_id"]].append((name, shown, reactions))
        chats = [
            (
                str(customers[chat["customer_id"]]),
                [
                    chat[key]
                    for key in ("unread_count", "last_message_at", "last_inbound_at", "window_expires_at", "state")
                ],
                sorted(threads[chat["id"]], key=lambda one: str(one[0])),
            )
            for chat in await self.chats()
        ]
        conversations = await self.rows(
            "SELECT id, opened_at, expires_at, category, amount_micros FROM conversations"
            " WHERE lane = $1 AND account_id = $2 AND NOT withdrawn"
        )
        joined = await self.rows(
            "SELECT message_id, delivered_at, outcome, conversation_id FROM conversation_deliveries"
            " WHERE lane = $1 AND account_id = $2"
        )
        active = await self.rows("SELECT id FROM holds WHERE lane = $1 AND account_id = $2 AND state = 'active'")
        early = await self.rows("SELECT wamid, status, at FROM early_statuses WHERE lane = $1 AND account_id = $2")
        return {
            "customers": seen,
            "chats": sorted(chats, key=str),
            "conversations": sorted((names[row["id"]], *list(row)[1:]) for row in conversations),
            "joined": sorted(
                (names[row["message_id"]], row["delivered_at"], row["outcome"], names[row["conversation_id"]])
                for row in joined
            ),
            "held": sorted(names[row["id"]] for row in active),
            "early": sorted(tuple(row) for row in early),
            "book": await balances(self.database, self.tenant),
        }


async def run(database: Database, batches: list[list[list[Told]]]) -> Any:
    house = await House.open(database, paid_micros=10 * USD)
    await house.prepare()
    for batch in batches:
        await house.receive(*(house.body(updates) for updates in batch))
    await assert_proven(database, house.tenant.lane)
    return await house.dump()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(deliveries())
async def test_the_same_webhooks_give_the_same_inbox(
    database: Database, case: tuple[list[Told], list[list[list[Told]]]]
) -> None:
    updates, shuffled = case
    in_order = sorted(updates, key=lambda one: int(one.item["timestamp"]))
    expected = await run(database, [[[one]] for one in in_order])
    got = await run(database, shuffled)
    for part in expected:
        note(
            f"{part}, in order: {expected[part]}\n{part}, shuffled: {got[part]}" if expected[part] != got[part] else ""
        )
    assert got == expected


def test_the_hour_lies_before_the_clock() -> None:
    assert at(60 * MINUTE) <= NOW and EPOCH_S
