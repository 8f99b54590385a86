"""What a payment provider can do for us: the protocol, and the words both sides use. `open_gateways` makes those that are set.

Amounts are micros here; a gateway converts to the minor unit of the currency at its own edge. `start` moves no money and
may be repeated; `confirm` is what charges the card, and only after the gateway's id has been stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from hobnob.kernel.ids import Tenant
from hobnob.kernel.money import MICROS_PER_UNIT

RefundState = Literal["pending", "succeeded", "failed"]
DisputeState = Literal["inquiry", "open", "won", "lost"]
Outcome = Literal["unconfirmed", "requires_action", "processing", "succeeded", "declined", "canceled"]
# Currencies that have no smaller unit, or a thousandth, as card networks count them.
_WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def minor_unit_micros(currency: str) -> int:
    """The smallest amount of a currency that can be charged, in micros."""
    if currency in _WHOLE:
        return MICROS_PER_UNIT
    return MICROS_PER_UNIT // (1_000 if currency in _THOUSANDTHS else 100)


class CardFacts(NamedTuple):
    """What a person needs to recognise a card; ``gateway_card`` is the provider's id of it."""

    gateway_card: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class Order(NamedTuple):
    """A payment to be made. ``card`` is the saved one to charge; without it the browser will bring one."""

    payment_id: UUID
    tenant: Tenant
    amount_micros: int
    currency: str
    customer: str
    card: str | None
    auto: bool
    save_card: bool


class Observed(NamedTuple):
    """A payment as the gateway sees it now. ``card`` is one to keep, when it was asked to."""

    gateway_payment: str
    outcome: Outcome
    amount_micros: int
    currency: str
    tenant: Tenant | None
    payment_id: UUID | None
    client_secret: str | None = None
    failure_code: str | None = None
    failure_reason: str | None = None
    card: CardFacts | None = None


class Setup(NamedTuple):
    """A card about to be saved; the browser finishes it with the secret."""

    id: str
    client_secret: str


class SetupSeen(NamedTuple):
    id: str
    done: bool
    tenant: Tenant | None
    card: CardFacts | None


class RefundOrder(NamedTuple):
    refund_id: UUID
    tenant: Tenant
    gateway_payment: str
    amount_micros: int
    currency: str


class RefundSeen(NamedTuple):
    """``refund_id`` is None for a refund that was made at the gateway by hand."""

    gateway_refund: str
    gateway_payment: str
    state: RefundState
    amount_micros: int
    refund_id: UUID | None
    tenant: Tenant | None
    failure_reason: str | None = None


class DisputeSeen(NamedTuple):
    """A chargeback. ``state`` is "inquiry" while no money was taken."""

    gateway_dispute: str
    gateway_payment: str
    state: DisputeState
    amount_micros: int
    reason: str


Notice = Observed | SetupSeen | RefundSeen | DisputeSeen


class Gateway(Protocol):
    """Every call may raise GatewayUnavailable (unknown what happened) or GatewayRefused (nothing happened)."""

    name: str
    publishable_key: str

    async def make_customer(self, tenant: Tenant, name: str, email: str) -> str:
        """The provider's id for this account; the same one when asked again."""
        ...

    async def start_setup(self, tenant: Tenant, customer: str) -> Setup:
        """Begin to save a card."""
        ...

    async def setup(self, id: str) -> SetupSeen:
        """What became of it."""
        ...

    async def forget_card(self, gateway_card: str) -> None:
        """Have the provider forget a card; one it does not know is forgotten."""
        ...

    async def start(self, order: Order) -> Observed:
        """Register a payment. Moves no money; the same order again is the same payment."""
        ...

    async def confirm(self, order: Order, gateway_payment: str) -> Observed:
        """Charge the order's card, once. A decline is an outcome, not an error."""
        ...

    async def look(self, gateway_payment: str) -> Observed:
        """The payment as it is now."""
        ...

    async def cancel(self, gateway_payment: str) -> Observed:
        """Give a payment up; one that has gone too far stays as it is."""
        ...

    async def refund(self, order: RefundOrder) -> RefundSeen:
        """Send money back. The same order again, soon after, is the same refund; later ask `find_refund` first."""
        ...

    async def find_refund(self, order: RefundOrder) -> RefundSeen | None:
        """What became of an order; None when it never arrived."""
        ...

    def read(self, body: bytes, signature: str | None) -> Notice | None:
        """What a webhook tells; None when it is nothing of ours. Raises BadSignature."""
        ...


Gateways = Mapping[str, Gateway]
