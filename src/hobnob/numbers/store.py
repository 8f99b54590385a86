"""The numbers room's writes, one small transaction each, with the event that tells the browsers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import structlog

from hobnob.kernel.errors import HobnobError
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Database, Row, Tx
from hobnob.platform.http import problem_of

from . import queries
from .events import NumberChanged
from .types import Number

log = structlog.get_logger()

_SETTABLE = frozenset(
    {
        "phone_number_id",
        "status",
        "code_method",
        "code_sent_at",
        "code_expires_at",
        "next_code_at",
        "code_tries",
        "pin_encrypted",
        "quality",
        "throughput_per_second",
        "verified_at",
        "registered_at",
        "connected_at",
        "last_error",
        "display_name",
    }
)


async def change(tx: Tx, tenant: Tenant, number_id: UUID, **values: Any) -> Number:
    """Set columns of a number, tell the browsers, and answer with the number as it is now."""
    assert values.keys() <= _SETTABLE
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(values, 4))
    row = await tx.fetchrow(
        f"UPDATE numbers SET {sets}, version = version + 1 WHERE lane = $1 AND account_id = $2 AND id = $3 RETURNING *",
        tenant.lane,
        tenant.account_id,
        number_id,
        *values.values(),
    )
    assert row is not None
    number = queries.view(row)
    tx.emit(tenant.account_id, NumberChanged(number))
    return number


async def read(database: Database, tenant: Tenant, number_id: UUID) -> Row:
    """The number's row now. Raises NotFound."""
    async with database.account(tenant) as tx:
        return await queries.number(tx, tenant, number_id)


async def note_error(database: Database, tenant: Tenant, number_id: UUID, error: HobnobError, **values: Any) -> None:
    """Keep why a step failed, so that the page says it after a reload too."""
    problem = msgspec.to_builtins(problem_of(error))
    async with database.account(tenant) as tx:
        try:
            await queries.number(tx, tenant, number_id)
        except HobnobError:
            log.info("number_gone", number_id=str(number_id))
            return
        await change(tx, tenant, number_id, last_error=problem, **values)
