"""Credit notes: the only correction of an issued invoice. Made by the operator; the money goes back to the wallet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from hobnob.billing import ledger
from hobnob.billing.book import REVENUE_PLAN, REVENUE_USAGE, TAX_PAYABLE
from hobnob.kernel.errors import InvalidInput, NotFound
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import decimal_text
from hobnob.platform.database import Tx

from . import parties, queries, rules
from .errors import ExceedsLine
from .giving_back import give_back
from .issue import JOB
from .numbers import give_number, issue_day
from .types import CreditAsked, CreditNote, CreditNoteAsked, Invoice, InvoiceLine, TaxPart

_OF_PLAN = frozenset({"plan_fee", "agent", "commitment"})


class Credit(NamedTuple):
    """One line of a note."""

    line: InvoiceLine
    amount_micros: int
    taxes: list[TaxPart]


async def credit(
    tx: Tx, tenant: Tenant, invoice_id: UUID, asked: CreditNoteAsked, key: str, now: datetime
) -> CreditNote:
    """Issue a credit note at ``now`` (the account's time); the same key gives the note it gave before. ``tx`` is the lane's.
    Raises NotFound, ExceedsLine, InvalidInput."""
    await ledger.lock(tx, tenant.lane, [tenant.account_id])
    known: UUID | None = await tx.fetchval(
        "SELECT id FROM credit_notes WHERE lane = $1 AND account_id = $2 AND key = $3",
        tenant.lane,
        tenant.account_id,
        key,
    )
    if known is not None:
        note = await queries.credit_note(tx, tenant, known)
        assert note is not None
        return note
    invoice = await queries.invoice(tx, tenant, invoice_id)
    if invoice is None:
        raise NotFound("This invoice does not exist.")
    lines = credits_of(invoice, asked.lines)
    return await _write(tx, tenant, invoice, lines, asked.reason, key, now)


def credits_of(invoice: Invoice, asked: Sequence[CreditAsked]) -> list[Credit]:
    """What a note takes back of each line, with tax at the rate of then. Pure. Raises ExceedsLine, InvalidInput."""
    numbers = [one.line_n for one in asked]
    if len(set(numbers)) != len(numbers):
        raise InvalidInput("A line is named twice.", fields=[("lines", "named twice")])
    lines = {line.n: line for line in invoice.lines}
    coin = rules.coin_micros(invoice.currency)
    credited: dict[int, int] = defaultdict(int)
    for note in invoice.credit_notes:
        for line in note.lines:
            credited[line.line_n] += line.amount_micros
    return [_credit(lines.get(one.line_n), one, credited[one.line_n], coin, invoice.currency) for one in asked]


def _credit(line: InvoiceLine | None, asked: CreditAsked, before: int, coin: int, currency: str) -> Credit:
    if line is None:
        raise InvalidInput(f"The invoice has no line {asked.line_n}.", fields=[("lines", "no such line")])
    left = line.amount_micros - before
    amount = left if asked.amount_micros is None else asked.amount_micros
    if amount <= 0 or amount > left:
        raise ExceedsLine(
            f"Line {line.n} has {decimal_text(max(0, left))} {currency} left to credit, of {decimal_text(line.amount_micros)}.",
            line_n=line.n,
            left_micros=max(0, left),
        )
    if amount % coin:
        raise InvalidInput(
            f"{currency} has no smaller coin than {decimal_text(coin, 0)}.", fields=[("lines", "too fine")]
        )
    taxes = [
        msgspec.structs.replace(
            part,
            # From the sums before and after: notes that together take a whole line back take exactly its tax back.
            amount_micros=rules.tax_on(before + amount, part.rate_ppm, coin)
            - rules.tax_on(before, part.rate_ppm, coin),
        )
        for part in line.taxes
    ]
    return Credit(line, amount, taxes)


def taken_from(lines: Sequence[Credit]) -> Mapping[str, int]:
    """The accounts of the book that earned what the note gives back."""
    found: dict[str, int] = defaultdict(int)
    for line in lines:
        found[REVENUE_PLAN if line.line.meter in _OF_PLAN else REVENUE_USAGE] += line.amount_micros
        for part in line.taxes:
            found[TAX_PAYABLE + part.type] += part.amount_micros
    return {code: amount for code, amount in found.items() if amount}


async def _write(
    tx: Tx, tenant: Tenant, invoice: Invoice, lines: Sequence[Credit], reason: str, key: str, now: datetime
) -> CreditNote:
    note_id = new_id()
    net = sum(line.amount_micros for line in lines)
    tax = sum(part.amount_micros for line in lines for part in line.taxes)
    reason = " ".join(reason.split())
    transaction_id = await give_back(
        tx,
        tenant,
        taken_from(lines),
        f"issue:{note_id}",
        ("credit_note", note_id),
        f"Credit note on invoice {invoice.number}: {reason}",
        now,
    )
    seller = await parties.seller(tx) or parties.SANDBOX_SELLER
    on = issue_day(seller, now)
    number = await give_number(tx, tenant, seller, note_id, on, sandbox=invoice.sandbox, credit_note=True)
    await tx.execute(
        "INSERT INTO credit_notes (lane, account_id, id, number, invoice_id, key, reason, currency, net_micros, tax_micros,"
        " total_micros, transaction_id, issued_at, issued_on)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tenant.lane,
        tenant.account_id,
        *(note_id, number, invoice.id, key, reason, invoice.currency, net, tax, net + tax, transaction_id, now, on),
    )
    await tx.execute(
        "INSERT INTO credit_note_lines (lane, account_id, credit_note_id, invoice_id, line_n, amount_micros, taxes)"
        " SELECT $1, $2, $3, $4, n, a, t::jsonb FROM unnest($5::integer[], $6::bigint[], $7::text[]) AS l (n, a, t)",
        tenant.lane,
        tenant.account_id,
        note_id,
        invoice.id,
        [line.line.n for line in lines],
        [line.amount_micros for line in lines],
        [msgspec.json.encode(line.taxes).decode() for line in lines],
    )
    await tx.execute(
        "INSERT INTO invoice_paperwork (lane, account_id, id, kind) VALUES ($1, $2, $3, 'credit_note')",
        tenant.lane,
        tenant.account_id,
        note_id,
    )
    tx.wake(JOB, tenant.lane)
    note = await queries.credit_note(tx, tenant, note_id)
    assert note is not None
    return note
