"""What the conversations room reads. Every list of ids is answered by one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar, cast
from uuid import UUID

import msgspec

from hobnob.billing import actions as billing
from hobnob.billing.types import ChargeBrief
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Row, Tx

from .rules import CONVERSATION_LENGTH, REFERRAL_LENGTH, Category, Delivered, Kind, Opening, RuleSetAt, joins, per_chat
from .types import Conversation, MessageConversation, Outcome

_COLUMNS = "c.id, c.category, c.opened_at, c.expires_at, c.amount_micros, c.currency, c.rule, c.charge_id"


class StoredDelivery(msgspec.Struct, frozen=True):
    """A delivery as it is kept, with what it was decided to be."""

    message_id: UUID
    account_id: UUID
    chat_id: UUID
    number_id: UUID
    customer_id: UUID
    customer_phone: str | None
    customer_user_id: str | None
    sent_at: datetime
    delivered_at: datetime
    kind: Kind
    category: str | None
    outcome: Outcome | None
    conversation_id: UUID | None

    @property
    def delivered(self) -> Delivered[UUID]:
        return Delivered(self.message_id, self.delivered_at, self.kind, self.category, self.sent_at)


DELIVERY_COLUMNS = ", ".join(StoredDelivery.__struct_fields__)


class StoredOpening(msgspec.Struct, frozen=True):
    """A conversation as it stands, or as it was when it was withdrawn."""

    id: UUID
    account_id: UUID
    chat_id: UUID
    category: Category
    opened_at: datetime
    opener_sent_at: datetime
    revision: int
    withdrawn: bool

    @property
    def opening(self) -> Opening[UUID]:
        return Opening(self.id, self.opened_at, self.category, self.opener_sent_at)


T = TypeVar("T", StoredDelivery, StoredOpening)
_OPENING_COLUMNS = ", ".join(StoredOpening.__struct_fields__)


async def deliveries_since(tx: Tx, lane: int, starts: Mapping[UUID, datetime]) -> dict[UUID, list[StoredDelivery]]:
    """Per chat, everything delivered from a moment on, in time order."""
    rows = await tx.fetch(
        f"SELECT {', '.join('d.' + name for name in StoredDelivery.__struct_fields__)} FROM conversation_deliveries d"
        " JOIN unnest($2::uuid[], $3::timestamptz[]) AS n (chat_id, since) ON d.chat_id = n.chat_id"
        " WHERE d.lane = $1 AND d.delivered_at >= n.since ORDER BY d.delivered_at, d.sent_at, d.message_id",
        lane,
        list(starts),
        list(starts.values()),
    )
    return _by_chat(StoredDelivery(**dict(row)) for row in rows)


async def standing_since(tx: Tx, lane: int, starts: Mapping[UUID, datetime]) -> dict[UUID, list[StoredOpening]]:
    """Per chat, the conversations that end after a moment, in time order."""
    rows = await tx.fetch(
        f"SELECT {', '.join('c.' + name for name in StoredOpening.__struct_fields__)} FROM conversations c"
        " JOIN unnest($2::uuid[], $3::timestamptz[]) AS n (chat_id, since) ON c.chat_id = n.chat_id"
        " WHERE c.lane = $1 AND NOT c.withdrawn AND c.opened_at > n.since"
        " ORDER BY c.opened_at, c.opener_sent_at, c.id",
        lane,
        list(starts),
        [since - CONVERSATION_LENGTH for since in starts.values()],
    )
    return _by_chat(StoredOpening(**dict(row)) for row in rows)


async def openings_by_id(tx: Tx, lane: int, ids: Sequence[UUID]) -> dict[UUID, StoredOpening]:
    """Conversations by id, withdrawn ones too."""
    rows = await tx.fetch(
        f"SELECT {_OPENING_COLUMNS} FROM conversations WHERE lane = $1 AND id = ANY ($2::uuid[])", lane, ids
    )
    return {row["id"]: StoredOpening(**dict(row)) for row in rows}


async def referrals_since(tx: Tx, lane: int, starts: Mapping[UUID, datetime]) -> dict[UUID, list[datetime]]:
    """Per chat, when the customer came from a free entry point, as far back as it can matter from a moment on."""
    rows = await tx.fetch(
        "SELECT r.chat_id, r.at FROM conversation_referrals r"
        " JOIN unnest($2::uuid[], $3::timestamptz[]) AS n (chat_id, since) ON r.chat_id = n.chat_id"
        " WHERE r.lane = $1 AND r.at > n.since ORDER BY r.at",
        lane,
        list(starts),
        [since - REFERRAL_LENGTH for since in starts.values()],
    )
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for row in rows:
        found[row["chat_id"]].append(row["at"])
    return found


async def conversation_at(
    tx: Tx, tenant: Tenant, chat_id: UUID, at: datetime, kind: Kind = "free_form", category: str | None = None
) -> Conversation | None:
    """The conversation that such a message belongs to when it is delivered at a moment, if one is open."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS}, c.opener_sent_at FROM conversations c WHERE c.lane = $1 AND c.account_id = $2"
        " AND c.chat_id = $3 AND NOT c.withdrawn AND c.opened_at <= $4 AND c.expires_at > $4"
        " ORDER BY c.opened_at, c.opener_sent_at, c.id",
        tenant.lane,
        tenant.account_id,
        chat_id,
        at,
    )
    if not rows:
        return None
    rules = await billing.rule_sets(tx, tenant.lane, [tenant.account_id])
    rule_set = cast("RuleSetAt", rules.get(tenant.account_id, per_chat))(at)
    openings = [Opening(row["id"], row["opened_at"], row["category"], row["opener_sent_at"]) for row in rows]
    joined = joins(openings, at, kind, category, rule_set)
    return next((_conversation(row) for row in rows if joined is not None and row["id"] == joined.id), None)


