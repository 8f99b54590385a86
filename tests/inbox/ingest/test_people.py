"""Who is who: phones and business-scoped user ids, alone and together, changing, and in any order."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

import pytest

from hobnob.inbox.ingest import apply
from hobnob.inbox.ingest.chats import Chats, lock_chats
from hobnob.inbox.ingest.customers import load_people
from hobnob.inbox.ingest.people import People
from hobnob.inbox.ingest.reading import Updates
from hobnob.kernel.ids import new_id
from hobnob.platform.database import Tx
from tests.billing.books import NOW
from tests.inbox.ingest.wire import (
    BUSINESS_PHONE,
    WABA,
    Json,
    Shop,
    message,
    status,
    text,
    ticked,
    value,
    webhook,
    written,
)

OLD, NEW = "16505551111", "16505552222"
OLD_ID, NEW_ID = "US.1000000001", "US.2000000002"


def said(
    body: str, seconds: int, *, phone: str | None = None, user_id: str | None = None, name: str | None = "Ana"
) -> bytes:
    """A text from somebody, as known at that moment."""
    sender = {**({"from": phone} if phone else {}), **({"from_user_id": user_id} if user_id else {})}
    contact: Json = {**({"wa_id": phone} if phone else {}), **({"user_id": user_id} if user_id else {})}
    if name:
        contact["profile"] = {"name": name}
    return written(text(body, f"wamid.{body}", seconds, sender=sender), contacts=[contact])


def moved(seconds: int, system: Json, sender: Json) -> bytes:
    return written(message("system", {"body": "changed", **system}, "wamid.moved", seconds, sender=sender), contacts=[])


async def threads(shop: Shop) -> set[frozenset[str]]:
    """The chats, each as the set of its messages."""
    chats: dict[UUID, set[str]] = {chat["id"]: set() for chat in await shop.chats()}
    for row in await shop.messages():
        chats[row["chat_id"]].add(row["wamid"].removeprefix("wamid."))
    return {frozenset(wamids) for wamids in chats.values()}


async def people(shop: Shop) -> set[tuple[str | None, str | None]]:
    return {(row["phone"], row["user_id"]) for row in await shop.customers()}


async def test_a_phone_alone_and_an_id_alone_are_two_people(shop: Shop) -> None:
    await shop.receive(said("a", 0, phone=OLD), said("b", 1, user_id=OLD_ID))
    assert await people(shop) == {("+" + OLD, None), (None, OLD_ID)}
    assert await threads(shop) == {frozenset("a"), frozenset("b")}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_seen_together_they_become_one(shop: Shop, order: tuple[int, ...], together: bool) -> None:
    bodies = [said("a", 0, phone=OLD), said("b", 1, user_id=OLD_ID), said("c", 2, phone=OLD, user_id=OLD_ID)]
    if together:
        await shop.receive(*(bodies[n] for n in order))
    else:
        for n in order:
            await shop.receive(bodies[n])
    assert await shop.quarantined() == []
    assert await people(shop) == {("+" + OLD, OLD_ID)}
    assert await threads(shop) == {frozenset("abc")}
    [chat] = await shop.chats()
    assert chat["unread_count"] == 3
    merged = await shop.rows("SELECT 1 FROM customers WHERE lane = $1 AND account_id = $2 AND merged_into IS NOT NULL")
    assert len(merged) <= 1


async def test_a_merge_keeps_what_agents_did(shop: Shop) -> None:
    agent = new_id()
    await shop.receive(said("a", 0, phone=OLD))
    await shop.receive(said("b", 1, user_id=OLD_ID))
    async with shop.database.lane(shop.tenant.lane) as tx:
        await tx.execute(
            "UPDATE customers SET name = 'Ana the loyal' WHERE lane = $1 AND user_id = $2", shop.tenant.lane, OLD_ID
        )
        await tx.execute(
            "UPDATE chats SET state = 'assigned', assigned_agent_id = $3, unread_count = 0 WHERE lane = $1 AND customer_id ="
            " (SELECT id FROM customers WHERE lane = $1 AND user_id = $2)",
            shop.tenant.lane,
            OLD_ID,
            agent,
        )
    await shop.receive(said("c", 2, phone=OLD, user_id=OLD_ID))
    [chat], [customer] = await shop.chats(), await shop.customers()
    assert (chat["state"], chat["assigned_agent_id"], chat["unread_count"]) == ("assigned", agent, 2)
    assert (customer["name"], customer["profile_name"]) == ("Ana the loyal", "Ana")
    terms = await shop.rows("SELECT DISTINCT customer_id FROM customer_terms WHERE lane = $1 AND account_id = $2")
    assert [row["customer_id"] for row in terms] == [customer["id"]]


async def test_a_merge_moves_chats_with_other_numbers(shop: Shop) -> None:
    async with shop.database.account(shop.tenant) as tx:
        await tx.execute(
            "INSERT INTO numbers (lane, account_id, id, phone, display_name, waba_id, phone_number_id, status, created_at)"
            " VALUES ($1, $2, $3, '+15550009999', 'Second', $4, 'second', 'connected', $5)",
            shop.tenant.lane,
            shop.tenant.account_id,
            new_id(),
            WABA,
            NOW,
        )
    second = value(number="second", contacts=[], messages=[text("b", "wamid.b", 1, sender={"from_user_id": OLD_ID})])
    await shop.receive(said("a", 0, phone=OLD))
    await shop.receive(webhook(second))
    await shop.receive(said("c", 2, phone=OLD, user_id=OLD_ID))
    assert await threads(shop) == {frozenset("ac"), frozenset("b")}
    [customer] = await shop.customers()
    assert {chat["customer_id"] for chat in await shop.chats()} == {customer["id"]}


CHANGE = [
    said("before", 10, phone=OLD, user_id=OLD_ID),
    moved(20, {"type": "user_changed_number", "wa_id": NEW, "user_id": NEW_ID}, {"from": OLD, "from_user_id": OLD_ID}),
    said("after", 30, phone=NEW, user_id=NEW_ID),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_change_of_number_keeps_the_thread(shop: Shop, order: tuple[int, ...]) -> None:
    for n in order:
        await shop.receive(CHANGE[n])
    assert await shop.quarantined() == []
    assert await people(shop) == {("+" + NEW, NEW_ID)}
    assert await threads(shop) == {frozenset({"before", "moved", "after"})}
    # What comes late under the old number belongs here too; what is written there afterwards is somebody else's.
    await shop.receive(said("late", 15, phone=OLD, user_id=OLD_ID), said("later", 16, phone=OLD))
    assert await threads(shop) == {frozenset({"before", "moved", "after", "late", "later"})}
    await shop.receive(said("stranger", 40, phone=OLD, user_id="US.3"))
    assert await people(shop) == {("+" + NEW, NEW_ID), ("+" + OLD, "US.3")}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_change_told_without_user_ids(shop: Shop, order: tuple[int, ...]) -> None:
    bodies = [
        said("before", 10, phone=OLD),
        moved(20, {"type": "user_changed_number", "wa_id": NEW}, {"from": OLD}),
        said("after", 30, phone=NEW),
    ]
    for n in order:
        await shop.receive(bodies[n])
    assert await people(shop) == {("+" + NEW, None)}
    assert await threads(shop) == {frozenset({"before", "moved", "after"})}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_change_of_user_id_alone(shop: Shop, order: tuple[int, ...]) -> None:
    """Told by the field ``user_id_update``, which makes no message."""
    update = {
        **value(contacts=[]),
        "user_id_update": [
            {"detail": "changed", "user_id": {"previous": OLD_ID, "current": NEW_ID}, "timestamp": 1_795_420_820}
        ],
    }
    bodies = [
        said("before", 10, user_id=OLD_ID),
        webhook(update, field="user_id_update"),
        said("after", 30, user_id=NEW_ID),
    ]
    for n in order:
        await shop.receive(bodies[n])
    assert await people(shop) == {(None, NEW_ID)}
    assert await threads(shop) == {frozenset({"before", "after"})}


async def test_a_chain_of_changes(shop: Shop) -> None:
    steps = [f"1650555{n:04d}" for n in range(5)]
    changes = [
        written(
            message(
                "system",
                {"body": "x", "type": "user_changed_number", "wa_id": new},
                f"wamid.m{n}",
                n * 10,
                sender={"from": old},
            ),
            contacts=[],
        )
        for n, (old, new) in enumerate(itertools.pairwise(steps))
    ]
    for n in (2, 0, 3, 1):
        await shop.receive(changes[n])
    await shop.receive(said("first", -5, phone=steps[0]), said("last", 50, phone=steps[4]))
    assert await people(shop) == {("+" + steps[4], None)}
    assert len(await threads(shop)) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
async def test_a_phone_passes_to_another_person(shop: Shop, order: tuple[int, ...]) -> None:
    """The same phone with another user id and no word of a change: two people, the phone is the later one's."""
    bodies = [said("a", 10, phone=OLD, user_id=OLD_ID), said("b", 20, phone=OLD, user_id=NEW_ID)]
    for n in order:
        await shop.receive(bodies[n])
    assert await people(shop) == {(None, OLD_ID), ("+" + OLD, NEW_ID)}
    assert await threads(shop) == {frozenset("a"), frozenset("b")}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_latest_profile_counts(shop: Shop, order: tuple[int, ...]) -> None:
    bodies = [said(name, n, phone=OLD, user_id=OLD_ID, name=name) for n, name in enumerate(("Ana", "Anita", "Ana R."))]
    for n in order:
        await shop.receive(bodies[n])
    [customer] = await shop.customers()
    assert customer["profile_name"] == "Ana R."
    await shop.row("SELECT 1 FROM customer_terms WHERE lane = $1 AND account_id = $2 AND term = 'r'")


