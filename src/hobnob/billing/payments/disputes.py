"""Chargebacks: the card's bank takes a payment back. What is left in its block goes with it, the rest is owed, and the
automatic top-up is frozen. One that is won puts everything back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hobnob.billing import ledger, wallet
from hobnob.billing.book import Source, Wallet
from hobnob.billing.charge_rows import NO_ID
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Row, Tx

from . import auto_top_up, entries, notify, store
from .gateway import DisputeSeen
from .refunds import block_of
from .store import PaymentRow


async def record(tx: Tx, tenant: Tenant, payment: PaymentRow, seen: DisputeSeen, now: datetime) -> None:
    """Apply what the gateway tells of a chargeback: any number of times, and its end before its beginning."""
    held = await wallet.locked(tx, tenant, None, now)
    current = await store.row(tx, tenant, payment.id, lock=True)
    row = await tx.fetchrow(
        "SELECT id, state, amount_micros, transaction_id FROM disputes"
        " WHERE lane = $1 AND account_id = $2 AND gateway_dispute = $3",
        tenant.lane,
        tenant.account_id,
        seen.gateway_dispute,
    )
    assert current is not None
    if row is None:
        if seen.state in ("open", "lost"):
            await _open(tx, tenant, held, current, seen, now)
        elif seen.state == "won":
            # Its end came first: noted, so that the beginning takes nothing.
            await _note(tx, tenant, current, seen, max(1, seen.amount_micros), NO_ID, now)
    elif row["state"] == "open" and seen.state in ("won", "lost"):
        if seen.state == "won":
            await _restore(tx, tenant, held, current, row, now)
        await tx.execute(
            "UPDATE disputes SET state = $4 WHERE lane = $1 AND account_id = $2 AND id = $3",
            tenant.lane,
            tenant.account_id,
            row["id"],
            seen.state,
        )


async def _open(tx: Tx, tenant: Tenant, held: Wallet, payment: PaymentRow, seen: DisputeSeen, now: datetime) -> None:
    amount = min(seen.amount_micros, payment.amount_micros - payment.refunded_micros - payment.disputed_micros)
    if amount <= 0 or payment.block_id is None:
        return
    block = await block_of(tx, tenant, held, payment.block_id)
    key = f"dispute:{seen.gateway_dispute}"
    source = Source("dispute", key, "payment", payment.id, now, None, amount)
    transaction = entries.claw_back(held, source, block, amount, f"cash.{payment.method}", now)
    await wallet.save(tx, tenant, held, now)
    await _note(tx, tenant, payment, seen, amount, transaction.id, now)
    await store.change(tx, tenant, payment.id, state="disputed", disputed_micros=payment.disputed_micros + amount)
    await auto_top_up.freeze(tx, tenant, "A payment was taken back by the card's bank.")
    facts = {"amount_micros": amount, "currency": payment.currency, "reason": seen.reason}
    await notify.tell(tx, tenant, "chargeback", key, facts, now)


async def _restore(tx: Tx, tenant: Tenant, held: Wallet, payment: PaymentRow, row: Row, now: datetime) -> None:
    taken = (await ledger.movements_of(tx, tenant.lane, [row["transaction_id"]])).get(row["transaction_id"], [])
    await ledger.load_repaid(tx, tenant.lane, {tenant.account_id: held})
    assert payment.block_id is not None
    await block_of(tx, tenant, held, payment.block_id)
    amount = row["amount_micros"]
    source = Source("dispute_won", f"dispute_won:{row['id']}", "payment", payment.id, now, row["transaction_id"])
    entries.restore(held, source, amount, taken, f"cash.{payment.method}", now)
    await wallet.save(tx, tenant, held, now)
    disputed = payment.disputed_micros - amount
    state = "disputed" if disputed else "succeeded"
    await store.change(tx, tenant, payment.id, state=state, disputed_micros=disputed)


async def _note(
    tx: Tx,
    tenant: Tenant,
    payment: PaymentRow,
    seen: DisputeSeen,
    amount_micros: int,
    transaction_id: UUID,
    now: datetime,
) -> None:
    await tx.execute(
        "INSERT INTO disputes (lane, account_id, id, payment_id, gateway_dispute, state, amount_micros, currency, reason,"
        " transaction_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tenant.lane,
        tenant.account_id,
        new_id(),
        payment.id,
        seen.gateway_dispute,
        seen.state,
        amount_micros,
        payment.currency,
        seen.reason,
        transaction_id,
        now,
    )
