"""Narrow, dark, and without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Shop
from .pages import DeskPage
from .visitors import Visitors

PATHS = (
    "/chats",
    "/templates",
    "/billing",
    "/numbers",
    "/numbers/new",
    "/settings",
    "/chats?new=true",
    "/billing?top_up=true",
)
CUT_OFF = """() => {
  const wide = innerWidth
  const clipped = (element) => {
    for (let box = element.parentElement; box; box = box.parentElement)
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(box).overflowX)) return true
    return false
  }
  const out = [...document.querySelectorAll('body *')].filter((element) => {
    const { left, right, width, height } = element.getBoundingClientRect()
    return width > 1 && height > 1 && (right > wide + 1 || left < -1) && !clipped(element)
  })
  const page = document.documentElement.scrollWidth > wide ? ['the page scrolls sideways'] : []
  return [...page, ...out.map((element) => element.outerHTML.slice(0, 160))]
}"""


def expect_nothing_cut(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    assert page.evaluate(CUT_OFF) == [], f"cut off at {page.viewport_size} on {page.url}"


@pytest.mark.parametrize("width", [390, 360])
def test_narrow_pages_are_a_stack_and_nothing_is_cut(shop: Shop, visitors: Visitors, width: int) -> None:
    size = {"width": width, "height": 780}
    page = visitors.sign_in(shop.house.web_url, shop.email("maya"), shop.password, viewport=size, has_touch=True)
    desk = DeskPage(page)
    expect(desk.chats).to_be_visible()
    expect_nothing_cut(page)
    for name in ("Priya Raman", "Anneliese Wolfeschlegelsteinhausenbergerdorff-Schmidt"):
        desk.open_chat(name)
        expect(desk.chats).to_be_hidden()
        expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
        expect(desk.composer.or_(page.get_by_role("group", name="Window closed"))).to_be_in_viewport()
        expect_nothing_cut(page)
        page.get_by_role("button", name=f"About {name}").click()
        expect(page.get_by_role("complementary", name="Customer")).to_be_in_viewport()
        expect_nothing_cut(page)
        page.get_by_role("button", name="Hide customer details").click()
        page.get_by_role("link", name="Back to chats").click()
        expect(desk.chats).to_be_visible()
    for room in ("Templates", "Billing", "Numbers", "Settings", "Chats"):
        desk.go(room)
        page.wait_for_url(f"**/{room.lower()}*")
    for path in PATHS:
        page.goto(shop.house.web_url + path)
        expect(page.get_by_role("main")).to_be_visible()
        expect_nothing_cut(page)
    page.goto(shop.house.simulator_url)
    expect(page.get_by_role("tablist", name="Phones")).to_be_visible()
    expect_nothing_cut(page)


def test_narrow_templates_open_under_their_line_and_steps_keep_one(shop: Shop, visitors: Visitors) -> None:
    page = visitors.sign_in(
        shop.house.web_url, shop.email("maya"), shop.password, path="/templates", viewport={"width": 390, "height": 844}
    )
    template = page.get_by_role("list", name="Templates").get_by_role("button", name=re.compile("order_shipped"))
    preview = page.get_by_role("group", name="What the customer will see")
    expect(template).to_be_in_viewport()
    expect(preview).to_be_hidden()
    template.click()
    expect(template).to_have_attribute("aria-expanded", "true")
    assert top_of(preview) > top_of(template)
    template.click()
    expect(preview).to_be_hidden()

    page.goto(f"{shop.house.web_url}/numbers/new")
    steps = page.get_by_role("list", name="Steps").get_by_role("listitem")
    expect(steps).to_have_text(["1Number", "2Code", "3PIN", "4Connected"])
    assert len({top_of(step) for step in steps.all()}) == 1


def top_of(element: Locator) -> float:
    box = element.bounding_box()
    assert box
    return box["y"]


def test_half_written_words_stay_with_their_chat(shop: Shop, visitors: Visitors) -> None:
    page = visitors.sign_in(shop.house.web_url, shop.email("liam"), shop.password)
    desk = DeskPage(page)
    desk.open_chat("Priya Raman")
    desk.composer.fill("It comes in 150 by")
    desk.open_chat("Noah Tremblay")
    expect(desk.composer).to_have_value("")
    desk.open_chat("Priya Raman")
    expect(desk.composer).to_have_value("It comes in 150 by")
    page.reload()
    expect(desk.composer).to_have_value("It comes in 150 by")
    desk.composer.fill("")


def test_dark_follows_the_system_and_can_be_chosen(shop: Shop, visitors: Visitors) -> None:
    page = visitors.sign_in(shop.house.web_url, shop.email("maya"), shop.password, color_scheme="dark")
    brightness = "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3"
    expect(page.get_by_role("list", name="Chats")).to_be_visible()
    assert page.evaluate(brightness) < 60
    page.get_by_role("button", name="Light theme").click()
    expect(page.get_by_role("button", name="Dark theme")).to_be_visible()
    assert page.evaluate(brightness) > 200
    page.reload()
    expect(page.get_by_role("button", name="Dark theme")).to_be_visible()
    assert page.evaluate(brightness) > 200, "the choice is remembered"


def test_the_keyboard_alone_is_enough(shop: Shop, visitors: Visitors) -> None:
    page = visitors.sign_in(shop.house.web_url, shop.email("liam"), shop.password)
    desk = DeskPage(page)
    open_chat = desk.chats.locator("[aria-current=page]")
    expect(desk.chats.get_by_role("link").first).to_be_visible()
    page.keyboard.press("j")
    expect(open_chat).to_have_count(1)
    first = open_chat.get_attribute("href")
    page.keyboard.press("j")
    expect(open_chat).not_to_have_attribute("href", first or "")
    page.keyboard.press("k")
    expect(open_chat).to_have_attribute("href", first or "")
    expect(desk.messages).to_be_visible()
    page.keyboard.press("r")
    expect(desk.composer).to_be_focused()
    page.keyboard.type("jk?")
    expect(desk.composer).to_have_value("jk?")
    desk.composer.fill("")
    page.keyboard.press("Escape")
    expect(desk.composer).not_to_be_focused()
    page.keyboard.press("Enter")
    expect(desk.composer).to_be_focused()
    page.keyboard.press("Escape")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    expect(open_chat).to_have_attribute("href", first or "")
    page.keyboard.press("Control+k")
    box = page.get_by_placeholder("Go to, find a customer, do…")
    expect(box).to_be_focused()
    page.keyboard.type("Carmen")
    expect(page.get_by_role("button", name=re.compile("Carmen Ruiz")).last).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Carmen Ruiz", exact=True)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/billing*")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/chats*")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search name or number")).to_be_focused()


def test_enter_presses_what_has_the_focus_and_the_focus_shows(shop: Shop, visitors: Visitors) -> None:
    page = visitors.sign_in(shop.house.web_url, shop.email("liam"), shop.password)
    desk = DeskPage(page)
    desk.open_chat("Tom Alvarez")
    page.get_by_role("searchbox", name="Search name or number").focus()
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("() => document.activeElement.textContent + document.activeElement.ariaLabel"))
        shows = "() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none' }"
        wrapped = "() => [...document.querySelectorAll(':focus-within')].slice(-3).some((e) => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none' })"
        assert page.evaluate(shows) or page.evaluate(wrapped), page.evaluate(
            "() => document.activeElement.outerHTML.slice(0, 200)"
        )
    assert len(seen) > 6
    other = desk.chat_of("Carmen Ruiz")
    other.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Carmen Ruiz", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("^Owner: ")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Assign to me")).to_be_visible()
