"""A browser-like client of the whole web app, served by uvicorn in the test's own loop on a free port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn
from yarl import URL

from hobnob.app import create_app
from hobnob.kernel.clock import Clock
from hobnob.platform.settings import Settings

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: bytes
    cookies: SimpleCookie
    json: Any


class Desk:
    """One browser: cookies, and the CSRF header on changes."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.request("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.request("POST", path, json=body, **options)

    async def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.request("PATCH", path, json=body, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self.request("DELETE", path, **options)

    async def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, csrf: bool = True, **options: Any
    ) -> Answer:
        headers = dict(headers or {})
        if csrf and method != "GET":
            if self.cookie("hobnob_csrf") is None:
                await self.get("/api/me")
            headers["X-CSRF-Token"] = self.cookie("hobnob_csrf") or ""
        async with self._session.request(method, self.base + path, headers=headers, **options) as response:
            body = await response.read()
            is_json = "json" in response.headers.get("content-type", "")
            return Answer(
                response.status,
                response.headers,
                body,
                response.cookies,
                await response.json(content_type=None) if is_json else None,
            )

    def cookie(self, name: str) -> str | None:
        found = self._session.cookie_jar.filter_cookies(URL(self.base))
        return found[name].value if name in found else None

    def forget_cookies(self) -> None:
        self._session.cookie_jar.clear()

    async def sign_up(self, **changes: Any) -> Any:
        answer = await self.post("/api/sign-up", sign_up_body(**changes))
        assert answer.status == 201, answer.json
        return answer.json

    async def close(self) -> None:
        await self._session.close()


def sign_up_body(**changes: Any) -> dict[str, Any]:
    return {
        "brand": "Amber Tea",
        "name": "Maya Ortiz",
        "email": "maya@example.com",
        "password": PASSWORD,
        "time_zone": "Europe/Madrid",
        "locale": "en",
        **changes,
    }


def free_listener() -> socket.socket:
    """A bound socket, for who must know the port before the server runs."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


@asynccontextmanager
async def serving(
    settings: Settings,
    clock: Clock | None = None,
    *,
    web_folder: Path | None = None,
    listener: socket.socket | None = None,
) -> AsyncIterator[str]:
    """The web process on a free loopback port (or on ``listener``); yields its address."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, clock=clock, web_folder=web_folder),
            log_config=None,
            access_log=False,
            lifespan="on",
            ws="websockets-sansio",
            loop="none",
        )
    )
    listener = listener or free_listener()
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        assert not task.done(), "the web process did not start"
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()
