"""``bench send``: from the click to the Graph call while idle, then an outbox full of messages to the simulator.

Everything runs as in production: a web process, a worker process, the simulator. The bare limit is a client that posts
the same bodies to the same simulator, with the same number of calls side by side and no database.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from multiprocessing.connection import Connection as Pipe
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import msgspec
import uvloop

from hobnob import worker
from hobnob.kernel.ids import Tenant, lane_of, new_id
from hobnob.platform.database import CHANNEL_WORK
from hobnob.platform.settings import Settings
from hobnob.simulator.server import running
from hobnob.whatsapp.graph import GraphClient, make_session

from .harness import Result, child, percentile, prepare, say, throwaway_settings
from .inbox import SIGN_UP, serve_app

TOKEN = "bench token"
NUMBERS = 8
MESSAGES = 6_000
MESSAGES_PER_CHAT = 2
BARE_MESSAGES = 4_000
CLICKS = 150
CLICK_CHATS = 15
CLICK_EVERY_S = 0.05
THROUGHPUT_PER_S = 1_000
DONE_WAIT_S = 60.0

_NUMBER = """
INSERT INTO numbers (lane, account_id, id, phone, display_name, waba_id, phone_number_id, status, throughput_per_second, created_at)
VALUES ($1, $2, $3, $4, 'Bench', $5, $6, 'connected', $7, now())
"""
_CHATS = """
WITH n AS (SELECT n, gen_random_uuid() AS chat, gen_random_uuid() AS customer FROM generate_series(1, $4) n),
u AS (INSERT INTO customers (lane, account_id, id, phone, first_seen_at, created_at)
      SELECT $1, $2, customer, '+1415' || (5000000 + n), now(), now() FROM n)
INSERT INTO chats (lane, account_id, id, number_id, customer_id, last_message_at, window_expires_at, created_at, updated_at)
SELECT $1, $2, chat, $3, customer, now(), now() + interval '1 day', now(), now() FROM n
"""
_QUEUE = """
WITH n AS (SELECT c.id AS chat, u.phone, gen_random_uuid() AS id, now() + k * interval '1 microsecond' AS at
           FROM chats c JOIN customers u ON u.id = c.customer_id AND u.lane = c.lane, generate_series(1, $4) k
           WHERE c.lane = $1 AND c.number_id = $3),
m AS (INSERT INTO messages (lane, account_id, id, chat_id, direction, type, at, content, preview, queued_at)
      SELECT $1, $2, id, chat, 'out', 'text', at, '{"body": "Your order is on its way."}', 'Your order is on its way.', at FROM n)
INSERT INTO outbox (lane, account_id, message_id, number_id, chat_id, due_at, payload, created_at)
SELECT $1, $2, id, $3, chat, now(), jsonb_build_object('body', jsonb_build_object('messaging_product', 'whatsapp',
  'recipient_type', 'individual', 'to', phone, 'type', 'text', 'text', jsonb_build_object('body', 'Your order is on its way.'),
  'biz_opaque_callback_data', id::text), 'file', null), at FROM n
