"""Whatever an owner does with a plan: what a preview said is charged, each day is paid once at the price it had, undoing is
neutral, and thirty days at once are thirty times one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hobnob.billing import actions
from hobnob.billing.metering.types import MeterEvent
from hobnob.billing.shipped import shipped_catalog
from hobnob.billing.subscriptions.changes import fee
from hobnob.billing.subscriptions.errors import ChangeNotPaid, ChangeRefused
from hobnob.billing.subscriptions.types import Change, PreviewOf
from hobnob.kernel.errors import HobnobError
from hobnob.kernel.ids import new_id
from hobnob.kernel.money import Money
from hobnob.platform.database import Database
from tests.billing.books import USD, assert_proven
from tests.billing.subscriptions.shop import DAY, Shop, open_shop

CENT = 10_000
PLANS = ("starter", "plus", "elite", "max")
anchors = st.sampled_from(
    [date(2027, 1, 31), date(2028, 1, 30), date(2028, 2, 29), date(2027, 5, 1), date(2027, 10, 25)]
)
zones = st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Auckland"])
operations = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.sampled_from(PLANS), st.sampled_from(["monthly", "yearly"])),
        st.tuples(st.sampled_from(["undo", "cancel", "reactivate"]), st.none(), st.none()),
        st.tuples(st.just("wait"), st.sampled_from([1, 2, 9, 27, 40, 200]), st.none()),
    ),
    min_size=1,
    max_size=8,
)


def at_nine(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@dataclass
class _Owner:
    """Does things with a plan, and reckons day by day what that has to cost."""

    shop: Shop
    roundings: int = 0
    changes: list[str] = field(default_factory=list)

    async def do(self, operation: tuple[str, Any, Any]) -> None:
        name, one, two = operation
        if name == "wait":
            await self.shop.advance(one * DAY)
            return
        before = len(await self.shop.bill())
        wanted = PreviewOf(name, one, two)  # type: ignore[arg-type] # one of the commands
        shop = self.shop
        told = None
        async with shop.database.account(shop.tenant) as tx:
            try:
                told = await actions.preview(tx, shop.tenant, wanted, shop.now)
            except ChangeRefused:
                told = None
        try:
            async with shop.database.account(shop.tenant) as tx:
                await self._command(tx, name, one, two)
        except ChangeNotPaid:
            assert told is not None
            assert not told.enough_credit
            assert len(await shop.bill()) == before
            return
        except ChangeRefused:
            assert told is None
            assert len(await shop.bill()) == before
            return
        assert told is not None
        charged = [amount for _, _, amount in (await shop.bill())[before:]]
        assert sum(charged) == told.amount_micros
        self.roundings += len(charged)
        view = await shop.view()
        if name != "cancel":
            assert (view.next_fee_on, view.next_fee_micros) == (told.next_fee_on, told.next_fee_micros)
        else:
            assert (view.next_fee_on, view.next_fee_micros) == (None, 0)

    async def _command(self, tx: Any, name: str, plan: Any, interval: Any) -> None:
        shop = self.shop
        if name == "change":
            await actions.change_plan(tx, shop.tenant, Change(plan, interval), shop.now, None)
        elif name == "undo":
            await actions.undo_change(tx, shop.tenant, shop.now, None)
        elif name == "cancel":
            await actions.cancel(tx, shop.tenant, shop.now, None)
        else:
            await actions.reactivate(tx, shop.tenant, shop.now, None)

    async def check(self) -> None:
        """Each day of each period costs its share of the price of the plan it had at its end."""
        shop, catalog = self.shop, shipped_catalog()
        async with shop.database.account(shop.tenant) as tx:
            periods = await tx.fetch("SELECT starts_on, ends_on, interval FROM subscription_periods ORDER BY starts_on")
            terms = await tx.fetch("SELECT since_on, plan, plan_version FROM subscription_terms ORDER BY n")
            sold = await tx.fetchval("SELECT ends_on FROM subscriptions")
        for one, other in pairwise(periods):
            assert one["ends_on"] <= other["starts_on"]
        assert periods[-1]["ends_on"] == sold
        total = Fraction(0)
        for row in periods:
            whole = _whole(row["starts_on"], row["ends_on"], row["interval"])
            for n in range((row["ends_on"] - row["starts_on"]).days):
                day = row["starts_on"] + timedelta(days=n)
                term = [one for one in terms if one["since_on"] <= day][-1]
                plan = catalog.plan_version(term["plan"], day, term["plan_version"])
                assert plan is not None
                total += Fraction(fee(plan, row["interval"]), whole(day))
        charged = sum(amount for _, meter, amount in await shop.bill() if meter == "plan_fee")
        assert abs(charged - total) <= CENT * (self.roundings + 1), (charged, float(total))
        await assert_proven(shop.database, shop.tenant.lane)


def _whole(starts_on: date, ends_on: date, interval: str) -> Any:
    """How many days the period was sold for, which one that was cut short no longer says."""
    months = 12 if interval == "yearly" else 1
    year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + months, 12)
    lasts = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - date(year, month + 1, 1)).days
    planned = (date(year, month + 1, min(starts_on.day, lasts)) - starts_on).days
    actual = (ends_on - starts_on).days
    return lambda _day: max(planned, actual) if actual >= planned else planned


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(anchors, zones, st.sampled_from(PLANS), st.sampled_from([300, 20_000]), operations)
async def test_changes_never_double_bill(
    database: Database, anchor: date, zone: str, plan: str, paid: int, wishes: Sequence[tuple[str, Any, Any]]
) -> None:
    owner = _Owner(await open_shop(database, plan=plan, paid=paid, time_zone=zone, start=at_nine(anchor)))
    for wish in wishes:
        await owner.do(wish)
    await owner.check()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(anchors, st.sampled_from(PLANS), st.sampled_from(PLANS), st.sampled_from([0, 3, 20]))
async def test_change_then_undo_is_neutral(database: Database, anchor: date, plan: str, other: str, wait: int) -> None:
    shop = await open_shop(database, plan=plan, paid=20_000, start=at_nine(anchor))
    await shop.advance(wait * DAY)
    before, bill = await shop.view(), await shop.bill()
    try:
        if (await shop.change(other)).pending is None:
            return
    except HobnobError:
        return
    async with database.account(shop.tenant) as tx:
        undone = await actions.undo_change(tx, shop.tenant, shop.now, None)
    assert (undone.plan, undone.pending, undone.next_fee_micros) == (before.plan, None, before.next_fee_micros)
    await shop.advance(62 * DAY)
    untouched = await open_shop(database, plan=plan, paid=20_000, start=at_nine(anchor))
    await untouched.advance((wait + 62) * DAY)
    assert bill == (await shop.bill())[: len(bill)]
    assert await shop.bill() == await untouched.bill()


@dataclass(frozen=True)
class _Life:
    """What an account does on its first day, before time passes."""

    plan: str
    agents: int
    paid: int
    promo_days: int | None
    hold_days: int | None
    flows: int
    pending: str | None


lives = st.builds(
    _Life,
    plan=st.sampled_from(("starter", "plus", "elite")),
    agents=st.integers(0, 8),
    paid=st.sampled_from([60, 90, 400]),
    promo_days=st.one_of(st.none(), st.integers(1, 50)),
    hold_days=st.one_of(st.none(), st.integers(1, 30)),
    flows=st.integers(0, 2),
    pending=st.sampled_from([None, "starter", "cancel"]),
)


async def _live(database: Database, life: _Life, anchor: date, zone: str) -> Shop:
    shop = await open_shop(database, plan=life.plan, paid=life.paid, time_zone=zone, start=at_nine(anchor), begun=False)
    tenant, now = shop.tenant, shop.now
    await shop.have_agents(life.agents)
    async with database.account(tenant) as tx:
        if life.promo_days is not None:
            expires = now + life.promo_days * DAY + timedelta(hours=7)
            await actions.grant(tx, tenant, Money(30 * USD, "USD"), "gift", "gift", now, expires_at=expires)
        if life.hold_days is not None:
            await actions.place_hold(tx, tenant, new_id(), 5 * USD, now + life.hold_days * DAY, now)
        await actions.number_verified(tx, tenant, now)
        if life.pending == "cancel":
            await actions.cancel(tx, tenant, now, None)
        elif life.pending is not None and life.plan != life.pending:
            await actions.change_plan(tx, tenant, Change(life.pending, "monthly"), now, None)
    events = [MeterEvent(tenant.account_id, "flow_published", str(n), now, 1, new_id()) for n in range(life.flows)]
    async with database.lane(tenant.lane) as tx:
        await actions.meter(tx, tenant.lane, events, now)
    return shop


async def _pass(shop: Shop, days: int) -> None:
    """Time passes, and the jobs run in the worse order: credit runs out before the days are worked through."""
    await shop.advance(days * DAY, work=False)
    async with shop.database.lane(shop.tenant.lane) as tx:
        await actions.expire(tx, shop.tenant.lane, shop.start)
    await shop.work()
    async with shop.database.lane(shop.tenant.lane) as tx:
        await actions.expire(tx, shop.tenant.lane, shop.start)


async def _written(shop: Shop) -> list[list[tuple[Any, ...]]]:
    """Everything that was written down, without ids."""
    async with shop.database.account(shop.tenant) as tx:
        queries = (
            "SELECT n, day, at, recorded_at, meter, amount_micros, rule, plan, card_version FROM charges ORDER BY n",
            # A hold is given back whenever somebody looks, which is not what it is about.
            (
                "SELECT seq, kind, available_micros, available_after_micros, CASE WHEN kind <> 'void' THEN effective_at END"
                " FROM ledger_transactions ORDER BY seq"
            ),
            (
                "SELECT t.seq, f.debit, f.credit, f.amount_micros FROM ledger_transfers f JOIN ledger_transactions t"
                " ON t.lane = f.lane AND t.id = f.transaction_id ORDER BY t.seq, f.n"
            ),
            "SELECT n, since, plan, plan_version, interval, reason FROM subscription_terms ORDER BY n",
            "SELECT starts_on, ends_on, before, plan, interval, fee_micros FROM subscription_periods ORDER BY starts_on",
            "SELECT status, plan, starts_on, ends_on, period_n, seats, pending_kind FROM subscriptions",
            "SELECT meter, month, quantity FROM usage_months ORDER BY meter, month",
            "SELECT next_day FROM account_days",
        )
        return [[tuple(row) for row in await tx.fetch(query)] for query in queries]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6)
@given(lives, anchors, zones, st.just(30))
async def test_advance_once_equals_advance_daily(
    database: Database, life: _Life, anchor: date, zone: str, days: int
) -> None:
    at_once, daily = await _live(database, life, anchor, zone), await _live(database, life, anchor, zone)
    await _pass(at_once, days)
    for _ in range(days):
        await _pass(daily, 1)
    for one, other in zip(await _written(at_once), await _written(daily), strict=True):
        assert one == other
    assert len((await _written(at_once))[0]) >= 1
    await assert_proven(database, at_once.tenant.lane, daily.tenant.lane)
