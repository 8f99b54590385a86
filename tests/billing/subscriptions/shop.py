"""A shop with a subscription in tests, whose days pass as they do in life: the clock moves, then the lane's job runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hobnob.billing import actions
from hobnob.billing.subscriptions import days
from hobnob.billing.subscriptions.types import Change, SubscriptionView
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Database
from tests.billing.books import USD, open_account

START = datetime(2027, 5, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Shop:
    """``now`` is the machine's time when it opened; the account's own clock runs ahead of it."""

    def __init__(self, database: Database, tenant: Tenant, start: datetime) -> None:
        self.database, self.tenant, self.start = database, tenant, start
        self.ahead_s = 0

    @property
    def now(self) -> datetime:
        """The account's own time."""
        return self.start + timedelta(seconds=self.ahead_s)

    async def advance(self, by: timedelta, *, work: bool = True) -> None:
        self.ahead_s += int(by.total_seconds())
        async with self.database.account(self.tenant) as tx:
            await tx.execute("UPDATE accounts SET clock_ahead_s = $1", self.ahead_s)
        if work:
            await self.work()

    async def work(self) -> int:
        """As the job does: one day in one transaction. Answers how many there were."""
        count = 0
        while True:
            async with self.database.lane(self.tenant.lane) as tx:
                if not await days.work(tx, self.tenant.lane, self.start):
                    return count
            count += 1

    async def until(self, moment: datetime) -> None:
        await self.advance(moment - self.now)

    async def change(self, plan: str, interval: Any = "monthly", **more: Any) -> SubscriptionView:
        async with self.database.account(self.tenant) as tx:
            return await actions.change_plan(tx, self.tenant, Change(plan, interval, **more), self.now, None)

    async def view(self) -> SubscriptionView:
        async with self.database.account(self.tenant) as tx:
            return await actions.subscription(tx, self.tenant, self.now)

    async def have_agents(self, count: int) -> None:
        async with self.database.account(self.tenant) as tx:
            await tx.execute("DELETE FROM agents")
            for n in range(count):
                await tx.execute(
                    "INSERT INTO agents (lane, account_id, id, name, email, role, created_at)"
                    " VALUES ($1, $2, $3, $4, $5, 'agent', $6)",
                    self.tenant.lane,
                    self.tenant.account_id,
                    new_id(),
                    f"Agent {n}",
                    f"{n}@shop.example",
                    self.start,
                )

    async def bill(self) -> list[tuple[str, str, int]]:
        """What stands on the bill: day, meter, amount."""
        async with self.database.account(self.tenant) as tx:
            rows = await tx.fetch("SELECT day, meter, amount_micros FROM charges ORDER BY n")
        return [(row["day"].isoformat(), row["meter"], row["amount_micros"]) for row in rows]


async def open_shop(
    database: Database,
    *,
    plan: str = "plus",
    paid: int = 1_000,
    time_zone: str = "UTC",
    start: datetime = START,
    begun: bool = True,
) -> Shop:
    """A shop whose first number was just verified (``begun``); ``paid`` in whole dollars."""
    tenant = await open_account(database, paid_micros=paid * USD, plan=plan, time_zone=time_zone, now=start)
    shop = Shop(database, tenant, start)
    async with database.account(tenant) as tx:
        await tx.execute("UPDATE accounts SET sandbox = true")
        if begun:
            await actions.number_verified(tx, tenant, start)
    return shop
