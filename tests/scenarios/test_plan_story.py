"""A plan in a whole house: it begins with the first number, time is moved, and the worker dies at every turn."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import living
from .house import House, until
from .people import Desk

FEE = 79_990_000


@pytest.fixture
def house(postgres_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    with living(House(postgres_url, tmp_path, plan_fees="true"), request) as house:
        yield house


def bill(desk: Desk) -> list[Any]:
    items: list[Any] = []
    after = ""
    while True:
        page = desk.call("GET", f"/api/billing/charges?limit=100{after}")
        items += page["items"]
        if not page["next"]:
            return items
        after = f"&after={page['next']}"


def test_fees_are_charged_exactly_once_however_often_the_worker_dies(house: House) -> None:
    desk = Desk(house)
    desk.sign_up("Marigold", "asha@marigold.example")
    desk.call("PATCH", "/api/billing/subscription", {"plan": "plus", "interval": "monthly"})
    desk.top_up(5_000_000_000)
    desk.bring_number("+919845000001")
    started = desk.call("GET", "/api/billing/subscription")
    assert (started["status"], started["fee_micros"]) == ("active", FEE)
    assert desk.wallet()["available_micros"] == 5_000_000_000 - FEE
    # Ten periods at once, while the worker is killed again and again.
    for n in range(4):
        desk.call("POST", "/api/sandbox/advance-clock", {"seconds": 76 * 86_400})
        time.sleep(0.15 * n)
        house.kill("worker")
        house.start_worker()

    def caught_up() -> Any:
        view = desk.call("GET", "/api/billing/subscription")
        period = view["period"]
        return period if period["days_left"] > 0 else None

    period = until("the running period", caught_up, 60)
    charges = bill(desk)
    assert {charge["meter"] for charge in charges} == {"plan_fee"}
    items = Counter(charge["item"] for charge in charges)
    assert set(items.values()) == {1}
    days = sorted(item.rpartition(":")[2] for item in items)
    assert (days[0], days[-1]) == (started["period"]["starts_on"], period["starts_on"])
    assert len(days) in (10, 11)
    assert desk.wallet()["available_micros"] == 5_000_000_000 - len(days) * FEE

    yearly = {"plan": "plus", "interval": "yearly"}
    preview = desk.call("POST", "/api/billing/subscription/preview", {"action": "change", **yearly})
    changed = desk.call(
        "POST", "/api/billing/subscription/change", {**yearly, "expected_micros": preview["amount_micros"]}
    )
    assert changed["interval"] == "yearly"
    assert bill(desk)[0]["amount_micros"] == preview["amount_micros"] > 0
