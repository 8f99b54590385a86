"""Rows of payments and refunds: what is stored of them, read and written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from hobnob.billing.queries import PAYMENT_COLUMNS
from hobnob.billing.types import Payment, PaymentState
from hobnob.kernel.ids import Tenant
from hobnob.kernel.pages import Cursor
from hobnob.platform.database import Tx

from .types import PaymentEvent, Refund

JOB = "payments"
CHECK_MAX_S = 6 * 3600
PAYMENTS_AT_ONCE_MAX = 10


class PaymentRow(NamedTuple):
    """A payment as those who move it need it. ``age_s``: since it was asked for, by the database's clock."""

    id: UUID
    idempotency_key: str
    method: str
    state: PaymentState
    amount_micros: int
    currency: str
    auto: bool
    card_id: UUID | None
    save_card: bool
    gateway_payment: str | None
    block_id: UUID | None
    refunded_micros: int
    disputed_micros: int
    age_s: float


_ROW = ", ".join(PaymentRow._fields[:-1]) + ", extract(epoch FROM now() - requested_at)::float8 AS age_s"
_REFUND = ", ".join(Refund.__struct_fields__)


async def lock_wallet(tx: Tx, tenant: Tenant) -> None:
    """What hangs on the wallet (cards, rules, settings) changes under its lock, taken before any other."""
    await tx.execute(
        "SELECT FROM wallets WHERE lane = $1 AND account_id = $2 FOR NO KEY UPDATE", tenant.lane, tenant.account_id
    )


async def add(tx: Tx, tenant: Tenant, row: PaymentRow, created_at: datetime, check_in_s: float) -> bool:
    """A payment that is about to be made; False when its key, or another automatic one, stands already."""
    added = await tx.execute(
        "INSERT INTO payments (lane, account_id, id, idempotency_key, method, state, amount_micros, currency, auto, card_id,"
        " save_card, created_at, check_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, now() + $13::interval)"
        " ON CONFLICT DO NOTHING",
        tenant.lane,
        tenant.account_id,
        *row[:9],
        created_at,
        timedelta(seconds=check_in_s),
    )
    return bool(added)


async def row(tx: Tx, tenant: Tenant, payment_id: UUID, *, lock: bool = False) -> PaymentRow | None:
    """One payment. Locking comes after the wallet's lock."""
    return await _one(tx, tenant, "id = $3" + (" FOR NO KEY UPDATE" if lock else ""), payment_id)


async def by_key(tx: Tx, tenant: Tenant, key: str) -> PaymentRow | None:
    return await _one(tx, tenant, "idempotency_key = $3", key)


async def by_gateway(tx: Tx, tenant: Tenant, method: str, gateway_payment: str) -> PaymentRow | None:
    return await _one(tx, tenant, "method = $3 AND gateway_payment = $4", method, gateway_payment)


async def _one(tx: Tx, tenant: Tenant, where: str, *args: Any) -> PaymentRow | None:
    found = await tx.fetchrow(
        f"SELECT {_ROW} FROM payments WHERE lane = $1 AND account_id = $2 AND {where}",
        tenant.lane,
        tenant.account_id,
        *args,
    )
    return PaymentRow(*found) if found else None


async def started(tx: Tx, tenant: Tenant, payment_id: UUID, gateway_payment: str) -> bool:
    """Note the gateway's id. False when the payment was given up meanwhile: then its card must not be charged."""
    noted = await tx.execute(
        "UPDATE payments SET gateway_payment = $4 WHERE lane = $1 AND account_id = $2 AND id = $3"
        " AND state IN ('pending', 'requires_action') AND (gateway_payment IS NULL OR gateway_payment = $4)",
        tenant.lane,
        tenant.account_id,
        payment_id,
        gateway_payment,
    )
    return bool(noted)


async def change(tx: Tx, tenant: Tenant, payment_id: UUID, **columns: Any) -> Payment:
    """Set columns of a payment and tell the browsers; answers what it is now."""
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 4))
    found = await tx.fetchrow(
        f"UPDATE payments SET {sets}, version = version + 1 WHERE lane = $1 AND account_id = $2 AND id = $3"
        f" RETURNING {PAYMENT_COLUMNS}",
        tenant.lane,
        tenant.account_id,
        payment_id,
        *columns.values(),
    )
    assert found is not None
    payment = Payment(**dict(found))
    tx.emit(tenant.account_id, PaymentEvent(payment))
    return payment


async def done_asking(tx: Tx, tenant: Tenant, payment_id: UUID) -> None:
    """Nothing more can come of a payment at the gateway."""
    await tx.execute(
        "UPDATE payments SET check_at = NULL WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        payment_id,
    )


async def view(tx: Tx, tenant: Tenant, payment_id: UUID) -> Payment | None:
    found = await tx.fetchrow(
        f"SELECT {PAYMENT_COLUMNS} FROM payments WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        payment_id,
    )
    return Payment(**dict(found)) if found else None


async def views(tx: Tx, tenant: Tenant, after: Cursor | None, limit: int) -> list[Payment]:
    """Newest first."""
    rows = await tx.fetch(
        f"SELECT {PAYMENT_COLUMNS} FROM payments WHERE lane = $1 AND account_id = $2"
        " AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))"
        " ORDER BY created_at DESC, id DESC LIMIT $5",
        tenant.lane,
        tenant.account_id,
        after and after.at,
        after and after.id,
        limit,
    )
    return [Payment(**dict(one)) for one in rows]


async def in_force(tx: Tx, tenant: Tenant) -> list[PaymentRow]:
    """Payments whose credit is not all spent."""
    rows = await tx.fetch(
        f"SELECT {', '.join('p.' + name for name in PaymentRow._fields[:-1])}, 0::float8 AS age_s"
        " FROM credit_blocks b JOIN payments p ON p.lane = b.lane AND p.account_id = b.account_id AND p.block_id = b.id"
        " WHERE b.lane = $1 AND b.account_id = $2 AND b.remaining_micros > 0 ORDER BY p.created_at, p.id",
        tenant.lane,
        tenant.account_id,
    )
    return [PaymentRow(*one) for one in rows]


async def take_due(tx: Tx, lane: int, table: str, wait_s: float) -> list[tuple[UUID, UUID]]:
    """Accounts and ids of what is to be asked for now. Asking is put off at once, longer each time, so that neither a
    crash nor a gateway in trouble makes it a storm."""
    rows = await tx.fetch(
        f"UPDATE {table} SET checks = checks + 1, check_at = now() + least($3 * 2 ^ least(checks, 20), $4) * interval '1 second'"
        f" WHERE lane = $1 AND id IN (SELECT id FROM {table} WHERE lane = $1 AND check_at <= now()"
        "  ORDER BY check_at LIMIT $2) RETURNING account_id, id",
        lane,
        PAYMENTS_AT_ONCE_MAX,
        wait_s,
        float(CHECK_MAX_S),
    )
    return [(one["account_id"], one["id"]) for one in rows]


async def refund_view(tx: Tx, tenant: Tenant, refund_id: UUID) -> Refund | None:
    found = await tx.fetchrow(
        f"SELECT {_REFUND} FROM refunds WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        refund_id,
    )
    return Refund(**dict(found)) if found else None
