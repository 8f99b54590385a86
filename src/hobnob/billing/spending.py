"""Spend drawn one way or another, and the month's forecast: read from the kept totals of days, never from charges."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

By = Literal["meter", "category", "market", "number", "flow"]
NO_ID = str(UUID(int=0))
PACE_DAYS = 7
# What is used day by day; the other meters (plans, agents, tax) fall due on their dates and are no pace.
USED_METERS = ("conversation", "step", "flow_day")

_COLUMNS: Mapping[By, str] = {
    "meter": "meter",
    "category": "category",
    "market": "market",
    "number": "number_id::text",
    "flow": "flow_id::text",
}


class SpendKey(msgspec.Struct, frozen=True):
    """One part of the spend over all days. ``key`` is a meter, category, market, or the id of a number or flow; empty for
    what has none."""

    key: str
    amount_micros: int
    quantity: int


class BreakdownDay(msgspec.Struct, frozen=True):
    """A day of the account. ``amounts`` holds micros by key; a key without spend on the day is not in it."""

    day: date
    total_micros: int
    amounts: dict[str, int]


class Breakdown(msgspec.Struct, frozen=True):
    """Spend of a span of days, every day there, oldest first; ``keys`` by amount, the largest first."""

    by: By
    currency: str
    time_zone: str
    total_micros: int
    keys: list[SpendKey]
    days: list[BreakdownDay]


class Month(msgspec.Struct, frozen=True):
    """A calendar month so far. ``forecast_micros`` is what it will have cost if use goes on as in the last seven whole days
    (fewer while the account is younger); None before the first whole day."""

    month: date
    currency: str
    days_passed: int
    days_in_month: int
    spent_micros: int
    forecast_micros: int | None
    by_meter: list[SpendKey]


async def breakdown(
    tx: Tx, tenant: Tenant, by: By, since: date, until: date, currency: str, time_zone: str
) -> Breakdown:
    """Spend from ``since`` to ``until``, both included."""
    rows = await tx.fetch(
        f"SELECT day, {_COLUMNS[by]} AS key, sum(amount_micros)::bigint AS amount, sum(quantity)::bigint AS quantity"
        " FROM spend_days WHERE lane = $1 AND account_id = $2 AND day BETWEEN $3 AND $4 AND currency = $5 GROUP BY 1, 2",
        tenant.lane,
        tenant.account_id,
        since,
        until,
        currency,
    )
    days: dict[date, dict[str, int]] = defaultdict(dict)
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        key = "" if row["key"] == NO_ID else row["key"]
        days[row["day"]][key] = row["amount"]
        totals[key][0] += row["amount"]
        totals[key][1] += row["quantity"]
    every_day = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    return Breakdown(
        by=by,
        currency=currency,
        time_zone=time_zone,
        total_micros=sum(amount for amount, _ in totals.values()),
        keys=_keys(totals),
        days=[BreakdownDay(day, sum(days[day].values()), days[day]) for day in every_day],
    )


async def month(tx: Tx, tenant: Tenant, today: date, opened: date, currency: str) -> Month:
    """The calendar month of ``today`` in an account whose wallet was opened on ``opened``."""
    first = today.replace(day=1)
    since = min(first, today - timedelta(days=PACE_DAYS))
    rows = await tx.fetch(
        "SELECT day, meter, sum(amount_micros)::bigint AS amount, sum(quantity)::bigint AS quantity FROM spend_days"
        " WHERE lane = $1 AND account_id = $2 AND day BETWEEN $3 AND $4 AND currency = $5 GROUP BY 1, 2",
        tenant.lane,
        tenant.account_id,
        since,
        today,
        currency,
    )
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    used: dict[date, int] = defaultdict(int)
    for row in rows:
        if row["day"] >= first:
            totals[row["meter"]][0] += row["amount"]
            totals[row["meter"]][1] += row["quantity"]
        if row["meter"] in USED_METERS:
            used[row["day"]] += row["amount"]
    spent = sum(amount for amount, _ in totals.values())
    days_in_month = monthrange(today.year, today.month)[1]
    return Month(
        month=first,
        currency=currency,
        days_passed=today.day,
        days_in_month=days_in_month,
        spent_micros=spent,
        forecast_micros=forecast(spent, used, today, opened, days_in_month),
        by_meter=_keys(totals),
    )


def forecast(spent_micros: int, used: Mapping[date, int], today: date, opened: date, days_in_month: int) -> int | None:
    """What the month will have cost: what it has cost so far, and for what is left of it the pace of the last whole days.
    Today counts with what it has used, or with the pace if that is more."""
    whole = [day for n in range(1, PACE_DAYS + 1) if (day := today - timedelta(days=n)) >= opened]
    if not whole:
        return None
    pace = sum(used.get(day, 0) for day in whole)
    rest_of_today = max(0, pace // len(whole) - used.get(today, 0))
    return spent_micros + rest_of_today + pace * (days_in_month - today.day) // len(whole)


def _keys(totals: Mapping[str, Sequence[int]]) -> list[SpendKey]:
    found: Iterable[SpendKey] = (SpendKey(key, amount, quantity) for key, (amount, quantity) in totals.items())
    return sorted(found, key=lambda one: (-one.amount_micros, one.key))
