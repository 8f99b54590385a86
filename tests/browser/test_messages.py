"""Messages that are more than text, both ways: files, quotes, reactions, choices, and what fails."""

from __future__ import annotations

import io
import itertools
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.scenarios.people import Customer

from .conftest import Shop
from .pages import DeskPage, PhonePage, expect_ticks
from .visitors import Visitors

COUNT = itertools.count(10_000)


def picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


class Story:
    """An agent and a customer who has just written, each in front of a page."""

    def __init__(self, shop: Shop, visitors: Visitors, name: str, phone: str) -> None:
        self.shop, self.name = shop, name
        self.customer = Customer(shop.house, phone, name)
        self.desk = DeskPage(visitors.sign_in(shop.house.web_url, shop.email("maya"), shop.password))
        tab = visitors.open(f"{shop.house.simulator_url}/")
        self.phone = PhonePage(tab, phone)
        self.phone.open_chat("Marigold & Thread")
        self.phone.write("Hello there")
        self.desk.open_chat(name)


@pytest.fixture
def lena(shop: Shop, visitors: Visitors) -> Story:
    index = next(COUNT)
    return Story(shop, visitors, f"Lena {index}", f"+9198123{index:05d}")


def test_pictures_both_ways(lena: Story) -> None:
    desk, phone = lena.desk, lena.phone
    desk.page.get_by_test_id("file-input").set_input_files(
        {"name": "throw.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    expect(desk.page.get_by_role("list", name="Files to send").get_by_role("listitem")).to_have_count(1)
    desk.page.get_by_role("textbox", name=re.compile("caption|^Message to", re.IGNORECASE)).fill("In daylight")
    desk.page.get_by_role("button", name="Send", exact=True).click()
    sent = desk.message("In daylight")
    expect_ticks(sent, "delivered", "read")
    expect(sent.locator("img").first).to_have_js_property("complete", value=True)
    shown = phone.message("In daylight").locator("img")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0

    phone.phone.locator("input[type=file]").set_input_files(
        {"name": "room.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    received = desk.messages.locator("article[data-direction=in]").last.locator("img").first
    expect(received).to_be_visible()
    expect(desk.chat_of(lena.name)).to_contain_text("Photo")
    expect(received).to_have_attribute("src", re.compile("/thumbnail"))
    assert received.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    desk.messages.locator("article[data-direction=in]").last.get_by_role("button", name=re.compile("^Open ")).click()
    viewer = desk.page.get_by_role("dialog", name="Picture viewer")
    expect(viewer.locator("img")).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()


def test_quotes_and_reactions_both_ways(lena: Story) -> None:
    desk, phone = lena.desk, lena.phone
    desk.tool(desk.message("Hello there"), "Reply")
    answer = desk.say("Hello Lena")
    expect(answer.get_by_role("button", name=f"Go to the quoted message: {lena.name} Hello there")).to_be_visible()
    expect(phone.message("Hello Lena")).to_contain_text("Hello there")

    message = desk.messages.locator("article[data-direction=in]").first
    message.hover()
    message.get_by_role("button", name="React", exact=True).click()
    desk.page.get_by_role("group", name="Emoji").get_by_role("button", name="❤️").first.click()
    expect(message.get_by_role("group", name="Reactions")).to_contain_text("❤️")
    expect(phone.messages.locator("[data-message-id]").first).to_contain_text("❤️")

    expect_ticks(answer, "delivered", "read")
    phone.act(phone.message("Hello Lena"), "React with 😂")
    expect(answer.get_by_role("group", name="Reactions")).to_contain_text("😂")
    phone.act(phone.message("Hello Lena"), "Reply")
    phone.write("That made me laugh")
    expect(desk.message("That made me laugh").get_by_role("button", name=re.compile("Hello Lena"))).to_contain_text(
        "You"
    )


def test_choices_are_offered_and_pressed(lena: Story) -> None:
    desk, phone = lena.desk, lena.phone
    desk.page.get_by_role("button", name="Add to message").click()
    desk.page.get_by_role("menuitem", name="Buttons or list").click()
    dialog = desk.page.get_by_role("dialog", name="Message with choices")
    dialog.get_by_role("textbox", name="Text", exact=True).fill("Which size?")
    dialog.get_by_role("textbox", name="Button 1").fill("Single")
    dialog.get_by_role("button", name="Add a button").click()
    dialog.get_by_role("textbox", name="Button 2").fill("Double")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(desk.message("Which size?")).to_contain_text("Double")
    phone.message("Which size?").get_by_role("button", name="Double").click()
    pressed = desk.messages.locator("article[data-direction=in]").last
    expect(pressed).to_contain_text("Double")
    expect(pressed.get_by_role("button", name=re.compile("Which size"))).to_be_visible()


def test_what_whatsapp_refuses_says_why_and_can_be_sent_again(lena: Story) -> None:
    desk, house = lena.desk, lena.shop.house
    house.control("PUT", "/faults", {"undeliverable": 1})
    try:
        failed = desk.say("Will it arrive?")
        trouble = failed.get_by_role("group", name="Not delivered")
        expect(trouble).to_contain_text("undeliverable", ignore_case=True)
        expect(trouble).to_contain_text("reach them another way")
        expect_ticks(failed, "failed")
    finally:
        house.control("PUT", "/faults", {"undeliverable": 0})
    trouble.get_by_role("button", name="Resend").click()
    expect(desk.messages.get_by_role("article").filter(has_text="Will it arrive?")).to_have_count(2)
    expect_ticks(desk.message("Will it arrive?"), "delivered", "read")
    expect(lena.phone.message("Will it arrive?")).to_be_visible()
