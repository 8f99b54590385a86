"""What cannot be applied waits in the quarantine, alone; everything else goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from hobnob.inbox.ingest import quarantine
from hobnob.inbox.ingest.isolating import single_updates
from hobnob.inbox.ingest.unrouted import hand_over
from hobnob.kernel.errors import NotFound
from hobnob.kernel.ids import new_id
from hobnob.numbers import actions as numbers
from hobnob.platform.database import is_transient
from tests.inbox.ingest.wire import ANA, NUMBER, WABA, Shop, status, text, ticked, value, webhook, written

# PostgreSQL's numbers end long before this one: it is JSON, and it cannot be stored.
POISON = text("poison", "w-poison", sparkle=0)


def poisoned(body: bytes) -> bytes:
    return body.replace(b'"sparkle": 0', b'"sparkle": 1e200000')


async def test_one_bad_update_among_a_thousand_costs_only_itself(shop: Shop) -> None:
    good = [text(str(n), f"w{n}", n) for n in range(999)]
    await shop.receive(poisoned(written(*good[:500], POISON, *good[500:])))
    assert len(await shop.messages()) == 999
    [waiting] = await shop.quarantined()
    assert (waiting["attempts"], b"w-poison" in waiting["body"]) == (1, True)
    assert "numeric" in waiting["error"]
    assert await shop.rows("SELECT 1 FROM webhook_events WHERE lane = $1 AND account_id = $2") == []


async def test_other_webhooks_of_the_batch_are_applied(shop: Shop) -> None:
    message_id = await shop.sent("ours")
    await shop.receive(written(text("a", "w1")), poisoned(written(POISON)), ticked(status("delivered", "ours", 3)))
    rows = await shop.messages()
    assert {row["wamid"] for row in rows} == {"w1", "ours"}
    assert next(row["delivered_at"] for row in rows if row["id"] == message_id) is not None
    assert len(await shop.quarantined()) == 1


async def test_updates_that_cannot_be_read_go_there_at_once(shop: Shop) -> None:
    nameless = {**text("x", "w2"), "id": ""}
    senderless = {"id": "w3", "timestamp": "1", "type": "text", "text": {"body": "x"}}
    timeless = status("sent", "w4") | {"timestamp": "soon"}
    await shop.receive(written(text("a", "w1"), nameless, senderless), ticked(timeless))
    assert [row["wamid"] for row in await shop.messages()] == ["w1"]
    waiting = await shop.quarantined()
    assert {name for row in waiting for name in ("messages", "statuses") if f'"{name}":['.encode() in row["body"]} == {
        "messages",
        "statuses",
    }
    assert {row["error"].split(":")[0] for row in waiting} == {
        "the message has no id",
        "the message names no sender",
        "status",
    }


@pytest.mark.parametrize(("field", "member"), [("messages", "messages"), ("smb_message_echoes", "message_echoes")])
async def test_lists_that_cannot_be_read_wait_whole(shop: Shop, field: str, member: str) -> None:
    body = webhook({**value(), member: {"0": text("in an odd shape", "w1")}}, field=field)
    await shop.receive(body, written(text("as ever", "w2")))
    assert [row["wamid"] for row in await shop.messages()] == ["w2"]
    [waiting] = await shop.quarantined()
    assert b"in an odd shape" in waiting["body"]
    assert "cannot be read" in waiting["error"]


async def test_a_replay_applies_what_can_be_applied_now(shop: Shop) -> None:
    """A number that is routed here but not known to the account (yet)."""
    body = webhook(value(number="777", messages=[text("early", "w1")]))
    await shop.receive(body, body)
    first, second = await shop.quarantined()
    assert "777" in first["error"]
    async with shop.database.account(shop.tenant) as tx:
        page = await quarantine.list_quarantined(tx, shop.tenant, None, 10)
        assert {one.id for one in page.items} == {first["id"], second["id"]}
        assert page.items[0].summary.startswith("messages: ")
        await quarantine.replay(tx, shop.tenant, first["id"])
    await shop.work()
    assert sorted(row["attempts"] for row in await shop.quarantined()) == [1, 2]
    async with shop.database.account(shop.tenant) as tx:
        await tx.execute("UPDATE numbers SET phone_number_id = '777' WHERE lane = $1", shop.tenant.lane)
        for one in (await quarantine.list_quarantined(tx, shop.tenant, None, 10)).items:
            await quarantine.replay(tx, shop.tenant, one.id)
        with pytest.raises(NotFound):
            await quarantine.replay(tx, shop.tenant, new_id())
    await shop.work()
    assert await shop.quarantined() == []
    assert [row["wamid"] for row in await shop.messages()] == ["w1"]


async def test_the_list_goes_on_by_key(shop: Shop) -> None:
    await shop.receive(*(webhook(value(number="777", messages=[text(str(n), f"w{n}")])) for n in range(7)))
    seen, after = [], None
    while True:
        async with shop.database.account(shop.tenant) as tx:
            page = await quarantine.list_quarantined(tx, shop.tenant, after, 3)
        seen += [one.id for one in page.items]
        after = page.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 7


async def test_another_account_sees_and_replays_nothing(shop: Shop) -> None:
    other = await Shop.open(shop.database, lane=shop.tenant.lane)
    await shop.receive(webhook(value(number="777", messages=[text("x", "w1")])))
    [waiting] = await shop.quarantined()
    async with shop.database.account(other.tenant) as tx:
        assert (await quarantine.list_quarantined(tx, other.tenant, None, 10)).items == []
        with pytest.raises(NotFound):
            await quarantine.replay(tx, other.tenant, waiting["id"])


async def test_a_database_that_is_away_quarantines_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost connections and deadlocks are tried again, not set aside."""

    async def lost(*_: Any) -> None:
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    await shop.accept(written(text("a", "w1")))
    with monkeypatch.context() as patch:
        patch.setattr(numbers, "numbers_by_phone_number_id", lost)
        with pytest.raises(asyncpg.ConnectionDoesNotExistError):
            await shop.work()
    assert await shop.quarantined() == []
    await shop.work()
    assert [row["wamid"] for row in await shop.messages()] == ["w1"]


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (asyncpg.DeadlockDetectedError("x"), True),
        (asyncpg.SerializationError("x"), True),
        (asyncpg.QueryCanceledError("x"), True),
        (asyncpg.AdminShutdownError("x"), True),
        (asyncpg.IdleInTransactionSessionTimeoutError("x"), True),
        (asyncpg.InterfaceError("x"), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (asyncpg.DataError("x"), False),
        (asyncpg.exceptions._base.DataError("the driver cannot encode it"), False),
        (asyncpg.UniqueViolationError("x"), False),
        (KeyError("x"), False),
    ],
)
def test_what_may_pass_by_itself(error: Exception, transient: bool) -> None:
    assert is_transient(error) is transient


