"""Days of flows: which there were, which were charged, and the difference posted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from hobnob.billing import catalog, charges
from hobnob.billing.book import REVENUE_USAGE
from hobnob.billing.charges import Item
from hobnob.billing.explain import day_text
from hobnob.billing.period import start_of
from hobnob.billing.rating import PlanVersion
from hobnob.billing.subscriptions import store as subscriptions
from hobnob.billing.subscriptions.calendar import day_share
from hobnob.kernel.money import decimal_text
from hobnob.platform.database import Tx
from hobnob.team.types import Account

from . import store
from .rules import published_days

METER = "flow_day"


async def charge_day(tx: Tx, lane: int, account: Account, day: date, moment: datetime) -> None:
    """A day has come: charge the custom flows that are published on it. ``moment`` is its first."""
    for flow_id in await store.flows_since(tx, lane, account.id, moment):
        await reckon(tx, lane, account, flow_id, day, day, moment)


async def reckon(tx: Tx, lane: int, account: Account, flow_id: UUID, first: date, last: date, now: datetime) -> None:
    """Have exactly those days of a flow charged on which it was published: add what is missing, take back what is too much.
    ``now`` is the account's own time."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    starts = [(day, start_of(day, account.time_zone), start_of(day + timedelta(1), account.time_zone)) for day in days]
    wanted = published_days(await store.toggles(tx, lane, account.id, flow_id, starts[0][1]), starts)
    known = await store.flow_days(tx, lane, account.id, flow_id, first, last)
    machine = now - timedelta(seconds=account.clock_ahead_s)
    life = (await subscriptions.lives(tx, lane, [account]))[account.id]
    found = await catalog.current(tx)
    for day, since, _ in starts:
        revision, standing = known.get(day, (0, False))
        if (day in wanted) == standing:
            continue
        if standing:
            key = (account.id, _name(flow_id, day))
            await charges.reverse_items(tx, lane, [key], REVENUE_USAGE, machine)
        else:
            code, version = life.at(since)
            plan = found.plan_version(code, day, version)
            if plan is None or METER not in plan.addons or plan.currency != account.currency:
                continue
            revision += 1
            await charges.post_items(tx, lane, [_item(account, flow_id, day, since, plan, revision)], machine)
        await store.save_flow_day(tx, lane, account.id, flow_id, day, revision, standing=not standing)
        month = day.replace(day=1)
        quantity, charged_to = await store.month_of(tx, lane, account.id, METER, month)
        change = -1 if standing else 1
        await store.save_month(tx, lane, account.id, METER, month, quantity + change, charged_to)


def _name(flow_id: UUID, day: date) -> str:
    return f"flow_day:{flow_id}:{day}"


def _item(account: Account, flow_id: UUID, day: date, since: datetime, plan: PlanVersion, revision: int) -> Item:
    price = plan.addons[METER].amount_micros
    amount = day_share(price, day)
    return Item(
        account_id=account.id,
        item=_name(flow_id, day),
        meter=METER,
        at=since,
        amount_micros=amount,
        rule=(
            f"A custom flow published on {day_text(day)}: a day of {decimal_text(price)} {plan.currency} a month,"
            f" {plan.name} plan."
        ),
        plan=plan.plan,
        card=plan.plan,
        card_version=plan.version,
        card_effective_from=plan.effective_from,
        into=REVENUE_USAGE,
        revision=revision,
        flow_id=flow_id,
    )
