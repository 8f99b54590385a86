"""The meter's rows: what a chat's messages are rated from, the rated items, and the totals kept with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from hobnob.platform.database import Row, Tx

from .types import ItemRow

# A free entry point lasts seven days; whatever opened before is over.
OPENINGS_KEPT = timedelta(days=8)
WINDOW = timedelta(hours=24)

ITEM_COLUMNS = tuple(name.rstrip("_") for name in ItemRow.__struct_fields__)
_TYPES = {
    "account_id": "uuid",
    "message_id": "uuid",
    "chat_id": "uuid",
    "number_id": "uuid",
    "conversation_id": "uuid",
    "delivered_at": "timestamptz",
    "recheck_at": "timestamptz",
    "day": "date",
    "month": "date",
    "billable": "boolean",
    "counts_in_allowance": "boolean",
    "amount_micros": "bigint",
    "told": "jsonb",
}

_TAKE = """
DELETE FROM provider_queue WHERE lane = $1 AND id = ANY (ARRAY(
  SELECT id FROM (
    SELECT id, sum(cardinality(message_ids)) OVER (ORDER BY id) - cardinality(message_ids) AS before
    FROM (SELECT id, message_ids FROM provider_queue WHERE lane = $1 ORDER BY id LIMIT $2) oldest
  ) sized WHERE before < $2
)) RETURNING message_ids
"""
_NEWS = """
SELECT m.id, m.account_id, m.chat_id, m.direction, m.at, d.chat_id AS delivered_chat, d.delivered_at
FROM messages m LEFT JOIN conversation_deliveries d ON d.lane = m.lane AND d.message_id = m.id
WHERE m.lane = $1 AND m.id = ANY ($2::uuid[])
"""
_KEEP_INBOUNDS = """
INSERT INTO provider_inbounds (lane, account_id, message_id, chat_id, at)
SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[]) AS n
ON CONFLICT (lane, message_id) DO UPDATE SET chat_id = excluded.chat_id, at = excluded.at
"""
_DELIVERIES = """
SELECT d.account_id, d.message_id, d.chat_id, d.number_id, d.customer_phone, d.customer_user_id, d.delivered_at, d.kind,
  d.category, m.pricing
FROM unnest($2::uuid[], $3::timestamptz[]) AS n (chat_id, since)
JOIN conversation_deliveries d ON d.lane = $1 AND d.chat_id = n.chat_id AND d.delivered_at >= n.since
LEFT JOIN messages m ON m.lane = $1 AND m.id = d.message_id
"""
# The message whose conversation may still be open, as it was when it was rated.
_OPENINGS = """
SELECT d.account_id, d.message_id, d.chat_id, d.number_id, d.customer_phone, d.customer_user_id, d.delivered_at, d.kind,
  d.category, m.pricing
FROM unnest($2::uuid[], $3::timestamptz[]) AS n (chat_id, since)
JOIN provider_items i ON i.lane = $1 AND i.chat_id = n.chat_id AND i.conversation_id = i.message_id
  AND i.delivered_at >= n.since - $4::interval AND i.delivered_at < n.since
JOIN conversation_deliveries d ON d.lane = $1 AND d.message_id = i.message_id
LEFT JOIN messages m ON m.lane = $1 AND m.id = d.message_id
"""
_INBOUNDS = """
SELECT i.chat_id, i.message_id, i.at, false AS referral FROM unnest($2::uuid[], $3::timestamptz[]) AS n (chat_id, since)
JOIN provider_inbounds i ON i.lane = $1 AND i.chat_id = n.chat_id AND i.at > n.since - $4::interval
UNION ALL
SELECT r.chat_id, r.message_id, r.at, true FROM unnest($2::uuid[], $3::timestamptz[]) AS n (chat_id, since)
JOIN conversation_referrals r ON r.lane = $1 AND r.chat_id = n.chat_id AND r.at > n.since - $5::interval - $4::interval
"""
_DAY_KEY = ("account_id", "day", "number_id", "country", "market", "category", "kind", "class_", "currency")
_ADD_DAYS = """
INSERT INTO provider_days AS d (lane, account_id, day, number_id, country, market, category, kind, class, currency,
  quantity, unpriced, amount_micros)
