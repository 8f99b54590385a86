"""Steps of flows: so many are free each month, each thousand begun beyond them is charged as it is begun."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hobnob.billing import catalog, charges
from hobnob.billing.book import REVENUE_USAGE
from hobnob.billing.charges import Item
from hobnob.billing.subscriptions import store as subscriptions
from hobnob.kernel.money import decimal_text
from hobnob.platform.database import Tx
from hobnob.team.types import Account

from . import store
from .rules import overage

METER = "step"


async def count(tx: Tx, lane: int, account: Account, month: date, quantity: int, at: datetime, now: datetime) -> None:
    """Add steps to a month and charge what is beyond the free ones. ``at`` is when the last of them ran; ``now`` the account's
    own time. How a month was charged is kept with how much it used, so that no unit is charged twice."""
    used, charged_to = await store.month_of(tx, lane, account.id, METER, month)
    used += quantity
    life = (await subscriptions.lives(tx, lane, [account]))[account.id]
    code, version = life.at(at)
    plan = (await catalog.current(tx)).plan_version(code, month, version)
    addon = plan.addons.get(METER) if plan is not None and plan.currency == account.currency else None
    beyond = overage(addon, used, charged_to) if addon else None
    if plan is not None and addon is not None and beyond is not None:
        each = f"{decimal_text(addon.amount_micros)} {plan.currency} for each {addon.unit_quantity:,} begun"
        item = Item(
            account_id=account.id,
            item=f"step:{month:%Y-%m}:{beyond.start}-{beyond.end}",
            meter=METER,
            at=at,
            amount_micros=beyond.amount_micros,
            rule=(
                f"Steps {beyond.start + 1:,} to {beyond.end:,} of {month:%B %Y}, beyond the {addon.included:,} that are"
                f" free: {each}, {plan.name} plan."
            ),
            plan=plan.plan,
            card=plan.plan,
            card_version=plan.version,
            card_effective_from=plan.effective_from,
            into=REVENUE_USAGE,
            quantity=beyond.end - beyond.start,
        )
        await charges.post_items(tx, lane, [item], now - timedelta(seconds=account.clock_ahead_s))
        charged_to = beyond.end
    await store.save_month(tx, lane, account.id, METER, month, used, charged_to)
