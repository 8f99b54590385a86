"""Writes the pictures of docs/screenshots/ from a demo shop of its own: `.venv/bin/python scripts/screenshots.py [name ...]`."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "docs" / "screenshots"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SIZE_BYTES_MAX = 400_000
SETTLE_MS = 1_200
STOP_WAIT_S = 30


class Shop(NamedTuple):
    """A running demo shop."""

    desk_url: str
    simulator_url: str
    email: str
    password: str


@contextmanager
def demo_shop() -> Iterator[Shop]:
    """`hobnob run` on data of its own, until it has said how to sign in."""
    folder = Path(tempfile.mkdtemp(prefix="hobnob-screenshots-"))
    folder.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOBNOB_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "hobnob.cli", "run"],
        env={**environment, "HOBNOB_DATA_DIR": str(folder), "HOBNOB_PORT": "8600"},
        stdout=subprocess.PIPE,
        text=True,
    )
    said = ""
    try:
        for line in process.stdout or ():
            print(line, end="")
            said += line
            if "Ctrl-C" in line:
                break
        desk = re.search(r"Desk +(\S+) +sign in with (\S+) and the password (\S+)", said)
        phones = re.search(r"Phones +(\S+)", said)
        if not desk or not phones:
            raise SystemExit("The demo shop did not start.")
        yield Shop(desk.group(1), phones.group(1), desk.group(2), desk.group(3))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_WAIT_S)
        shutil.rmtree(folder, ignore_errors=True)


def signed_in(browser: Browser, shop: Shop, size: dict[str, int], scheme: str) -> Page:
    page = new_page(browser, size, scheme)
    page.goto(f"{shop.desk_url}/sign-in")
    page.get_by_role("textbox", name="E-mail").fill(shop.email)
    page.get_by_label("Password", exact=True).fill(shop.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("list", name="Chats").get_by_role("link").first.wait_for()
    return page


def new_page(browser: Browser, size: dict[str, int], scheme: str) -> Page:
    options: dict[str, Any] = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    return browser.new_context(locale="en-US", timezone_id="America/New_York", **options).new_page()


def inbox(browser: Browser, shop: Shop, size: dict[str, int], scheme: str) -> Page:
    page = signed_in(browser, shop, size, scheme)
    page.get_by_role("list", name="Chats").get_by_role("link", name=re.compile("Priya")).click()
    page.get_by_role("log").get_by_role("article").last.wait_for()
    return page


def billing(browser: Browser, shop: Shop) -> Page:
    page = signed_in(browser, shop, WIDE, "light")
    page.goto(f"{shop.desk_url}/billing")
    page.get_by_role("region", name="Charges").get_by_role("listitem").first.wait_for()
    return page


def number(browser: Browser, shop: Shop) -> Page:
    page = signed_in(browser, shop, WIDE, "light")
    page.goto(f"{shop.desk_url}/numbers/new")
    page.get_by_role("textbox", name="Phone number").fill("+91 98450 12345")
    page.get_by_role("img", name="Valid number").wait_for()
    return page


def simulator(browser: Browser, shop: Shop) -> Page:
    page = new_page(browser, WIDE, "light")
    page.goto(shop.simulator_url)
    for name in ("Priya Raman", "ليلى المنصوري", "Tom Alvarez"):
        phone = page.get_by_role("region", name=f"Phone of {name}")
        phone.get_by_role("button", name=re.compile("Marigold")).first.click()
        phone.get_by_role("log").wait_for()
    first = page.get_by_role("region", name="Phone of Priya Raman")
    first.evaluate("phone => { for (let box = phone; box; box = box.parentElement) box.scrollLeft = 0 }")
    page.mouse.move(0, 0)
    return page


PICTURES: dict[str, Callable[[Browser, Shop], Page]] = {
    "inbox-light": lambda browser, shop: inbox(browser, shop, WIDE, "light"),
    "inbox-dark": lambda browser, shop: inbox(browser, shop, WIDE, "dark"),
    "inbox-390": lambda browser, shop: inbox(browser, shop, NARROW, "light"),
    "billing": billing,
    "number": number,
    "simulator": simulator,
}


def keep(page: Page, name: str) -> None:
    """Large enough to read, small enough for a repository."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLE_MS)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = OUTPUT / f"{name}.png"
    image.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size // 1000} kB")
    if size > SIZE_BYTES_MAX:
        raise SystemExit(f"{path.name} is larger than {SIZE_BYTES_MAX // 1000} kB.")


def main() -> None:
    """All pictures, or those named."""
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        raise SystemExit("No Chromium found: `make chromium`.")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with demo_shop() as shop, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        for name in sys.argv[1:] or PICTURES:
            keep(PICTURES[name](browser, shop), name)
        browser.close()


if __name__ == "__main__":
    main()
