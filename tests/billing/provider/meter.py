"""A shop whose deliveries are put on WhatsApp's meter, and what the meter should say, computed in one walk."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from hobnob.billing import catalog
from hobnob.billing.history.meta import meta_decisions
from hobnob.billing.history.prices import counter_of, price_meta, rule_sets_of
from hobnob.billing.history.types import Event, EventName, Kind
from hobnob.billing.provider.jobs import ProviderJob
from hobnob.billing.rating import Catalog, zone_of
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Database, Row
from hobnob.platform.work import LaneScope
from tests.inbox.ingest.wire import Shop, at, status, text, ticked, written

ZONE = "Asia/Kolkata"
REGULAR = {"billable": True, "pricing_model": "PMP", "type": "regular"}
FREE = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service"}
ENTRY = {"billable": False, "pricing_model": "PMP", "type": "free_entry_point", "category": "referral_conversion"}


async def few_free(postgres_url: str, units: int) -> None:
    """The month's free units are few in this test's catalogue."""
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("UPDATE rates SET from_quantity = $1 WHERE card = 'meta' AND from_quantity = 1000", units)
    await connection.execute("UPDATE catalog_state SET digest = $1", f"free units {units} {new_id()}")
    await connection.close()


async def rate_all(database: Database, tenant: Tenant, job: ProviderJob) -> None:
    """Rate all news of the account's lane."""
    async with database.lane(tenant.lane) as tx:
        await tx.execute(
            "INSERT INTO lane_leases VALUES ($1, 'test', now() + interval '1 hour') ON CONFLICT (lane) DO UPDATE"
            " SET expires_at = excluded.expires_at, worker = 'test'",
            tenant.lane,
        )
    scope = LaneScope(database, tenant.lane, "test")
    while await job.run(scope):
        pass


class Meter:
    """``seconds`` count from the wire's epoch, 2026-11-23 08:00 UTC."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.job = ProviderJob(shop.clock)

    async def rate(self) -> None:
        await rate_all(self.shop.database, self.shop.tenant, self.job)

    async def deliver(
        self,
        seconds: int,
        pricing: dict[str, Any] | None = None,
        *,
        category: str | None = None,
        told_with: str = "delivered",
        sent_pricing: dict[str, Any] | None = None,
        **more: Any,
    ) -> UUID:
        """A message of ours that arrives at once, a template when it has a category, with the price it is told with."""
        wamid = f"wamid.{new_id().hex}"
        kind = "template" if category else more.pop("kind", "text")
        message_id = await self.shop.sent(wamid, kind=kind, seconds=seconds, category=category, **more)
        sent: dict[str, Any] = {"pricing": sent_pricing} if sent_pricing else {}
        told: dict[str, Any] = {"pricing": pricing} if pricing else {}
        await self.shop.receive(
            ticked(status("sent", wamid, seconds, **sent), status(told_with, wamid, seconds, **told))
        )
        return message_id

    async def write(self, seconds: int, *, ad: bool = False) -> None:
        more: dict[str, Any] = {"referral": {"source_type": "ad", "source_id": "1"}} if ad else {}
        await self.shop.receive(written(text(seconds=seconds, **more)))

    async def items(self) -> dict[UUID, Row]:
        rows = await self.shop.rows("SELECT * FROM provider_items WHERE lane = $1 AND account_id = $2")
        return {row["message_id"]: row for row in rows}

    async def item(self, message_id: UUID) -> Row:
        await self.rate()
        return (await self.items())[message_id]

    async def days(self) -> dict[tuple[Any, ...], tuple[int, int, int]]:
        """The kept totals: by their key, messages, unpriced and micros."""
        return _cells(await self.shop.rows("SELECT * FROM provider_days WHERE lane = $1 AND account_id = $2"))

    async def check(self) -> None:
        """The totals are the sums of the items."""
        found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in (await self.items()).values():
            cell = found[tuple(row[name] for name in _KEY)]
            cell[0] += 1
            cell[1] += row["amount_micros"] is None
            cell[2] += row["amount_micros"] or 0
        assert await self.days() == {key: tuple(cell) for key, cell in found.items()}
        counted = Counter((row["counter"], row["month"]) for row in (await self.items()).values() if row["counter"])
        rows = await self.shop.rows("SELECT * FROM provider_counters WHERE lane = $1 AND account_id = $2")
        assert {(row["counter"], row["month"]): row["quantity"] for row in rows if row["quantity"]} == counted


_KEY = ("day", "number_id", "country", "market", "category", "kind", "class", "currency")


def _cells(rows: Iterable[Row]) -> dict[tuple[Any, ...], tuple[int, int, int]]:
    return {tuple(row[name] for name in _KEY): (row["quantity"], row["unpriced"], row["amount_micros"]) for row in rows}


class Happened(NamedTuple):
    """Something in the chat of one number and customer."""

    chat: str
    event: EventName
    seconds: int
    message: UUID
    kind: Kind = "free_form"
    category: str | None = None
    referral: bool = False


class Expected(NamedTuple):
    outcome: str
    category: str
    rule: str
    amount_micros: int | None
    conversation: UUID | None


def in_one_walk(
    cards: Catalog, number: str, phones: dict[str, str], happened: Iterable[Happened]
) -> dict[UUID, Expected]:
    """What each delivered message should be: the whole history decided at once, and each month counted in its order."""
    rule_sets = rule_sets_of(cards, ZONE)
    chats: dict[str, list[Event]] = defaultdict(list)
    for one in happened:
        chats[one.chat].append(
            Event(
                one.event,
                at(one.seconds),
                number,
                phones[one.chat],
                str(one.message),
                one.kind,
                one.category,
                one.referral,
            )
        )
    decided = [(chat, decision) for chat, events in chats.items() for decision in meta_decisions(events, rule_sets)]
    counts: Counter[Any] = Counter()
    found = {}
    for chat, decision in sorted(decided, key=lambda pair: (pair[1].at, pair[1].message)):
        day = decision.at.astimezone(zone_of(ZONE)).date()
        market = cards.market_of(phones[chat], None, day)
        counter = counter_of(decision, number, market)
        key = (counter, day.replace(day=1))
        amount, rule = price_meta(cards, decision, market, counts[key] if counter else 0, day)
        counts[key] += counter is not None
        conversation = UUID(decision.conversation) if decision.conversation else None
        found[UUID(decision.message)] = Expected(decision.outcome, decision.category or "", rule, amount, conversation)
    return found


async def cards_of(database: Database) -> Catalog:
    async with database.unscoped() as tx:
        return await catalog.current(tx)
