"""What an account uses of its plan this month, where it stands, and where that leads."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from hobnob.billing import catalog
from hobnob.billing.period import start_of
from hobnob.billing.rating import Addon, PlanVersion, amount_at, zone_of
from hobnob.billing.subscriptions import commitments
from hobnob.billing.subscriptions import store as subscriptions
from hobnob.billing.subscriptions.calendar import add_months
from hobnob.billing.subscriptions.commitments import Promise, totals
from hobnob.billing.types import METER_CONVERSATION
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx
from hobnob.team import actions as team

from .rules import pace, state
from .types import CommitmentView, MeterName, Usage, UsageMeter

NO_ADDON = Addon(0, 1, 0)


class _Month(NamedTuple):
    """A calendar month in moments, and what its days were used and charged for, by meter."""

    since: datetime
    until: datetime
    used: dict[str, int]
    charged: dict[str, int]


async def usage(tx: Tx, tenant: Tenant, now: datetime) -> Usage:
    """The running month of an account. ``now`` is the account's own time."""
    account = await team.account_of(tx, tenant)
    today = now.astimezone(zone_of(account.time_zone)).date()
    found = await catalog.current(tx)
    life = (await subscriptions.lives(tx, tenant.lane, [account]))[account.id]
    code, version = life.at(now)
    plan = found.plan_version(code, today, version)
    assert plan is not None, "an account's plan is in the catalogue"
    month = await _month(tx, tenant, today.replace(day=1), account.time_zone)
    promised = (await commitments.promises(tx, tenant.lane, [account.id])).get(account.id, [])
    active = next((one for one in promised if one.state == "active"), None)
    card = found.plan_card(plan, today, pinned=version is not None)
    steps = card.steps(METER_CONVERSATION, "*", "*", plan.currency) if card else ()
    conversation = Addon(plan.included_conversations, 1, amount_at(steps, plan.included_conversations) if steps else 0)
    return Usage(
        month=today.replace(day=1),
        plan=plan.plan,
        plan_name=plan.name,
        currency=plan.currency,
        as_of=now,
        meters=[
            _meter(METER_CONVERSATION, conversation, month, now),
            _meter("step", plan.addons.get("step", NO_ADDON), month, now),
            _meter("flow_day", plan.addons.get("flow_day", NO_ADDON), month, now),
            _agents(plan, len(await team.agents_of(tx, tenant)), month),
        ],
        commitment=_commitment(active, month, now) if active else None,
    )


async def _month(tx: Tx, tenant: Tenant, first: date, time_zone: str) -> _Month:
    following = add_months(first, 1)
    days = await tx.fetch(
        "SELECT meter, sum(quantity)::bigint AS quantity, sum(amount_micros)::bigint AS amount FROM spend_days"
        " WHERE lane = $1 AND account_id = $2 AND day >= $3 AND day < $4 GROUP BY meter",
        tenant.lane,
        tenant.account_id,
        first,
        following,
    )
    months = await tx.fetch(
        "SELECT meter, quantity FROM usage_months WHERE lane = $1 AND account_id = $2 AND month = $3",
        tenant.lane,
        tenant.account_id,
        first,
    )
    used = {row["meter"]: row["quantity"] for row in months}
    used[METER_CONVERSATION] = next((row["quantity"] for row in days if row["meter"] == METER_CONVERSATION), 0)
    return _Month(
        start_of(first, time_zone),
        start_of(following, time_zone),
        used,
        {row["meter"]: row["amount"] for row in days},
    )


def _meter(meter: MeterName, addon: Addon, month: _Month, now: datetime) -> UsageMeter:
    used = month.used.get(meter, 0)
    # Days of flows are no allowance: nothing of them is included, and being charged is their usual state.
    included = None if meter == "flow_day" else addon.included
    return UsageMeter(
        meter=meter,
        used=used,
        included=included,
        limit=None,
        state=state(used, included),
        pace=pace(used, month.since, month.until, now),
        unit_quantity=addon.unit_quantity,
        overage_micros=addon.amount_micros,
        charged_micros=month.charged.get(meter, 0),
    )


def _agents(plan: PlanVersion, agents: int, month: _Month) -> UsageMeter:
    return UsageMeter(
        meter="agent",
        used=agents,
        included=plan.included_agents,
        limit=plan.agents_max,
        state=state(agents, plan.included_agents, plan.agents_max),
        pace=agents,
        unit_quantity=1,
        overage_micros=plan.extra_agent_micros,
        charged_micros=month.charged.get("agent", 0),
    )


def _commitment(active: Promise, month: _Month, now: datetime) -> CommitmentView:
    used = active.used_before + active.used
    expected = active.used_before + pace(active.used, active.since, active.until, now)
    return CommitmentView(
        starts_on=active.starts_on,
        ends_on=active.ends_on,
        monthly_quantity=active.monthly_quantity,
        committed=active.quantity,
        used=used,
        pace=expected,
        month_used=month.used[METER_CONVERSATION],
        month_pace=pace(month.used[METER_CONVERSATION], month.since, month.until, now),
        unit_micros=active.unit_micros,
        overage_micros=active.overage_micros,
        shortfall_micros=totals(active.quantity, active.unit_micros, active.overage_micros, expected).shortfall_micros,
    )
