"""Money that goes back: refunds of what is left, refunds made at Stripe by hand, and chargebacks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from hobnob.billing import actions as billing
from hobnob.billing.errors import InsufficientCredit
from hobnob.kernel.ids import new_id
from hobnob.kernel.money import Money
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.books import USD, balances
from tests.billing.payments.stripe_server import DECLINES, Stripe
from tests.billing.payments.till import Till, open_till
from tests.billing.test_routes import PRICE, deliver
from tests.desk import Answer
from tests.inbox.send.shop import until


@pytest.fixture
async def till(settings: Settings, database: Database, stripe: Stripe) -> object:
    async with open_till(settings, database, stripe) as till:
        yield till


@pytest.fixture
async def worked(settings: Settings, database: Database, stripe: Stripe) -> object:
    async with open_till(settings, database, stripe, worker=True) as till:
        yield till


async def paid(till: Till, micros: int = 10 * USD) -> str:
    answer = await till.top_up(micros, card_id=await till.save_card())
    assert answer.json["payment"]["state"] == "succeeded"
    return str(answer.json["payment"]["id"])


async def refund(till: Till, payment_id: str, micros: int | None = None, key: str | None = None) -> Answer:
    headers = {"Idempotency-Key": key or str(uuid4())}
    body = {} if micros is None else {"amount_micros": micros}
    return await till.desk.post(f"/api/billing/payments/{payment_id}/refunds", body, headers=headers)


async def spend(till: Till, conversations: int) -> None:
    now = datetime.now(UTC)
    await deliver(till.database, till.tenant, *[now] * conversations)


async def gateway_payment(till: Till, payment_id: str) -> str:
    found = "SELECT gateway_payment FROM payments WHERE lane = $1 AND account_id = $2 AND id = $3::text::uuid"
    return str(await till.one(found, payment_id))


async def test_a_part_of_a_part_used_top_up_goes_back(till: Till, stripe: Stripe) -> None:
    payment_id = await paid(till)
    await spend(till, 4)
    left = 10 * USD - 4 * PRICE
    too_much = await refund(till, payment_id, 10 * USD)
    assert (too_much.status, too_much.json["code"]) == (409, "nothing_to_refund")
    part = await refund(till, payment_id, 2 * USD)
    assert (part.status, part.json["state"], part.json["amount_micros"]) == (201, "succeeded", 2 * USD)
    assert await till.available() == left - 2 * USD
    rest = await refund(till, payment_id)
    assert rest.json["amount_micros"] == left - 2 * USD
    assert await till.available() == 0
    payment = await till.payment(payment_id)
    assert (payment["state"], payment["refunded_micros"]) == ("succeeded", left)
    assert (await refund(till, payment_id)).json["code"] == "nothing_to_refund"
    assert await balances(till.database, till.tenant) == {"cash.stripe": left - 10 * USD, "revenue.usage": 4 * PRICE}
    listed = await till.get(f"/api/billing/payments/{payment_id}/refunds")
    assert [one["amount_micros"] for one in listed["items"]] == [2 * USD, left - 2 * USD]
    await till.proven()


async def test_the_same_refund_twice_is_one(till: Till, stripe: Stripe) -> None:
    payment_id, key = await paid(till), str(uuid4())
    first, second = await asyncio.gather(refund(till, payment_id, USD, key), refund(till, payment_id, USD, key))
    assert first.json["id"] == second.json["id"]
    assert await till.available() == 9 * USD
    assert (await stripe.config("calls")).count("POST /v1/refunds") >= 1
    await stripe.deliver(times=2, reverse=True)
    assert await till.available() == 9 * USD
    await till.proven()


async def test_a_refund_without_an_answer_is_made_once(worked: Till, stripe: Stripe) -> None:
    payment_id = await paid(worked)
    await stripe.hold_webhooks()
    await stripe.fault("/v1/refunds", "lose_answer", times=3)
    assert (await refund(worked, payment_id, 4 * USD)).status == 201
    assert await worked.available() == 6 * USD, "what is on its way back cannot be spent"

    async def done() -> bool:
        listed = await worked.get(f"/api/billing/payments/{payment_id}/refunds")
        return [one["state"] for one in listed["items"]] == ["succeeded"]

    await until(done, 20)
    intent = await gateway_payment(worked, payment_id)
    made = await stripe.call(f"/refunds?payment_intent={intent}")
    assert [one["amount"] for one in made["data"]] == [400]
    await worked.proven()


async def test_a_refund_that_the_bank_sends_back_is_credit_again(till: Till, stripe: Stripe) -> None:
    payment_id = await paid(till)
    await stripe.config("refund_state", state="pending")
    asked = (await refund(till, payment_id, 4 * USD)).json
    assert asked["state"] == "pending"
    refund_id = await till.one("SELECT gateway_refund FROM refunds WHERE lane = $1 AND account_id = $2")
    await stripe.config("refund_ends", id=refund_id, state="failed")

    async def back() -> bool:
        return await till.available() == 10 * USD

    await until(back)
    await stripe.deliver(times=2)
    assert await till.available() == 10 * USD
    kinds = [line["kind"] for line in (await till.get("/api/billing/statement"))["items"]]
    assert kinds == ["refund_failed", "refund", "top_up"]
    assert (await till.payment(payment_id))["refunded_micros"] == 0
    await till.proven()


async def test_a_refund_that_takes_days_is_looked_at_and_not_made_again(worked: Till, stripe: Stripe) -> None:
    payment_id = await paid(worked)
    await stripe.config("refund_state", state="pending")
    asked = (await refund(worked, payment_id, 4 * USD)).json
    await stripe.hold_webhooks()
    refund_id = await worked.one("SELECT gateway_refund FROM refunds WHERE lane = $1 AND account_id = $2")
    await stripe.config("refund_ends", id=refund_id, state="succeeded")

    async def done() -> bool:
        listed = await worked.get(f"/api/billing/payments/{payment_id}/refunds")
        return [(one["id"], one["state"]) for one in listed["items"]] == [(asked["id"], "succeeded")]

    await until(done, 20)
    assert (await stripe.config("calls")).count("POST /v1/refunds") == 1
    await worked.proven()


async def test_a_closing_account_gets_back_what_it_paid_and_did_not_spend(till: Till, stripe: Stripe) -> None:
    first, second = await paid(till), await paid(till, 5 * USD)
    async with till.database.account(till.tenant) as tx:
        await billing.grant(tx, till.tenant, Money(USD, "USD"), "welcome", "welcome", datetime.now(UTC))
    await spend(till, 100)  # 1.50: the gift of 1.00, and 0.50 of the first top-up
    key = {"Idempotency-Key": str(uuid4())}
    answer = await till.desk.post("/api/billing/refund-unspent", headers=key)
    assert [one["amount_micros"] for one in answer.json["items"]] == [9_500_000, 5 * USD]
    again = await till.desk.post("/api/billing/refund-unspent", headers=key)
    assert again.json["items"] == []
    assert [(await till.payment(one))["state"] for one in (first, second)] == ["succeeded", "refunded"]
    assert await till.available() == 0
    await till.proven()


async def test_a_refund_made_at_stripe_takes_what_is_left_and_the_rest_is_owed(till: Till, stripe: Stripe) -> None:
    payment_id = await paid(till, USD)
    await spend(till, 20)
    intent = await gateway_payment(till, payment_id)
    await stripe.call("/refunds", {"payment_intent": intent, "amount": 100})

    async def owed() -> bool:
        return await till.available() == -20 * PRICE

    await until(owed)
    await stripe.deliver("refund.*", times=2)
    assert await till.available() == -20 * PRICE
    assert (await till.payment(payment_id))["state"] == "refunded"
    await till.proven()


async def test_a_chargeback_takes_what_is_left_and_the_rest_is_owed(till: Till, stripe: Stripe) -> None:
    card = await till.save_card()
    rule = {"threshold_micros": 0, "mode": "fixed", "amount_micros": USD, "card_id": card, "enabled": True}
    assert (await till.desk.request("PUT", "/api/billing/auto-top-up", json=rule)).status == 200
    payment_id = await paid(till, USD)
    await spend(till, 20)
    intent = await gateway_payment(till, payment_id)
    await stripe.config("dispute", payment_intent=intent, amount=100, status="warning_needs_response")
    assert await till.available() == USD - 20 * PRICE, "an inquiry takes no money"
    dispute = await stripe.config("dispute", payment_intent=intent, amount=100)

    async def owed() -> bool:
        return await till.available() == -20 * PRICE

    await until(owed)
    await stripe.deliver(times=2, reverse=True)
    assert await till.available() == -20 * PRICE
    assert await balances(till.database, till.tenant) == {"receivable": -20 * PRICE, "revenue.usage": 20 * PRICE}
    payment = await till.payment(payment_id)
    assert (payment["state"], payment["disputed_micros"]) == ("disputed", USD)
    frozen = (await till.get("/api/billing/auto-top-up"))["auto_top_up"]
    assert frozen["state"] == "frozen"
    refused = await till.desk.request("PUT", "/api/billing/auto-top-up", json=rule)
    assert (refused.status, refused.json["code"]) == (409, "auto_top_up_frozen")
    assert [one["kind"] for one in (await till.get("/api/billing/alerts"))["items"]] == ["chargeback"]
    assert (await refund(till, payment_id)).json["code"] == "nothing_to_refund"
    await till.proven()

    await paid(till, 2 * USD)
    assert await till.available() == 2 * USD - 20 * PRICE, "new credit repays it first"
    await stripe.config("dispute_ends", id=dispute["id"], status="won")

    async def restored() -> bool:
        return await till.available() == 3 * USD - 20 * PRICE

    await until(restored)
    await stripe.deliver("charge.dispute.*", times=2, reverse=True)
    assert await till.available() == 3 * USD - 20 * PRICE
    assert (await till.payment(payment_id))["state"] == "succeeded"
    assert (await till.desk.request("PUT", "/api/billing/auto-top-up", json=rule)).status == 200
    await till.proven()


async def test_a_chargeback_told_before_the_payment_and_after_its_end(till: Till, stripe: Stripe) -> None:
    await stripe.hold_webhooks()
    answer = (await till.top_up(USD)).json
    await stripe.pay(answer["client_secret"])
    intent = answer["client_secret"].partition("_secret_")[0]
    lost = await stripe.config("dispute", payment_intent=intent, amount=100)
    await stripe.config("dispute_ends", id=lost["id"], status="lost")
    assert set(await stripe.deliver(reverse=True)) == {200}
    assert await till.available() == 0
    assert (await till.payment(answer["payment"]["id"]))["state"] == "disputed"
    await till.proven()


@pytest.mark.parametrize("seed", range(6))
async def test_the_order_and_number_of_messages_do_not_matter(till: Till, stripe: Stripe, seed: int) -> None:
    """Declined, paid, partly refunded at Stripe, charged back and won, and told of it in any order, some of it twice."""
    await stripe.hold_webhooks()
    answer = (await till.top_up(10 * USD)).json
    await stripe.pay(answer["client_secret"], DECLINES, expect=402)
    await stripe.pay(answer["client_secret"])
    intent = answer["client_secret"].partition("_secret_")[0]
    await stripe.call("/refunds", {"payment_intent": intent, "amount": 300})
    dispute = await stripe.config("dispute", payment_intent=intent, amount=700)
    await stripe.config("dispute_ends", id=dispute["id"], status="won")
    assert set(await stripe.config("deliver", shuffle=seed)) == {200}
    payment = await till.payment(answer["payment"]["id"])
    assert (payment["state"], payment["refunded_micros"], payment["disputed_micros"]) == ("succeeded", 3 * USD, 0)
    assert await till.available() == 7 * USD
    await till.proven()


async def test_never_below_zero_with_sends_top_ups_and_refunds_at_once(till: Till, stripe: Stripe) -> None:
    card = await till.save_card()
    payment_id = str((await till.top_up(USD, card_id=card)).json["payment"]["id"])
    now = datetime.now(UTC)
    lowest: list[int] = []

    async def send() -> bool:
        try:
            async with till.database.account(till.tenant) as tx:
                await billing.place_hold(tx, till.tenant, new_id(), PRICE * 4, now + timedelta(days=1), now)
        except InsufficientCredit:
            return False
        lowest.append(await till.available())
        return True

    sends = asyncio.gather(*(send() for _ in range(40)))
    refunds = asyncio.gather(*(refund(till, payment_id, 300_000) for _ in range(5)))
    held, answers, _ = await asyncio.gather(sends, refunds, till.top_up(USD, card_id=card))
    assert min(lowest) >= 0
    refunded = sum(300_000 for answer in answers if answer.status == 201)
    assert refunded
    assert any(held)
    assert await till.available() == 2 * USD - refunded - 4 * PRICE * sum(held) >= 0
    await till.proven()
