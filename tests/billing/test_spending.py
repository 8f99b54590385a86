"""Spend drawn by one thing or another, the month's forecast, and the charges behind a bar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from hobnob.billing import charges
from hobnob.billing.spending import forecast
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Database
from tests.billing.test_charges import fee
from tests.billing.test_routes import PRICE, deliver, signed_up, top_up
from tests.desk import Desk

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("spent", "used", "opened", "expected"),
    [
        (0, {}, TODAY, None),
        (500, {TODAY: 500}, TODAY, None),
        (700, {TODAY - timedelta(days=n): 100 for n in range(1, 8)}, date(2026, 1, 1), 700 + 100 + 100 * 10),
        (900, {TODAY - timedelta(days=1): 300, TODAY: 600}, date(2026, 11, 19), 900 + 300 * 10),
        (40_000, {TODAY - timedelta(days=2): 70}, date(2026, 1, 1), 40_000 + 10 + 70 * 10 // 7),
    ],
    ids=["nothing", "first day", "steady", "today above the pace", "a fee is no pace"],
)
def test_forecast(spent: int, used: Mapping[date, int], opened: date, expected: int | None) -> None:
    assert forecast(spent, used, TODAY, opened, 30) == expected


async def bill(desk: Desk, database: Database) -> Tenant:
    """Two conversations today, one of them a template's, and a plan's fee."""
    tenant = await signed_up(desk)
    await top_up(desk, 100_000_000)
    now = datetime.now(UTC)
    await deliver(database, tenant, now)
    await deliver(database, tenant, now, kind="template")
    async with database.lane(tenant.lane) as tx:
        await charges.post_items(tx, tenant.lane, [fee(tenant)], now)
    return tenant


async def test_every_way_of_dividing_adds_up_to_the_same(desk: Desk, database: Database) -> None:
    tenant = await bill(desk, database)
    async with database.lane(tenant.lane) as tx:
        items = [fee(tenant, f"plan_fee:{new_id()}", 1_000_000)]
        row = (await charges.post_items(tx, tenant.lane, items, datetime.now(UTC)))[0]
    total = None
    for by in ("meter", "category", "market", "number", "flow"):
        # The fee of the fixture fell due in the past: a year of days has it.
        found = (await desk.get(f"/api/billing/breakdown?by={by}&days=400")).json
        assert sum(key["amount_micros"] for key in found["keys"]) == found["total_micros"]
        assert sum(day["total_micros"] for day in found["days"]) == found["total_micros"]
        assert all(sum(day["amounts"].values()) == day["total_micros"] for day in found["days"])
        assert total in (None, found["total_micros"])
        total = found["total_micros"]
    by_flow = (await desk.get("/api/billing/breakdown?by=flow&days=400")).json
    flows = {key["key"]: key["amount_micros"] for key in by_flow["keys"]}
    assert flows[str(row.flow_id)] == 1_000_000
    assert flows[""] == 2 * PRICE


async def test_the_charges_behind_a_bar(desk: Desk, database: Database) -> None:
    await bill(desk, database)
    today = datetime.now(UTC).date().isoformat()
    for question, count in (
        ("meter=conversation", 2),
        ("meter=plan_fee", 1),
        ("category=marketing", 1),
        ("market=Spain", 2),
        ("market=India", 0),
        (f"meter=conversation&from={today}&to={today}", 2),
        ("number_id=00000000-0000-0000-0000-000000000007", 2),
    ):
        found = (await desk.get(f"/api/billing/charges?{question}")).json["items"]
        assert len(found) == count, question


async def test_the_month_so_far(desk: Desk, database: Database) -> None:
    await bill(desk, database)
    month = (await desk.get("/api/billing/month")).json
    meters = {key["key"]: key for key in month["by_meter"]}
    assert meters["conversation"]["amount_micros"] == 2 * PRICE
    assert meters["conversation"]["quantity"] == 2
    assert month["spent_micros"] == sum(key["amount_micros"] for key in month["by_meter"])
    assert month["forecast_micros"] is None
    assert (await desk.get("/api/billing/breakdown?by=colour")).status == 422
