"""When two customers turn out to be one: their chats with the same number become one, the rest change hands.

Rare, so it goes pair by pair; everything in it is still bound to one account.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hobnob.billing import actions as billing
from hobnob.conversations import actions as conversations
from hobnob.inbox.events import emit_chat_removed
from hobnob.platform.database import Row, Tx

from .changes import Changes
from .people import Customer

_CHATS = """
SELECT id, number_id, customer_id, last_message_id, last_message_at FROM chats
WHERE lane = $1 AND account_id = $2 AND customer_id = ANY ($3::uuid[]) ORDER BY id FOR UPDATE
"""
_JOIN = """
UPDATE chats c SET
  state = CASE WHEN 'assigned' IN (c.state, f.state) THEN 'assigned' WHEN 'queue' IN (c.state, f.state) THEN 'queue'
               ELSE 'closed' END,
  assigned_agent_id = CASE WHEN f.state = 'assigned' AND c.state <> 'assigned'
                           THEN coalesce(f.assigned_agent_id, c.assigned_agent_id)
                           ELSE coalesce(c.assigned_agent_id, f.assigned_agent_id) END,
  unread_count = c.unread_count + f.unread_count,
  read_until = greatest(c.read_until, f.read_until),
  last_message_id = CASE WHEN f.newer THEN f.last_message_id ELSE c.last_message_id END,
  last_message_at = CASE WHEN f.newer THEN f.last_message_at WHEN f.empty THEN greatest(c.last_message_at, f.last_message_at)
                         ELSE c.last_message_at END,
  last_inbound_at = greatest(c.last_inbound_at, f.last_inbound_at),
  window_expires_at = greatest(c.window_expires_at, f.window_expires_at),
  created_at = least(c.created_at, f.created_at), updated_at = $5, version = greatest(c.version, f.version) + 1
FROM (
  SELECT f.*, coalesce(f.last_message_id, t.last_message_id) IS NULL AS empty, f.last_message_id IS NOT NULL AND (t.last_message_id IS NULL
    OR (f.last_message_at, f.last_message_id) > (t.last_message_at, t.last_message_id)) AS newer
  FROM chats f, chats t
  WHERE f.lane = $1 AND f.account_id = $2 AND f.id = $3 AND t.lane = $1 AND t.account_id = $2 AND t.id = $4
) f
WHERE c.lane = $1 AND c.account_id = $2 AND c.id = $4
"""


async def merge_customers(
    tx: Tx, lane: int, pairs: Sequence[tuple[Customer, Customer]], changes: Changes, now: datetime
) -> None:
    """Each pair is (from, into); the customers' own rows are written already."""
    for other, into in pairs:
        await _merge(tx, lane, into.account_id, other.id, into.id, changes, now)


async def _merge(
    tx: Tx, lane: int, account_id: UUID, from_id: UUID, into_id: UUID, changes: Changes, now: datetime
) -> None:
    rows = await tx.fetch(_CHATS, lane, account_id, [from_id, into_id])
    kept = {row["number_id"]: row for row in rows if row["customer_id"] == into_id}
    for chat in rows:
        if chat["customer_id"] == from_id:
            if chat["number_id"] in kept:
                await _join_chats(tx, lane, account_id, chat, kept[chat["number_id"]], into_id, changes, now)
            else:
                await _hand_over(tx, lane, account_id, chat["id"], into_id, changes, now)
    changes.customers[into_id] = account_id
    await tx.execute(
        "UPDATE customers SET merged_into = $4 WHERE lane = $1 AND account_id = $2 AND merged_into = $3",
        lane,
        account_id,
        from_id,
        into_id,
    )
    await tx.execute(
        "UPDATE customer_aliases SET customer_id = $4 WHERE lane = $1 AND account_id = $2 AND customer_id = $3",
        lane,
        account_id,
        from_id,
        into_id,
    )


async def _join_chats(
    tx: Tx,
    lane: int,
    account_id: UUID,
    chat: Row,
    kept: Row,
    customer_id: UUID,
    changes: Changes,
    now: datetime,
) -> None:
    for table in ("messages", "outbox"):
        await tx.execute(
            f"UPDATE {table} SET chat_id = $4 WHERE lane = $1 AND account_id = $2 AND chat_id = $3",
            lane,
            account_id,
            chat["id"],
            kept["id"],
        )
    # The receipt of the chat that stays covers what was read in it; the other's is given by the next reading.
    await tx.execute(
        "DELETE FROM read_receipts WHERE lane = $1 AND account_id = $2 AND chat_id = $3", lane, account_id, chat["id"]
    )
    await tx.execute(_JOIN, lane, account_id, chat["id"], kept["id"], now)
    await tx.execute("DELETE FROM chats WHERE lane = $1 AND account_id = $2 AND id = $3", lane, account_id, chat["id"])
    await billing.merge_provider_chats(tx, lane, account_id, chat["id"], kept["id"])
    changes.applied(
        await conversations.merge_chats(tx, lane, account_id, chat["id"], kept["id"], now, customer_id=customer_id)
    )
    changes.wrote_chats([(account_id, kept["id"])])
    emit_chat_removed(tx, account_id, chat["id"], kept["id"])


async def _hand_over(
    tx: Tx, lane: int, account_id: UUID, chat_id: UUID, customer_id: UUID, changes: Changes, now: datetime
) -> None:
    await tx.execute(
        "UPDATE chats SET customer_id = $4, version = version + 1, updated_at = $5"
        " WHERE lane = $1 AND account_id = $2 AND id = $3",
        lane,
        account_id,
        chat_id,
        customer_id,
        now,
    )
    changes.applied(
        await conversations.merge_chats(tx, lane, account_id, chat_id, chat_id, now, customer_id=customer_id)
    )
    changes.wrote_chats([(account_id, chat_id)])
