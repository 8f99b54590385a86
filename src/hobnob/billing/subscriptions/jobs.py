"""Lane work of subscriptions."""

from __future__ import annotations

from hobnob.kernel.clock import Clock
from hobnob.platform.work import LaneScope

from . import days, store


class SubscriptionsJob:
    """Works through the days that have come: the oldest first, one account's day at a time."""

    name = store.DAYS_JOB

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, scope: LaneScope) -> bool:
        """One account's day; True when more may be due."""
        async with scope.transaction() as tx:
            return await days.work(tx, scope.lane, self._clock.now())
