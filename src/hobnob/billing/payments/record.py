"""What a gateway said of a payment becomes so here, in one place, whoever heard it: the answer to our call, a webhook, or
the sweep that asks. Any order and any number of times gives the same: "succeeded" stays, and is posted once by its key."""

from __future__ import annotations

from datetime import datetime

import structlog

from hobnob.billing import postings, wallet
from hobnob.billing.book import PRIORITY_DEFAULT, Source, Wallet
from hobnob.billing.types import Payment
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

from . import auto_top_up, cards, store
from .gateway import Observed
from .store import PaymentRow

log = structlog.get_logger()

OPEN = ("pending", "requires_action")
PAID = ("succeeded", "refunded", "disputed")
AUTHENTICATION_REQUIRED = "authentication_required"


async def record(tx: Tx, tenant: Tenant, payment: PaymentRow, observed: Observed, now: datetime) -> Payment:
    """Apply it under the wallet's lock; answers the payment as it is then. ``now`` is the account's time."""
    held = await wallet.locked(tx, tenant, None, now)
    current = await store.row(tx, tenant, payment.id, lock=True)
    assert current is not None
    if observed.outcome in ("succeeded", "canceled"):
        await store.done_asking(tx, tenant, current.id)
    if current.state not in PAID:
        if observed.outcome == "succeeded":
            return await _succeeded(tx, tenant, held, current, observed, now)
        if changed := await _not_yet(tx, tenant, current, observed, now):
            return changed
    found = await store.view(tx, tenant, current.id)
    assert found is not None
    return found


async def fail(tx: Tx, tenant: Tenant, payment: PaymentRow, code: str, reason: str, now: datetime) -> Payment:
    """A payment will not be made: refused, or never begun. One that was paid meanwhile stays paid."""
    await wallet.locked(tx, tenant, None, now)
    current = await store.row(tx, tenant, payment.id, lock=True)
    assert current is not None
    if current.gateway_payment is None:
        await store.done_asking(tx, tenant, current.id)
    if current.state in OPEN:
        return await _declined(tx, tenant, current, code, reason, now)
    found = await store.view(tx, tenant, current.id)
    assert found is not None
    return found


async def _succeeded(
    tx: Tx, tenant: Tenant, held: Wallet, payment: PaymentRow, observed: Observed, now: datetime
) -> Payment:
    if (observed.amount_micros, observed.currency) != (payment.amount_micros, payment.currency):
        # Not ours to judge: the operator looks, and nothing is credited that was not asked for.
        log.error("payment_of_another_amount", payment_id=str(payment.id), paid=f"{observed.amount_micros} micros")
        found = await store.view(tx, tenant, payment.id)
        assert found is not None
        return found
    reason = f"{'Automatic top-up' if payment.auto else 'Top-up'} ({payment.method})"
    block = wallet.new_block("paid", payment.amount_micros, now, reason, None, PRIORITY_DEFAULT)
    key = f"pay:{payment.method}:{observed.gateway_payment}"
    source = Source("top_up", key, "payment", payment.id, now, None, [payment.amount_micros, payment.currency])
    postings.add_credit(held, block, f"cash.{payment.method}", source, now)
    await wallet.save(tx, tenant, held, now)
    if observed.card is not None:
        await cards.keep(tx, tenant, payment.method, observed.card, now)
    await auto_top_up.paid(tx, tenant)
    return await store.change(
        tx,
        tenant,
        payment.id,
        state="succeeded",
        block_id=block.id,
        gateway_payment=observed.gateway_payment,
        failure_code=None,
        failure_reason=None,
    )


async def _not_yet(tx: Tx, tenant: Tenant, payment: PaymentRow, observed: Observed, now: datetime) -> Payment | None:
    outcome = observed.outcome
    if payment.auto and outcome == "requires_action":
        # Nobody is there to be asked.
        reason = "The card's bank wants to ask its holder. Top up yourself once, or use another card."
        return await _declined(tx, tenant, payment, AUTHENTICATION_REQUIRED, reason, now)
    if outcome == "declined" and payment.state in OPEN:
        reason = observed.failure_reason or "The card was declined."
        return await _declined(tx, tenant, payment, observed.failure_code or "card_declined", reason, now)
    if outcome == "canceled" and payment.state in OPEN:
        if payment.auto:
            return await _declined(tx, tenant, payment, "canceled", "The payment was canceled.", now)
        return await store.change(tx, tenant, payment.id, state="canceled")
    if outcome == "requires_action" and payment.state in ("pending", "failed"):
        return await store.change(tx, tenant, payment.id, state="requires_action")
    if outcome == "processing" and payment.state in ("requires_action", "failed"):
        return await store.change(tx, tenant, payment.id, state="pending")
    return None


async def _declined(tx: Tx, tenant: Tenant, payment: PaymentRow, code: str, reason: str, now: datetime) -> Payment:
    if payment.auto:
        await auto_top_up.declined(tx, tenant, payment.id, reason, now)
    return await store.change(tx, tenant, payment.id, state="failed", failure_code=code, failure_reason=reason)
