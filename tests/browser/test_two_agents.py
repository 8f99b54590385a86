"""Two agents at two browsers: what one does and what a customer writes, the other sees without a reload."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.scenarios.people import Customer

from .conftest import Shop
from .pages import DeskPage, expect_ticks
from .visitors import Visitors

NAME = "Ines Duarte"


def test_two_agents_see_the_same_chat_live(shop: Shop, visitors: Visitors) -> None:
    maya, liam = (
        DeskPage(visitors.sign_in(shop.house.web_url, shop.email(who), shop.password)) for who in ("maya", "liam")
    )
    ines = Customer(shop.house, "+351912345678", NAME)
    ines.write(shop.phone_number_id, "Boa tarde! Do you sell yarn?")
    for desk in (maya, liam):
        expect(desk.chat_of(NAME)).to_have_accessible_name(re.compile("1 unread"))
    maya.open_chat(NAME)
    expect(liam.chat_of(NAME)).not_to_have_accessible_name(re.compile("unread"))
    liam.open_chat(NAME)

    seen_by_maya = maya.page.get_by_role("region", name=NAME, exact=True).get_by_role(
        "group", name="Agents looking at this chat"
    )
    expect(seen_by_maya.get_by_role("img", name="Liam Byrne is looking at this chat")).to_be_visible()
    liam.composer.press_sequentially("Yes, in thirty", delay=30)
    expect(seen_by_maya.get_by_role("img", name="Liam Byrne is writing…")).to_be_visible()
    reply = liam.say("Yes, in thirty colours.")
    there = maya.message("Yes, in thirty colours.")
    expect(there).to_have_accessible_name(re.compile("From Liam Byrne"))
    expect(seen_by_maya.get_by_role("img", name="Liam Byrne is looking at this chat")).to_be_visible()
    for message in (reply, there):
        expect_ticks(message, "delivered", "read")

    ines.write(shop.phone_number_id, "Wonderful, thank you")
    for desk in (maya, liam):
        expect(desk.message("Wonderful, thank you")).to_be_visible()
    maya.page.get_by_role("button", name="Owner: Unassigned").click()
    maya.page.get_by_role("menuitem", name="Assign to me").click()
    expect(liam.page.get_by_role("button", name="Owner: Maya Okafor")).to_be_visible()
    liam.go("Settings")
    expect(seen_by_maya).to_be_hidden()
    maya.page.get_by_role("button", name="Close chat").click()
    expect(maya.page.get_by_role("button", name="Reopen chat")).to_be_visible()
