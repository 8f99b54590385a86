"""axe finds nothing serious on the pages people work on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Shop
from .pages import DeskPage
from .visitors import Visitors

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}


def expect_accessible(page: Page, where: str) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    report: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    found = [
        f"{violation['impact']} {violation['id']}: {violation['help']}\n    "
        + "\n    ".join(f"{node['html'][:200]} ({node['failureSummary'][:300]})" for node in violation["nodes"][:4])
        for violation in report["violations"]
        if violation["impact"] in GRAVE
    ]
    assert not found, f"{where}:\n" + "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_inbox_has_no_serious_violation(shop: Shop, visitors: Visitors, scheme: str) -> None:
    page = visitors.sign_in(shop.house.web_url, shop.email("sofia"), shop.password, color_scheme=scheme)
    desk = DeskPage(page)
    expect(desk.chats.get_by_role("link").first).to_be_visible()
    expect_accessible(page, f"the list in {scheme}")
    for name in ("Priya Raman", "Tom Alvarez", "Jack Whitfield"):
        desk.chat_of(name).scroll_into_view_if_needed()
        desk.open_chat(name)
        expect_accessible(page, f"the chat of {name} in {scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_rooms_have_no_serious_violation(shop: Shop, visitors: Visitors, scheme: str) -> None:
    page = visitors.sign_in(shop.house.web_url, shop.email("maya"), shop.password, color_scheme=scheme)
    for path in (
        "/templates",
        "/billing",
        "/billing?tab=statement",
        "/billing?by=market",
        "/billing/payments",
        "/billing/reconciliation",
        "/billing/reconciliation?tab=cost",
        "/billing?top_up=true",
        "/billing/plan",
        "/billing/what-if",
        "/billing/invoices",
        "/numbers",
        "/numbers/new",
        "/settings",
    ):
        page.goto(shop.house.web_url + path)
        expect(page.get_by_role("main").first).to_be_attached()
        expect_accessible(page, f"{path} in {scheme}")


def test_the_first_pages_and_the_phones_have_no_serious_violation(shop: Shop, visitors: Visitors) -> None:
    for path in ("/sign-in", "/sign-up"):
        page = visitors.open(shop.house.web_url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect_accessible(page, path)
    phones = visitors.open(shop.house.simulator_url)
    first = phones.get_by_role("region", name="Phone of Priya Raman")
    first.get_by_role("button", name="Marigold & Thread").first.click()
    expect(first.get_by_role("log")).to_be_visible()
    for panel in ("Log", "Faults", "Templates", "Platform"):
        phones.get_by_role("navigation", name="Panels").get_by_role("button", name=panel).click()
        expect_accessible(phones, f"the simulator's page with {panel}")
    phones.get_by_role("button", name="Dark colours").click()
    expect_accessible(phones, "the simulator's page in dark")