async def open_conversations(tx: Tx, lane: int, chat_ids: Iterable[UUID], now: datetime) -> dict[UUID, Conversation]:
    """The open conversation of each chat that has one."""
    rows = await tx.fetch(
        f"SELECT DISTINCT ON (c.chat_id) c.chat_id, {_COLUMNS} FROM conversations c"
        " WHERE c.lane = $1 AND c.chat_id = ANY ($2::uuid[]) AND NOT c.withdrawn AND c.expires_at > $3"
        " ORDER BY c.chat_id, c.opened_at DESC",
        lane,
        list(chat_ids),
        now,
    )
    return {row["chat_id"]: _conversation(row) for row in rows}


async def views_of_messages(tx: Tx, lane: int, message_ids: Iterable[UUID]) -> dict[UUID, MessageConversation]:
    """Where delivered messages belong, and what the one that opened a conversation cost."""
    rows = await tx.fetch(
        "SELECT d.message_id, d.outcome, d.conversation_id, c.amount_micros, c.currency, c.rule"
        " FROM conversation_deliveries d LEFT JOIN conversations c"
        "  ON c.lane = d.lane AND c.id = d.message_id AND NOT c.withdrawn"
        " WHERE d.lane = $1 AND d.message_id = ANY ($2::uuid[]) AND d.outcome IS NOT NULL",
        lane,
        list(message_ids),
    )
    return {row["message_id"]: _message(row) for row in rows}


def _by_chat(items: Iterable[T]) -> dict[UUID, list[T]]:
    found: dict[UUID, list[T]] = defaultdict(list)
    for item in items:
        found[item.chat_id].append(item)
    return found


def _conversation(row: Row) -> Conversation:
    return Conversation(
        id=row["id"],
        category=row["category"],
        opened_at=row["opened_at"],
        expires_at=row["expires_at"],
        opening_message_id=row["id"],
        amount_micros=row["amount_micros"],
        currency=row["currency"],
        rule=row["rule"],
        charge_id=row["charge_id"],
    )


def _message(row: Row) -> MessageConversation:
    charge = None
    if row["outcome"] == "opened" and row["amount_micros"] is not None:
        charge = ChargeBrief(row["amount_micros"], row["currency"], row["rule"])
    return MessageConversation(row["conversation_id"], row["outcome"], charge)
