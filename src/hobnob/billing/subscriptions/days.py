"""The days of an account, worked through one after the other, each once: periods that end, fees, agents, flows, promises.

A day's work is done as if at its first moment, whatever the time is by now: what credit there was then pays, what ran out
before has run out. So thirty days at once are thirty times one day, to the line of the ledger.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import structlog

from hobnob.billing import catalog, ledger, wallet
from hobnob.billing.metering import flows
from hobnob.billing.period import start_of
from hobnob.billing.rating import PlanVersion
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx, is_transient
from hobnob.team import actions as team
from hobnob.team.types import Account

from . import commitments, fees, store
from .calendar import period
from .changes import fee
from .types import Subscription
from .view import next_plan

log = structlog.get_logger()

PARKED = timedelta(hours=1)
CATCH_UP_DAYS_MAX = 1_000


async def work(tx: Tx, lane: int, now: datetime) -> bool:
    """The oldest day that is due in a lane, of one account. True when there was one. ``now`` is the machine's time."""
    row = await tx.fetchrow(
        "SELECT d.account_id FROM account_days d JOIN accounts a ON a.lane = d.lane AND a.account_id = d.account_id"
        " WHERE d.lane = $1 AND d.due_at <= $2::timestamptz + make_interval(secs => a.clock_ahead_s)"
        " ORDER BY d.due_at, d.account_id LIMIT 1",
        lane,
        now,
    )
    if row is None:
        return False
    account_id = row["account_id"]
    try:
        async with tx.savepoint():
            account = (await team.accounts_in(tx, lane, [account_id]))[account_id]
            await work_day(tx, lane, account, now + timedelta(seconds=account.clock_ahead_s))
    except Exception as error:
        if is_transient(error):
            raise
        # Its days wait; those of the lane's other accounts do not.
        log.exception("account_day_failed", account_id=str(account_id))
        await tx.execute(
            "UPDATE account_days SET due_at = due_at + $3 WHERE lane = $1 AND account_id = $2", lane, account_id, PARKED
        )
    return True


async def catch_up(tx: Tx, lane: int, account: Account, now: datetime) -> None:
    """Work through all days of an account that are due. ``now`` is the account's own time."""
    for _ in range(CATCH_UP_DAYS_MAX):
        if not await work_day(tx, lane, account, now):
            return


async def work_day(tx: Tx, lane: int, account: Account, now: datetime) -> bool:
    """The next day of an account, if it is due. The wallet's row guards it: a day is worked through once."""
    await ledger.lock(tx, lane, [account.id])
    due = await tx.fetchrow(
        "SELECT next_day, due_at FROM account_days WHERE lane = $1 AND account_id = $2", lane, account.id
    )
    if due is None or due["due_at"] > now:
        return False
    day: date = due["next_day"]
    moment = start_of(day, account.time_zone)
    await wallet.expire_of(tx, lane, account.id, moment - timedelta(seconds=account.clock_ahead_s))
    await commitments.settle_due(tx, lane, account, day, moment)
    await _turn(tx, lane, account, day, moment)
    await flows.charge_day(tx, lane, account, day, moment)
    following = day + timedelta(days=1)
    await tx.execute(
        "UPDATE account_days SET next_day = $3, due_at = $4 WHERE lane = $1 AND account_id = $2",
        lane,
        account.id,
        following,
        start_of(following, account.time_zone),
    )
    return True


async def pay_period(
    tx: Tx, lane: int, account: Account, have: Subscription, plan: PlanVersion, agents: int, at: datetime
) -> None:
    """Charge the running period's fee and its extra agents, from credit, else as a debt."""
    have.seats = agents
    await store.open_period(tx, lane, have, have.bounds, have.interval, fee(plan, have.interval))
    seats = fees.agent_fees(have, plan, range(1, agents + 1), have.bounds.starts_on, at)
    await fees.post(tx, lane, account, [fees.period_fee(have, plan, at), *seats], at)


async def _turn(tx: Tx, lane: int, account: Account, day: date, moment: datetime) -> None:
    """The period that ends with this day's beginning, and agents that came since yesterday."""
    have = await store.read(tx, lane, account.id)
    if have is None or have.status != "active":
        return
    agents = len(await team.agents_of(tx, Tenant(account.id, lane)))
    if have.bounds.ends_on <= day:
        await _next_period(tx, lane, account, have, agents, day, moment)
    elif agents > have.seats:
        found = await catalog.current(tx)
        plan = found.plan_version(have.plan, day, have.plan_version)
        assert plan is not None
        items = fees.agent_fees(have, plan, range(have.seats + 1, agents + 1), day, moment)
        await fees.post(tx, lane, account, items, moment)
        have.seats = agents
        await store.write(tx, lane, have)


async def _next_period(
    tx: Tx, lane: int, account: Account, have: Subscription, agents: int, day: date, moment: datetime
) -> None:
    if have.pending_kind == "cancel":
        have.forget_pending()
        have.status = "ended"
        await commitments.end_early(tx, lane, account, day, moment)
        await store.write(tx, lane, have)
        return
    plan, interval = next_plan(await catalog.current(tx), have, day)
    changed = have.pending_kind == "change"
    moved = (plan.plan, plan.version) != (have.plan, have.plan_version) or interval != have.interval
    assert have.anchor is not None
    if interval != have.interval:
        have.anchor, have.period_n = have.bounds.ends_on, 0
    else:
        have.period_n += 1
    have.plan, have.plan_version, have.interval, have.migrate_version = plan.plan, plan.version, interval, None
    have.forget_pending()
    have.starts_on, have.ends_on = period(have.anchor, interval, have.period_n)
    if moved:
        await store.add_term(tx, lane, have, moment, day, "change" if changed else "migration")
        await team.set_plan(tx, Tenant(account.id, lane), plan.plan)
    if interval == "monthly":
        await commitments.end_early(tx, lane, account, day, moment)
    await pay_period(tx, lane, account, have, plan, agents, moment)
    await store.write(tx, lane, have)


async def due_now(tx: Tx, lane: int, account_id: UUID, now: datetime) -> bool:
    """Whether a day of the account waits to be worked through. ``now`` is the account's own time."""
    due = await tx.fetchval(
        "SELECT due_at <= $3 FROM account_days WHERE lane = $1 AND account_id = $2", lane, account_id, now
    )
    return bool(due)
