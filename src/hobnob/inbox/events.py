"""Tells the browsers what changed: fetches the views of all that a batch touched, and emits them with the commit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from hobnob.platform.database import Tx

from .types import ChatEvent, ChatRemovedEvent, CustomerEvent, MessageEvent
from .views import chat_views, customer_views, message_views


async def emit_changes(
    tx: Tx,
    lane: int,
    now: datetime,
    message_ids: Collection[UUID] = (),
    chat_ids: Collection[UUID] = (),
    customer_ids: Collection[UUID] = (),
) -> None:
    """Emit the present state of these messages, chats and customers to the browsers of their accounts.

    Works in account and in lane transactions. Whoever changes a row raises its ``version`` in the same statement; what
    changed only in another table (a charge, a tick of the last message) is raised with `touch` first, because browsers
    take only newer versions. ``now`` is the real time.
    """
    for account_id, customer in (await customer_views(tx, lane, customer_ids)).values():
        tx.emit(account_id, CustomerEvent(customer))
    for account_id, message in (await message_views(tx, lane, message_ids)).values():
        tx.emit(account_id, MessageEvent(message))
    for account_id, chat in (await chat_views(tx, lane, chat_ids, now)).values():
        tx.emit(account_id, ChatEvent(chat))


async def touch(
    tx: Tx, lane: int, now: datetime, *, message_ids: Collection[UUID] = (), chat_ids: Collection[UUID] = ()
) -> None:
    """Raise the versions of rows whose views changed because of another table. Chats first: the order of locks."""
    if chat_ids:
        await tx.execute(
            "UPDATE chats c SET version = c.version + 1, updated_at = $3 FROM (SELECT id FROM chats"
            " WHERE lane = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE) l WHERE c.lane = $1 AND c.id = l.id",
            lane,
            list(chat_ids),
            now,
        )
    if message_ids:
        await tx.execute(
            "UPDATE messages SET version = version + 1 WHERE lane = $1 AND id = ANY ($2::uuid[])",
            lane,
            list(message_ids),
        )


async def files_ready(tx: Tx, lane: int, now: datetime, message_ids: Collection[UUID]) -> None:
    """The files of these messages are here, or will never be."""
    await touch(tx, lane, now, message_ids=message_ids)
    await emit_changes(tx, lane, now, message_ids)


def emit_chat_removed(tx: Tx, account_id: UUID, chat_id: UUID, merged_into: UUID | None) -> None:
    """Tell that a chat is gone because its customer and another were one person."""
    tx.emit(account_id, ChatRemovedEvent(chat_id, merged_into))
