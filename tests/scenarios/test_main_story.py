"""From sign-up to the wallet's new balance, and a second conversation a day later."""

from __future__ import annotations

import pytest

from .house import House, until
from .people import Customer, Desk

BUSINESS = "+919845012345"
CUSTOMER = "+919812300001"
DAY_S = 24 * 3600
TOP_UP_MICROS = 5_000_000

pytestmark = pytest.mark.timeout(180)


def advance(house: House, desk: Desk, seconds: int) -> None:
    """Move the world's clock: the platform's and the account's together."""
    house.control("POST", "/clock/advance", {"seconds": seconds})
    desk.call("POST", "/api/sandbox/advance-clock", {"seconds": seconds})


def test_a_message_a_reply_and_a_paid_conversation(house: House) -> None:
    desk = Desk(house)
    me = desk.sign_up("Marigold Tea", "asha@marigold.example")
    assert me["agent"]["role"] == "owner"
    number = desk.bring_number(BUSINESS)
    house.control("GET", "/state")
    desk.top_up(TOP_UP_MICROS)
    phone_number_id = phone_number_id_of(house, BUSINESS)

    ravi = Customer(house, CUSTOMER, "Ravi")
    ravi.write(phone_number_id, "Is the first flush in stock?")
    chat = until("the chat", lambda: desk.chats() and desk.chats()[0])
    assert chat["unread_count"] == 1
    assert chat["customer"]["name"] == "Ravi"
    assert chat["number_id"] == number["id"]
    assert chat["conversation"] is None, "a customer who writes opens nothing"
    assert desk.wallet()["available_micros"] == TOP_UP_MICROS

    reply = desk.say(chat["id"], "Yes, picked last week.")
    delivered = until("two ticks", lambda: arrived(desk, chat["id"], reply["id"], "delivered"))
    assert {"queued", "sent", "delivered"} <= set(delivered["statuses"])
    (charge,) = until("the charge", desk.charges)
    wallet = desk.wallet()
    assert wallet["available_micros"] == TOP_UP_MICROS - charge["amount_micros"]
    assert wallet["held_micros"] == 0
    assert charge["amount_micros"] > 0
    assert charge["category"] == "service"
    assert charge["message_id"] == reply["id"]
    assert "India" in charge["rule"]
    assert charge["rate"]["card"] and charge["rate"]["effective_from"]
    conversation = desk.call("GET", f"/api/chats/{chat['id']}")["conversation"]
    assert conversation["opening_message_id"] == reply["id"]

    ravi.reads(phone_number_id)
    until("blue ticks", lambda: arrived(desk, chat["id"], reply["id"], "read"))

    second = desk.say(chat["id"], "Shall I keep 250 g for you?")
    until("the second", lambda: arrived(desk, chat["id"], second["id"], "delivered"))
    assert len(desk.charges()) == 1, "everything within 24 hours is one charge"

    advance(house, desk, DAY_S + 60)
    refused = desk.send(chat["id"], {"type": "text", "body": "Still there?"}, expect=409)
    assert refused["code"] == "window_closed"
    ravi.write(phone_number_id, "Yes please, keep it.")
    until("his answer", lambda: len(desk.thread(chat["id"])) == 4)
    third = desk.say(chat["id"], "Done.")
    until("the third", lambda: arrived(desk, chat["id"], third["id"], "delivered"))
    charges = until("a second charge", lambda: len(desk.charges()) == 2 and desk.charges())
    assert charges[0]["message_id"] == third["id"]
    assert charges[0]["conversation_id"] != charge["conversation_id"]
    assert desk.wallet()["available_micros"] == TOP_UP_MICROS - 2 * charge["amount_micros"]


def test_no_credit_refuses_the_opening_and_nothing_else(house: House) -> None:
    desk = Desk(house)
    desk.sign_up("Marigold Tea", "asha@marigold.example")
    desk.bring_number(BUSINESS)
    phone_number_id = phone_number_id_of(house, BUSINESS)
    ravi = Customer(house, CUSTOMER, "Ravi")
    ravi.write(phone_number_id, "Hello?")
    chat = until("receiving never stops", lambda: desk.chats() and desk.chats()[0])
    refused = desk.send(chat["id"], {"type": "text", "body": "Hi"}, expect=402)
    assert refused["code"] == "insufficient_credit"
    assert refused["needed_micros"] > refused["available_micros"] == 0
    assert ravi.sees(phone_number_id)[-1]["from_me"], "the refused reply never left"
    desk.top_up(TOP_UP_MICROS)
    reply = desk.say(chat["id"], "Hi")
    until("delivery", lambda: arrived(desk, chat["id"], reply["id"], "delivered"))
    until("the charge", lambda: desk.wallet()["available_micros"] == TOP_UP_MICROS - refused["needed_micros"])
    assert desk.wallet()["held_micros"] == 0


def test_two_brands_never_meet(house: House) -> None:
    first, second = Desk(house), Desk(house)
    first.sign_up("Marigold Tea", "asha@marigold.example")
    second.sign_up("Cedar Books", "omar@cedar.example")
    first.bring_number(BUSINESS)
    second.bring_number("+447911123456")
    ravi = Customer(house, CUSTOMER, "Ravi")
    ravi.write(phone_number_id_of(house, BUSINESS), "tea?")
    ravi.write(phone_number_id_of(house, "+447911123456"), "books?")
    tea = until("tea", lambda: first.chats() and first.chats()[0])
    books = until("books", lambda: second.chats() and second.chats()[0])
    assert [m["content"]["body"] for m in first.thread(tea["id"])] == ["tea?"]
    assert [m["content"]["body"] for m in second.thread(books["id"])] == ["books?"]
    for path in (
        f"/api/chats/{tea['id']}",
        f"/api/chats/{tea['id']}/messages",
        f"/api/customers/{tea['customer']['id']}",
    ):
        assert second.call("GET", path, expect=404)["code"] == "not_found"
    second.send(tea["id"], {"type": "text", "body": "x"}, expect=404)


def phone_number_id_of(house: House, phone: str) -> str:
    state = house.control("GET", "/state")
    for waba in state["wabas"]:
        for number in waba["phone_numbers"]:
            if "+" + "".join(filter(str.isdigit, number["display_phone_number"])) == phone:
                return str(number["id"])
    raise AssertionError(f"{phone} is not on the platform: {state}")


def arrived(desk: Desk, chat_id: str, message_id: str, status: str) -> dict[str, object] | None:
    message = desk.message(chat_id, message_id)
    return message if status in message["statuses"] else None
