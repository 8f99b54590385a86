"""kill -9 between a payment and its posting: the money is on the account once, whoever of the three tells of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.billing.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer

from .house import House, until
from .people import Desk

pytestmark = pytest.mark.timeout(300)
USD = 1_000_000


class Bank:
    """The Stripe-like server, for plain code."""

    def __init__(self, url: str, web_url: str) -> None:
        self.url = url
        self.config("reset")
        self.config("webhook", url=f"{web_url}/webhooks/stripe", secret=WEBHOOK_SECRET)

    def config(self, about: str, **data: Any) -> Any:
        answer = httpx.post(f"{self.url}/_config/{about}", json=data, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, path: str, data: Any) -> Any:
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        answer = httpx.post(f"{self.url}/v1{path}", json=data, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def bank_and_house(postgres_url: str, tmp_path: Path) -> Iterator[tuple[Bank, House]]:
    with StripeServer() as server:
        house = House(
            postgres_url,
            tmp_path,
            stripe_secret_key=SECRET_KEY,
            stripe_publishable_key="pk_test_shop",
            stripe_webhook_secret=WEBHOOK_SECRET,
            stripe_api_url=server.url,
            payment_timeout_s="60",
            payment_doubt_wait_s="2",
        )
        try:
            house.start()
            yield Bank(server.url, house.web_url), house
        except BaseException:
            print(house.logs())
            raise
        finally:
            house.stop()


def saved_card(bank: Bank, desk: Desk) -> str:
    setup = desk.call("POST", "/api/billing/cards/setups", {"method": "stripe"})
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    method = bank.call("/payment_methods", {"type": "card", "card": card})
    bank.call(f"/setup_intents/{setup['setup_id']}/confirm", {"payment_method": method["id"]})
    done = {"method": "stripe", "setup_id": setup["setup_id"]}
    return str(desk.call("POST", "/api/billing/cards", done)["items"][0]["id"])


def prove(house: House) -> None:
    """`hobnob ledger prove`, as an operator runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "hobnob.cli", "ledger", "prove"],
        env=house.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def charged(bank: Bank) -> list[int]:
    amounts: list[int] = bank.config("charges")
    return amounts


def test_killed_after_the_card_was_charged(bank_and_house: tuple[Bank, House]) -> None:
    bank, house = bank_and_house
    desk = Desk(house)
    desk.sign_up("Marigold Tea", "asha@marigold.example")
    card = saved_card(bank, desk)
    bank.config("hold", hold=True)
    bank.config("fault", path="/payment_intents/.*/confirm", kind="slow", times=1, seconds=30)
    body = {"amount_micros": 10 * USD, "method": "stripe", "card_id": card}
    key = str(uuid4())

    def click() -> str:
        try:
            desk.call("POST", "/api/billing/top-ups", body, key=key)
        except httpx.TransportError as error:
            return repr(error)
        return "answered"

    with ThreadPoolExecutor(1) as pool:
        clicking = pool.submit(click)
        until("the card to be charged", lambda: charged(bank) == [1000])
        house.kill("worker")
        house.kill("web")
        assert clicking.result() != "answered"
    house.start_web()
    assert desk.wallet()["available_micros"] == 0, "charged, and nothing of it posted"
    house.start_worker()
    until("the sweep to find it", lambda: desk.wallet()["available_micros"] == 10 * USD, 60)
    assert set(bank.config("deliver", times=2, reverse=True)) == {200}
    again = desk.call("POST", "/api/billing/top-ups", body, key=key, expect=201)
    assert again["payment"]["state"] == "succeeded"
    assert desk.wallet()["available_micros"] == 10 * USD
    assert charged(bank) == [1000]
    prove(house)


def test_killed_during_an_automatic_top_up(bank_and_house: tuple[Bank, House]) -> None:
    bank, house = bank_and_house
    desk = Desk(house)
    desk.sign_up("Marigold Tea", "asha@marigold.example")
    card = saved_card(bank, desk)
    bank.config("hold", hold=True)
    bank.config("fault", path="/payment_intents/.*/confirm", kind="slow", times=1, seconds=30)
    rule = {"enabled": True, "threshold_micros": USD, "mode": "fixed", "amount_micros": 5 * USD, "card_id": card}
    desk.call("PUT", "/api/billing/auto-top-up", rule)
    until("the card to be charged", lambda: charged(bank) == [500])
    house.kill("worker")
    assert desk.wallet()["available_micros"] == 0
    # One message tells of it while the worker is away, the other two come late.
    assert bank.config("deliver", type="payment_intent.succeeded") == [200]
    assert desk.wallet()["available_micros"] == 5 * USD
    house.start_worker()
    assert set(bank.config("deliver", times=3)) == {200}
    payments = desk.call("GET", "/api/billing/payments")["items"]
    assert [(one["auto"], one["state"]) for one in payments] == [(True, "succeeded")]
    assert charged(bank) == [500]
    assert desk.wallet()["available_micros"] == 5 * USD
    prove(house)
