"""What the pages of WhatsApp's meter read: kept totals, WhatsApp's figures, and items page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from hobnob.billing.history.prices import CURRENCY
from hobnob.billing.history.types import MetaDecision
from hobnob.kernel.identity import format_phone
from hobnob.kernel.ids import Tenant
from hobnob.kernel.pages import Cursor
from hobnob.platform.database import Row, Tx

from .compare import Place, Side, State, Sum, compare, explained_percent
from .told import Expected, differences, expected_of
from .types import (
    Class,
    ClassTotal,
    CostDay,
    CostPart,
    ProviderCost,
    Reckoned,
    ReconciledDay,
    ReconciledMessage,
    Reconciliation,
    Statement,
    Told,
)

CLASSES: tuple[Class, ...] = ("match", "timing", "missing", "price_differs")
EXPLAINED: tuple[Class, ...] = ("match", "timing")
# Conversations had figures of their own, and reactions are not counted.
_IN_FIGURES = ("regular", "free_customer_service", "free_entry_point")

_CLASSES_PER_DAY = """
SELECT day, class, sum(quantity)::bigint AS messages, sum(amount_micros)::bigint AS amount_micros
FROM provider_days WHERE lane = $1 AND account_id = $2 AND day BETWEEN $3 AND $4 GROUP BY day, class ORDER BY day
"""
_OURS = """
SELECT d.day, ltrim(n.phone, '+') AS phone_number, d.country, d.kind, d.category, sum(d.quantity)::bigint AS messages,
  CASE WHEN sum(d.unpriced) = 0 THEN sum(d.amount_micros)::bigint END AS cost_micros
FROM provider_days d JOIN numbers n ON n.lane = $1 AND n.id = d.number_id
WHERE d.lane = $1 AND d.account_id = $2 AND d.day BETWEEN $3 AND $4 AND d.kind = ANY ($5::text[])
GROUP BY d.day, n.phone, d.country, d.kind, d.category
"""
_THEIRS = """
SELECT s.day, s.phone_number, s.country, s.kind, s.category, s.volume AS messages,
  CASE WHEN p.currency = $5 THEN s.cost_micros END AS cost_micros
FROM provider_statements s JOIN provider_pulls p ON p.lane = $1 AND p.account_id = $2 AND p.waba_id = s.waba_id
WHERE s.lane = $1 AND s.account_id = $2 AND s.day BETWEEN $3 AND $4
"""
_PULLS = """
SELECT ltrim(n.phone, '+') AS phone_number, p.waba_id, p.pulled_before, p.settled_before, p.pulled_at, p.last_error
FROM provider_pulls p LEFT JOIN numbers n ON n.lane = $1 AND n.account_id = $2 AND n.waba_id = p.waba_id
WHERE p.lane = $1 AND p.account_id = $2
"""
_ITEMS = """
SELECT i.*, d.customer_id, coalesce(c.name, c.profile_name, c.username) AS name, c.phone
FROM provider_items i
LEFT JOIN conversation_deliveries d ON d.lane = $1 AND d.message_id = i.message_id
LEFT JOIN customers c ON c.lane = $1 AND c.id = d.customer_id
WHERE i.lane = $1 AND i.account_id = $2 AND i.class = $3 AND i.delivered_at >= $4 AND (i.delivered_at, i.message_id) < ($5, $6)
ORDER BY i.delivered_at DESC, i.message_id DESC LIMIT $7
"""
_COSTS = """
SELECT day, category, market, sum(quantity)::bigint AS messages, sum(unpriced)::bigint AS unpriced,
  sum(amount_micros)::bigint AS amount_micros