"""


def measure() -> Result:
    with throwaway_settings() as plain, child(serve_simulator) as (simulator_url, _):
        settings = msgspec.structs.replace(
            plain, whatsapp_graph_url=simulator_url, whatsapp_token=TOKEN, test_payments=True
        )
        asyncio.run(prepare(settings))
        numbers = asyncio.run(_numbers(simulator_url))
        bare = asyncio.run(_bare(settings, numbers))
        say(f"bare client: {bare:,.0f} sends/s")
        with child(serve_app, settings) as (port, _), child(work, settings):
            return asyncio.run(_measure(settings, port, numbers, bare))


async def _measure(settings: Settings, port: int, numbers: list[tuple[str, str]], bare: float) -> Result:
    owner = await asyncpg.connect(settings.database_url)
    clicks, answered = await _click(settings, owner, f"http://127.0.0.1:{port}", numbers[0])
    p50, p99 = percentile(clicks, 0.5) * 1e3, percentile(clicks, 0.99) * 1e3
    say(f"click to Graph call: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    seconds, sent = await _drain(owner, numbers[1:])
    await owner.close()
    rate = sent / seconds
    say(f"outbox: {rate:,.0f} sends/s")
    return Result(
        bench="send",
        value=round(rate, 1),
        unit="sends/s",
        limit=round(bare, 1),
        ratio=round(rate / bare, 3),
        p99_ms=round(p99, 2),
        detail={
            "messages": sent,
            "accounts": len(numbers) - 1,
            "click_p50_ms": round(p50, 2),
            "click_p99_ms": round(p99, 2),
            "clicks": len(clicks),
            "answer_p50_ms": round(percentile(answered, 0.5) * 1e3, 2),
            "answer_p99_ms": round(percentile(answered, 0.99) * 1e3, 2),
        },
    )


async def _click(
    settings: Settings, owner: asyncpg.Connection[asyncpg.Record], base: str, number: tuple[str, str]
) -> tuple[list[float], list[float]]:
    """Seconds from the moment an agent's request leaves until the simulator has WhatsApp's call, and until the agent has
    the answer; one at a time."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.get(f"{base}/api/me") as answer:
            csrf = answer.cookies["hobnob_csrf"].value
        headers = {"X-CSRF-Token": csrf}
        async with http.post(f"{base}/api/sign-up", json=SIGN_UP, headers=headers) as answer:
            me = await answer.json()
            headers = {"X-CSRF-Token": answer.cookies["hobnob_csrf"].value}
        top_up = {"amount_micros": 500_000_000, "method": "test"}
        key = {"Idempotency-Key": str(uuid4())}
        async with http.post(f"{base}/api/billing/top-ups", json=top_up, headers=headers | key) as answer:
            answer.raise_for_status()
        account_id = UUID(me["account"]["id"])
        lane = await owner.fetchval("SELECT lane FROM accounts WHERE account_id = $1", account_id)
        await _add_number(owner, Tenant(account_id, lane), number, CLICK_CHATS)
        chats = [row["id"] for row in await owner.fetch("SELECT id FROM chats WHERE account_id = $1", account_id)]
        left_at: dict[str, float] = {}
        answered: list[float] = []
        for n in range(CLICKS):
            message_id = str(uuid4())
            left_at[message_id] = time.time()
            path = f"{base}/api/chats/{chats[n % len(chats)]}/messages"
            body = {"type": "text", "body": f"message {n}"}
            async with http.post(path, json=body, headers=headers | {"Idempotency-Key": message_id}) as answer:
                answer.raise_for_status()
                await answer.read()
            answered.append(time.time() - left_at[message_id])
            await asyncio.sleep(CLICK_EVERY_S)
        async with http.get(f"{settings.whatsapp_graph_url}/control/log") as answer:
            log = await answer.json()
    calls = _calls(log)
    missing = set(left_at) - set(calls)
    if missing:
        raise RuntimeError(f"{len(missing)} of {CLICKS} messages did not reach the simulator in time")
    return [calls[message_id] - at for message_id, at in left_at.items()], answered


def _calls(log: Any) -> dict[str, float]:
    """When each message's call came in, by our message id."""
    entries = log["items"] if isinstance(log, dict) else log
    found = {}
    for entry in entries:
        request = entry["request"]
        if entry["kind"] == "call" and isinstance(request, dict) and "biz_opaque_callback_data" in request:
            found[request["biz_opaque_callback_data"]] = datetime.fromisoformat(entry["at"]).timestamp()
    return found


