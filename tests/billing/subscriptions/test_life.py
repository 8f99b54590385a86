"""A subscription from its first day on: fees, changes, the end, and starting again."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from hobnob.billing import actions
from hobnob.billing.subscriptions import store
from hobnob.billing.subscriptions.errors import (
    ChangeNotPaid,
    ChangeRefused,
    EnterpriseNeeded,
    PriceMoved,
    SubscriptionEnded,
    UnknownPlan,
)
from hobnob.billing.subscriptions.types import Change, Choice, PreviewOf
from hobnob.kernel.money import Money
from hobnob.platform.database import Database
from hobnob.team import actions as team
from tests.billing.books import USD, assert_proven, balances
from tests.billing.subscriptions.shop import DAY, START, Shop, open_shop

CENT = 10_000


async def test_it_starts_on_the_day_of_the_code_and_pays_the_first_day_of_each_period(database: Database) -> None:
    shop = await open_shop(database, start=datetime(2027, 1, 31, 9, tzinfo=UTC))
    assert await shop.bill() == [("2027-01-31", "plan_fee", 7_999 * CENT)]
    async with database.account(shop.tenant) as tx:
        await actions.number_verified(tx, shop.tenant, shop.now)
    await shop.advance(timedelta(days=90))
    days = [day for day, _, _ in await shop.bill()]
    assert days == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
    view = await shop.view()
    assert (view.status, view.plan, view.period and view.period.starts_on) == ("active", "plus", date(2027, 4, 30))
    assert (view.next_fee_on, view.next_fee_micros) == (date(2027, 5, 31), 7_999 * CENT)
    await assert_proven(database, shop.tenant.lane)


async def test_before_it_begins_any_plan_can_be_chosen(database: Database) -> None:
    shop = await open_shop(database, begun=False)
    assert (await shop.view()).status == "none"
    async with database.account(shop.tenant) as tx:
        with pytest.raises(ChangeRefused):
            await actions.change_plan(tx, shop.tenant, Change("plus", "monthly"), shop.now, None)
        with pytest.raises(ChangeRefused):
            await actions.choose(tx, shop.tenant, Choice("enterprise", "yearly"), shop.now, None)
        with pytest.raises(UnknownPlan):
            await actions.choose(tx, shop.tenant, Choice("golden"), shop.now, None)
        chosen = await actions.choose(tx, shop.tenant, Choice("elite", "yearly"), shop.now, None)
        assert (chosen.status, chosen.plan, chosen.interval) == ("chosen", "elite", "yearly")
    assert await shop.bill() == []
    async with database.account(shop.tenant) as tx:
        await actions.number_verified(tx, shop.tenant, shop.now)
    assert [amount for _, _, amount in await shop.bill()] == [137_988 * CENT]
    async with database.account(shop.tenant) as tx:
        with pytest.raises(ChangeRefused):
            await actions.choose(tx, shop.tenant, Choice("plus"), shop.now, None)


async def test_the_first_fee_without_credit_is_a_debt_that_the_next_credit_repays(database: Database) -> None:
    shop = await open_shop(database, paid=10)
    assert (await balances(database, shop.tenant))["receivable"] == -6_999 * CENT
    await assert_proven(database, shop.tenant.lane)


async def test_an_upgrade_is_now_for_the_days_that_are_left(database: Database) -> None:
    shop = await open_shop(database)
    await shop.until(datetime(2027, 5, 11, 15, tzinfo=UTC))
    view = await shop.change("elite")
    assert (view.plan, view.pending) == ("elite", None)
    # (139.99 - 79.99) x 21 of 31 days
    assert (await shop.bill())[1:] == [("2027-05-11", "plan_fee", 4_065 * CENT)]
    assert view.period is not None
    assert view.period.ends_on == date(2027, 6, 1)
    await shop.advance(timedelta(days=30))
    assert (await shop.bill())[2:] == [("2027-06-01", "plan_fee", 13_999 * CENT)]
    await assert_proven(database, shop.tenant.lane)


async def test_an_upgrade_that_cannot_be_paid_changes_nothing(database: Database) -> None:
    shop = await open_shop(database, paid=100)
    before = await shop.view()
    with pytest.raises(ChangeNotPaid, match=r"Add 39\.99 USD"):
        await shop.change("elite")
    assert await shop.view() == before
    async with database.account(shop.tenant) as tx:
        assert len(await store.terms(tx, shop.tenant)) == 1
        preview = await actions.preview(tx, shop.tenant, PreviewOf("change", "elite"), shop.now)
    assert (preview.amount_micros, preview.enough_credit) == (60 * USD, False)


async def test_two_upgrades_at_once_are_one(database: Database) -> None:
    shop = await open_shop(database)
    outcomes = await asyncio.gather(*(shop.change("elite") for _ in range(5)), return_exceptions=True)
    assert sum(1 for one in outcomes if isinstance(one, ChangeRefused)) == 4
    assert len(await shop.bill()) == 2


async def test_what_the_preview_did_not_say_is_refused(database: Database) -> None:
    shop = await open_shop(database)
    with pytest.raises(PriceMoved):
        await shop.change("elite", expected_micros=1)
    await shop.change("elite", expected_micros=60 * USD)


async def test_a_downgrade_waits_for_the_period_and_can_be_undone(database: Database) -> None:
    shop = await open_shop(database, plan="elite")
    await shop.advance(10 * DAY)
    view = await shop.change("plus")
    assert view.plan == "elite"
    assert view.pending is not None
    assert (view.pending.kind, view.pending.plan, view.pending.on) == ("change", "plus", date(2027, 6, 1))
    assert view.next_fee_micros == 7_999 * CENT
    async with database.account(shop.tenant) as tx:
        undone = await actions.undo_change(tx, shop.tenant, shop.now, None)
        assert undone.pending is None
        with pytest.raises(ChangeRefused):
            await actions.undo_change(tx, shop.tenant, shop.now, None)
    await shop.change("starter")
    await shop.change("plus")
    await shop.advance(30 * DAY)
    assert [amount for _, _, amount in await shop.bill()] == [13_999 * CENT, 7_999 * CENT]
    assert (await shop.view()).plan == "plus"
    async with database.account(shop.tenant) as tx:
        terms = await store.terms(tx, shop.tenant)
    assert [(term.plan, term.reason, term.since) for term in terms] == [
        ("elite", "start", datetime(2027, 5, 1, tzinfo=UTC)),
        ("plus", "change", datetime(2027, 6, 1, tzinfo=UTC)),
    ]


async def test_months_to_a_year_is_now_less_what_is_unused(database: Database) -> None:
    shop = await open_shop(database)
    await shop.until(datetime(2027, 5, 11, 9, tzinfo=UTC))
    view = await shop.change("plus", "yearly")
    # 779.88 less 79.99 x 21 of 31 days
    assert (await shop.bill())[1:] == [("2027-05-11", "plan_fee", 72_569 * CENT)]
    assert view.period is not None
    assert (view.period.starts_on, view.period.ends_on) == (date(2027, 5, 11), date(2028, 5, 11))
    assert (await shop.change("plus", "monthly")).pending is not None
    await shop.until(datetime(2028, 5, 12, 9, tzinfo=UTC))
    view = await shop.view()
    assert view.period is not None
    assert (view.interval, view.period.starts_on) == ("monthly", date(2028, 5, 11))
    async with database.account(shop.tenant) as tx:
        periods = await tx.fetch("SELECT starts_on, ends_on FROM subscription_periods ORDER BY starts_on")
        assert [row["ends_on"] for row in periods[:-1]] == [row["starts_on"] for row in periods[1:]]


async def test_months_to_a_year_on_the_very_first_day(database: Database) -> None:
    shop = await open_shop(database)
    await shop.change("plus", "yearly")
    assert [amount for _, _, amount in await shop.bill()] == [7_999 * CENT, (77_988 - 7_999) * CENT]
    async with database.account(shop.tenant) as tx:
        assert len(await tx.fetch("SELECT 1 FROM subscription_periods")) == 1


async def test_cancel_ends_with_the_period_and_can_be_taken_back_or_started_again(database: Database) -> None:
    shop = await open_shop(database)
    async with database.account(shop.tenant) as tx:
        canceled = await actions.cancel(tx, shop.tenant, shop.now, None)
        assert canceled.pending is not None
        assert (canceled.pending.kind, canceled.next_fee_on) == ("cancel", None)
        await actions.reactivate(tx, shop.tenant, shop.now, None)
        with pytest.raises(ChangeRefused):
            await actions.reactivate(tx, shop.tenant, shop.now, None)
        await actions.cancel(tx, shop.tenant, shop.now, None)
    await shop.advance(40 * DAY)
    assert ((await shop.view()).status, len(await shop.bill())) == ("ended", 1)
    async with database.account(shop.tenant) as tx:
        with pytest.raises(SubscriptionEnded):
            await actions.price_of_conversation(tx, shop.tenant, "service", "+919876543210", None, shop.now)
        with pytest.raises(ChangeRefused):
            await actions.cancel(tx, shop.tenant, shop.now, None)
        preview = await actions.preview(tx, shop.tenant, PreviewOf("reactivate"), shop.now)
        again = await actions.reactivate(tx, shop.tenant, shop.now, None)
        await actions.price_of_conversation(tx, shop.tenant, "service", "+919876543210", None, shop.now)
    assert (await shop.bill())[1:] == [("2027-06-10", "plan_fee", preview.amount_micros)]
    assert again.period is not None
    assert again.period.starts_on == date(2027, 6, 10)
    await assert_proven(database, shop.tenant.lane)


async def test_extra_agents_are_paid_for_the_period_and_for_what_is_left_of_it(database: Database) -> None:
    shop = await open_shop(database, begun=False)
    await shop.have_agents(10)
    async with database.account(shop.tenant) as tx:
        await actions.number_verified(tx, shop.tenant, shop.now)
    # B10: Plus with 10 agents
    assert sum(amount for _, _, amount in await shop.bill()) == 15_499 * CENT
    await shop.advance(15 * DAY)
    await shop.have_agents(11)
    await shop.advance(DAY)
    assert (await shop.bill())[6:] == [("2027-05-17", "agent", 726 * CENT)]
    await shop.have_agents(10)
    await shop.advance(DAY)
    await shop.have_agents(11)
    await shop.advance(DAY)
    assert len(await shop.bill()) == 7
    await shop.until(datetime(2027, 6, 1, 1, tzinfo=UTC))
    assert sum(amount for day, _, amount in await shop.bill() if day == "2027-06-01") == 16_999 * CENT


async def test_more_than_thirty_agents_need_enterprise(database: Database) -> None:
    shop = await open_shop(database, paid=20_000, plan="max")
    async with database.account(shop.tenant) as tx:
        await actions.check_agents(tx, shop.tenant, 30, shop.now)
        with pytest.raises(EnterpriseNeeded, match="Enterprise plan only"):
            await actions.check_agents(tx, shop.tenant, 31, shop.now)
    with pytest.raises(ChangeRefused, match="say how many a month"):
        await shop.change("enterprise", "yearly")
    with pytest.raises(ChangeRefused, match="at least 250,000"):
        await shop.change("enterprise", "yearly", monthly_conversations=249_999)
    await shop.change("enterprise", "yearly", monthly_conversations=250_000)
    async with database.account(shop.tenant) as tx:
        await actions.check_agents(tx, shop.tenant, 500, shop.now)


async def test_periods_cannot_overlap_whoever_writes_them(database: Database) -> None:
    shop = await open_shop(database)
    for starts, ends, before in (("2027-05-15", "2027-06-20", None), ("2027-05-15", "2027-06-20", "2027-06-01")):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            async with database.account(shop.tenant) as tx:
                await tx.execute(
                    "INSERT INTO subscription_periods SELECT lane, account_id, $1, $2, $3, plan, plan_version, interval,"
                    " fee_micros FROM subscription_periods",
                    date.fromisoformat(starts),
                    date.fromisoformat(ends),
                    date.fromisoformat(before) if before else None,
                )


async def test_the_day_of_the_account_is_the_day_that_counts(database: Database) -> None:
    shop = await open_shop(database, time_zone="Asia/Kolkata", start=datetime(2027, 4, 30, 20, tzinfo=UTC))
    assert [day for day, _, _ in await shop.bill()] == ["2027-05-01"]
    await shop.until(datetime(2027, 5, 31, 18, 29, tzinfo=UTC))
    assert len(await shop.bill()) == 1
    await shop.until(datetime(2027, 5, 31, 18, 31, tzinfo=UTC))
    assert [day for day, _, _ in await shop.bill()] == ["2027-05-01", "2027-06-01"]


async def test_one_account_in_trouble_keeps_no_other_waiting(database: Database) -> None:
    shop = await open_shop(database)
    other = Shop(database, (await open_shop(database)).tenant, START)
    async with database.account(shop.tenant) as tx:
        await tx.execute("UPDATE subscriptions SET plan_version = 99")
    await shop.advance(40 * DAY)
    assert await other.work() == 0
    await other.advance(40 * DAY)
    assert len(await other.bill()) == 2


async def test_a_command_works_through_the_days_that_are_due_first(database: Database) -> None:
    shop = await open_shop(database)
    async with database.account(shop.tenant) as tx:
        await actions.grant(tx, shop.tenant, Money(USD, "USD"), "gift", "gift", shop.now, expires_at=shop.now + 3 * DAY)
    await shop.change("starter")
    await shop.advance(40 * DAY, work=False)
    assert len(await shop.bill()) == 1
    view = await shop.change("elite")
    assert [(day, amount) for day, _, amount in (await shop.bill())[1:]] == [
        ("2027-06-01", 4_999 * CENT),
        ("2027-06-10", 6_300 * CENT),
    ]
    assert (view.plan, await shop.work()) == ("elite", 0)
    await assert_proven(database, shop.tenant.lane)


async def test_a_conversation_costs_by_the_plan_in_force_when_it_opened(database: Database) -> None:
    shop = await open_shop(database, plan="starter")
    opened = shop.now
    await shop.advance(DAY)
    await shop.change("plus")
    await shop.advance(DAY)
    async with database.account(shop.tenant) as tx:
        prices = [
            (await actions.price_of_conversation(tx, shop.tenant, "service", "+919876543210", None, at)).amount_micros
            for at in (opened, shop.now)
        ]
    assert prices == [15_000, 0]
    await shop.change("starter")
    await shop.advance(40 * DAY, work=False)
    async with database.account(shop.tenant) as tx:
        price = await actions.price_of_conversation(tx, shop.tenant, "service", "+919876543210", None, shop.now)
    assert (price.plan, price.amount_micros) == ("starter", 15_000)


async def test_an_account_that_was_made_enterprise_is_shown_and_begins_by_the_year(database: Database) -> None:
    shop = await open_shop(database, plan="enterprise", paid=10_000, begun=False)
    assert ((await shop.view()).interval, (await shop.view()).status) == ("yearly", "none")
    async with database.account(shop.tenant) as tx:
        await actions.number_verified(tx, shop.tenant, shop.now)
    assert [amount for _, _, amount in await shop.bill()] == [959_988 * CENT]


async def test_a_plan_in_another_currency_does_not_begin(database: Database) -> None:
    shop = await open_shop(database, begun=False)
    async with database.account(shop.tenant) as tx:
        await tx.execute("UPDATE accounts SET currency = 'EUR'")
        await actions.number_verified(tx, shop.tenant, shop.now)
    assert (await shop.bill(), (await shop.view()).status) == ([], "none")


async def test_an_account_older_than_plans_begins_when_it_chooses_one(database: Database) -> None:
    shop = await open_shop(database, paid=100, begun=False)
    async with database.account(shop.tenant) as tx:
        await team.audit(tx, shop.tenant, "number.verified", "number", shop.tenant.account_id)
        with pytest.raises(ChangeNotPaid):
            await actions.choose(tx, shop.tenant, Choice("elite"), shop.now, None, begin=True)
    async with database.account(shop.tenant) as tx:
        chosen = await actions.choose(tx, shop.tenant, Choice("elite"), shop.now, None)
        assert chosen.status == "chosen"
        begun = await actions.choose(tx, shop.tenant, Choice("plus"), shop.now, None, begin=True)
    assert (begun.status, begun.plan) == ("active", "plus")
    assert [amount for _, _, amount in await shop.bill()] == [7_999 * CENT]
