"""Credit that goes back to the card: by our wish, or made at the gateway by hand. A refund takes at most what its payment's
block has left; it is posted before the gateway is asked, so what is on its way back cannot be spent, and taken back by a
contrary posting if the gateway refuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from hobnob.billing import ledger, wallet
from hobnob.billing.book import Block, Source, Wallet
from hobnob.kernel.errors import NotFound
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import decimal_text
from hobnob.platform.database import Row, Tx

from . import entries, store
from .errors import NothingToRefund
from .gateway import RefundOrder, RefundSeen, minor_unit_micros
from .store import PaymentRow
from .types import Refund


class _Row(NamedTuple):
    """A new refund, as it is stored."""

    id: UUID
    payment_id: UUID
    idempotency_key: str
    state: str
    amount_micros: int
    currency: str
    reason: str
    transaction_id: UUID
    created_at: datetime


async def ask(
    tx: Tx, tenant: Tenant, payment_id: UUID, amount_micros: int | None, key: str, now: datetime, check_in_s: float
) -> Refund:
    """Set a refund aside; the same key again is the same refund. Without an amount: all that can go back. Raises
    NothingToRefund, NotFound, LedgerConflict."""
    held = await wallet.locked(tx, tenant, None, now)
    if (known := await _by_key(tx, tenant, key)) is not None:
        return known
    payment = await store.row(tx, tenant, payment_id, lock=True)
    if payment is None:
        raise NotFound("This payment does not exist.")
    block = held.blocks.get(payment.block_id) if payment.block_id else None
    amount = _refundable(payment, block, amount_micros)
    assert block is not None
    refund_id = new_id()
    source = Source("refund", f"refund:{refund_id}", "refund", refund_id, now, None, [amount, str(payment.id)])
    transaction = entries.refund(held, source, block, amount, f"cash.{payment.method}", now)
    await wallet.save(tx, tenant, held, now)
    row = _Row(refund_id, payment.id, key, "pending", amount, payment.currency, "asked for", transaction.id, now)
    await _insert(tx, tenant, row, check_in_s)
    await _count(tx, tenant, payment, amount)
    found = await store.refund_view(tx, tenant, refund_id)
    assert found is not None
    return found


async def order_of(tx: Tx, tenant: Tenant, refund_id: UUID) -> tuple[str, RefundOrder] | None:
    """Method and order of a refund that still waits for its gateway."""
    row = await tx.fetchrow(
        "SELECT p.method, coalesce(p.gateway_payment, p.id::text) AS gateway_payment, r.amount_micros, r.currency"
        " FROM refunds r JOIN payments p ON p.lane = r.lane AND p.account_id = r.account_id AND p.id = r.payment_id"
        " WHERE r.lane = $1 AND r.account_id = $2 AND r.id = $3 AND r.state = 'pending'",
        tenant.lane,
        tenant.account_id,
        refund_id,
    )
    if row is None:
        return None
    return row["method"], RefundOrder(refund_id, tenant, row["gateway_payment"], row["amount_micros"], row["currency"])


async def record(tx: Tx, tenant: Tenant, refund_id: UUID, seen: RefundSeen, now: datetime) -> None:
    """What became of a refund we asked for. A failure after success happens: banks send money back days later."""
    held = await wallet.locked(tx, tenant, None, now)
    row = await tx.fetchrow(
        "SELECT state, payment_id, amount_micros, transaction_id FROM refunds"
        " WHERE lane = $1 AND account_id = $2 AND id = $3 FOR NO KEY UPDATE",
        tenant.lane,
        tenant.account_id,
        refund_id,
    )
    if row is None or row["state"] == "failed":
        return
    if seen.state == "failed":
        await _undo(tx, tenant, held, refund_id, row, now)
    await tx.execute(
        "UPDATE refunds SET state = CASE WHEN state = 'succeeded' AND $4 = 'pending' THEN state ELSE $4 END,"
        " gateway_refund = coalesce(nullif($5, ''), gateway_refund), failure_reason = $6,"
        " check_at = CASE WHEN $4 = 'pending' THEN check_at END"
        " WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        refund_id,
        seen.state,
        seen.gateway_refund,
        seen.failure_reason,
    )


async def record_foreign(tx: Tx, tenant: Tenant, payment: PaymentRow, seen: RefundSeen, now: datetime) -> None:
    """A refund made at the gateway by hand: what the block has left goes, the rest is owed. Once per refund."""
    held = await wallet.locked(tx, tenant, None, now)
    current = await store.row(tx, tenant, payment.id, lock=True)
    key = f"gateway:{seen.gateway_refund}"
    row = await tx.fetchrow(
        "SELECT id, state, payment_id, amount_micros, transaction_id FROM refunds"
        " WHERE lane = $1 AND account_id = $2 AND idempotency_key = $3",
        tenant.lane,
        tenant.account_id,
        key,
    )
    assert current is not None
    if row is not None:
        await record(tx, tenant, row["id"], seen, now)
        return
    amount = min(seen.amount_micros, current.amount_micros - current.refunded_micros - current.disputed_micros)
    if seen.state == "failed" or amount <= 0 or current.block_id is None:
        return
    block = await block_of(tx, tenant, held, current.block_id)
    refund_id = new_id()
    source = Source("refund", f"refund:{refund_id}", "refund", refund_id, now, None, [amount, seen.gateway_refund])
    transaction = entries.claw_back(held, source, block, amount, f"cash.{current.method}", now)
    await wallet.save(tx, tenant, held, now)
    made = _Row(refund_id, payment.id, key, seen.state, amount, payment.currency, "at the gateway", transaction.id, now)
    await _insert(tx, tenant, made, None)
    await tx.execute(
        "UPDATE refunds SET gateway_refund = $4 WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        refund_id,
        seen.gateway_refund,
    )
    await _count(tx, tenant, current, amount)


async def block_of(tx: Tx, tenant: Tenant, held: Wallet, block_id: UUID) -> Block:
    """A payment's block, also when it is spent."""
    await ledger.load_block(tx, tenant.lane, held, block_id)
    return held.blocks[block_id]


