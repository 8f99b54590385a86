"""What was delivered, as it is kept: which reports are news, and their rows with what they were decided to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from hobnob.platform.database import Tx

from .queries import DELIVERY_COLUMNS, StoredDelivery
from .types import Delivery, Outcome

Decided = tuple[StoredDelivery, Outcome, UUID | None]

_NAMES = StoredDelivery.__struct_fields__
_TEXTS = {"customer_phone", "customer_user_id", "kind", "category", "outcome"}
_TIMES = {"sent_at", "delivered_at"}
_SHAPE = ", ".join(
    f"${n}::{'text' if name in _TEXTS else 'timestamptz' if name in _TIMES else 'uuid'}[]"
    for n, name in enumerate(_NAMES, 2)
)


async def news(
    tx: Tx, lane: int, deliveries: Iterable[Delivery]
) -> tuple[dict[UUID, StoredDelivery], list[StoredDelivery]]:
    """Messages not yet known as delivered, by id, which are to be kept with `insert` once they are decided; and known ones
    that were told with an earlier time, which is kept now. The lane's lease keeps others from telling meanwhile."""
    first = _earliest(deliveries)
    rows = await tx.fetch(
        "SELECT message_id, delivered_at FROM conversation_deliveries WHERE lane = $1 AND message_id = ANY ($2::uuid[])",
        lane,
        list(first),
    )
    known: dict[UUID, datetime] = {row["message_id"]: row["delivered_at"] for row in rows}
    fresh = {key: _stored(delivery) for key, delivery in first.items() if key not in known}
    earlier = [first[key] for key, at in known.items() if first[key].delivered_at < at]
    return fresh, await _move(tx, lane, earlier) if earlier else []


async def insert(tx: Tx, lane: int, decided: Sequence[Decided]) -> None:
    """Keep messages with what they were decided to be."""
    deliveries = [delivery for delivery, _, _ in decided]
    columns = {name: [getattr(delivery, name) for delivery in deliveries] for name in _NAMES}
    columns["outcome"] = [outcome for _, outcome, _ in decided]
    columns["conversation_id"] = [conversation_id for _, _, conversation_id in decided]
    await _insert(tx, lane, columns)


async def insert_undecided(tx: Tx, lane: int, deliveries: Sequence[StoredDelivery]) -> None:
    """Keep messages of chats whose chain is computed again."""
    await _insert(tx, lane, {name: [getattr(delivery, name) for delivery in deliveries] for name in _NAMES})


async def decide_again(tx: Tx, lane: int, decided: Sequence[Decided]) -> None:
    """Change what kept messages were decided to be."""
    await tx.execute(
        "UPDATE conversation_deliveries d SET outcome = n.outcome, conversation_id = n.conversation_id"
        " FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[])"
        " AS n (account_id, message_id, outcome, conversation_id)"
        " WHERE d.lane = $1 AND d.account_id = n.account_id AND d.message_id = n.message_id",
        lane,
        [delivery.account_id for delivery, _, _ in decided],
        [delivery.message_id for delivery, _, _ in decided],
        [outcome for _, outcome, _ in decided],
        [conversation_id for _, _, conversation_id in decided],
    )


async def _insert(tx: Tx, lane: int, columns: dict[str, list[object]]) -> None:
    await tx.execute(
        f"INSERT INTO conversation_deliveries (lane, {DELIVERY_COLUMNS}) SELECT $1, n.* FROM unnest({_SHAPE}) AS n",
        lane,
        *columns.values(),
    )


async def _move(tx: Tx, lane: int, earlier: Sequence[Delivery]) -> list[StoredDelivery]:
    rows = await tx.fetch(
        "UPDATE conversation_deliveries d SET delivered_at = n.delivered_at, sent_at = least(d.sent_at, n.sent_at)"
        " FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])"
        " AS n (account_id, message_id, delivered_at, sent_at)"
        " WHERE d.lane = $1 AND d.account_id = n.account_id AND d.message_id = n.message_id"
        f" RETURNING {', '.join('d.' + name for name in _NAMES)}",
        lane,
        [delivery.account_id for delivery in earlier],
        [delivery.message_id for delivery in earlier],
        [delivery.delivered_at for delivery in earlier],
        [delivery.sent_at or delivery.delivered_at for delivery in earlier],
    )
    return [StoredDelivery(**dict(row)) for row in rows]


def _stored(delivery: Delivery) -> StoredDelivery:
    return StoredDelivery(
        message_id=delivery.message_id,
        account_id=delivery.account_id,
        chat_id=delivery.chat_id,
        number_id=delivery.number_id,
        customer_id=delivery.customer_id,
        customer_phone=delivery.customer_phone,
        customer_user_id=delivery.customer_user_id,
        sent_at=delivery.sent_at or delivery.delivered_at,
        delivered_at=delivery.delivered_at,
        kind=delivery.kind,
        category=delivery.category,
        outcome=None,
        conversation_id=None,
    )


def _earliest(deliveries: Iterable[Delivery]) -> dict[UUID, Delivery]:
    """Of each message its earliest delivery."""
    first: dict[UUID, Delivery] = {}
    for delivery in deliveries:
        known = first.get(delivery.message_id)
        if known is None or delivery.delivered_at < known.delivered_at:
            first[delivery.message_id] = delivery
    return first
