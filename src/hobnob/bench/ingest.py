"""``bench ingest``: signed single-message webhooks over HTTP, from another process, until they are in the inbox.

Accept: durable requests per second, against a bare application that commits the same bytes in batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe

import asyncpg
import uvloop

from hobnob.inbox.ingest.accept import WebhookApp
from hobnob.kernel.ids import lane_of, new_id
from hobnob.platform.database import ROLE_INGEST, Database
from hobnob.platform.settings import Settings

from .bare import TABLE, serve_bare
from .harness import SECRET, Result, answer_of, child, listening_socket, prepare, say, server_of, throwaway_settings
from .load import Answered, Load, generate

ACCOUNTS = 20
ROUNDS = 3
WEBHOOKS_PER_ROUND = 25_000


def measure() -> Result:
    with throwaway_settings() as settings:
        numbers = asyncio.run(_prepare(settings))
        ours, bare = _accept(settings, numbers)
    rate, limit = _rate(ours), _rate(bare)
    return Result(
        bench="ingest",
        value=round(rate, 1),
        unit="durable requests/s",
        limit=round(limit, 1),
        ratio=round(rate / limit, 3),
        p99_ms=round(max(answered.p99_ms for answered in ours), 2),
        detail={
            "connections": 32,
            "accept_rounds": [round(a.requests / a.seconds) for a in ours],
            "bare_rounds": [round(a.requests / a.seconds) for a in bare],
            "bare_p99_ms": round(max(answered.p99_ms for answered in bare), 2),
            "failed": sum(a.failed for a in ours + bare),
        },
    )


def _rate(rounds: list[Answered]) -> float:
    return sum(a.requests for a in rounds) / sum(a.seconds for a in rounds)


async def _prepare(settings: Settings) -> list[str]:
    """Accounts with a number each; returns the numbers."""
    await prepare(settings)
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute(TABLE)
    numbers = [f"1067{n:011d}" for n in range(ACCOUNTS)]
    for number in numbers:
        account_id = new_id()
        await connection.execute(
            "INSERT INTO routes VALUES ('number', $1, $2, $3)", number, account_id, lane_of(account_id)
        )
    await connection.close()
    return numbers


def _accept(settings: Settings, numbers: list[str]) -> tuple[list[Answered], list[Answered]]:
    """Rounds of ours and of the bare application in turns, so that a slow moment of the machine meets both."""
    rounds: dict[str, list[Answered]] = {"bare": [], "ours": []}
    servers: list[tuple[str, Callable[..., None]]] = [("bare", serve_bare), ("ours", serve_webhooks)]
    for n in range(ROUNDS):
        for name, serve in servers:
            with child(serve, settings) as (port, _):
                answered = send(
                    Load(
                        port=port,
                        secret=SECRET,
                        numbers=numbers,
                        webhooks=WEBHOOKS_PER_ROUND,
                        first=n * WEBHOOKS_PER_ROUND,
                    )
                )
            rounds[name].append(answered)
            say(f"accept, {name}: {answered.requests / answered.seconds:,.0f}/s, p99 {answered.p99_ms:.1f} ms")
    return rounds["ours"], rounds["bare"]


def send(load: Load) -> Answered:
    """Everything in the load, from a process of its own."""
    with child(generate, load) as (_, pipe):
        pipe.send("go")
        answered: Answered = answer_of(pipe)
        return answered


def serve_webhooks(pipe: Pipe, settings: Settings) -> None:
    """A process: serves the webhook path on a free port, which it says first."""
    uvloop.run(_serve(pipe, settings))


async def _serve(pipe: Pipe, settings: Settings) -> None:
    database = await Database.open(settings, roles=(ROLE_INGEST,))
    app = WebhookApp(settings, database)
    await app.start()
    listening = listening_socket()
    pipe.send(listening.getsockname()[1])
    await server_of(app).serve(sockets=[listening])
    await app.stop()
    await database.close()
