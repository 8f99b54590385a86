"""The worker's part: compare templates with Meta's now and then, and when asked."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from hobnob.kernel.clock import Clock
from hobnob.kernel.ids import Tenant
from hobnob.numbers import actions as numbers
from hobnob.numbers.types import Tools
from hobnob.platform.database import Database, Tx, is_transient
from hobnob.platform.work import LaneScope, LeaseLost
from hobnob.whatsapp.graph import GraphClient
from hobnob.whatsapp.graph_types import Template

from . import actions

log = structlog.get_logger()

SYNC_EVERY_S = 6 * 3600
RETRY_FIRST_S = 30
RETRY_MAX_S = 3600


async def fetch(graph: GraphClient, waba_id: str | None) -> dict[str, list[Template]]:
    """Everything Meta holds in the account's WhatsApp Business Account; nothing while it has none."""
    return {waba_id: [template async for template in graph.templates(waba_id)]} if waba_id else {}


async def sync_now(database: Database, graph: GraphClient, tenant: Tenant, now: datetime) -> None:
    """Sync at once, for somebody who waits. Raises GraphError."""
    async with database.account(tenant) as tx:
        waba_id = await numbers.waba_of(tx, tenant)
    found = await fetch(graph, waba_id)
    async with database.account(tenant) as tx:
        await actions.store(tx, tenant, found, now)


async def sync_new_number(tools: Tools, tenant: Tenant, _waba_id: str) -> None:
    """A number was connected: its templates are wanted now, and kept up to date from now on. Raises GraphError."""
    now = tools.clock.now()
    async with tools.database.account(tenant) as tx:
        await actions.request_sync(tx, tenant, now)
    await sync_now(tools.database, tools.graph, tenant, now)


class TemplatesJob:
    """Syncs one due account of the lane at a time."""

    name = actions.JOB

    def __init__(self, graph: GraphClient, clock: Clock) -> None:
        self._graph = graph
        self._clock = clock

    async def run(self, scope: LaneScope) -> bool:
        now = self._clock.now()
        async with scope.transaction() as tx:
            row = await tx.fetchrow(
                "SELECT account_id, attempts FROM template_syncs WHERE lane = $1 AND due_at <= $2"
                " ORDER BY due_at LIMIT 1",
                scope.lane,
                now,
            )
            if row is None:
                return False
            tenant = Tenant(row["account_id"], scope.lane)
            waba_id = await numbers.waba_of(tx, tenant)
        try:
            found = await fetch(self._graph, waba_id)
            async with scope.transaction() as tx:
                await actions.store(tx, tenant, found, now)
                await _next(tx, tenant, now + timedelta(seconds=SYNC_EVERY_S), 0)
        except LeaseLost:
            raise
        except Exception as error:
            if is_transient(error):
                raise
            # One account's templates must not keep those of the others in the lane waiting.
            log.warning("template_sync_failed", account_id=str(tenant.account_id), error=repr(error))
            wait_s = min(RETRY_FIRST_S * 2 ** row["attempts"], RETRY_MAX_S)
            async with scope.transaction() as tx:
                await _next(tx, tenant, now + timedelta(seconds=wait_s), row["attempts"] + 1)
        return True


async def _next(tx: Tx, tenant: Tenant, due_at: datetime, attempts: int) -> None:
    await tx.execute(
        "UPDATE template_syncs SET due_at = $3, attempts = $4 WHERE lane = $1 AND account_id = $2",
        tenant.lane,
        tenant.account_id,
        due_at,
        attempts,
    )
