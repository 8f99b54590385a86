"""Ticks in any order, what they prove, and what they cost."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from hobnob.billing import actions as billing
from hobnob.inbox.ingest.apply import adopt_early
from hobnob.inbox.jobs import IngestJob
from hobnob.inbox.views import chat_views, message_views
from hobnob.kernel.ids import new_id
from tests.billing.books import NOW, assert_proven, balances
from tests.inbox.ingest.wire import (
    ANA,
    BUSINESS_PHONE,
    Shop,
    at,
    message,
    status,
    text,
    ticked,
    value,
    webhook,
    written,
)

PRICED: dict[str, Any] = {
    "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"}
}
UNDELIVERABLE: dict[str, Any] = {
    "errors": [
        {
            "code": 131026,
            "title": "Message undeliverable",
            "message": "Message undeliverable",
            "error_data": {"details": "Message Undeliverable."},
        }
    ]
}


async def shown(shop: Shop, message_id):  # type: ignore[no-untyped-def]
    async with shop.database.lane(shop.tenant.lane) as tx:
        return (await message_views(tx, shop.tenant.lane, [message_id]))[message_id][1]


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "delivered", "read"))))
async def test_ticks_come_in_any_order(shop: Shop, order: tuple[str, ...], batched: bool) -> None:
    message_id = await shop.sent("w1")
    times = {"sent": 1, "delivered": 2, "read": 3}
    bodies = [ticked(status(name, "w1", times[name], **PRICED)) for name in order]
    if batched:
        await shop.receive(*bodies, *bodies)
    else:
        for body in (*bodies, bodies[0]):
            await shop.receive(body)
    view = await shown(shop, message_id)
    assert view.status == "read"
    assert {name: view.statuses[name] for name in times} == {name: at(seconds) for name, seconds in times.items()}
    [row] = await shop.messages()
    assert row["pricing"] == {**PRICED["pricing"], "reported_with": "delivered"}
    assert await balances(shop.database, shop.tenant) == {
        "wallet.paid": 1_000_000 - view.charge.amount_micros,
        "cash.test": -1_000_000,
        "revenue.usage": view.charge.amount_micros,
    }
    await assert_proven(shop.database, shop.tenant.lane)


async def test_the_earliest_time_counts_and_a_repeat_is_no_news(shop: Shop) -> None:
    message_id = await shop.sent("w1")
    await shop.receive(ticked(status("delivered", "w1", 9)))
    await shop.receive(ticked(status("delivered", "w1", 7)))
    version = (await shown(shop, message_id)).version
    await shop.receive(ticked(status("delivered", "w1", 9)), ticked(status("delivered", "w1", 7)))
    view = await shown(shop, message_id)
    assert (view.statuses["delivered"], view.version) == (at(7), version)


async def test_read_is_delivery_too(shop: Shop) -> None:
    message_id = await shop.sent("w1")
    await shop.receive(ticked(status("read", "w1", 20)))
    conversation = await shop.row("SELECT * FROM conversations WHERE lane = $1 AND account_id = $2")
    assert (conversation["id"], conversation["opened_at"]) == (message_id, at(20))
    await shop.receive(ticked(status("delivered", "w1", 15)))
    conversation = await shop.row("SELECT * FROM conversations WHERE lane = $1 AND account_id = $2")
    assert (conversation["opened_at"], conversation["revision"]) == (at(15), 2)
    await assert_proven(shop.database, shop.tenant.lane)


async def test_played_counts_for_voice_notes(shop: Shop) -> None:
    message_id = await shop.sent("w1", "audio")
    await shop.receive(ticked(status("played", "w1", 5), status("delivered", "w1", 2)))
    view = await shown(shop, message_id)
    assert (view.status, view.statuses["played"]) == ("played", at(5))


async def test_a_failure_says_why_and_gives_the_money_back(shop: Shop) -> None:
    message_id = await shop.sent("w1")
    async with shop.database.account(shop.tenant) as tx:
        await billing.place_hold(tx, shop.tenant, message_id, 15_000, NOW + timedelta(days=30), NOW)
    await shop.receive(ticked(status("failed", "w1", 3, **UNDELIVERABLE)))
    view = await shown(shop, message_id)
    assert view.status == "failed"
    assert (view.error.code, view.error.title, view.error.can_resend) == (131026, "Message undeliverable", True)
    assert "another way" in view.error.advice
    assert (await balances(shop.database, shop.tenant))["wallet.paid"] == 1_000_000
    hold = await shop.row("SELECT state FROM holds WHERE lane = $1 AND account_id = $2")
    assert hold["state"] == "voided"


async def test_a_failure_without_a_reason_is_still_a_failure(shop: Shop) -> None:
    message_id = await shop.sent("w1")
    await shop.receive(ticked(status("failed", "w1", 3)))
    assert (await shown(shop, message_id)).error.code is None


async def test_delivered_after_all_is_delivered(shop: Shop) -> None:
    message_id = await shop.sent("w1")
    await shop.receive(ticked(status("failed", "w1", 3, **UNDELIVERABLE)))
    await shop.receive(ticked(status("delivered", "w1", 60)))
    view = await shown(shop, message_id)
    assert (view.status, view.charge is not None) == ("delivered", True)
    await assert_proven(shop.database, shop.tenant.lane)


async def test_our_id_finds_a_message_that_has_none_of_whatsapps(shop: Shop) -> None:
    """The first status proves a send whose answer never came: the outbox must not send it again."""
    message_id = await shop.sent(None)
    async with shop.database.account(shop.tenant) as tx:
        await tx.execute(
            "INSERT INTO outbox (lane, account_id, message_id, number_id, chat_id, state, due_at, payload, created_at)"
            " SELECT lane, account_id, id, $2, chat_id, 'doubt', $3, '{}', $3 FROM messages WHERE lane = $1",
            shop.tenant.lane,
            shop.number_id,
            NOW,
        )
    await shop.receive(ticked(status("delivered", "w1", 5, opaque=message_id)))
    [row] = await shop.messages()
    assert (row["wamid"], row["delivered_at"]) == ("w1", at(5))
    assert await shop.rows("SELECT 1 FROM outbox WHERE lane = $1 AND account_id = $2") == []


@pytest.mark.parametrize("opaque", [None, "not ours", str(new_id())])
async def test_what_speaks_of_no_message_waits(shop: Shop, opaque: str | None) -> None:
    """Until the outbox learns WhatsApp's id."""
    message_id = await shop.sent(None)
    extra: dict[str, Any] = {"biz_opaque_callback_data": opaque} if opaque else {}
    await shop.receive(ticked(status("delivered", "w1", 5, **extra), status("sent", "w1", 4)))
    await shop.receive(
        ticked(status("delivered", "w1", 6)), written(message("reaction", {"message_id": "w1", "emoji": "👍"}))
    )
    assert (await shown(shop, message_id)).status == "queued"
    async with shop.database.lane(shop.tenant.lane) as tx:
        await tx.execute("UPDATE messages SET wamid = 'w1' WHERE lane = $1 AND id = $2", shop.tenant.lane, message_id)
        await adopt_early(tx, shop.tenant.lane, [(shop.tenant.account_id, message_id, "w1")], NOW)
    view = await shown(shop, message_id)
    assert (view.status, view.statuses["sent"], view.statuses["delivered"]) == ("delivered", at(4), at(5))
    assert [(given.by, given.emoji) for given in view.reactions] == [("customer", "👍")]
    assert await shop.rows("SELECT 1 FROM early_statuses WHERE lane = $1 AND account_id = $2") == []


