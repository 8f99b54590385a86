"""Sends about which nothing is known for a while: proved late, held up, or impossible to write down. None goes twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hobnob.inbox import outbox, outbox_claim
from hobnob.inbox.outbox_call import Accepted, Again, Claimed, Doubtful, Failed, Outcome, Sender
from hobnob.inbox.send.types import Payload
from hobnob.kernel.clock import SystemClock
from hobnob.kernel.ids import new_id
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from hobnob.platform.storage import open_storage
from hobnob.whatsapp.graph import GraphClient, make_session
from tests.inbox.ingest.wire import Shop as Books
from tests.inbox.send.shop import Shop, open_shop, until, working

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    quick = msgspec.structs.replace(settings, send_doubt_wait_s=2.0, whatsapp_timeout_s=5.0)
    async with open_shop(quick) as shop:
        yield shop


async def chats(shop: Shop, count: int) -> list[Any]:
    """Customers who have written. A worker must be running."""
    found = [await shop.customer(f"+1415555{4000 + n}", f"Customer {n}") for n in range(count)]
    for chat in found:
        await shop.writes(chat)
    return found


async def left_by_a_dead_worker(shop: Shop, message: Any, due_in_s: float) -> None:
    """The worker died between WhatsApp's yes and our record of it."""
    await shop.owner.execute(
        "UPDATE outbox SET state = 'sending', attempts = 1, worker = 'dead', due_at = now() + $1",
        timedelta(seconds=due_in_s),
    )
    body = await shop.owner.fetchval("SELECT payload -> 'body' FROM outbox WHERE message_id = $1", UUID(message["id"]))
    await shop.graph_call(msgspec.json.decode(body))


@pytest.mark.parametrize("webhook_delay_ms", [[0, 0], [600, 900]], ids=["proof-in-the-queue", "proof-on-its-way"])
async def test_after_a_long_pause_the_proof_is_waited_for(shop: Shop, webhook_delay_ms: list[int]) -> None:
    async with working(shop.settings):
        (chat,) = await chats(shop, 1)
    await shop.faults(webhook_delay_ms=webhook_delay_ms)
    message = await shop.text(chat, "sent, and then everything stopped")
    await left_by_a_dead_worker(shop, message, due_in_s=0.3)
    await asyncio.sleep(0.4)
    async with working(shop.settings):
        await shop.reaches(chat, message["id"], "delivered")
        await shop.all_gone()
    assert await shop.sent() == {message["id"]: 1}


class Queue:
    """An account's outbox, filled by hand."""

    def __init__(self, books: Books) -> None:
        self.books = books

    async def add(self, number_id: UUID, state: str, due_at: datetime) -> UUID:
        message_id: UUID = new_id()
        async with self.books.database.lane(self.books.tenant.lane) as tx:
            await tx.execute(
                "INSERT INTO outbox (lane, account_id, message_id, number_id, chat_id, state, due_at, payload, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', $7)",
                self.books.tenant.lane,
                self.books.tenant.account_id,
                message_id,
                number_id,
                new_id(),
                state,
                due_at,
            )
        return message_id

    async def waits(self, received_at: datetime) -> None:
        """A webhook that nobody has applied yet."""
        tenant = self.books.tenant
        async with self.books.database.lane(tenant.lane) as tx:
            await tx.execute("DELETE FROM webhook_events WHERE lane = $1", tenant.lane)
            await tx.execute(
                "INSERT INTO webhook_events (lane, account_id, received_at, body) VALUES ($1, $2, $3, '{}')",
                tenant.lane,
                tenant.account_id,
                received_at,
            )

    async def claimable(self, *number_ids: UUID, listened: bool = True) -> list[UUID]:
        async with self.books.database.lane(self.books.tenant.lane) as tx:
            rooms = dict.fromkeys(number_ids, 8)
            rows = await outbox_claim.claimable(tx, self.books.tenant.lane, rooms, NOW, [], listened=listened)
        return [row["message_id"] for row in rows]


@pytest.fixture
async def queue(database: Database) -> Queue:
    return Queue(await Books.open(database))


async def test_a_silence_counts_only_if_all_that_came_in_was_applied(queue: Queue) -> None:
    number_id = queue.books.number_id
    doubtful = await queue.add(number_id, "doubt", NOW - timedelta(minutes=1))
    plain = await queue.add(number_id, "queued", NOW - timedelta(minutes=1))
    assert set(await queue.claimable(number_id)) == {doubtful, plain}
    assert await queue.claimable(number_id, listened=False) == [plain]
    await queue.waits(NOW - timedelta(seconds=30))
    assert set(await queue.claimable(number_id)) == {doubtful, plain}
    await queue.waits(NOW - timedelta(minutes=2))
    assert await queue.claimable(number_id) == [plain]


async def test_numbers_take_turns(queue: Queue) -> None:
    busy, quiet = sorted([new_id(), new_id()])
    many = [await queue.add(busy, "queued", NOW - timedelta(minutes=9 - n)) for n in range(5)]
    one = await queue.add(quiet, "queued", NOW - timedelta(minutes=1))
    assert await queue.claimable(busy, quiet) == [many[0], one, *many[1:]]


async def claimed_from(shop: Shop) -> Claimed:
    """The one row of the outbox, as the job claims it."""
    row = await shop.owner.fetchrow("SELECT * FROM outbox")
    assert row is not None
    return Claimed(
        message_id=row["message_id"],
        account_id=row["account_id"],
        number_id=row["number_id"],
        chat_id=row["chat_id"],
        attempts=1,
        payload=msgspec.json.decode(row["payload"], type=Payload),
        phone_number_id=await shop.phone_number_id(),
        leave_by=datetime.now(UTC) + timedelta(seconds=30),
    )


