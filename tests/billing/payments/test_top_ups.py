"""Top-ups through Stripe: by new and saved cards, and everything that goes wrong on the way, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import aiohttp
import pytest
from stripe import WebhookSignature

from hobnob.app import content_security_policy
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.books import USD, balances
from tests.billing.payments.stripe_server import ASKS_THE_HOLDER, DECLINES, WEBHOOK_SECRET, Stripe
from tests.billing.payments.till import Till, open_till
from tests.inbox.send.shop import until


@pytest.fixture
async def till(settings: Settings, database: Database, stripe: Stripe) -> object:
    async with open_till(settings, database, stripe) as till:
        yield till


@pytest.fixture
async def worked(settings: Settings, database: Database, stripe: Stripe) -> object:
    """With a worker, and without webhooks."""
    async with open_till(settings, database, stripe, worker=True, webhooks=False) as till:
        yield till


async def test_a_new_card_is_finished_in_the_browser(till: Till, stripe: Stripe) -> None:
    answer = await till.top_up(25 * USD, save_card=True)
    assert answer.status == 201
    payment, secret = answer.json["payment"], answer.json["client_secret"]
    assert (payment["state"], payment["method"], payment["block_id"]) == ("pending", "stripe", None)
    assert answer.json["wallet"]["available_micros"] == 0
    await stripe.pay(secret)
    paid = await till.comes_to(payment["id"], "succeeded")
    assert await till.available() == 25 * USD
    assert await balances(till.database, till.tenant) == {"cash.stripe": -25 * USD, "wallet.paid": 25 * USD}
    (card,) = (await till.get("/api/billing/cards"))["items"]
    assert (card["brand"], card["last4"], card["is_default"]) == ("visa", "4242", True)
    statement = await till.get(f"/api/wallet/blocks/{paid['block_id']}/statement")
    assert (statement["amount_micros"], [line["kind"] for line in statement["items"]]) == (25 * USD, ["top_up"])
    await till.proven()


async def test_a_saved_card_is_charged_at_once(till: Till, stripe: Stripe) -> None:
    card = await till.save_card()
    answer = await till.top_up(card_id=card)
    assert (answer.json["payment"]["state"], answer.json["client_secret"]) == ("succeeded", None)
    assert answer.json["wallet"]["available_micros"] == 10 * USD
    await stripe.deliver(times=3, reverse=True)
    assert await till.available() == 10 * USD
    assert await stripe.charged() == [1000]
    await till.proven()


async def test_a_double_click_pays_once(till: Till, stripe: Stripe) -> None:
    card = await till.save_card()
    await stripe.fault("/confirm", "slow", seconds=0.5)
    key = str(uuid4())
    first, second = await asyncio.gather(till.top_up(card_id=card, key=key), till.top_up(card_id=card, key=key))
    assert (first.status, second.status) == (201, 201)
    assert first.json["payment"]["id"] == second.json["payment"]["id"]
    assert (await till.top_up(card_id=card, key=key)).json["payment"]["state"] == "succeeded"
    assert await stripe.charged() == [1000]
    other = await till.top_up(11 * USD, card_id=card, key=key)
    assert (other.status, other.json["code"]) == (409, "idempotency_conflict")
    assert await till.available() == 10 * USD
    await till.proven()


async def test_the_webhook_may_come_before_the_answer(till: Till, stripe: Stripe) -> None:
    card = await till.save_card()
    await stripe.fault("/confirm", "slow", seconds=1.5)
    asking = asyncio.create_task(till.top_up(card_id=card))

    async def credited() -> bool:
        return await till.available() > 0

    await until(credited)
    assert not asking.done(), "the answer was to come after the webhook"
    assert (await asking).json["payment"]["state"] == "succeeded"
    assert await till.available() == 10 * USD
    await till.proven()


async def test_webhooks_in_any_order_and_number_credit_once(till: Till, stripe: Stripe) -> None:
    await stripe.hold_webhooks()
    secret = (await till.top_up()).json["client_secret"]
    await stripe.pay(secret, DECLINES, expect=402)
    await stripe.pay(secret)
    assert await till.available() == 0
    assert set(await stripe.deliver(times=2, reverse=True)) == {200}
    assert await till.available() == 10 * USD
    assert set(await stripe.deliver("payment_intent.payment_failed")) == {200}
    (payment,) = await till.payments()
    assert (payment["state"], payment["failure_code"]) == ("succeeded", None)
    await till.proven()


async def test_declined_and_then_paid_with_another_card(till: Till, stripe: Stripe) -> None:
    answer = (await till.top_up()).json
    await stripe.pay(answer["client_secret"], DECLINES, expect=402)
    failed = await till.comes_to(answer["payment"]["id"], "failed")
    assert (failed["failure_code"], failed["failure_reason"]) == ("card_declined", "Your card was declined.")
    assert await till.available() == 0
    await stripe.pay(answer["client_secret"])
    assert (await till.comes_to(answer["payment"]["id"], "succeeded"))["failure_code"] is None
    assert await till.available() == 10 * USD
    await till.proven()


async def test_a_saved_card_that_declines_costs_nothing(till: Till, stripe: Stripe) -> None:
    answer = await till.top_up(card_id=await till.save_card(DECLINES))
    payment = answer.json["payment"]
    assert (answer.status, payment["state"], payment["failure_code"]) == (201, "failed", "card_declined")
    assert await stripe.charged() == []
    await till.proven()


@pytest.mark.parametrize("success", [True, False])
async def test_the_bank_asks_the_holder(till: Till, stripe: Stripe, success: bool) -> None:
    card = await till.save_card(ASKS_THE_HOLDER) if success else None
    answer = (await till.top_up(card_id=card)).json
    secret, payment_id = answer["client_secret"], answer["payment"]["id"]
    if card is None:
        await stripe.pay(secret, ASKS_THE_HOLDER)
        await till.comes_to(payment_id, "requires_action")
    else:
        assert answer["payment"]["state"] == "requires_action"
        asked_again = (await till.desk.post(f"/api/billing/payments/{payment_id}/look")).json
        assert asked_again["client_secret"] == secret
    await stripe.answer_bank(secret, success=success)
    await till.comes_to(payment_id, "succeeded" if success else "failed")
    assert await till.available() == (10 * USD if success else 0)
    await till.proven()


async def test_an_answer_lost_on_the_way_is_found_by_the_sweep(worked: Till, stripe: Stripe) -> None:
    card = await worked.save_card()
    await stripe.fault("/confirm", "lose_answer", times=3)
    answer = await worked.top_up(card_id=card)
    assert answer.status == 201
    assert await stripe.charged() == [1000]
    await worked.comes_to(answer.json["payment"]["id"], "succeeded")
    assert await worked.available() == 10 * USD
    assert (
        await worked.one("SELECT count(*) FROM payments WHERE lane = $1 AND account_id = $2 AND check_at IS NOT NULL")
        == 0
    )
    await worked.proven()


async def test_a_gateway_that_is_down_takes_nothing_and_says_so(worked: Till, stripe: Stripe) -> None:
    card = await worked.save_card()
    await stripe.fault("/v1/payment_intents$", "down", times=3)
    answer = await worked.top_up(card_id=card)
    assert answer.status == 201
    failed = await worked.comes_to(answer.json["payment"]["id"], "failed")
    assert failed["failure_code"] == "interrupted"
    assert await stripe.charged() == []
    await worked.proven()


async def test_stopped_between_start_and_confirm_nothing_is_charged(worked: Till, stripe: Stripe) -> None:
    """The payment is known to the gateway, and whoever was to confirm it never did."""
    card = await worked.save_card()
    await stripe.fault("/confirm", "down", times=3)
    answer = await worked.top_up(card_id=card)
    await worked.comes_to(answer.json["payment"]["id"], "failed")
    intent = await worked.one("SELECT gateway_payment FROM payments WHERE lane = $1 AND account_id = $2")

    async def canceled() -> bool:
        return str((await stripe.call(f"/payment_intents/{intent}"))["status"]) == "canceled"

    await until(canceled, 20)
    assert await stripe.charged() == []
    await worked.proven()


async def test_what_nobody_finishes_is_given_up_after_a_day(worked: Till, stripe: Stripe) -> None:
    answer = (await worked.top_up()).json
    intent = answer["client_secret"].partition("_secret_")[0]
    later = (
        "UPDATE payments SET requested_at = now() - interval '%s', check_at = now() WHERE lane = $1 AND account_id = $2"
    )
    await worked.one(later % "23 hours")

    async def looked_at() -> bool:
        due = "SELECT check_at <= now() FROM payments WHERE lane = $1 AND account_id = $2"
        return not await worked.one(due)

    await until(looked_at)
    assert (await worked.payment(answer["payment"]["id"]))["state"] == "pending"
    await worked.one(later % "25 hours")
    await worked.comes_to(answer["payment"]["id"], "canceled")
    assert (await stripe.call(f"/payment_intents/{intent}"))["status"] == "canceled"
    await stripe.pay(answer["client_secret"], expect=400)
    assert await stripe.charged() == []


async def test_only_the_owner_deals_with_money(till: Till, stripe: Stripe) -> None:
    card = await till.save_card()
    async with till.database.account(till.tenant) as tx:
        await tx.execute(
            "UPDATE agents SET role = 'admin' WHERE lane = $1 AND account_id = $2",
            till.tenant.lane,
            till.tenant.account_id,
        )
    rule = {"enabled": True, "threshold_micros": 0, "mode": "fixed", "amount_micros": USD, "card_id": card}
    settings = {"low_balance_micros": [], "month_spend_micros": [], "email": False}
    refused = [
        await till.top_up(card_id=card),
        await till.desk.post("/api/billing/cards/setups", {"method": "stripe"}),
        await till.desk.post("/api/billing/cards", {"method": "stripe", "setup_id": "seti_1"}),
        await till.desk.post(f"/api/billing/cards/{card}/default"),
        await till.desk.delete(f"/api/billing/cards/{card}"),
        await till.desk.request("PUT", "/api/billing/auto-top-up", json=rule),
        await till.desk.request("PUT", "/api/billing/alerts/settings", json=settings),
        await till.desk.post(f"/api/billing/payments/{card}/refunds", {}),
        await till.desk.post(f"/api/billing/payments/{card}/look"),
        await till.desk.post("/api/billing/refund-unspent"),
    ]
    assert {(answer.status, answer.json["code"]) for answer in refused} == {(403, "forbidden")}
    assert len((await till.get("/api/billing/cards"))["items"]) == 1


async def test_the_test_method_has_cards_too(worked: Till) -> None:
    for name in ("test_card_declines", "test_card_pays"):
        setup = (await worked.desk.post("/api/billing/cards/setups", {"method": "test"})).json
        assert setup["client_secret"] == ""
        saved = await worked.desk.post("/api/billing/cards", {"method": "test", "setup_id": name})
        assert saved.status == 201
    kept = (await worked.get("/api/billing/cards"))["items"]
    declining, paying = sorted(kept, key=lambda card: str(card["last4"]))
    body = {"enabled": True, "threshold_micros": USD, "mode": "fixed", "amount_micros": 3 * USD}
    for card in (declining, paying):
        rule = await worked.desk.request("PUT", "/api/billing/auto-top-up", json=body | {"card_id": card["id"]})
        assert rule.status == 200

        async def tried(card_id: str = card["id"]) -> bool:
            return any(one["card_id"] == card_id and one["state"] != "pending" for one in await worked.payments())

        await until(tried, 20)
    assert [one["state"] for one in await worked.payments()] == ["succeeded", "failed"]
    assert await worked.available() == 3 * USD
    payment_id = (await worked.payments())[0]["id"]
    given_back = await worked.desk.post(f"/api/billing/payments/{payment_id}/refunds", {"amount_micros": USD})
    assert (given_back.status, given_back.json["state"]) == (201, "succeeded")
    stored = await worked.desk.post("/api/billing/cards", {"method": "test", "setup_id": "other"})
    assert (stored.status, stored.json["code"]) == (409, "gateway_refused")
    await worked.proven()


async def test_a_webhook_that_is_not_signed_is_refused(till: Till, stripe: Stripe) -> None:
    answer = (await till.top_up()).json
    intent = answer["client_secret"].partition("_secret_")[0]
    about = await stripe.call(f"/payment_intents/{intent}")
    event = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded"}
    body = json.dumps({**event, "data": {"object": {**about, "status": "succeeded"}}})
    right = WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET)
    late = WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, timestamp=1_700_000_000)
    async with aiohttp.ClientSession() as session:
        for signature in (None, "", "t=1,v1=00", late, right.replace("v1=", "v0="), right[:-1]):
            headers = {"Stripe-Signature": signature} if signature is not None else {}
            async with session.post(f"{till.desk.base}/webhooks/stripe", data=body, headers=headers) as refused:
                assert refused.status == 401, signature
        changed = body.replace('"amount": 1000', '"amount": 9000')
        assert changed != body
        headers = {"Stripe-Signature": right}
        async with session.post(f"{till.desk.base}/webhooks/stripe", data=changed, headers=headers) as refused:
            assert refused.status == 401
        async with session.post(f"{till.desk.base}/webhooks/paypal", data=body, headers=headers) as unknown:
            assert unknown.status == 404
        assert await till.available() == 0
        async with session.post(f"{till.desk.base}/webhooks/stripe", data=body, headers=headers) as taken:
            assert taken.status == 200
    assert await till.available() == 10 * USD


async def test_what_belongs_to_nobody_here_is_passed_over(till: Till, stripe: Stripe) -> None:
    stranger = {"hobnob_account": str(uuid4()), "hobnob_lane": "7", "hobnob_payment": str(uuid4())}
    for metadata in ({}, {"hobnob_account": "x", "hobnob_lane": "999"}, stranger):
        intent = await stripe.call("/payment_intents", {"amount": 500, "currency": "usd", "metadata": metadata})
        await stripe.pay(intent["client_secret"])
    assert set(await stripe.deliver()) == {200}
    assert await till.available() == 0
    assert await till.payments() == []


async def test_who_may_pay_and_what(till: Till, stripe: Stripe) -> None:
    assert (await till.top_up(1_005_000)).json["fields"][0]["field"] == "amount_micros"
    assert (await till.top_up(card_id=str(uuid4()))).status == 404
    assert (await till.get("/api/billing/payment-methods"))["items"] == [
        {"name": "test", "publishable_key": ""},
        {"name": "stripe", "publishable_key": "pk_test_shop"},
    ]
    assert await stripe.config("calls") == []


async def test_pages_may_load_stripes_script_where_cards_are_taken(till: Till, database: Database) -> None:
    policy = (await till.desk.get("/api/me")).headers["content-security-policy"]
    assert "script-src 'self' https://js.stripe.com;" in policy
    assert "frame-src https://js.stripe.com https://hooks.stripe.com;" in policy
    plain = content_security_policy(Settings())
    assert "stripe" not in plain
    assert plain.count(";") == policy.count(";") - 1
