"""Promises of conversations: so many within a term at a lower price; what is missing at its end is charged then.

While a promise holds, each conversation costs its price until the promised quantity is used, then the plan's usual one. A
larger promise takes a smaller one's place and its used quantity; one that ends early is settled for the days that passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from hobnob.billing import catalog as catalogs
from hobnob.billing import explain
from hobnob.billing.explain import day_text
from hobnob.billing.period import start_of
from hobnob.billing.rating import Catalog, Occasion, PlanVersion, amount_at, zone_of
from hobnob.billing.types import METER_CONVERSATION, Price
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import decimal_text
from hobnob.platform.database import Tx
from hobnob.team.types import Account

from . import fees, store
from .calendar import Interval, add_months
from .errors import ChangeRefused
from .types import When

METER = "committed"
CARD = "committed"
TERM_MONTHS = 12


class Promise(NamedTuple):
    """A row of ``commitments``, with how much was used of it (``used_before`` was inherited)."""

    account_id: UUID
    id: UUID
    n: int
    state: str
    starts_on: date
    ends_on: date
    since: datetime
    until: datetime
    monthly_quantity: int
    quantity: int
    used_before: int
    unit_micros: int
    overage_micros: int
    shortfall_quantity: int | None
    used: int

    @property
    def meter(self) -> str:
        """The name under which its positions are counted."""
        return f"{METER}:{self.n}"

    @property
    def month(self) -> date:
        return self.starts_on.replace(day=1)

    def price_at(self, position: int) -> int:
        """What the conversation at a position (the first is 0) costs. What a true-up paid for already costs nothing."""
        place = position + self.used_before
        if place >= self.quantity:
            return self.overage_micros
        paid_from = self.quantity - (self.shortfall_quantity or 0)
        return 0 if place >= paid_from else self.unit_micros


class Totals(NamedTuple):
    """What a promise comes to: usage at its price, what was missing, and what was beyond."""

    usage_micros: int
    shortfall_micros: int
    overage_micros: int


def totals(quantity: int, unit_micros: int, overage_micros: int, used: int) -> Totals:
    """Pure: of ``quantity`` promised units ``used`` were used by the end."""
    return Totals(
        min(used, quantity) * unit_micros,
        max(0, quantity - used) * unit_micros,
        max(0, used - quantity) * overage_micros,
    )


def passed_quantity(quantity: int, starts_on: date, ends_on: date, day: date) -> int:
    """How much of a promise the days before ``day`` come to."""
    return quantity * max(0, (min(day, ends_on) - starts_on).days) // (ends_on - starts_on).days


def prices(catalog: Catalog, plan: PlanVersion, monthly_quantity: int, on: date) -> tuple[int, int]:
    """The price of a promised conversation, and of one beyond. Raises ChangeRefused for a promise that is too small."""
    card = catalog.plan_card(plan, on, pinned=True)
    steps = card.steps(METER, "*", "*", plan.currency) if card else ()
    usual = card.steps(METER_CONVERSATION, "*", "*", plan.currency) if card else ()
    if card is None or not steps or not usual:
        raise ChangeRefused(f"The {plan.name} plan takes no promise of conversations: choose Enterprise for it.")
    if monthly_quantity < steps[0].from_quantity:
        raise ChangeRefused(f"A promise is of at least {steps[0].from_quantity:,} conversations a month.")
    return amount_at(steps, monthly_quantity), amount_at(usual, plan.included_conversations)


def check(
    catalog: Catalog, plan: PlanVersion, interval: Interval, monthly_quantity: int | None, when: When, on: date
) -> None:
    """Whether a change of plan may come with (or without) this promise. Raises ChangeRefused."""
    if monthly_quantity is None:
        if plan.committed_only:
            raise ChangeRefused(
                f"The {plan.name} plan comes with a promise of conversations for a year: say how many a month."
            )
        return
    if interval != "yearly" or when != "now":
        raise ChangeRefused("A promise of conversations is for a year and begins at once: choose a larger yearly plan.")
    prices(catalog, plan, monthly_quantity, on)


async def promise(
    tx: Tx,
    tenant: Tenant,
    account: Account,
    plan: PlanVersion,
    monthly_quantity: int,
    now: datetime,
    agreed: tuple[int, int] | None = None,
) -> None:
    """Promise so many conversations a month for a year from now on, at the plan's prices or those that were agreed (promised,
    beyond). Raises ChangeRefused for one that is smaller than what was promised before."""
    today = now.astimezone(zone_of(account.time_zone)).date()
    known = (await promises(tx, tenant.lane, [tenant.account_id])).get(tenant.account_id, [])
    active = next((one for one in known if one.state == "active"), None)
    if active is not None:
        if monthly_quantity <= active.monthly_quantity:
            raise ChangeRefused(
                f"{active.monthly_quantity:,} conversations a month are promised until {day_text(active.ends_on)}:"
                " a larger promise can take its place, a smaller one cannot."
            )
        await _end(tx, tenant.lane, active, "replaced", now, active.quantity, None)
    inherited = active.used_before + active.used if active else 0
    both = agreed or prices(await catalogs.current(tx), plan, monthly_quantity, today)
    new = _new(account, today, now, monthly_quantity, len(known) + 1, inherited, both)
    await _insert(tx, tenant.lane, new)


async def promises(tx: Tx, lane: int, account_ids: Iterable[UUID]) -> dict[UUID, list[Promise]]:
    """All promises of accounts, oldest first."""
    rows = await tx.fetch(
        "SELECT c.account_id, c.id, c.n, c.state, c.starts_on, c.ends_on, c.since, c.until, c.monthly_quantity,"
        " c.quantity, c.used_before, c.unit_micros, c.overage_micros, c.shortfall_quantity,"
        " coalesce(m.quantity - jsonb_array_length(m.free_positions), 0)::bigint AS used"
        " FROM commitments c LEFT JOIN meter_months m ON m.lane = c.lane AND m.account_id = c.account_id"
        "  AND m.meter = 'committed:' || c.n AND m.month = date_trunc('month', c.starts_on)::date"
        " WHERE c.lane = $1 AND c.account_id = ANY ($2::uuid[]) ORDER BY c.account_id, c.n",
        lane,
        list(account_ids),
    )
    found: dict[UUID, list[Promise]] = {}
    for row in rows:
        found.setdefault(row["account_id"], []).append(Promise(**dict(row)))
    return found


def in_force(known: Iterable[Promise], at: datetime) -> Promise | None:
    """The promise that a conversation opened at a moment belongs to."""
    return next((one for one in known if one.since <= at < one.until), None)


def price(catalog: Catalog, occasion: Occasion, promised: Promise, position: int) -> Price:
    """The price of a conversation under a promise, with the rule in words."""
    zone = zone_of(occasion.time_zone)
    day = occasion.at.astimezone(zone).date()
    amount = promised.price_at(position)
    story = explain.Story(
        category=occasion.category,
        opener=occasion.opener,
        place=explain.place(occasion.customer_phone, occasion.customer_user_id),
        opened=occasion.at.astimezone(zone),
        expires=occasion.expires_at.astimezone(zone),
    )
    words = "promised" if position + promised.used_before < promised.quantity else "beyond the promised"
    rule = explain.committed(story, amount, occasion.currency, promised.quantity, words, promised.ends_on)
    market = catalog.market_of(occasion.customer_phone, occasion.customer_user_id, day)
    return Price(amount, occasion.currency, market, occasion.plan, CARD, promised.n, promised.starts_on, rule)


async def settle_due(tx: Tx, lane: int, account: Account, day: date, moment: datetime) -> None:
    """A term that ended yesterday: charge what is missing, dated on its last day, and begin the next term if the plan needs
    one."""
    for active in await _active(tx, lane, account):
        if active.ends_on > day:
            continue
        await _true_up(tx, lane, account, active, active.quantity, moment)
        have = await store.read(tx, lane, account.id)
        if have is None or have.status != "active" or have.pending_kind is not None:
            continue
        plan = (await catalogs.current(tx)).plan_version(have.plan, day, have.plan_version)
        if plan is not None and plan.committed_only:
            both = (active.unit_micros, active.overage_micros)
            await _insert(tx, lane, _new(account, day, moment, active.monthly_quantity, active.n + 1, 0, both))


async def end_early(tx: Tx, lane: int, account: Account, day: date, moment: datetime) -> None:
    """The subscription no longer carries the promise: settle it for the days that passed."""
    for active in await _active(tx, lane, account):
        quantity = passed_quantity(active.quantity, active.starts_on, active.ends_on, day)
        await _true_up(tx, lane, account, active, quantity, moment)


async def _active(tx: Tx, lane: int, account: Account) -> list[Promise]:
    known = (await promises(tx, lane, [account.id])).get(account.id, [])
    return [one for one in known if one.state == "active"]


async def _true_up(tx: Tx, lane: int, account: Account, active: Promise, quantity: int, moment: datetime) -> None:
    missing = max(0, quantity - active.used_before - active.used)
    have = await store.read(tx, lane, account.id)
    assert have is not None, "only a subscriber promises"
    plan = (await catalogs.current(tx)).plan_version(have.plan, active.starts_on, have.plan_version)
    assert plan is not None
    amount = missing * active.unit_micros
    last = moment - timedelta(microseconds=1)
    rule = (
        f"{quantity:,} conversations were promised from {day_text(active.starts_on)} to"
        f" {day_text(last.astimezone(zone_of(account.time_zone)).date())}, {missing:,} of them were not used:"
        f" {decimal_text(active.unit_micros)} {plan.currency} each."
    )
    ended = last.astimezone(zone_of(account.time_zone)).date()
    charge = fees.item(have, plan, f"commitment:{active.id}:{ended}", "commitment", last, amount, rule)
    if amount:
        await fees.post(tx, lane, account, [fees.counted(charge, missing)], moment)
    await _end(tx, lane, active, "settled", moment, quantity, missing)


async def _end(
    tx: Tx, lane: int, active: Promise, state: str, until: datetime, quantity: int, missing: int | None
) -> None:
    await tx.execute(
        "UPDATE commitments SET state = $4, until = least(until, $5), quantity = greatest(1, $6::bigint),"
        " shortfall_quantity = $7 WHERE lane = $1 AND account_id = $2 AND id = $3",
        lane,
        active.account_id,
        active.id,
        state,
        until,
        quantity,
        missing,
    )


def _new(
    account: Account,
    starts_on: date,
    since: datetime,
    monthly_quantity: int,
    n: int,
    used_before: int,
    both: tuple[int, int],
) -> Promise:
    ends_on = add_months(starts_on, TERM_MONTHS)
    return Promise(
        account_id=account.id,
        id=new_id(),
        n=n,
        state="active",
        starts_on=starts_on,
        ends_on=ends_on,
        since=since,
        until=start_of(ends_on, account.time_zone),
        monthly_quantity=monthly_quantity,
        quantity=monthly_quantity * TERM_MONTHS,
        used_before=used_before,
        unit_micros=both[0],
        overage_micros=both[1],
        shortfall_quantity=None,
        used=0,
    )


async def _insert(tx: Tx, lane: int, new: Promise) -> None:
    columns = Promise._fields[:-1]
    await tx.execute(
        f"INSERT INTO commitments (lane, {', '.join(columns)})"
        f" VALUES ($1, {', '.join(f'${n}' for n in range(2, len(columns) + 2))})",
        lane,
        *new[:-1],
    )
