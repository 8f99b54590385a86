"""Deliveries on WhatsApp's meter: a batch of news rated, classed and summed, in a fixed number of statements.

News say from which moment on a chat has to be looked at. From there on its messages are decided anew by the very rules
that rate a whole history; what opened before and may still be open goes first, as it stands. Whatever is then other
than what is written is written, and the totals with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from hobnob.billing import catalog as catalogs
from hobnob.billing.history.meta import RuleSets, meta_decisions
from hobnob.billing.history.prices import CARD, CURRENCY, counter_of, price_meta, rule_sets_of, steps_of
from hobnob.billing.history.types import Event, MetaDecision
from hobnob.billing.rating import Catalog, zone_of
from hobnob.billing.wallet import accounts_and_times
from hobnob.kernel.identity import country_of
from hobnob.platform.database import Tx
from hobnob.team.types import Account

from . import pulls, steps, store
from .store import Delivery, Inbound, copy_of
from .told import TOLD_WITHIN, Expected, class_of, end_told, expected_of
from .types import ItemRow

COUNTRY_UNKNOWN = "ZZ"
RECHECK_MAX_COUNT = 500


@dataclass(slots=True)
class _Batch:
    """Items in memory: as they stood, and as they will stand."""

    catalog: Catalog
    accounts: Mapping[UUID, Account]
    nows: Mapping[UUID, datetime]
    before: dict[UUID, ItemRow] = field(default_factory=dict)
    items: dict[UUID, ItemRow] = field(default_factory=dict)

    def take(self, known: Mapping[UUID, ItemRow]) -> None:
        """Work on rows that are there, too."""
        for message_id, item in known.items():
            if message_id not in self.items:
                self.before[message_id] = item
                self.items[message_id] = copy_of(item)

    @property
    def changes(self) -> list[tuple[ItemRow | None, ItemRow]]:
        return [
            (self.before.get(message_id), item)
            for message_id, item in self.items.items()
            if self.before.get(message_id) != item
        ]


async def rate_news(tx: Tx, lane: int, now: datetime, *, limit: int) -> int:
    """Rate the oldest news of a lane, about ``limit`` messages; answers how many. ``now`` is the machine's time."""
    message_ids = await store.take_news(tx, lane, limit)
    if message_ids:
        await rate_chats(tx, lane, await store.note_news(tx, lane, message_ids), now)
    return len(message_ids)


async def rate_chats(tx: Tx, lane: int, since: Mapping[UUID, datetime], now: datetime) -> None:
    """Rate everything that was delivered in these chats from a moment on."""
    deliveries = await store.deliveries_since(tx, lane, since)
    if not deliveries:
        return
    since = {chat_id: since[chat_id] for chat_id in deliveries}
    openings = await store.openings_before(tx, lane, since)
    inbounds = await store.inbounds_around(tx, lane, since)
    batch = await _batch(tx, lane, {one.account_id for chat in deliveries.values() for one in chat}, now)
    for chat_id, delivered in deliveries.items():
        _decide(batch, openings.get(chat_id, []), delivered, inbounds.get(chat_id, []))
    batch.before = await store.items_by_id(tx, lane, batch.items)
    await _settle(tx, lane, batch)


async def recheck(tx: Tx, lane: int, now: datetime) -> int:
    """Class again the items whose price should have been told by now; answers how many there were."""
    due = await store.items_where(
        tx,
        "lane = $1 AND recheck_at IS NOT NULL AND (recheck_at <= $2 OR EXISTS (SELECT 1 FROM accounts a WHERE a.lane = $1"
        "  AND a.account_id = provider_items.account_id AND a.clock_ahead_s > 0"
        "  AND recheck_at <= $2 + make_interval(secs => a.clock_ahead_s))) ORDER BY recheck_at LIMIT $3",
        lane,
        now,
        RECHECK_MAX_COUNT,
    )
    if due:
        batch = await _batch(tx, lane, {item.account_id for item in due.values()}, now)
        batch.take(due)
        await _settle(tx, lane, batch)
    return len(due)


async def _batch(tx: Tx, lane: int, account_ids: set[UUID], now: datetime) -> _Batch:
    accounts, nows = await accounts_and_times(tx, lane, account_ids, now)
    return _Batch(await catalogs.current(tx), accounts, nows)


def _decide(
    batch: _Batch, openings: Sequence[Delivery], delivered: Sequence[Delivery], inbounds: Sequence[Inbound]
) -> None:
    account = batch.accounts[delivered[0].account_id]
    events = [_delivered(one) for one in (*openings, *delivered)]
    events += [
        Event("inbound", one.at, "", "", str(one.message_id), "free_form", referral=one.referral) for one in inbounds
    ]
    decisions = {one.message: one for one in meta_decisions(events, _rule_sets(batch.catalog, account.time_zone))}
    for one in delivered:
        batch.items[one.message_id] = _item(batch, account, one, decisions[str(one.message_id)])


def _delivered(one: Delivery) -> Event:
    # Number and customer are the chat's: the walk through one chat does not ask for them.
    return Event(
        "delivered", one.at, "", "", str(one.message_id), one.kind, one.category, expires_at=end_told(one.told)
    )


