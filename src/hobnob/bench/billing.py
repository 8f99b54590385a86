"""``bench billing``: deliveries decided, rated and posted to the book, durable, over many accounts and on one hot wallet.

Every delivery opens a conversation and is paid from the credit that was set aside for it, as in production: the same
call that the worker makes for a batch of ``delivered`` statuses, in batches of as many. The bare limit inserts the same
rows of the same tables, in the same batches, and decides nothing. Beside it: the pages of an account with a long bill.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from typing import Any, NamedTuple
from uuid import UUID

import aiohttp
import asyncpg
import msgspec
import uvloop

from hobnob.billing import actions as billing
from hobnob.billing import ledger, postings
from hobnob.conversations import actions as conversations
from hobnob.conversations.types import Delivery
from hobnob.kernel.clock import SystemClock
from hobnob.kernel.ids import Tenant, lane_of, new_id
from hobnob.kernel.money import Money
from hobnob.platform import memory
from hobnob.platform.database import ROLE_WORK, Database
from hobnob.platform.settings import Settings

from .harness import Result, answer_of, child, percentile, prepare, say, throwaway_settings
from .inbox import SIGN_UP, serve_app

ACCOUNTS = 200
DELIVERIES = 16_000
HOT_DELIVERIES = 6_000
BATCH = 500
WORKERS = 2
LANES_AT_ONCE = 2
DONE_WAIT_S = 60.0
HOLD_MICROS = 15_000
CREDIT_MICROS = 1_000_000_000
CHARGES = 5_000_000
PAGES = 60
ROWS_OF = (
    "conversation_deliveries",
    "conversations",
    "charges",
    "ledger_transactions",
    "ledger_transfers",
    "block_movements",
)
PAGES_OF = {
    "home": "/api/billing/spend?days=90",
    "wallet": "/api/wallet",
    "charges": "/api/billing/charges",
    "statement": "/api/billing/statement",
}

# A bill of five million lines without the years it takes: lines and their totals per day, nothing else. Only the index
# that the pages read is there: a dozen take minutes to fill.
_KEPT_INDEX = "charges_by_time"
_LONG_BILL = """
INSERT INTO charges (lane, account_id, id, at, recorded_at, day, meter, category, market, amount_micros, currency, rule, plan,
  card, card_version, card_effective_from, position, conversation_id, revision, message_id, chat_id, customer_id, number_id, n)
SELECT $1, $2, gen_random_uuid(), at, at, at::date, 'conversation',
  (ARRAY['marketing', 'utility', 'service', 'authentication'])[1 + n % 4], 'India', 15000, 'USD', 'A conversation.', 'starter',
  'starter', 1, '2023-06-01', n, $3, 1, $3, $3, $3, $3, n
FROM (SELECT n, now() - n * interval '1 second' AS at FROM generate_series($4::bigint, $5::bigint) n) lines
"""
_LONG_BILL_DAYS = """
INSERT INTO spend_days (lane, account_id, day, meter, category, market, number_id, currency, amount_micros, quantity)
SELECT lane, account_id, day, meter, category, market, number_id, currency, sum(amount_micros), count(*)
FROM charges WHERE lane = $1 AND account_id = $2 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
# Credit was granted and set aside before the clock ran: those rows of the book are no part of the work.
_CHARGED = "IN (SELECT id FROM ledger_transactions WHERE kind = 'charge')"
_OF_CHARGES = {
    "ledger_transactions": "kind = 'charge'",
    "ledger_transfers": f"transaction_id {_CHARGED}",
    "block_movements": f"transaction_id {_CHARGED}",
}


class Batch(NamedTuple):
    lane: int
    deliveries: list[Delivery]


class Posted(NamedTuple):
    """How fast deliveries were posted, and how long each batch took."""

    per_s: float
    batches_s: list[float]


def measure() -> Result:
    with throwaway_settings() as plain:
        settings = msgspec.structs.replace(plain, test_payments=True)
        uvloop.run(_prepare(settings))
        many = _posted(settings, uvloop.run(_batches(settings, ACCOUNTS, DELIVERIES)))
        say(f"many accounts: {many.per_s:,.0f} deliveries/s")
        bare = uvloop.run(_bare(settings, DELIVERIES))
        say(f"bare insert of the same rows: {bare:,.0f} deliveries/s")
        hot = _posted(settings, uvloop.run(_batches(settings, 1, HOT_DELIVERIES)), workers=1)
        say(f"one hot wallet: {hot.per_s:,.0f} deliveries/s")
        with child(serve_app, settings) as (port, _):
            pages = uvloop.run(_pages(settings, port))
    return Result(
        bench="billing",
        value=round(many.per_s, 1),
        unit="deliveries/s",
        limit=round(bare, 1),
        ratio=round(many.per_s / bare, 3),
        p99_ms=round(percentile(many.batches_s, 0.99) * 1e3, 2),
        detail={
            "accounts": ACCOUNTS,
            "batch": BATCH,
            "deliveries": DELIVERIES,
            "hot_wallet_per_s": round(hot.per_s, 1),
            "hot_wallet_ratio": round(hot.per_s / bare, 3),
            "charges": CHARGES,
            "page_p99_ms": pages,
        },
    )


