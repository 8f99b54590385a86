"""Runs the simulator: alone for the command line, inside a test, or as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import uvloop
from aiohttp import web

from .app import SIMULATOR, create_app
from .core import Simulator

KEEPALIVE_S = 75
SHUTDOWN_S = 2.0


class Running:
    """A simulator that listens. ``url`` is its address, with the port it really got."""

    def __init__(self, sim: Simulator, url: str) -> None:
        self.simulator = sim
        self.url = url


@contextlib.asynccontextmanager
async def running(
    host: str = "127.0.0.1", port: int = 0, state_dir: Path | None = None, listener: socket.socket | None = None
) -> AsyncIterator[Running]:
    """A simulator for the length of a ``with``; port 0 takes a free one. ``listener`` is used instead when it is given."""
    app = create_app(state_dir)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    site = web.SockSite(runner, listener) if listener else web.TCPSite(runner, host, port)
    try:
        await site.start()
        address = runner.addresses[0]
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        sim = app[SIMULATOR]
        sim.base_url = f"http://{shown}:{address[1]}"
        yield Running(sim, sim.base_url)
    finally:
        await runner.cleanup()


async def serve(
    host: str = "127.0.0.1",
    port: int = 8001,
    state_dir: Path | None = None,
    ready: Callable[[str], None] | None = None,
    stop: asyncio.Event | None = None,
    listener: socket.socket | None = None,
) -> None:
    """Listens until SIGINT, SIGTERM or ``stop``; ``ready`` is called with the address once it does."""
    loop = asyncio.get_running_loop()
    stopping = stop or asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(name, stopping.set)
    async with running(host, port, state_dir, listener) as served:
        if ready is not None:
            ready(served.url)
        await stopping.wait()


def main() -> None:
    """``python -m hobnob.simulator.server``: prints its address on the first line."""
    parser = argparse.ArgumentParser(description="A WhatsApp platform to develop against.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--state", type=Path, default=None)
    args = parser.parse_args()
    uvloop.run(serve(args.host, args.port, args.state, ready=_say))


def _say(url: str) -> None:
    sys.stdout.write(url + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
