"""The same command twice is one command, also when both arrive at once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from hobnob.kernel.errors import Conflict
from hobnob.kernel.ids import Tenant, lane_of, new_id
from hobnob.platform.database import Database
from hobnob.platform.idempotency import TidyJob, once
from hobnob.platform.settings import Settings
from hobnob.platform.work import Worker


def tenant() -> Tenant:
    account_id = new_id()
    return Tenant(account_id, lane_of(account_id))


class Command:
    def __init__(self, *, fails: bool = False, takes_s: float = 0) -> None:
        self.runs = 0
        self.fails = fails
        self.takes_s = takes_s

    async def __call__(self) -> tuple[int, Any]:
        self.runs += 1
        await asyncio.sleep(self.takes_s)
        if self.fails:
            raise RuntimeError("it broke")
        return 201, {"id": uuid4(), "run": self.runs}


async def answer(database: Database, who: Tenant, key: UUID, body: Any, command: Command) -> tuple[int, Any]:
    async with database.account(who) as tx:
        return await once(tx, who, key, body, command)


async def test_the_second_time_gives_the_first_answer(database: Database) -> None:
    who, key, command = tenant(), uuid4(), Command()
    first = await answer(database, who, key, {"amount": 5, "to": "x"}, command)
    again = await answer(database, who, key, {"to": "x", "amount": 5}, command)
    assert first == again
    assert first[0] == 201
    assert command.runs == 1


async def test_another_body_with_the_same_key_is_a_conflict(database: Database) -> None:
    who, key, command = tenant(), uuid4(), Command()
    await answer(database, who, key, {"amount": 5}, command)
    with pytest.raises(Conflict) as refused:
        await answer(database, who, key, {"amount": 6}, command)
    assert refused.value.code == "idempotency_conflict"
    assert command.runs == 1


async def test_two_at_once_run_once(database: Database) -> None:
    who, key, command = tenant(), uuid4(), Command(takes_s=0.1)
    answers = await asyncio.gather(*(answer(database, who, key, {"amount": 5}, command) for _ in range(4)))
    assert command.runs == 1
    assert all(one == answers[0] for one in answers)


async def test_a_failed_command_leaves_no_trace_of_its_key(database: Database) -> None:
    who, key = tenant(), uuid4()
    with pytest.raises(RuntimeError):
        await answer(database, who, key, {}, Command(fails=True))
    assert (await answer(database, who, key, {"other": 1}, Command()))[0] == 201


async def test_two_accounts_may_use_the_same_key(database: Database) -> None:
    key = uuid4()
    one = await answer(database, tenant(), key, {"a": 1}, Command())
    other = await answer(database, tenant(), key, {"a": 2}, Command())
    assert one != other


async def test_old_keys_are_forgotten(database: Database, settings: Settings) -> None:
    who, old, young = tenant(), uuid4(), uuid4()
    await answer(database, who, old, {}, Command())
    await answer(database, who, young, {}, Command())
    async with database.account(who) as tx:
        await tx.execute(
            "UPDATE idempotency_keys SET created_at = now() - interval '9 days' WHERE lane = $1 AND account_id = $2"
            " AND key = $3",
            who.lane,
            who.account_id,
            old,
        )
    worker = Worker(database, settings, [TidyJob()])
    running = asyncio.create_task(worker.run())
    left: list[UUID] = []
    try:
        for _ in range(200):
            async with database.account(who) as tx:
                left = [row["key"] for row in await tx.fetch("SELECT key FROM idempotency_keys")]
            if left == [young]:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(left)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
