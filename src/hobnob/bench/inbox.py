"""``bench inbox``: the list of chats of an account with a million of them, over HTTP, first and hundredth page alike.

The bare limit is an ASGI application that answers the same page from one indexed query and nothing else: no session,
no tenant, no views.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from multiprocessing.connection import Connection as Pipe
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import uvicorn
import uvloop

from hobnob.app import create_app
from hobnob.kernel.ids import Tenant
from hobnob.platform.settings import Settings

from .harness import Result, child, listening_socket, percentile, prepare, say, server_of, throwaway_settings

CHATS = 1_000_000
NUMBERS = 4
PAGE = 30
DEEP_PAGE = 100
REQUESTS = {"first_page": 600, "hundredth_page": 600}
REQUESTS_OTHER = 100
CONNECTIONS = 2
SIGN_UP = {
    "brand": "Bench",
    "name": "Ben Ch",
    "email": "bench@example.com",
    "password": "a long password",
    "locale": "en",
}

# Read-only afterwards, so it may be loaded without a log; indexes are made once the rows are there.
_TABLES = ("customers", "chats", "messages", "customer_terms")
_LOAD = (
    (
        "INSERT INTO numbers (lane, account_id, id, phone, display_name, waba_id, phone_number_id, status, created_at)"
        " SELECT $1, $2, ('00000000-0000-4000-a000-' || lpad(n::text, 12, '0'))::uuid, '+4420000000' || n, 'Bench', 'waba',"
        " n::text, 'connected', now() FROM generate_series(1, $4) n"
    ),
    (
        "INSERT INTO customers (lane, account_id, id, phone, profile_name, first_seen_at, last_seen_at, created_at)"
        " SELECT $1, $2, ('00000000-0000-4000-b000-' || lpad(n::text, 12, '0'))::uuid, '+1' || (4150000000 + n),"
        " (ARRAY['Ana','Ben','Chidi','Dana','Emre','Fatima','Goran','Hana','Ivo','Jun'])[1 + n % 10] || ' Family' || n % 50000,"
        " now(), now(), now() FROM generate_series(1, $3) n"
    ),
    (
        "INSERT INTO chats (lane, account_id, id, number_id, customer_id, state, unread_count, last_message_id, last_message_at,"
        " last_inbound_at, window_expires_at, created_at, updated_at)"
        " SELECT $1, $2, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,"
        " ('00000000-0000-4000-a000-' || lpad((1 + n % $4)::text, 12, '0'))::uuid,"
        " ('00000000-0000-4000-b000-' || lpad(n::text, 12, '0'))::uuid, CASE WHEN n % 5 = 0 THEN 'closed' ELSE 'queue' END,"
        " CASE WHEN n % 7 = 0 THEN 3 ELSE 0 END, ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid,"
        " now() - n * interval '1 second', now() - n * interval '1 second', now(), now(), now() FROM generate_series(1, $3) n"
    ),
    (
        "INSERT INTO messages (lane, account_id, id, chat_id, direction, type, wamid, at, content, preview)"
        " SELECT $1, $2, ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid,"
        " ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'in', 'text', 'wamid.' || n,"
        " now() - n * interval '1 second', '{\"body\": \"Is the blue one still there?\"}', 'Is the blue one still there?'"
        " FROM generate_series(1, $3) n"
    ),
    (
        "INSERT INTO customer_terms (lane, account_id, term, customer_id)"
        " SELECT $1, $2, 'family' || n % 50000, ('00000000-0000-4000-b000-' || lpad(n::text, 12, '0'))::uuid"
        " FROM generate_series(1, $3) n"
    ),
)
_BARE = """
SELECT coalesce(json_agg(p), '[]')::text FROM (
  SELECT c.id, c.number_id, c.state, c.unread_count, c.last_message_at, u.profile_name, u.phone, m.preview, m.at
  FROM (SELECT * FROM chats WHERE lane = $1 AND number_id = $2 AND state <> 'closed'
        ORDER BY last_message_at DESC, id DESC LIMIT 30) c
  JOIN customers u ON u.lane = c.lane AND u.id = c.customer_id
  LEFT JOIN messages m ON m.lane = c.lane AND m.id = c.last_message_id
) p
"""


def measure() -> Result:
    with throwaway_settings() as settings:
        asyncio.run(prepare(settings))
        with child(serve_app, settings) as (port, _):
            return asyncio.run(_measure(settings, port))


async def _measure(settings: Settings, port: int) -> Result:
    base = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession() as http:
        cookie, tenant = await _signed_up(http, base, settings)
        started = time.perf_counter()
        await _load(settings, tenant)
        say(f"{CHATS:,} chats loaded in {time.perf_counter() - started:.0f} s")
        pages = await _pages(http, base, cookie)
    times: dict[str, list[float]] = {name: [] for name in pages}
    seconds = dict.fromkeys(pages, 0.0)
    with child(serve_bare, settings, tenant) as (bare_port, _):
        bare, bare_seconds = await _ask(bare_port, "/", cookie, REQUESTS["first_page"])
        for name, path in pages.items():
            times[name], seconds[name] = await _ask(port, path, cookie, REQUESTS.get(name, REQUESTS_OTHER))
            p50, p99 = percentile(times[name], 0.5) * 1e3, percentile(times[name], 0.99) * 1e3
            say(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    rate = len(times["first_page"]) / seconds["first_page"]
    limit = len(bare) / bare_seconds
    slowest = {name: round(percentile(taken, 0.99) * 1e3, 2) for name, taken in times.items()}
    return Result(
        bench="inbox",
        value=round(rate, 1),
        unit="pages/s",
        limit=round(limit, 1),
        ratio=round(rate / limit, 3),
        p99_ms=max(slowest["first_page"], slowest["hundredth_page"]),
        detail={
            "chats": CHATS,
            "connections": CONNECTIONS,
            "p99_ms": slowest,
            "p50_ms": {name: round(percentile(taken, 0.5) * 1e3, 2) for name, taken in times.items()},
            "bare_p99_ms": round(percentile(bare, 0.99) * 1e3, 2),
        },
    )


async def _signed_up(http: aiohttp.ClientSession, base: str, settings: Settings) -> tuple[str, Tenant]:
    """The session cookie of a new account, and the account."""
    async with http.get(f"{base}/api/me") as answer:
        csrf = answer.cookies["hobnob_csrf"].value
    cookie = f"hobnob_csrf={csrf}"
    headers = {"X-CSRF-Token": csrf, "Cookie": cookie}
    async with http.post(f"{base}/api/sign-up", json=SIGN_UP, headers=headers) as answer:
        me = await answer.json()
        session = answer.cookies["hobnob_session"].value
    owner = await asyncpg.connect(settings.database_url)
    account_id = UUID(me["account"]["id"])
    lane = await owner.fetchval("SELECT lane FROM accounts WHERE account_id = $1", account_id)
    await owner.close()
    return f"{cookie}; hobnob_session={session}", Tenant(account_id, lane)


async def _load(settings: Settings, tenant: Tenant) -> None:
    """Rows first, then the very indexes the migrations made."""
    owner = await asyncpg.connect(settings.database_url, server_settings={"maintenance_work_mem": "400MB"})
    tables = list(_TABLES)
    made = await owner.fetch(
        "SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition, i.indrelid::regclass::text AS target,"
        " k.conname AS constraint FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid WHERE i.indrelid = ANY ($1::text[]::regclass[])",
        tables,
    )
    for table in tables:
        await owner.execute(f"ALTER TABLE {table} SET UNLOGGED")
    for row in made:
        if row["constraint"]:
            await owner.execute(f"ALTER TABLE {row['target']} DROP CONSTRAINT {row['constraint']}")
        else:
            await owner.execute(f"DROP INDEX {row['name']}")
    for statement in _LOAD:
        await owner.execute("SET statement_timeout = 0; SET synchronous_commit = off")
        await owner.execute(
            statement.replace("$1", str(tenant.lane))
            .replace("$2", f"'{tenant.account_id}'::uuid")
            .replace("$3", str(CHATS))
            .replace("$4", str(NUMBERS))
        )
    await owner.close()
    await _in_parallel(settings, [row["definition"] for row in made])
    await _in_parallel(settings, [f"VACUUM (ANALYZE, PARALLEL 0) {table}" for table in tables])
    # What loading left to be written is not the list's to pay.
    await _in_parallel(settings, ["CHECKPOINT"])


async def _in_parallel(settings: Settings, statements: Sequence[str]) -> None:
    waiting = list(statements)

    async def work() -> None:
        owner = await asyncpg.connect(
            settings.database_url, server_settings={"maintenance_work_mem": "256MB", "statement_timeout": "0"}
        )
        while waiting:
            await owner.execute(waiting.pop(0))
        await owner.close()

    await asyncio.gather(work(), work())


async def _pages(http: aiohttp.ClientSession, base: str, cookie: str) -> dict[str, str]:
    """What is asked for. The hundredth page is found as a browser finds it: by walking there."""
    path = f"/api/chats?limit={PAGE}"
    after = ""
    for _ in range(DEEP_PAGE - 1):
        async with http.get(f"{base}{path}{after}", headers={"Cookie": cookie}) as answer:
            page = await answer.json()
        if len(page["items"]) != PAGE:
            raise RuntimeError(f"a page of {len(page['items'])} chats instead of {PAGE}")
        after = f"&after={page['next']}"
    return {
        "first_page": path,
        "hundredth_page": path + after,
        "unread": f"{path}&filter=unread",
        "search_rare": f"{path}&q=family4711",
        "search_frequent": f"{path}&q=fam",
    }


async def _ask(port: int, path: str, cookie: str, count: int) -> tuple[list[float], float]:
    """The times of whole requests over a few connections, and how long all took."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
    times: list[float] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(count // CONNECTIONS):
            sent_at = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            await reader.readexactly(int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))
            times.append(time.perf_counter() - sent_at)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return times, time.perf_counter() - started


def serve_app(pipe: Pipe, settings: Settings) -> None:
    """A process: the whole web app on a free port, which it says first."""
    uvloop.run(_serve_app(pipe, settings))


async def _serve_app(pipe: Pipe, settings: Settings) -> None:
    listening = listening_socket()
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_config=None,
    )
    server = uvicorn.Server(config)
    # Who asks before the app is ready waits a little.
    listening.listen()
    pipe.send(listening.getsockname()[1])
    await server.serve(sockets=[listening])


def serve_bare(pipe: Pipe, settings: Settings, tenant: Tenant) -> None:
    """A process: one query, one answer."""
    uvloop.run(_serve_bare(pipe, settings, tenant))


async def _serve_bare(pipe: Pipe, settings: Settings, tenant: Tenant) -> None:
    pool = await asyncpg.create_pool(settings.database_url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    number_id = UUID("00000000-0000-4000-a000-000000000001")

    async def app(_scope: Any, _receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        body = (await pool.fetchval(_BARE, tenant.lane, number_id)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    listening = listening_socket()
    listening.listen()
    pipe.send(listening.getsockname()[1])
    await server_of(app).serve(sockets=[listening])
