"""The worker's part: forget what has served its time."""

from __future__ import annotations

from hobnob.platform.idempotency import forget_old
from hobnob.platform.work import LaneScope

KEYS_AT_ONCE_MAX = 5_000


class TidyJob:
    """Old idempotency keys of a lane, some thousands at a time."""

    name = "tidy"

    async def run(self, scope: LaneScope) -> bool:
        async with scope.transaction() as tx:
            return await forget_old(tx, scope.lane, KEYS_AT_ONCE_MAX) == KEYS_AT_ONCE_MAX
