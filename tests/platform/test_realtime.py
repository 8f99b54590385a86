"""Realtime events: told exactly if their change was committed, whole however long, and never lost without saying so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnob.kernel.ids import Tenant, lane_of, new_id
from hobnob.platform import listen, realtime
from hobnob.platform.database import CHANNEL_EVENTS, ROLE_WEB, Database
from hobnob.platform.embedded import EmbeddedPostgres
from hobnob.platform.listen import listen_forever
from hobnob.platform.realtime import Assembler, Hub, notify_payloads
from hobnob.platform.settings import Settings

NOTIFY_BYTES_MAX = 7_999  # PostgreSQL's own limit
RESYNC_FRAME = {"events": [{"type": "resync"}]}


def _tenant() -> Tenant:
    account_id = new_id()
    return Tenant(account_id, lane_of(account_id))


@pytest.fixture
async def heard(settings: Settings) -> AsyncIterator[list[tuple[UUID, bytes]]]:
    """What another process on the same database hears."""
    frames: list[tuple[UUID, bytes]] = []
    assembler, connected = Assembler(), asyncio.Event()

    def on_payload(payload: str) -> None:
        if frame := assembler.take(payload):
            frames.append(frame)

    task = asyncio.create_task(listen_forever(settings, ROLE_WEB, CHANNEL_EVENTS, on_payload, connected.set))
    await connected.wait()
    yield frames
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _until_heard(heard: list[tuple[UUID, bytes]], count: int) -> None:
    async with asyncio.timeout(10):
        while len(heard) < count:
            await asyncio.sleep(0.01)


@given(st.lists(st.tuples(st.integers(0, 2), st.text(max_size=30_000)), max_size=6))
def test_frames_of_any_length_and_script_arrive_whole(events: list[tuple[int, str]]) -> None:
    accounts = [new_id() for _ in range(3)]
    told = [(accounts[n], msgspec.json.encode({"type": "message", "body": body})) for n, body in events]
    payloads = notify_payloads(told)
    assert all(len(payload.encode()) <= NOTIFY_BYTES_MAX for payload in payloads)
    assembler = Assembler()
    frames = [frame for payload in payloads if (frame := assembler.take(payload))]
    for account in accounts:
        sent = [msgspec.json.decode(event) for owner, event in told if owner == account]
        arrived = [
            event for owner, frame in frames if owner == account for event in msgspec.json.decode(frame)["events"]
        ]
        assert arrived == sent


async def test_events_are_told_when_the_transaction_commits_and_only_then(
    database: Database, heard: list[tuple[UUID, bytes]]
) -> None:
    tenant = _tenant()
    with pytest.raises(RuntimeError):
        async with database.account(tenant) as tx:
            tx.emit(tenant.account_id, {"type": "message", "n": 1})
            raise RuntimeError("rolled back")
    async with database.account(tenant) as tx:
        tx.emit(tenant.account_id, {"type": "message", "n": 2})
        tx.emit(tenant.account_id, {"type": "chat", "n": 3})
        await asyncio.sleep(0.1)
        assert heard == [], "not before the commit"
    await _until_heard(heard, 1)
    assert [(account, msgspec.json.decode(frame)) for account, frame in heard] == [
        (tenant.account_id, {"events": [{"type": "message", "n": 2}, {"type": "chat", "n": 3}]})
    ]


async def test_events_of_a_part_that_failed_are_taken_back_with_its_rows(
    database: Database, heard: list[tuple[UUID, bytes]]
) -> None:
    tenant = _tenant()
    async with database.account(tenant) as tx:
        tx.emit(tenant.account_id, {"n": 1})
        with pytest.raises(asyncpg.UndefinedTableError):
            async with tx.savepoint():
                await tx.execute("INSERT INTO attempt_windows VALUES ('inner', now(), 1)")
                tx.emit(tenant.account_id, {"n": 2})
                async with tx.savepoint():
                    await tx.execute("SELECT * FROM nowhere")
        async with tx.savepoint():
            await tx.execute("INSERT INTO attempt_windows VALUES ('kept', now(), 1)")
        tx.emit(tenant.account_id, {"n": 3})
    async with database.unscoped() as tx:
        assert [row["key"] for row in await tx.fetch("SELECT key FROM attempt_windows")] == ["kept"]
    await _until_heard(heard, 1)
    assert msgspec.json.decode(heard[0][1]) == {"events": [{"n": 1}, {"n": 3}]}


def test_a_browser_hears_its_own_account_only() -> None:
    hub, mine, other = Hub(), new_id(), new_id()
    queue, elsewhere = hub.subscribe(mine), hub.subscribe(other)
    hub.deliver(mine, b"frame")
    assert queue.get_nowait() == b"frame"
    assert elsewhere.empty()
    assert hub.sockets_count == 2
    hub.unsubscribe(mine, queue)
    hub.unsubscribe(other, elsewhere)
    assert hub.sockets_count == 0


def test_a_browser_that_cannot_keep_up_is_told_to_fetch_afresh() -> None:
    hub, account = Hub(), new_id()
    queue = hub.subscribe(account)
    for n in range(realtime.QUEUE_MAX_FRAMES + 1):
        hub.deliver(account, b"%d" % n)
    assert msgspec.json.decode(queue.get_nowait()) == RESYNC_FRAME
    assert queue.empty(), "what it missed is not told piecemeal"


async def test_after_postgresql_was_away_every_browser_fetches_afresh(
    own_postgres: EmbeddedPostgres, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "RECONNECT_WAIT_S", 0.05)
    monkeypatch.setattr(listen, "KEEPALIVE_S", 0.1)
    url = own_postgres.start()
    hub, account, assembler = Hub(), new_id(), Assembler()
    queue = hub.subscribe(account)
    connections = 0

    def on_connected() -> None:
        nonlocal connections
        connections += 1
        assembler.forget()
        hub.resync_all()

    there = msgspec.structs.replace(settings, database_web_url=url)
    task = asyncio.create_task(listen_forever(there, ROLE_WEB, CHANNEL_EVENTS, lambda _: None, on_connected))
    async with asyncio.timeout(30):
        assert msgspec.json.decode(await queue.get()) == RESYNC_FRAME
        await asyncio.to_thread(own_postgres.stop)
        assert queue.empty()
        # From this thread: the server lives as long as the thread that started it.
        assert own_postgres.start() == url
        assert msgspec.json.decode(await queue.get()) == RESYNC_FRAME
    assert connections == 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
