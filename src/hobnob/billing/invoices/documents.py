"""The paper of what was issued: made once, kept with its SHA-256, and sent by e-mail."""

from __future__ import annotations

import asyncio
import hashlib
from typing import NamedTuple
from uuid import UUID

from hobnob.billing.explain import day_text
from hobnob.kernel.ids import Tenant
from hobnob.platform import mail
from hobnob.platform.database import Tx

from . import parties, queries
from .paper import credit_note_pdf, invoice_pdf, renderer
from .rules import span_text
from .types import CreditNote, Invoice


class Document(NamedTuple):
    """A PDF and the name to save it by."""

    pdf: bytes
    sha256: bytes
    filename: str


class Waiting(NamedTuple):
    """Paperwork of a lane that is still to be done."""

    account_id: UUID
    id: UUID
    kind: str


async def invoice_document(tx: Tx, tenant: Tenant, invoice: Invoice) -> Document:
    """The kept PDF of an issued invoice; made and kept first when nobody asked before."""
    assert invoice.id is not None
    name = _filename(invoice.number or "")
    kept = await queries.document(tx, tenant, invoice.id)
    if kept is None:
        kept = await _keep(tx, tenant, invoice.id, await asyncio.to_thread(invoice_pdf, invoice))
    return Document(*kept, name)


async def credit_note_document(tx: Tx, tenant: Tenant, note: CreditNote) -> Document:
    """The same of a credit note."""
    kept = await queries.document(tx, tenant, note.id)
    if kept is None:
        invoice = await queries.invoice(tx, tenant, note.invoice_id)
        assert invoice is not None
        kept = await _keep(tx, tenant, note.id, await asyncio.to_thread(credit_note_pdf, note, invoice))
    return Document(*kept, _filename(note.number))


async def waiting(tx: Tx, lane: int) -> Waiting | None:
    """The oldest paperwork of a lane."""
    row = await tx.fetchrow(
        "SELECT account_id, id, kind FROM invoice_paperwork WHERE lane = $1 ORDER BY id LIMIT 1", lane
    )
    return Waiting(**dict(row)) if row else None


async def finish(tx: Tx, lane: int, work: Waiting) -> None:
    """Keep a document and queue its letter."""
    tenant = Tenant(work.account_id, lane)
    if work.kind == "invoice":
        invoice = await queries.invoice(tx, tenant, work.id)
        assert invoice is not None
        await _send(
            tx, tenant, f"invoice:{work.id}", *_invoice_letter(invoice), await invoice_document(tx, tenant, invoice)
        )
    else:
        note = await queries.credit_note(tx, tenant, work.id)
        assert note is not None
        await _send(
            tx, tenant, f"credit_note:{work.id}", *_note_letter(note), await credit_note_document(tx, tenant, note)
        )
    await tx.execute("DELETE FROM invoice_paperwork WHERE lane = $1 AND id = $2", lane, work.id)


async def _keep(tx: Tx, tenant: Tenant, document_id: UUID, pdf: bytes) -> tuple[bytes, bytes]:
    digest = hashlib.sha256(pdf).digest()
    await tx.execute(
        "INSERT INTO invoice_documents (lane, account_id, id, pdf, sha256, renderer) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT DO NOTHING",
        tenant.lane,
        tenant.account_id,
        document_id,
        pdf,
        digest,
        renderer(),
    )
    kept = await queries.document(tx, tenant, document_id)
    assert kept is not None
    return kept


async def _send(tx: Tx, tenant: Tenant, key: str, subject: str, body: str, document: Document) -> None:
    recipient = await parties.invoice_address(tx, tenant)
    if recipient:
        attachment = (document.filename, "application/pdf", document.pdf)
        await mail.queue(tx, tenant, key, mail.Letter(recipient, subject, body, attachment))


def _invoice_letter(invoice: Invoice) -> tuple[str, str]:
    period = span_text(invoice.first_day, invoice.last_day)
    body = (
        f"Attached is invoice {invoice.number} for {period}.\n\n"
        "It was paid from your credit: there is nothing to transfer. Every charge behind it, with the chat and the rule, is on\n"
        "the Billing page.\n"
    )
    return f"Invoice {invoice.number} for {period}", body


def _note_letter(note: CreditNote) -> tuple[str, str]:
    body = (
        f"Attached is credit note {note.number} of {day_text(note.issued_on)} on invoice {note.invoice_number}: {note.reason}\n\n"
        "The amount is in your credit.\n"
    )
    return f"Credit note {note.number} on invoice {note.invoice_number}", body


def _filename(number: str) -> str:
    return f"{number.replace('/', '-')}.pdf"
