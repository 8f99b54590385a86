"""Whatever happens to a wallet, the book is right: sums, blocks, holds, chain; and it says what a simple model says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hobnob.billing import actions
from hobnob.billing.errors import InsufficientCredit, LedgerConflict
from hobnob.billing.types import ConversationCharge
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import Money
from hobnob.platform.database import Database
from tests.billing.books import NOW, assert_proven, balances, open_account

PRICE = 15_000
DAY = timedelta(days=1)

amounts = st.sampled_from([1, 7_000, PRICE, 40_000])
picks = st.integers(0, 30)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("top_up"), amounts, picks),
        st.tuples(st.just("grant"), amounts, st.one_of(st.none(), st.integers(1, 5))),
        st.tuples(st.just("hold"), st.sampled_from([PRICE, PRICE - 5_000, PRICE + 5_000]), st.integers(1, 6)),
        st.tuples(st.just("void"), picks, st.none()),
        st.tuples(st.just("charge"), picks, st.booleans()),
        st.tuples(st.just("reverse"), picks, st.none()),
        st.tuples(st.just("wait"), st.integers(1, 3), st.none()),
    ),
    max_size=25,
)


@dataclass
class _Life:
    """One wallet and what a shopkeeper with a notebook would know of it."""

    database: Database
    tenant: Tenant
    now: datetime = NOW
    paid_in: int = 0
    granted: int = 0
    held: dict[UUID, tuple[int, datetime]] = field(default_factory=dict)
    charged: dict[UUID, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)

    async def do(self, operation: tuple[str, Any, Any]) -> None:
        name, *details = operation
        await getattr(self, name)(*details)

    async def top_up(self, amount: int, pick: int) -> None:
        key = str(pick)
        async with self.database.account(self.tenant) as tx:
            try:
                await actions.top_up(tx, self.tenant, Money(amount, "USD"), "test", key, self.now)
            except LedgerConflict:
                assert self.keys[key] != amount
                return
        if key not in self.keys:
            self.paid_in += amount
        assert self.keys.setdefault(key, amount) == amount

    async def grant(self, amount: int, days: int | None) -> None:
        expires_at = self.now + days * DAY if days else None
        for _ in range(2):
            async with self.database.account(self.tenant) as tx:
                key = str(self.granted)
                await actions.grant(tx, self.tenant, Money(amount, "USD"), "gift", key, self.now, expires_at=expires_at)
        self.granted += amount

    async def hold(self, amount: int, days: int) -> None:
        hold, until = new_id(), self.now + days * DAY
        async with self.database.account(self.tenant) as tx:
            available = (await actions.wallet(tx, self.tenant, self.now)).available_micros
            try:
                await actions.place_hold(tx, self.tenant, hold, amount, until, self.now)
            except InsufficientCredit as error:
                refused = {"needed_micros": amount, "available_micros": available, "currency": "USD"}
                assert (available < amount, error.extra) == (True, refused)  # noqa: PT017 - both ways out are right
            else:
                assert available >= amount
                self.held[hold] = (amount, until)
                await actions.place_hold(tx, self.tenant, hold, amount, until, self.now)

    async def void(self, pick: int, _: None) -> None:
        if self.held:
            hold = list(self.held)[pick % len(self.held)]
            del self.held[hold]
            for _again in range(2):
                async with self.database.lane(self.tenant.lane) as tx:
                    await actions.void_holds(tx, self.tenant.lane, [hold], "failed", self.now)

    async def charge(self, pick: int, from_hold: bool) -> None:
        message = list(self.held)[pick % len(self.held)] if from_hold and self.held else new_id()
        self.held.pop(message, None)
        for _ in range(2):
            async with self.database.lane(self.tenant.lane) as tx:
                (outcome,) = await actions.settle(tx, self.tenant.lane, charges=[self._due(message)], now=self.now)
            assert outcome.amount_micros == PRICE
        self.charged[message] = PRICE

    async def reverse(self, pick: int, _: None) -> None:
        if self.charged:
            message = list(self.charged)[pick % len(self.charged)]
            del self.charged[message]
            for _again in range(2):
                async with self.database.lane(self.tenant.lane) as tx:
                    pair = (self.tenant.account_id, message)
                    await actions.settle(tx, self.tenant.lane, reversals=[pair], now=self.now)

    async def wait(self, days: int, _: None) -> None:
        self.now += days * DAY
        self.held = {hold: (amount, until) for hold, (amount, until) in self.held.items() if until > self.now}
        async with self.database.lane(self.tenant.lane) as tx:
            await actions.expire(tx, self.tenant.lane, self.now)

    def _due(self, message: UUID) -> ConversationCharge:
        return ConversationCharge(
            account_id=self.tenant.account_id,
            conversation_id=message,
            revision=1,
            message_id=message,
            chat_id=UUID(int=1),
            number_id=UUID(int=2),
            customer_id=UUID(int=3),
            customer_phone="+919876543210",
            customer_user_id=None,
            category="service",
            opener="free_form",
            opened_at=self.now,
            expires_at=self.now + DAY,
        )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations)
async def test_the_book_is_right_whatever_happens(database: Database, happened: Sequence[tuple[str, Any, Any]]) -> None:
    life = _Life(database, await open_account(database))
    for operation in happened:
        await life.do(operation)
    await life.wait(0, None)
    await assert_proven(database, life.tenant.lane)
    book = await balances(database, life.tenant)
    revenue = sum(life.charged.values())
    held = sum(amount for amount, _ in life.held.values())
    assert book.get("revenue.usage", 0) == revenue
    assert book.get("holds", 0) == held
    assert -book.get("cash.test", 0) == life.paid_in
    # Promotional credit ends as expense when it is spent or left; what expired came back from there.
    expired = life.granted + book.get("promo_expense", 0)
    assert 0 <= expired <= life.granted
    async with database.account(life.tenant) as tx:
        wallet = await actions.wallet(tx, life.tenant, life.now)
    assert wallet.available_micros == life.paid_in + life.granted - expired - revenue - held
    assert wallet.available_micros == sum(b.remaining_micros for b in wallet.blocks) + book.get("receivable", 0)
    if book.get("receivable"):
        assert wallet.paid_micros == wallet.promo_micros == 0
