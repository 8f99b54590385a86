"""What the operator does with plans: a new version reaches nobody until subscribers are moved to it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from hobnob.billing.errors import CatalogConflict
from hobnob.billing.subscriptions import operating
from hobnob.billing.subscriptions.errors import ChangeRefused, UnknownPlan
from hobnob.kernel.clock import ManualClock, SystemClock
from hobnob.kernel.errors import InvalidInput
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from hobnob.team.errors import NotSandbox
from tests.billing.subscriptions.shop import DAY, START, open_shop

CENT = 10_000
CLOCK = ManualClock(START)
DEARER = {
    "plan": "plus",
    "name": "Plus",
    "effective_from": "2027-05-10",
    "currency": "USD",
    "monthly": "89.99",
    "yearly": "899.88",
    "card": "plus",
    "included_conversations": 5000,
    "included_agents": 5,
    "agents_max": 30,
    "extra_agent": "15",
    "source": "a test",
    "addons": [
        {"meter": "step", "included": 500000, "per": 1000, "amount": "0.20"},
        {"meter": "flow_day", "amount": "5.99"},
    ],
}


def written(**changes: Any) -> operating.VersionFile:
    return operating.read_version(msgspec.json.encode({**DEARER, **changes}))


async def test_a_new_version_reaches_a_subscriber_only_by_migration(settings: Settings, database: Database) -> None:
    shop = await open_shop(database)
    for _ in range(2):  # the second time shows that the first, dry, wrote nothing
        number, lines = await operating.add_version(settings, CLOCK, written(), apply=False)
        assert (number, lines) == (
            3,
            [
                "monthly: 79990000 -> 89990000",
                "yearly: 779880000 -> 899880000",
                "step: (500000, 1000, 100000) -> (500000, 1000, 200000)",
            ],
        )
    await operating.add_version(settings, CLOCK, written(), apply=True)
    await shop.advance(31 * DAY)
    assert [amount for _, _, amount in await shop.bill()] == [7_999 * CENT] * 2
    newcomer = await open_shop(database, start=shop.now)
    assert [amount for _, _, amount in await newcomer.bill()] == [8_999 * CENT]
    assert await operating.migrate(database, "plus", 3, apply=False) == [shop.tenant.account_id]
    assert (await shop.view()).pending is None
    assert await operating.migrate(database, "plus", 3, apply=True) == [shop.tenant.account_id]
    assert await operating.migrate(database, "plus", 3, apply=True) == []
    view = await shop.view()
    assert view.pending is not None
    assert (view.pending.kind, view.next_fee_micros, view.plan_version) == ("migration", 8_999 * CENT, 2)
    await shop.advance(31 * DAY)
    assert ((await shop.view()).plan_version, (await shop.bill())[-1]) == (3, ("2027-07-01", "plan_fee", 8_999 * CENT))


async def test_the_past_is_immutable(settings: Settings, database: Database) -> None:
    for changes in ({"effective_from": "2026-10-01"}, {"effective_from": "2025-01-01"}):
        with pytest.raises(CatalogConflict, match="the past stays"):
            await operating.add_version(settings, CLOCK, written(**changes), apply=True)
    with pytest.raises(InvalidInput, match="no rate card"):
        await operating.add_version(settings, CLOCK, written(card="golden"), apply=True)
    with pytest.raises(UnknownPlan):
        await operating.migrate(database, "plus", 9, apply=True)


@pytest.mark.parametrize("changes", [{"monthly": "free"}, {"monthly": "-1"}, {"yearly": "0.0000001"}, {"surprise": 1}])
def test_a_file_that_cannot_be_read_says_so(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="no version of a plan"):
        written(**changes)


async def test_a_new_plan_is_data(settings: Settings, database: Database) -> None:
    number, lines = await operating.add_version(settings, CLOCK, written(plan="shop", name="Shop"), apply=True)
    assert (number, lines) == (1, ["shop: a new plan"])
    shop = await open_shop(database, plan="shop", start=START + 30 * DAY)
    view = await shop.view()
    assert (view.plan_name, view.fee_micros, view.status) == ("Shop", 8_999 * CENT, "active")


async def test_an_agreed_promise_has_its_own_prices(database: Database) -> None:
    shop = await open_shop(database, paid=100_000, plan="max")
    account_id = shop.tenant.account_id
    with pytest.raises(ChangeRefused, match="yearly"):
        await operating.agree(database, CLOCK, account_id, 250_000, (200, 300))
    await shop.change("max", "yearly")
    await operating.agree(database, CLOCK, account_id, 250_000, (200, 300))
    async with database.account(shop.tenant) as tx:
        row = await tx.fetchrow("SELECT quantity, unit_micros, overage_micros, ends_on FROM commitments")
    assert row is not None
    assert tuple(row) == (3_000_000, 200, 300, date(2028, 5, 1))


async def test_one_account_is_moved_forward_with_its_days_worked_through(database: Database) -> None:
    now = SystemClock().now()
    shop = await open_shop(database, start=now)
    moved, ahead_s = await operating.advance(database, SystemClock(), shop.tenant.account_id, timedelta(days=32))
    assert (ahead_s, moved - now >= 32 * DAY, len(await shop.bill())) == (32 * 86_400, True, 2)
    async with database.account(shop.tenant) as tx:
        await tx.execute("UPDATE accounts SET sandbox = false")
    with pytest.raises(NotSandbox):
        await operating.advance(database, SystemClock(), shop.tenant.account_id, DAY)
