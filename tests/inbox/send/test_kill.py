"""kill -9 of the worker at random moments of a run of sends: none is lost, none goes twice, all in their order."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
import uvloop

from hobnob import worker
from hobnob.platform.settings import Settings
from tests.inbox.send.shop import open_shop, until, working

pytestmark = pytest.mark.timeout(300)

CHATS = 6
EACH = 12
KILLS = 5
SEED = 20261123


def work(settings: Settings) -> None:
    uvloop.run(worker.run(settings))


@contextmanager
def worker_process(settings: Settings) -> Iterator[multiprocessing.process.BaseProcess]:
    process = multiprocessing.get_context("spawn").Process(target=work, args=(settings,), daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


async def test_sends_survive_their_worker(settings: Settings) -> None:
    chance = random.Random(SEED)
    impatient = msgspec.structs.replace(settings, send_doubt_wait_s=3.0)
    async with open_shop(impatient) as shop:
        async with working(shop.settings):
            chats = [await shop.customer(f"+1415555{3000 + n}", f"Customer {n}") for n in range(CHATS)]
            for chat in chats:
                await shop.writes(chat)
        # Slow enough that a kill meets calls on their way; late webhooks, so that some answers have no proof yet.
        await shop.faults(slow_ms=60, webhook_delay_ms=[0, 700])
        ids = [(await shop.text(chat, f"text {n}"))["id"] for n in range(EACH) for chat in chats]
        for _ in range(KILLS):
            before = len(await shop.sent())
            with worker_process(shop.settings):

                async def has_sent(before: int = before) -> bool:
                    return len(await shop.sent()) > before or not await shop.outbox()

                await until(has_sent, 60)
                await asyncio.sleep(chance.uniform(0.0, 0.3))
        with worker_process(shop.settings):
            await shop.all_gone(120)
        assert await shop.sent() == dict.fromkeys(ids, 1)
        for chat in chats:
            texts = [one["content"]["body"] for one in await shop.on_phone(chat)]
            assert texts == [f"text {n}" for n in range(EACH)]
