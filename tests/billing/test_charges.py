"""Charges that are no conversations: once per item, from credit or as a debt, taken back to where they came from."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import msgspec
import pytest

from hobnob.billing import actions, charges
from hobnob.billing.book import REVENUE_PLAN
from hobnob.billing.charges import Item
from hobnob.billing.errors import InsufficientCredit
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import Money
from hobnob.platform.database import Database
from tests.billing.books import NOW, USD, assert_proven, balances, open_account

FEE = 40 * USD


def fee(tenant: Tenant, name: str = "plan_fee:s:2026-01", amount_micros: int = FEE) -> Item:
    return Item(
        account_id=tenant.account_id,
        item=name,
        meter="plan_fee",
        at=NOW,
        amount_micros=amount_micros,
        rule="Plus, January.",
        plan="plus",
        card="plus",
        card_version=1,
        card_effective_from=date(2023, 6, 1),
        into=REVENUE_PLAN,
        flow_id=new_id(),
    )


async def test_an_item_is_charged_once_whoever_asks_how_often(database: Database) -> None:
    tenant = await open_account(database, paid_micros=100 * USD)

    async def post() -> object:
        async with database.lane(tenant.lane) as tx:
            return (await charges.post_items(tx, tenant.lane, [fee(tenant)], NOW))[0].id

    assert len(set(await asyncio.gather(*(post() for _ in range(8))))) == 1
    assert (await balances(database, tenant))["revenue.plan"] == FEE
    async with database.lane(tenant.lane) as tx:
        days = await tx.fetch("SELECT meter, amount_micros, quantity FROM spend_days WHERE lane = $1", tenant.lane)
    assert [tuple(row) for row in days] == [("plan_fee", FEE, 1)]
    await assert_proven(database, tenant.lane)


async def test_what_credit_cannot_pay_is_a_debt_that_the_next_credit_repays(database: Database) -> None:
    tenant = await open_account(database, paid_micros=10 * USD)
    async with database.lane(tenant.lane) as tx:
        await charges.post_items(tx, tenant.lane, [fee(tenant)], NOW)
    assert (await balances(database, tenant))["receivable"] == -30 * USD
    async with database.account(tenant) as tx:
        await actions.top_up(tx, tenant, Money(50 * USD, "USD"), "test", "later", NOW)
    left = await balances(database, tenant)
    assert (left["wallet.paid"], left.get("receivable", 0)) == (20 * USD, 0)
    await assert_proven(database, tenant.lane)


async def test_what_may_make_no_debt_is_refused_and_leaves_nothing(database: Database) -> None:
    tenant = await open_account(database, paid_micros=60 * USD)
    items = [fee(tenant), fee(tenant, "plan_fee:s:2026-02")]
    with pytest.raises(InsufficientCredit):
        async with database.lane(tenant.lane) as tx:
            await charges.post_items(tx, tenant.lane, items, NOW, refuse_without_credit=True)
    assert (await balances(database, tenant))["wallet.paid"] == 60 * USD
    await assert_proven(database, tenant.lane)


async def test_taken_back_and_charged_anew_adds_up_and_is_numbered_without_a_gap(database: Database) -> None:
    tenant = await open_account(database, paid_micros=25 * USD, promo_micros=5 * USD)
    before = await balances(database, tenant)
    key = (tenant.account_id, fee(tenant).item)
    async with database.lane(tenant.lane) as tx:
        await charges.post_items(tx, tenant.lane, [fee(tenant), fee(tenant, "free", 0)], NOW)
    async with database.lane(tenant.lane) as tx:
        assert len(await charges.reverse_items(tx, tenant.lane, [key], REVENUE_PLAN, NOW)) == 1
        assert await charges.reverse_items(tx, tenant.lane, [key], REVENUE_PLAN, NOW) == []
    assert {k: v for k, v in (await balances(database, tenant)).items() if v} == before
    again = msgspec.structs.replace(fee(tenant, amount_micros=USD), revision=2)
    async with database.lane(tenant.lane) as tx:
        await charges.post_items(tx, tenant.lane, [again], NOW + timedelta(hours=1))
        lines = await tx.fetch("SELECT n, amount_micros FROM charges WHERE lane = $1 ORDER BY n", tenant.lane)
    assert [tuple(line) for line in lines] == [(1, FEE), (2, 0), (3, -FEE), (4, USD)]
    await assert_proven(database, tenant.lane)