async def _drain(owner: asyncpg.Connection[asyncpg.Record], numbers: list[tuple[str, str]]) -> tuple[float, int]:
    """Fill the outbox of several accounts at once; answers with the seconds until it is empty, and the messages."""
    tenants = []
    for number in numbers:
        account_id = new_id()
        tenant = Tenant(account_id, lane_of(account_id))
        await owner.execute(
            "INSERT INTO accounts (lane, account_id, name, time_zone, currency, plan, created_at)"
            " VALUES ($1, $2, 'Bench', 'UTC', 'USD', 'starter', now())",
            tenant.lane,
            tenant.account_id,
        )
        chats = MESSAGES // len(numbers) // MESSAGES_PER_CHAT
        tenants.append((tenant, await _add_number(owner, tenant, number, chats)))
    await owner.execute("ANALYZE chats; ANALYZE customers")
    async with owner.transaction():
        for tenant, number_id in tenants:
            await owner.execute(_QUEUE, tenant.lane, tenant.account_id, number_id, MESSAGES_PER_CHAT)
            await owner.execute("SELECT pg_notify($1, $2)", CHANNEL_WORK, f"outbox {tenant.lane}")
        waiting = await owner.fetchval("SELECT count(*) FROM outbox")
    started = time.perf_counter()
    while await owner.fetchval("SELECT EXISTS (SELECT 1 FROM outbox)"):
        if time.perf_counter() - started > DONE_WAIT_S:
            raise RuntimeError(f"the outbox was not empty after {DONE_WAIT_S:.0f} s")
        await asyncio.sleep(0.02)
    failed = await owner.fetchval("SELECT count(*) FROM messages WHERE failed_at IS NOT NULL")
    if failed:
        raise RuntimeError(f"{failed} messages failed")
    return time.perf_counter() - started, waiting


async def _add_number(
    owner: asyncpg.Connection[asyncpg.Record], tenant: Tenant, number: tuple[str, str], chats: int
) -> UUID:
    phone, phone_number_id = number
    number_id = new_id()
    await owner.execute(
        _NUMBER, tenant.lane, tenant.account_id, number_id, phone, "waba", phone_number_id, THROUGHPUT_PER_S
    )
    await owner.execute(_CHATS, tenant.lane, tenant.account_id, number_id, chats)
    return number_id


async def _numbers(simulator_url: str) -> list[tuple[str, str]]:
    """Registered numbers of the simulator (phone and id), which take a thousand messages a second each."""
    async with make_session() as http:

        async def control(method: str, path: str, body: Any = None) -> Any:
            async with http.request(method, f"{simulator_url}/control{path}", json=body) as answer:
                answer.raise_for_status()
                return await answer.json(content_type=None)

        await control("POST", "/apps", {"app_id": "1", "app_secret": "secret", "token": TOKEN, "verify_token": "v"})
        faults = await control("GET", "/faults")
        await control("PUT", "/faults", {**faults, "rate_limit_per_second": THROUGHPUT_PER_S})
        waba_id = (await control("POST", "/wabas", {"name": "Bench"}))["id"]
        graph = GraphClient(simulator_url, "v25.0", TOKEN, http)
        found = []
        for n in range(NUMBERS):
            national = f"20794600{n:02d}"
            number_id = await graph.create_phone_number(waba_id, "44", national, "Bench")
            await graph.request_code(number_id, "SMS")
            phones = (await control("GET", "/state"))["phones"]
            sms = next(one for one in phones if one["phone"] == f"+44{national}")["sms"][-1]["body"]
            await graph.verify_code(number_id, "".join(letter for letter in sms if letter.isdigit()))
            await graph.register(number_id, "123456")
            found.append((f"+44{national}", number_id))
        return found


async def _bare(settings: Settings, numbers: list[tuple[str, str]]) -> float:
    """Sends per second of a client without anything behind it."""
    bodies = [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": f"+1415{6_000_000 + n}",
            "type": "text",
            "text": {"body": "Your order is on its way."},
            "biz_opaque_callback_data": str(uuid4()),
        }
        for n in range(BARE_MESSAGES)
    ]
    async with make_session(settings.send_concurrency_max_count) as session:
        graph = GraphClient(settings.whatsapp_graph_url, "v25.0", TOKEN, session)
        waiting = iter(enumerate(bodies))

        async def send_all() -> None:
            for n, body in waiting:
                await graph.send_message(numbers[n % len(numbers)][1], body)

        started = time.perf_counter()
        await asyncio.gather(*(send_all() for _ in range(settings.send_concurrency_max_count)))
        return BARE_MESSAGES / (time.perf_counter() - started)


def serve_simulator(pipe: Pipe) -> None:
    """A process: the simulator on a free port; says its address first."""
    uvloop.run(_serve_simulator(pipe))


async def _serve_simulator(pipe: Pipe) -> None:
    async with running() as simulator:
        pipe.send(simulator.url)
        await asyncio.Event().wait()


def work(pipe: Pipe, settings: Settings) -> None:
    """A process: the worker."""
    pipe.send("started")
    uvloop.run(worker.run(settings))
