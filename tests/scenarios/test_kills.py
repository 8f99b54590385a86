"""kill -9 of web, worker and PostgreSQL at random points of a busy run: nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from hobnob.platform.embedded import EmbeddedPostgres
from hobnob.platform.migrate import migrate
from hobnob.platform.settings import load

from .house import House, until
from .people import Customer, Desk
from .test_main_story import BUSINESS, phone_number_id_of

pytestmark = pytest.mark.timeout(800)

CUSTOMERS = 12
INBOUND_EACH = 90
REPLIES_EACH = 60
KILLS = 9
SEED = 20261123


def kill_at_random(house: House, postgres: EmbeddedPostgres, seed: int) -> Counter[str]:
    """Kill one process after another, each at a random moment, and start it again. Runs in the main thread:
    PostgreSQL dies with the thread that started it."""
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    for n in range(KILLS):
        time.sleep(chance.uniform(0.4, 2.5))
        victim = ("worker", "web", "postgres")[n % 3]
        if victim == "postgres":
            assert postgres.pid
            os.kill(postgres.pid, signal.SIGKILL)
        else:
            house.kill(victim)
        time.sleep(chance.uniform(0.0, 0.5))
        {"web": house.start_web, "worker": house.start_worker, "postgres": postgres.start}[victim]()
        killed[victim] += 1
    return killed


def test_kills_at_random_points(own_postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    url = own_postgres.start()
    house = House(url, tmp_path, send_doubt_wait_s="4")

    asyncio.run(migrate(load(house.environment | {})))
    try:
        house.start()
        run(house, own_postgres)
    except BaseException:
        print(house.logs())
        raise
    finally:
        house.stop()


def run(house: House, postgres: EmbeddedPostgres) -> None:
    desk = Desk(house)
    desk.sign_up("Marigold Tea", "asha@marigold.example")
    desk.bring_number(BUSINESS)
    desk.top_up(100_000_000)
    number = phone_number_id_of(house, BUSINESS)
    customers = [Customer(house, f"+9198123{n:05d}", f"Customer {n}") for n in range(CUSTOMERS)]
    for customer in customers:
        customer.write(number, "first")
    chats = until("all chats", lambda: len(desk.chats(limit="100")) == CUSTOMERS and desk.chats(limit="100"))
    chat_of = {chat["customer"]["phone"]: chat["id"] for chat in chats}
    with ThreadPoolExecutor(2 * CUSTOMERS) as pool:
        writing = {c.phone: pool.submit(write_many, c, number) for c in customers}
        replying = {c.phone: pool.submit(reply_many, desk, chat_of[c.phone]) for c in customers}
        assert kill_at_random(house, postgres, SEED) == {"worker": 3, "web": 3, "postgres": 3}
        inbound = {phone: future.result() for phone, future in writing.items()}
        accepted = {phone: future.result() for phone, future in replying.items()}
    check_everything(house, desk, chat_of, inbound, accepted, postgres)


def write_many(customer: Customer, number: str) -> list[str]:
    return [customer.write(number, f"question {n}") for n in range(INBOUND_EACH)]


def reply_many(signed_in: Desk, chat_id: str) -> list[str]:
    """Send with the same key until it is accepted, as the page does."""
    desk = Desk(signed_in.house)
    desk.http.cookies.update(signed_in.http.cookies)
    keys = []
    for n in range(REPLIES_EACH):
        key = str(uuid4())
        body = {"type": "text", "body": f"answer {n}"}
        until(f"answer {n} to be accepted", partial(try_send, desk, chat_id, key, body), 240)
        keys.append(key)
    return keys


def try_send(desk: Desk, chat_id: str, key: str, body: dict[str, str]) -> bool:
    headers = {"X-CSRF-Token": desk.http.cookies.get("hobnob_csrf") or "", "Idempotency-Key": key}
    answer = desk.http.post(f"/api/chats/{chat_id}/messages", json=body, headers=headers)
    assert answer.status_code in (202, 500, 503), answer.text
    return answer.status_code == 202


def check_everything(
    house: House,
    desk: Desk,
    chat_of: dict[str, str],
    inbound: dict[str, list[str]],
    accepted: dict[str, list[str]],
    postgres: EmbeddedPostgres,
) -> None:
    until("the outbox to empty", lambda: not rows(postgres, "SELECT 1 FROM outbox LIMIT 1"), 120)
    until("every webhook to be applied", lambda: not rows(postgres, "SELECT 1 FROM webhook_events LIMIT 1"), 120)
    until("every delivery", lambda: all_delivered(postgres, accepted), 120)
    assert not rows(postgres, "SELECT error FROM quarantined_webhooks")
    counts = house.control("GET", "/sent?opaque=1")["opaque"]
    for phone, chat_id in chat_of.items():
        thread = desk.thread(chat_id)
        got = Counter(m["wamid"] for m in thread if m["direction"] == "in")
        assert set(inbound[phone]) <= set(got), "an accepted message is missing"
        assert set(got.values()) == {1}, "a message stands twice"
        assert {key: counts.get(key) for key in accepted[phone]} == dict.fromkeys(accepted[phone], 1)
    charges = desk.charges()
    net = sum(charge["amount_micros"] for charge in charges)
    per_chat = Counter(c["chat_id"] for c in charges if c["amount_micros"] > 0 and not c["reverses_id"])
    assert set(per_chat) == set(chat_of.values())
    price = max(charge["amount_micros"] for charge in charges)
    assert net == price * CUSTOMERS, "one conversation per customer, whatever was killed"
    wallet = desk.wallet()
    assert wallet["held_micros"] == 0
    assert wallet["available_micros"] == 100_000_000 - net


def all_delivered(postgres: EmbeddedPostgres, accepted: dict[str, list[str]]) -> bool:
    total = sum(map(len, accepted.values()))
    found = rows(postgres, "SELECT count(*) AS n FROM messages WHERE direction = 'out' AND delivered_at IS NOT NULL")
    return bool(found[0]["n"] == total)


def rows(postgres: EmbeddedPostgres, query: str) -> list[asyncpg.Record]:

    async def ask() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(postgres.start())
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()

    return asyncio.run(ask())
