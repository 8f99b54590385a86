"""The tables of docs/billing.md about plans, flows and promises are run: what the page says is what the product does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, cast

import pytest

from hobnob.billing.metering.rules import overage
from hobnob.billing.rating import Addon, PlanVersion, amount_at
from hobnob.billing.shipped import shipped_catalog
from hobnob.billing.subscriptions import commitments
from hobnob.billing.subscriptions.calendar import Bounds, Interval, day_share, period
from hobnob.billing.subscriptions.changes import Standing, decide, value
from hobnob.kernel.money import decimal_text, micros_from_text
from tests.billing.test_docs import number, rows

ON = date(2026, 11, 23)
CENT = 10_000


def micros(cell: str) -> int:
    return micros_from_text(cell.replace(",", ""))


def plan_of(name: str) -> PlanVersion:
    found = shipped_catalog().plan_version(name, ON)
    assert found is not None
    return found


def priced(cell: str, day: date) -> tuple[PlanVersion, Interval]:
    """``79.99 a month`` as a plan that costs that."""
    amount, _, word = cell.split(" ")
    price = micros(amount)
    interval: Interval = "monthly" if word == "month" else "yearly"
    # By its monthly price a plan is dearer or cheaper than another.
    monthly = price if interval == "monthly" else price // 10
    return PlanVersion(cell, cell, 1, day, "card", 0, "USD", monthly, price), interval


@pytest.mark.parametrize(("plan", "monthly", "yearly", "included", "extra"), rows("Plan", "A month"))
def test_fees(plan: str, monthly: str, yearly: str, included: str, extra: str) -> None:
    version = plan_of(plan)
    assert (version.monthly_micros, version.yearly_micros) == (micros(monthly), micros(yearly))
    assert version.included_agents == (None if included == "any number" else number(included))
    assert version.extra_agent_micros == micros(extra)
    assert version.agents_max == (None if plan == "Enterprise" else 30)


@pytest.mark.parametrize(("bought", "conversations", "cost"), rows("Plan and agents", "Conversations"))
def test_worked_months(bought: str, conversations: str, cost: str) -> None:
    name, agents = bought.split(", ")
    plan = plan_of(name)
    card = shipped_catalog().plan_card(plan, ON, pinned=True)
    assert card is not None
    steps = card.steps("conversation", "India", "service", "USD")
    beyond = max(0, number(conversations) - plan.included_conversations)
    total = value(plan, "monthly", int(agents.split(" ")[0])) + beyond * amount_at(steps, plan.included_conversations)
    assert total == micros(cost)


@pytest.mark.parametrize(("first", "interval", "starts"), rows("First day", "by"))
def test_periods(first: str, interval: str, starts: str) -> None:
    expected = [date.fromisoformat(one) for one in starts.split(", ")]
    anchor, by = date.fromisoformat(first), cast("Literal['monthly', 'yearly']", interval)
    assert [period(anchor, by, n).starts_on for n in range(len(expected))] == expected


@pytest.mark.parametrize(("old", "new", "span", "on", "charged"), rows("From", "To"))
def test_changes(old: str, new: str, span: str, on: str, charged: str) -> None:
    today = date.fromisoformat(on)
    bounds = Bounds(*(date.fromisoformat(one) for one in span.split(" to ")))
    have, interval = priced(old, today)
    plan, wanted = priced(new, today)
    if interval != wanted:
        plan = PlanVersion(new, new, 1, today, "card", 0, "USD", have.monthly_micros, plan.yearly_micros)
    decision = decide(Standing(have, interval, bounds, 0, 0), plan, wanted, today)
    assert (decision.when, decision.amount_micros) == ("now", micros(charged))


@pytest.mark.parametrize(("steps", "cost"), rows("Steps in a month", "Beyond the free ones"))
def test_steps(steps: str, cost: str) -> None:
    for name in ("starter", "plus", "elite", "max", "enterprise"):
        found = overage(plan_of(name).addons["step"], number(steps), 0)
        assert (found.amount_micros if found else 0) == micros(cost)


@pytest.mark.parametrize(("price", "published", "cost"), rows("Price of a month (USD)", "Published on"))
def test_flow_days(price: str, published: str, cost: str) -> None:
    month, count = published.split(": ")
    first, days = date.fromisoformat(f"{month}-01"), int(count.split(" ")[0])
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    # Whichever days of the month they are.
    for offset in range((last - first).days + 2 - days):
        total = sum(day_share(micros(price), first + timedelta(days=offset + n)) for n in range(days))
        assert (total + CENT // 2) // CENT * CENT == micros(cost)


@pytest.mark.parametrize(("promised", "price", "used", "usage", "missing", "beyond"), rows("Promised in all", "Price"))
def test_promises(promised: str, price: str, used: str, usage: str, missing: str, beyond: str) -> None:
    found = commitments.totals(number(promised), micros(price), 1, number(used))
    assert found == (micros(usage), micros(missing), number(beyond))


@pytest.mark.parametrize(("monthly", "each"), rows("Promised a month", "Each"))
def test_prices_of_promises(monthly: str, each: str) -> None:
    unit, usual = commitments.prices(shipped_catalog(), plan_of("enterprise"), number(monthly), ON)
    assert decimal_text(unit) == each
    assert unit < usual


def test_the_add_ons_are_those_of_the_page() -> None:
    assert plan_of("plus").addons["flow_day"] == Addon(0, 1, micros("5.99"))
