"""Commits accepted webhooks, many requests per commit.

Whatever waits when the connection becomes free is written by one statement, which is one commit. No timer: alone, a
request is written at once; under load the batches grow by themselves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple
from uuid import UUID

import structlog
from asyncpg.prepared_stmt import PreparedStatement

from hobnob.platform.database import CHANNEL_WORK, Connection, Database, Row
from hobnob.platform.telemetry import counter

log = structlog.get_logger()

_events = counter("webhook_events", "parts of webhooks accepted, one per account")
_unrouted = counter("webhooks_unrouted", "parts of webhooks accepted that belong to nobody")
_commits = counter("webhook_commits", "commits that the accepted webhooks shared")

BATCH_MAX_ROWS = 500
BATCH_MAX_BYTES = 8 * 1024 * 1024
WAITING_MAX_ROWS = 10_000
WAITING_MAX_BYTES = 64 * 1024 * 1024
WRITE_TIMEOUT_S = 20.0
JOB = "ingest"

# Workers are woken at most this often: a commit that notifies waits for every other one that does. What comes in between
# is told at the end of the pause.
WAKE_EVERY_S = 0.02

# One statement, so one round trip and one commit; the wake-ups of the lanes are part of it.
_STORE = f"""
WITH stored AS (
  INSERT INTO webhook_events (lane, account_id, body)
  SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::bytea[])
)
SELECT pg_notify('{CHANNEL_WORK}', '{JOB} ' || lane) FROM unnest($4::smallint[]) AS woken (lane)
"""
_WAKE = f"SELECT pg_notify('{CHANNEL_WORK}', '{JOB} ' || lane) FROM unnest($1::smallint[]) AS woken (lane)"
_STORE_UNROUTED = """
INSERT INTO unrouted_webhooks (owner, reason, body) SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])
"""


class Busy(Exception):
    """More waits to be written than may wait: the sender has to come back."""


class NotWritten(Exception):
    """The batch was not committed, or nobody knows whether it was: the sender has to repeat it."""


class Event(NamedTuple):
    """One account's part of a webhook."""

    lane: int
    account_id: UUID
    body: bytes


class Unrouted(NamedTuple):
    """A part nobody owns, kept for the operator."""

    owner: str
    reason: str
    body: bytes


class _Batch:
    __slots__ = ("bytes", "events", "requests", "unrouted")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.unrouted: list[Unrouted] = []
        self.bytes = 0
        self.requests: list[asyncio.Future[None]] = []

    @property
    def rows(self) -> int:
        return len(self.events) + len(self.unrouted)

    @property
    def is_full(self) -> bool:
        return self.rows >= BATCH_MAX_ROWS or self.bytes >= BATCH_MAX_BYTES

    def succeed(self) -> None:
        for request in self.requests:
            if not request.done():  # cancelled: whoever asked has gone
                request.set_result(None)

    def fail(self) -> None:
        for request in self.requests:
            if not request.done():
                request.set_exception(NotWritten())


class EventWriter:
    """The one writer of a web process. Start it with `start`; `stop` writes what still waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Batch] = deque()
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._loop = asyncio.get_running_loop()
        self._wake: asyncio.Future[None] | None = None
        self._stopping = False
        self._woken_at = -WAKE_EVERY_S
        self._owed_wakes: set[int] = set()
        self._owed_due = False
        self._pause_ends = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="webhook-writer")

    async def stop(self) -> None:
        self._stopping = True
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
        if self._task is not None:
            await self._task

    def write(self, events: list[Event], unrouted: list[Unrouted], size_bytes: int) -> asyncio.Future[None]:
        """Done once all rows are committed; fails with NotWritten. Raises Busy when it cannot wait."""
        waiting = self._waiting
        if self._stopping or (
            waiting and (self._waiting_rows >= WAITING_MAX_ROWS or self._waiting_bytes + size_bytes > WAITING_MAX_BYTES)
        ):
            raise Busy
        if not waiting or waiting[-1].is_full:
            waiting.append(_Batch())
        batch = waiting[-1]
        batch.events += events
        batch.unrouted += unrouted
        batch.bytes += size_bytes
        self._waiting_rows += len(events) + len(unrouted)
        self._waiting_bytes += size_bytes
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
        written = self._loop.create_future()
        batch.requests.append(written)
        return written

    async def _run(self) -> None:
        while self._waiting or self._owed_wakes or not self._stopping:
            await self._something_waits()
            try:
                async with self._database.ingest() as connection:
                    await self._write_with(connection)
            except Exception as error:  # noqa: BLE001 - whatever befell the connection, the next batch gets a new one
                log.error("webhooks_not_written", error=repr(error), waiting=self._waiting_rows)
                while self._waiting:
                    self._take().fail()
                # Workers look for themselves every second.
                self._pay_owed()

    async def _write_with(self, connection: Connection) -> None:
        """Write with one connection for as long as it lives: taking it from the pool for each batch costs a round trip."""
        store = await connection.prepare(_STORE)
        while self._waiting or self._owed_wakes or not self._stopping:
            if self._waiting:
                # Requests that have arrived already, but were not read yet, travel with this batch.
                await asyncio.sleep(0)
                await self._write(connection, store, self._take())
            elif self._owed_wakes and (self._owed_due or self._stopping):
                await connection.execute(_WAKE, list(self._pay_owed()), timeout=WRITE_TIMEOUT_S)
            else:
                await self._something_waits()

    async def _something_waits(self) -> None:
        if not self._waiting and not self._stopping and not self._owed_due:
            self._wake = self._loop.create_future()
            await self._wake

    def _wakes_of(self, lanes: set[int]) -> set[int]:
        """The lanes to wake with this batch: its own and those owed, or none if others were woken a moment ago."""
        self._owed_wakes |= lanes
        now = self._loop.time()
        if now - self._woken_at >= WAKE_EVERY_S:
            self._woken_at = now
            return self._pay_owed()
        if not self._pause_ends:
            self._pause_ends = True
            self._loop.call_later(WAKE_EVERY_S, self._owed_are_due)
        return set()

    def _owed_are_due(self) -> None:
        self._pause_ends = False
        self._owed_due = bool(self._owed_wakes)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _pay_owed(self) -> set[int]:
        owed, self._owed_wakes, self._owed_due = self._owed_wakes, set(), False
        return owed

    def _take(self) -> _Batch:
        batch = self._waiting.popleft()
        self._waiting_rows -= batch.rows
        self._waiting_bytes -= batch.bytes
        return batch

    async def _write(self, connection: Connection, store: PreparedStatement[Row], batch: _Batch) -> None:
        try:
            if batch.events:
                lanes, accounts, bodies = zip(*batch.events, strict=True)
                await store.fetch(lanes, accounts, bodies, list(self._wakes_of(set(lanes))), timeout=WRITE_TIMEOUT_S)
            if batch.unrouted:
                columns = zip(*batch.unrouted, strict=True)
                await connection.execute(_STORE_UNROUTED, *columns, timeout=WRITE_TIMEOUT_S)
        except BaseException:
            batch.fail()
            raise
        batch.succeed()
        _events.inc(len(batch.events))
        _unrouted.inc(len(batch.unrouted))
        _commits.inc()
