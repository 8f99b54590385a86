"""News for the meter, written where they happen; the lane's job rates them soon after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from hobnob.platform.database import Tx

ROW_MAX_MESSAGES = 300


async def note(tx: Tx, lane: int, messages: Mapping[UUID, Sequence[UUID]]) -> None:
    """Per account, messages that customers wrote, that reached a customer, or whose price was told. One statement; an
    account's part of a batch is one row, or a few when it is long."""
    parts = [
        (account_id, ids[start : start + ROW_MAX_MESSAGES])
        for account_id, ids in messages.items()
        for start in range(0, len(ids), ROW_MAX_MESSAGES)
    ]
    if parts:
        await tx.execute(
            "INSERT INTO provider_queue (lane, account_id, message_ids)"
            " SELECT $1, a, string_to_array(ids, ',')::uuid[] FROM unnest($2::uuid[], $3::text[]) AS n (a, ids)",
            lane,
            [account_id for account_id, _ in parts],
            [",".join(map(str, ids)) for _, ids in parts],
        )


async def merge_chats(tx: Tx, lane: int, account_id: UUID, from_chat: UUID, into_chat: UUID) -> None:
    """Two chats turn out to be one: what was rated moves, and is rated again from the first thing that moves on. To be
    called before the conversations move."""
    first = [
        await tx.fetchval(
            f"SELECT message_id FROM {table} WHERE lane = $1 AND account_id = $2 AND chat_id = $3 ORDER BY {at} LIMIT 1",
            lane,
            account_id,
            from_chat,
        )
        for table, at in (("conversation_deliveries", "delivered_at"), ("provider_inbounds", "at"))
    ]
    for table in ("provider_items", "provider_inbounds"):
        await tx.execute(
            f"UPDATE {table} SET chat_id = $4 WHERE lane = $1 AND account_id = $2 AND chat_id = $3",
            lane,
            account_id,
            from_chat,
            into_chat,
        )
    await note(tx, lane, {account_id: [message_id for message_id in first if message_id is not None]})
