"""Lane work of the billing room."""

from __future__ import annotations

import time
from collections import defaultdict
from uuid import UUID

import structlog

from hobnob.kernel.clock import Clock
from hobnob.platform.database import Tx, is_transient
from hobnob.platform.work import LaneScope

from . import actions

log = structlog.get_logger()

PARKED_S = 3_600.0


class HoldsJob:
    """Gives back holds whose delivery was never reported, and books out credit whose time is over.

    An account whose ledger refuses is left alone for an hour; the lane's others go on.
    """

    name = "holds"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._parked: dict[int, dict[UUID, float]] = defaultdict(dict)

    async def run(self, scope: LaneScope) -> bool:
        """One batch; True when more may be due."""
        lane, now = scope.lane, time.monotonic()
        self._parked[lane] = {key: until for key, until in self._parked[lane].items() if until > now}
        async with scope.transaction() as tx:
            try:
                async with tx.savepoint():
                    return await actions.expire(tx, lane, self._clock.now(), self._parked[lane])
            except Exception as error:
                if is_transient(error) or not await self._one_by_one(tx, lane):
                    raise
            # Those that were listed are done or parked; the next batch finds what is left.
            return True

    async def _one_by_one(self, tx: Tx, lane: int) -> bool:
        """Each account in a savepoint of its own; False when there is none. Raises only transient errors."""
        now, parked = self._clock.now(), self._parked[lane]
        accounts = await actions.accounts_expiring(tx, lane, now, parked)
        for account_id in accounts:
            try:
                async with tx.savepoint():
                    await actions.expire_of(tx, lane, account_id, now)
            except Exception as error:
                if is_transient(error):
                    raise
                log.exception("account_not_expired", account_id=str(account_id), lane=lane)
                parked[account_id] = time.monotonic() + PARKED_S
        return len(accounts) > 0
