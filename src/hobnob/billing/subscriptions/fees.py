"""The charges of a subscription: fees of periods, of changes, of agents. Each has one key, so each is charged once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from hobnob.billing import charges
from hobnob.billing.book import REVENUE_PLAN
from hobnob.billing.charge_rows import ChargeRow
from hobnob.billing.charges import Item
from hobnob.billing.explain import day_text
from hobnob.billing.rating import PlanVersion
from hobnob.kernel.money import decimal_text
from hobnob.platform.database import Tx
from hobnob.team.types import Account

from .calendar import Bounds, share
from .changes import agent_price, fee
from .types import Subscription


def period_text(bounds: Bounds) -> str:
    """``23 Nov 2026 to 22 Dec 2026``."""
    return f"{day_text(bounds.starts_on)} to {day_text(bounds.ends_on - timedelta(days=1))}"


def item(
    subscription: Subscription, plan: PlanVersion, name: str, meter: str, at: datetime, amount_micros: int, rule: str
) -> Item:
    """A charge of the subscription, which says by which version of which plan."""
    return Item(
        account_id=subscription.account_id,
        item=name,
        meter=meter,
        at=at,
        amount_micros=amount_micros,
        rule=rule,
        plan=plan.plan,
        card=plan.plan,
        card_version=plan.version,
        card_effective_from=plan.effective_from,
        into=REVENUE_PLAN,
    )


def period_fee(subscription: Subscription, plan: PlanVersion, at: datetime) -> Item:
    """The fee of the running period."""
    amount = fee(plan, subscription.interval)
    bounds = subscription.bounds
    rule = (
        f"{plan.name} plan, {subscription.interval}, {period_text(bounds)}:"
        f" {decimal_text(amount)} {plan.currency}, paid for the whole period."
    )
    return item(subscription, plan, f"plan_fee:{subscription.id}:{bounds.starts_on}", "plan_fee", at, amount, rule)


def change_fee(
    subscription: Subscription, plan: PlanVersion, starts_on: date, at: datetime, amount: int, rule: str
) -> Item:
    """What a change charges at once; ``starts_on`` is the first day of the period in which it happens."""
    name = f"plan_fee:{subscription.id}:{starts_on}:upgrade:{subscription.term_n}"
    return item(subscription, plan, name, "plan_fee", at, amount, rule)


def agent_fees(subscription: Subscription, plan: PlanVersion, seats: range, day: date, at: datetime) -> list[Item]:
    """Extra agents by their place in the team, for what is left of the period from a day on."""
    bounds = subscription.bounds
    left, whole = bounds.days_from(day), bounds.days
    price = agent_price(plan, subscription.interval)
    amount = share(price, left, whole)
    if price == 0 or plan.included_agents is None:
        return []
    days = "" if left == whole else f" for {left} of {whole} days"
    rule = "Agent {n}, beyond the {included} of the {name} plan, {period}: {price} {currency}{days}.".format(
        n="{n}",
        included=plan.included_agents,
        name=plan.name,
        period=period_text(bounds),
        price=decimal_text(price),
        currency=plan.currency,
        days=days,
    )
    return [
        item(
            subscription,
            plan,
            f"agent:{subscription.id}:{bounds.starts_on}:{n}",
            "agent",
            at,
            amount,
            rule.replace("{n}", str(n)),
        )
        for n in seats
        if n > plan.included_agents
    ]


def counted(charge: Item, quantity: int) -> Item:
    """The same charge for so many units."""
    return msgspec.structs.replace(charge, quantity=quantity)


async def post(
    tx: Tx, lane: int, account: Account, items: Sequence[Item], now: datetime, *, refuse_without_credit: bool = False
) -> list[ChargeRow]:
    """Charge items of one account. ``now`` is the account's own time."""
    machine = now - timedelta(seconds=account.clock_ahead_s)
    return await charges.post_items(tx, lane, items, machine, refuse_without_credit=refuse_without_credit)
