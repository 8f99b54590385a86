"""The receipts job: gives customers their blue ticks after an agent has read. Best effort: a few tries, then forgotten."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from hobnob.kernel.clock import Clock
from hobnob.numbers import actions as numbers
from hobnob.platform.database import Row
from hobnob.platform.work import LaneScope
from hobnob.whatsapp.errors import GraphError, Retry
from hobnob.whatsapp.graph import GraphClient

from .actions import RECEIPTS_JOB

log = structlog.get_logger()

RECEIPTS_PER_BATCH_MAX = 50
ATTEMPTS_MAX = 4
RETRY_S = 5
CALL_TIME_MAX_S = 120

_CLAIM = """
UPDATE read_receipts r SET attempts = r.attempts + 1, due_at = $4
FROM (SELECT chat_id FROM read_receipts WHERE lane = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3) d
WHERE r.lane = $1 AND r.chat_id = d.chat_id RETURNING r.chat_id, r.number_id, r.wamid, r.attempts
"""
# A newer message read in the meantime keeps its row.
_DONE = """
DELETE FROM read_receipts r USING unnest($2::uuid[], $3::text[]) AS d (chat_id, wamid)
WHERE r.lane = $1 AND r.chat_id = d.chat_id AND r.wamid = d.wamid
"""
_AGAIN = """
UPDATE read_receipts r SET due_at = $4 FROM unnest($2::uuid[], $3::text[]) AS d (chat_id, wamid)
WHERE r.lane = $1 AND r.chat_id = d.chat_id AND r.wamid = d.wamid
"""


class ReceiptsJob:
    """Marks messages as read at WhatsApp."""

    name = RECEIPTS_JOB

    def __init__(self, graph: GraphClient, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock

    async def run(self, scope: LaneScope) -> bool:
        now = self._clock.now()
        async with scope.transaction() as tx:
            until = now + timedelta(seconds=CALL_TIME_MAX_S)
            rows = await tx.fetch(_CLAIM, scope.lane, now, RECEIPTS_PER_BATCH_MAX, until)
            ids: list[UUID] = sorted({row["number_id"] for row in rows})
            refs = await numbers.numbers_in(tx, scope.lane, ids) if ids else {}
        if not rows:
            return False
        senders = [refs[row["number_id"]].phone_number_id if row["number_id"] in refs else None for row in rows]
        ended = await asyncio.gather(*(self._mark(row, sender) for row, sender in zip(rows, senders, strict=True)))
        done = [row for row, over in zip(rows, ended, strict=True) if over]
        again = [row for row, over in zip(rows, ended, strict=True) if not over]
        async with scope.transaction() as tx:
            await tx.execute(_DONE, scope.lane, [r["chat_id"] for r in done], [r["wamid"] for r in done])
            later = self._clock.now() + timedelta(seconds=RETRY_S)
            await tx.execute(_AGAIN, scope.lane, [r["chat_id"] for r in again], [r["wamid"] for r in again], later)
        return len(rows) == RECEIPTS_PER_BATCH_MAX

    async def _mark(self, row: Row, phone_number_id: str | None) -> bool:
        """True when there is nothing more to do."""
        if phone_number_id is None:
            return True
        try:
            await self._graph.mark_read(phone_number_id, row["wamid"])
        except GraphError as error:
            log.info("receipt_refused", chat_id=str(row["chat_id"]), error=error.detail)
            return error.retry is Retry.PERMANENT or row["attempts"] >= ATTEMPTS_MAX
        return True
