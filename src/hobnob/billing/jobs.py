"""Lane work of the billing room."""

from __future__ import annotations

from hobnob.kernel.clock import Clock
from hobnob.platform.work import LaneScope

from . import actions


class HoldsJob:
    """Gives back holds whose delivery was never reported, and books out credit whose time is over."""

    name = "holds"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, scope: LaneScope) -> bool:
        """One batch; True when more may be due."""
        async with scope.transaction() as tx:
            return await actions.expire(tx, scope.lane, self._clock.now())
