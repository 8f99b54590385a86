"""What each plan would have cost on an account's real days: from the kept totals of its conversations, its agents, and the
fees by days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from hobnob.billing import catalog
from hobnob.billing.rating import Catalog, PlanVersion, Step, zone_of
from hobnob.billing.subscriptions.store import lives
from hobnob.billing.types import METER_CONVERSATION
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx
from hobnob.team import actions as team

from .rules import month_after, rounded
from .types import PlanComparison, PlanCost

DAYS = 90


class Opened(NamedTuple):
    """Conversations of a day, a category and a market."""

    day: date
    category: str
    market: str
    quantity: int


class Offer(NamedTuple):
    """A plan's version with what it costs beside conversations."""

    version: PlanVersion
    monthly_micros: int
    included_agents: int | None
    extra_agent_micros: int
    agents_max: int | None
    committed_only: bool


async def compare(tx: Tx, tenant: Tenant, now: datetime) -> PlanComparison:
    """Every plan on the last 90 whole days before ``now`` (the account's time). Conversations are those that opened, which
    are the same on every plan whose card counts one per chat; what each costs depends on its place in its calendar month."""
    account = await team.account_of(tx, tenant)
    today = now.astimezone(zone_of(account.time_zone)).date()
    first, last = today - timedelta(days=DAYS), today - timedelta(days=1)
    opened = await _opened(tx, tenant, first.replace(day=1), last)
    agents = len(await team.agents_of(tx, tenant))
    life = (await lives(tx, tenant.lane, [account]))[tenant.account_id]
    current = life.at(now)[0].lower()
    found = await catalog.current(tx)
    costs = [
        _cost(found, offer, opened, first, last, agents, account.currency)
        for offer in await _offers(tx, found, last, account.currency)
    ]
    basis = next((cost.total_micros for cost in costs if cost.plan == current), None)
    plans = [_compared(cost, current, basis) for cost in costs]
    return PlanComparison(
        first_day=first,
        last_day=last,
        days=DAYS,
        currency=account.currency,
        conversations=sum(one.quantity for one in opened if one.day >= first),
        agents=agents,
        plans=sorted(plans, key=lambda cost: (cost.total_micros, cost.plan)),
    )


def conversations_cost(found: Catalog, plan: PlanVersion, opened: Iterable[Opened], first: date, currency: str) -> int:
    """What conversations cost on a plan from ``first`` on. ``opened`` begins with that day's month, by day: what was before
    takes its places of the month."""
    positions: dict[date, int] = defaultdict(int)
    total = 0
    for one in opened:
        card = found.card_version(plan.card, one.day)
        steps = card.steps(METER_CONVERSATION, one.market, one.category, currency) if card else ()
        month = one.day.replace(day=1)
        if steps and one.day >= first:
            total += span_cost(steps, positions[month], positions[month] + one.quantity)
        positions[month] += one.quantity
    return total


def span_cost(steps: tuple[Step, ...], begin: int, end: int) -> int:
    """The units at places [begin, end) of a month, on a rate's steps."""
    ends = [*(step.from_quantity for step in steps[1:]), max(end, steps[-1].from_quantity)]
    return sum(
        max(0, min(end, upto) - max(begin, step.from_quantity)) * step.amount_micros
        for step, upto in zip(steps, ends, strict=True)
    )


def by_days(monthly_micros: int, first: date, last: date) -> int:
    """A monthly price for some days: of each calendar month its share, rounded once."""
    numerator, denominator, month = 0, 1, first.replace(day=1)
    while month <= last:
        following = month_after(month)
        days = (min(last + timedelta(days=1), following) - max(first, month)).days
        length = (following - month).days
        numerator, denominator = numerator * length + days * denominator, denominator * length
        month = following
    return rounded(monthly_micros * numerator, denominator) // denominator


def _cost(
    found: Catalog, offer: Offer, opened: list[Opened], first: date, last: date, agents: int, currency: str
) -> PlanCost:
    extra = 0 if offer.included_agents is None else max(0, agents - offer.included_agents)
    fee = by_days(offer.monthly_micros, first, last)
    seats = by_days(offer.extra_agent_micros * extra, first, last)
    conversations = conversations_cost(found, offer.version, opened, first, currency)
    warning = None
    if offer.committed_only:
        warning = "This plan is for those who commit to a quantity: ask for it."
    elif offer.agents_max is not None and agents > offer.agents_max:
        warning = f"This plan allows {offer.agents_max} agents; you have {agents}."
    return PlanCost(
        plan=offer.version.plan,
        name=offer.version.name,
        is_current=False,
        monthly_micros=offer.monthly_micros,
        fee_micros=fee,
        agents_micros=seats,
        conversations_micros=conversations,
        total_micros=fee + seats + conversations,
        difference_micros=0,
        included_conversations=offer.version.included_conversations,
        warning=warning,
    )


def _compared(cost: PlanCost, current: str, basis: int | None) -> PlanCost:

    difference = 0 if basis is None else cost.total_micros - basis
    return msgspec.structs.replace(cost, is_current=cost.plan == current, difference_micros=difference)


async def _opened(tx: Tx, tenant: Tenant, since: date, until: date) -> list[Opened]:
    rows = await tx.fetch(
        "SELECT day, category, market, sum(quantity)::bigint AS quantity FROM spend_days"
        " WHERE lane = $1 AND account_id = $2 AND meter = $3 AND day >= $4 AND day <= $5"
        " GROUP BY day, category, market HAVING sum(quantity) > 0 ORDER BY day, category, market",
        tenant.lane,
        tenant.account_id,
        METER_CONVERSATION,
        since,
        until,
    )
    return [Opened(**dict(row)) for row in rows]


async def _offers(tx: Tx, found: Catalog, on: date, currency: str) -> list[Offer]:
    """The version of each plan in force on a day, in the account's currency."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (plan) plan, version, monthly_micros, included_agents, extra_agent_micros, agents_max,"
        " committed_only FROM plan_versions WHERE effective_from <= $1 AND currency = $2"
        " ORDER BY plan, effective_from DESC",
        on,
        currency,
    )
    offers = []
    for row in rows:
        version = found.plan_version(row["plan"], on, row["version"])
        if version is not None:
            offers.append(
                Offer(
                    version,
                    row["monthly_micros"],
                    row["included_agents"],
                    row["extra_agent_micros"],
                    row["agents_max"],
                    row["committed_only"],
                )
            )
    return offers
