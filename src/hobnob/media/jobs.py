"""The worker's part: fetch what customers sent, a few files at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hobnob.kernel.clock import Clock
from hobnob.platform.database import Tx
from hobnob.platform.work import LaneScope

from . import actions
from .fetch import Fetcher
from .types import Fetched, PendingFile

CLAIM_MAX = 8
AT_ONCE_MAX = 16
FETCH_TIMEOUT_S = 600

# Called in the transaction that records the files: (tx, lane, now, messages that show them).
OnReady = Callable[[Tx, int, datetime, Sequence[UUID]], Awaitable[None]]


class MediaJob:
    """Fetches due files of a lane. ``on_ready`` tells the rooms above which messages have changed."""

    name = actions.JOB

    def __init__(self, fetcher: Fetcher, clock: Clock, on_ready: OnReady) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._on_ready = on_ready
        self._turn = asyncio.Semaphore(AT_ONCE_MAX)

    async def run(self, scope: LaneScope) -> bool:
        now = self._clock.now()
        async with scope.transaction() as tx:
            until = now + timedelta(seconds=FETCH_TIMEOUT_S)
            files = await actions.claim_due(tx, scope.lane, now, until, CLAIM_MAX)
        if not files:
            return False
        outcomes = await asyncio.gather(*(self._fetch(file) for file in files))
        async with scope.transaction() as tx:
            messages = await actions.record(tx, scope.lane, outcomes)
            await self._on_ready(tx, scope.lane, self._clock.now(), messages)
        return True

    async def _fetch(self, file: PendingFile) -> Fetched:
        async with self._turn:
            return await self._fetcher.fetch(file)
