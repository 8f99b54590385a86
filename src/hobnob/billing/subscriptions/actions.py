"""What can be done with a subscription: begin, look ahead, change, undo, cancel, start again.

All take the account's own time, hold its wallet first, and work through the days that are due before they decide.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog

from hobnob.billing import catalog, ledger
from hobnob.billing.errors import InsufficientCredit
from hobnob.billing.period import start_of
from hobnob.billing.rating import Catalog, PlanVersion, zone_of
from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import decimal_text
from hobnob.platform.database import Tx
from hobnob.team import actions as team
from hobnob.team.types import Account

from . import commitments, days, fees, store
from .calendar import Interval, period
from .changes import Decision, Standing, decide, usual_interval, value
from .errors import ChangeNotPaid, ChangeRefused, EnterpriseNeeded, PriceMoved, UnknownPlan
from .types import Action, Change, Choice, Preview, PreviewOf, Reason, Subscription, SubscriptionView
from .view import subscription_view

log = structlog.get_logger()

# What the room above notes when a number's code was right.
NUMBER_VERIFIED = "number.verified"


class Ground(NamedTuple):
    """What a command stands on, under the wallet's lock, with all due days worked through."""

    account: Account
    catalog: Catalog
    subscription: Subscription | None
    agents: int
    today: date
    available_micros: int

    def active(self) -> Subscription:
        if self.subscription is None or self.subscription.status == "chosen":
            raise ChangeRefused(
                "The subscription begins when the first number is verified: until then choose any plan."
            )
        if self.subscription.status == "ended":
            raise ChangeRefused("The subscription has ended: start it again first.")
        return self.subscription

    def plan_of(self, subscription: Subscription) -> PlanVersion:
        found = self.catalog.plan_version(subscription.plan, self.today, subscription.plan_version)
        assert found is not None, "a subscription's plan version is never removed"
        return found

    def standing(self) -> Standing:
        have = self.active()
        return Standing(self.plan_of(have), have.interval, have.bounds, have.seats, self.agents)

    def offer(self, code: str) -> PlanVersion:
        """A plan as it is sold today, in the account's currency. Raises UnknownPlan."""
        found = self.catalog.plan_version(code, self.today)
        if found is None or found.currency != self.account.currency:
            raise UnknownPlan(f"There is no plan {code!r} in {self.account.currency}: see GET /api/billing/plans.")
        return found


async def number_verified(tx: Tx, tenant: Tenant, now: datetime) -> None:
    """The account's first number was verified: its subscription starts today, with the plan that was chosen, else that of
    the account, by the month. Doing it again changes nothing."""
    ground = await _ground(tx, tenant, now)
    chosen = ground.subscription
    if chosen is not None and chosen.status != "chosen":
        return
    code = chosen.plan if chosen else ground.account.plan
    plan = ground.catalog.plan_version(code, ground.today)
    if plan is None or plan.currency != ground.account.currency:
        log.warning("subscription_not_started", account_id=str(tenant.account_id), plan=code)
        return
    interval = chosen.interval if chosen else usual_interval(plan)
    begun = chosen or Subscription(tenant.account_id, new_id(), "active", plan.plan, plan.version, interval)
    await _begin(tx, tenant, ground, begun, plan, now, "start")
    await team.audit(tx, tenant, "subscription.started", "subscription", begun.id, detail={"plan": plan.plan})


async def subscription(tx: Tx, tenant: Tenant, now: datetime) -> SubscriptionView:
    """What the account has, and what comes next."""
    account = await team.account_of(tx, tenant)
    have = await store.read(tx, tenant.lane, tenant.account_id)
    agents = len(await team.agents_of(tx, tenant))
    return subscription_view(await catalog.current(tx), account, have, agents, _today(account, now))


