"""A simulator and a web process that know each other, in the test's own loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from hobnob.kernel.clock import Clock
from hobnob.platform.settings import Settings
from hobnob.simulator.server import running
from tests.desk import Desk, free_listener, serving


class Town:
    """``settings`` are those of the web process; ``control`` speaks to the simulator's control face."""

    def __init__(self, settings: Settings, web_url: str, simulator_url: str, session: aiohttp.ClientSession) -> None:
        self.settings = settings
        self.web_url = web_url
        self.simulator_url = simulator_url
        self._session = session
        self._desks: list[Desk] = []

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, f"{self.simulator_url}/control{path}", json=body) as answer:
            assert answer.status < 300, f"{method} {path}: {answer.status} {await answer.text()}"
            return await answer.json(content_type=None) if answer.content_length != 0 else None

    async def code_sent_to(self, phone: str) -> str:
        """The digits of the newest text on the simulated phone."""
        phones = (await self.control("GET", "/state"))["phones"]
        newest = next(one for one in phones if one["phone"] == phone)["sms"][-1]
        return "".join(char for char in newest["body"] if char.isdigit())

    def desk(self) -> Desk:
        desk = Desk(self.web_url)
        self._desks.append(desk)
        return desk

    async def close(self) -> None:
        for desk in self._desks:
            await desk.close()


@asynccontextmanager
async def town(settings: Settings, *, wabas: int = 2, clock: Clock | None = None) -> AsyncIterator[Town]:
    async with running() as simulator, aiohttp.ClientSession() as session:
        listener = free_listener()
        web_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        place = Town(settings, web_url, simulator.url, session)
        ids = [(await place.control("POST", "/wabas", {"name": f"Account {n}"}))["id"] for n in range(wabas)]
        changes = {
            "base_url": web_url,
            "whatsapp_graph_url": simulator.url,
            "whatsapp_waba_ids": ",".join(ids),
            "simulator_url": simulator.url,
            "whatsapp_timeout_s": 2.0,
        }
        place.settings = msgspec.structs.replace(settings, **changes)
        async with serving(place.settings, clock, listener=listener):
            app = {
                "app_id": settings.whatsapp_app_id,
                "app_secret": settings.whatsapp_app_secret,
                "token": settings.whatsapp_token,
                "verify_token": settings.whatsapp_verify_token,
                "callback_url": f"{web_url}/webhooks/whatsapp",
            }
            await place.control("POST", "/apps", app)
            try:
                yield place
            finally:
                await place.close()
