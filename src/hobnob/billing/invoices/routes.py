"""Invoices, profile, what-if and the comparison of plans, over HTTP. For owners and admins."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from hobnob.billing.history.prices import CARD
from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import Forbidden, InvalidInput, NotFound
from hobnob.kernel.pages import Page, decode_cursor, page_limit, page_of
from hobnob.platform.database import Database, Tx
from hobnob.platform.http import problems
from hobnob.team import actions as team
from hobnob.team.types import Session

from . import documents, issue, parties, queries
from .compare import compare
from .errors import OperatorOnly
from .sheet import invoice_csv
from .types import (
    CreditNote,
    Drafts,
    Invoice,
    InvoiceBrief,
    PlanComparison,
    Profile,
    ProfileChange,
    WhatIf,
)
from .what_if import REQUEST_MAX_COUNT, what_if

After = Annotated[str | None, QueryParameter(name="after", description="`next` of the page before")]
Limit = Annotated[int | None, QueryParameter(name="limit", description="1 to 100; 30 if left out")]
OfMonth = Annotated[str, QueryParameter(name="month", description="A calendar month of the account, such as 2026-10")]
PRIVATE = {"Cache-Control": "no-store"}


@get("/invoices", summary="Issued invoices", responses=problems(401, 403, 422))
async def list_invoices(
    session: NamedDependency[Session], database: NamedDependency[Database], after: After = None, limit: Limit = None
) -> Page[InvoiceBrief]:
    """Newest first. One a calendar month of the account's time zone, issued two days after its end."""
    _see_money(session)
    count = page_limit(limit)
    async with database.account(session.tenant) as tx:
        found = await queries.invoices(tx, session.tenant, after=decode_cursor(after), limit=count + 1)
    return page_of(found, count, lambda invoice: (invoice.issued_at, invoice.id))


