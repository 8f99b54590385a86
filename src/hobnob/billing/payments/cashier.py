"""Talking with gateways about payments. Between our commits and theirs anything may die, so each step can be repeated, and
each is taken only after the one before is stored:

1. the payment's row (pending), 2. `start` at the gateway, 3. its id in our row, 4. `confirm`, 5. what came of it.

No money moves before 3. Whoever dies later leaves a row that says at which gateway payment to look, and `check` does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import structlog

from hobnob.billing import wallet
from hobnob.billing.errors import LedgerConflict
from hobnob.billing.types import Payment, TopUp, TopUpDone
from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import InvalidInput, NotFound
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import decimal_text
from hobnob.platform.database import Tx
from hobnob.team import actions as team
from hobnob.team.types import Session

from . import cards, record, refunds, store
from .errors import GatewayRefused, GatewayUnavailable
from .gateway import Gateway, Gateways, Observed, Order, RefundSeen, minor_unit_micros
from .store import PaymentRow
from .types import PaymentNow, Refund

log = structlog.get_logger()

# The web opens an account's transaction, a worker one in its lane.
OpenTx: TypeAlias = Callable[[Tenant], AbstractAsyncContextManager[Tx]]

# How long a payment may wait for its card or its holder's bank before it is given up.
ABANDON_S = 24 * 3600
INTERRUPTED = ("interrupted", "The payment was interrupted before the card was charged. Nothing was taken: try again.")


class Cashier:
    """``doubt_wait_s``: how long a call may be on its way before the gateway is asked what became of it."""

    def __init__(self, open_tx: OpenTx, gateways: Gateways, clock: Clock, doubt_wait_s: float) -> None:
        self.open = open_tx
        self._gateways = gateways
        self._clock = clock
        self._doubt_wait_s = doubt_wait_s

    @property
    def gateways(self) -> Gateways:
        return self._gateways

    def gateway(self, method: str) -> Gateway:
        """Raises InvalidInput when this installation does not have it."""
        found = self._gateways.get(method)
        if found is None:
            detail = f"This installation takes no payments by {method}."
            raise InvalidInput(detail, fields=[("method", detail)])
        return found

    async def top_up(self, session: Session, wish: TopUp, key: str) -> TopUpDone:
        """Pay with a saved card, or begin a payment that the browser finishes. The same key is the same payment. Raises
        InvalidInput, NotFound (card), LedgerConflict."""
        self.gateway(wish.method)
        _require_chargeable(wish.amount_micros, session.currency)
        tenant = session.tenant
        new = PaymentRow(
            id=new_id(),
            idempotency_key=key,
            method=wish.method,
            state="pending",
            amount_micros=wish.amount_micros,
            currency=session.currency,
            auto=False,
            card_id=wish.card_id,
            save_card=wish.save_card,
            gateway_payment=None,
            block_id=None,
            refunded_micros=0,
            disputed_micros=0,
            age_s=0,
        )
        async with self.open(tenant) as tx:
            if wish.card_id is not None:
                await cards.gateway_card(tx, tenant, wish.card_id, wish.method)
            added = await store.add(tx, tenant, new, await self.now(tx, tenant), self._doubt_wait_s)
            row = new if added else await _same(tx, tenant, new)
        now_it_is = await self.pay(tenant, row) if added else await self.look(tenant, row)
        async with self.open(tenant) as tx:
            shown = await wallet.wallet(tx, tenant, await self.now(tx, tenant))
        return TopUpDone(now_it_is.payment, shown, now_it_is.client_secret)

    async def pay(self, tenant: Tenant, row: PaymentRow) -> PaymentNow:
        """Carry out a payment whose row is stored. Whatever goes wrong on the way, what is answered is what stands."""
        gateway = self.gateway(row.method)
        try:
            order = await self._order(tenant, row, gateway)
            observed = await gateway.start(order)
            async with self.open(tenant) as tx:
                go_on = await store.started(tx, tenant, row.id, observed.gateway_payment)
            if go_on and order.card is not None:
                observed = await gateway.confirm(order, observed.gateway_payment)
        except GatewayRefused as refused:
            return await self._fail(tenant, row, refused.reason_code or "refused", refused.detail)
        except NotFound as gone:  # the card was removed meanwhile
            return await self._fail(tenant, row, "card_removed", gone.detail)
        except GatewayUnavailable as error:
            log.warning("payment_in_doubt", payment_id=str(row.id), error=repr(error.__cause__))
            return PaymentNow(await self._stands(tenant, row.id), None)
        return await self._record(tenant, row, observed)

    async def look(self, tenant: Tenant, row: PaymentRow) -> PaymentNow:
        """Ask the gateway what became of a payment that is still open."""
        if row.gateway_payment is not None and row.state in (*record.OPEN, "failed"):
            try:
                return await self._record(tenant, row, await self.gateway(row.method).look(row.gateway_payment))
            except GatewayUnavailable as error:
                log.warning("payment_in_doubt", payment_id=str(row.id), error=repr(error.__cause__))
        return PaymentNow(await self._stands(tenant, row.id), None)

    async def check(self, tenant: Tenant, payment_id: UUID) -> None:
        """The sweep: bring one payment to its end, or a step nearer. May raise GatewayUnavailable."""
        async with self.open(tenant) as tx:
            row = await store.row(tx, tenant, payment_id)
        if row is None or row.method not in self._gateways:
            return
        gateway = self.gateway(row.method)
        if row.gateway_payment is None:
            if row.auto and row.state == "pending":
                await self.pay(tenant, row)
            else:
                await self._fail(tenant, row, *INTERRUPTED)
            return
        observed = await gateway.look(row.gateway_payment)
        if observed.outcome == "unconfirmed" and row.auto and row.state == "pending":
            await self.pay(tenant, row)
            return
        if _to_be_given_up(row, observed):
            if observed.outcome == "unconfirmed" and row.card_id is not None:
                await self._fail(tenant, row, *INTERRUPTED)
            else:
                await self._record(tenant, row, observed)
            observed = await gateway.cancel(row.gateway_payment)
        await self._record(tenant, row, observed)

    async def refund(self, tenant: Tenant, payment_id: UUID, amount_micros: int | None, key: str) -> Refund:
        """Send credit that is left of a payment back to its card. Raises NotFound, NothingToRefund."""
        async with self.open(tenant) as tx:
            now = await self.now(tx, tenant)
            asked = await refunds.ask(tx, tenant, payment_id, amount_micros, key, now, self._doubt_wait_s)
        try:
            await self._ask_for_refund(tenant, asked.id, is_first=True)
        except GatewayUnavailable as error:
            log.warning("refund_in_doubt", refund_id=str(asked.id), error=repr(error.__cause__))
        async with self.open(tenant) as tx:
            found = await store.refund_view(tx, tenant, asked.id)
        assert found is not None
        return found

    async def refund_unspent(self, tenant: Tenant, key: str) -> list[Refund]:
        """Everything that was paid and not spent, payment by payment: for an account that closes."""
        async with self.open(tenant) as tx:
            payments = await store.in_force(tx, tenant)
        done = []
        for payment in payments:
            left_over = payment.method not in self._gateways
            if payment.state == "succeeded" and not left_over:
                done.append(await self.refund(tenant, payment.id, None, f"{key}:{payment.id}"))
        return done

    async def check_refund(self, tenant: Tenant, refund_id: UUID) -> None:
        """The sweep: see what became of a refund, and ask for it again if it never arrived. May raise GatewayUnavailable."""
        await self._ask_for_refund(tenant, refund_id, is_first=False)

    async def _ask_for_refund(self, tenant: Tenant, refund_id: UUID, *, is_first: bool) -> None:
        async with self.open(tenant) as tx:
            found = await refunds.order_of(tx, tenant, refund_id)
        if found is None or found[0] not in self._gateways:
            return
        method, order = found
        gateway = self.gateway(method)
        try:
            seen = (None if is_first else await gateway.find_refund(order)) or await gateway.refund(order)
        except GatewayRefused as refused:
            seen = RefundSeen(
                "", order.gateway_payment, "failed", order.amount_micros, refund_id, tenant, refused.detail
            )
        async with self.open(tenant) as tx:
            await refunds.record(tx, tenant, refund_id, seen, await self.now(tx, tenant))

    async def customer(self, tenant: Tenant, gateway: Gateway) -> str:
        """The account's id at the gateway, made when it is first needed."""
        async with self.open(tenant) as tx:
            row = await tx.fetchrow(
                "SELECT c.customer, a.name, g.email FROM accounts a"
                " LEFT JOIN agents g ON g.lane = a.lane AND g.account_id = a.account_id AND g.role = 'owner'"
                " LEFT JOIN gateway_customers c ON c.lane = a.lane AND c.account_id = a.account_id AND c.gateway = $3"
                " WHERE a.lane = $1 AND a.account_id = $2",
                tenant.lane,
                tenant.account_id,
                gateway.name,
            )
        assert row is not None
        if row["customer"] is not None:
            return str(row["customer"])
        customer = await gateway.make_customer(tenant, row["name"], row["email"] or "")
        async with self.open(tenant) as tx:
            await tx.execute(
                "INSERT INTO gateway_customers (lane, account_id, gateway, customer) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT DO NOTHING",
                tenant.lane,
                tenant.account_id,
                gateway.name,
                customer,
            )
        return customer

    async def _order(self, tenant: Tenant, row: PaymentRow, gateway: Gateway) -> Order:
        card = None
        if row.card_id is not None:
            async with self.open(tenant) as tx:
                _, card = await cards.gateway_card(tx, tenant, row.card_id)
        customer = await self.customer(tenant, gateway)
        return Order(
            row.id, tenant, row.amount_micros, row.currency, customer, card, row.auto, row.save_card and card is None
        )

    async def _record(self, tenant: Tenant, row: PaymentRow, observed: Observed) -> PaymentNow:
        async with self.open(tenant) as tx:
            payment = await record.record(tx, tenant, row, observed, await self.now(tx, tenant))
        waits = observed.outcome in ("unconfirmed", "requires_action", "declined") and row.card_id is None
        waits = waits or observed.outcome == "requires_action"
        return PaymentNow(payment, observed.client_secret if waits and not row.auto else None)

    async def _fail(self, tenant: Tenant, row: PaymentRow, code: str, reason: str) -> PaymentNow:
        async with self.open(tenant) as tx:
            return PaymentNow(await record.fail(tx, tenant, row, code, reason, await self.now(tx, tenant)), None)

    async def _stands(self, tenant: Tenant, payment_id: UUID) -> Payment:
        async with self.open(tenant) as tx:
            payment = await store.view(tx, tenant, payment_id)
        assert payment is not None
        return payment

    async def now(self, tx: Tx, tenant: Tenant) -> datetime:
        """What time it is in the account."""
        return self._clock.now((await team.account_of(tx, tenant)).clock_ahead_s)


def _to_be_given_up(row: PaymentRow, observed: Observed) -> bool:
    """Whether nobody will go on with a payment that is open at the gateway. One whose card is in a browser may go on."""
    if observed.outcome == "requires_action":
        return row.auto or row.age_s > ABANDON_S
    if observed.outcome in ("unconfirmed", "declined"):
        return row.auto or row.card_id is not None or row.age_s > ABANDON_S
    return False


async def _same(tx: Tx, tenant: Tenant, new: PaymentRow) -> PaymentRow:
    known = await store.by_key(tx, tenant, new.idempotency_key)
    assert known is not None
    if known[2:3] + known[4:9] != new[2:3] + new[4:9]:
        raise LedgerConflict("This key was already used for another payment: use a new Idempotency-Key.")
    return known


def _require_chargeable(amount_micros: int, currency: str) -> None:
    unit = minor_unit_micros(currency)
    if amount_micros % unit:
        detail = f"A card can be charged in steps of {decimal_text(unit)} {currency}."
        raise InvalidInput(detail, fields=[("amount_micros", detail)])
