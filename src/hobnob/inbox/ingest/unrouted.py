"""Webhooks that came before we knew whose they are: handed over once the number is registered."""

from __future__ import annotations

import structlog

from hobnob.kernel.ids import Tenant
from hobnob.numbers.types import Tools
from hobnob.platform.database import Database

from .writer import JOB

log = structlog.get_logger()

HANDED_OVER_AT_ONCE_MAX = 500

# ``owner`` is kept as kind:id, the same two words as in ``routes``.
_HAND_OVER = """
WITH taken AS (
  DELETE FROM unrouted_webhooks WHERE id = ANY (ARRAY(
    SELECT u.id FROM unrouted_webhooks u JOIN routes r ON u.owner = r.kind || ':' || r.external_id
    WHERE r.account_id = $2 AND r.lane = $1 ORDER BY u.id LIMIT $3
  )) RETURNING id, received_at, body
)
INSERT INTO webhook_events (lane, account_id, received_at, body)
SELECT $1, $2, received_at, body FROM taken ORDER BY id
"""


async def hand_over(database: Database, tenant: Tenant) -> int:
    """Queue what came for the account before it was known; answers how many webhooks that were."""
    count = 0
    while True:
        async with database.lane(tenant.lane) as tx:
            moved = await tx.execute(_HAND_OVER, tenant.lane, tenant.account_id, HANDED_OVER_AT_ONCE_MAX)
            if moved:
                tx.wake(JOB, tenant.lane)
        count += moved
        if moved < HANDED_OVER_AT_ONCE_MAX:
            break
    if count:
        log.info("unrouted_webhooks_handed_over", account_id=str(tenant.account_id), count=count)
    return count


async def hand_over_to_new_number(tools: Tools, tenant: Tenant, _waba_id: str) -> None:
    """What came for a number before it was registered here."""
    await hand_over(tools.database, tenant)
