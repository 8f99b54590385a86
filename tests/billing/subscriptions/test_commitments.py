"""Conversations promised for a year: their price, what is beyond, and what is missing at the end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from hobnob.billing import actions, catalog
from hobnob.billing.rating import zone_of
from hobnob.billing.subscriptions import commitments
from hobnob.billing.subscriptions.commitments import Totals, passed_quantity, totals
from hobnob.billing.subscriptions.errors import ChangeRefused
from hobnob.billing.types import ConversationCharge
from hobnob.kernel.ids import new_id
from hobnob.platform.database import Database
from hobnob.team import actions as team
from tests.billing.books import USD, assert_proven
from tests.billing.subscriptions.shop import DAY, Shop, open_shop

PROMISE = 250_000


async def promising(database: Database) -> Shop:
    shop = await open_shop(database, paid=1_000_000)
    await shop.change("enterprise", "yearly", monthly_conversations=PROMISE)
    return shop


async def used(shop: Shop, quantity: int) -> None:
    """As if so many conversations had been opened."""
    async with shop.database.account(shop.tenant) as tx:
        await tx.execute(
            "INSERT INTO meter_months (lane, account_id, meter, month, quantity) SELECT c.lane, c.account_id,"
            " 'committed:' || c.n, date_trunc('month', c.starts_on)::date, $1 FROM commitments c WHERE state = 'active'"
            " ON CONFLICT (lane, account_id, meter, month) DO UPDATE SET quantity = excluded.quantity",
            quantity,
        )


async def converse(shop: Shop) -> tuple[int | None, str]:
    """A conversation opens now: what it costs."""
    message = new_id()
    charge = ConversationCharge(
        account_id=shop.tenant.account_id,
        conversation_id=message,
        revision=1,
        message_id=message,
        chat_id=new_id(),
        number_id=new_id(),
        customer_id=new_id(),
        customer_phone="+919876543210",
        customer_user_id=None,
        category="service",
        opener="free_form",
        opened_at=shop.now,
        expires_at=shop.now + DAY,
    )
    async with shop.database.lane(shop.tenant.lane) as tx:
        (outcome,) = await actions.settle(tx, shop.tenant.lane, charges=[charge], now=shop.start)
        (again,) = await actions.settle(tx, shop.tenant.lane, charges=[charge], now=shop.start)
    assert again.charge_id == outcome.charge_id
    return outcome.amount_micros, outcome.rule


async def true_ups(shop: Shop) -> list[tuple[str, int]]:
    return [(day, amount) for day, meter, amount in await shop.bill() if meter == "commitment"]


def test_used_missing_and_beyond() -> None:
    assert totals(250_000, 200_000, 300_000, 231_400) == Totals(46_280 * USD, 3_720 * USD, 0)
    assert totals(250_000, 200_000, 300_000, 262_000) == Totals(50_000 * USD, 0, 3_600 * USD)
    assert passed_quantity(365, date(2027, 1, 1), date(2028, 1, 1), date(2027, 1, 11)) == 10
    assert passed_quantity(365, date(2027, 1, 1), date(2028, 1, 1), date(2030, 1, 1)) == 365


async def test_promised_conversations_cost_less_until_they_are_used(database: Database) -> None:
    shop = await promising(database)
    amount, rule = await converse(shop)
    assert amount == 790
    assert "0.00079 USD, promised 3,000,000 conversations until 1 May 2028" in rule
    await used(shop, 12 * PROMISE - 1)
    assert (await converse(shop))[0] == 790
    assert (await converse(shop))[0] == 990
    async with database.account(shop.tenant) as tx:
        found = await actions.usage(tx, shop.tenant, shop.now)
        price = await actions.price_of_conversation(tx, shop.tenant, "service", "+919876543210", None, shop.now)
    assert price.amount_micros == 990
    assert found.commitment is not None
    assert (found.commitment.committed, found.commitment.used) == (3_000_000, 3_000_001)
    assert (found.commitment.monthly_quantity, found.commitment.month_used) == (PROMISE, 3)
    await assert_proven(database, shop.tenant.lane)


async def test_a_conversation_taken_back_gives_its_place_back(database: Database) -> None:
    shop = await promising(database)
    await used(shop, 12 * PROMISE - 1)
    await converse(shop)
    async with database.lane(shop.tenant.lane) as tx:
        conversation = await tx.fetchval("SELECT conversation_id FROM charges WHERE meter = 'conversation'")
        pair = (shop.tenant.account_id, conversation)
        await actions.settle(tx, shop.tenant.lane, reversals=[pair], now=shop.start)
    assert (await converse(shop))[0] == 790
    assert (await converse(shop))[0] == 990


async def test_what_is_missing_is_charged_on_the_last_day_and_the_next_year_begins(database: Database) -> None:
    shop = await promising(database)
    await used(shop, 2_900_000)
    await shop.until(datetime(2028, 4, 30, 23, tzinfo=zone_of("UTC")))
    assert await true_ups(shop) == []
    await shop.advance(timedelta(hours=2))
    assert await true_ups(shop) == [("2028-04-30", 100_000 * 790)]
    async with database.account(shop.tenant) as tx:
        rows = await tx.fetch("SELECT n, state, starts_on, shortfall_quantity FROM commitments ORDER BY n")
    assert [tuple(row) for row in rows] == [
        (1, "settled", date(2027, 5, 1), 100_000),
        (2, "active", date(2028, 5, 1), None),
    ]
    assert (await converse(shop))[0] == 790
    await assert_proven(database, shop.tenant.lane)


async def test_an_early_end_is_settled_for_the_days_that_passed(database: Database) -> None:
    shop = await open_shop(database, paid=1_000_000, start=datetime(2027, 5, 1, 9, tzinfo=zone_of("UTC")))
    await shop.change("plus", "yearly")
    await shop.advance(73 * DAY)
    # The promise of a year begins in the middle of the subscription's.
    await shop.change("enterprise", "yearly", monthly_conversations=PROMISE)
    async with database.account(shop.tenant) as tx:
        await actions.cancel(tx, shop.tenant, shop.now, None)
    await shop.until(datetime(2028, 5, 2, tzinfo=zone_of("UTC")))
    assert (await shop.view()).status == "ended"
    promised = 3_000_000 * 293 // 366
    assert await true_ups(shop) == [("2028-04-30", promised * 790)]


async def test_a_larger_promise_takes_the_place_and_the_use_of_a_smaller_one(database: Database) -> None:
    shop = await promising(database)
    await used(shop, 40_000)
    await shop.advance(DAY)
    async with database.account(shop.tenant) as tx:
        account = await team.account_of(tx, shop.tenant)
        plan = (await catalog.current(tx)).plan_version("enterprise", date(2027, 5, 2))
        assert plan is not None
        with pytest.raises(ChangeRefused, match="a smaller one cannot"):
            await commitments.promise(tx, shop.tenant, account, plan, PROMISE, shop.now)
        await commitments.promise(tx, shop.tenant, account, plan, 1_000_000, shop.now)
        known = (await commitments.promises(tx, shop.tenant.lane, [shop.tenant.account_id]))[shop.tenant.account_id]
    assert [(one.state, one.used_before, one.unit_micros) for one in known] == [
        ("replaced", 0, 790),
        ("active", 40_000, 590),
    ]
    assert (await converse(shop))[0] == 590


@pytest.mark.parametrize(
    ("plan", "interval", "monthly", "why"),
    [
        ("max", "yearly", 300_000, "choose Enterprise"),
        ("enterprise", "monthly", 300_000, "sold by the year"),
        ("starter", "monthly", 300_000, "larger yearly plan"),
    ],
)
async def test_promises_that_are_none(database: Database, plan: str, interval: str, monthly: int, why: str) -> None:
    shop = await open_shop(database, paid=1_000_000)
    with pytest.raises(ChangeRefused, match=why):
        await shop.change(plan, interval, monthly_conversations=monthly)
    assert len(await shop.bill()) == 1
