"""An owner at the desk who pays: what the tests of payments do again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from hobnob.kernel.ids import Tenant, lane_of
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.books import USD, assert_proven
from tests.billing.payments.stripe_server import VISA, Stripe
from tests.desk import Answer, Desk, serving
from tests.inbox.send.shop import until, working


class Till:
    """``desk`` is signed in as the owner of a new account; webhooks come to it."""

    def __init__(self, desk: Desk, tenant: Tenant, stripe: Stripe, database: Database) -> None:
        self.desk = desk
        self.tenant = tenant
        self.stripe = stripe
        self.database = database

    async def get(self, path: str) -> Any:
        answer = await self.desk.get(path)
        assert answer.status == 200, answer.json
        return answer.json

    async def top_up(self, micros: int = 10 * USD, *, key: str | None = None, **more: Any) -> Answer:
        body = {"amount_micros": micros, "method": "stripe", **more}
        return await self.desk.post("/api/billing/top-ups", body, headers={"Idempotency-Key": key or str(uuid4())})

    async def save_card(self, number: str = VISA) -> str:
        """The id of a new saved card."""
        setup = await self.desk.post("/api/billing/cards/setups", {"method": "stripe"})
        assert setup.status == 201, setup.json
        await self.stripe.save(setup.json["setup_id"], number)
        done = {"method": "stripe", "setup_id": setup.json["setup_id"]}
        saved = await self.desk.post("/api/billing/cards", done)
        assert saved.status == 201, saved.json
        return str(max(saved.json["items"], key=lambda card: card["created_at"])["id"])

    async def available(self) -> int:
        return int((await self.get("/api/wallet"))["available_micros"])

    async def payment(self, payment_id: str) -> Any:
        return await self.get(f"/api/billing/payments/{payment_id}")

    async def payments(self) -> Any:
        return (await self.get("/api/billing/payments"))["items"]

    async def comes_to(self, payment_id: str, state: str) -> Any:
        async def reached() -> Any:
            payment = await self.payment(payment_id)
            return payment if payment["state"] == state else None

        return await until(reached, 20)

    async def proven(self) -> None:
        await assert_proven(self.database, self.tenant.lane)

    async def one(self, sql: str, *args: Any) -> Any:
        """A value out of the account's own rows; $1 and $2 are its lane and id."""
        async with self.database.account(self.tenant) as tx:
            return await tx.fetchval(sql, self.tenant.lane, self.tenant.account_id, *args)


@asynccontextmanager
async def open_till(
    settings: Settings, database: Database, stripe: Stripe, *, worker: bool = False, webhooks: bool = True
) -> AsyncIterator[Till]:
    """A web process, an owner, and a worker if asked for."""
    async with serving(settings) as web:
        if webhooks:
            await stripe.webhooks_to(web)
        desk = Desk(web)
        try:
            account = UUID((await desk.sign_up())["account"]["id"])
            till = Till(desk, Tenant(account, lane_of(account)), stripe, database)
            if worker:
                async with working(settings):
                    yield till
            else:
                yield till
        finally:
            await desk.close()
