"""Billing in a browser: a bar leads to its charges and to the message, cards pay and refund, WhatsApp's bill is explained."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Shop
from .pages import number_in
from .visitors import Visitors

MICROS = 1_000_000


@pytest.fixture
def page(shop: Shop, visitors: Visitors) -> Page:
    return visitors.sign_in(shop.house.web_url, shop.email("maya"), shop.password, path="/billing")


def asked(page: Page, path: str) -> Any:
    answer = page.request.get(urljoin(page.url, path))
    assert answer.ok, answer.text()
    return answer.json()


def charges_shown(page: Page) -> Locator:
    return page.get_by_role("region", name="Charges").get_by_role("listitem")


def test_a_part_of_the_spend_leads_to_its_charges_and_to_the_message(page: Page) -> None:
    spend = page.get_by_role("region", name="Spend by day")
    spend.get_by_text("Country", exact=True).click()
    expect(page).to_have_url(re.compile("by=market"))
    india = next(key for key in asked(page, "/api/billing/breakdown?by=market")["keys"] if key["key"] == "India")
    part = spend.get_by_role("button", name=re.compile("^India"))
    assert number_in(part.inner_text()) * MICROS == pytest.approx(india["amount_micros"])
    part.click()
    expect(page).to_have_url(re.compile("market=India"))
    expect(charges_shown(page)).to_have_count(india["quantity"])
    shown = sum(number_in(text.split("\n")[-1]) for text in charges_shown(page).all_inner_texts())
    assert shown * MICROS == pytest.approx(india["amount_micros"])

    charges_shown(page).first.get_by_role("button").click()
    drawer = page.get_by_role("dialog", name="Charge")
    expect(drawer).to_contain_text("conversation with a customer in India")
    drawer.get_by_role("link", name="Open the message").click()
    page.wait_for_url(re.compile(r"/chats/.*message="))
    page.go_back()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove filter: Country: India").click()
    expect(page).not_to_have_url(re.compile("market=India"))


def test_a_bar_opens_the_charges_of_its_day(page: Page) -> None:
    spend = page.get_by_role("region", name="Spend by day")
    bar = spend.locator(".recharts-bar-rectangle path").last
    bar.click()
    expect(page).to_have_url(re.compile(r"day=\d{4}-\d\d-\d\d"))
    expect(page).to_have_url(re.compile("category="))
    found = re.search(r"day=([\d-]+)", page.url)
    assert found
    day = next(one for one in asked(page, "/api/billing/breakdown?by=category")["days"] if one["day"] == found[1])
    expect(charges_shown(page).first).to_be_visible()
    category = re.search(r"category=(\w+)", page.url)
    assert category
    shown = sum(number_in(text.split("\n")[-1]) for text in charges_shown(page).all_inner_texts())
    assert shown * MICROS == pytest.approx(day["amounts"][category[1]])


def test_the_month_so_far_is_what_the_bill_says(page: Page) -> None:
    expect(page.get_by_test_id("month-forecast")).to_contain_text("About")
    month = asked(page, "/api/billing/month")
    assert number_in(page.get_by_test_id("month-spent").inner_text()) * MICROS == pytest.approx(month["spent_micros"])
    assert number_in(page.get_by_test_id("month-forecast").inner_text()) * MICROS == pytest.approx(
        month["forecast_micros"], abs=1
    )


def test_a_card_pays_another_is_declined_and_a_payment_goes_back(page: Page) -> None:
    page.get_by_role("link", name="Payments", exact=True).click()
    cards = page.get_by_role("region", name="Saved cards")
    for card in ("Test card that pays", "Test card that is declined"):
        cards.get_by_role("button", name="Add a card").click()
        page.get_by_role("menuitem", name=card).click()
        expect(page.get_by_role("menuitem")).to_have_count(0)
    expect(cards.get_by_role("listitem")).to_have_count(2)
    before = asked(page, "/api/wallet")["available_micros"]

    page.get_by_role("button", name="Top up", exact=True).click()
    form = page.get_by_role("dialog", name="Top up")
    form.get_by_role("button", name="$50", exact=True).click()
    form.get_by_role("radio", name="Test card ending in 0341").click()
    form.get_by_role("button", name=re.compile("^Add 50")).click()
    expect(form.get_by_role("alert")).to_contain_text("The card was declined.")
    form.get_by_role("radio", name="Test card ending in 4242").click()
    form.get_by_role("button", name=re.compile("^Add 50")).click()
    expect(form).to_be_hidden()
    assert asked(page, "/api/wallet")["available_micros"] == before + 50 * MICROS

    payments = page.get_by_role("region", name="All payments").get_by_role("listitem")
    expect(payments.nth(0)).to_contain_text("Paid")
    expect(payments.nth(1)).to_contain_text("Not paid")
    payments.nth(0).get_by_role("button").click()
    drawer = page.get_by_role("dialog", name="Payment")
    drawer.get_by_role("textbox", name="Refund").fill("20")
    drawer.get_by_role("button", name="Refund …").click()
    expect(drawer).to_contain_text("cannot be undone")
    drawer.get_by_role("button", name="Refund 20.00").click()
    expect(drawer.get_by_role("region", name="Refunds")).to_contain_text("20.00")
    assert asked(page, "/api/wallet")["available_micros"] == before + 30 * MICROS
    page.keyboard.press("Escape")
    expect(payments.nth(0)).to_contain_text("20.00 USD refunded".replace(" USD", "\u00a0USD"))

    automatic_top_up(page)


def automatic_top_up(page: Page) -> None:
    """Set up for a balance that is never reached here; removing its card switches it off."""
    rule = page.get_by_role("region", name="Automatic top-up")
    standing = page.get_by_test_id("auto-top-up")
    expect(standing).to_have_attribute("data-standing", "unset")
    rule.get_by_role("textbox", name="When the balance falls to").fill("1")
    rule.get_by_role("radio", name="Up to a level").click()
    rule.get_by_role("textbox", name="Fill up to").fill("1")
    rule.get_by_role("button", name="Save").click()
    expect(rule).to_contain_text("More than the threshold")
    rule.get_by_role("textbox", name="Fill up to").fill("40")
    rule.get_by_role("button", name="Save").click()
    expect(standing).to_have_attribute("data-standing", "on")
    set_up = asked(page, "/api/billing/auto-top-up")["auto_top_up"]
    assert (set_up["mode"], set_up["threshold_micros"], set_up["amount_micros"]) == ("target", MICROS, 40 * MICROS)

    used = next(card for card in asked(page, "/api/billing/cards")["items"] if card["id"] == set_up["card_id"])
    page.get_by_role("button", name=f"Actions for Test card ending in {used['last4']}").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(standing).to_have_attribute("data-standing", "stopped")
    expect(rule).to_contain_text("Its card was removed.")


def test_what_is_alerted_is_told_once_and_read(page: Page) -> None:
    page.goto(page.url.replace("/billing", "/billing/payments"))
    alerts = page.get_by_role("region", name="Alerts")
    spend = alerts.get_by_label(re.compile("^When a month has cost")).first
    spend.fill("many")
    spend.press("Enter")
    alerts.get_by_role("button", name="Save").click()
    expect(alerts).to_contain_text("Amounts only")
    spend.press("Backspace")
    spend.fill("0.05")
    spend.press("Enter")
    alerts.get_by_role("button", name="Save").click()
    told = alerts.get_by_role("list", name="What you were told").get_by_role("listitem")
    month = told.filter(has_text="This month has cost")
    expect(month).to_have_count(1)
    month.get_by_role("button", name="Mark as read").click()
    expect(month.get_by_role("button")).to_have_count(0)
    page.reload()
    expect(month).to_have_count(1)
    expect(month.get_by_role("button")).to_have_count(0)


def test_whatsapps_bill_is_explained_and_leads_to_the_message(page: Page, visitors: Visitors) -> None:
    visitors.expect_complaint("ERR_FAILED")
    page.route("**/api/billing/reconciliation?*", lambda route: route.abort())
    page.get_by_role("link", name="WhatsApp's bill").click()
    failed = page.get_by_role("alert").filter(has_text="could not be loaded")
    expect(failed).to_be_visible(timeout=30_000)
    page.unroute("**/api/billing/reconciliation?*")
    failed.get_by_role("button", name="Try again").click()

    expect(page.get_by_test_id("explained")).to_be_visible()
    known = asked(page, "/api/billing/reconciliation")
    assert number_in(page.get_by_test_id("explained").inner_text()) == known["explained_percent"]
    explained = page.get_by_role("region", name="Explained")
    counts = {one["class"]: one["messages"] for one in known["classes"]}
    for name, words in (
        ("match", "Match"),
        ("timing", "Waiting"),
        ("missing", "Never told"),
        ("price_differs", "Price"),
    ):
        expect(explained.get_by_role("button", name=re.compile(f"^{words}.* {counts[name]} "))).to_be_visible()

    gravest = next(name for name in ("price_differs", "missing", "timing", "match") if counts[name])
    first = asked(page, f"/api/billing/reconciliation/messages?class={gravest}&limit=1")["items"][0]
    messages = page.get_by_role("region", name="Message by message").get_by_role("listitem")
    expect(messages.first).to_contain_text(first["customer"])
    expect(messages.first).to_contain_text("By our reckoning")
    expect(messages.first).to_contain_text("WhatsApp said")

    page.get_by_role("tab", name="What it costs").click()
    costs = page.get_by_role("region", name="What WhatsApp costs, beside our meter")
    cost = asked(page, "/api/billing/provider-cost")
    total = costs.locator("strong").first
    assert number_in(total.inner_text()) * MICROS == pytest.approx(cost["amount_micros"])
    expect(costs.get_by_role("row")).to_have_count(2 + len(cost["categories"]) + len(cost["markets"]))

    page.get_by_role("tab", name="Message by message").click()
    messages.first.get_by_role("link").click()
    page.wait_for_url(f"**/chats/{first['chat_id']}?message={first['message_id']}")
