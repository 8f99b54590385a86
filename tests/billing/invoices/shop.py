"""A shop whose months are charged and invoiced, for tests of invoices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hobnob.billing import actions, charges
from hobnob.billing.book import REVENUE_PLAN
from hobnob.billing.charges import Item
from hobnob.billing.invoices import parties, queries
from hobnob.billing.invoices.issue import drafts, issue
from hobnob.billing.invoices.types import Invoice, Party, ProfileChange, Seller, TaxRule
from hobnob.billing.types import ConversationCharge
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import ROLE_WORK, Database, owner_transaction
from hobnob.platform.settings import Settings
from hobnob.platform.work import LaneScope
from tests.billing.books import USD

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
DECEMBER = date(2026, 12, 1)
GSTIN = "29AAGCB7383J1Z4"
GSTIN_MAHARASHTRA = "27AAACR5055K1Z7"
SELLER = Seller(
    "main",
    Party("Desk Software Pvt. Ltd.", "14 MG Road\nBengaluru 560001", "IN", "KA", GSTIN, "bills@desk.example"),
    "Asia/Kolkata",
    4,
    "INV",
    "CRN",
)
GST = TaxRule(date(2017, 7, 1), "india", "", 180_000, code="998439")
BUYER = ProfileChange("Marigold Tea", "7 Hill Road\nMumbai 400050", "IN", "MH", GSTIN_MAHARASHTRA)


async def set_up_seller(settings: Settings, seller: Seller = SELLER, *rules: TaxRule) -> None:
    async with owner_transaction(settings) as tx:
        await parties.set_seller(tx, seller)
        for rule in rules:
            await parties.add_tax_rule(tx, rule)


async def set_buyer(database: Database, tenant: Tenant, change: ProfileChange = BUYER) -> None:
    async with database.account(tenant) as tx:
        await parties.change_profile(tx, tenant, change)


def at(day: date, hour: int = 12) -> datetime:
    """Noon UTC of a day, which is the same day in the shop's zone."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def conversation(
    tenant: Tenant, day: date, *, id: UUID | None = None, phone: str = "+919876543210", **facts: Any
) -> ConversationCharge:
    message = id or new_id()
    opened_at = facts.pop("opened_at", at(day))
    given = {"category": "service", "opener": "free_form", "revision": 1, **facts}
    return ConversationCharge(
        account_id=tenant.account_id,
        conversation_id=message,
        message_id=message,
        chat_id=UUID(int=1),
        number_id=UUID(int=2),
        customer_id=UUID(int=3),
        customer_phone=phone,
        customer_user_id=None,
        opened_at=opened_at,
        expires_at=opened_at + timedelta(days=1),
        **given,
    )


async def open_conversations(
    database: Database, tenant: Tenant, *days: date, now: datetime | None = None
) -> list[UUID]:
    """Conversations charged, one a day; answers their ids."""
    found = [conversation(tenant, day) for day in days]
    async with database.lane(tenant.lane) as tx:
        await actions.settle(tx, tenant.lane, charges=found, now=now or at(days[-1]))
    return [one.conversation_id for one in found]


async def charge_fee(
    database: Database, tenant: Tenant, day: date, amount_micros: int = 40 * USD, name: str = ""
) -> None:
    item = Item(
        account_id=tenant.account_id,
        item=f"plan_fee:{name}{day}",
        meter="plan_fee",
        at=at(day),
        amount_micros=amount_micros,
        rule=f"Plus plan, {day:%B %Y}.",
        plan="plus",
        card="plus",
        card_version=1,
        card_effective_from=date(2023, 6, 1),
        into=REVENUE_PLAN,
    )
    async with database.lane(tenant.lane) as tx:
        await charges.post_items(tx, tenant.lane, [item], at(day))


async def issue_month(database: Database, tenant: Tenant, month: date, when: datetime | None = None) -> Invoice | None:
    when = when or at(month + timedelta(days=34))
    async with database.lane(tenant.lane) as tx:
        found = await issue(tx, tenant.lane, tenant.account_id, month, when, when)
        return await queries.invoice(tx, tenant, found) if found else None


async def issued(database: Database, tenant: Tenant, month: date, when: datetime | None = None) -> Invoice:
    found = await issue_month(database, tenant, month, when)
    assert found is not None
    return found


async def draft(database: Database, tenant: Tenant, now: datetime) -> Invoice:
    async with database.account(tenant) as tx:
        return (await drafts(tx, tenant, now))[-1]


@asynccontextmanager
async def leased(database: Database, lane: int) -> AsyncIterator[LaneScope]:
    """The lane, as a worker holds it."""
    async with database.unscoped(ROLE_WORK) as tx:
        await tx.execute(
            "INSERT INTO lane_leases (lane, worker, expires_at) VALUES ($1, 'test', now() + interval '1 hour')"
            " ON CONFLICT DO NOTHING",
            lane,
        )
    yield LaneScope(database, lane, "test")
