"""The bare limit of accepting webhooks: an ASGI application that commits what it is sent, in batches, and nothing else.

No signature, no parsing, no owners, no limits, no lanes; the same server, driver, database and batching.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection as Pipe
from typing import Any

import asyncpg
import uvloop

from hobnob.platform.settings import Settings

from .harness import listening_socket, server_of

TABLE = "CREATE TABLE bare_bodies (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)"
_STORE = "INSERT INTO bare_bodies (body) SELECT * FROM unnest($1::bytea[])"


class BareApp:
    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._connection = connection
        self._waiting: list[bytes] = []
        self._committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._work = asyncio.Event()

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message["more_body"]:
                break
        self._waiting.append(body)
        self._work.set()
        await self._committed
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def write_forever(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                bodies, self._waiting = self._waiting, []
                committed, self._committed = self._committed, asyncio.get_running_loop().create_future()
                await self._connection.execute(_STORE, bodies)
                committed.set_result(None)


def serve_bare(pipe: Pipe, settings: Settings) -> None:
    """A process: serves the bare application on a free port, which it says first."""
    uvloop.run(_serve(pipe, settings))


async def _serve(pipe: Pipe, settings: Settings) -> None:
    app = BareApp(await asyncpg.connect(settings.database_url))
    writer = asyncio.create_task(app.write_forever())
    listening = listening_socket()
    pipe.send(listening.getsockname()[1])
    await server_of(app).serve(sockets=[listening])
    writer.cancel()
