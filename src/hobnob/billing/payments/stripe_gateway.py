"""Stripe, through its own client: PaymentIntents, SetupIntents, refunds, disputes and signed webhooks.

Every change carries an idempotency key made of our own id, so the client's retries and ours are one. Errors after which
the change may have happened are GatewayUnavailable; the payment is then looked at again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import aiohttp
import stripe
from stripe import AIOHTTPClient, StripeClient

from hobnob.kernel.ids import LANE_COUNT, Tenant
from hobnob.platform.settings import Settings

from .errors import BadSignature, GatewayRefused, GatewayUnavailable
from .gateway import (
    CardFacts,
    DisputeSeen,
    DisputeState,
    Notice,
    Observed,
    Order,
    Outcome,
    RefundOrder,
    RefundSeen,
    RefundState,
    Setup,
    SetupSeen,
    minor_unit_micros,
)

if TYPE_CHECKING:
    from stripe.params import PaymentIntentConfirmParams, PaymentIntentCreateParams

T = TypeVar("T")
API_VERSION = "2026-10-28.endive"
NETWORK_RETRIES_MAX_COUNT = 2
SIGNATURE_AGE_MAX_S = 300
REFUNDS_MAX_COUNT = 100
_OUTCOMES: Mapping[str, Outcome] = {
    "requires_confirmation": "unconfirmed",
    "requires_payment_method": "unconfirmed",
    "requires_action": "requires_action",
    "processing": "processing",
    "requires_capture": "processing",
    "succeeded": "succeeded",
    "canceled": "canceled",
}
_REFUNDS: Mapping[str, RefundState] = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
_PAYMENT_EVENTS = frozenset(
    f"payment_intent.{name}" for name in ("succeeded", "payment_failed", "canceled", "requires_action", "processing")
)
_REFUND_EVENTS = frozenset({"refund.created", "refund.updated", "refund.failed"})
_DISPUTES: Mapping[str, DisputeState] = {"won": "won", "lost": "lost"}


class StripeGateway:
    """Make it inside the running loop; ``session`` is closed by whoever opened it."""

    name = "stripe"

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self.publishable_key = settings.stripe_publishable_key
        self._webhook_secret = settings.stripe_webhook_secret
        timeout = aiohttp.ClientTimeout(total=settings.payment_timeout_s)
        self._client = StripeClient(
            settings.stripe_secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": settings.stripe_api_url.rstrip("/")},
            max_network_retries=NETWORK_RETRIES_MAX_COUNT,
            http_client=AIOHTTPClient(timeout=timeout, session=session),
        )

    async def make_customer(self, tenant: Tenant, name: str, email: str) -> str:
        made = await _ask(
            self._client.v1.customers.create_async(
                {"name": name, "email": email, "metadata": _of(tenant)},
                {"idempotency_key": f"customer:{tenant.account_id}"},
            )
        )
        return made.id

    async def start_setup(self, tenant: Tenant, customer: str) -> Setup:
        made = await _ask(
            self._client.v1.setup_intents.create_async(
                {
                    "customer": customer,
                    "usage": "off_session",
                    "allowed_payment_method_types": ["card"],
                    "metadata": _of(tenant),
                }
            )
        )
        return Setup(made.id, made.client_secret or "")

    async def setup(self, id: str) -> SetupSeen:
        seen = await _ask(self._client.v1.setup_intents.retrieve_async(id))
        done = seen.status == "succeeded" and seen.payment_method is not None
        card = await self._card(_id(seen.payment_method)) if done else None
        return SetupSeen(seen.id, done, _tenant(_plain(seen)), card)

    async def _card(self, id: str) -> CardFacts | None:
        method = await _ask(self._client.v1.payment_methods.retrieve_async(id))
        if method.card is None or method.customer is None:  # no card, or one that was removed meanwhile
            return None
        return CardFacts(id, method.card.brand, method.card.last4 or "", method.card.exp_month, method.card.exp_year)

    async def forget_card(self, gateway_card: str) -> None:
        try:
            await _ask(self._client.v1.payment_methods.detach_async(gateway_card))
        except GatewayRefused as refused:
            if refused.reason_code not in ("resource_missing", "payment_method_unexpected_state"):
                raise

    async def start(self, order: Order) -> Observed:
        params: PaymentIntentCreateParams = {
            "amount": _minor(order.amount_micros, order.currency),
            "currency": order.currency.lower(),
            "customer": order.customer,
            "allowed_payment_method_types": ["card"],
            "metadata": {**_of(order.tenant), "hobnob_payment": str(order.payment_id)},
        }
        if order.card:
            params["payment_method"] = order.card
        if order.save_card:
            params["setup_future_usage"] = "off_session"
        made = await _ask(
            self._client.v1.payment_intents.create_async(params, {"idempotency_key": f"payment:{order.payment_id}"})
        )
        return await self._payment(made)

    async def confirm(self, order: Order, gateway_payment: str) -> Observed:
        params: PaymentIntentConfirmParams = {"off_session": True} if order.auto else {}
        try:
            seen = await _ask(
                self._client.v1.payment_intents.confirm_async(
                    gateway_payment, params, {"idempotency_key": f"confirm:{order.payment_id}"}
                )
            )
        except GatewayRefused:
            # A decline is answered as an error; what the payment is now says which of the two it was.
            seen = await _ask(self._client.v1.payment_intents.retrieve_async(gateway_payment))
            if _OUTCOMES[seen.status] == "unconfirmed" and seen.last_payment_error is None:
                raise
        return await self._payment(seen)

    async def look(self, gateway_payment: str) -> Observed:
        return await self._payment(await _ask(self._client.v1.payment_intents.retrieve_async(gateway_payment)))

    async def cancel(self, gateway_payment: str) -> Observed:
        try:
            return await self._payment(await _ask(self._client.v1.payment_intents.cancel_async(gateway_payment)))
        except GatewayRefused:
            return await self.look(gateway_payment)

    async def refund(self, order: RefundOrder) -> RefundSeen:
        made = await _ask(
            self._client.v1.refunds.create_async(
                {
                    "payment_intent": order.gateway_payment,
                    "amount": _minor(order.amount_micros, order.currency),
                    "metadata": {**_of(order.tenant), "hobnob_refund": str(order.refund_id)},
                },
                {"idempotency_key": f"refund:{order.refund_id}"},
            )
        )
        return _refund(made)

    async def find_refund(self, order: RefundOrder) -> RefundSeen | None:
        listed = await _ask(
            self._client.v1.refunds.list_async({"payment_intent": order.gateway_payment, "limit": REFUNDS_MAX_COUNT})
        )
        found = (_refund(one) for one in listed.data)
        return next((one for one in found if one.refund_id == order.refund_id), None)

    def read(self, body: bytes, signature: str | None) -> Notice | None:
        if not self._webhook_secret:
            raise BadSignature("no signing secret is set")
        try:
            event = self._client.construct_event(body, signature, self._webhook_secret, SIGNATURE_AGE_MAX_S)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise BadSignature(str(error)) from None
        about = event.data.object
        if event.type in _PAYMENT_EVENTS:
            return _observed(about)
        if event.type == "setup_intent.succeeded":
            return SetupSeen(about["id"], done=True, tenant=_tenant(_plain(about)), card=None)
        if event.type in _REFUND_EVENTS:
            return _refund(about) if about["payment_intent"] else None
        if event.type.startswith("charge.dispute."):
            return _dispute(about) if about["payment_intent"] else None
        return None

    async def _payment(self, intent: stripe.PaymentIntent) -> Observed:
        observed = _observed(intent)
        if observed.outcome == "succeeded" and intent.setup_future_usage and intent.payment_method:
            return observed._replace(card=await self._card(_id(intent.payment_method)))
        return observed


async def _ask(call: Awaitable[T]) -> T:
    try:
        return await call
    except (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError) as error:
        if error.http_status == 409:  # the same key is being worked on at this moment
            raise GatewayUnavailable("The payment is being worked on. Look again in a moment.") from error
        raise GatewayRefused(f"Stripe refused: {error.user_message or error}", error.code or "") from error
    except stripe.StripeError as error:
        raise GatewayUnavailable("Stripe does not answer at the moment. Nothing is lost; try again later.") from error


def _plain(found: stripe.StripeObject) -> dict[str, Any]:
    plain: dict[str, Any] = found.to_dict()
    return plain


def _observed(found: stripe.StripeObject) -> Observed:
    intent = _plain(found)
    outcome = _OUTCOMES[intent["status"]]
    problem = intent.get("last_payment_error") or {}
    if intent["status"] == "requires_payment_method" and problem:
        outcome = "declined"
    return Observed(
        gateway_payment=intent["id"],
        outcome=outcome,
        amount_micros=_micros(intent["amount"], intent["currency"]),
        currency=intent["currency"].upper(),
        tenant=_tenant(intent),
        payment_id=_uuid((intent.get("metadata") or {}).get("hobnob_payment")),
        client_secret=intent.get("client_secret"),
        failure_code=problem.get("decline_code") or problem.get("code"),
        failure_reason=problem.get("message"),
    )


def _refund(found: stripe.StripeObject) -> RefundSeen:
    refund = _plain(found)
    return RefundSeen(
        gateway_refund=refund["id"],
        gateway_payment=_id(refund["payment_intent"]),
        state=_REFUNDS.get(refund["status"], "pending"),
        amount_micros=_micros(refund["amount"], refund["currency"]),
        refund_id=_uuid((refund.get("metadata") or {}).get("hobnob_refund")),
        tenant=_tenant(refund),
        failure_reason=refund.get("failure_reason"),
    )


def _dispute(found: stripe.StripeObject) -> DisputeSeen:
    dispute = _plain(found)
    status: str = dispute["status"]
    return DisputeSeen(
        gateway_dispute=dispute["id"],
        gateway_payment=_id(dispute["payment_intent"]),
        state="inquiry" if status.startswith("warning") else _DISPUTES.get(status, "open"),
        amount_micros=_micros(dispute["amount"], dispute["currency"]),
        reason=dispute["reason"],
    )


def _of(tenant: Tenant) -> dict[str, str]:
    return {"hobnob_account": str(tenant.account_id), "hobnob_lane": str(tenant.lane)}


def _tenant(found: Mapping[str, Any]) -> Tenant | None:
    """Whose it is, as we wrote it there ourselves; None for anything else of the same Stripe account."""
    metadata = found.get("metadata") or {}
    account, lane = _uuid(metadata.get("hobnob_account")), str(metadata.get("hobnob_lane", ""))
    return Tenant(account, int(lane)) if account and lane.isdecimal() and int(lane) < LANE_COUNT else None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _id(reference: Any) -> str:
    return reference if isinstance(reference, str) else str(reference["id"])


def _minor(micros: int, currency: str) -> int:
    units, rest = divmod(micros, minor_unit_micros(currency))
    assert rest == 0, f"{micros} micros of {currency} cannot be charged"
    return units


def _micros(minor: int, currency: str) -> int:
    return minor * minor_unit_micros(currency.upper())
