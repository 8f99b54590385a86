"""The statement of one credit block: everything that was taken from it and given back."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from hobnob.billing.queries import describe
from hobnob.billing.types import StatementKind
from hobnob.kernel.errors import InvalidInput, NotFound
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

from .types import BlockLine, BlockStatement


async def statement(tx: Tx, tenant: Tenant, block_id: UUID, after: str | None, limit: int) -> BlockStatement:
    """A page of it, newest first. Raises NotFound, and InvalidInput for a cursor that is none."""
    block = await tx.fetchrow(
        "SELECT id, kind, reason, amount_micros, remaining_micros, priority, effective_at, expires_at FROM credit_blocks"
        " WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        block_id,
    )
    if block is None:
        raise NotFound("This credit does not exist.")
    last = _cursor(after) if after else None
    rows = await tx.fetch(
        "SELECT m.transaction_id, m.n, m.amount_micros, t.recorded_at AS at, t.kind, t.source_type, t.source_id, c.rule"
        " FROM block_movements m JOIN ledger_transactions t ON t.lane = m.lane AND t.id = m.transaction_id"
        " LEFT JOIN charges c ON c.lane = t.lane AND c.account_id = t.account_id AND c.id = t.source_id"
        "  AND t.source_type = 'charge'"
        " WHERE m.lane = $1 AND m.account_id = $2 AND m.block_id = $3"
        " AND ($4::uuid IS NULL OR (m.transaction_id, m.n) < ($4, $5::smallint))"
        " ORDER BY m.transaction_id DESC, m.n DESC LIMIT $6",
        tenant.lane,
        tenant.account_id,
        block_id,
        last and last[0],
        last and last[1],
        limit + 1,
    )
    shown = rows[:limit]
    lines = [
        BlockLine(
            transaction_id=row["transaction_id"],
            at=row["at"],
            kind=cast("StatementKind", row["kind"]),
            description=row["rule"] or describe(row["kind"]),
            amount_micros=row["amount_micros"],
            charge_id=row["source_id"] if row["source_type"] == "charge" else None,
        )
        for row in shown
    ]
    more = f"{shown[-1]['transaction_id']}.{shown[-1]['n']}" if len(rows) > limit else None
    return BlockStatement(**dict(block), items=lines, next=more)


def _cursor(text: str) -> tuple[UUID, int]:
    key, _, n = text.partition(".")
    try:
        return UUID(key), int(n) if n.isascii() and n.isdigit() and len(n) < 5 else int("")
    except ValueError:
        hint = "This page address is not valid: start again from the first page."
        raise InvalidInput(hint, fields=[("after", "bad")]) from None
