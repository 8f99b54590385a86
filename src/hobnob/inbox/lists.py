"""What the dashboard reads: pages of chats, pages of a thread, one chat, one customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.ids import Tenant
from hobnob.kernel.pages import Cursor, Page, decode_cursor, encode_cursor
from hobnob.numbers import actions as numbers
from hobnob.platform.database import Row, Tx

from . import queries, search
from .errors import ChatNotFound, CustomerNotFound, MessageNotFound
from .types import ChatFilter, ChatView, CustomerView, MessagePage, MessageView
from .views import chat_views, customer_views, message_views


async def list_chats(
    tx: Tx,
    tenant: Tenant,
    now: datetime,
    *,
    filter: ChatFilter,
    number_id: UUID | None,
    q: str | None,
    after: str | None,
    limit: int,
) -> Page[ChatView]:
    """One page of chats, the newest last message first. ``now`` is the real time."""
    key = decode_cursor(after)
    number_ids = [number_id] if number_id else await numbers.number_ids(tx, tenant)
    terms = search.terms_of_query(q or "")
    if terms:
        rows, goes_on = await search.search_chats(tx, tenant, terms, number_ids, filter=filter, after=key, limit=limit)
    else:
        rows = await queries.chat_page(tx, tenant, number_ids, filter, key, limit + 1)
        goes_on = Cursor(rows[limit - 1]["last_message_at"], rows[limit - 1]["id"]) if len(rows) > limit else None
        rows = rows[:limit]
    views = await chat_views(tx, tenant.lane, [row["id"] for row in rows], now)
    items = [views[row["id"]][1] for row in rows if row["id"] in views]
    return Page(items, encode_cursor(goes_on.at, goes_on.id) if goes_on else None)


async def one_chat(tx: Tx, tenant: Tenant, chat_id: UUID, now: datetime) -> ChatView:
    """Raises ChatNotFound."""
    found = await chat_views(tx, tenant.lane, [chat_id], now)
    if chat_id not in found:
        raise ChatNotFound
    return found[chat_id][1]


async def one_customer(tx: Tx, tenant: Tenant, customer_id: UUID) -> CustomerView:
    """Raises CustomerNotFound."""
    found = await customer_views(tx, tenant.lane, [customer_id])
    if customer_id not in found:
        raise CustomerNotFound
    return found[customer_id][1]


async def one_message(tx: Tx, tenant: Tenant, message_id: UUID) -> MessageView:
    """Raises MessageNotFound."""
    found = await message_views(tx, tenant.lane, [message_id])
    if message_id not in found:
        raise MessageNotFound
    return found[message_id][1]


async def thread(
    tx: Tx,
    tenant: Tenant,
    chat_id: UUID,
    *,
    before: str | None,
    after: str | None,
    around: UUID | None,
    limit: int,
) -> MessagePage:
    """One page of a chat's messages, newest first. At most one of ``before``, ``after`` and ``around`` is given."""
    if sum(given is not None for given in (before, after, around)) > 1:
        raise InvalidInput(
            "Give one of before, after and around, not several.", fields=[("before", "one of before, after, around")]
        )
    if not await queries.chat_exists(tx, tenant, chat_id):
        raise ChatNotFound
    if around is not None:
        return await _around(tx, tenant, chat_id, around, limit)
    if after is not None:
        rows = await queries.thread_page(tx, tenant, chat_id, decode_cursor(after), limit + 1, newer=True)
        shown = rows[:limit][::-1]
        return await _page(tx, tenant, shown, older=bool(shown), newer=len(rows) > limit)
    rows = await queries.thread_page(tx, tenant, chat_id, decode_cursor(before), limit + 1)
    return await _page(tx, tenant, rows[:limit], older=len(rows) > limit, newer=False)


async def _around(tx: Tx, tenant: Tenant, chat_id: UUID, message_id: UUID, limit: int) -> MessagePage:
    place = await queries.place_in_thread(tx, tenant, chat_id, message_id)
    if place is None:
        raise MessageNotFound
    half = max(limit // 2, 1)
    newer = await queries.thread_page(tx, tenant, chat_id, place, half + 1, newer=True)
    older = await queries.thread_page(tx, tenant, chat_id, place, half + 1)
    ids = [*(row["id"] for row in newer[:half][::-1]), message_id, *(row["id"] for row in older[:half])]
    places = {row["id"]: Cursor(row["at"], row["id"]) for row in [*newer, *older]} | {message_id: place}
    views = await message_views(tx, tenant.lane, ids)
    return MessagePage(
        [views[message_id][1] for message_id in ids],
        _encoded(places[ids[-1]]) if len(older) > half else None,
        previous=_encoded(places[ids[0]]) if len(newer) > half else None,
    )


async def _page(tx: Tx, tenant: Tenant, rows: Sequence[Row], *, older: bool, newer: bool) -> MessagePage:
    views = await message_views(tx, tenant.lane, [row["id"] for row in rows])
    keys = [Cursor(row["at"], row["id"]) for row in rows]
    return MessagePage(
        [views[row["id"]][1] for row in rows],
        _encoded(keys[-1]) if older and keys else None,
        previous=_encoded(keys[0]) if newer and keys else None,
    )


def _encoded(key: Cursor) -> str:
    return encode_cursor(key.at, key.id)
