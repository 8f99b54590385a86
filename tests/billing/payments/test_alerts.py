"""Alerts: every threshold that is crossed, once, in the app and by letter; and credit about to expire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hobnob.billing import actions as billing
from hobnob.billing.payments import alerts
from hobnob.billing.payments.letters import letter
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import Money
from hobnob.platform.database import Database
from tests.billing.books import NOW, USD, open_account
from tests.billing.test_routes import PRICE, deliver, signed_up, top_up
from tests.desk import Desk

DAY = timedelta(days=1)


@pytest.fixture
async def owner(desk: Desk) -> tuple[Desk, Tenant]:
    return desk, await signed_up(desk)


async def look(database: Database, tenant: Tenant, now: datetime | None = None) -> None:
    """What the alerts job does when it is woken."""
    async with database.lane(tenant.lane) as tx:
        assert not await alerts.evaluate(tx, tenant.lane, now or datetime.now(UTC))


async def is_due(database: Database, tenant: Tenant) -> bool:
    async with database.account(tenant) as tx:
        found = "SELECT watch_due FROM wallets WHERE lane = $1 AND account_id = $2"
        return bool(await tx.fetchval(found, tenant.lane, tenant.account_id))


async def told(database: Database, tenant: Tenant, kind: str) -> list[dict[str, Any]]:
    """What was told of a kind, oldest first."""
    async with database.account(tenant) as tx:
        found = await alerts.listed(tx, tenant, None, 100, unseen=False)
    return [one.payload for one in reversed(found) if one.kind == kind]


async def letters(database: Database, tenant: Tenant) -> list[tuple[str, str]]:
    async with database.account(tenant) as tx:
        rows = await tx.fetch("SELECT recipient, subject FROM mail_outbox ORDER BY queued_at, id")
    return [tuple(row) for row in rows]


async def hold(database: Database, tenant: Tenant, micros: int) -> None:
    now = datetime.now(UTC)
    async with database.account(tenant) as tx:
        await billing.place_hold(tx, tenant, new_id(), micros, now + DAY, now)


async def test_a_jump_over_several_thresholds_tells_each_and_writes_once(
    owner: tuple[Desk, Tenant], database: Database
) -> None:
    desk, tenant = owner
    assert (await desk.get("/api/billing/alerts/settings")).json["low_balance_micros"] == [5 * USD, 0]
    wish = {"low_balance_micros": [2 * USD, 8 * USD, 5 * USD], "month_spend_micros": [], "email": True}
    changed = await desk.request("PUT", "/api/billing/alerts/settings", json=wish)
    assert changed.json["low_balance_micros"] == [8 * USD, 5 * USD, 2 * USD]
    assert (await desk.get("/api/wallet")).json["low_balance_micros"] == 8 * USD
    await look(database, tenant)
    assert await told(database, tenant, "low_balance") == [], "nothing was ever in it"
    await top_up(desk, 10 * USD)
    await look(database, tenant)
    assert not await is_due(database, tenant)

    await hold(database, tenant, USD)
    assert not await is_due(database, tenant), "9.00 is above every threshold: nobody needs to look"
    await hold(database, tenant, 5 * USD)
    assert await is_due(database, tenant)
    await look(database, tenant)
    both = await told(database, tenant, "low_balance")
    assert {(one["threshold_micros"], one["available_micros"]) for one in both} == {
        (8 * USD, 4 * USD),
        (5 * USD, 4 * USD),
    }
    assert await letters(database, tenant) == [("maya@example.com", "Your credit is down to $4.00")]

    await hold(database, tenant, USD)
    assert not await is_due(database, tenant)
    await look(database, tenant)
    assert len(await told(database, tenant, "low_balance")) == 2


async def test_it_is_told_again_only_after_the_balance_was_well_above(
    owner: tuple[Desk, Tenant], database: Database
) -> None:
    desk, tenant = owner
    await top_up(desk, 6 * USD)
    await look(database, tenant)
    await hold(database, tenant, USD)
    await look(database, tenant)
    assert len(await told(database, tenant, "low_balance")) == 1
    await top_up(desk, USD - 1)  # 5.999999: not yet well above
    await look(database, tenant)
    await hold(database, tenant, USD)
    await look(database, tenant)
    assert len(await told(database, tenant, "low_balance")) == 1
    await top_up(desk, 2 * USD)
    await look(database, tenant)
    await hold(database, tenant, 2 * USD)
    assert await is_due(database, tenant)
    await look(database, tenant)
    assert len(await told(database, tenant, "low_balance")) == 2
    (first, second) = (await desk.get("/api/billing/alerts")).json["items"]
    assert first["at"] > second["at"]
    read = await desk.post(f"/api/billing/alerts/{first['id']}/seen")
    assert read.json["seen_at"] is not None
    assert [one["id"] for one in (await desk.get("/api/billing/alerts?unseen=true")).json["items"]] == [second["id"]]
    assert (await desk.post(f"/api/billing/alerts/{tenant.account_id}/seen")).status == 404


async def test_spend_of_the_month(owner: tuple[Desk, Tenant], database: Database) -> None:
    desk, tenant = owner
    wish = {"low_balance_micros": [], "month_spend_micros": [10 * PRICE, 2 * PRICE, 3 * PRICE], "email": False}
    await desk.request("PUT", "/api/billing/alerts/settings", json=wish)
    await top_up(desk, 10 * USD)
    now = datetime.now(UTC)
    await deliver(database, tenant, *[now] * 3)
    for _ in range(2):
        await look(database, tenant, datetime.now(UTC) + timedelta(minutes=6))
    reached = await told(database, tenant, "month_spend")
    assert len(reached) == 2
    assert {(one["threshold_micros"], one["spent_micros"]) for one in reached} == {
        (2 * PRICE, 3 * PRICE),
        (3 * PRICE, 3 * PRICE),
    }
    assert await letters(database, tenant) == [], "no letters were wanted"


async def test_what_the_plan_includes_is_told_at_80_percent_and_when_it_is_used_up(
    owner: tuple[Desk, Tenant], database: Database
) -> None:
    _, tenant = owner
    async with database.account(tenant) as tx:
        await tx.execute(
            "UPDATE accounts SET plan = 'plus' WHERE lane = $1 AND account_id = $2", tenant.lane, tenant.account_id
        )
    now = datetime.now(UTC)
    totals = (
        "INSERT INTO spend_days AS s (lane, account_id, day, meter, category, market, number_id, currency, amount_micros,"
        " quantity) VALUES ($1, $2, ($3::timestamptz AT TIME ZONE 'Europe/Madrid')::date, 'conversation', 'service', 'Spain', $2,"
        " 'USD', 0, $4) ON CONFLICT (lane, account_id, day, meter, category, market, number_id, flow_id, currency)"
        " DO UPDATE SET quantity = excluded.quantity"
    )
    for used, states in ((3_999, []), (4_000, ["warned"]), (4_500, ["warned"]), (5_001, ["warned", "over"])):
        async with database.account(tenant) as tx:
            await tx.execute(totals, tenant.lane, tenant.account_id, now, used)
            await tx.execute("UPDATE wallets SET watch_due = true WHERE lane = $1", tenant.lane)
        await look(database, tenant)
        assert [one["state"] for one in await told(database, tenant, "fair_use")] == states, used
    assert [subject for _, subject in await letters(database, tenant)] == [
        "You have used 4,000 of the 5,000 conversations your plan includes",
        "You have used 5,001 of the 5,000 conversations your plan includes",
    ]


async def test_a_wallet_that_moves_is_looked_at_within_the_hour(owner: tuple[Desk, Tenant], database: Database) -> None:
    desk, tenant = owner
    await top_up(desk, 100 * USD)
    await look(database, tenant)
    left = "SELECT watch_at - now() FROM wallets WHERE lane = $1 AND account_id = $2"
    async with database.account(tenant) as tx:
        assert await tx.fetchval(left, tenant.lane, tenant.account_id) is None
    await hold(database, tenant, USD)
    async with database.account(tenant) as tx:
        in_time = await tx.fetchval(left, tenant.lane, tenant.account_id)
    assert timedelta(minutes=55) < in_time <= timedelta(hours=1)


async def test_expiring_credit_is_told_30_7_and_1_days_before(database: Database) -> None:
    tenant = await open_account(database)
    async with database.account(tenant) as tx:
        await billing.grant(tx, tenant, Money(9 * USD, "USD"), "spring", "a", NOW, expires_at=NOW + 40 * DAY)
        await billing.grant(tx, tenant, Money(8 * USD, "USD"), "short", "b", NOW, expires_at=NOW + 5 * DAY)
    days = []
    for passed in (0, 4, 9, 10, 11, 33, 39, 39):
        await look(database, tenant, NOW + passed * DAY)
        days.append(
            [one["days"] for one in await told(database, tenant, "credit_expiring") if one["amount_micros"] == 9 * USD]
        )
    assert days == [[], [], [], [30], [30], [30, 7], [30, 7, 1], [30, 7, 1]]
    short = [one["days"] for one in await told(database, tenant, "credit_expiring") if one["amount_micros"] == 8 * USD]
    assert short == [1], "what was given for five days is no news on the day it is given"


async def test_the_due_lanes_are_those_with_something_to_look_at(database: Database) -> None:
    tenant = await open_account(database, paid_micros=10 * USD)
    async with database.unscoped("hobnob_work") as tx:
        assert [row["lane"] for row in await tx.fetch("SELECT lane FROM due_lanes_alerts() AS lane")] == [tenant.lane]
    await look(database, tenant, NOW)
    async with database.unscoped("hobnob_work") as tx:
        assert await tx.fetch("SELECT lane FROM due_lanes_alerts() AS lane") == []


@pytest.mark.parametrize("locale", ["en", "es", "pt-BR"])
@pytest.mark.parametrize(
    "kind", ["low_balance", "month_spend", "credit_expiring", "chargeback", "auto_top_up_declined", "fair_use"]
)
def test_letters_say_amounts_and_dates_as_people_write_them(kind: Any, locale: str) -> None:
    facts = {
        "currency": "USD",
        "available_micros": 4_990_000,
        "threshold_micros": 5 * USD,
        "spent_micros": 5 * USD,
        "remaining_micros": 15_000,
        "amount_micros": 1_000 * USD,
        "reason": "{odd}",
        "meter": "step",
        "used_count": 400_000,
        "included_count": 500_000,
        "expires_at": "2026-11-23T23:30:00+00:00",
        "again_at": "2026-11-23T23:30:00+00:00",
    }
    subject, body = letter(kind, facts, locale, "Té {Ámbar}", "Europe/Madrid")
    text = subject + body
    assert "{" not in text.replace("{odd}", "").replace("{Ámbar}", "")
    assert ("en Hobnob" in text) == (locale == "es")
    if kind == "credit_expiring":
        assert ("24 noviembre 2026, 00:30" if locale == "es" else "24 November 2026, 00:30") in text
        assert ("0,015" if locale == "es" else "$0.015") in text
