"""What a change of plan does, when, and what it costs at once. Pure: the preview and the change ask the same function.

By days in the account's time zone; the day of the change is charged at the new price.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from hobnob.billing.explain import day_text
from hobnob.billing.rating import PlanVersion
from hobnob.kernel.money import decimal_text

from .calendar import MONTHS, Bounds, Interval, share
from .errors import ChangeRefused
from .types import When


class Standing(NamedTuple):
    """What an account has in its running period. ``seats`` is how many agents the period pays for, ``agents`` how many there
    are now."""

    plan: PlanVersion
    interval: Interval
    bounds: Bounds
    seats: int
    agents: int


class Decision(NamedTuple):
    """``amount_micros`` is charged at once, never below 0. ``new_anchor``: periods are counted from ``on`` anew."""

    when: When
    on: date
    amount_micros: int
    new_anchor: bool
    rule: str


def fee(plan: PlanVersion, interval: Interval) -> int:
    """The price of a whole period without agents. Raises ChangeRefused when the plan is not sold so."""
    if interval == "monthly":
        if plan.committed_only:
            raise ChangeRefused(f"The {plan.name} plan is sold by the year: choose it with a promise of conversations.")
        return plan.monthly_micros
    if plan.yearly_micros is None:
        raise ChangeRefused(f"The {plan.name} plan is sold by the month only.")
    return plan.yearly_micros


def usual_interval(plan: PlanVersion) -> Interval:
    """How a plan is sold when nobody said how."""
    return "yearly" if plan.committed_only else "monthly"


def agent_price(plan: PlanVersion, interval: Interval) -> int:
    """An extra agent's price for a whole period."""
    return plan.extra_agent_micros * MONTHS[interval]


def extra_agents(plan: PlanVersion, agents: int) -> int:
    return 0 if plan.included_agents is None else max(0, agents - plan.included_agents)


def value(plan: PlanVersion, interval: Interval, agents: int) -> int:
    """What a whole period costs with so many agents."""
    return fee(plan, interval) + extra_agents(plan, agents) * agent_price(plan, interval)


def decide(have: Standing, plan: PlanVersion, interval: Interval, today: date) -> Decision:
    """What the change to a plan does. Dearer at the monthly list price is an upgrade: now, for the days that are left. A
    cheaper one, and a year to months, wait for the end of the period. Months to a year: now, less what is unused. Raises
    ChangeRefused."""
    if (plan.plan, interval) == (have.plan.plan, have.interval):
        raise ChangeRefused(f"The account is on the {plan.name} plan, {interval}, already.")
    same_interval = interval == have.interval
    # A seat that was paid stays until the period ends.
    new = value(plan, interval, max(have.agents, have.seats) if same_interval else have.agents)
    dearer = plan.monthly_micros >= have.plan.monthly_micros
    if not dearer or (have.interval == "yearly" and interval == "monthly"):
        ends_on = have.bounds.ends_on
        rule = f"{plan.name} plan, {interval}, from {day_text(ends_on)}: nothing is charged now."
        return Decision("period_end", ends_on, 0, not same_interval, rule)
    old = value(have.plan, have.interval, have.seats)
    left, whole = have.bounds.days_from(today), have.bounds.days
    change = f"{have.plan.name} to {plan.name} plan"
    if same_interval:
        amount = max(0, share(new - old, left, whole))
        rule = (
            f"{change} from {day_text(today)}: the difference of {decimal_text(new - old)} {plan.currency}"
            f" for {left} of {whole} days."
        )
        return Decision("now", today, amount, False, rule)
    unused = share(old, left, whole)
    rule = (
        f"{plan.name} plan, yearly, from {day_text(today)}: {decimal_text(new)} {plan.currency} less"
        f" {decimal_text(unused)} for {left} unused of {whole} days of the {have.plan.name} plan, monthly."
    )
    return Decision("now", today, max(0, new - unused), True, rule)
