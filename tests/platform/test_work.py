"""Lanes: one worker at a time, in order, nothing lost, nothing twice; a lane that was taken over cannot be written into."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from hobnob.platform import database as platform_database
from hobnob.platform import work
from hobnob.platform.database import Database, is_transient
from hobnob.platform.settings import Settings
from hobnob.platform.work import LaneScope, LeaseLost, Worker

SCHEMA = """
CREATE TABLE parcels (lane smallint, id bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (lane, id));
CREATE TABLE arrivals (lane smallint, id bigint, worker text, at timestamptz DEFAULT clock_timestamp());
GRANT SELECT, INSERT, DELETE ON parcels, arrivals TO hobnob_work;
CREATE FUNCTION due_lanes_carry() RETURNS SETOF smallint LANGUAGE sql STABLE AS 'SELECT DISTINCT lane FROM parcels';
"""


class Carry:
    """Moves up to ``batch`` parcels of a lane in one transaction."""

    name = "carry"

    def __init__(self, worker: str, batch: int = 10) -> None:
        self.worker = worker
        self.batch = batch
        self.fails_in: set[int] = set()
        self.lanes: set[int] = set()
        self.lanes_at_once = 0

    async def run(self, scope: LaneScope) -> bool:
        self.lanes.add(scope.lane)
        self.lanes_at_once = max(self.lanes_at_once, len(self.lanes))
        try:
            return await self._carry(scope)
        finally:
            self.lanes.discard(scope.lane)

    async def _carry(self, scope: LaneScope) -> bool:
        async with scope.transaction() as tx:
            if scope.lane in self.fails_in:
                raise RuntimeError("this lane is broken")
            ids = await tx.fetch(
                "DELETE FROM parcels WHERE lane = $1 AND id IN"
                " (SELECT id FROM parcels WHERE lane = $1 ORDER BY id LIMIT $2) RETURNING id",
                scope.lane,
                self.batch,
            )
            for row in sorted(ids, key=lambda row: int(row["id"])):
                await tx.execute(
                    "INSERT INTO arrivals (lane, id, worker) VALUES ($1, $2, $3)", scope.lane, row["id"], self.worker
                )
        return len(ids) == self.batch


@pytest.fixture
async def owner(settings: Settings) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute(SCHEMA)
    yield connection
    await connection.close()


@asynccontextmanager
async def working(database: Database, settings: Settings, *jobs: Carry) -> AsyncIterator[list[Worker]]:
    """A worker for each job, as in as many processes."""
    workers = [Worker(database, settings, [job]) for job in jobs]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield workers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(done: Callable[[], object], seconds_max: float = 15.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds_max
    while True:
        outcome = done()
        if asyncio.iscoroutine(outcome):
            outcome = await outcome
        if outcome:
            return
        assert asyncio.get_running_loop().time() < deadline, "waited too long"
        await asyncio.sleep(0.02)


async def send(database: Database, lane: int, count: int, *, wake: bool = True) -> None:
    async with database.lane(lane) as tx:
        await tx.execute("INSERT INTO parcels (lane) SELECT $1 FROM generate_series(1, $2)", lane, count)
        if wake:
            tx.wake("carry", lane)


async def test_a_wake_up_starts_the_job_at_once_and_it_runs_until_nothing_is_due(
    database: Database, settings: Settings, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with working(database, settings, Carry("one")):
        await until(lambda: owner.fetchval("SELECT true FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"))
        began = asyncio.get_running_loop().time()
        await send(database, 7, 35)
        await until(lambda: owner.fetchval("SELECT count(*) = 35 FROM arrivals"))
        assert asyncio.get_running_loop().time() - began < work.POLL_S


async def test_a_lost_wake_up_costs_a_second_not_the_work(
    database: Database, settings: Settings, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with working(database, settings, Carry("one")):
        await send(database, 7, 3, wake=False)
        await until(lambda: owner.fetchval("SELECT count(*) = 3 FROM arrivals"), work.POLL_S * 3)


async def test_many_workers_share_the_lanes_in_order_and_never_twice(
    database: Database, settings: Settings, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    lanes, per_lane = range(12), 60
    async with working(database, settings, *(Carry(f"worker {n}", batch=3) for n in range(3))):
        for _ in range(per_lane // 10):
            await asyncio.gather(*(send(database, lane, 10) for lane in lanes))
        await until(lambda: owner.fetchval("SELECT count(*) >= $1 FROM arrivals", len(lanes) * per_lane))
    rows = await owner.fetch("SELECT lane, id, worker FROM arrivals ORDER BY at, id")
    assert len(rows) == len({(row["lane"], row["id"]) for row in rows}) == len(lanes) * per_lane
    for lane in lanes:
        ids = [row["id"] for row in rows if row["lane"] == lane]
        assert ids == sorted(ids), "in order"


async def test_a_worker_that_was_stopped_for_a_while_cannot_write_into_a_lane_taken_over(
    database: Database, settings: Settings, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    slow, quick = Worker(database, settings, []), Worker(database, settings, [])
    scope = await slow._lease(3)
    assert scope is not None
    assert await quick._lease(3) is None, "the lane is taken"
    await owner.execute("UPDATE lane_leases SET expires_at = now() - interval '1 second'")
    assert await quick._lease(3) is not None
    with pytest.raises(LeaseLost):
        async with scope.transaction() as tx:
            await tx.execute("INSERT INTO arrivals (lane, id, worker) VALUES (3, 1, 'too late')")
    assert await owner.fetchval("SELECT count(*) FROM arrivals") == 0


async def test_a_lane_is_not_taken_over_while_its_holder_writes(
    database: Database, settings: Settings, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    holder, other = Worker(database, settings, []), Worker(database, settings, [])
    scope = await holder._lease(3)
    assert scope is not None
    async with scope.transaction() as tx:
        await tx.execute("INSERT INTO arrivals (lane, id, worker) VALUES (3, 1, 'in time')")
        await owner.execute("SET lock_timeout = '200ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await owner.execute("UPDATE lane_leases SET expires_at = now() - interval '1 second'")
    await owner.execute("UPDATE lane_leases SET expires_at = now() - interval '1 second'")
    assert await other._lease(3) is not None
    assert await owner.fetchval("SELECT worker FROM arrivals") == "in time"


async def test_a_holder_that_stands_still_in_the_middle_of_writing_is_not_waited_for(
    settings: Settings, owner: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform_database, "IDLE_IN_TRANSACTION_TIMEOUT_MS", 300)
    database = await Database.open(settings)
    holder, other = Worker(database, settings, []), Worker(database, settings, [])
    scope = await holder._lease(3)
    assert scope is not None
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as stopped:
        async with scope.transaction() as tx:
            await tx.execute("INSERT INTO arrivals (lane, id, worker) VALUES (3, 1, 'too late')")
            # Nothing is heard of this process, as when its machine is gone; its lease runs out meanwhile.
            async with asyncio.timeout(5):
                await owner.execute("UPDATE lane_leases SET expires_at = now() - interval '1 second'")
            assert await other._lease(3) is not None
            await tx.execute("INSERT INTO arrivals (lane, id, worker) VALUES (3, 2, 'too late')")
    assert is_transient(stopped.value)
    assert await owner.fetchval("SELECT count(*) FROM arrivals") == 0
    await database.close()


async def test_a_failing_lane_is_tried_again_and_holds_up_no_other(
    database: Database, settings: Settings, owner: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "ERROR_WAIT_S", 0.1)
    job = Carry("one")
    job.fails_in = {1}
    async with working(database, settings, job):
        await send(database, 1, 2)
        await send(database, 2, 2)
        await until(lambda: owner.fetchval("SELECT count(*) = 2 FROM arrivals WHERE lane = 2"))
        assert await owner.fetchval("SELECT count(*) FROM arrivals WHERE lane = 1") == 0
        job.fails_in = set()
        await until(lambda: owner.fetchval("SELECT count(*) = 2 FROM arrivals WHERE lane = 1"))


async def test_more_lanes_than_may_run_at_once_wait_their_turn(
    database: Database, settings: Settings, owner: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LANES_AT_ONCE_MAX", 2)
    job = Carry("one")
    async with working(database, settings, job):
        await asyncio.gather(*(send(database, lane, 5) for lane in range(40)))
        await until(lambda: owner.fetchval("SELECT count(*) = 200 FROM arrivals"))
    assert job.lanes_at_once == 2


async def test_a_worker_that_ends_gives_its_lanes_back(
    database: Database, settings: Settings, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with working(database, settings, Carry("one")):
        await send(database, 9, 1)
        await until(lambda: owner.fetchval("SELECT count(*) = 1 FROM arrivals"))
        assert await owner.fetchval("SELECT count(*) FROM lane_leases") == 1
    assert await owner.fetchval("SELECT count(*) FROM lane_leases") == 0


async def test_an_idle_lane_is_let_go_so_that_others_may_have_it(
    database: Database, settings: Settings, owner: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "RENEW_S", 0.1)
    monkeypatch.setattr(work, "IDLE_RELEASE_S", 0.2)
    async with working(database, settings, Carry("one")):
        await send(database, 9, 1)
        await until(lambda: owner.fetchval("SELECT count(*) = 1 FROM arrivals"))
        await until(lambda: owner.fetchval("SELECT count(*) = 0 FROM lane_leases"))