async def test_usernames_are_kept(shop: Shop) -> None:
    contact = {"user_id": OLD_ID, "profile": {"name": "Ana", "username": "ana.tea"}}
    await shop.receive(written(text("hi", "w1", sender={"from_user_id": OLD_ID}), contacts=[contact]))
    [customer] = await shop.customers()
    assert (customer["username"], customer["phone"]) == ("ana.tea", None)


async def test_a_status_tells_whose_phone_it_is(shop: Shop) -> None:
    """An agent wrote to a phone; the status names its user id; the answer comes under the user id alone."""
    await shop.sent("wamid.ours")
    await shop.receive(ticked(status("delivered", "wamid.ours", 5, recipient_user_id=OLD_ID)))
    await shop.receive(said("answer", 10, user_id=OLD_ID))
    assert await threads(shop) == {frozenset({"ours", "answer"})}
    [customer] = await shop.customers()
    assert customer["user_id"] == OLD_ID


async def test_a_status_makes_no_customer(shop: Shop) -> None:
    await shop.receive(ticked(status("delivered", "wamid.unknown", 5, recipient_user_id=OLD_ID)))
    assert await shop.customers() == []


@pytest.mark.parametrize("sender", [{"from": OLD_ID, "from_user_id": OLD_ID}, {"from": OLD_ID}])
async def test_a_user_id_in_the_place_of_the_phone(shop: Shop, sender: Json) -> None:
    await shop.receive(written(text("hi", "w1", sender=sender), contacts=[]))
    assert await people(shop) == {(None, OLD_ID)}


