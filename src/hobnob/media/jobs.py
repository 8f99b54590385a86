"""The worker's part: fetch what customers sent, a few files at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hobnob.kernel.clock import Clock
from hobnob.platform.database import Tx
from hobnob.platform.work import LaneScope, first

from . import actions
from .fetch import Fetcher
from .types import Fetched, PendingFile

FILES_CLAIMED_MAX = 8
FILES_AT_ONCE_MAX = 16
FETCH_TIMEOUT_S = 600
# After this long a run takes no more, so that other lanes get their turn; but files that take longer than this to end keep
# their turn anyway, and hold back nothing else of their lane.
RUN_MAX_S = 30.0
DRAIN_MAX_S = 10.0

# Called in the transaction that records the files: (tx, lane, now, messages that show them).
OnReady = Callable[[Tx, int, datetime, Sequence[UUID]], Awaitable[None]]


class MediaJob:
    """Fetches due files of a lane. ``on_ready`` tells the rooms above which messages have changed."""

    name = actions.JOB

    def __init__(self, fetcher: Fetcher, clock: Clock, on_ready: OnReady) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._on_ready = on_ready
        self._turn = asyncio.Semaphore(FILES_AT_ONCE_MAX)

    async def run(self, scope: LaneScope) -> bool:
        """Fetch what is due. Each file is noted as soon as it is here: a large one keeps no small one waiting."""
        woken = scope.woken(self.name)
        started_s = time.monotonic()
        running: set[asyncio.Task[Fetched]] = set()
        try:
            while True:
                woken.clear()
                run_s = time.monotonic() - started_s
                if run_s > RUN_MAX_S + DRAIN_MAX_S:
                    started_s, run_s = time.monotonic(), 0.0
                ending = run_s > RUN_MAX_S
                if not ending and len(running) < FILES_CLAIMED_MAX:
                    files = await self._claim(scope, FILES_CLAIMED_MAX - len(running))
                    running |= {asyncio.create_task(self._fetch(file)) for file in files}
                if not running:
                    return ending
                await first(woken, running, DRAIN_MAX_S if ending else None)
                ended = {task for task in running if task.done()}
                running -= ended
                if ended:
                    await self._record(scope, [task.result() for task in ended])
        finally:
            for task in running:
                task.cancel()

    async def _fetch(self, file: PendingFile) -> Fetched:
        async with self._turn:
            return await self._fetcher.fetch(file)

    async def _claim(self, scope: LaneScope, limit: int) -> list[PendingFile]:
        now = self._clock.now()
        async with scope.transaction() as tx:
            return await actions.claim_due(tx, scope.lane, now, now + timedelta(seconds=FETCH_TIMEOUT_S), limit)

    async def _record(self, scope: LaneScope, outcomes: Sequence[Fetched]) -> None:
        async with scope.transaction() as tx:
            messages = await actions.record(tx, scope.lane, outcomes)
            await self._on_ready(tx, scope.lane, self._clock.now(), messages)
