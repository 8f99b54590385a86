"""Any order, duplication and batching of the same deliveries gives the same conversations, charges and balance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hobnob.billing import actions as billing
from hobnob.billing import catalog
from hobnob.conversations import actions
from hobnob.conversations.rules import PER_CATEGORY, PER_CHAT, Delivered, RuleSet, replay
from hobnob.conversations.types import Delivery, Referral
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Database, owner_transaction
from hobnob.platform.settings import Settings
from tests.billing.books import NOW, USD, assert_proven, balances, net_charges, open_account

PRICE = 15_000
CHATS = 2

# What happened: a message of a chat delivered (perhaps told again with a later time), or a customer who came by an ad.
events = st.lists(
    st.tuples(
        st.integers(0, CHATS - 1),
        st.one_of(st.integers(0, 4 * 60), st.integers(0, 10).map(lambda n: n * 24)),
        st.sampled_from(["free_form", "template", "reaction", "referral"]),
        st.lists(st.integers(0, 120), max_size=2),
        st.booleans(),
        st.sampled_from(["marketing", "utility"]),
    ),
    max_size=12,
)
RULE_SETS: dict[str, RuleSet] = {"starter": PER_CHAT, "parallel": PER_CATEGORY}


def _at(quarters: int) -> datetime:
    return NOW + timedelta(minutes=15 * quarters)


class _Told:
    """The events as they reach us: reports of deliveries and referrals, some of them twice or too late."""

    def __init__(self, tenant: Tenant, happened: Sequence[tuple[Any, ...]], rule_set: RuleSet) -> None:
        self.chats = [new_id() for _ in range(CHATS)]
        self.reports: list[Delivery | Referral] = []
        self.held: list[UUID] = []
        self.expected: list[tuple[UUID, datetime, str, int]] = []
        delivered: dict[UUID, list[Delivered[UUID]]] = {chat: [] for chat in self.chats}
        came: dict[UUID, list[datetime]] = {chat: [] for chat in self.chats}
        for chat_number, quarters, kind, later, held, category in happened:
            chat, message, at = self.chats[chat_number], new_id(), _at(quarters)
            if kind == "referral":
                came[chat].append(at)
                self.reports += [Referral(tenant.account_id, chat, message, at)] * (1 + len(later))
                continue
            # The lower digits of the moment of sending are chance, so that messages delivered together change places.
            sent_at = at - timedelta(seconds=message.int % 60) if len(later) < 2 else None
            delivered[chat].append(Delivered(message, at, kind, category, sent_at))
            self.held += [message] if held else []
            for delay in (0, *later):
                self.reports.append(
                    Delivery(
                        account_id=tenant.account_id,
                        chat_id=chat,
                        number_id=UUID(int=1),
                        customer_id=chat,
                        customer_phone="+5511987654321",
                        customer_user_id=None,
                        message_id=message,
                        delivered_at=_at(quarters + delay),
                        kind=kind,
                        category=category.upper(),
                        sent_at=sent_at,
                    )
                )
        for chat in self.chats:
            for opening in replay(delivered[chat], came[chat], rule_set_at=lambda _: rule_set).openings:
                self.expected.append((opening.id, opening.opened_at, opening.category, PRICE))
        self.expected.sort(key=lambda row: (row[1], row[0]))


async def _tell(database: Database, tenant: Tenant, reports: Sequence[Delivery | Referral], size: int) -> None:
    for start in range(0, len(reports), size):
        batch = reports[start : start + size]
        async with database.lane(tenant.lane) as tx:
            if referrals := [report for report in batch if isinstance(report, Referral)]:
                await actions.note_referrals(tx, tenant.lane, referrals, NOW)
            if deliveries := [report for report in batch if isinstance(report, Delivery)]:
                await actions.apply_deliveries(tx, tenant.lane, deliveries, NOW)


async def _conversations(database: Database, tenant: Tenant) -> list[tuple[UUID, datetime, str, int]]:
    async with database.account(tenant) as tx:
        rows = await tx.fetch(
            "SELECT id, opened_at, category, amount_micros FROM conversations"
            " WHERE lane = $1 AND account_id = $2 AND NOT withdrawn ORDER BY opened_at, id",
            tenant.lane,
            tenant.account_id,
        )
    return [tuple(row) for row in rows]


@pytest.fixture
async def plans(settings: Settings) -> None:
    """The shipped plans, and one at the price of Starter whose card counts conversations per category."""
    tables = {table.name: table for table in catalog.shipped()}
    for name, key in (("rate_cards", 0), ("rate_card_versions", 0), ("rates", 0), ("plans", 0), ("plan_versions", 0)):
        table = tables[name]
        for row in [row for row in table.rows if row[key] == "starter"]:
            copy = ["parallel" if value == "starter" else value for value in row]
            table.rows.append(
                tuple(RULE_SETS["parallel"] if value == RULE_SETS["starter"] else value for value in copy)
            )
    async with owner_transaction(settings) as tx:
        assert await catalog.load(tx, list(tables.values()), NOW) > 0


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events, st.randoms(), st.integers(1, 6), st.sampled_from([0, 20_000, USD]), st.sampled_from(list(RULE_SETS)))
async def test_any_order_gives_the_same_bill(
    database: Database, plans: None, happened: list[tuple[Any, ...]], chance: Any, size: int, credit: int, plan: str
) -> None:
    tenant = await open_account(database, paid_micros=credit, plan=plan)
    told = _Told(tenant, happened, RULE_SETS[plan])
    async with database.account(tenant) as tx:
        for message in told.held[: credit // PRICE]:
            await billing.place_hold(tx, tenant, message, PRICE, NOW + timedelta(days=30), NOW)
    reports = [*told.reports, *chance.sample(told.reports, len(told.reports) // 3)]
    chance.shuffle(reports)
    await _tell(database, tenant, reports, size)
    assert await _conversations(database, tenant) == told.expected
    charged = await net_charges(database, tenant)
    assert charged == told.expected
    # Whatever was set aside for messages that were delivered is free again; credit is what was paid in less the bill.
    left = await balances(database, tenant)
    assert "holds" not in left
    assert left.get("wallet.paid", 0) + left.get("receivable", 0) == credit - PRICE * len(told.expected)
    assert left.get("revenue.usage", 0) == PRICE * len(told.expected)
    await assert_proven(database, tenant.lane)
