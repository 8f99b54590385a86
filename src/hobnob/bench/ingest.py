"""``bench ingest``: signed webhooks over HTTP, from another process, until they are in the inbox.

Accept: durable requests per second, against a bare application that commits the same bytes in batches. Apply: messages
per second from the first request sent to the last message applied, web and worker processes and PostgreSQL together on
the same cores, one in fifty webhooks sent twice.
"""

from __future__ import annotations

import asyncio
import time
from multiprocessing.connection import Connection as Pipe
from typing import Any

import asyncpg
import msgspec
import uvloop

from hobnob import worker
from hobnob.app import create_app
from hobnob.billing import actions as billing
from hobnob.kernel.clock import SystemClock
from hobnob.kernel.ids import Tenant, lane_of, new_id
from hobnob.platform import memory
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings

from .bare import TABLE, serve_bare
from .harness import (
    SECRET,
    Result,
    answer_of,
    child,
    child_pid,
    listening_socket,
    prepare,
    resident_mb,
    say,
    server_of,
    throwaway_settings,
)
from .load import Answered, Load, generate

ACCOUNTS = 20
CUSTOMERS_PER_ACCOUNT = 200
ROUNDS = 3
ROUND_S = 2.0
ROUND_MAX_WEBHOOKS = 45_000
APPLY_S = 5.0
APPLY_MAX_MESSAGES = 60_000
MESSAGES_PER_BATCH = 50
REPEAT_EVERY = 50
POLL_S = 0.02
DRAIN_TIMEOUT_S = 30.0


class Applied(msgspec.Struct, frozen=True):
    """How fast messages were sent, accepted and applied."""

    messages_per_s: float
    accept_p99_ms: float
    web_mb: list[float | None]
    worker_mb: list[float | None]


def measure() -> Result:
    with throwaway_settings() as settings:
        numbers = asyncio.run(_prepare(settings))
        ours, bare = _accept(settings, numbers)
        asyncio.run(_clear(settings))
        with child(serve_product, settings) as (port, _), child(work) as (_, pipe):
            pipe.send(settings)
            single = _apply(settings, _load(port, numbers, 1))
            batched = _apply(settings, _load(port, numbers, MESSAGES_PER_BATCH))
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
            "applied_single": msgspec.to_builtins(single),
            "applied_batched": msgspec.to_builtins(batched),
        },
    )


def _rate(rounds: list[Answered]) -> float:
    return sum(a.requests for a in rounds) / sum(a.seconds for a in rounds)


async def _prepare(settings: Settings) -> list[str]:
    """Accounts with a connected number each; returns WhatsApp's ids of the numbers."""
    await prepare(settings)
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute(TABLE)
    now = SystemClock().now()
    numbers = [f"1067{n:011d}" for n in range(ACCOUNTS)]
    database = await Database.open(settings)
    for n, number in enumerate(numbers):
        account_id = new_id()
        tenant = Tenant(account_id, lane_of(account_id))
        await connection.execute(
            "INSERT INTO accounts (lane, account_id, name, time_zone, currency, plan, created_at)"
            " VALUES ($1, $2, 'Shop', 'UTC', 'USD', 'starter', $3)",
            tenant.lane,
            account_id,
            now,
        )
        await connection.execute(
            "INSERT INTO numbers (lane, account_id, id, phone, display_name, waba_id, phone_number_id, status, created_at)"
            " VALUES ($1, $2, $3, $4, 'Shop', $5, $6, 'connected', $7)",
            tenant.lane,
            account_id,
            new_id(),
            f"+1555078{n:04d}",
            f"waba-{number}",
            number,
            now,
        )
        await connection.execute("INSERT INTO routes VALUES ('number', $1, $2, $3)", number, account_id, tenant.lane)
        async with database.account(tenant) as tx:
            await billing.open_wallet(tx, tenant, "USD", now)
    await database.close()
    await connection.close()
    return numbers


