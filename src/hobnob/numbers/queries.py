"""The numbers room's reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from hobnob.kernel.errors import NotFound
from hobnob.kernel.identity import format_phone
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Row, Tx
from hobnob.platform.http import Problem

from .types import Number, NumberRef

NUMBERS_MAX = 100
_REF = "id, account_id, waba_id, phone, country, phone_number_id, status, throughput_per_second"


async def numbers(tx: Tx, tenant: Tenant) -> list[Row]:
    return await tx.fetch(
        "SELECT * FROM numbers WHERE lane = $1 AND account_id = $2 ORDER BY created_at, id LIMIT $3",
        tenant.lane,
        tenant.account_id,
        NUMBERS_MAX,
    )


async def number(tx: Tx, tenant: Tenant, number_id: UUID, *, lock: bool = False) -> Row:
    """One number. Raises NotFound."""
    row = await tx.fetchrow(
        f"SELECT * FROM numbers WHERE lane = $1 AND account_id = $2 AND id = $3{' FOR UPDATE' if lock else ''}",
        tenant.lane,
        tenant.account_id,
        number_id,
    )
    if row is None:
        raise NotFound("This number does not exist.")
    return row


async def number_by_phone(tx: Tx, tenant: Tenant, phone: str) -> Row | None:
    return await tx.fetchrow(
        "SELECT * FROM numbers WHERE lane = $1 AND account_id = $2 AND phone = $3",
        tenant.lane,
        tenant.account_id,
        phone,
    )


async def ids(tx: Tx, tenant: Tenant) -> list[UUID]:
    rows = await tx.fetch(
        "SELECT id FROM numbers WHERE lane = $1 AND account_id = $2 LIMIT $3",
        tenant.lane,
        tenant.account_id,
        NUMBERS_MAX,
    )
    return [row["id"] for row in rows]


async def refs(tx: Tx, lane: int, ids: Sequence[UUID]) -> dict[UUID, NumberRef]:
    rows = await tx.fetch(f"SELECT {_REF} FROM numbers WHERE lane = $1 AND id = ANY ($2::uuid[])", lane, list(ids))
    return {row["id"]: NumberRef(**dict(row)) for row in rows}


async def ref(tx: Tx, tenant: Tenant, number_id: UUID) -> NumberRef | None:
    row = await tx.fetchrow(
        f"SELECT {_REF} FROM numbers WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        number_id,
    )
    return NumberRef(**dict(row)) if row else None


async def refs_by_phone_number_id(
    tx: Tx, lane: int, accounts: Sequence[UUID], phone_number_ids: Sequence[str]
) -> dict[tuple[UUID, str], NumberRef]:
    rows = await tx.fetch(
        f"SELECT {_REF} FROM numbers JOIN unnest($2::uuid[], $3::text[]) AS asked (account, pnid)"
        " ON account_id = asked.account AND phone_number_id = asked.pnid WHERE lane = $1",
        lane,
        list(accounts),
        list(phone_number_ids),
    )
    return {(row["account_id"], row["phone_number_id"]): NumberRef(**dict(row)) for row in rows}


async def waba_of(tx: Tx, tenant: Tenant) -> str | None:
    found: str | None = await tx.fetchval(
        "SELECT external_id FROM routes WHERE kind = 'waba' AND account_id = $1 ORDER BY external_id LIMIT 1",
        tenant.account_id,
    )
    return found


def view(row: Row) -> Number:
    """A row as the dashboard shows it."""
    fields: dict[str, Any] = {name: row[name] for name in Number.__struct_fields__ if name in _STORED}
    return Number(
        **fields,
        phone_formatted=format_phone(row["phone"]),
        last_error=msgspec.convert(row["last_error"], Problem) if row["last_error"] else None,
    )


_STORED = frozenset(Number.__struct_fields__) - {"phone_formatted", "last_error"}
