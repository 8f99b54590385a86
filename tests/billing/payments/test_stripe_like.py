"""The Stripe-like server does what the tests rely on."""

from __future__ import annotations

from tests.billing.payments.stripe_server import ASKS_THE_HOLDER, DECLINES, Stripe


async def test_it_starts(stripe: Stripe) -> None:
    intent = await stripe.call("/payment_intents", {"amount": 500, "currency": "usd"})
    assert intent["status"] == "requires_payment_method"
    paid = await stripe.pay(intent["client_secret"])
    assert paid["status"] == "succeeded"
    assert await stripe.charged() == [500]
    other = await stripe.call("/payment_intents", {"amount": 500, "currency": "usd"})
    await stripe.pay(other["client_secret"], DECLINES, expect=402)
    asked = await stripe.pay(other["client_secret"], ASKS_THE_HOLDER)
    assert asked["status"] == "requires_action"
    await stripe.answer_bank(other["client_secret"], success=True)
    assert await stripe.charged() == [500, 500]
    assert "payment_intent.payment_failed" in await stripe.config("events")