def test_a_webhook_is_cut_into_its_updates() -> None:
    body = webhook(
        value(messages=[text("a", "w1"), text("b", "w2")], statuses=[status("sent", "w3")]),
        value(messages=[text("c", "w4")]),
    )
    singles = single_updates(body)
    assert len(singles) == 4
    assert all(ANA["wa_id"].encode() in one and NUMBER.encode() in one and WABA.encode() in one for one in singles)
    assert single_updates(webhook({"x": 1}, field="account_update", time=5)) != []
    assert single_updates(b"no webhook") == [b"no webhook"]


async def test_a_body_that_is_no_webhook_waits_whole(shop: Shop) -> None:
    await shop.receive(b"no webhook", written(text("a", "w1")))
    assert [row["body"] for row in await shop.quarantined()] == [b"no webhook"]
    assert len(await shop.messages()) == 1


async def test_webhooks_wait_for_their_number(shop: Shop, postgres_url: str) -> None:
    """Kept while nobody owned them, handed over when the number is registered, and only then."""
    owner = await asyncpg.connect(postgres_url)
    body = written(text("early", "w1"))
    rows = [(f"number:{NUMBER}", body), ("number:999", b"strange"), ("", b"malformed")]
    await owner.executemany("INSERT INTO unrouted_webhooks (owner, body) VALUES ($1, $2)", rows)
    assert await hand_over(shop.database, shop.tenant) == 0
    await owner.execute(
        "INSERT INTO routes VALUES ('number', $1, $2, $3)", NUMBER, shop.tenant.account_id, shop.tenant.lane
    )
    assert await hand_over(shop.database, shop.tenant) == 1
    await shop.work()
    assert [row["wamid"] for row in await shop.messages()] == ["w1"]
    assert await owner.fetchval("SELECT count(*) FROM unrouted_webhooks") == 2
    await owner.close()


async def test_a_worker_that_dies_loses_and_repeats_nothing(shop: Shop) -> None:
    """Cancelled in the middle of batches, again and again."""
    await shop.accept(*(written(text(str(n), f"w{n}", n)) for n in range(600)))
    for _ in range(30):
        task = asyncio.create_task(shop.work())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await shop.work()
    assert len(await shop.messages()) == 600
    [chat] = await shop.chats()
    assert (chat["unread_count"], await shop.quarantined()) == (600, [])
