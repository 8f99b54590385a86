"""The outbox against a platform that limits, fails, loses answers and goes away: each message arrives once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hobnob.platform.settings import Settings
from tests.inbox.send.shop import Shop, open_shop, until, working


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    quick = msgspec.structs.replace(settings, send_doubt_wait_s=2.0)
    async with open_shop(quick) as shop:
        yield shop


async def chats(shop: Shop, count: int) -> list[Any]:
    """Customers who have written."""
    found = [await shop.customer(f"+1415555{2000 + n}", f"Customer {n}") for n in range(count)]
    for chat in found:
        await shop.writes(chat)
    return found


async def texts_on(shop: Shop, chat: Any) -> list[str]:
    return [one["content"]["body"] for one in await shop.on_phone(chat) if one["type"] == "text"]


async def send_many(shop: Shop, where: list[Any], each: int) -> list[str]:
    """``each`` texts to each chat, in turns; answers with the messages' ids."""
    return [(await shop.text(chat, f"text {n}"))["id"] for n in range(each) for chat in where]


async def test_a_chat_keeps_its_order(shop: Shop) -> None:
    async with working(shop.settings):
        where = await chats(shop, 3)
        await shop.faults(slow_ms=20)
        ids = await send_many(shop, where, 8)
        await shop.all_gone(20)
        for chat in where:
            assert await texts_on(shop, chat) == [f"text {n}" for n in range(8)]
        assert await shop.sent() == dict.fromkeys(ids, 1)


async def test_refused_for_being_too_fast_is_tried_again(shop: Shop) -> None:
    async with working(shop.settings):
        where = await chats(shop, 4)
        await shop.faults(rate_limit_per_second=3)
        ids = await send_many(shop, where, 3)
        await shop.all_gone(30)
        assert await shop.sent() == dict.fromkeys(ids, 1)
        for chat in where:
            assert await texts_on(shop, chat) == ["text 0", "text 1", "text 2"]


async def test_the_platforms_errors_are_tried_again(shop: Shop) -> None:
    async with working(shop.settings):
        where = await chats(shop, 4)
        await shop.faults(http_5xx=1.0)
        ids = await send_many(shop, where, 1)
        await asyncio.sleep(0.5)
        assert await shop.sent() == {}
        await shop.faults(http_5xx=0.0)
        await shop.all_gone(20)
        assert await shop.sent() == dict.fromkeys(ids, 1)


async def test_a_lost_answer_is_proved_by_a_status_and_never_sent_twice(shop: Shop) -> None:
    async with working(shop.settings):
        where = await chats(shop, 4)
        await shop.faults(lost_answers=1.0, webhook_delay_ms=[300, 800])
        ids = await send_many(shop, where, 1)

        async def are_doubtful() -> bool:
            return all(row["state"] == "doubt" for row in await shop.outbox()) and len(await shop.outbox()) > 0

        await until(are_doubtful)
        assert (await shop.message(where[0], ids[0]))["status"] == "sending"
        await shop.faults(lost_answers=0.0)
        await shop.all_gone(20)
        for chat, message_id in zip(where, ids, strict=True):
            message = await shop.reaches(chat, message_id, "delivered")
            assert message["wamid"] is not None
        assert await shop.sent() == dict.fromkeys(ids, 1)


async def test_an_answer_that_never_came_for_a_message_that_never_arrived_is_sent_again(shop: Shop) -> None:
    settings = msgspec.structs.replace(shop.settings, whatsapp_timeout_s=0.5)
    async with working(settings):
        (chat,) = await chats(shop, 1)
        # The connection is made, and cut before anything happened: from here it looks like a lost answer.
        await shop.faults(slow_ms=30_000)
        message = await shop.text(chat, "is it there?")

        async def is_doubtful() -> bool:
            return any(row["state"] == "doubt" for row in await shop.outbox())

        await until(is_doubtful)
        await shop.faults(slow_ms=0)
        await shop.all_gone(20)
        assert await shop.sent() == {message["id"]: 1}
        assert await texts_on(shop, chat) == ["is it there?"]


