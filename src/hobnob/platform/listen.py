"""A LISTEN connection that comes back by itself when PostgreSQL goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from .database import role_url
from .settings import Settings

log = structlog.get_logger()

RECONNECT_WAIT_S = 0.5
KEEPALIVE_S = 10.0


async def listen_forever(
    settings: Settings,
    role: str,
    channel: str,
    on_payload: Callable[[str], None],
    on_connected: Callable[[], None],
) -> None:
    """Call ``on_payload`` for each notification until cancelled. ``on_connected`` runs after every (re)connect, when
    notifications may have been missed."""
    while True:
        try:
            await _listen_once(settings, role, channel, on_payload, on_connected)
        except Exception as error:  # noqa: BLE001 - listening goes on whatever befell the connection
            log.warning("listen_lost", channel=channel, error=str(error))
        await asyncio.sleep(RECONNECT_WAIT_S)


async def _listen_once(
    settings: Settings,
    role: str,
    channel: str,
    on_payload: Callable[[str], None],
    on_connected: Callable[[], None],
) -> None:
    connection = await asyncpg.connect(role_url(settings, role), server_settings={"application_name": f"{role}_listen"})
    try:
        await connection.add_listener(channel, lambda _c, _pid, _channel, payload: on_payload(str(payload)))
        on_connected()
        while not connection.is_closed():
            await asyncio.sleep(KEEPALIVE_S)
            await connection.execute("SELECT 1", timeout=KEEPALIVE_S)
    finally:
        connection.terminate()