def _accept(settings: Settings, numbers: list[str]) -> tuple[list[Answered], list[Answered]]:
    """Rounds of ours and of the bare application in turns, so that a slow moment of the machine meets both."""
    rounds: dict[str, list[Answered]] = {"bare": [], "ours": []}
    with child(serve_bare, settings) as (bare_port, _), child(serve_product, settings) as (port, _):
        for n in range(ROUNDS):
            for name, served_at in (("bare", bare_port), ("ours", port)):
                answered = send(
                    Load(
                        port=served_at,
                        secret=SECRET,
                        numbers=numbers,
                        webhooks=ROUND_MAX_WEBHOOKS,
                        seconds_max=ROUND_S,
                        first=n * ROUND_MAX_WEBHOOKS,
                    )
                )
                rounds[name].append(answered)
                say(f"accept, {name}: {answered.requests / answered.seconds:,.0f}/s, p99 {answered.p99_ms:.1f} ms")
    return rounds["ours"], rounds["bare"]


def _load(port: int, numbers: list[str], per_webhook: int) -> Load:
    """As many messages as can be sent in the time; the batches go on where the single messages can have ended."""
    return Load(
        port=port,
        secret=SECRET,
        numbers=numbers,
        webhooks=APPLY_MAX_MESSAGES // per_webhook,
        messages_per_webhook=per_webhook,
        customers_per_number=CUSTOMERS_PER_ACCOUNT,
        seconds_max=APPLY_S,
        first=0 if per_webhook == 1 else APPLY_MAX_MESSAGES // per_webhook,
        repeat_every=REPEAT_EVERY,
    )


def send(load: Load) -> Answered:
    """Everything in the load, from a process of its own."""
    with child(generate, load) as (_, pipe):
        pipe.send("go")
        answered: Answered = answer_of(pipe)
        return answered


def _apply(settings: Settings, load: Load) -> Applied:
    web, working = child_pid(serve_product), child_pid(work)
    before = asyncio.run(_applied(settings))
    web_mb, worker_mb = [resident_mb(web)], [resident_mb(working)]
    started = time.perf_counter()
    with child(generate, load) as (_, pipe):
        started = time.perf_counter()
        pipe.send("go")
        answered: Answered = answer_of(pipe)
    web_mb.append(resident_mb(web))
    worker_mb.append(resident_mb(working))
    messages = answered.webhooks * load.messages_per_webhook
    seconds = asyncio.run(_drained(settings)) - started
    web_mb.append(resident_mb(web))
    worker_mb.append(resident_mb(working))
    rate = messages / seconds
    say(
        f"applied, {load.messages_per_webhook} per webhook: {rate:,.0f} messages/s, accept p99 {answered.p99_ms:.1f} ms"
    )
    if (applied := asyncio.run(_applied(settings)) - before) != messages:
        raise RuntimeError(f"{messages} messages were accepted, {applied} are in the inbox")
    return Applied(round(rate, 1), round(answered.p99_ms, 2), web_mb, worker_mb)


async def _drained(settings: Settings) -> float:
    """When the last accepted webhook was applied."""
    connection = await asyncpg.connect(settings.database_url)
    deadline = time.perf_counter() + DRAIN_TIMEOUT_S
    while await connection.fetchval("SELECT EXISTS (SELECT 1 FROM webhook_events)"):
        if time.perf_counter() > deadline:
            raise TimeoutError(f"the worker did not apply everything within {DRAIN_TIMEOUT_S:.0f} s")
        await asyncio.sleep(POLL_S)
    await connection.close()
    return time.perf_counter()


async def _applied(settings: Settings) -> int:
    """How many messages are in the inbox: each once, each counted as unread, none set aside."""
    connection = await asyncpg.connect(settings.database_url)
    found: Any = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM messages) AS messages, (SELECT coalesce(sum(unread_count), 0) FROM chats) AS unread,"
        " (SELECT count(*) FROM quarantined_webhooks) AS quarantined"
    )
    await connection.close()
    if found["messages"] != found["unread"] or found["quarantined"]:
        raise RuntimeError(f"the inbox does not add up: {dict(found)}")
    return int(found["messages"])


async def _clear(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("TRUNCATE webhook_events, bare_bodies")
    await connection.close()


def serve_product(pipe: Pipe, settings: Settings) -> None:
    """A process: the product's web process on a free port, which it says first."""
    listening = listening_socket()
    server = server_of(create_app(settings), lifespan="on")

    memory.settle()

    async def serve() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():
            await asyncio.sleep(POLL_S)
        pipe.send(listening.getsockname()[1])
        await serving

    uvloop.run(serve())


def work(pipe: Pipe) -> None:
    """A process: the product's worker."""
    pipe.send("ready")
    worker.work(pipe.recv())