SELECT $1, n.* FROM unnest($2::uuid[], $3::date[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::text[], $11::bigint[], $12::bigint[], $13::bigint[]) AS n
ON CONFLICT (lane, account_id, day, number_id, country, market, category, kind, class, currency) DO UPDATE SET
  quantity = d.quantity + excluded.quantity, unpriced = d.unpriced + excluded.unpriced,
  amount_micros = d.amount_micros + excluded.amount_micros
"""
_TAKE_DAYS = """
UPDATE provider_days d SET quantity = d.quantity - n.quantity, unpriced = d.unpriced - n.unpriced,
  amount_micros = d.amount_micros - n.amount_micros
FROM unnest($2::uuid[], $3::date[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
  $11::bigint[], $12::bigint[], $13::bigint[])
  AS n (account_id, day, number_id, country, market, category, kind, class, currency, quantity, unpriced, amount_micros)
WHERE d.lane = $1 AND d.account_id = n.account_id AND d.day = n.day AND d.number_id = n.number_id AND d.country = n.country
  AND d.market = n.market AND d.category = n.category AND d.kind = n.kind AND d.class = n.class AND d.currency = n.currency
"""


class Delivery(NamedTuple):
    """A delivered message with what WhatsApp told of it."""

    account_id: UUID
    message_id: UUID
    chat_id: UUID
    number_id: UUID
    phone: str | None
    user_id: str | None
    at: datetime
    kind: Any
    category: str | None
    told: dict[str, Any] | None


class Inbound(NamedTuple):
    """A customer's message; ``referral``: it came from a free entry point."""

    message_id: UUID
    at: datetime
    referral: bool


async def take_news(tx: Tx, lane: int, limit: int) -> list[UUID]:
    """The oldest news, taken off the queue: about ``limit`` messages."""
    rows = await tx.fetch(_TAKE, lane, limit)
    return [message_id for row in rows for message_id in row["message_ids"]]


async def note_news(tx: Tx, lane: int, message_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Keep when customers wrote; answers with the chats to look at, and from which moment on."""
    rows = await tx.fetch(_NEWS, lane, message_ids)
    inbound = [row for row in rows if row["direction"] == "in"]
    if inbound:
        columns = [[row[name] for row in inbound] for name in ("account_id", "id", "chat_id", "at")]
        await tx.execute(_KEEP_INBOUNDS, lane, *columns)
    since: dict[UUID, datetime] = {}
    for row in rows:
        chat, at = (
            (row["chat_id"], row["at"]) if row["direction"] == "in" else (row["delivered_chat"], row["delivered_at"])
        )
        if chat is not None:
            since[chat] = min(since.get(chat, at), at)
    return since


async def deliveries_since(tx: Tx, lane: int, since: Mapping[UUID, datetime]) -> dict[UUID, list[Delivery]]:
    """Per chat, everything delivered from a moment on."""
    return _by_chat(await tx.fetch(_DELIVERIES, lane, list(since), list(since.values())))


async def openings_before(tx: Tx, lane: int, since: Mapping[UUID, datetime]) -> dict[UUID, list[Delivery]]:
    """Per chat, what opened a conversation or a free entry point that may still be open at a moment."""
    return _by_chat(await tx.fetch(_OPENINGS, lane, list(since), list(since.values()), OPENINGS_KEPT))


async def inbounds_around(tx: Tx, lane: int, since: Mapping[UUID, datetime]) -> dict[UUID, list[Inbound]]:
    """Per chat, when the customer wrote, as far back as it can matter from a moment on; each message once."""
    rows = await tx.fetch(_INBOUNDS, lane, list(since), list(since.values()), WINDOW, OPENINGS_KEPT)
    found: dict[UUID, dict[UUID, Inbound]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row["referral"]):
        found[row["chat_id"]][row["message_id"]] = Inbound(row["message_id"], row["at"], row["referral"])
    return {chat_id: list(inbounds.values()) for chat_id, inbounds in found.items()}


async def items_by_id(tx: Tx, lane: int, message_ids: Iterable[UUID]) -> dict[UUID, ItemRow]:
    """Rated items, by message."""
    return await items_where(tx, "lane = $1 AND message_id = ANY ($2::uuid[])", lane, list(message_ids))


async def items_where(tx: Tx, condition: str, *args: Any) -> dict[UUID, ItemRow]:
    """Rated items of a condition in SQL, by message."""
    rows = await tx.fetch(f"SELECT {', '.join(ITEM_COLUMNS)} FROM provider_items WHERE {condition}", *args)
    return {row["message_id"]: ItemRow(*row.values()) for row in rows}


async def write_items(tx: Tx, lane: int, items: Sequence[ItemRow]) -> None:
    """Put rows in, or in the place of their former selves."""
    names = ", ".join(ITEM_COLUMNS)
    shape = ", ".join(f"${n}::{_TYPES.get(name, 'text')}[]" for n, name in enumerate(ITEM_COLUMNS, 2))
    updates = ", ".join(
        f"{name} = excluded.{name}" for name in ITEM_COLUMNS if name not in ("account_id", "message_id")
    )
    await tx.execute(
        f"INSERT INTO provider_items (lane, {names}) SELECT $1, n.* FROM unnest({shape}) AS n"
        f" ON CONFLICT (lane, message_id) DO UPDATE SET {updates}",
        lane,
        *([getattr(item, name) for item in items] for name in ItemRow.__struct_fields__),
    )


async def keep_totals(tx: Tx, lane: int, changes: Iterable[tuple[ItemRow | None, ItemRow]]) -> None:
    """Bring the days up to date with items that changed: (what stood, what stands now)."""
    moved: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for before, after in changes:
        for item, sign in ((before, -1), (after, 1)):
            if item is not None:
                cell = moved[tuple(getattr(item, name) for name in _DAY_KEY)]
                cell["quantity"] += sign
                cell["unpriced"] += sign * (item.amount_micros is None)
                cell["amount_micros"] += sign * (item.amount_micros or 0)
    grown = {key: cell for key, cell in moved.items() if cell["quantity"] > 0 or any(cell.values())}
    more = {key: cell for key, cell in grown.items() if cell["quantity"] >= 0 and cell["unpriced"] >= 0}
    less = {key: cell for key, cell in grown.items() if key not in more}
    if more:
        await tx.execute(_ADD_DAYS, lane, *_day_columns(more, 1))
    if less:
        await tx.execute(_TAKE_DAYS, lane, *_day_columns(less, -1))
        days: set[date] = {key[1] for key in less}
        await tx.execute(
            "DELETE FROM provider_days WHERE lane = $1 AND account_id = ANY ($2::uuid[]) AND day = ANY ($3::date[])"
            " AND quantity = 0",
            lane,
            list({key[0] for key in less}),
            list(days),
        )


def copy_of(item: ItemRow) -> ItemRow:
    return msgspec.structs.replace(item)


def _day_columns(cells: Mapping[tuple[Any, ...], Counter[str]], sign: int) -> list[list[Any]]:
    columns: list[list[Any]] = [list(column) for column in zip(*cells, strict=True)]
    return columns + [
        [sign * cell[name] for cell in cells.values()] for name in ("quantity", "unpriced", "amount_micros")
    ]


def _by_chat(rows: Iterable[Row]) -> dict[UUID, list[Delivery]]:
    found: dict[UUID, list[Delivery]] = defaultdict(list)
    for row in rows:
        found[row["chat_id"]].append(Delivery(*row.values()))
    return found
