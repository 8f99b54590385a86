"""Commits accepted webhooks, many requests per commit.

Whatever waits when the connection becomes free is written by one statement, which is one commit; whoever waits shares
the batch's future. No timer: alone, a request is written at once; under load the batches grow by themselves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple
from uuid import UUID

import asyncpg
import structlog

from hobnob.platform.database import CHANNEL_WORK, Connection, Database

log = structlog.get_logger()

BATCH_MAX_ROWS = 500
BATCH_MAX_BYTES = 8 * 1024 * 1024
WAITING_MAX_ROWS = 10_000
WAITING_MAX_BYTES = 64 * 1024 * 1024
WRITE_TIMEOUT_S = 20.0
JOB = "ingest"

# One statement, so one round trip and one commit; the wake-ups of the lanes are part of it.
_STORE = f"""
WITH stored AS (
  INSERT INTO webhook_events (lane, account_id, body)
  SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::bytea[])
)
SELECT pg_notify('{CHANNEL_WORK}', '{JOB} ' || lane) FROM unnest($4::smallint[]) AS woken (lane)
"""
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
    __slots__ = ("bytes", "committed", "events", "unrouted")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.unrouted: list[Unrouted] = []
        self.bytes = 0
        self.committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def rows(self) -> int:
        return len(self.events) + len(self.unrouted)

    @property
    def is_full(self) -> bool:
        return self.rows >= BATCH_MAX_ROWS or self.bytes >= BATCH_MAX_BYTES


class EventWriter:
    """The one writer of a web process. Start it with `start`; `stop` writes what still waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Batch] = deque()
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._work = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="webhook-writer")

    async def stop(self) -> None:
        self._stopping = True
        self._work.set()
        if self._task is not None:
            await self._task

    async def write(self, events: list[Event], unrouted: list[Unrouted]) -> None:
        """Returns once all rows are committed. Raises Busy or NotWritten."""
        size = sum(len(row.body) for row in events) + sum(len(row.body) for row in unrouted)
        if self._stopping or (
            self._waiting and (self._waiting_rows >= WAITING_MAX_ROWS or self._waiting_bytes + size > WAITING_MAX_BYTES)
        ):
            raise Busy
        if not self._waiting or self._waiting[-1].is_full:
            self._waiting.append(_Batch())
        batch = self._waiting[-1]
        batch.events += events
        batch.unrouted += unrouted
        batch.bytes += size
        self._waiting_rows += len(events) + len(unrouted)
        self._waiting_bytes += size
        self._work.set()
        # Shielded: one request that is given up must not cancel the future that the others of its batch share.
        await asyncio.shield(batch.committed)

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            if self._waiting:
                await self._run_connected()
            elif self._stopping:
                return

    async def _run_connected(self) -> None:
        """Write with one connection for as long as it lives; keep it between batches."""
        try:
            async with self._database.ingest() as connection:
                while True:
                    while self._waiting:
                        await self._write(connection, self._take())
                    if self._stopping:
                        self._work.set()
                        return
                    await self._work.wait()
                    self._work.clear()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.error("webhooks_not_written", error=repr(error), waiting=self._waiting_rows)
            while self._waiting:
                _fail(self._take())
            self._work.set()

    def _take(self) -> _Batch:
        batch = self._waiting.popleft()
        self._waiting_rows -= batch.rows
        self._waiting_bytes -= batch.bytes
        return batch

    async def _write(self, connection: Connection, batch: _Batch) -> None:
        try:
            if batch.events:
                lanes, accounts, bodies = zip(*batch.events, strict=True)
                await connection.execute(_STORE, lanes, accounts, bodies, list(set(lanes)), timeout=WRITE_TIMEOUT_S)
            if batch.unrouted:
                columns = zip(*batch.unrouted, strict=True)
                await connection.execute(_STORE_UNROUTED, *columns, timeout=WRITE_TIMEOUT_S)
        except BaseException:
            _fail(batch)
            raise
        if not batch.committed.done():
            batch.committed.set_result(None)


def _fail(batch: _Batch) -> None:
    if not batch.committed.done():
        batch.committed.set_exception(NotWritten())
        batch.committed.exception()  # a batch whose requests were all given up is nobody's surprise
