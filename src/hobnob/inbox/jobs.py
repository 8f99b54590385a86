"""The ingest job: applies accepted webhooks, lane by lane, and sets aside what cannot be applied."""

from __future__ import annotations

import structlog

from hobnob.kernel.clock import Clock
from hobnob.platform.database import Tx
from hobnob.platform.work import LaneScope, LeaseLost

from .ingest.apply import apply_events
from .ingest.isolating import apply_one_by_one, is_transient
from .ingest.reading import Event
from .ingest.writer import JOB

log = structlog.get_logger()

BATCH_MAX_EVENTS = 200
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

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, scope: LaneScope) -> bool:
        try:
            async with scope.transaction() as tx:
                batch = await _take(tx, scope.lane)
                if batch:
                    await apply_events(tx, scope.lane, batch, self._clock.now())
        except LeaseLost:
            raise
        except Exception as error:
            if is_transient(error):
                raise
            log.warning("webhooks_not_applied", lane=scope.lane, error=repr(error))
            async with scope.transaction() as tx:
                batch = await _take(tx, scope.lane)
                await apply_one_by_one(tx, scope.lane, batch, self._clock.now())
        return bool(batch)


async def _take(tx: Tx, lane: int) -> list[Event]:
    rows = await tx.fetch(_TAKE, lane, BATCH_MAX_EVENTS, BATCH_MAX_BYTES)
    return sorted(Event(**row) for row in rows)