def _item(batch: _Batch, account: Account, one: Delivery, decision: MetaDecision) -> ItemRow:
    """The message as it was decided; what it costs and its class follow."""
    day = one.at.astimezone(zone_of(account.time_zone)).date()
    market = batch.catalog.market_of(one.phone, one.user_id, day)
    counter = counter_of(decision, str(one.number_id), market)
    return ItemRow(
        account_id=one.account_id,
        message_id=one.message_id,
        chat_id=one.chat_id,
        number_id=one.number_id,
        delivered_at=one.at,
        day=day,
        country=_country(one.phone, one.user_id),
        market=market,
        category=decision.category or "",
        kind="unknown",
        billable=None,
        outcome=decision.outcome,
        reason=decision.reason,
        rule=decision.reason,
        conversation_id=UUID(decision.conversation) if decision.conversation else None,
        counts_in_allowance=decision.counts_in_allowance,
        counter="/".join(part or "" for part in counter) if counter else None,
        month=day.replace(day=1),
        amount_micros=None,
        currency=CURRENCY,
        told=one.told,
        class_="match",
        recheck_at=None,
    )


async def _settle(tx: Tx, lane: int, batch: _Batch) -> None:
    """Count, price, class and write; a step that moved brings in the messages that it passed over."""
    items = batch.items.values()
    changes = [(batch.before.get(item.message_id), item) for item in items]
    months = {month for pair in changes for item in pair if item and (month := steps.month_of(item))}
    counts = await steps.counts(tx, lane, months)
    steps.note_changes(counts, changes)
    wanted: dict[steps.Month, set[int]] = defaultdict(set)
    for item in items:
        if (month := steps.month_of(item)) is not None:
            wanted[month] |= _steps_of(batch.catalog, item.market, item.category, item.day)
    if todo := steps.unsettled(counts, wanted):
        for item in items:
            _price(batch, item, counts)
        await store.write_items(tx, lane, list(items))
        await steps.move_steps(tx, lane, counts, todo)
        for month, spans in steps.between(counts).items():
            for after, upto in spans:
                batch.take(await _passed_over(tx, lane, month, after, upto))
    for item in batch.items.values():
        _price(batch, item, counts)
    await steps.save(tx, lane, counts)
    written = batch.changes
    if written or todo:
        await store.write_items(tx, lane, [item for _, item in written] or list(batch.items.values()))
        await store.keep_totals(tx, lane, written)
        await pulls.expect(tx, lane, _first_days(batch, [item for _, item in written]))


def _price(batch: _Batch, item: ItemRow, counts: Mapping[steps.Month, steps.Count]) -> None:
    """What the item costs at its place in the month, and how that compares with what was told."""
    decision = MetaDecision(
        str(item.message_id),
        item.delivered_at,
        item.outcome,  # type: ignore[arg-type]  # as it was stored
        item.category or None,
        item.reason,
        str(item.conversation_id) if item.conversation_id else None,
        item.counts_in_allowance,
    )
    month = steps.month_of(item)
    position = counts[month].position(item.key) if month is not None and month in counts else 0
    item.amount_micros, item.rule = price_meta(batch.catalog, decision, item.market, position, item.day)
    expected = expected_of(decision, item.rule)
    item.kind, item.billable = expected.kind, expected.billable
    _class(batch, item, expected)


def _class(batch: _Batch, item: ItemRow, expected: Expected) -> None:
    recheck_at = item.delivered_at + TOLD_WITHIN
    item.class_ = class_of(expected, item.told, waiting=batch.nows[item.account_id] < recheck_at)
    item.recheck_at = recheck_at if item.class_ == "timing" else None


async def _passed_over(
    tx: Tx, lane: int, month: steps.Month, after: steps.Key | None, upto: steps.Key | None
) -> dict[UUID, ItemRow]:
    """The items of a month between two places."""
    condition = "lane = $1 AND account_id = $2 AND counter = $3 AND month = $4"
    args: list[object] = [lane, *month]
    for sign, key in ((">", after), ("<=", upto)):
        if key is not None:
            condition += f" AND (delivered_at, message_id) {sign} (${len(args) + 1}, ${len(args) + 2})"
            args += key
    return await store.items_where(tx, condition, *args)


def _first_days(batch: _Batch, items: Sequence[ItemRow]) -> dict[tuple[UUID, UUID], pulls.FirstDay]:
    """Per account and number the earliest of these days, with the account's today."""
    found: dict[tuple[UUID, UUID], date] = {}
    for item in items:
        key = (item.account_id, item.number_id)
        found[key] = min(found.get(key, item.day), item.day)
    return {
        (account_id, number_id): pulls.FirstDay(day, batch.nows[account_id], batch.accounts[account_id].time_zone)
        for (account_id, number_id), day in found.items()
    }


@lru_cache(maxsize=500)
def _cached_rule_sets(digest: str, time_zone: str) -> list[RuleSets]:
    del digest, time_zone
    return []


def _rule_sets(catalog: Catalog, time_zone: str) -> RuleSets:
    """Kept per catalogue and zone: every chat of a batch asks."""
    kept = _cached_rule_sets(catalog.digest, time_zone)
    if not kept:
        kept.append(rule_sets_of(catalog, time_zone))
    return kept[0]


def _steps_of(catalog: Catalog, market: str, category: str, day: date) -> set[int]:
    """From which quantities on the card asks another price."""
    version = catalog.card_version(CARD, day)
    rates = steps_of(version, market, category, CURRENCY) if version else ()
    return {step.from_quantity for step in rates if step.from_quantity > 0}


@lru_cache(maxsize=100_000)
def _country(phone: str | None, user_id: str | None) -> str:
    return country_of(phone, user_id) or COUNTRY_UNKNOWN
