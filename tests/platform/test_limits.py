"""Attempt windows count across processes and say how long to wait."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from hobnob.kernel.errors import RateLimited
from hobnob.platform.database import Database
from hobnob.platform.limits import AttemptLimit, count_attempt, forget_attempts, wait_text

LIMIT = AttemptLimit("test", "tries", 3, 60)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_window_lets_so_many_through_and_opens_again(database: Database) -> None:
    for _ in range(3):
        await count_attempt(database, LIMIT, "Someone", NOW)
    with pytest.raises(RateLimited, match=r"Too many tries. Try again in 30 seconds.") as refused:
        await count_attempt(database, LIMIT, "someone", NOW + timedelta(seconds=30))
    assert refused.value.extra["retry_after_s"] == 30
    await count_attempt(database, LIMIT, "somebody else", NOW)
    await count_attempt(database, LIMIT, "someone", NOW + timedelta(seconds=60))


async def test_attempts_at_once_are_all_counted(database: Database) -> None:
    outcomes = await asyncio.gather(
        *(count_attempt(database, LIMIT, "x", NOW) for _ in range(10)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 3
    await forget_attempts(database, LIMIT, "x")
    await count_attempt(database, LIMIT, "x", NOW)


def test_waits_read_as_people_say_them() -> None:
    assert [wait_text(s) for s in (1, 45, 90, 899, 7200)] == [
        "1 second",
        "45 seconds",
        "2 minutes",
        "15 minutes",
        "2 hours",
    ]
