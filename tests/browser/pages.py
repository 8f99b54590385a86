"""The pages as people use them: a chat at the desk, and a phone on the simulator's page."""

from __future__ import annotations

import re
from typing import Literal

from playwright.sync_api import Locator, Page, expect

Ticks = Literal["queued", "sent", "delivered", "read", "failed"]


def number_in(text: str) -> float:
    """The amount in `Balance $29.40, open billing` or `29.3985 USD`."""
    found = re.search(r"[\d.]+", text.replace(",", ""))
    assert found, text
    return float(found.group())


class DeskPage:
    """The dashboard of one agent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.chats = page.get_by_role("list", name="Chats")
        self.messages = page.get_by_role("log")
        self.composer = page.get_by_role("textbox", name=re.compile("^Message to "))

    def go(self, room: str) -> None:
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=room, exact=True).click()

    def chat_of(self, name: str) -> Locator:
        return self.chats.get_by_role("link", name=re.compile(re.escape(name)))

    def open_chat(self, name: str) -> None:
        self.chat_of(name).click()
        expect(self.page.get_by_role("region", name=name, exact=True)).to_be_visible()
        expect(self.messages).to_be_visible()

    def message(self, text: str) -> Locator:
        return self.messages.get_by_role("article").filter(has_text=text).last

    def say(self, text: str) -> Locator:
        """Type, Enter; the message stands there at once."""
        self.composer.fill(text)
        self.composer.press("Enter")
        expect(self.message(text)).to_be_visible()
        expect(self.composer).to_have_value("")
        return self.message(text)

    def tool(self, message: Locator, name: str) -> None:
        message.hover()
        message.get_by_role("button", name=name, exact=True).click()

    def balance(self) -> float:
        link = self.page.get_by_role("link", name=re.compile("^Balance "))
        return number_in(link.get_attribute("aria-label") or "")


def expect_ticks(message: Locator, *status: Ticks) -> None:
    pattern = re.compile(f"^({'|'.join(status)})$")
    expect(message.get_by_test_id("ticks")).to_have_attribute("data-status", pattern)


class PhonePage:
    """One phone on the simulator's page."""

    def __init__(self, page: Page, phone: str) -> None:
        self.page = page
        self.phone = page.get_by_role("region", name=re.compile(rf"^Phone of .*{re.escape(phone)}$"))

    def show(self) -> None:
        self.phone.scroll_into_view_if_needed()

    def open_chat(self, business: str) -> None:
        self.show()
        self.phone.get_by_role("button", name=re.compile(re.escape(business))).first.click()
        expect(self.messages).to_be_visible()

    @property
    def messages(self) -> Locator:
        return self.phone.get_by_role("log", name="Messages of the chat")

    def message(self, text: str) -> Locator:
        return self.messages.locator("[data-message-id]").filter(has_text=text).last

    def write(self, text: str) -> None:
        box = self.phone.get_by_role("textbox", name="Message as the customer")
        box.fill(text)
        box.press("Enter")
        expect(self.message(text)).to_be_visible()

    def act(self, message: Locator, action: str) -> None:
        """Something from a message's own menu."""
        message.hover()
        message.get_by_role("button", name="Message actions").click()
        self.page.get_by_role("menuitem", name=action).click()

    def code(self) -> str:
        """The six digits on its screen, as a person reads them."""
        self.show()
        shown = self.phone.get_by_role("status").or_(self.phone.get_by_label("One-time code")).first
        expect(shown).to_contain_text(re.compile(r"\d{3}-?\d{3}"))
        digits = "".join(filter(str.isdigit, shown.inner_text()))
        return digits[-6:]
