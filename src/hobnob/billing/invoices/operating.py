"""What the operator's commands have to find before they know whose it is."""

from __future__ import annotations

from uuid import UUID

from hobnob.kernel.errors import NotFound
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import ROLE_WORK, Database


async def find_invoice(database: Database, number: str) -> tuple[Tenant, UUID]:
    """Whose a numbered document is, and its id. Raises NotFound."""
    async with database.unscoped(ROLE_WORK) as tx:
        row = await tx.fetchrow(
            "SELECT lane, account_id, document_id FROM document_numbers WHERE number = $1", number.strip()
        )
    if row is None:
        raise NotFound(f"No invoice has the number {number!r}.")
    return Tenant(row["account_id"], row["lane"]), row["document_id"]


async def find_account(database: Database, account_id: UUID) -> Tenant:
    """The lane an account lives in. Raises NotFound."""
    async with database.unscoped() as tx:
        lane = await tx.fetchval("SELECT lane FROM sign_ins WHERE account_id = $1 LIMIT 1", account_id)
    if lane is None:
        raise NotFound(f"There is no account {account_id}.")
    return Tenant(account_id, lane)
