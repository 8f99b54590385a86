"""The ingest job: applies accepted webhooks, lane by lane, and sets aside what cannot be applied."""

from __future__ import annotations

import asyncio
import time

import structlog

from hobnob.kernel.clock import Clock
from hobnob.platform.database import Tx, is_transient
from hobnob.platform.work import LaneScope, LeaseLost

from .ingest.apply import apply_events
from .ingest.isolating import apply_one_by_one
from .ingest.reading import Event
from .ingest.statuses import sweep_early
from .ingest.writer import JOB

log = structlog.get_logger()

BATCH_MAX_EVENTS = 200
# A lane that has just been applied waits this long before it is applied again, unless it is behind.
PACE_S = 0.05
# With more lanes than this at work they take turns, and batches form without waiting.
PACED_LANES_MAX = 24
SWEEP_EVERY_S = 3600.0
# A batched webhook has many updates in few bytes: about 3,000 of the shortest.
BATCH_MAX_BYTES = 1024 * 1024

# Oldest first; the first one however large it is.
_TAKE = """
DELETE FROM webhook_events WHERE lane = $1 AND id = ANY (ARRAY(
  SELECT id FROM (
    SELECT id, sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS bytes_before
    FROM (SELECT id, body FROM webhook_events WHERE lane = $1 ORDER BY id LIMIT $2) oldest
  ) sized WHERE bytes_before < $3
)) RETURNING id, account_id, received_at, attempts, body
"""


class IngestJob:
    """One batch per run: taken and applied in one transaction."""

    name = JOB

    def __init__(self, clock: Clock, *, pace_s: float = PACE_S) -> None:
        self._clock = clock
        self._pace_s = pace_s
        self._not_before: dict[int, float] = {}
        self._sweep_at: dict[int, float] = {}
        self._lanes_running = 0

    async def run(self, scope: LaneScope) -> bool:
        self._lanes_running += 1
        try:
            await self._keep_pace(scope.lane)
            return await self._run(scope)
        finally:
            self._lanes_running -= 1

    async def _run(self, scope: LaneScope) -> bool:
        try:
            async with scope.transaction() as tx:
                batch = await _take(tx, scope.lane)
                if batch:
                    await apply_events(tx, scope.lane, batch, self._clock.now())
                    await self._sweep(tx, scope.lane)
        except LeaseLost:
            raise
        except Exception as error:
            if is_transient(error):
                raise
            log.warning("webhooks_not_applied", lane=scope.lane, error=repr(error))
            async with scope.transaction() as tx:
                batch = await _take(tx, scope.lane)
                await apply_one_by_one(tx, scope.lane, batch, self._clock.now())
        full = len(batch) >= BATCH_MAX_EVENTS or sum(len(event.body) for event in batch) >= BATCH_MAX_BYTES
        if not full:
            self._not_before[scope.lane] = time.monotonic() + self._pace_s
        # Whatever was committed after these were taken wakes the lane by itself.
        return full

    async def _sweep(self, tx: Tx, lane: int) -> None:
        if time.monotonic() >= self._sweep_at.get(lane, 0.0):
            more = await sweep_early(tx, lane, self._clock.now())
            self._sweep_at[lane] = time.monotonic() + (0.0 if more else SWEEP_EVERY_S)

    async def _keep_pace(self, lane: int) -> None:
        """Let a busy lane collect a batch: twenty messages in one transaction cost little more than one."""
        wait_s = self._not_before.pop(lane, 0.0) - time.monotonic()
        if wait_s > 0 and self._lanes_running <= PACED_LANES_MAX:
            await asyncio.sleep(wait_s)


async def _take(tx: Tx, lane: int) -> list[Event]:
    rows = await tx.fetch(_TAKE, lane, BATCH_MAX_EVENTS, BATCH_MAX_BYTES)
    return sorted(Event(**row) for row in rows)
