"""Issuing: drafts are what will be issued, every charge is on one invoice, numbers have no gap, nothing changes afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import msgspec
import pytest

from hobnob.billing import actions
from hobnob.billing.invoices import parties, queries
from hobnob.billing.invoices.errors import NoSeller, PublishedRule
from hobnob.billing.invoices.groups import roll
from hobnob.billing.invoices.issue import issue
from hobnob.billing.invoices.proof import QUERIES
from hobnob.billing.invoices.types import ProfileChange, TaxRule
from hobnob.platform.database import ROLE_WEB, ROLE_WORK, Database, owner_transaction, role_url
from hobnob.platform.settings import Settings
from tests.billing.books import USD, assert_proven, balances, open_account
from tests.billing.invoices.shop import (
    GST,
    NOVEMBER,
    OCTOBER,
    SELLER,
    at,
    charge_fee,
    conversation,
    draft,
    issue_month,
    issued,
    open_conversations,
    set_buyer,
    set_up_seller,
)

PRICE = 15_000
START = datetime(2026, 9, 20, tzinfo=UTC)
IMMUTABLE = (
    "invoices",
    "invoice_lines",
    "invoice_taxes",
    "credit_notes",
    "credit_note_lines",
    "invoice_documents",
    "document_numbers",
)


async def test_a_month_is_invoiced_with_its_tax_paid_from_the_wallet(settings: Settings, database: Database) -> None:
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=100 * USD, now=START)
    await set_buyer(database, tenant)
    await charge_fee(database, tenant, OCTOBER)
    await open_conversations(database, tenant, *(OCTOBER + timedelta(days=n) for n in range(5)))
    found = await issued(database, tenant, OCTOBER)
    assert [(line.meter, line.quantity, line.charged_micros, line.amount_micros) for line in found.lines] == [
        ("plan_fee", 1, 40 * USD, 40 * USD),
        ("conversation", 5, 75_000, 80_000),
    ]
    assert (found.net_micros, found.rounding_micros) == (40_080_000, 5_000)
    assert [(tax.name, tax.amount_micros) for tax in found.taxes] == [("IGST", 7_210_000)]
    assert found.total_micros == 40_080_000 + 7_210_000
    assert (found.number, found.issued_on) == ("INV/26-27/000001", date(2026, 11, 4))
    assert (found.seller.tax_id, found.buyer.legal_name) == (SELLER.party.tax_id, "Marigold Tea")
    assert found.place_of_supply == "IN-27"
    assert "the rounding" in found.notes[0]
    left = await balances(database, tenant)
    assert left["tax_payable.igst"] == 7_210_000
    assert left["wallet.paid"] == 100 * USD - 40 * USD - 75_000 - 7_210_000
    assert await issue_month(database, tenant, OCTOBER) == found, "asked again, the same invoice"
    await assert_proven(database, tenant.lane)


async def test_the_draft_is_what_is_issued(settings: Settings, database: Database) -> None:
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=10 * USD, now=START)
    await open_conversations(database, tenant, *(OCTOBER + timedelta(days=n) for n in range(7)))
    preview = await draft(database, tenant, at(date(2026, 10, 31)))
    assert preview.state == "draft"
    assert preview.due_at == datetime(2026, 11, 2, 18, 30, tzinfo=UTC), (
        "two days after the month's end in the shop's zone"
    )
    found = await issued(database, tenant, OCTOBER)
    same = ("lines", "taxes", "net_micros", "tax_micros", "total_micros", "rounding_micros", "notes", "seller", "buyer")
    assert preview.lines
    for name in same:
        assert getattr(preview, name) == getattr(found, name), name


async def test_what_comes_late_is_on_the_next_invoice_with_its_dates(settings: Settings, database: Database) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=10 * USD, now=START)
    await open_conversations(database, tenant, date(2026, 10, 3), date(2026, 11, 1), now=at(date(2026, 11, 1)))
    first = await issued(database, tenant, OCTOBER)
    await open_conversations(database, tenant, date(2026, 10, 29), date(2026, 10, 31), now=at(date(2026, 11, 6)))
    async with database.lane(tenant.lane) as tx:
        # One that was invoiced turns out to lie inside another: it is taken back on the next invoice, as late as it is.
        charged = await tx.fetchval(
            "SELECT conversation_id FROM charges WHERE lane = $1 ORDER BY n LIMIT 1", tenant.lane
        )
        await actions.settle(tx, tenant.lane, reversals=[(tenant.account_id, charged)], now=at(date(2026, 11, 7)))
    second = await issued(database, tenant, NOVEMBER)
    assert [line.quantity for line in first.lines] == [1]
    assert [(line.late, line.quantity, line.first_day, line.last_day) for line in second.lines] == [
        (False, 1, date(2026, 11, 1), date(2026, 11, 1)),
        (True, 1, date(2026, 10, 3), date(2026, 10, 31)),
    ]
    assert second.lines[1].description.startswith("Used 3 to 31 Oct 2026, received late: ")
    await assert_proven(database, tenant.lane)


async def test_a_month_without_charges_has_no_invoice_and_loses_nothing(settings: Settings, database: Database) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=10 * USD, now=START)
    assert await issue_month(database, tenant, OCTOBER) is None
    await open_conversations(database, tenant, date(2026, 10, 3), now=at(date(2026, 11, 20)))
    assert (await issued(database, tenant, NOVEMBER)).lines[0].late
    await assert_proven(database, tenant.lane)


async def test_a_month_whose_charges_were_all_taken_back_has_an_invoice_of_nothing(
    settings: Settings, database: Database
) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=10 * USD, now=START)
    _, october = await open_conversations(database, tenant, date(2026, 9, 25), OCTOBER)
    await issued(database, tenant, date(2026, 9, 1))
    async with database.lane(tenant.lane) as tx:
        await actions.settle(tx, tenant.lane, reversals=[(tenant.account_id, october)], now=at(date(2026, 10, 20)))
    found = await issued(database, tenant, OCTOBER)
    assert [(line.quantity, line.amount_micros) for line in found.lines] == [(0, 0)]
    assert found.total_micros == 0
    await open_conversations(database, tenant, NOVEMBER)
    assert [line.quantity for line in (await issued(database, tenant, NOVEMBER)).lines] == [1], (
        "nothing of it is left over"
    )
    await assert_proven(database, tenant.lane)


async def test_a_late_correction_that_outweighs_the_month_gives_its_tax_back(
    settings: Settings, database: Database
) -> None:
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=10 * USD, now=START)
    opened = await open_conversations(database, tenant, *(OCTOBER + timedelta(days=n) for n in range(10)))
    first = await issued(database, tenant, OCTOBER)
    async with database.lane(tenant.lane) as tx:
        pairs = [(tenant.account_id, one) for one in opened]
        await actions.settle(tx, tenant.lane, reversals=pairs, now=at(date(2026, 11, 8)))
    second = await issued(database, tenant, NOVEMBER)
    assert (second.net_micros, second.tax_micros) == (-first.net_micros, -first.tax_micros)
    left = await balances(database, tenant)
    assert left["wallet.paid"] == 10 * USD
    assert {name: amount for name, amount in left.items() if name.startswith(("tax", "rev"))} == {}
    await assert_proven(database, tenant.lane)


async def test_fifty_issued_at_once_are_numbered_without_a_gap(settings: Settings) -> None:
    await set_up_seller(settings, SELLER, GST)
    database = await Database.open(msgspec.structs.replace(settings, database_pool_max_count=50))
    try:
        tenants = [await open_account(database, paid_micros=USD, now=START) for _ in range(50)]
        for tenant in tenants:
            await open_conversations(database, tenant, OCTOBER)
        start = asyncio.Event()

        async def run(n: int) -> str | None:
            await start.wait()
            if n % 7 == 0:
                # One that fails after it was given its number leaves no gap.
                with pytest.raises(RuntimeError):
                    async with database.lane(tenants[n].lane) as tx:
                        when = at(date(2026, 11, 4))
                        await issue(tx, tenants[n].lane, tenants[n].account_id, OCTOBER, when, when)
                        raise RuntimeError
                return None
            return (await issued(database, tenants[n], OCTOBER)).number

        tasks = [asyncio.create_task(run(n)) for n in range(50)]
        start.set()
        numbers = sorted(number for number in await asyncio.gather(*tasks) if number)
        assert numbers == [f"INV/26-27/{n:06d}" for n in range(1, len(numbers) + 1)]
        assert len(numbers) == 42
        await assert_proven(database, *{tenant.lane for tenant in tenants})
    finally:
        await database.close()


async def test_numbers_begin_anew_each_fiscal_year(settings: Settings, database: Database) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=USD, now=START)
    months = (date(2027, 2, 1), date(2027, 3, 1), date(2027, 4, 1))
    numbers = []
    for month in months:
        await open_conversations(database, tenant, month)
        numbers.append((await issued(database, tenant, month)).number)
    assert numbers == ["INV/26-27/000001", "INV/27-28/000001", "INV/27-28/000002"]
    await assert_proven(database, tenant.lane)


@pytest.mark.parametrize("role", [ROLE_WEB, ROLE_WORK])
@pytest.mark.parametrize("table", IMMUTABLE)
async def test_the_application_may_not_touch_what_is_issued(settings: Settings, role: str, table: str) -> None:
    connection = await asyncpg.connect(role_url(settings, role))
    try:
        columns = await connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1",
            table,
        )
        owner = await asyncpg.connect(settings.database_url)
        names = await owner.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped", table
        )
        await owner.close()
        assert len(names) >= len(columns)
        for name in names:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"UPDATE {table} SET {name[0]} = {name[0]}")
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_what_was_copied_in_stays_when_everybody_moves(settings: Settings, database: Database) -> None:
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=USD, now=START)
    await set_buyer(database, tenant)
    await open_conversations(database, tenant, OCTOBER)
    before = await issued(database, tenant, OCTOBER)
    await set_buyer(database, tenant, ProfileChange("Amber Tea", "1 New Street", "AE"))
    moved = msgspec.structs.replace(SELLER, party=msgspec.structs.replace(SELLER.party, legal_name="Other Ltd."))
    await set_up_seller(settings, moved)
    async with database.account(tenant) as tx:
        assert before.id is not None
        assert await queries.invoice(tx, tenant, before.id) == before


async def test_without_a_seller_nothing_is_issued_but_in_a_sandbox(settings: Settings, database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD, now=START)
    await open_conversations(database, tenant, OCTOBER)
    with pytest.raises(NoSeller):
        await issue_month(database, tenant, OCTOBER)
    sandbox = await open_account(database, paid_micros=USD, now=START, clock_ahead_s=60)
    await open_conversations(database, sandbox, OCTOBER)
    found = await issued(database, sandbox, OCTOBER)
    assert (found.number, found.sandbox) == ("TEST/2026/000001", True)
    await set_up_seller(settings)
    assert (await issued(database, tenant, OCTOBER)).number == "INV/26-27/000001", "a sandbox takes no real number"
    await assert_proven(database, tenant.lane, sandbox.lane)


async def test_tax_rules_of_the_past_cannot_change(settings: Settings, database: Database) -> None:
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=USD, now=START)
    await open_conversations(database, tenant, OCTOBER)
    await issued(database, tenant, OCTOBER)
    for rule in (TaxRule(GST.effective_from, "none"), TaxRule(OCTOBER, "india", "", 120_000)):
        with pytest.raises(PublishedRule):
            await set_up_seller(settings, SELLER, rule)
    await set_up_seller(settings, SELLER, GST, TaxRule(date(2026, 10, 2), "india", "", 120_000))
    async with owner_transaction(settings) as tx:
        assert len(await parties.tax_rules(tx)) == 2


async def test_the_proof_finds_what_is_wrong(settings: Settings, database: Database) -> None:
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=USD, now=START)
    await charge_fee(database, tenant, OCTOBER, USD // 2)
    await issued(database, tenant, OCTOBER)
    spoilt = (
        ("UPDATE invoices SET after_n = upto_n, month = '2026-12-01'", "not on exactly one invoice"),
        ("UPDATE invoices SET charged_micros = 1", "not the sum of its charges"),
        ("UPDATE invoices SET after_n = 1", "does not begin where"),
        ("UPDATE invoice_lines SET amount_micros = 1", "not the sum of its lines"),
        ("UPDATE invoice_taxes SET amount_micros = 1", "not the sum of its lines' taxes"),
        ("UPDATE invoice_taxes SET amount_micros = 2000000", "not its rate"),
        ("UPDATE charges SET amount_micros = 7 WHERE meter = 'tax'", "not what was charged"),
        ("UPDATE document_numbers SET n = 3", "before this one is missing"),
        ("UPDATE document_numbers SET number = 'X'", "do not belong together"),
    )
    for statement, problem in spoilt:
        connection = await asyncpg.connect(settings.database_url)
        try:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(statement)
            found = [text for text, query in QUERIES if await connection.fetch(query, tenant.lane)]
            await transaction.rollback()
        finally:
            await connection.close()
        assert any(problem in text for text in found), (statement, found)
    await assert_proven(database, tenant.lane)


async def test_conversations_of_different_prices_are_different_lines(settings: Settings, database: Database) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=USD, now=START)
    found = [conversation(tenant, OCTOBER), conversation(tenant, OCTOBER, phone="+12125550123")]
    found.append(conversation(tenant, OCTOBER, category="marketing", opener="template"))
    async with database.lane(tenant.lane) as tx:
        await actions.settle(tx, tenant.lane, charges=found, now=at(OCTOBER))
    lines = (await issued(database, tenant, OCTOBER)).lines
    assert [(line.category, line.market, line.quantity, line.unit_micros) for line in lines] == [
        ("marketing", "India", 1, PRICE),
        ("service", "India", 1, PRICE),
        ("service", "North America", 1, PRICE),
    ]
    assert all(line.quantity * (line.unit_micros or 0) == line.charged_micros for line in lines)


async def test_a_draft_is_the_same_whatever_part_of_it_is_in_the_kept_totals(
    settings: Settings, database: Database
) -> None:
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=100 * USD, now=START)
    await charge_fee(database, tenant, OCTOBER)
    opened = await open_conversations(database, tenant, *(OCTOBER + timedelta(days=n) for n in range(6)))
    async with database.lane(tenant.lane) as tx:
        await actions.settle(tx, tenant.lane, reversals=[(tenant.account_id, opened[0])], now=at(OCTOBER))
    now = at(date(2026, 10, 20))
    before = await draft(database, tenant, now)
    left = [8]
    while left[-1]:
        async with database.lane(tenant.lane) as tx:
            left.append(await roll(tx, tenant, 8, max_count=3))
        assert await draft(database, tenant, now) == before
        await assert_proven(database, tenant.lane)
    assert left == [8, 5, 2, 0]
    assert (await issued(database, tenant, OCTOBER)).lines == before.lines
    await assert_proven(database, tenant.lane)
