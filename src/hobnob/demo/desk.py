"""The dashboard's HTTP interface as the story uses it: signed in like a browser, with the CSRF header."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from hobnob.platform.http import CSRF_COOKIE

TIMEOUT_S = 20


class DeskRefused(Exception):
    """The desk answered with a problem; its sentence is the message."""


class Desk:
    """One signed-in browser."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base
        self._csrf = ""

    @classmethod
    @asynccontextmanager
    async def signed_in(cls, base: str, email: str, password: str) -> AsyncIterator[Self]:
        """A browser with a session, signed out at the end. Raises DeskRefused."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        # The address is bare in a first try, and cookie jars distrust bare addresses.
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=timeout) as session:
            desk = cls(session, base.rstrip("/"))
            async with session.get(desk._base + "/api/me") as answer:
                desk._csrf = answer.cookies[CSRF_COOKIE].value
            desk._csrf = await desk._sign_in(email, password)
            yield desk
            await desk.post("/api/sign-out")

    async def get(self, path: str, **query: str) -> Any:
        async with self._session.get(self._base + path, params=query) as answer:
            return await _read(answer)

    async def post(self, path: str, body: Any = None) -> Any:
        async with self._session.post(self._base + path, json=body, headers={"X-CSRF-Token": self._csrf}) as answer:
            return await _read(answer)

    async def upload(self, content: bytes, filename: str, mime_type: str) -> str:
        """Upload a file for sending; answers with its id."""
        form = aiohttp.FormData()
        form.add_field("file", content, filename=filename, content_type=mime_type)
        headers = {"X-CSRF-Token": self._csrf}
        async with self._session.post(self._base + "/api/media", data=form, headers=headers) as answer:
            return str((await _read(answer))["id"])

    async def deliver(self, url: str, body: bytes, signature: str) -> None:
        """Hand in a webhook, as WhatsApp does. It is accepted once it is committed."""
        headers = {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
        async with self._session.post(url, data=body, headers=headers) as answer:
            if answer.status != 200:
                raise DeskRefused(f"{urlsplit(url).path} answered {answer.status}: {await answer.text()}")

    async def _sign_in(self, email: str, password: str) -> str:
        body, headers = {"email": email, "password": password}, {"X-CSRF-Token": self._csrf}
        async with self._session.post(self._base + "/api/sign-in", json=body, headers=headers) as answer:
            await _read(answer)
            return answer.cookies[CSRF_COOKIE].value


async def _read(answer: aiohttp.ClientResponse) -> Any:
    said = await answer.json(content_type=None) if answer.content_type.endswith("json") else None
    if answer.status >= 300:
        detail = said.get("detail") if isinstance(said, dict) else None
        raise DeskRefused(f"{answer.url.path} answered {answer.status}: {detail or await answer.text()}")
    return said
