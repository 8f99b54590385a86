"""Numbers of documents: without a gap in each series, which is a seller's kind of document in a fiscal year."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

from .rules import fiscal_year
from .types import Seller

SANDBOX_PREFIX = "TEST"
CREDIT_SANDBOX_PREFIX = "TCRN"


def issue_day(seller: Seller, at: datetime) -> date:
    """The date on a document issued at a moment: that of the seller's time zone, so that dates follow numbers."""
    return at.astimezone(ZoneInfo(seller.time_zone)).date()


async def give_number(
    tx: Tx, tenant: Tenant, seller: Seller, document_id: UUID, on: date, *, sandbox: bool, credit_note: bool = False
) -> str:
    """The next number of the series, such as INV/26-27/000001. The series is locked until the transaction ends: a number
    whose document is rolled back is given again. Called last, after the wallet's lock, so that nobody waits in a circle."""
    prefix = seller.credit_prefix if credit_note else seller.prefix
    if sandbox:
        prefix = CREDIT_SANDBOX_PREFIX if credit_note else SANDBOX_PREFIX
    year = fiscal_year(on, seller.year_starts)
    # The prefix is a part of the series: a seller that changes it begins a new one, with numbers of its own.
    series = f"{seller.code}/{'credit_note' if credit_note else 'invoice'}/{prefix}/{year}"
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 11))", series)
    n = await tx.fetchval("SELECT coalesce(max(n), 0) + 1 FROM document_numbers WHERE series = $1", series)
    code = "" if seller.code == "main" else f"{seller.code}-"
    number = f"{code}{prefix}/{year}/{n:06d}"
    await tx.execute(
        "INSERT INTO document_numbers (series, n, number, lane, account_id, document_id) VALUES ($1, $2, $3, $4, $5, $6)",
        series,
        n,
        number,
        tenant.lane,
        tenant.account_id,
        document_id,
    )
    return number