async def test_a_platform_that_is_away_is_waited_for(shop: Shop) -> None:
    async with working(shop.settings):
        (chat,) = await chats(shop, 1)
    nowhere = msgspec.structs.replace(shop.settings, whatsapp_graph_url="http://127.0.0.1:9")
    async with working(nowhere):
        message = await shop.text(chat, "hello")

        async def was_tried() -> bool:
            return any(row["attempts"] > 0 and row["state"] == "queued" for row in await shop.outbox())

        await until(was_tried)
    async with working(shop.settings):
        await shop.all_gone(20)
    assert await shop.sent() == {message["id"]: 1}


async def test_what_is_tried_often_enough_fails_with_a_reason(shop: Shop) -> None:
    settings = msgspec.structs.replace(
        shop.settings, whatsapp_graph_url="http://127.0.0.1:9", send_attempts_max_count=1
    )
    async with working(shop.settings):
        (chat,) = await chats(shop, 1)
    async with working(settings):
        sent = await shop.text(chat, "hello")
        message = await shop.reaches(chat, sent["id"], "failed")
    assert "in 1 tries" in message["error"]["detail"]
    assert message["error"]["can_resend"] is True
    assert (await shop.desk.get("/api/wallet")).json["held_micros"] == 0


async def test_a_row_left_by_a_dead_worker_waits_for_its_proof(shop: Shop) -> None:
    async with working(shop.settings):
        first, second = await chats(shop, 2)
    sent = await shop.text(first, "accepted before the worker died")
    lost = await shop.text(second, "claimed, never sent")
    # As a worker killed between the call and its record leaves them; WhatsApp has one of the two.
    await shop.owner.execute(
        "UPDATE outbox SET state = 'sending', attempts = 1, worker = 'dead', due_at = now() + interval '3 seconds'"
    )
    body = await shop.owner.fetchval("SELECT payload -> 'body' FROM outbox WHERE message_id = $1", UUID(sent["id"]))
    await shop.graph_call(msgspec.json.decode(body))
    async with working(shop.settings):
        await shop.reaches(first, sent["id"], "delivered")
        assert [row["message_id"] for row in await shop.outbox()] == [UUID(lost["id"])]
        await shop.reaches(second, lost["id"], "delivered")
        await shop.all_gone()
    assert await shop.sent() == {sent["id"]: 1, lost["id"]: 1}


async def test_replies_pass_broadcasts_but_not_what_is_on_its_way(shop: Shop) -> None:
    async with working(shop.settings):
        (chat,) = await chats(shop, 1)
    broadcast = await shop.text(chat, "broadcast")
    await shop.owner.execute("UPDATE outbox SET priority = 10")
    reply = await shop.text(chat, "reply")
    async with working(shop.settings):
        await shop.all_gone()
    assert await texts_on(shop, chat) == ["reply", "broadcast"]
    assert await shop.sent() == {broadcast["id"]: 1, reply["id"]: 1}


async def test_more_than_a_pair_may_take_waits(shop: Shop) -> None:
    async with working(shop.settings):
        (chat,) = await chats(shop, 1)
        await send_many(shop, [chat], 47)

        async def rest_waits() -> bool:
            return len(await shop.sent()) in (45, 46) and len(await shop.outbox()) in (1, 2)

        await until(rest_waits, 30)
        assert all(count == 1 for count in (await shop.sent()).values())


async def test_sends_without_a_worker_wait_and_leave_together(shop: Shop) -> None:
    async with working(shop.settings):
        where = await chats(shop, 5)
    ids = await send_many(shop, where, 2)
    assert len(await shop.outbox()) == 10
    assert (await shop.message(where[0], ids[0]))["status"] == "queued"
    async with working(shop.settings):
        await shop.all_gone()
    assert await shop.sent() == dict.fromkeys(ids, 1)


async def test_an_answer_that_cannot_be_written_holds_back_no_other(shop: Shop) -> None:
    async with working(shop.settings):
        where = await chats(shop, 3)
    ids = await send_many(shop, where, 1)
    await shop.owner.execute(
        f"ALTER TABLE messages ADD CONSTRAINT poison CHECK (id <> '{ids[1]}' OR wamid IS NULL) NOT VALID"
    )
    async with working(shop.settings):
        for chat, message_id in ((where[0], ids[0]), (where[2], ids[2])):
            await shop.reaches(chat, message_id, "delivered")
        # WhatsApp has the third as well: it is not sent again, whatever cannot be written of it.
        await shop.all_gone()
        await shop.owner.execute("ALTER TABLE messages DROP CONSTRAINT poison")