@get("/invoices/drafts", summary="Drafts of the months that are not invoiced yet", responses=problems(401, 403))
async def get_drafts(
    session: NamedDependency[Session], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> Drafts:
    """Computed now, in the way they will be issued, oldest first: the running month last, and before it a month that is still
    open for what is reported late. `due_at` says when each will be issued."""
    _see_money(session)
    async with database.account(session.tenant) as tx:
        return Drafts(await issue.drafts(tx, session.tenant, clock.now(session.clock_ahead_s)))


@get("/invoices/of-month", summary="A month's invoice, or its draft", responses=problems(401, 403, 404, 422))
async def get_invoice_of_month(
    month: OfMonth,
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Invoice:
    """The issued invoice of a month; for the running month, and while a month is not issued, the draft."""
    _see_money(session)
    first = _month(month)
    async with database.account(session.tenant) as tx:
        known = await queries.invoice_of_month(tx, session.tenant, first)
        if known is not None:
            return await _invoice(tx, session, known)
        drafts = await issue.drafts(tx, session.tenant, clock.now(session.clock_ahead_s))
    found = next((draft for draft in drafts if draft.month == first), None)
    if found is None:
        raise NotFound(f"There is no invoice for {month}: nothing was charged in it, or it has not begun.")
    return found


@get("/invoices/{invoice_id:uuid}", summary="An issued invoice", responses=problems(401, 403, 404))
async def get_invoice(
    invoice_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> Invoice:
    """With its lines, their taxes, and the credit notes on it. It never changes; credit notes may be added."""
    _see_money(session)
    async with database.account(session.tenant) as tx:
        return await _invoice(tx, session, invoice_id)


@get(
    "/invoices/{invoice_id:uuid}/pdf",
    summary="An invoice as PDF",
    responses=problems(401, 403, 404),
    media_type="application/pdf",
)
async def get_invoice_pdf(
    invoice_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> Response[bytes]:
    """The kept document: the same bytes each time. `X-Content-SHA256` is their SHA-256 in hexadecimal."""
    _see_money(session)
    async with database.account(session.tenant) as tx:
        return _file(await documents.invoice_document(tx, session.tenant, await _invoice(tx, session, invoice_id)))


@get(
    "/invoices/{invoice_id:uuid}/csv",
    summary="An invoice as CSV",
    responses=problems(401, 403, 404),
    media_type="text/csv",
)
async def get_invoice_csv(
    invoice_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> Response[bytes]:
    """A row for each line. Cells that a spreadsheet would run as formulas are made text."""
    _see_money(session)
    async with database.account(session.tenant) as tx:
        invoice = await _invoice(tx, session, invoice_id)
    name = (invoice.number or "invoice").replace("/", "-")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', **PRIVATE}
    return Response(invoice_csv(invoice), media_type="text/csv; charset=utf-8", headers=headers)


@post(
    "/invoices/{invoice_id:uuid}/credit-notes",
    summary="Credit notes are the operator's",
    responses=problems(401, 403, 404),
)
async def post_credit_note(
    invoice_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> None:
    """Always refused, with the reason: who pays an invoice cannot correct it. The operator runs `hobnob credit-note`."""
    _see_money(session)
    async with database.account(session.tenant) as tx:
        number = (await _invoice(tx, session, invoice_id)).number
    raise OperatorOnly(
        "A credit note is issued by who issued the invoice: ask the operator of this installation, who runs"
        f" `hobnob credit-note {number}`."
    )


@get("/credit-notes/{note_id:uuid}", summary="A credit note", responses=problems(401, 403, 404))
async def get_credit_note(
    note_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> CreditNote:
    """It names the invoice and its lines; the money is in the wallet."""
    _see_money(session)
    async with database.account(session.tenant) as tx:
        return await _note(tx, session, note_id)


@get(
    "/credit-notes/{note_id:uuid}/pdf",
    summary="A credit note as PDF",
    responses=problems(401, 403, 404),
    media_type="application/pdf",
)
async def get_credit_note_pdf(
    note_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> Response[bytes]:
    """The kept document, as for an invoice."""
    _see_money(session)
    async with database.account(session.tenant) as tx:
        return _file(await documents.credit_note_document(tx, session.tenant, await _note(tx, session, note_id)))


@get("/profile", summary="Who the invoices are for", responses=problems(401, 403))
async def get_profile(session: NamedDependency[Session], database: NamedDependency[Database]) -> Profile:
    """Empty, with version 0, until somebody fills it in: invoices then bear the account's name."""
    _see_money(session)
    async with database.account(session.tenant) as tx:
        return await parties.profile(tx, session.tenant)


@put("/profile", summary="Say who the invoices are for", responses=problems(401, 403, 422))
async def put_profile(
    data: JSONBody[ProfileChange], session: NamedDependency[Session], database: NamedDependency[Database]
) -> Profile:
    """For invoices from now on; issued ones keep what they say. A tax id is checked where its form is known (GSTIN, VAT
    numbers of the EU and others). Only the owner."""
    if session.role != "owner":
        raise Forbidden("Only the owner of the account can change who the invoices are for.")
    async with database.account(session.tenant) as tx:
        changed = await parties.change_profile(tx, session.tenant, data)
        agent = session.agent_id
        await team.audit(tx, session.tenant, "billing_profile.changed", "account", session.tenant.account_id, agent)
    return changed


@get("/what-if", summary="A month under another plan or rate card", responses=problems(401, 403, 409, 422))
async def get_what_if(
    month: OfMonth,
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    plan: Annotated[
        str | None, QueryParameter(name="plan", description="Such as plus; left out: the plans that were in force")
    ] = None,
    card: Annotated[str, QueryParameter(name="card", description="WhatsApp's rate card")] = CARD,
) -> WhatIf:
    """The messages of the month, rated again. With the plans that were in force it gives what the invoice says of
    conversations."""
    _see_money(session)
    first = _month(month)
    async with database.account(session.tenant) as tx:
        return await what_if(tx, session.tenant, first, plan=plan, card=card, max_count=REQUEST_MAX_COUNT)


@get("/plans/compare", summary="Every plan on your last 90 days", responses=problems(401, 403))
async def get_comparison(
    session: NamedDependency[Session], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> PlanComparison:
    """What each plan would have cost: its fee and extra agents by days, and the conversations that opened. The cheapest
    first."""
    _see_money(session)
    async with database.account(session.tenant) as tx:
        return await compare(tx, session.tenant, clock.now(session.clock_ahead_s))


def _see_money(session: Session) -> None:
    team.require_admin(session, "see invoices")


async def _invoice(tx: Tx, session: Session, invoice_id: UUID) -> Invoice:
    found = await queries.invoice(tx, session.tenant, invoice_id)
    if found is None:
        raise NotFound("This invoice does not exist.")
    return found


async def _note(tx: Tx, session: Session, note_id: UUID) -> CreditNote:
    found = await queries.credit_note(tx, session.tenant, note_id)
    if found is None:
        raise NotFound("This credit note does not exist.")
    return found


def _file(document: documents.Document) -> Response[bytes]:
    headers = {
        "Content-Disposition": f'inline; filename="{document.filename}"',
        "X-Content-SHA256": document.sha256.hex(),
        **PRIVATE,
    }
    return Response(document.pdf, media_type="application/pdf", headers=headers)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        hint = "Write a month such as 2026-10."
        raise InvalidInput(hint, fields=[("month", hint)]) from None


routers = [
    Router(
        "/api/billing",
        route_handlers=[
            list_invoices,
            get_drafts,
            get_invoice_of_month,
            get_invoice,
            get_invoice_pdf,
            get_invoice_csv,
            post_credit_note,
            get_credit_note,
            get_credit_note_pdf,
            get_profile,
            put_profile,
            get_what_if,
            get_comparison,
        ],
        tags=["Invoices"],
    )
]
