"""Workers know who is looking, and nobody misses a change that happens while a page opens."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform import watching
from hobnob.platform.database import Database
from hobnob.platform.realtime import Hub
from hobnob.platform.watching import Watch, watched_in

TENANT = Tenant(new_id(), 7)


async def test_a_lane_knows_its_watched_accounts(database: Database) -> None:
    await Watch(database, Hub()).begin(TENANT)
    async with database.lane(7) as tx:
        assert await watched_in(tx, 7) == {TENANT.account_id}
    async with database.lane(8) as tx:
        assert await watched_in(tx, 8) == set()


async def test_a_note_waits_for_transactions_that_cannot_see_it(database: Database) -> None:
    """Else a page could fetch before such a transaction commits, and never be told of it."""
    watch = Watch(database, Hub())
    async with database.lane(7) as tx:
        assert await watched_in(tx, 7) == set()
        noting = asyncio.create_task(watch.begin(TENANT))
        await asyncio.sleep(0.1)
        assert not noting.done()
    await noting
    async with database.lane(7) as tx:
        assert await watched_in(tx, 7) == {TENANT.account_id}


async def test_other_lanes_are_not_waited_for(database: Database) -> None:
    async with database.lane(8):
        await asyncio.wait_for(Watch(database, Hub()).begin(TENANT), 5)


async def test_a_note_lapses_when_nobody_looks(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "NOTED_S", 0.2)
    watch = Watch(database, Hub())
    await watch.begin(TENANT)
    await watch.renew()
    await asyncio.sleep(0.25)
    async with database.lane(7) as tx:
        assert await watched_in(tx, 7) == set()


async def test_a_note_is_kept_while_a_page_is_open(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "NOTED_S", 0.5)
    hub = Hub()
    frames = hub.subscribe(TENANT.account_id)
    watch = Watch(database, hub)
    await watch.begin(TENANT)
    for _ in range(4):
        await asyncio.sleep(0.2)
        await watch.renew()
    async with database.lane(7) as tx:
        assert await watched_in(tx, 7) == {TENANT.account_id}
    assert frames.empty()


async def test_after_a_gap_pages_fetch_afresh(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "NOTED_S", 0.1)
    hub = Hub()
    frames = hub.subscribe(TENANT.account_id)
    watch = Watch(database, hub)
    await watch.begin(TENANT)
    await asyncio.sleep(0.2)
    monkeypatch.setattr(watching, "NOTED_S", 60)
    await watch.renew()
    assert b"resync" in frames.get_nowait()
    async with database.lane(7) as tx:
        assert await watched_in(tx, 7) == {TENANT.account_id}


async def test_a_note_that_cannot_be_written_is_written_later(
    database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "NOTED_S", 0.2)
    hub = Hub()
    hub.subscribe(TENANT.account_id)
    watch = Watch(database, hub)
    await watch.begin(TENANT)
    await asyncio.sleep(0.25)
    monkeypatch.setattr(watching, "NOTED_S", 60.0)
    owner = await asyncpg.connect(postgres_url)
    await owner.execute("REVOKE INSERT ON watched_accounts FROM hobnob_web")
    with pytest.raises(asyncpg.PostgresError):
        await watch.renew()
    await owner.execute("GRANT INSERT ON watched_accounts TO hobnob_web")
    await owner.close()
    await watch.renew()
    async with database.lane(7) as tx:
        assert await watched_in(tx, 7) == {TENANT.account_id}
