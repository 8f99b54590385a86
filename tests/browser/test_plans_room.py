"""The plan, the what-if, invoices and the sandbox clock, in a demo shop of this module's own: its clock is moved."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Shop
from .pages import number_in
from .visitors import Visitors

GSTIN, GSTIN_WRONG = "27AAPFU0939F1ZV", "27AAPFU0939F1ZX"
DUE_WORK_WAIT_MS = 90_000


@pytest.fixture
def page(paying_shop: Shop, visitors: Visitors) -> Page:
    return visitors.sign_in(
        paying_shop.house.web_url, paying_shop.email("maya"), paying_shop.password, path="/billing/plan"
    )


def address(page: Page, path: str) -> str:
    return str(page.evaluate("location.origin")) + path


def available_micros(page: Page) -> int:
    answer = page.request.get(address(page, "/api/wallet"))
    assert answer.ok
    return int(answer.json()["available_micros"])


def signed_number(text: str) -> float:
    return number_in(text) * (-1 if "-" in text else 1)


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def test_the_plan_is_changed_for_exactly_what_was_shown(page: Page) -> None:
    expect(page.get_by_test_id("plan-name")).to_have_text("Starter")
    expect(page.get_by_test_id("meter-step")).to_have_attribute("data-state", "warned")
    expect(page.get_by_test_id("meter-step")).to_contain_text("of 500,000 included")
    plus, max_ = page.get_by_test_id("plan-plus"), page.get_by_test_id("plan-max")
    assert number_in(plus.get_by_test_id("would-have").inner_text()) < number_in(
        max_.get_by_test_id("would-have").inner_text()
    )

    plus.get_by_role("button", name="Change to Plus").click()
    said = number_in(dialog(page).get_by_test_id("charged-now").inner_text())
    assert said > 0
    before = available_micros(page)
    dialog(page).get_by_role("button", name=re.compile("Change and pay")).click()
    expect(page.get_by_test_id("plan-name")).to_have_text("Plus")
    assert before - available_micros(page) == round(said * 1_000_000)

    page.get_by_test_id("plan-starter").get_by_role("button", name="Change to Starter").click()
    expect(dialog(page).get_by_test_id("charged-now")).to_have_text("Nothing is charged")
    dialog(page).get_by_role("button", name=re.compile("^Change on ")).click()
    expect(page.get_by_test_id("pending")).to_contain_text("Changes to Starter, monthly, on ")
    page.get_by_role("button", name="Keep Plus").click()
    expect(page.get_by_test_id("pending")).to_have_count(0)
    expect(page.get_by_test_id("plan-name")).to_have_text("Plus")

    page.get_by_role("button", name="Cancel subscription").click()
    dialog(page).get_by_role("button", name=re.compile("^Cancel on ")).click()
    expect(page.get_by_test_id("pending")).to_contain_text("Ends on ")
    page.get_by_role("button", name="Keep the subscription").click()
    expect(page.get_by_test_id("pending")).to_have_count(0)


def test_a_change_that_cannot_be_paid_says_what_is_missing(page: Page) -> None:
    page.get_by_role("radiogroup", name="Paid").get_by_text("Yearly").click()
    page.get_by_test_id("plan-max").get_by_role("button", name="Change to Max").click()
    expect(dialog(page)).to_contain_text("is missing")
    expect(dialog(page).get_by_role("button", name=re.compile("Change and pay"))).to_be_disabled()
    expect(dialog(page).get_by_role("link", name="Top up")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    page.get_by_test_id("plan-enterprise").get_by_role("button", name="Change to Enterprise").click()
    promise = dialog(page).get_by_role("textbox", name="Conversations promised each month")
    promise.fill("1000")
    expect(dialog(page)).to_contain_text("At least 250,000.")
    expect(dialog(page).get_by_role("button", name=re.compile("Change"))).to_have_count(0)


def test_the_lines_of_another_plan_add_up(page: Page, paying_shop: Shop) -> None:
    page.goto(f"{paying_shop.house.web_url}/billing/what-if?plan=max")
    expect(page.get_by_test_id("what-if").get_by_role("heading")).to_contain_text("On Max, ")
    table = page.get_by_role("region", name="Line by line")
    changes = [signed_number(row.locator("td").last.inner_text()) for row in table.locator("tbody tr").all()]
    assert len(changes) > 2
    assert signed_number(table.locator("tfoot td").last.inner_text()) == pytest.approx(sum(changes), abs=1e-6)
    table.get_by_role("button", name="Service").click()
    expect(table.locator("tr[data-inner]").first).to_be_visible()


def test_a_month_passes_and_is_invoiced_to_whom_the_form_says(page: Page, paying_shop: Shop) -> None:
    page.goto(f"{paying_shop.house.web_url}/billing/invoices")
    page.get_by_role("button", name="Add billing details").click()
    dialog(page).get_by_role("textbox", name="Legal name").fill("Marigold Tea Pvt Ltd")
    dialog(page).get_by_role("combobox", name="Country").fill("India")
    page.get_by_role("option", name=re.compile(r"India$")).click()
    tax_id = dialog(page).get_by_role("textbox", name="GSTIN", exact=True)
    tax_id.fill(GSTIN_WRONG)
    dialog(page).get_by_role("button", name="Save").click()
    expect(tax_id).to_have_attribute("aria-invalid", "true")
    expect(dialog(page)).to_contain_text("not a valid tax id of IN")
    tax_id.fill(GSTIN)
    dialog(page).get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("billing-details")).to_contain_text(GSTIN)
    page.get_by_test_id("draft").last.click()
    expect(page.get_by_text("Marigold Tea Pvt Ltd")).to_be_visible()
    expect(page.get_by_test_id("line").first).to_be_visible()

    page.goto(f"{paying_shop.house.web_url}/settings")
    told = page.get_by_test_id("account-time").inner_text()
    page.get_by_role("button", name="To the period's end").click()
    expect(page.get_by_test_id("clock-status")).to_have_attribute("data-phase", "done", timeout=DUE_WORK_WAIT_MS)
    expect(page.get_by_test_id("account-time")).not_to_have_text(told)
    page.goto(f"{paying_shop.house.web_url}/billing/invoices")
    row = page.get_by_test_id("invoice").first
    expect(row).to_be_visible()
    total = number_in(row.locator("a").first.inner_text().splitlines()[-1])
    for name, begins in (("PDF", b"%PDF"), ("CSV", b"")):
        link = row.get_by_role("link", name=re.compile(f"as {name}$"))
        file = page.request.get(address(page, link.get_attribute("href") or ""))
        assert file.ok
        assert file.body().startswith(begins)
        assert len(file.body()) > 100
    row.locator("a").first.click()
    assert number_in(page.get_by_test_id("total").inner_text()) == total
    expect(page.get_by_text(GSTIN)).to_be_visible()
