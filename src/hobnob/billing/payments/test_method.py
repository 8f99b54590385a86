"""The test method: a gateway that moves no real money, for trying things out. It keeps nothing: a card says by its name
what will become of payments with it."""

from __future__ import annotations

from hobnob.kernel.ids import Tenant

from .errors import BadSignature, GatewayRefused
from .gateway import CardFacts, Notice, Observed, Order, Outcome, RefundOrder, RefundSeen, Setup, SetupSeen

PAYS = "test_card_pays"
DECLINES = "test_card_declines"
_LAST4 = {PAYS: "4242", DECLINES: "0341"}


class TestMethod:
    """Setups are named after the card they bring: ``test_card_pays``, ``test_card_declines``."""

    __test__ = False
    name = "test"
    publishable_key = ""

    async def make_customer(self, tenant: Tenant, name: str, email: str) -> str:
        return f"test_{tenant.account_id}"

    async def start_setup(self, tenant: Tenant, customer: str) -> Setup:
        return Setup(PAYS, "")

    async def setup(self, id: str) -> SetupSeen:
        if id not in _LAST4:
            raise GatewayRefused(f"The test method has the cards {', '.join(_LAST4)}.")
        return SetupSeen(id, done=True, tenant=None, card=CardFacts(id, "test", _LAST4[id], 12, 2099))

    async def forget_card(self, gateway_card: str) -> None:
        return None

    async def start(self, order: Order) -> Observed:
        return self._observed(order, "unconfirmed")

    async def confirm(self, order: Order, gateway_payment: str) -> Observed:
        if order.card == DECLINES:
            declined = self._observed(order, "declined")
            return declined._replace(failure_code="card_declined", failure_reason="Your card was declined.")
        return self._observed(order, "succeeded")

    async def look(self, gateway_payment: str) -> Observed:
        return Observed(gateway_payment, "unconfirmed", 0, "", None, None)

    async def cancel(self, gateway_payment: str) -> Observed:
        return Observed(gateway_payment, "canceled", 0, "", None, None)

    async def refund(self, order: RefundOrder) -> RefundSeen:
        name = f"test_{order.refund_id}"
        return RefundSeen(name, order.gateway_payment, "succeeded", order.amount_micros, order.refund_id, order.tenant)

    async def find_refund(self, order: RefundOrder) -> RefundSeen | None:
        return None

    def read(self, body: bytes, signature: str | None) -> Notice | None:
        raise BadSignature("the test method sends no webhooks")

    @staticmethod
    def _observed(order: Order, outcome: Outcome) -> Observed:
        name = f"test_{order.payment_id}"
        return Observed(name, outcome, order.amount_micros, order.currency, order.tenant, order.payment_id)
