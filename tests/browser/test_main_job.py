"""The main job in a browser: from sign-up to a paid conversation, its window's end, and a template."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Page, expect

from tests.scenarios.house import House, until

from .pages import DeskPage, PhonePage, expect_ticks, number_in
from .visitors import Visitors

BUSINESS, CUSTOMER = "+919845012345", "+919812300001"
BRAND = "Marigold Tea"
TEMPLATE = {
    "name": "tea_ready",
    "language": "en",
    "category": "UTILITY",
    "components": [
        {
            "type": "BODY",
            "text": "Hello {{1}}, your {{2}} is packed and waits for you.",
            "example": {"body_text": [["Ravi", "first flush"]]},
        }
    ],
}


def test_from_sign_up_to_a_paid_conversation(house: House, visitors: Visitors) -> None:
    page = visitors.open(f"{house.web_url}/sign-up", timezone_id="Asia/Kolkata")
    sign_up(page)
    phones = page.context.new_page()
    phones.goto(house.simulator_url)
    bring_number(page, phones)
    desk = DeskPage(page)

    page.get_by_role("link", name="Open the inbox").click()
    expect(page.get_by_text("Your number is connected")).to_be_visible()

    ravi = add_phone(phones, "Ravi Kumar", CUSTOMER)
    ravi.open_chat(BRAND)
    ravi.write("Is the first flush in stock?")
    expect(desk.chat_of("Ravi Kumar")).to_have_accessible_name(re.compile("1 unread"))
    desk.open_chat("Ravi Kumar")
    expect(desk.message("Is the first flush in stock?")).to_have_attribute("data-direction", "in")
    expect(page.get_by_test_id("window")).to_have_attribute("data-state", "open")

    refused_for_want_of_credit(desk)
    top_up(desk)
    desk.go("Chats")
    desk.open_chat("Ravi Kumar")
    unsent = desk.message("Yes, picked last week.")
    unsent.get_by_role("button", name="Try again").click()
    reply = desk.message("Yes, picked last week.")
    expect_ticks(reply, "delivered", "read")
    expect(ravi.message("Yes, picked last week.")).to_be_visible()
    expect_ticks(reply, "read")

    price, rule = marker_of(desk)
    assert price > 0
    assert "India" in rule
    until("the wallet at the rail's foot", lambda: desk.balance() < 10, 20)

    billed(desk, price, rule)
    expect(desk.message("Yes, picked last week.")).to_be_visible()

    window_closes(desk, phones)
    template_approved(desk, phones, house)
    template_sent(desk)
    expect(ravi.message("Hello Ravi, your Darjeeling is packed")).to_be_visible()
    expect_ticks(desk.message("your Darjeeling is packed"), "delivered", "read")
    expect(desk.page.get_by_role("button", name=re.compile("Conversation opened"))).to_have_count(2)


def sign_up(page: Page) -> None:
    page.get_by_role("textbox", name="Brand").fill(BRAND)
    page.get_by_role("textbox", name="Your name").fill("Asha Rao")
    page.get_by_role("textbox", name="E-mail").fill("asha@marigold.example")
    page.get_by_label("Password", exact=True).fill("correct horse battery staple")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/numbers/new")


def bring_number(page: Page, phones: Page) -> None:
    before = page.get_by_role("region", name="Before you start")
    expect(before.get_by_role("listitem")).to_have_count(3)
    expect(before).to_contain_text("needed only for the code")
    expect(before).to_contain_text("must be deleted first")
    expect(before).to_contain_text("cannot be used in the phone app")
    expect(page.get_by_role("button", name="Continue")).to_be_disabled()
    page.get_by_role("textbox", name="Phone number").fill(BUSINESS)
    expect(page.get_by_role("img", name="Valid number")).to_be_visible()
    page.get_by_role("button", name="Continue").click()

    page.get_by_role("button", name="Send the code").click()
    first_digit = page.get_by_role("textbox", name="Digit 1 of the code")
    expect(first_digit).to_be_visible()
    code = PhonePage(phones, BUSINESS).code()
    first_digit.click()
    page.keyboard.type("000000" if code != "000000" else "111111", delay=20)
    expect(page.get_by_role("alert")).to_contain_text("That is not the code that was sent")
    expect(first_digit).to_be_enabled()
    page.reload()  # every step can be left and taken up again
    first_digit.click()
    page.keyboard.type(code, delay=20)
    page.get_by_role("textbox", name="Digit 1 of the PIN").click()
    page.keyboard.type("481216", delay=20)
    page.get_by_role("button", name="Connect the number").click()
    expect(
        page.get_by_role("status", name="Connected").or_(page.get_by_text("Connected", exact=True)).first
    ).to_be_visible()
    expect(page.get_by_role("link", name="Open the inbox")).to_be_visible()


def add_phone(phones: Page, name: str, phone: str) -> PhonePage:
    phones.get_by_role("button", name="Add phone").click()
    form = phones.get_by_role("dialog", name="Add phone")
    form.get_by_role("textbox", name="Name", exact=True).fill(name)
    form.get_by_role("textbox", name="Phone number").fill(phone)
    form.get_by_role("button", name="Add", exact=True).click()
    expect(form).to_be_hidden()
    return PhonePage(phones, phone)


def refused_for_want_of_credit(desk: DeskPage) -> None:
    desk.composer.fill("Yes, picked last week.")
    desk.page.get_by_role("button", name="Send", exact=True).click()
    refusal = desk.message("Yes, picked last week.").get_by_role("alert")
    expect(refusal).to_contain_text("Not sent")
    expect(refusal).to_contain_text(re.compile(r"may open a conversation of 0\.\d+\sUSD"))
    refusal.get_by_role("link", name="Top up").click()


def top_up(desk: DeskPage) -> None:
    page = desk.page
    page.wait_for_url("**/billing*")
    form = page.get_by_role("dialog", name="Top up")
    form.get_by_role("button", name="$10", exact=True).click()
    form.get_by_role("button", name=re.compile("^Add 10")).click()
    expect(page.get_by_role("alert").filter(has_text="added. Available now")).to_be_visible()
    expect(page.get_by_test_id("available")).to_contain_text("10")
    assert desk.balance() == 10


def marker_of(desk: DeskPage) -> tuple[float, str]:
    """What the chat says about its conversation: the price in the line, the sentence behind it."""
    marker = desk.page.get_by_role("button", name=re.compile("Conversation opened"))
    expect(marker).to_have_count(1)
    price = number_in(marker.inner_text().rpartition("·")[2])
    marker.click()
    sentence = desk.page.get_by_role("dialog").inner_text()
    desk.page.keyboard.press("Escape")
    return price, sentence


def billed(desk: DeskPage, price: float, rule: str) -> None:
    """The bill says the same, and leads back to the message."""
    page = desk.page
    page.get_by_role("link", name=re.compile("^Balance ")).click()
    page.wait_for_url("**/billing*")
    available = page.get_by_test_id("available")
    assert abs(number_in(available.inner_text()) - (10 - price)) < 1e-6
    charge = page.get_by_role("region", name="Charges").get_by_role("listitem").get_by_role("button")
    expect(charge).to_have_count(1)
    charge.click()
    drawer = page.get_by_role("dialog", name="Charge")
    expect(drawer).to_contain_text(rule.splitlines()[0])
    drawer.get_by_role("link", name="Open the message").click()
    page.wait_for_url("**/chats/*?message=*")


def window_closes(desk: DeskPage, phones: Page) -> None:
    """Nobody touches the desk: a day passes, and the composer offers templates instead."""
    expect(desk.composer).to_be_visible()
    phones.get_by_role("button", name="Simulated clock").click()
    phones.get_by_role("button", name="+24 hours").click()
    expect(desk.page.get_by_role("group", name="Window closed")).to_contain_text("Only templates can be sent now.")
    expect(desk.composer).to_be_hidden()
    expect(desk.page.get_by_test_id("window")).to_have_attribute("data-state", "closed")
    phones.keyboard.press("Escape")


def template_approved(desk: DeskPage, phones: Page, house: House) -> None:
    """Submitted by whoever writes templates, approved by the platform, synced by the desk."""
    state = house.control("GET", "/state")
    waba = next(w for w in state["wabas"] if w["phone_numbers"])
    answer = httpx.post(
        f"{house.simulator_url}/v25.0/{waba['id']}/message_templates",
        json=TEMPLATE,
        headers={"Authorization": "Bearer graph token"},
    )
    assert answer.status_code == 200, answer.text
    phones.get_by_role("navigation", name="Panels").get_by_role("button", name="Templates").click()
    phones.get_by_role("button", name="Approve tea_ready").click()
    phones.get_by_role("navigation", name="Panels").get_by_role("button", name="Log").click()
    back = desk.page.url
    desk.go("Templates")
    desk.page.get_by_role("button", name="Sync from WhatsApp").click()
    expect(
        desk.page.get_by_role("list", name="Templates").get_by_role("button", name=re.compile("tea_ready"))
    ).to_be_visible()
    desk.page.goto(back)


def template_sent(desk: DeskPage) -> None:
    page = desk.page
    closed = page.get_by_role("group", name="Window closed")
    closed.get_by_role("button", name="Choose a template").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Template to Ravi"))
    dialog.get_by_role("option", name=re.compile("tea_ready")).click()
    send = dialog.get_by_role("button", name="Send", exact=True)
    expect(send).to_be_disabled()
    dialog.get_by_role("textbox", name="Text 1").fill("Ravi")
    dialog.get_by_role("textbox", name="Text 2").fill("Darjeeling")
    expect(dialog.get_by_role("group", name="What the customer will see")).to_contain_text(
        "Hello Ravi, your Darjeeling is packed and waits for you."
    )
    send.click()
    expect(dialog).to_be_hidden()
