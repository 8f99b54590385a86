"""What a gateway tells by itself. The signature was checked over the raw bytes; what is told is applied where answers to our
own calls are, so it may come twice, in another order, and before the answer it belongs to. What is not final is not
believed but looked up: a late "declined" says nothing about now."""

from __future__ import annotations

import structlog

from hobnob.kernel.ids import Tenant

from . import cards, disputes, record, refunds, store
from .cashier import Cashier
from .errors import GatewayRefused
from .gateway import DisputeSeen, Gateway, Notice, Observed, RefundSeen, SetupSeen
from .store import PaymentRow

log = structlog.get_logger()

FINAL = ("succeeded", "canceled")


async def take(cashier: Cashier, gateway: Gateway, notice: Notice) -> None:
    """Apply it. What is nobody's here (of another installation, or made by hand) is passed over. Raises
    GatewayUnavailable when it has to be looked up and cannot: it is sent again."""
    if isinstance(notice, Observed):
        await _payment(cashier, gateway, notice)
    elif isinstance(notice, SetupSeen):
        await _setup(cashier, gateway, notice)
    elif isinstance(notice, RefundSeen):
        await _refund(cashier, gateway, notice)
    elif notice.state != "inquiry":
        await _dispute(cashier, gateway, notice)


async def _payment(cashier: Cashier, gateway: Gateway, told: Observed) -> tuple[Tenant, PaymentRow] | None:
    """Answers whose payment it is, as it is stored by then."""
    if told.tenant is None or told.payment_id is None:
        return None
    tenant = told.tenant
    async with cashier.open(tenant) as tx:
        row = await store.row(tx, tenant, told.payment_id)
    if row is None or row.method != gateway.name or row.gateway_payment not in (None, told.gateway_payment):
        log.info("payment_of_nobody_here", gateway_payment=told.gateway_payment)
        return None
    observed = told
    if told.outcome not in FINAL or row.save_card:
        observed = await gateway.look(told.gateway_payment)
    async with cashier.open(tenant) as tx:
        await record.record(tx, tenant, row, observed, await cashier.now(tx, tenant))
        stored = await store.row(tx, tenant, row.id)
    assert stored is not None
    return tenant, stored


async def _setup(cashier: Cashier, gateway: Gateway, told: SetupSeen) -> None:
    if told.tenant is None:
        return
    seen = await gateway.setup(told.id)
    if seen.done and seen.card is not None:
        async with cashier.open(told.tenant) as tx:
            await cards.keep(tx, told.tenant, gateway.name, seen.card, await cashier.now(tx, told.tenant))


async def _refund(cashier: Cashier, gateway: Gateway, told: RefundSeen) -> None:
    if told.tenant is not None and told.refund_id is not None:
        async with cashier.open(told.tenant) as tx:
            await refunds.record(tx, told.tenant, told.refund_id, told, await cashier.now(tx, told.tenant))
        return
    found = await _payment_of(cashier, gateway, told.gateway_payment)
    if found is not None:
        tenant, payment = found
        async with cashier.open(tenant) as tx:
            await refunds.record_foreign(tx, tenant, payment, told, await cashier.now(tx, tenant))


async def _dispute(cashier: Cashier, gateway: Gateway, told: DisputeSeen) -> None:
    found = await _payment_of(cashier, gateway, told.gateway_payment)
    if found is not None:
        tenant, payment = found
        async with cashier.open(tenant) as tx:
            await disputes.record(tx, tenant, payment, told, await cashier.now(tx, tenant))


async def _payment_of(cashier: Cashier, gateway: Gateway, gateway_payment: str) -> tuple[Tenant, PaymentRow] | None:
    """The payment that a refund or a chargeback is about: brought up to date first, for its success may not have been
    told yet."""
    try:
        observed = await gateway.look(gateway_payment)
    except GatewayRefused as refused:
        log.info("payment_of_nobody_here", gateway_payment=gateway_payment, reason=refused.detail)
        return None
    return await _payment(cashier, gateway, observed)
