"""Lane work of payments: automatic top-ups and whatever is in doubt are brought to their end, and wallets are watched."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import structlog

from hobnob.billing.ledger import WATCH_JOB
from hobnob.kernel.clock import Clock
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx
from hobnob.platform.work import LaneScope

from . import alerts, store
from .cashier import Cashier
from .errors import GatewayRefused, GatewayUnavailable
from .gateway import Gateways

log = structlog.get_logger()


class PaymentsJob:
    """Asks gateways what became of payments and refunds, and carries out automatic top-ups."""

    name = store.JOB

    def __init__(self, gateways: Gateways, clock: Clock, doubt_wait_s: float) -> None:
        self._gateways = gateways
        self._clock = clock
        self._doubt_wait_s = doubt_wait_s

    async def run(self, scope: LaneScope) -> bool:
        """One batch; True when more may be due."""

        def open_tx(_: Tenant) -> AbstractAsyncContextManager[Tx]:
            return scope.transaction()

        cashier = Cashier(open_tx, self._gateways, self._clock, self._doubt_wait_s)
        more = False
        for table, check in (("payments", cashier.check), ("refunds", cashier.check_refund)):
            async with scope.transaction() as tx:
                due = await store.take_due(tx, scope.lane, table, self._doubt_wait_s)
            for account_id, row_id in due:
                try:
                    await check(Tenant(account_id, scope.lane), row_id)
                except (GatewayUnavailable, GatewayRefused) as error:
                    # It is asked again later; the others in the lane do not wait for it.
                    log.warning("gateway_not_asked", what=table, id=str(row_id), error=error.detail)
            more = more or len(due) == store.PAYMENTS_AT_ONCE_MAX
        return more


class AlertsJob:
    """Looks at wallets whose balance or time calls for it: alerts, expiry warnings, automatic top-up."""

    name = WATCH_JOB

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, scope: LaneScope) -> bool:
        """One batch; True when more may be due."""
        async with scope.transaction() as tx:
            return await alerts.evaluate(tx, scope.lane, self._clock.now())
