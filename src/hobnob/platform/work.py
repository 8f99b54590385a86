"""Workers: lanes are leased, and within a lane each job runs one batch at a time, in order.

A worker learns of due work by NOTIFY (at once) and by asking every lane each second (in case a notification was lost).
It leases a lane before touching it, renews while busy, and lets go when idle. Each transaction checks the lease, so a
worker that was stopped for a while cannot write into a lane that another has taken over.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import structlog

from hobnob.kernel.ids import new_id

from .database import CHANNEL_WORK, ROLE_WORK, Database, Tx
from .listen import listen_forever
from .settings import Settings

log = structlog.get_logger()

LEASE_S = 15
RENEW_S = 4
POLL_S = 1.0
IDLE_RELEASE_S = 2.0
LANES_AT_ONCE_MAX = 32
ERROR_WAIT_S = 1.0


class LeaseLost(Exception):
    """Another worker holds the lane now; what this one was about to write is rolled back."""


class LaneScope:
    """A leased lane: the way for jobs to write into it."""

    def __init__(self, database: Database, lane: int, worker: str) -> None:
        self.lane = lane
        self._database = database
        self._worker = worker
        self._writing = asyncio.Lock()
        self._woken: dict[str, asyncio.Event] = {}

    def woken(self, job: str) -> asyncio.Event:
        """Set when a wake-up arrives for a job that is running in this lane, so that a long run need not end to hear it."""
        return self._woken.setdefault(job, asyncio.Event())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """One transaction in the lane; raises LeaseLost. Jobs of one lane take turns, so they cannot deadlock."""
        async with self._writing, self._database.lane(self.lane) as tx:
            held = await tx.fetchval(
                "SELECT true FROM lane_leases WHERE lane = $1 AND worker = $2 AND expires_at > now() FOR SHARE",
                self.lane,
                self._worker,
            )
            if not held:
                raise LeaseLost(f"lane {self.lane}")
            yield tx


async def first(woken: asyncio.Event, tasks: Iterable[asyncio.Task[Any]], timeout_s: float | None) -> None:
    """Wait until a task ends, a wake-up comes, or the time is over."""
    wake = asyncio.create_task(woken.wait())
    try:
        await asyncio.wait({wake, *tasks}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        wake.cancel()


class LaneJob(Protocol):
    """One kind of work done lane by lane. ``name`` is also the wake-up's name; ``due_lanes_<name>()`` in SQL lists
    the lanes with something due."""

    name: str

    async def run(self, scope: LaneScope) -> bool:
        """Do one batch; True when more is due at once."""
        ...


class Worker:
    """Runs the jobs of a process until cancelled."""

    def __init__(self, database: Database, settings: Settings, jobs: list[LaneJob]) -> None:
        self.id = f"{socket.gethostname()}-{new_id().hex[-12:]}"
        self._database = database
        self._settings = settings
        self._jobs = {job.name: job for job in jobs}
        self._scopes: dict[int, LaneScope] = {}
        self._idle_since: dict[int, float] = {}
        self._running: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._again: set[tuple[str, int]] = set()
        self._waiting: dict[tuple[str, int], None] = {}
        self._poll_now = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled; then finish what runs and give the leases back."""
        listener = asyncio.create_task(
            listen_forever(self._settings, ROLE_WORK, CHANNEL_WORK, self._on_notify, self._poll_now.set)
        )
        renewer = asyncio.create_task(self._renew_forever())
        try:
            await self._poll_forever()
        finally:
            listener.cancel()
            renewer.cancel()
            await self._stop()

    def wake(self, job: str, lane: int) -> None:
        """Start a job in a lane, or note that it has to run once more."""
        key = (job, lane)
        if key in self._running:
            self._again.add(key)
            if lane in self._scopes:
                self._scopes[lane].woken(job).set()
        elif self._may_start(job, lane):
            self._running[key] = asyncio.create_task(self._run_job(key))
        else:
            self._waiting[key] = None

    def _on_notify(self, payload: str) -> None:
        job, _, lane = payload.partition(" ")
        if job in self._jobs:
            self.wake(job, int(lane))

    def _may_start(self, job: str, lane: int) -> bool:
        """At most so many lanes per job: calls that WhatsApp answers slowly must not keep webhooks waiting."""
        busy = {running for name, running in self._running if name == job}
        return lane in busy or len(busy) < LANES_AT_ONCE_MAX

    async def _poll_forever(self) -> None:
        while True:
            for name in self._jobs:
                try:
                    async with self._database.unscoped(ROLE_WORK) as tx:
                        rows = await tx.fetch(f"SELECT lane FROM due_lanes_{name}() AS lane")
                except Exception as error:  # noqa: BLE001 - a database in trouble ends no loop of the worker
                    log.warning("poll_failed", job=name, error=str(error))
                    continue
                for row in rows:
                    self.wake(name, row["lane"])
            self._poll_now.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poll_now.wait(), POLL_S)

    async def _run_job(self, key: tuple[str, int]) -> None:
        name, lane = key
        try:
            scope = await self._lease(lane)
            if scope is None:
                return
            while True:
                self._again.discard(key)
                more = await self._jobs[name].run(scope)
                if not more and key not in self._again:
                    break
                if self._waiting:
                    # Others wait for a turn: this lane goes on behind them.
                    self._again.add(key)
                    break
        except LeaseLost:
            self._scopes.pop(lane, None)
            log.warning("lease_lost", lane=lane, job=name)
        except asyncio.CancelledError:
            raise
        except Exception:
            # The edge of the process: whatever failed was rolled back and is due again; the next poll retries it.
            log.exception("job_failed", job=name, lane=lane)
            await asyncio.sleep(ERROR_WAIT_S)
        finally:
            del self._running[key]
            self._idle_since[lane] = asyncio.get_running_loop().time()
            if key in self._again:
                self._again.discard(key)
                self._waiting[key] = None
            self._start_waiting()

    def _start_waiting(self) -> None:
        for key in list(self._waiting):
            if key not in self._running and self._may_start(*key):
                del self._waiting[key]
                self._running[key] = asyncio.create_task(self._run_job(key))

    async def _lease(self, lane: int) -> LaneScope | None:
        if lane in self._scopes:
            return self._scopes[lane]
        async with self._database.unscoped(ROLE_WORK) as tx:
            mine = await tx.fetchval(
                "INSERT INTO lane_leases (lane, worker, expires_at) VALUES ($1, $2, now() + $3 * interval '1 second')"
                " ON CONFLICT (lane) DO UPDATE SET worker = excluded.worker, expires_at = excluded.expires_at"
                " WHERE lane_leases.expires_at <= now() OR lane_leases.worker = excluded.worker RETURNING true",
                lane,
                self.id,
                LEASE_S,
            )
        if not mine:
            return None
        return self._scopes.setdefault(lane, LaneScope(self._database, lane, self.id))

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await self._renew()
            except Exception as error:  # noqa: BLE001 - a database in trouble ends no loop of the worker
                log.warning("renew_failed", error=str(error))

    async def _renew(self) -> None:
        now = asyncio.get_running_loop().time()
        busy = {lane for _, lane in self._running}
        idle = [
            lane for lane in self._scopes if lane not in busy and now - self._idle_since.get(lane, now) > IDLE_RELEASE_S
        ]
        for lane in idle:
            del self._scopes[lane]
            self._idle_since.pop(lane, None)
        async with self._database.unscoped(ROLE_WORK) as tx:
            await tx.execute("DELETE FROM lane_leases WHERE worker = $1 AND lane = ANY ($2::smallint[])", self.id, idle)
            kept = await tx.fetch(
                "UPDATE lane_leases SET expires_at = now() + $3 * interval '1 second'"
                " WHERE worker = $1 AND lane = ANY ($2::smallint[]) RETURNING lane",
                self.id,
                list(self._scopes),
                LEASE_S,
            )
        for lane in set(self._scopes) - {row["lane"] for row in kept}:
            self._scopes.pop(lane, None)

    async def _stop(self) -> None:
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        try:
            async with self._database.unscoped(ROLE_WORK) as tx:
                await tx.execute("DELETE FROM lane_leases WHERE worker = $1", self.id)
        except Exception as error:  # noqa: BLE001 - a database in trouble ends no loop of the worker
            log.warning("release_failed", error=str(error))