async def choose(
    tx: Tx, tenant: Tenant, choice: Choice, now: datetime, agent_id: UUID | None, *, begin: bool = False
) -> SubscriptionView:
    """With what to begin when the first number is verified. With ``begin``, an account that has a verified number already (it
    is older than plans are) begins now, if the fee can be paid. Raises ChangeRefused once it has begun, ChangeNotPaid."""
    ground = await _ground(tx, tenant, now)
    if ground.subscription is not None and ground.subscription.status != "chosen":
        raise ChangeRefused(
            "The subscription has begun: change its plan instead (POST /api/billing/subscription/change)."
        )
    plan = ground.offer(choice.plan)
    if plan.committed_only:
        raise ChangeRefused(
            f"The {plan.name} plan comes with a promise of conversations: change to it once you have begun."
        )
    check_agents_of(plan, ground.agents)
    price = value(plan, choice.interval, ground.agents)
    chosen = ground.subscription or Subscription(
        tenant.account_id, new_id(), "chosen", plan.plan, plan.version, choice.interval
    )
    chosen.plan, chosen.plan_version, chosen.interval = plan.plan, plan.version, choice.interval
    await store.write(tx, tenant.lane, chosen)
    await team.set_plan(tx, tenant, plan.plan)
    await _audit(tx, tenant, "plan_chosen", chosen, agent_id)
    if begin and await team.has_happened(tx, tenant, NUMBER_VERIFIED):
        _must_pay(ground, price)
        await number_verified(tx, tenant, now)
    return await subscription(tx, tenant, now)


async def preview(tx: Tx, tenant: Tenant, wanted: PreviewOf, now: datetime) -> Preview:
    """What a command would do and charge. Writes nothing but the days that are due. Raises what the command raises, but for
    too little credit, which it tells."""
    ground = await _ground(tx, tenant, now)
    if wanted.action == "change":
        if wanted.plan is None:
            raise InvalidInput("Say which plan.", fields=[("plan", "missing")])
        interval = wanted.interval or (ground.subscription.interval if ground.subscription else "monthly")
        change = Change(wanted.plan, interval, wanted.monthly_conversations)
        plan, decision = _decide(ground, change)
        return _preview(ground, wanted.action, plan, interval, decision)
    if wanted.action == "reactivate":
        have, decision = _reactivation(ground)
        return _preview(ground, wanted.action, _plan_again(ground, have), have.interval, decision)
    have = ground.active()
    decision = _cancellation(have) if wanted.action == "cancel" else _undoing(ground, have)
    return _preview(ground, wanted.action, ground.plan_of(have), have.interval, decision)


async def change_plan(tx: Tx, tenant: Tenant, wanted: Change, now: datetime, agent_id: UUID | None) -> SubscriptionView:
    """Change the plan: an upgrade now and only if its price can be paid, anything cheaper when the period ends. What was
    pending is superseded. Raises ChangeRefused, ChangeNotPaid, PriceMoved, EnterpriseNeeded, UnknownPlan."""
    ground = await _ground(tx, tenant, now)
    plan, decision = _decide(ground, wanted)
    if wanted.expected_micros is not None and wanted.expected_micros != decision.amount_micros:
        raise PriceMoved(
            f"This change now costs {decimal_text(decision.amount_micros)} {ground.account.currency}, not what was shown:"
            " look at it again.",
            amount_micros=decision.amount_micros,
        )
    have = ground.active()
    have.forget_pending()
    if decision.when == "period_end":
        have.pending_kind, have.pending_plan, have.pending_version = "change", plan.plan, plan.version
        have.pending_interval = wanted.interval
        await store.write(tx, tenant.lane, have)
    else:
        await _change_now(tx, tenant, ground, have, plan, wanted, decision, now)
    if wanted.monthly_conversations is not None:
        await commitments.promise(tx, tenant, ground.account, plan, wanted.monthly_conversations, now)
    await _audit(tx, tenant, "plan_changed", have, agent_id, {"when": decision.when, "to": plan.plan})
    return await subscription(tx, tenant, now)


async def undo_change(tx: Tx, tenant: Tenant, now: datetime, agent_id: UUID | None) -> SubscriptionView:
    """Forget what was to happen at the end of the period. Raises ChangeRefused when nothing is."""
    ground = await _ground(tx, tenant, now)
    have = ground.active()
    _undoing(ground, have)
    have.forget_pending()
    await store.write(tx, tenant.lane, have)
    await _audit(tx, tenant, "change_undone", have, agent_id)
    return await subscription(tx, tenant, now)


