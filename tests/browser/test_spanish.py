"""The pages in Spanish say nothing in English."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from .conftest import Shop
from .visitors import Visitors

LOCALES = Path(__file__).parents[2] / "web" / "src" / "i18n" / "locales"
LETTERS_MIN = 4
OWNERS_PAGES = ("/billing/plan", "/billing/what-if", "/billing/invoices")
SPOKEN = """() => {
  const words = []
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) if (walk.currentNode.parentElement.checkVisibility()) words.push(walk.currentNode.data)
  for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
    for (const name of ['aria-label', 'placeholder', 'title', 'alt']) words.push(element.getAttribute(name) ?? '')
  return words.map((text) => text.trim()).filter(Boolean)
}"""


def sentences(language: str) -> dict[str, str]:
    found: dict[str, str] = {}

    def walk(prefix: str, value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{prefix}.{key}", inner)
        else:
            found[prefix] = str(value)

    for path in sorted((LOCALES / language).glob("*.json")):
        walk(path.stem, json.loads(path.read_text(encoding="utf-8")))
    return found


def english_only() -> list[tuple[str, re.Pattern[str]]]:
    """Every English sentence that Spanish says otherwise, as a pattern with its holes open."""
    english, spanish = sentences("en"), sentences("es")
    said_in_spanish = set(spanish.values())
    patterns = []
    for key, text in english.items():
        fixed = re.sub(r"{{.*?}}|\W", "", text)
        if text == spanish[key] or text in said_in_spanish or len(fixed) < LETTERS_MIN:
            continue
        parts = re.split(r"{{.*?}}", text)
        patterns.append((key, re.compile("^" + ".+".join(map(re.escape, parts)) + "$")))
    return patterns


def expect_spanish(page: Page, where: str, patterns: list[tuple[str, re.Pattern[str]]]) -> None:
    page.wait_for_load_state("networkidle")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    spoken = set(page.evaluate(SPOKEN))
    left = sorted((text, key) for text in spoken for key, pattern in patterns if pattern.match(text))
    assert not left, f"English on {where}: {left}"


def test_no_english_is_left_on_spanish_pages(shop: Shop, visitors: Visitors) -> None:
    patterns = english_only()
    assert len(patterns) > 200
    first = visitors.open(f"{shop.house.web_url}/sign-up", locale="es-MX")
    expect(first.get_by_role("button", name="Crear cuenta")).to_be_visible()
    expect_spanish(first, "/sign-up", patterns)
    # Kenji's language stays Spanish on the server, so he has no part in any other test.
    page = visitors.sign_in(shop.house.web_url, shop.email("kenji"), shop.password, locale="es-MX")
    page.get_by_role("button", name="Your account: Kenji Watanabe").click()
    page.get_by_role("menuitem", name="Español").click()
    expect(page.get_by_role("list", name="Chats").get_by_role("link").first).to_be_visible()
    page.get_by_role("button", name="Tu cuenta: Kenji Watanabe").click()
    expect_spanish(page, "the menu", patterns)
    page.keyboard.press("Escape")
    expect_spanish(page, "the list", patterns)
    for name in ("Priya Raman", "Tom Alvarez", "Jack Whitfield"):
        page.get_by_role("list", name="Chats").get_by_role("link", name=name).click()
        expect(page.get_by_role("log")).to_be_visible()
        expect_spanish(page, f"the chat of {name}", patterns)
    for path in (
        "/templates",
        "/billing",
        "/billing?tab=statement",
        "/billing?by=market",
        "/billing/payments",
        "/billing/reconciliation",
        "/billing/reconciliation?tab=cost",
        "/billing/plan",
        "/billing/what-if",
        "/billing/invoices",
        "/numbers",
        "/numbers/new",
        "/settings",
        "/chats?new=true",
        "/no-such-page",
    ):
        page.goto(shop.house.web_url + path)
        expect(page.locator("main, h1, h2").first).to_be_visible()
        expect_spanish(page, path, patterns)
    # What only owners and admins see; the choice stays in this browser.
    owner = visitors.sign_in(shop.house.web_url, shop.email("maya"), shop.password)
    owner.evaluate("localStorage.setItem('hobnob.language', 'es')")
    for path in OWNERS_PAGES:
        owner.goto(shop.house.web_url + path)
        expect(owner.locator("main h2").first).to_be_visible()
        expect_spanish(owner, path, patterns)
    phones = visitors.open(shop.house.simulator_url, locale="es-MX")
    expect(phones.get_by_role("region").first).to_be_visible()
    # Its log shows the platform's own words, some of which the desk says too: here the simulator's texts count.
    own = [(key, pattern) for key, pattern in patterns if key.startswith(("simulator.", "app."))]
    assert len(own) > 100
    expect_spanish(phones, "the simulator's page", own)
