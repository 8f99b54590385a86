"""Saved cards: saved once whoever tells of it, one default, and gone for good when removed."""

from __future__ import annotations

import pytest

from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.payments.stripe_server import ASKS_THE_HOLDER, Stripe
from tests.billing.payments.till import Till, open_till
from tests.inbox.send.shop import until


@pytest.fixture
async def till(settings: Settings, database: Database, stripe: Stripe) -> object:
    async with open_till(settings, database, stripe) as till:
        yield till


async def cards(till: Till) -> list[tuple[str, bool]]:
    return [(one["last4"], one["is_default"]) for one in (await till.get("/api/billing/cards"))["items"]]


async def test_a_card_is_saved_by_the_gateways_message_alone(till: Till, stripe: Stripe) -> None:
    setup = (await till.desk.post("/api/billing/cards/setups", {"method": "stripe"})).json
    assert setup["publishable_key"] == "pk_test_shop"
    assert setup["client_secret"].startswith(setup["setup_id"])
    done = {"method": "stripe", "setup_id": setup["setup_id"]}
    early = await till.desk.post("/api/billing/cards", done)
    assert (early.status, early.json["code"]) == (404, "not_found")
    await stripe.save(setup["setup_id"], ASKS_THE_HOLDER)

    async def saved() -> bool:
        return await cards(till) == [("3184", True)]

    await until(saved)
    await till.desk.post("/api/billing/cards", done)
    assert set(await stripe.deliver(times=2)) == {200}
    assert await cards(till) == [("3184", True)]


async def test_one_default_and_what_is_removed_stays_removed(till: Till, stripe: Stripe) -> None:
    first = await till.save_card()
    second = await till.save_card(ASKS_THE_HOLDER)
    assert await cards(till) == [("4242", True), ("3184", False)]
    chosen = await till.desk.post(f"/api/billing/cards/{second}/default")
    assert [(one["id"], one["is_default"]) for one in chosen.json["items"]] == [(second, True), (first, False)]
    await stripe.fault("/detach", "down", times=3)
    for card in (second, first):
        assert (await till.desk.delete(f"/api/billing/cards/{card}")).status == 204
        assert (await till.desk.delete(f"/api/billing/cards/{card}")).status == 404
    assert set(await stripe.deliver("setup_intent.succeeded", times=2)) == {200}
    assert await cards(till) == []
    assert (await till.top_up(card_id=first)).status == 404
    third = await till.save_card()
    assert await cards(till) == [("4242", True)]
    assert third != first


async def test_a_card_of_another_account_is_not_ours(till: Till, stripe: Stripe, settings: Settings) -> None:
    theirs = (await till.desk.post("/api/billing/cards/setups", {"method": "stripe"})).json
    await stripe.save(theirs["setup_id"])
    await till.desk.post("/api/sign-out")
    till.desk.forget_cookies()
    await till.desk.sign_up(email="other@example.com")
    taken = await till.desk.post("/api/billing/cards", {"method": "stripe", "setup_id": theirs["setup_id"]})
    assert (taken.status, taken.json["code"]) == (404, "not_found")
    unknown = await till.desk.post("/api/billing/cards", {"method": "stripe", "setup_id": "seti_unknown"})
    assert (unknown.status, unknown.json["code"]) == (409, "gateway_refused")
    assert await cards(till) == []
