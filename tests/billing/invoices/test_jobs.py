"""The lane's work: months in their order whatever the clock does, closing, waiting, and a proof that is heard."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import structlog

from hobnob.billing.invoices import queries, schedule
from hobnob.billing.invoices.jobs import InvoicesJob, ProofJob
from hobnob.billing.invoices.types import Invoice
from hobnob.kernel.clock import ManualClock
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import ROLE_WORK, Database
from hobnob.platform.settings import Settings
from hobnob.platform.telemetry import render_metrics
from tests.billing.books import USD, assert_proven, open_account
from tests.billing.invoices.shop import (
    GST,
    NOVEMBER,
    OCTOBER,
    SELLER,
    charge_fee,
    issued,
    leased,
    open_conversations,
    set_up_seller,
)

START = datetime(2026, 9, 20, tzinfo=UTC)
DAY = timedelta(days=1)


async def work(database: Database, lane: int, clock: ManualClock) -> None:
    job = InvoicesJob(clock)
    async with leased(database, lane) as scope:
        while await job.run(scope):
            pass


async def all_invoices(database: Database, tenant: Tenant) -> list[Invoice]:
    async with database.account(tenant) as tx:
        briefs = await queries.invoices(tx, tenant, after=None, limit=100)
        found = [await queries.invoice(tx, tenant, brief.id) for brief in reversed(briefs)]
    return [invoice for invoice in found if invoice]


def said(invoice: Invoice) -> Any:
    """What an invoice says, without what only names it."""
    return (invoice.month, invoice.lines, invoice.taxes, invoice.total_micros, invoice.issued_at, invoice.issued_on)


async def test_a_clock_that_jumps_issues_what_a_clock_that_walks_does(settings: Settings, database: Database) -> None:
    await set_up_seller(settings, SELLER, GST)
    outcomes = []
    for steps in (1, 100):
        tenant = await open_account(database, paid_micros=500 * USD, now=START, clock_ahead_s=1)
        for n in range(0, 95, 5):
            await open_conversations(database, tenant, START.date() + n * DAY)
        await charge_fee(database, tenant, NOVEMBER)
        clock = ManualClock(START)
        for _ in range(steps):
            clock.advance(timedelta(days=100) / steps)
            await work(database, tenant.lane, clock)
        outcomes.append([said(invoice) for invoice in await all_invoices(database, tenant)])
        await assert_proven(database, tenant.lane)
    assert outcomes[0] == outcomes[1]
    assert [outcome[0] for outcome in outcomes[0]] == [date(2026, 9, 1), OCTOBER, NOVEMBER]
    assert outcomes[0][0][4] == datetime(2026, 10, 2, 18, 30, tzinfo=UTC)


async def test_a_month_waits_until_its_days_are_charged(settings: Settings, database: Database) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=USD, now=START)
    await open_conversations(database, tenant, OCTOBER)
    owner = await asyncpg.connect(settings.database_url)
    await owner.execute(
        "INSERT INTO account_days (lane, account_id, next_day, due_at) VALUES ($1, $2, '2026-10-31', '2026-10-30T18:30Z')",
        tenant.lane,
        tenant.account_id,
    )
    clock = ManualClock(datetime(2026, 11, 5, tzinfo=UTC))
    await work(database, tenant.lane, clock)
    assert await all_invoices(database, tenant) == []
    await owner.execute("UPDATE account_days SET next_day = '2026-11-06', due_at = '2026-11-05T18:30Z'")
    await owner.close()
    await work(database, tenant.lane, clock)
    assert len(await all_invoices(database, tenant)) == 1


async def test_an_account_that_closes_is_invoiced_at_once_and_late_charges_still_find_an_invoice(
    settings: Settings, database: Database
) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=USD, now=START)
    await open_conversations(database, tenant, OCTOBER, date(2026, 11, 1))
    clock = ManualClock(datetime(2026, 11, 1, 20, tzinfo=UTC))
    await work(database, tenant.lane, clock)
    assert await all_invoices(database, tenant) == []
    async with database.account(tenant) as tx:
        await schedule.close(tx, tenant, date(2026, 11, 2), "Asia/Kolkata")
    await work(database, tenant.lane, clock)
    assert [invoice.month for invoice in await all_invoices(database, tenant)] == [OCTOBER, NOVEMBER]
    await open_conversations(database, tenant, date(2026, 11, 2))
    clock.advance(40 * DAY)
    await work(database, tenant.lane, clock)
    assert len(await all_invoices(database, tenant)) == 2, "its month is invoiced already: the next one has it"
    clock.advance(40 * DAY)
    await work(database, tenant.lane, clock)
    *_, last = await all_invoices(database, tenant)
    assert (last.month, last.lines[0].late) == (date(2026, 12, 1), True)
    await assert_proven(database, tenant.lane)


async def test_without_a_seller_it_waits_and_goes_on_once_there_is_one(settings: Settings, database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD, now=START)
    other = await open_account(database, paid_micros=USD, now=START, lane=tenant.lane, clock_ahead_s=1)
    for one in (tenant, other):
        await open_conversations(database, one, OCTOBER)
    clock = ManualClock(datetime(2026, 11, 5, tzinfo=UTC))
    await work(database, tenant.lane, clock)
    assert await all_invoices(database, tenant) == []
    assert len(await all_invoices(database, other)) == 1, "nobody else waits for it"
    await set_up_seller(settings)
    clock.advance(timedelta(hours=1))
    await work(database, tenant.lane, clock)
    assert len(await all_invoices(database, tenant)) == 1


async def test_lanes_with_something_due_are_found(settings: Settings, database: Database) -> None:
    await set_up_seller(settings)

    async def due(name: str) -> list[int]:
        async with database.unscoped(ROLE_WORK) as tx:
            return [row["lane"] for row in await tx.fetch(f"SELECT lane FROM due_lanes_{name}() AS lane")]

    assert (await due("invoices"), await due("proof")) == ([], [])
    long_ago = datetime(2020, 1, 10, tzinfo=UTC)
    tenant = await open_account(database, paid_micros=USD, now=long_ago)
    assert (await due("invoices"), await due("proof")) == ([tenant.lane], [tenant.lane])
    # Put on the schedule with a month that ended long ago.
    await work(database, tenant.lane, ManualClock(long_ago))
    assert await due("invoices") == [tenant.lane]
    async with leased(database, tenant.lane) as scope:
        await ProofJob(database).run(scope)
    assert await due("proof") == []


async def test_a_finding_is_loud_and_stops_nothing(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=USD, now=START)
    await open_conversations(database, tenant, OCTOBER)
    await issued(database, tenant, OCTOBER)
    owner = await asyncpg.connect(settings.database_url)
    await owner.execute("UPDATE invoices SET charged_micros = charged_micros + 1")
    await owner.close()
    before = findings()
    with structlog.testing.capture_logs() as logs:
        async with leased(database, tenant.lane) as scope:
            assert await ProofJob(database).run(scope) is False
    errors = [entry for entry in logs if entry["log_level"] == "error"]
    assert {entry["event"] for entry in errors} == {"ledger_wrong"}
    assert any("not the sum of its charges" in entry["problem"] for entry in errors)
    assert findings() - before == len(errors) > 0


def findings() -> float:
    line = next(
        line for line in render_metrics().decode().splitlines() if line.startswith("hobnob_ledger_findings_total ")
    )
    return float(line.split()[-1])