async def cancel(tx: Tx, tenant: Tenant, now: datetime, agent_id: UUID | None) -> SubscriptionView:
    """End the subscription when the period that was paid ends."""
    ground = await _ground(tx, tenant, now)
    have = ground.active()
    have.forget_pending()
    have.pending_kind = "cancel"
    await store.write(tx, tenant.lane, have)
    await _audit(tx, tenant, "canceled", have, agent_id, {"on": str(have.ends_on)})
    return await subscription(tx, tenant, now)


async def reactivate(tx: Tx, tenant: Tenant, now: datetime, agent_id: UUID | None) -> SubscriptionView:
    """Take a cancellation back while the period runs; after its end, start again today if the fee can be paid."""
    ground = await _ground(tx, tenant, now)
    have, decision = _reactivation(ground)
    have.forget_pending()
    if have.status == "active":
        await store.write(tx, tenant.lane, have)
    else:
        plan = _plan_again(ground, have)
        _must_pay(ground, decision.amount_micros)
        await _begin(tx, tenant, ground, have, plan, now, "reactivation")
    await _audit(tx, tenant, "reactivated", have, agent_id)
    return await subscription(tx, tenant, now)


async def check_agents(tx: Tx, tenant: Tenant, agents: int, now: datetime) -> None:
    """Whether the account may have so many agents. Raises EnterpriseNeeded, which says what would be needed."""
    account = await team.account_of(tx, tenant)
    have = await store.read(tx, tenant.lane, tenant.account_id)
    today = _today(account, now)
    begun = have if have is not None and have.status == "active" else None
    plan = (await catalog.current(tx)).plan_version(
        begun.plan if begun else account.plan, today, begun.plan_version if begun else None
    )
    if plan is not None:
        check_agents_of(plan, agents)


def check_agents_of(plan: PlanVersion, agents: int) -> None:
    """As `check_agents`, for a plan."""
    if plan.agents_max is not None and agents > plan.agents_max:
        raise EnterpriseNeeded(agents, plan.agents_max, plan.name)


async def _ground(tx: Tx, tenant: Tenant, now: datetime) -> Ground:
    await ledger.lock(tx, tenant.lane, [tenant.account_id])
    account = await team.account_of(tx, tenant)
    await days.catch_up(tx, tenant.lane, account, now)
    wallet = (await ledger.lock(tx, tenant.lane, [tenant.account_id]))[tenant.account_id]
    return Ground(
        account=account,
        catalog=await catalog.current(tx),
        subscription=await store.read(tx, tenant.lane, tenant.account_id),
        agents=len(await team.agents_of(tx, tenant)),
        today=_today(account, now),
        available_micros=wallet.available_micros,
    )


def _today(account: Account, now: datetime) -> date:
    return now.astimezone(zone_of(account.time_zone)).date()


def _decide(ground: Ground, wanted: Change) -> tuple[PlanVersion, Decision]:
    plan = ground.offer(wanted.plan)
    decision = decide(ground.standing(), plan, wanted.interval, ground.today)
    check_agents_of(plan, ground.agents)
    quantity = wanted.monthly_conversations
    commitments.check(ground.catalog, plan, wanted.interval, quantity, decision.when, ground.today)
    return plan, decision


def _cancellation(have: Subscription) -> Decision:
    rule = "The subscription ends with the period that is paid. Nothing is charged."
    return Decision("period_end", have.bounds.ends_on, 0, False, rule)


def _undoing(ground: Ground, have: Subscription) -> Decision:
    if have.pending_kind is None:
        raise ChangeRefused("Nothing is to change at the end of the period.")
    return Decision("now", ground.today, 0, False, "Everything stays as it is. Nothing is charged.")


def _plan_again(ground: Ground, have: Subscription) -> PlanVersion:
    """Who comes back after the end gets the plan as it is sold today."""
    return ground.plan_of(have) if have.status == "active" else ground.offer(have.plan)


def _reactivation(ground: Ground) -> tuple[Subscription, Decision]:
    have = ground.subscription
    if have is None or have.status == "chosen":
        raise ChangeRefused("The subscription begins when the first number is verified.")
    if have.status == "active":
        if have.pending_kind != "cancel":
            raise ChangeRefused("The subscription runs and is not canceled.")
        return have, _undoing(ground, have)
    plan = _plan_again(ground, have)
    check_agents_of(plan, ground.agents)
    amount = value(plan, have.interval, ground.agents)
    rule = f"{plan.name} plan, {have.interval}, from today: {decimal_text(amount)} {plan.currency}."
    return have, Decision("now", ground.today, amount, True, rule)


