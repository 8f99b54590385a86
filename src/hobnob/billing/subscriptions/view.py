"""A subscription and the plans as people see them. Pure."""

from __future__ import annotations

from datetime import date

from hobnob.billing.rating import Addon, Catalog, PlanVersion, amount_at
from hobnob.billing.types import METER_CONVERSATION
from hobnob.team.types import Account

from .calendar import Interval
from .changes import usual_interval, value
from .types import PendingView, PeriodView, PlanOffer, Subscription, SubscriptionView

NO_ADDON = Addon(0, 1, 0)


def subscription_view(
    catalog: Catalog, account: Account, have: Subscription | None, agents: int, today: date
) -> SubscriptionView:
    """``agents`` is how many the account has."""
    plan = catalog.plan_version(have.plan if have else account.plan, today, have.plan_version if have else None)
    assert plan is not None, "an account's plan is in the catalogue"
    interval = have.interval if have else usual_interval(plan)
    running = have if have is not None and have.status == "active" else None
    pending = _pending(catalog, running, today) if running else None
    after = _next_fee(catalog, running, agents, today) if running else 0
    return SubscriptionView(
        status=have.status if have else "none",
        plan=plan.plan,
        plan_name=plan.name,
        plan_version=plan.version,
        interval=interval,
        currency=plan.currency,
        fee_micros=value(plan, interval, agents),
        agents=agents,
        included_agents=plan.included_agents,
        agents_max=plan.agents_max,
        started_on=have.started_on if have else None,
        period=_period(running, today) if running else None,
        next_fee_on=running.ends_on if running and running.pending_kind != "cancel" else None,
        next_fee_micros=after,
        pending=pending,
        version=have.version if have else 0,
    )


def offers(catalog: Catalog, currency: str, today: date) -> list[PlanOffer]:
    """The plans that are sold today in a currency, the smallest first."""
    found = [catalog.plan_version(code, today) for code in catalog.plans]
    shown = [_offer(catalog, plan, today) for plan in found if plan is not None and plan.currency == currency]
    return sorted(shown, key=lambda offer: offer.position)


def next_plan(catalog: Catalog, have: Subscription, today: date) -> tuple[PlanVersion, Interval]:
    """What the next period begins with."""
    if have.pending_kind == "change":
        assert have.pending_plan is not None
        assert have.pending_interval is not None
        plan = catalog.plan_version(have.pending_plan, today, have.pending_version)
        interval = have.pending_interval
    else:
        version = have.migrate_version if have.migrate_version is not None else have.plan_version
        plan, interval = catalog.plan_version(have.plan, today, version), have.interval
    assert plan is not None, "a published version is never removed"
    return plan, interval


def _next_fee(catalog: Catalog, have: Subscription, agents: int, today: date) -> int:
    return 0 if have.pending_kind == "cancel" else value(*next_plan(catalog, have, today), agents)


def _period(have: Subscription, today: date) -> PeriodView:
    bounds = have.bounds
    return PeriodView(bounds.starts_on, bounds.ends_on, bounds.days, max(0, bounds.days_from(today)))


def _pending(catalog: Catalog, have: Subscription, today: date) -> PendingView | None:
    on = have.bounds.ends_on
    if have.pending_kind == "cancel":
        return PendingView("cancel", on)
    plan, interval = next_plan(catalog, have, today)
    if have.pending_kind == "change":
        return PendingView("change", on, plan.plan, plan.name, interval)
    return PendingView("migration", on, plan.plan, plan.name, interval) if have.migrate_version is not None else None


def _offer(catalog: Catalog, plan: PlanVersion, today: date) -> PlanOffer:
    card = catalog.plan_card(plan, today, pinned=True)
    steps = card.steps(METER_CONVERSATION, "*", "*", plan.currency) if card else ()
    step, flow = plan.addons.get("step", NO_ADDON), plan.addons.get("flow_day", NO_ADDON)
    return PlanOffer(
        code=plan.plan,
        name=plan.name,
        position=plan.position,
        version=plan.version,
        effective_from=plan.effective_from,
        currency=plan.currency,
        monthly_micros=plan.monthly_micros,
        yearly_micros=plan.yearly_micros,
        included_conversations=plan.included_conversations,
        conversation_overage_micros=amount_at(steps, plan.included_conversations) if steps else 0,
        included_agents=plan.included_agents,
        agents_max=plan.agents_max,
        extra_agent_micros=plan.extra_agent_micros,
        included_steps=step.included,
        step_overage_micros=step.amount_micros,
        step_overage_quantity=step.unit_quantity,
        flow_month_micros=flow.amount_micros,
        committed_only=plan.committed_only,
    )
