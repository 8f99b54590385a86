"""Steps and days of flows: counted once, charged as they grow, kept aside when they are too old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnob.billing import actions
from hobnob.billing.metering.rules import Slice, Toggle, overage, pace, published_days, state
from hobnob.billing.metering.types import Meter, Metered, MeterEvent
from hobnob.billing.rating import Addon
from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.ids import new_id
from hobnob.platform.database import Database
from tests.billing.books import assert_proven
from tests.billing.subscriptions.shop import DAY, START, Shop, open_shop

FLOW = UUID(int=11)
PER_1000 = Addon(500_000, 1_000, 100_000)


async def report(shop: Shop, *events: MeterEvent) -> Metered:
    async with shop.database.lane(shop.tenant.lane) as tx:
        return await actions.meter(tx, shop.tenant.lane, events, shop.start)


def steps(shop: Shop, key: str, quantity: int, at: datetime | None = None) -> MeterEvent:
    return MeterEvent(shop.tenant.account_id, "step", key, at or shop.now, quantity)


def switch(shop: Shop, key: str, on: bool, at: datetime, flow: UUID = FLOW, *, ready_made: bool = False) -> MeterEvent:
    meter: Meter = "flow_published" if on else "flow_unpublished"
    return MeterEvent(shop.tenant.account_id, meter, key, at, 1, flow, ready_made)


async def used(shop: Shop) -> dict[str, tuple[int, int]]:
    """By meter: how much, and what it was charged."""
    async with shop.database.account(shop.tenant) as tx:
        found = await actions.usage(tx, shop.tenant, shop.now)
    return {one.meter: (one.used, one.charged_micros) for one in found.meters}


async def flow_days(shop: Shop) -> list[tuple[str, int]]:
    """Days of flows that stand charged."""
    async with shop.database.account(shop.tenant) as tx:
        rows = await tx.fetch(
            "SELECT day, sum(amount_micros)::bigint AS amount FROM charges WHERE meter = 'flow_day' GROUP BY day, flow_id"
            " HAVING sum(amount_micros) <> 0 ORDER BY day"
        )
    return [(row["day"].isoformat(), row["amount"]) for row in rows]


@pytest.mark.parametrize(
    ("quantity", "charged_to", "expected"),
    [
        (500_000, 0, None),
        (500_001, 0, Slice(500_000, 501_000, 100_000)),
        (501_000, 501_000, None),
        (501_001, 501_000, Slice(501_000, 502_000, 100_000)),
        (503_200, 501_000, Slice(501_000, 504_000, 300_000)),
    ],
)
def test_each_thousand_begun_is_charged(quantity: int, charged_to: int, expected: Slice | None) -> None:
    assert overage(PER_1000, quantity, charged_to) == expected


@given(st.lists(st.integers(0, 400_000), max_size=20))
def test_splits_add_up(parts: list[int]) -> None:
    total = charged_to = amount = 0
    for part in parts:
        total += part
        found = overage(PER_1000, total, charged_to)
        if found is not None:
            assert found.start == max(charged_to, 500_000)
            charged_to, amount = found.end, amount + found.amount_micros
    at_once = overage(PER_1000, total, 0)
    assert amount == (at_once.amount_micros if at_once else 0)


@pytest.mark.parametrize(
    ("toggles", "days"),
    [
        ([(1, 9, True)], {1, 2, 3, 4}),
        ([(1, 9, True), (1, 10, False), (1, 11, True), (1, 12, False)], {1}),
        ([(1, 9, True), (3, 0, False)], {1, 2}),
        ([(1, 9, True), (3, 1, False)], {1, 2, 3}),
        ([(2, 0, True), (2, 0, False)], {2}),
        ([(1, 9, False)], set()),
    ],
)
def test_a_day_counts_once_if_there_was_any_moment(toggles: Sequence[tuple[int, int, bool]], days: set[int]) -> None:
    first = datetime(2027, 5, 1, tzinfo=UTC)
    starts = [((first + n * DAY).date(), first + n * DAY, first + (n + 1) * DAY) for n in range(4)]
    known = [Toggle(first + timedelta(days=day - 1, hours=hour), on) for day, hour, on in toggles]
    assert {day.day for day in published_days(known, starts)} == days


@pytest.mark.parametrize(
    ("amount", "included", "limit", "expected"),
    [
        (0, 5_000, None, "within"),
        (3_999, 5_000, None, "within"),
        (4_000, 5_000, None, "warned"),
        (5_000, 5_000, None, "warned"),
        (5_001, 5_000, None, "over"),
        (30, 30, 30, "capped"),
        (29, None, 30, "within"),
        (7, None, None, "within"),
    ],
)
def test_states_of_fair_use(amount: int, included: int | None, limit: int | None, expected: str) -> None:
    assert state(amount, included, limit) == expected


def test_on_pace_for() -> None:
    since, until = datetime(2027, 6, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)
    assert pace(3_100, since, until, since + 15 * DAY) == 6_200
    assert pace(100, since, until, since + timedelta(hours=1)) == 3_000
    assert pace(6_200, since, until, until) == 6_200


async def test_steps_beyond_the_free_ones_are_charged_once_as_they_grow(database: Database) -> None:
    shop = await open_shop(database)
    assert await report(shop, steps(shop, "a", 499_999), steps(shop, "a", 499_999)) == Metered(1, 1, {})
    assert (await used(shop))["step"] == (499_999, 0)
    await report(shop, steps(shop, "b", 2), steps(shop, "c", 1_500))
    await report(shop, steps(shop, "b", 2), steps(shop, "c", 1_500))
    assert (await used(shop))["step"] == (501_501, 200_000)
    await report(shop, steps(shop, "d", 499))
    async with database.account(shop.tenant) as tx:
        items = await tx.fetch("SELECT item, quantity, rule FROM charges WHERE meter = 'step' ORDER BY n")
    assert [(row["item"], row["quantity"]) for row in items] == [("step:2027-05:500000-502000", 2_000)]
    assert items[0]["rule"] == (
        "Steps 500,001 to 502,000 of May 2027, beyond the 500,000 that are free: 0.10 USD for each 1,000 begun, Plus plan."
    )
    await shop.until(datetime(2027, 6, 1, 1, tzinfo=UTC))
    await report(shop, steps(shop, "e", 1))
    assert (await used(shop))["step"] == (1, 0)
    await report(shop, steps(shop, "late", 1, datetime(2027, 5, 31, 23, tzinfo=UTC)))
    async with database.account(shop.tenant) as tx:
        assert await tx.fetchval("SELECT sum(quantity)::bigint FROM charges WHERE meter = 'step'") == 3_000
    await assert_proven(database, shop.tenant.lane)


async def test_what_is_too_old_or_ahead_is_kept_aside_with_the_reason(database: Database) -> None:
    shop = await open_shop(database)
    window = timedelta(days=35)
    told = await report(
        shop,
        steps(shop, "just", 1, shop.now - window),
        steps(shop, "old", 1, shop.now - window - timedelta(seconds=1)),
        steps(shop, "soon", 1, shop.now + timedelta(minutes=5)),
        steps(shop, "future", 1, shop.now + timedelta(minutes=5, seconds=1)),
    )
    assert (told.accepted, set(told.quarantined)) == (2, {"old", "future"})
    assert "35 days" in told.quarantined["old"]
    async with database.account(shop.tenant) as tx:
        assert await tx.fetchval("SELECT count(*) FROM metering_events WHERE quarantined IS NOT NULL") == 2
    with pytest.raises(InvalidInput):
        await report(shop, MeterEvent(shop.tenant.account_id, "flow_published", "x", shop.now))
    with pytest.raises(InvalidInput):
        await report(shop, *(steps(shop, str(n), 1) for n in range(1_001)))


async def test_a_flow_costs_by_the_day_whatever_the_switching(database: Database) -> None:
    shop = await open_shop(database)
    hour = timedelta(hours=1)
    toggles = [switch(shop, f"t{n}", n % 2 == 0, shop.now + n * timedelta(seconds=9)) for n in range(20)]
    await report(shop, *toggles)
    assert await flow_days(shop) == [("2027-05-01", 193_226)]
    await shop.advance(3 * DAY)
    assert len(await flow_days(shop)) == 1
    await report(shop, switch(shop, "on", True, shop.now))
    await shop.advance(10 * DAY + hour)
    await report(shop, switch(shop, "off", False, shop.now))
    await shop.advance(20 * DAY)
    days = await flow_days(shop)
    assert [day for day, _ in days] == ["2027-05-01", *(f"2027-05-{n:02}" for n in range(4, 15))]
    async with database.account(shop.tenant) as tx:
        assert await tx.fetchval("SELECT quantity FROM usage_months WHERE meter = 'flow_day'") == 12
    await assert_proven(database, shop.tenant.lane)


async def test_a_whole_month_of_days_is_the_price_of_the_month(database: Database) -> None:
    shop = await open_shop(database, start=datetime(2027, 5, 1, tzinfo=UTC))
    await report(shop, switch(shop, "on", True, shop.now))
    await report(shop, switch(shop, "ready", True, shop.now, new_id(), ready_made=True))
    await shop.until(datetime(2027, 6, 2, tzinfo=UTC))
    may = [amount for day, amount in await flow_days(shop) if day < "2027-06"]
    assert (len(may), sum(may)) == (31, 5_990_000)


async def test_a_switch_reported_late_adds_and_takes_back_days(database: Database) -> None:
    shop = await open_shop(database)
    begin = shop.now
    await report(shop, switch(shop, "on", True, begin))
    await shop.advance(6 * DAY)
    assert len(await flow_days(shop)) == 7
    await report(shop, switch(shop, "off", False, begin + 2 * DAY))
    assert [day for day, _ in await flow_days(shop)] == ["2027-05-01", "2027-05-02", "2027-05-03"]
    await report(shop, switch(shop, "on again", True, begin + 4 * DAY))
    assert len(await flow_days(shop)) == 6
    await shop.advance(DAY)
    assert len(await flow_days(shop)) == 7
    await assert_proven(database, shop.tenant.lane)


async def test_a_day_counts_once_when_the_time_zone_changes(database: Database) -> None:
    shop = await open_shop(database)
    await report(shop, switch(shop, "on", True, shop.now))
    await shop.advance(2 * DAY)
    async with database.account(shop.tenant) as tx:
        await tx.execute("UPDATE accounts SET time_zone = 'America/Los_Angeles'")
    await shop.advance(3 * DAY)
    days = [day for day, _ in await flow_days(shop)]
    assert days == sorted(set(days))
    assert days[:5] == [(START + n * DAY).date().isoformat() for n in range(5)]


async def test_a_batch_of_two_accounts_charges_each_its_own(database: Database) -> None:
    one = await open_shop(database)
    two = Shop(database, (await open_shop(database, plan="max")).tenant, START)
    if one.tenant.lane != two.tenant.lane:
        await report(two, steps(two, "a", 500_001))
        await report(one, steps(one, "a", 10))
    assert (await used(one))["step"] == (10, 0)
    assert (await used(two))["step"] == (500_001, 100_000)
