"""Reads of invoices, credit notes and their documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from hobnob.kernel.ids import Tenant
from hobnob.kernel.pages import Cursor
from hobnob.platform.database import Row, Tx

from .rules import month_after, tax_totals
from .types import CreditNote, CreditNoteLine, Invoice, InvoiceBrief, InvoiceLine, Party, TaxPart

_BRIEF = (
    "SELECT i.id, i.number, i.month, i.currency, i.net_micros, i.tax_micros, i.total_micros,"
    " coalesce((SELECT sum(c.total_micros) FROM credit_notes c WHERE c.lane = i.lane AND c.account_id = i.account_id"
    "  AND c.invoice_id = i.id), 0)::bigint AS credited_micros, i.issued_at, i.issued_on, i.sandbox FROM invoices i"
)


async def invoices(tx: Tx, tenant: Tenant, *, after: Cursor | None, limit: int) -> list[InvoiceBrief]:
    """Issued invoices, newest first."""
    rows = await tx.fetch(
        f"{_BRIEF} WHERE i.lane = $1 AND i.account_id = $2 AND ($3::timestamptz IS NULL OR (i.issued_at, i.id) < ($3, $4))"
        " ORDER BY i.issued_at DESC, i.id DESC LIMIT $5",
        tenant.lane,
        tenant.account_id,
        after.at if after else None,
        after.id if after else None,
        limit,
    )
    return [InvoiceBrief(**dict(row)) for row in rows]


async def invoice_of_month(tx: Tx, tenant: Tenant, month: date) -> UUID | None:
    found: UUID | None = await tx.fetchval(
        "SELECT id FROM invoices WHERE lane = $1 AND account_id = $2 AND month = $3",
        tenant.lane,
        tenant.account_id,
        month,
    )
    return found


async def invoice(tx: Tx, tenant: Tenant, invoice_id: UUID) -> Invoice | None:
    """An issued invoice with its lines, taxes and credit notes."""
    row = await tx.fetchrow(
        "SELECT * FROM invoices WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        invoice_id,
    )
    if row is None:
        return None
    lines = await _lines(tx, tenant, invoice_id)
    notes = await _credit_notes(tx, tenant, "n.invoice_id = $3", invoice_id)
    return Invoice(
        state="issued",
        id=row["id"],
        number=row["number"],
        month=row["month"],
        first_day=row["month"],
        last_day=month_after(row["month"]) - timedelta(days=1),
        currency=row["currency"],
        lines=lines,
        charged_micros=row["charged_micros"],
        net_micros=row["net_micros"],
        rounding_micros=row["net_micros"] - row["charged_micros"],
        taxes=tax_totals(lines),
        tax_micros=row["tax_micros"],
        total_micros=row["total_micros"],
        seller=msgspec.convert(row["seller"], Party),
        buyer=msgspec.convert(row["buyer"], Party),
        place_of_supply=row["place_of_supply"],
        notes=row["notes"],
        time_zone=row["time_zone"],
        sandbox=row["sandbox"],
        issued_at=row["issued_at"],
        issued_on=row["issued_on"],
        credit_notes=notes,
        credited_micros=sum(note.total_micros for note in notes),
    )


async def credit_note(tx: Tx, tenant: Tenant, id: UUID) -> CreditNote | None:
    found = await _credit_notes(tx, tenant, "n.id = $3", id)
    return found[0] if found else None


async def document(tx: Tx, tenant: Tenant, id: UUID) -> tuple[bytes, bytes] | None:
    """The kept PDF of an invoice or a credit note, and its SHA-256."""
    row = await tx.fetchrow(
        "SELECT pdf, sha256 FROM invoice_documents WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        id,
    )
    return (row["pdf"], row["sha256"]) if row else None


async def _lines(tx: Tx, tenant: Tenant, invoice_id: UUID) -> list[InvoiceLine]:
    args = (tenant.lane, tenant.account_id, invoice_id)
    taxes: dict[int, list[TaxPart]] = defaultdict(list)
    for row in await tx.fetch(
        "SELECT line_n, type, name, rate_ppm, amount_micros FROM invoice_taxes"
        " WHERE lane = $1 AND account_id = $2 AND invoice_id = $3 ORDER BY line_n, type",
        *args,
    ):
        taxes[row["line_n"]].append(TaxPart(row["type"], row["name"], row["rate_ppm"], row["amount_micros"]))
    columns = [name for name in InvoiceLine.__struct_fields__ if name != "taxes"]
    rows = await tx.fetch(
        f"SELECT {', '.join(columns)} FROM invoice_lines WHERE lane = $1 AND account_id = $2 AND invoice_id = $3 ORDER BY n",
        *args,
    )
    return [InvoiceLine(**dict(row), taxes=taxes[row["n"]]) for row in rows]


async def _credit_notes(tx: Tx, tenant: Tenant, which: str, id: UUID) -> list[CreditNote]:
    args = (tenant.lane, tenant.account_id, id)
    rows = await tx.fetch(
        "SELECT n.id, n.number, n.invoice_id, i.number AS invoice_number, n.reason, n.currency, n.net_micros, n.tax_micros,"
        " n.total_micros, n.issued_at, n.issued_on FROM credit_notes n JOIN invoices i ON i.lane = n.lane"
        f" AND i.id = n.invoice_id WHERE n.lane = $1 AND n.account_id = $2 AND {which} ORDER BY n.id",
        *args,
    )
    lines: dict[UUID, list[CreditNoteLine]] = defaultdict(list)
    for line in await _note_lines(tx, tenant, [row["id"] for row in rows]):
        lines[line["credit_note_id"]].append(
            CreditNoteLine(
                line["line_n"],
                line["description"],
                line["amount_micros"],
                msgspec.convert(line["taxes"], list[TaxPart]),
            )
        )
    return [CreditNote(**dict(row), lines=lines[row["id"]]) for row in rows]


async def _note_lines(tx: Tx, tenant: Tenant, ids: Sequence[UUID]) -> list[Row]:
    if not ids:
        return []
    return await tx.fetch(
        "SELECT c.credit_note_id, c.line_n, l.description, c.amount_micros, c.taxes FROM credit_note_lines c"
        " JOIN invoice_lines l ON l.lane = c.lane AND l.invoice_id = c.invoice_id AND l.n = c.line_n"
        " WHERE c.lane = $1 AND c.account_id = $2 AND c.credit_note_id = ANY ($3::uuid[]) ORDER BY c.line_n",
        tenant.lane,
        tenant.account_id,
        ids,
    )
