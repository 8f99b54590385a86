"""WhatsApp's bill explained: a platform that loses webhooks, prices otherwise and counts otherwise, day by day."""

from __future__ import annotations

from typing import Any

import pytest

from .house import House, until
from .people import Customer, Desk
from .test_main_story import BUSINESS, CUSTOMER, DAY_S, TOP_UP_MICROS, advance, arrived, phone_number_id_of

pytestmark = pytest.mark.timeout(400)
# Rating waits for a quiet moment, and a machine that runs tests has few.
RATED_S = 60.0
QUIET = {"lost_statuses": 0, "untold_price": 0, "late_price_s": 0, "other_price": 0, "uncounted": 0}


def reconciliation(desk: Desk) -> Any:
    return desk.call("GET", "/api/billing/reconciliation")


def classes(desk: Desk) -> dict[str, int]:
    return {one["class"]: one["messages"] for one in reconciliation(desk)["classes"] if one["messages"]}


def figures(desk: Desk) -> dict[str, int]:
    """Messages per class of the comparison with WhatsApp's figures."""
    days = reconciliation(desk)["statement"]["days"]
    names = ("match", "timing", "missing_webhook", "extra", "price_differs")
    return {name: total for name in names if (total := sum(day[name] for day in days))}


def test_every_difference_is_found_and_named(house: House) -> None:
    desk = Desk(house)
    desk.sign_up("Marigold Tea", "asha@marigold.example")
    desk.bring_number(BUSINESS)
    desk.top_up(TOP_UP_MICROS)
    house.control("PUT", "/rates", {"*/service": 0.004})
    phone_number_id = phone_number_id_of(house, BUSINESS)
    ravi = Customer(house, CUSTOMER, "Ravi")
    people = {"IN": ravi, "BR": Customer(house, "+5511987654321", "Lia"), "ES": Customer(house, "+34612345678", "Eva")}
    chats: dict[str, str] = {}
    for country, person in people.items():
        person.write(phone_number_id, "Is the first flush in stock?")
        found = until("the chat", lambda: next((one for one in desk.chats() if one["id"] not in chats.values()), None))
        chats[country] = found["id"]

    def say(text: str, country: str = "IN", **faults: float) -> str:
        """One reply, on a platform with these faults."""
        house.control("PUT", "/faults", {**QUIET, **faults})
        message: str = desk.say(chats[country], text)["id"]
        until(f"{text} on the phone", lambda: len(people[country].sees(phone_number_id)) == said[country] + 2)
        if not faults.get("lost_statuses"):
            until(f"{text} delivered", lambda: arrived(desk, chats[country], message, "delivered"))
        said[country] += 1
        return message

    said = dict.fromkeys(people, 0)
    say("Yes.")
    differs = say("Priced as something else.", other_price=1)
    silent = say("Told without a price.", untold_price=1)
    say("Priced an hour later.", late_price_s=3600)
    say("Not in WhatsApp's figures.", "BR", uncounted=1)
    say("Nobody is told of this one.", "ES", lost_statuses=1)
    house.control("PUT", "/faults", QUIET)

    until("all are rated", lambda: classes(desk) == {"match": 2, "price_differs": 1, "timing": 2}, RATED_S)
    assert reconciliation(desk)["explained_percent"] == 80.0
    [one] = desk.call("GET", "/api/billing/reconciliation/messages?class=price_differs")["items"]
    assert (one["message_id"], one["customer"]) == (differs, "Ravi")
    assert (one["reckoned"]["kind"], one["told"]["type"]) == ("free_customer_service", "regular")
    assert one["differences"] == ["type", "billable"]
    assert figures(desk) == {"timing": 5}, "nothing is fetched on the first day"

    advance(house, desk, 2 * 3600)
    until("the late price", lambda: classes(desk) == {"match": 3, "price_differs": 1, "timing": 1}, RATED_S)
    waiting = desk.call("GET", "/api/billing/reconciliation/messages?class=timing")["items"]
    assert [one["message_id"] for one in waiting] == [silent]

    advance(house, desk, DAY_S + 4 * 3600)
    until("WhatsApp's figures", lambda: reconciliation(desk)["statement"]["fetched_before"], RATED_S)
    assert figures(desk) == {"match": 3, "timing": 3}, "the newest days may still change"
    advance(house, desk, 3 * DAY_S)
    expected = {"match": 3, "price_differs": 1, "extra": 1, "missing_webhook": 1}
    until("the final figures", lambda: figures(desk) == expected, RATED_S)
    statement = reconciliation(desk)["statement"]
    assert (statement["problem"], statement["explained_percent"]) == (None, 50.0)
    assert all(day["final"] for day in statement["days"])

    advance(house, desk, 4 * DAY_S)
    until("a price that never came", lambda: classes(desk) == {"match": 3, "price_differs": 1, "missing": 1}, RATED_S)
    wallet, charged = desk.wallet(), sum(charge["amount_micros"] for charge in desk.charges())
    assert wallet["available_micros"] + wallet["held_micros"] + charged == TOP_UP_MICROS, "only our own meter is paid"