async def test_a_status_of_anothers_message_touches_nothing(shop: Shop) -> None:
    """Another account of the lane names our message's id: it is not theirs."""
    other = await Shop.open(shop.database, lane=shop.tenant.lane)
    message_id = await shop.sent("w1")
    await other.receive(ticked(status("delivered", "w1", 5, opaque=message_id)))
    assert (await shown(shop, message_id)).status == "sending"


async def test_legacy_statuses_change_nothing(shop: Shop) -> None:
    message_id = await shop.sent("w1")
    await shop.receive(ticked(status("warning", "w1", 5), status("deleted", "w1", 6)))
    assert (await shown(shop, message_id)).version == 1
    assert await shop.quarantined() == []


async def test_the_chat_shows_the_tick_of_its_last_message(shop: Shop) -> None:
    await shop.receive(written(text("hi", "w0")))
    await shop.sent("w1", seconds=5)
    [before] = await shop.chats()
    await shop.receive(ticked(status("delivered", "w1", 7)))
    [chat] = await shop.chats()
    assert chat["version"] == before["version"] + 1
    async with shop.database.lane(shop.tenant.lane) as tx:
        _, view = (await chat_views(tx, shop.tenant.lane, [chat["id"]], NOW))[chat["id"]]
    assert view.last_message is not None and view.last_message.status == "delivered"
    assert view.conversation is not None and view.conversation.opened_at == at(7)


async def test_what_the_app_sent_is_not_billed(shop: Shop) -> None:
    await shop.sent("w1", queued_at=None, sent_at=at(0))
    await shop.receive(ticked(status("delivered", "w1", 5)))
    assert await shop.rows("SELECT 1 FROM conversations WHERE lane = $1 AND account_id = $2") == []


async def test_one_conversation_for_a_day_whatever_the_order(shop: Shop) -> None:
    day = 24 * 3600
    ids = [await shop.sent(f"w{n}", seconds=seconds) for n, seconds in enumerate((0, day - 10, day + 10))]
    for n in (2, 1, 0):
        await shop.receive(ticked(status("delivered", f"w{n}", (5, day - 5, day + 15)[n])))
    rows = await shop.rows(
        "SELECT id FROM conversations WHERE lane = $1 AND account_id = $2 AND NOT withdrawn ORDER BY opened_at"
    )
    assert [row["id"] for row in rows] == [ids[0], ids[2]]
    await assert_proven(shop.database, shop.tenant.lane)


async def test_what_no_message_claims_is_forgotten_in_time(shop: Shop) -> None:
    await shop.receive(ticked(status("sent", "foreign", 0)))
    assert len(await shop.rows("SELECT 1 FROM early_statuses WHERE lane = $1 AND account_id = $2")) == 1
    shop.clock.advance(timedelta(days=8))
    shop.job = IngestJob(shop.clock, pace_s=0)
    await shop.receive(written(text("anything", "w1")))
    assert await shop.rows("SELECT 1 FROM early_statuses WHERE lane = $1 AND account_id = $2") == []


async def test_ticks_of_the_apps_messages_may_come_first(shop: Shop) -> None:
    await shop.receive(ticked(status("delivered", "w1", 5)))
    echo = {**text("On our way", "w1", 3, sender={"from": BUSINESS_PHONE}), "to": ANA["wa_id"]}
    await shop.receive(webhook(value(contacts=(), message_echoes=[echo]), field="smb_message_echoes"))
    [row] = await shop.messages()
    assert (row["sent_at"], row["delivered_at"]) == (at(3), at(5))
