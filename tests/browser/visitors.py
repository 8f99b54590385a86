"""People at browsers: their pages, what their consoles complain about, and what is kept of a failing test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect

LOCALE = "en-US"
WIDE = {"width": 1440, "height": 900}
PATIENCE_MS = 20_000
# The browser itself reports every refused request; refusals are what some tests are about.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4(01|02|03|09|22) ")

expect.set_options(timeout=PATIENCE_MS)


class Visitors:
    def __init__(self, browser: Browser, signed_in: dict[str, Any]) -> None:
        """``signed_in`` holds the sessions of agents who signed in already, over all tests of a run."""
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._complaints: list[str] = []
        self._expected: list[re.Pattern[str]] = [REFUSED]
        self._signed_in = signed_in

    def open(self, url: str, **options: Any) -> Page:
        """A page in a browser profile of its own."""
        settings: dict[str, Any] = {"locale": LOCALE, "viewport": WIDE, "reduced_motion": "reduce", **options}
        context = self._browser.new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._complaints.append(f"uncaught: {error.error}"))
        self._contexts.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    def sign_in(self, url: str, email: str, password: str, *, path: str = "/chats", **options: Any) -> Page:
        """A page of an agent; only the first profile of each signs in, the others carry its session."""
        who = f"{email} {url}"
        if who in self._signed_in:
            return self.open(url + path, storage_state=self._signed_in[who], **options)
        page = self.open(f"{url}/sign-in", **options)
        # The page knows its language before it shows anything.
        page.locator("form button[type=submit]").wait_for()
        in_spanish = page.locator("html[lang=es]").count() > 0
        page.get_by_role("textbox", name=re.compile("E-mail|Correo")).fill(email)
        page.get_by_label("Contraseña" if in_spanish else "Password", exact=True).fill(password)
        page.locator("form button[type=submit]").click()
        page.wait_for_url("**/chats*")
        self._signed_in[who] = page.context.storage_state()
        if path != "/chats":
            page.goto(url + path)
        return page

    def expect_complaint(self, pattern: str) -> None:
        """A complaint that belongs to the test."""
        self._expected.append(re.compile(pattern))

    def complaints(self) -> list[str]:
        return [line for line in self._complaints if not any(one.search(line) for one in self._expected)]

    def keep(self, folder: Path) -> None:
        """A picture and the words of every open page."""
        folder.mkdir(parents=True, exist_ok=True)
        pages = [page for context in self._contexts for page in context.pages]
        for index, page in enumerate(pages):
            try:
                page.screenshot(path=folder / f"{index}.png")
                (folder / f"{index}.txt").write_text(f"{page.url}\n\n{page.locator('body').inner_text()}")
            except Error as error:
                (folder / f"{index}.txt").write_text(f"{page.url} could not be kept: {error}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complaints.append(f"{message.text} ({message.location.get('url', '')})")