async def _prepare(settings: Settings) -> None:
    await prepare(settings)
    await billing.load_catalog(settings, SystemClock())


async def _batches(settings: Settings, accounts: int, deliveries: int) -> list[Batch]:
    """Accounts with credit, a chat for every delivery, and the credit set aside for it."""
    database = await Database.open(settings)
    owner = await asyncpg.connect(settings.database_url)
    now = SystemClock().now()
    lanes: dict[int, list[Delivery]] = {}
    for n in range(accounts):
        account_id = new_id()
        # Accounts share a few lanes, as thousands of them share all.
        tenant = Tenant(account_id, n % 8 if accounts > 1 else lane_of(account_id))
        await owner.execute(
            "INSERT INTO accounts (lane, account_id, name, time_zone, currency, plan, created_at)"
            " VALUES ($1, $2, 'Shop', 'Asia/Kolkata', 'USD', 'starter', $3)",
            tenant.lane,
            account_id,
            now,
        )
        async with database.account(tenant) as tx:
            await billing.open_wallet(tx, tenant, "USD", now)
            await billing.grant(tx, tenant, Money(CREDIT_MICROS, "USD"), "bench", "bench", now)
        made = _deliveries(account_id, deliveries // accounts, now)
        await _set_aside(database, tenant, made, now)
        lanes.setdefault(tenant.lane, []).extend(made)
    await database.close()
    await owner.close()
    mixed = {lane: sorted(found, key=lambda d: d.message_id.int % 9_973) for lane, found in lanes.items()}
    return [Batch(lane, found[k : k + BATCH]) for lane, found in mixed.items() for k in range(0, len(found), BATCH)]


def _deliveries(account_id: UUID, count: int, now: datetime) -> list[Delivery]:
    number_id = new_id()
    return [
        Delivery(
            account_id=account_id,
            chat_id=new_id(),
            number_id=number_id,
            customer_id=new_id(),
            customer_phone=f"+9198{n:08d}",
            customer_user_id=None,
            message_id=new_id(),
            delivered_at=now + timedelta(milliseconds=n),
            kind="template" if n % 3 else "free_form",
            category="marketing" if n % 3 else None,
        )
        for n in range(count)
    ]


async def _set_aside(database: Database, tenant: Tenant, deliveries: Sequence[Delivery], now: datetime) -> None:
    async with database.account(tenant) as tx:
        wallet = (await ledger.lock(tx, tenant.lane, [tenant.account_id]))[tenant.account_id]
        holds = [
            postings.place_hold(wallet, delivery.message_id, HOLD_MICROS, now + timedelta(days=1), now)
            for delivery in deliveries
        ]
        await ledger.insert_holds(tx, tenant.lane, wallet.currency, holds)
        await ledger.save(tx, tenant.lane, [wallet])


def _posted(settings: Settings, batches: Sequence[Batch], workers: int = WORKERS) -> Posted:
    """Post everything by worker processes that hold different lanes; raises when the book does not add up."""
    lanes = sorted({batch.lane for batch in batches})
    with ExitStack() as stack:
        pipes = [stack.enter_context(child(post, settings))[1] for _ in range(workers)]
        for n, pipe in enumerate(pipes):
            mine = set(lanes[n::workers])
            pipe.send([batch for batch in batches if batch.lane in mine])
        for pipe in pipes:
            answer_of(pipe)
        started = time.perf_counter()
        for pipe in pipes:
            pipe.send("go")
        taken: list[float] = [second for pipe in pipes for second in answer_of(pipe, DONE_WAIT_S)]
        elapsed = time.perf_counter() - started
    uvloop.run(_prove(settings, lanes))
    return Posted(BATCH * len(taken) / elapsed, taken)


def post(pipe: Pipe, settings: Settings) -> None:
    """A process: the worker's way of posting batches, each of its lanes in order, two lanes side by side."""
    memory.settle()
    uvloop.run(_post_batches(pipe, settings))


async def _post_batches(pipe: Pipe, settings: Settings) -> None:
    database = await Database.open(settings, roles=(ROLE_WORK,))
    pipe.send("ready")
    queues: dict[int, list[Batch]] = {}
    for batch in pipe.recv():
        queues.setdefault(batch.lane, []).append(batch)
    waiting = list(queues.values())
    taken: list[float] = []

    async def post_one(batch: Batch) -> None:
        started = time.perf_counter()
        async with database.lane(batch.lane) as tx:
            await conversations.apply_deliveries(tx, batch.lane, batch.deliveries, SystemClock().now())
        taken.append(time.perf_counter() - started)

    async def work() -> None:
        while waiting:
            for batch in waiting.pop():
                await post_one(batch)

    # The first batch reads the catalogue and prepares the statements: a worker does that once in its life.
    await post_one(waiting[0].pop(0))
    taken.clear()
    pipe.send("warm")
    pipe.recv()
    await asyncio.gather(*(work() for _ in range(LANES_AT_ONCE)))
    pipe.send(taken)
    pipe.recv()


async def _prove(settings: Settings, lanes: Sequence[int]) -> None:
    database = await Database.open(settings, roles=(ROLE_WORK,))
    for lane in lanes:
        async with database.lane(lane) as tx:
            if findings := await billing.prove_lane(tx, lane):
                raise RuntimeError(f"the book does not add up: {findings[0]}")
    await database.close()


async def _bare(settings: Settings, deliveries: int) -> float:
    """The same rows into copies of the same tables with the same indexes, in as many commits."""
    owner = await asyncpg.connect(settings.database_url)
    statements: list[tuple[str, list[list[Any]]]] = []
    for table in ROWS_OF:
        await owner.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
        columns = await owner.fetch(
            "SELECT attname, format_type(atttypid, NULL) AS type FROM pg_attribute"
            " WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            table,
        )
        names = ", ".join(column["attname"] for column in columns)
        shape = ", ".join(f"${n}::{column['type']}[]" for n, column in enumerate(columns, 1))
        rows = await owner.fetch(f"SELECT {names} FROM {table} WHERE {_OF_CHARGES.get(table, 'true')}")
        arrays = [[row[column["attname"]] for row in rows] for column in columns]
        statements.append((f"INSERT INTO bare_{table} ({names}) SELECT * FROM unnest({shape})", arrays))
    count = deliveries // BATCH
    connections = [await asyncpg.connect(settings.database_url) for _ in range(WORKERS * LANES_AT_ONCE)]
    numbers = iter(range(count))

    async def work(connection: asyncpg.Connection[asyncpg.Record]) -> None:
        for k in numbers:
            async with connection.transaction():
                for statement, arrays in statements:
                    size = -(-len(arrays[0]) // count)
                    if part := arrays[0][k * size : (k + 1) * size]:
                        until = k * size + len(part)
                        await connection.execute(statement, *(array[k * size : until] for array in arrays))

    started = time.perf_counter()
    await asyncio.gather(*map(work, connections))
    elapsed = time.perf_counter() - started
    for connection in (*connections, owner):
        await connection.close()
    return deliveries / elapsed


async def _pages(settings: Settings, port: int) -> dict[str, float]:
    """The 99th percentile of the billing pages' calls, of an account with five million charges."""
    base = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await (await session.get(f"{base}/api/me")).read()
        token = next(cookie.value for cookie in session.cookie_jar if cookie.key == "hobnob_csrf")
        answer = await session.post(f"{base}/api/sign-up", json=SIGN_UP, headers={"X-CSRF-Token": token})
        answer.raise_for_status()
        await _fill(settings)
        times: dict[str, list[float]] = {name: [] for name in PAGES_OF}
        for _ in range(PAGES):
            for name, path in PAGES_OF.items():
                started = time.perf_counter()
                async with session.get(base + path) as page:
                    page.raise_for_status()
                    await page.read()
                times[name].append(time.perf_counter() - started)
    found = {name: round(percentile(taken, 0.99) * 1e3, 2) for name, taken in times.items()}
    say(f"pages of {CHARGES:,} charges, p99 ms: {found}")
    return found


async def _fill(settings: Settings) -> None:
    """Five million charges for the account that just signed up."""
    owner = await asyncpg.connect(settings.database_url)
    account = await owner.fetchrow("SELECT lane, account_id FROM agents ORDER BY created_at DESC LIMIT 1")
    assert account is not None
    started = datetime.now(UTC)
    number = new_id()
    indexes = await owner.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'charges'")
    await owner.execute("ALTER TABLE charges DROP CONSTRAINT charges_pkey; ALTER TABLE charges SET UNLOGGED")
    for index in indexes:
        await owner.execute(f"DROP INDEX IF EXISTS {index['indexname']}")
    parts = [await asyncpg.connect(settings.database_url) for _ in range(2)]
    half = CHARGES // len(parts)
    await asyncio.gather(
        *(
            part.execute(_LONG_BILL, account["lane"], account["account_id"], number, k * half + 1, (k + 1) * half)
            for k, part in enumerate(parts)
        )
    )
    await owner.execute("SET maintenance_work_mem = '512MB'")
    for index in indexes:
        if index["indexname"] == _KEPT_INDEX:
            await owner.execute(index["indexdef"])
    await owner.execute(_LONG_BILL_DAYS, account["lane"], account["account_id"])
    await owner.execute("ANALYZE charges, spend_days")
    for connection in (*parts, owner):
        await connection.close()
    say(f"{CHARGES:,} charges written in {(datetime.now(UTC) - started).seconds} s")