async def listed(tx: Tx, tenant: Tenant, payment_id: UUID) -> list[Refund]:
    """Refunds of a payment, oldest first. There are few: each takes a part of it."""
    rows = await tx.fetch(
        f"SELECT {', '.join(Refund.__struct_fields__)} FROM refunds WHERE lane = $1 AND account_id = $2 AND payment_id = $3"
        " ORDER BY created_at, id LIMIT 100",
        tenant.lane,
        tenant.account_id,
        payment_id,
    )
    return [Refund(**dict(row)) for row in rows]


def _refundable(payment: PaymentRow, block: Block | None, wanted_micros: int | None) -> int:
    unit = minor_unit_micros(payment.currency)
    left = block.remaining_micros // unit * unit if block else 0
    wanted = left if wanted_micros is None else wanted_micros
    if payment.state != "succeeded" or left == 0:
        raise NothingToRefund("Nothing of this payment's credit is left: what was spent cannot be refunded.")
    if not 0 < wanted <= left or wanted % unit:
        raise NothingToRefund(
            f"Of this payment {decimal_text(left)} {payment.currency} can be refunded, in whole cents: ask for that or less."
        )
    return wanted


async def _undo(tx: Tx, tenant: Tenant, held: Wallet, refund_id: UUID, row: Row, now: datetime) -> None:
    payment = await store.row(tx, tenant, row["payment_id"], lock=True)
    assert payment is not None
    assert payment.block_id is not None
    block = await block_of(tx, tenant, held, payment.block_id)
    key = f"refund_failed:{refund_id}"
    source = Source("refund_failed", key, "refund", refund_id, now, row["transaction_id"])
    amount = row["amount_micros"]
    taken = (await ledger.movements_of(tx, tenant.lane, [row["transaction_id"]])).get(row["transaction_id"], [])
    cash = f"cash.{payment.method}"
    if any(movement.reason == "refund" for movement in taken):
        entries.refund_failed(held, source, block, amount, cash, now)
    else:
        await ledger.load_repaid(tx, tenant.lane, {tenant.account_id: held})
        entries.restore(held, source, amount, taken, cash, now)
    await wallet.save(tx, tenant, held, now)
    await _count(tx, tenant, payment, -amount)


async def _count(tx: Tx, tenant: Tenant, payment: PaymentRow, amount_micros: int) -> None:
    refunded = payment.refunded_micros + amount_micros
    state = "refunded" if refunded == payment.amount_micros else "disputed" if payment.disputed_micros else "succeeded"
    await store.change(tx, tenant, payment.id, refunded_micros=refunded, state=state)


async def _by_key(tx: Tx, tenant: Tenant, key: str) -> Refund | None:
    refund_id = await tx.fetchval(
        "SELECT id FROM refunds WHERE lane = $1 AND account_id = $2 AND idempotency_key = $3",
        tenant.lane,
        tenant.account_id,
        key,
    )
    return await store.refund_view(tx, tenant, refund_id) if refund_id else None


async def _insert(tx: Tx, tenant: Tenant, row: _Row, check_in_s: float | None) -> None:
    await tx.execute(
        f"INSERT INTO refunds (lane, account_id, {', '.join(_Row._fields)}, check_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + $12::interval)",
        tenant.lane,
        tenant.account_id,
        *row,
        None if check_in_s is None else timedelta(seconds=check_in_s),
    )