@asynccontextmanager
async def sending(shop: Shop, graph_url: str) -> AsyncIterator[Sender]:
    settings = shop.settings
    async with make_session() as session:
        graph = GraphClient(graph_url, settings.whatsapp_graph_version, settings.whatsapp_token, session)
        yield Sender(graph, open_storage(settings), SystemClock(), at_once_max=1, attempts_max=3)


async def test_a_request_that_is_late_does_not_leave(shop: Shop) -> None:
    async with working(shop.settings):
        (chat,) = await chats(shop, 1)
    message = await shop.text(chat, "once")
    claimed = await claimed_from(shop)
    async with sending(shop, shop.settings.whatsapp_graph_url) as sender:
        late = msgspec.structs.replace(claimed, leave_by=datetime.now(UTC) - timedelta(seconds=1))
        assert await sender.send(late) == Again(0.0)
        assert await shop.sent() == {}
        assert isinstance(await sender.send(claimed), Accepted)
    assert await shop.sent() == {message["id"]: 1}


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (500, "<html>Internal error</html>", Doubtful),
        (502, "Bad gateway", Doubtful),
        (503, "", Doubtful),
        (500, '{"error": {"message": "Something went wrong", "code": 131000}}', Again),
        (503, '{"error": {"message": "Service unavailable", "code": 2}}', Again),
        (400, "<html>Bad request</html>", Failed),
    ],
)
async def test_an_error_that_is_not_metas_leaves_a_doubt(
    shop: Shop, status: int, body: str, outcome: type[Outcome]
) -> None:
    async with working(shop.settings):
        (chat,) = await chats(shop, 1)
    await shop.text(chat, "through a proxy")

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    proxy = web.Application()
    proxy.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(proxy) as server, sending(shop, str(server.make_url(""))) as sender:
        assert isinstance(await sender.send(await claimed_from(shop)), outcome)


async def test_waiting_for_a_connection_leaves_no_doubt(shop: Shop) -> None:
    async with working(shop.settings):
        (chat,) = await chats(shop, 1)
    await shop.text(chat, "in a crowd")

    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(3)
        return web.Response(text="{}")

    row = await claimed_from(shop)
    slow = web.Application()
    slow.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(slow) as server, make_session(1) as session:
        graph = GraphClient(str(server.make_url("")), "v25.0", "token", session, answer_timeout_s=1.0)
        sender = Sender(graph, open_storage(shop.settings), SystemClock(), at_once_max=2, attempts_max=3)
        outcomes = await asyncio.gather(sender.send(row), sender.send(row))
    assert {type(outcome) for outcome in outcomes} == {Doubtful, Again}


async def test_what_ends_every_worker_is_given_up(shop: Shop) -> None:
    async with working(shop.settings):
        (chat,) = await chats(shop, 1)
    message = await shop.text(chat, "whoever sends this dies")
    tries = shop.settings.send_attempts_max_count
    await shop.owner.execute(
        "UPDATE outbox SET state = 'sending', attempts = $1, worker = 'dead', due_at = now()", tries
    )
    async with working(shop.settings):
        failed = await shop.reaches(chat, message["id"], "failed")
    assert failed["error"]["can_resend"] is False
    assert await shop.sent() == {}
    assert (await shop.desk.get("/api/wallet")).json["held_micros"] == 0


async def test_one_slow_call_holds_back_nothing_else(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "RUN_MAX_S", 0.5)
    monkeypatch.setattr(outbox, "DRAIN_MAX_S", 0.2)
    async with working(shop.settings):
        first, second = await chats(shop, 2)
        await shop.faults(slow_ms=4_000)
        slow = await shop.text(first, "slow")

        async def is_out() -> bool:
            return any(row["state"] == "sending" for row in await shop.outbox())

        await until(is_out)
        await asyncio.sleep(0.2)
        await shop.faults(slow_ms=0)
        await asyncio.sleep(0.5)
        quick = await shop.text(second, "quick")
        await shop.reaches(second, quick["id"], "delivered")
        assert slow["id"] not in await shop.sent()
        await shop.all_gone()
    assert await shop.sent() == {slow["id"]: 1, quick["id"]: 1}


def spoiling(message_id: str) -> str:
    """SQL that leaves something unreadable behind as soon as this message's WhatsApp id is written."""
    return f"""
    CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
      IF NEW.id = '{message_id}' AND NEW.wamid IS NOT NULL THEN
        INSERT INTO early_statuses VALUES (NEW.lane, NEW.account_id, NEW.wamid, 'sent', now(), '{{"id": 5}}')
        ON CONFLICT DO NOTHING;
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER spoil BEFORE UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION spoil();
    """


async def test_an_answer_that_breaks_our_code_holds_back_no_other(shop: Shop) -> None:
    async with working(shop.settings):
        where = await chats(shop, 3)
    # No status proves anything before the answers have been looked at.
    await shop.faults(webhook_delay_ms=[4000, 4000])
    ids = [(await shop.text(chat, "hello"))["id"] for chat in where]
    await shop.owner.execute(spoiling(ids[1]))
    async with working(shop.settings):
        await shop.all_gone(3.5)
        assert (await shop.message(where[0], ids[0]))["wamid"] is not None
        assert (await shop.message(where[1], ids[1]))["wamid"] is not None
    assert await shop.sent() == dict.fromkeys(ids, 1)
