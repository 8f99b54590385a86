"""Lost and found connections: the page says so, loses nothing, and catches up by itself."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.scenarios.people import Customer

from .conftest import Shop
from .pages import DeskPage, expect_ticks
from .visitors import Visitors

NAME = "Bram Jansen"


def test_a_lost_connection_is_said_and_caught_up_with(shop: Shop, visitors: Visitors) -> None:
    visitors.expect_complaint(r"ERR_|WebSocket connection")
    desk = DeskPage(visitors.sign_in(shop.house.web_url, shop.email("maya"), shop.password))
    bram = Customer(shop.house, "+31687654321", NAME)
    bram.write(shop.phone_number_id, "Hallo!")
    desk.open_chat(NAME)
    offline(shop, desk, bram)
    server_gone(shop, desk, bram)


def offline(shop: Shop, desk: DeskPage, bram: Customer) -> None:
    page = desk.page
    page.context.set_offline(True)
    expect(page.get_by_text(re.compile("^You are offline"))).to_be_visible()
    bram.write(shop.phone_number_id, "Are you there?")
    desk.composer.fill("One moment")
    desk.composer.press("Enter")
    unsent = desk.message("One moment")
    expect(unsent.get_by_role("alert")).to_contain_text("Not sent")
    page.context.set_offline(False)
    expect(desk.message("Are you there?")).to_be_visible()
    expect(page.get_by_text(re.compile("^You are offline"))).to_be_hidden()
    unsent.get_by_role("button", name="Try again").click()
    expect_ticks(desk.message("One moment"), "delivered", "read")
    expect(desk.messages.get_by_role("article").filter(has_text="One moment")).to_have_count(1)


def server_gone(shop: Shop, desk: DeskPage, bram: Customer) -> None:
    lost = desk.page.get_by_text(re.compile("^Connection lost"))
    shop.house.kill("web")
    expect(lost).to_be_visible()
    bram.write(shop.phone_number_id, "Written while you were away")
    shop.house.start_web()
    expect(desk.message("Written while you were away")).to_be_visible()
    expect(lost).to_be_hidden()
    expect_ticks(desk.say("Here we are again"), "delivered", "read")
