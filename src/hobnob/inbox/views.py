"""Rows to views, set-based: every function takes many ids and asks a fixed number of questions.

The functions answer ``{id: (account id, view)}`` in no particular order, and leave out ids that do not exist (or that
row-level security hides).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from hobnob.conversations import actions as conversations
from hobnob.conversations.types import Conversation, MessageConversation
from hobnob.kernel.identity import country_of, display_name, format_phone
from hobnob.media import actions as media
from hobnob.media.types import MediaView
from hobnob.platform.database import Row, Tx
from hobnob.team import actions as team

from .types import (
    ChatView,
    CustomerBrief,
    CustomerView,
    LastMessage,
    MessageView,
    Quote,
    ReactionView,
    SendProblem,
    SentBy,
    Status,
)

PHONES_KEPT = 20_000
# From the furthest tick back. A failure counts only until WhatsApp says the message arrived after all.
_TICKS: tuple[tuple[str, Status], ...] = (
    ("played_at", "played"),
    ("read_at", "read"),
    ("delivered_at", "delivered"),
    ("failed_at", "failed"),
    ("sent_at", "sent"),
)
_STATUSES = ("queued", "sent", "delivered", "read", "played", "failed")

_MESSAGES = """
SELECT m.account_id, m.id, m.chat_id, m.direction, m.type, m.wamid, m.at, m.content, m.target_wamid, m.agent_id,
       m.queued_at, m.sent_at, m.delivered_at, m.read_at, m.played_at, m.failed_at, m.error, m.reactions,
       m.edited_at, m.revoked_at, m.version, q.id AS quoted_id, q.preview AS quoted_preview, m.sending_at
FROM messages m
LEFT JOIN messages q ON q.lane = m.lane AND q.account_id = m.account_id AND q.wamid = m.target_wamid
WHERE m.lane = $1 AND m.id = ANY ($2::uuid[]) AND NOT m.hidden
"""

_CHATS = """
SELECT c.account_id, c.id, c.number_id, c.customer_id, c.state, c.assigned_agent_id, c.unread_count,
       c.last_message_at, c.window_expires_at, c.version, c.updated_at,
       u.phone, u.user_id, u.username, u.profile_name, u.name,
       m.id AS message_id, m.direction, m.type, m.preview, m.at, m.wamid,
       m.sent_at, m.delivered_at, m.read_at, m.played_at, m.failed_at, m.sending_at
FROM chats c
JOIN customers u ON u.lane = c.lane AND u.account_id = c.account_id AND u.id = c.customer_id
LEFT JOIN messages m ON m.lane = c.lane AND m.account_id = c.account_id AND m.id = c.last_message_id
WHERE c.lane = $1 AND c.id = ANY ($2::uuid[])
"""

_CUSTOMERS = """
SELECT u.account_id, u.id, u.phone, u.user_id, u.username, u.profile_name, u.name, u.created_at, u.first_seen_at,
       u.last_seen_at, u.blocked,
       (SELECT count(*) FROM chats c WHERE c.lane = u.lane AND c.account_id = u.account_id AND c.customer_id = u.id)
         AS chats_count