async def test_an_agent_may_open_the_same_chat_meanwhile(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between our look and our write the dashboard makes the very customer and chat we are about to make."""

    async def look_too_early(tx: Tx, lane: int, updates: Updates) -> People:
        found = await load_people(tx, lane, updates)
        monkeypatch.undo()
        await shop.sent("wamid.ours")
        return found

    monkeypatch.setattr(apply, "load_people", look_too_early)
    await shop.receive(said("answer", 10, phone="16505551234", user_id=OLD_ID))
    assert await shop.quarantined() == []
    assert await threads(shop) == {frozenset({"ours", "answer"})}


async def test_an_agent_may_open_a_chat_with_a_known_customer_meanwhile(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = new_id()
    await shop.receive(said("first", 0, phone="16505551234"))
    async with shop.database.lane(shop.tenant.lane) as tx:
        for table in ("messages", "chats"):
            await tx.execute(f"DELETE FROM {table} WHERE lane = $1", shop.tenant.lane)

    async def lock_too_early(*args: Any) -> Chats:
        found = await lock_chats(*args)
        monkeypatch.undo()
        async with shop.database.lane(shop.tenant.lane) as tx:
            await tx.execute(
                "INSERT INTO chats (lane, account_id, id, number_id, customer_id, last_message_at, created_at, updated_at)"
                " SELECT lane, account_id, $2, $3, id, $4, $4, $4 FROM customers WHERE lane = $1",
                shop.tenant.lane,
                opened,
                shop.number_id,
                NOW,
            )
        return found

    monkeypatch.setattr(apply, "lock_chats", lock_too_early)
    await shop.receive(said("answer", 10, phone="16505551234"))
    assert await shop.quarantined() == []
    [chat] = await shop.chats()
    assert chat["id"] == opened
    assert await threads(shop) == {frozenset({"answer"})}


async def test_the_business_itself_is_no_customer(shop: Shop) -> None:
    await shop.receive(said("a", 0, phone=OLD))
    assert ("+" + BUSINESS_PHONE, None) not in await people(shop)
