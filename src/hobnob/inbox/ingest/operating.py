"""What the operator does, over all accounts, with webhooks that could not be applied or that nobody owned."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from hobnob.kernel.ids import LANE_COUNT, Tenant
from hobnob.platform.database import ROLE_WORK, Database, Row

from .quarantine import summary_of
from .unrouted import hand_over
from .writer import JOB

BATCH_MAX_ROWS = 200

_WAITING = """
SELECT account_id, id::text AS id, received_at, error AS reason, attempts, body FROM quarantined_webhooks
WHERE lane = $1 ORDER BY quarantined_at LIMIT $2
"""
_UNOWNED = """
SELECT NULL::uuid AS account_id, id::text AS id, received_at, reason, 0 AS attempts, body FROM unrouted_webhooks
WHERE id > $1 ORDER BY unrouted_webhooks.id LIMIT $2
"""
_PUT_BACK = """
WITH taken AS (
  DELETE FROM quarantined_webhooks WHERE lane = $1 AND id IN (
    SELECT id FROM quarantined_webhooks WHERE lane = $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY received_at LIMIT $3
  ) RETURNING lane, account_id, received_at, attempts, body
)
INSERT INTO webhook_events (lane, account_id, received_at, attempts, body)
SELECT * FROM taken ORDER BY received_at
"""


class Waiting(Struct, frozen=True):
    """One webhook that waits. ``account_id`` is None for one that nobody owned when it came."""

    id: str
    account_id: UUID | None
    received_at: datetime
    reason: str
    attempts: int
    summary: str


async def waiting(database: Database) -> AsyncIterator[Waiting]:
    """Everything set aside: each lane's quarantine (its first webhooks), then what nobody owned."""
    for lane in range(LANE_COUNT):
        async with database.lane(lane) as tx:
            rows = await tx.fetch(_WAITING, lane, BATCH_MAX_ROWS)
        for row in rows:
            yield _view(row)
    async for row in _unowned(database):
        yield _view(row)


async def put_back(database: Database, id: UUID | None = None) -> int:
    """Queue quarantined webhooks again, one or all; answers how many. What fails again is set aside again."""
    count = 0
    for lane in range(LANE_COUNT):
        async with database.lane(lane) as tx:
            while taken := await tx.execute(_PUT_BACK, lane, id, BATCH_MAX_ROWS):
                count += taken
                tx.wake(JOB, lane)
    return count


async def find_owners(database: Database) -> tuple[int, int]:
    """Queue the webhooks whose owner is known by now; answers how many, and how many still have none."""
    async with database.unscoped(ROLE_WORK) as tx:
        owners = await tx.fetch(
            "SELECT DISTINCT r.account_id, r.lane FROM unrouted_webhooks u"
            " JOIN routes r ON u.owner = r.kind || ':' || r.external_id"
        )
    found = sum([await hand_over(database, Tenant(owner["account_id"], owner["lane"])) for owner in owners])
    async with database.unscoped(ROLE_WORK) as tx:
        left = int(await tx.fetchval("SELECT count(*) FROM unrouted_webhooks"))
    return found, left


async def _unowned(database: Database) -> AsyncIterator[Row]:
    after = 0
    while True:
        async with database.unscoped(ROLE_WORK) as tx:
            rows = await tx.fetch(_UNOWNED, after, BATCH_MAX_ROWS)
        for row in rows:
            yield row
        if len(rows) < BATCH_MAX_ROWS:
            return
        after = int(rows[-1]["id"])


def _view(row: Row) -> Waiting:
    summary = summary_of(row["body"])
    return Waiting(row["id"], row["account_id"], row["received_at"], row["reason"], row["attempts"], summary)