FROM customers u
WHERE u.lane = $1 AND u.id = ANY ($2::uuid[])
"""


# Reading a phone number takes tens of microseconds, and the same chats are shown again and again.
_formatted = lru_cache(PHONES_KEPT)(format_phone)
_country = lru_cache(PHONES_KEPT)(country_of)


async def message_views(tx: Tx, lane: int, ids: Collection[UUID]) -> dict[UUID, tuple[UUID, MessageView]]:
    """Messages as the thread shows them; hidden ones (reactions, edits, revokes) are never shown by themselves."""
    if not ids:
        return {}
    rows = await tx.fetch(_MESSAGES, lane, list(ids))
    files = await media.views(tx, lane, [file_id for row in rows if (file_id := _file_of(row["content"]))])
    owners, agents = {row["account_id"] for row in rows}, {row["agent_id"] for row in rows if row["agent_id"]}
    names = await team.agent_names(tx, lane, list(owners), list(agents))
    ours = [row["id"] for row in rows if row["direction"] == "out"]
    billed = await conversations.views_of_messages(tx, lane, ours) if ours else {}
    return {row["id"]: (row["account_id"], _message(row, files, names, billed.get(row["id"]))) for row in rows}


async def chat_views(tx: Tx, lane: int, ids: Collection[UUID], now: datetime) -> dict[UUID, tuple[UUID, ChatView]]:
    """Chats as the list shows them, each with its last message and its open conversation."""
    if not ids:
        return {}
    rows = await tx.fetch(_CHATS, lane, list(ids))
    current = await _open_conversations(tx, lane, rows, now)
    return {row["id"]: (row["account_id"], _chat(row, current.get(row["id"]))) for row in rows}


async def customer_views(tx: Tx, lane: int, ids: Collection[UUID]) -> dict[UUID, tuple[UUID, CustomerView]]:
    """Customers as the side panel shows them."""
    if not ids:
        return {}
    rows = await tx.fetch(_CUSTOMERS, lane, list(ids))
    return {row["id"]: (row["account_id"], _customer(row)) for row in rows}


async def _open_conversations(tx: Tx, lane: int, rows: Sequence[Row], now: datetime) -> dict[UUID, Conversation]:
    """The chats' open conversations, each by its account's own clock, which may run ahead but never behind."""
    found = await conversations.open_conversations(tx, lane, [row["id"] for row in rows], now)
    if not found:
        return {}
    owners = {row["id"]: row["account_id"] for row in rows if row["id"] in found}
    accounts = await team.accounts_in(tx, lane, list(set(owners.values())))
    return {
        chat_id: conversation
        for chat_id, conversation in found.items()
        if conversation.expires_at > now + timedelta(seconds=accounts[owners[chat_id]].clock_ahead_s)
    }


def status_of(row: Row) -> Status:
    """The furthest tick of a message row."""
    if row["direction"] == "in":
        return "received"
    for column, status in _TICKS:
        if row[column] is not None:
            return status
    return "sending" if row["wamid"] is not None or row["sending_at"] is not None else "queued"


def brief_of(row: Row, id_column: str = "id") -> CustomerBrief:
    """A customer in few words, from any row with the customer's columns."""
    phone = row["phone"]
    phone_formatted = _formatted(phone) if phone else None
    return CustomerBrief(
        id=row[id_column],
        name=display_name(row["name"], row["profile_name"], phone_formatted, row["username"], row["user_id"]),
        phone=phone,
        phone_formatted=phone_formatted,
        user_id=row["user_id"],
        username=row["username"],
        country=_country(phone, row["user_id"]),
    )


def _file_of(content: dict[str, Any]) -> UUID | None:
    file_id = content.get("media_id") or content.get("header_media_id")
    return UUID(file_id) if file_id else None


def _message(
    row: Row, files: dict[UUID, MediaView], names: dict[UUID, str], billed: MessageConversation | None
) -> MessageView:
    content = row["content"]
    file_id = _file_of(content)
    forwarded = bool(content.pop("forwarded", False))
    if file_id is not None:
        content.pop("media_id", None)
        content.pop("header_media_id", None)
        if (file := files.get(file_id)) is not None:
            content["media"] = file
    quote = Quote(row["quoted_id"], row["target_wamid"], row["quoted_preview"]) if row["target_wamid"] else None
    return MessageView(
        id=row["id"],
        chat_id=row["chat_id"],
        direction=row["direction"],
        type=row["type"],
        content=content,
        context=quote,
        at=row["at"],
        sent_by=SentBy(row["agent_id"], names.get(row["agent_id"], "")) if row["agent_id"] else None,
        status=status_of(row),
        statuses={name: at for name in _STATUSES if (at := row[f"{name}_at"]) is not None},
        error=msgspec.convert(row["error"], SendProblem) if row["error"] else None,
        reactions=[ReactionView(given["by"], given["emoji"]) for given in row["reactions"] if given["emoji"]],
        edited_at=row["edited_at"],
        revoked_at=row["revoked_at"],
        forwarded=forwarded,
        conversation_id=billed.conversation_id if billed else None,
        charge=billed.charge if billed else None,
        wamid=row["wamid"],
        version=row["version"],
    )


def _chat(row: Row, conversation: Conversation | None) -> ChatView:
    last = None
    if row["message_id"] is not None:
        status = status_of(row) if row["direction"] == "out" else None
        last = LastMessage(row["message_id"], row["direction"], row["type"], row["preview"], status, row["at"])
    return ChatView(
        id=row["id"],
        number_id=row["number_id"],
        customer=brief_of(row, "customer_id"),
        state=row["state"],
        assigned_agent_id=row["assigned_agent_id"],
        unread_count=row["unread_count"],
        last_message=last,
        last_message_at=row["last_message_at"],
        window_expires_at=row["window_expires_at"],
        conversation=conversation,
        version=row["version"],
        updated_at=row["updated_at"],
    )


def _customer(row: Row) -> CustomerView:
    brief = brief_of(row)
    return CustomerView(
        id=brief.id,
        name=brief.name,
        phone=brief.phone,
        phone_formatted=brief.phone_formatted,
        user_id=brief.user_id,
        username=brief.username,
        country=brief.country,
        profile_name=row["profile_name"],
        created_at=row["created_at"],
        chats_count=row["chats_count"],
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        language=None,
        blocked=row["blocked"],
    )
