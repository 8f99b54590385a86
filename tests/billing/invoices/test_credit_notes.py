"""Credit notes: never more than the line, tax at the rate of then, money back in the wallet, once per key."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hobnob.billing.invoices import queries, rules
from hobnob.billing.invoices.credit_notes import credit
from hobnob.billing.invoices.errors import ExceedsLine
from hobnob.billing.invoices.types import CreditAsked, CreditNote, CreditNoteAsked, Invoice, TaxRule
from hobnob.kernel.errors import InvalidInput, NotFound
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.books import USD, assert_proven, balances, open_account
from tests.billing.invoices.shop import (
    GST,
    OCTOBER,
    SELLER,
    at,
    charge_fee,
    issued,
    open_conversations,
    set_buyer,
    set_up_seller,
)

START = datetime(2026, 9, 20, tzinfo=UTC)
LATER = at(date(2026, 11, 10))
CENT = 10_000


async def note(
    database: Database, tenant: Tenant, invoice: Invoice, *lines: CreditAsked, key: str = "", reason: str = "Agreed"
) -> CreditNote:
    assert invoice.id is not None
    async with database.lane(tenant.lane) as tx:
        return await credit(tx, tenant, invoice.id, CreditNoteAsked(reason, list(lines)), key or str(new_id()), LATER)


async def invoiced(settings: Settings, database: Database, *, paid_micros: int = 100 * USD) -> tuple[Tenant, Invoice]:
    """A fee of 40.00 and conversations of 0.05, with 18 % GST across states."""
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=paid_micros, now=START)
    await set_buyer(database, tenant)
    await charge_fee(database, tenant, OCTOBER)
    await open_conversations(database, tenant, OCTOBER, OCTOBER, OCTOBER)
    return tenant, await issued(database, tenant, OCTOBER)


async def test_a_line_is_taken_back_with_its_tax_and_the_money_is_in_the_wallet(
    settings: Settings, database: Database
) -> None:
    tenant, invoice = await invoiced(settings, database)
    before = await balances(database, tenant)
    made = await note(database, tenant, invoice, CreditAsked(1))
    assert (made.number, made.invoice_number) == ("CRN/26-27/000001", "INV/26-27/000001")
    assert (made.net_micros, made.tax_micros, made.total_micros) == (40 * USD, 7_200_000, 47_200_000)
    after = await balances(database, tenant)
    assert after["wallet.paid"] - before["wallet.paid"] == 47_200_000
    assert (after.get("revenue.plan", 0), after["revenue.usage"]) == (0, before["revenue.usage"])
    assert before["tax_payable.igst"] - after["tax_payable.igst"] == 7_200_000
    async with database.account(tenant) as tx:
        assert invoice.id is not None
        read = await queries.invoice(tx, tenant, invoice.id)
    assert read is not None
    assert (read.credited_micros, read.credit_notes) == (47_200_000, [made])
    assert read.lines == invoice.lines
    await assert_proven(database, tenant.lane)


async def test_more_than_the_line_has_left_is_refused(settings: Settings, database: Database) -> None:
    tenant, invoice = await invoiced(settings, database)
    await note(database, tenant, invoice, CreditAsked(1, 30 * USD))
    with pytest.raises(ExceedsLine) as refused:
        await note(database, tenant, invoice, CreditAsked(1, 10 * USD + CENT))
    assert refused.value.extra == {"line_n": 1, "left_micros": 10 * USD}
    await note(database, tenant, invoice, CreditAsked(1))
    with pytest.raises(ExceedsLine):
        await note(database, tenant, invoice, CreditAsked(1))
    await assert_proven(database, tenant.lane)


@pytest.mark.parametrize(
    "lines",
    [[CreditAsked(1), CreditAsked(1, CENT)], [CreditAsked(9)], [CreditAsked(1, 1)]],
    ids=["twice", "none", "fine"],
)
async def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    settings: Settings, database: Database, lines: Sequence[CreditAsked]
) -> None:
    tenant, invoice = await invoiced(settings, database)
    before = await balances(database, tenant)
    with pytest.raises(InvalidInput):
        await note(database, tenant, invoice, *lines)
    assert await balances(database, tenant) == before


async def test_an_invoice_of_another_account_is_not_found(settings: Settings, database: Database) -> None:
    _, invoice = await invoiced(settings, database)
    other = await open_account(database, now=START)
    with pytest.raises(NotFound):
        await note(database, other, invoice, CreditAsked(1))


async def test_the_same_key_is_one_note_even_at_once(settings: Settings, database: Database) -> None:
    tenant, invoice = await invoiced(settings, database)
    made = await asyncio.gather(
        *(note(database, tenant, invoice, CreditAsked(1, USD), key="ticket 7") for _ in range(4))
    )
    assert len({one.number for one in made}) == 1
    assert (await balances(database, tenant))["revenue.plan"] == 39 * USD
    await assert_proven(database, tenant.lane)


async def test_what_is_given_back_repays_a_debt_first(settings: Settings, database: Database) -> None:
    tenant, invoice = await invoiced(settings, database, paid_micros=USD)
    owed = -(await balances(database, tenant))["receivable"]
    await note(database, tenant, invoice, CreditAsked(1))
    left = await balances(database, tenant)
    assert left.get("receivable", 0) == 0
    assert left["wallet.paid"] == 47_200_000 - owed
    await assert_proven(database, tenant.lane)


async def test_tax_is_reversed_at_the_rate_of_then(settings: Settings, database: Database) -> None:
    tenant, invoice = await invoiced(settings, database)
    await set_up_seller(settings, SELLER, TaxRule(date(2026, 11, 5), "india", "", 280_000))
    made = await note(database, tenant, invoice, CreditAsked(1, 10 * USD))
    assert made.tax_micros == 1_800_000
    await assert_proven(database, tenant.lane)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(parts=st.lists(st.tuples(st.integers(1, 2), st.integers(1, 1_500)), max_size=8), data=st.data())
async def test_credit_notes_never_exceed_line(
    settings: Settings, database: Database, parts: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Whatever is asked in whatever parts, a line gives back no more than itself and no more than its tax; all of it
    together gives back exactly that."""
    tenant, invoice = await invoiced(settings, database)
    left = {line.n: line.amount_micros for line in invoice.lines}
    notes = []
    for n, cents in parts:
        amount = cents * CENT
        if amount > left[n]:
            with pytest.raises(ExceedsLine):
                await note(database, tenant, invoice, CreditAsked(n, amount))
            continue
        notes.append(await note(database, tenant, invoice, CreditAsked(n, amount)))
        left[n] -= amount
    if data.draw(st.booleans()):
        notes += [await note(database, tenant, invoice, CreditAsked(n)) for n, rest in left.items() if rest]
        left = dict.fromkeys(left, 0)
    for line in invoice.lines:
        back = [one for made in notes for one in made.lines if one.line_n == line.n]
        credited = sum(one.amount_micros for one in back)
        tax = sum(part.amount_micros for one in back for part in one.taxes)
        assert credited == line.amount_micros - left[line.n]
        assert 0 <= tax <= sum(part.amount_micros for part in line.taxes)
        assert tax == rules.tax_on(credited, 180_000, CENT)
    await assert_proven(database, tenant.lane)
