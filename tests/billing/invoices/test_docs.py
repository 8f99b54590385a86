"""The tables of 'Your invoice' in docs/billing.md are run: what the page says is what the product does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hobnob.billing import actions
from hobnob.billing.invoices import queries
from hobnob.billing.invoices.credit_notes import credit
from hobnob.billing.invoices.errors import ExceedsLine
from hobnob.billing.invoices.jobs import InvoicesJob
from hobnob.billing.invoices.types import CreditAsked, CreditNoteAsked
from hobnob.kernel.clock import ManualClock
from hobnob.kernel.ids import new_id
from hobnob.kernel.money import decimal_text, micros_from_text
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.books import USD, open_account
from tests.billing.invoices.shop import (
    GST,
    NOVEMBER,
    OCTOBER,
    SELLER,
    at,
    charge_fee,
    conversation,
    issued,
    leased,
    set_buyer,
    set_up_seller,
)
from tests.billing.test_docs import PAGE, rows

ZONE = ZoneInfo("Asia/Kolkata")
START = datetime(2026, 9, 20, tzinfo=UTC)


def moment(cell: str) -> datetime:
    """``31 Oct 23:59`` of the shop's zone."""
    return datetime.strptime(f"2026 {cell}", "%Y %d %b %H:%M").replace(tzinfo=ZONE)


async def test_the_worked_invoice(settings: Settings, database: Database) -> None:
    *lines, total = rows("Line of the invoice", "Quantity")
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=100 * USD, now=START)
    await set_buyer(database, tenant)
    for name, quantity, _, paid, *_ in lines:
        if name == "plan_fee":
            await charge_fee(database, tenant, OCTOBER, micros_from_text(paid))
            continue
        async with database.lane(tenant.lane) as tx:
            found = [conversation(tenant, OCTOBER, category=name) for _ in range(int(quantity))]
            await actions.settle(tx, tenant.lane, charges=found, now=at(OCTOBER))
    invoice = await issued(database, tenant, OCTOBER)
    assert [
        [
            line.category,
            str(line.quantity),
            "" if line.unit_micros is None else decimal_text(line.unit_micros),
            decimal_text(line.charged_micros),
            decimal_text(line.amount_micros),
            decimal_text(sum(part.amount_micros for part in line.taxes)),
        ]
        for line in invoice.lines
    ] == lines
    sums = [invoice.charged_micros, invoice.net_micros, invoice.tax_micros]
    assert [decimal_text(amount) for amount in sums] == total[3:]
    told = f"The total is {decimal_text(invoice.total_micros)} USD, and the rounding {decimal_text(invoice.rounding_micros)} USD."
    assert told in PAGE

    assert invoice.id is not None
    asked = {"all that is left": None, "0.01 more": 10_000}
    for name, *figures in rows("Credit note", "Before tax (USD)"):
        amount = asked[name] if name in asked else micros_from_text(name.split()[0])
        body = CreditNoteAsked("As the page says", [CreditAsked(1, amount)])
        async with database.lane(tenant.lane) as tx:
            if figures[0] == "refused":
                with pytest.raises(ExceedsLine):
                    await credit(tx, tenant, invoice.id, body, name, at(NOVEMBER))
                continue
            note = await credit(tx, tenant, invoice.id, body, name, at(NOVEMBER))
        made = [note.net_micros, note.tax_micros, note.total_micros]
        assert [decimal_text(amount) for amount in made] == figures, name


@pytest.mark.parametrize(("opened", "told", "invoice"), rows("A conversation opened", "We are told"))
async def test_which_invoice(settings: Settings, database: Database, opened: str, told: str, invoice: str) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=USD, now=START)
    clock = ManualClock(moment(told))
    earlier = conversation(tenant, date(2026, 10, 5))
    job = InvoicesJob(clock)
    async with leased(database, tenant.lane) as scope:
        async with database.lane(tenant.lane) as tx:
            await actions.settle(tx, tenant.lane, charges=[earlier], now=at(date(2026, 10, 5)))
        while await job.run(scope):
            pass
        late = conversation(tenant, OCTOBER, id=new_id(), opened_at=moment(opened))
        async with database.lane(tenant.lane) as tx:
            await actions.settle(tx, tenant.lane, charges=[late], now=clock.now())
        clock.advance(moment("3 Nov 00:01") - min(clock.now(), moment("3 Nov 00:01")))
        while await job.run(scope):
            pass
        clock.advance(datetime(2026, 12, 5, tzinfo=UTC) - clock.now())
        while await job.run(scope):
            pass
    async with database.account(tenant) as tx:
        found = []
        for name, month in (("October", OCTOBER), ("November", NOVEMBER)):
            known = await queries.invoice_of_month(tx, tenant, month)
            read = await queries.invoice(tx, tenant, known) if known else None
            lines = read.lines if read else []
            first = 1 if name == "October" else 0
            for line in lines:
                late_too = line.quantity - (first if not line.late else 0)
                found += [name + (", late" if line.late else "")] * late_too
    assert found == [invoice]
