"""The lane's work: rating what was delivered, and asking WhatsApp for its own figures at night."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import structlog

from hobnob.billing.rating import zone_of
from hobnob.kernel.clock import Clock
from hobnob.kernel.money import MICROS_PER_UNIT
from hobnob.platform.database import Tx, is_transient
from hobnob.platform.work import LaneScope, LeaseLost
from hobnob.whatsapp.graph import GraphClient
from hobnob.whatsapp.graph_types import PricingFigures, PricingPoint

from . import pulls, rate

log = structlog.get_logger()

BATCH_MAX_MESSAGES = 300
# Webhooks go first: news wait for a quiet moment of their lane, but not longer than this.
PATIENCE = timedelta(seconds=30)
FIGURES_TIMEOUT_S = 60.0
_MARKETING = {"marketing_lite": "marketing"}


class ProviderJob:
    """Rates news of the lane, and looks again at prices that should have been told by now."""

    name = "provider"

    def __init__(self, clock: Clock, *, patience: timedelta = PATIENCE) -> None:
        self._clock = clock
        self._patience = patience

    async def run(self, scope: LaneScope) -> bool:
        """One batch; True when more is due."""
        now = self._clock.now()
        async with scope.transaction() as tx:
            if await self._busy(tx, scope.lane):
                return False
            rated = await rate.rate_news(tx, scope.lane, now, limit=BATCH_MAX_MESSAGES)
            rechecked = 0 if rated else await rate.recheck(tx, scope.lane, now)
        return rated >= BATCH_MAX_MESSAGES or rechecked >= rate.RECHECK_MAX_COUNT

    async def _busy(self, tx: Tx, lane: int) -> bool:
        found = await tx.fetchval(
            "SELECT EXISTS (SELECT 1 FROM webhook_events WHERE lane = $1) AND NOT EXISTS ("
            " SELECT 1 FROM (SELECT queued_at FROM provider_queue WHERE lane = $1 ORDER BY id LIMIT 1) oldest"
            " WHERE queued_at < now() - $2::interval)",
            lane,
            self._patience,
        )
        return bool(found)


class FiguresJob:
    """Asks WhatsApp how much it delivered and charged, a few days of one WhatsApp account at a time."""

    name = pulls.JOB

    def __init__(self, graph: GraphClient, clock: Clock, *, timeout_s: float = FIGURES_TIMEOUT_S) -> None:
        self._graph = graph
        self._clock = clock
        self._timeout_s = timeout_s

    async def run(self, scope: LaneScope) -> bool:
        """One call; True when more may be due."""
        async with scope.transaction() as tx:
            pull = await pulls.due(tx, scope.lane, self._clock.now())
        if pull is None:
            return False
        try:
            found = await self._ask(pull)
            async with scope.transaction() as tx:
                await pulls.store(tx, pull, lines_of(found.points, zone_of(pull.time_zone), pull.since, pull.until))
                await pulls.done(tx, pull, found.currency)
        except LeaseLost:
            raise
        except Exception as error:
            if is_transient(error) and not isinstance(error, TimeoutError):
                raise
            # One account's figures must not keep those of the others in the lane waiting.
            log.warning("provider_figures_failed", account_id=str(pull.tenant.account_id), error=repr(error))
            async with scope.transaction() as tx:
                await pulls.failed(tx, pull, str(error) or type(error).__name__)
        return True

    async def _ask(self, pull: pulls.Pull) -> PricingFigures:
        if pull.since >= pull.until:
            return PricingFigures()
        async with asyncio.timeout(self._timeout_s):
            return await self._graph.pricing_analytics(pull.waba_id, *pull.span)


def lines_of(
    points: Iterable[PricingPoint], zone: ZoneInfo, since: date, until: date
) -> list[tuple[date, str, str, str, str, int, int | None]]:
    """Half-hours added up to days of the account: (day, phone, country, category, kind, volume, cost in micros)."""
    volumes: Counter[tuple[date, str, str, str, str]] = Counter()
    costs: dict[tuple[date, str, str, str, str], Decimal] = {}
    for point in points:
        day = datetime.fromtimestamp(point.start, UTC).astimezone(zone).date()
        category = (point.pricing_category or "").lower().replace("-", "_")
        key = (
            day,
            (point.phone_number or "").lstrip("+"),
            point.country or "",
            _MARKETING.get(category, category),
            (point.pricing_type or "").lower(),
        )
        if since <= day < until:
            volumes[key] += point.volume or 0
            if point.cost is not None:
                costs[key] = costs.get(key, Decimal(0)) + point.cost
    return [
        (*key, volume, round(costs[key] * MICROS_PER_UNIT) if key in costs else None)
        for key, volume in sorted(volumes.items())
    ]