async def _begin(
    tx: Tx,
    tenant: Tenant,
    ground: Ground,
    begun: Subscription,
    plan: PlanVersion,
    now: datetime,
    reason: Reason,
) -> None:
    """The first period from today on, and its fee: from credit, else as a debt that the next credit repays."""
    interval = begun.interval
    since = start_of(ground.today, ground.account.time_zone) if reason == "start" else now
    begun.status, begun.plan, begun.plan_version = "active", plan.plan, plan.version
    begun.anchor, begun.period_n, begun.started_on = ground.today, 0, begun.started_on or ground.today
    begun.starts_on, begun.ends_on = period(ground.today, interval, 0)
    await store.add_term(tx, tenant.lane, begun, since, ground.today, reason)
    await days.pay_period(tx, tenant.lane, ground.account, begun, plan, ground.agents, now)
    await store.write(tx, tenant.lane, begun)
    await store.open_days(tx, tenant.lane, ground.account, ground.today + timedelta(days=1))
    await team.set_plan(tx, tenant, plan.plan)


async def _change_now(
    tx: Tx,
    tenant: Tenant,
    ground: Ground,
    have: Subscription,
    plan: PlanVersion,
    wanted: Change,
    decision: Decision,
    now: datetime,
) -> None:
    starts_on = have.bounds.starts_on
    have.plan, have.plan_version, have.migrate_version = plan.plan, plan.version, None
    await store.add_term(tx, tenant.lane, have, now, ground.today, "upgrade")
    charge = fees.change_fee(have, plan, starts_on, now, decision.amount_micros, decision.rule)
    try:
        await fees.post(tx, tenant.lane, ground.account, [charge], now, refuse_without_credit=True)
    except InsufficientCredit as error:
        raise ChangeNotPaid(
            error.extra["needed_micros"], error.extra["available_micros"], ground.account.currency
        ) from None
    if decision.new_anchor:
        have.interval, have.anchor, have.period_n = wanted.interval, ground.today, 0
        await store.cut_period(tx, tenant.lane, tenant.account_id, starts_on, ground.today)
        have.starts_on, have.ends_on = period(ground.today, wanted.interval, 0)
        await store.open_period(tx, tenant.lane, have, have.bounds, wanted.interval, value(plan, wanted.interval, 0))
        have.seats = ground.agents
    have.seats = max(have.seats, ground.agents)
    await store.write(tx, tenant.lane, have)
    await team.set_plan(tx, tenant, plan.plan)


def _must_pay(ground: Ground, amount_micros: int) -> None:
    if ground.available_micros < amount_micros:
        raise ChangeNotPaid(amount_micros, ground.available_micros, ground.account.currency)


def _preview(ground: Ground, action: Action, plan: PlanVersion, interval: Interval, decision: Decision) -> Preview:
    have = ground.subscription
    assert have is not None
    next_on: date | None = have.ends_on
    if decision.new_anchor and decision.when == "now":
        next_on = period(ground.today, interval, 0).ends_on
    ends = action == "cancel"
    return Preview(
        action=action,
        when=decision.when,
        on=decision.on,
        plan=plan.plan,
        plan_name=plan.name,
        interval=interval,
        amount_micros=decision.amount_micros,
        currency=plan.currency,
        rule=decision.rule,
        next_fee_on=None if ends else next_on,
        next_fee_micros=0 if ends else value(plan, interval, ground.agents),
        available_micros=ground.available_micros,
        enough_credit=decision.amount_micros <= max(0, ground.available_micros),
    )


async def _audit(
    tx: Tx, tenant: Tenant, what: str, have: Subscription, agent_id: UUID | None, detail: dict[str, str] | None = None
) -> None:
    said = {"plan": have.plan, "interval": have.interval, **(detail or {})}
    await team.audit(tx, tenant, f"subscription.{what}", "subscription", have.id, agent_id, detail=said)