FROM provider_days WHERE lane = $1 AND account_id = $2 AND day BETWEEN $3 AND $4 AND kind <> 'reaction'
GROUP BY day, category, market ORDER BY day
"""


class Days(NamedTuple):
    """Days of the account, both ends included."""

    since: date
    until: date


async def reconciliation(tx: Tx, tenant: Tenant, days: Days) -> Reconciliation:
    """How much of what WhatsApp charges in these days we can explain."""
    rows = await tx.fetch(_CLASSES_PER_DAY, tenant.lane, tenant.account_id, *days)
    totals: dict[Class, list[int]] = {name: [0, 0] for name in CLASSES}
    by_day: dict[date, dict[str, int]] = defaultdict(lambda: dict.fromkeys(CLASSES, 0))
    for row in rows:
        totals[row["class"]][0] += row["messages"]
        totals[row["class"]][1] += row["amount_micros"]
        by_day[row["day"]][row["class"]] += row["messages"]
    messages = sum(found[0] for found in totals.values())
    return Reconciliation(
        since=days.since,
        until=days.until,
        currency=CURRENCY,
        messages=messages,
        explained_percent=explained_percent(sum(totals[name][0] for name in EXPLAINED), messages),
        classes=[ClassTotal(name, count, amount) for name, (count, amount) in totals.items()],
        days=[ReconciledDay(day, sum(found.values()), **found) for day, found in by_day.items()],
        statement=await _statement(tx, tenant, days),
    )


async def messages(
    tx: Tx,
    tenant: Tenant,
    class_: Class,
    *,
    since: datetime,
    until: datetime,
    after: Cursor | None,
    limit: int,
) -> list[ReconciledMessage]:
    """Messages of one class delivered in a span, newest first."""
    first = Cursor(until, UUID(int=0))
    below = first if after is None or after.at >= until else after
    rows = await tx.fetch(
        _ITEMS,
        tenant.lane,
        tenant.account_id,
        class_,
        since,
        below.at,
        below.id,
        limit,
    )
    return [_message(row) for row in rows]


async def provider_cost(tx: Tx, tenant: Tenant, days: Days) -> ProviderCost:
    """What WhatsApp should charge for these days, by day, category and market."""
    rows = await tx.fetch(_COSTS, tenant.lane, tenant.account_id, *days)
    whole = _Cost()
    by_day: dict[date, _Cost] = defaultdict(_Cost)
    by_category: dict[str, _Cost] = defaultdict(_Cost)
    by_market: dict[str, _Cost] = defaultdict(_Cost)
    for row in rows:
        for cost in (whole, by_day[row["day"]], by_category[row["category"]], by_market[row["market"]]):
            cost.add(row)
    return ProviderCost(
        since=days.since,
        until=days.until,
        currency=CURRENCY,
        messages=whole.messages,
        unpriced=whole.unpriced,
        amount_micros=whole.amount_micros,
        days=[CostDay(day, cost.messages, cost.unpriced, cost.amount_micros) for day, cost in by_day.items()],
        categories=_parts(by_category.items()),
        markets=_parts(by_market.items()),
    )


class _Cost:
    """A sum of kept totals."""

    def __init__(self) -> None:
        self.messages = self.unpriced = self.amount_micros = 0

    def add(self, row: Row) -> None:
        self.messages += row["messages"]
        self.unpriced += row["unpriced"]
        self.amount_micros += row["amount_micros"]


def _parts(costs: Iterable[tuple[str, _Cost]]) -> list[CostPart]:
    """The dearest first."""
    parts = [CostPart(name, cost.messages, cost.unpriced, cost.amount_micros) for name, cost in costs]
    return sorted(parts, key=lambda part: (-part.amount_micros, -part.messages, part.name))


async def _statement(tx: Tx, tenant: Tenant, days: Days) -> Statement:
    ours = await tx.fetch(_OURS, tenant.lane, tenant.account_id, *days, list(_IN_FIGURES))
    theirs = await tx.fetch(_THEIRS, tenant.lane, tenant.account_id, *days, CURRENCY)
    pulls = await tx.fetch(_PULLS, tenant.lane, tenant.account_id)
    states = {row["phone_number"]: State(row["pulled_before"], row["settled_before"]) for row in pulls}
    found = compare(_side(ours), _side(theirs), states.get)
    explained = sum(day.match + day.timing for day in found)
    total = explained + sum(day.missing_webhook + day.extra + day.price_differs for day in found)
    fetched = [row for row in pulls if row["pulled_at"] is not None]
    return Statement(
        explained_percent=explained_percent(explained, total),
        fetched_at=min((row["pulled_at"] for row in fetched), default=None),
        fetched_before=min((row["pulled_before"] for row in fetched), default=None),
        problem=next((row["last_error"] for row in pulls if row["last_error"] is not None), None),
        days=found,
    )


def _side(rows: Iterable[Row]) -> Side:
    return {
        (Place(row["day"], row["phone_number"], row["country"]), row["kind"], row["category"]): Sum(
            row["messages"], row["cost_micros"]
        )
        for row in rows
    }


def _message(row: Row) -> ReconciledMessage:
    told: dict[str, Any] | None = row["told"]
    return ReconciledMessage(
        message_id=row["message_id"],
        chat_id=row["chat_id"],
        number_id=row["number_id"],
        customer=row["name"] or (format_phone(row["phone"]) if row["phone"] else ""),
        delivered_at=row["delivered_at"],
        class_=row["class"],
        reckoned=Reckoned(
            kind=row["kind"],
            category=row["category"],
            market=row["market"],
            billable=row["billable"],
            amount_micros=row["amount_micros"],
            currency=row["currency"],
            rule=row["rule"],
        ),
        told=msgspec.convert(told, Told) if told is not None else None,
        differences=differences(_expected(row), told) if told is not None else [],
    )


def _expected(row: Row) -> Expected:
    conversation: UUID | None = row["conversation_id"]
    decision = MetaDecision(
        str(row["message_id"]),
        row["delivered_at"],
        row["outcome"],
        row["category"] or None,
        row["reason"],
        str(conversation) if conversation else None,
    )
    return expected_of(decision, row["rule"])
