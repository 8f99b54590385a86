"""SQL of the dashboard's reads: lists by key, never by counting, with a bounded number of rows touched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hobnob.kernel.ids import Tenant
from hobnob.kernel.pages import Cursor
from hobnob.platform.database import Row, Tx

from .types import ChatFilter

# Each is the predicate of one partial index over (lane, number_id, last_message_at DESC, id DESC).
_FILTERS: dict[ChatFilter, str] = {
    "all": "c.state <> 'closed'",
    "unread": "c.unread_count > 0",
    "closed": "c.state = 'closed'",
}
# Over this many matches a search walks the list itself instead of collecting them.
SEARCH_MATCHES_MAX = 3_000
SEARCH_WALK_CHATS_MAX = 10_000
MAX_TERM = "\U0010ffff"


async def chat_page(
    tx: Tx, tenant: Tenant, number_ids: Sequence[UUID], filter: ChatFilter, after: Cursor | None, limit: int
) -> list[Row]:
    """``limit`` chats (id, last_message_at) of these numbers, newest first, beyond ``after``: the numbers' lists, merged."""
    return await tx.fetch(
        f"""
        SELECT p.id, p.last_message_at FROM unnest($3::uuid[]) AS n (id) CROSS JOIN LATERAL (
          SELECT c.id, c.last_message_at FROM chats c
          WHERE c.lane = $1 AND c.account_id = $2 AND c.number_id = n.id AND {_FILTERS[filter]}{_beyond(after)}
          ORDER BY c.last_message_at DESC, c.id DESC LIMIT $4
        ) p ORDER BY p.last_message_at DESC, p.id DESC LIMIT $4
        """,
        tenant.lane,
        tenant.account_id,
        list(number_ids),
        limit,
        *_key(after),
    )


async def is_frequent(tx: Tx, tenant: Tenant, terms: Sequence[str]) -> bool:
    """Whether more than ``SEARCH_MATCHES_MAX`` customers have a word beginning like each of the terms."""
    return bool(
        await tx.fetchval(
            f"SELECT count(*) > {SEARCH_MATCHES_MAX} FROM ({_matching(terms, 3)} LIMIT {SEARCH_MATCHES_MAX + 1}) f",
            tenant.lane,
            tenant.account_id,
            *_bounds(terms),
        )
    )


async def chats_of_matching(
    tx: Tx,
    tenant: Tenant,
    terms: Sequence[str],
    number_ids: Sequence[UUID],
    *,
    filter: ChatFilter,
    after: Cursor | None,
    limit: int,
) -> list[Row]:
    """As `chat_page`, only chats with customers who match; for terms that are not frequent."""
    first = 5 + 2 * len(terms)
    return await tx.fetch(
        f"""
        SELECT c.id, c.last_message_at FROM chats c
        WHERE c.lane = $1 AND c.account_id = $2 AND c.number_id = ANY ($3::uuid[])
          AND c.customer_id = ANY (ARRAY({_matching(terms, 5)})) AND {_FILTERS[filter]}{_beyond(after, first)}
        ORDER BY c.last_message_at DESC, c.id DESC LIMIT $4
        """,
        tenant.lane,
        tenant.account_id,
        list(number_ids),
        limit,
        *_bounds(terms),
        *_key(after),
    )


async def chats_matching(tx: Tx, tenant: Tenant, chat_ids: Sequence[UUID], terms: Sequence[str]) -> set[UUID]:
    """Which of these chats are with a customer who has a word beginning like each of the terms."""
    rows = await tx.fetch(
        f"""
        SELECT c.id FROM chats c
        WHERE c.lane = $1 AND c.account_id = $2 AND c.id = ANY ($3::uuid[]){_also(terms, "c.customer_id", 4)}
        """,
        tenant.lane,
        tenant.account_id,
        list(chat_ids),
        *_bounds(terms),
    )
    return {row["id"] for row in rows}


async def thread_page(
    tx: Tx, tenant: Tenant, chat_id: UUID, key: Cursor | None, limit: int, *, newer: bool = False
) -> list[Row]:
    """``limit`` messages (id, at) of a chat older than ``key``, newest first; or newer than it, oldest first."""
    beyond = "" if key is None else f" AND (at, id) {'>' if newer else '<'} ($5, $6)"
    order = "ASC" if newer else "DESC"
    return await tx.fetch(
        "SELECT id, at FROM messages WHERE lane = $1 AND account_id = $2 AND chat_id = $3 AND NOT hidden"
        f"{beyond} ORDER BY at {order}, id {order} LIMIT $4",
        tenant.lane,
        tenant.account_id,
        chat_id,
        limit,
        *_key(key),
    )


async def place_in_thread(tx: Tx, tenant: Tenant, chat_id: UUID, message_id: UUID) -> Cursor | None:
    """Where a message stands in its chat; None when it is not shown there."""
    at: datetime | None = await tx.fetchval(
        "SELECT at FROM messages WHERE lane = $1 AND account_id = $2 AND chat_id = $3 AND id = $4 AND NOT hidden",
        tenant.lane,
        tenant.account_id,
        chat_id,
        message_id,
    )
    return Cursor(at, message_id) if at is not None else None


async def chat_exists(tx: Tx, tenant: Tenant, chat_id: UUID) -> bool:
    return bool(
        await tx.fetchval(
            "SELECT true FROM chats WHERE lane = $1 AND account_id = $2 AND id = $3",
            tenant.lane,
            tenant.account_id,
            chat_id,
        )
    )


def _matching(terms: Sequence[str], first: int) -> str:
    """Customers with a word beginning like each of the terms; the bounds are parameters from ``first`` on.

    Ranges instead of LIKE: row-level security lets only leak-proof comparisons use an index.
    """
    return (
        "SELECT t.customer_id FROM customer_terms t WHERE t.lane = $1 AND t.account_id = $2"
        f" AND t.term >= ${first} AND t.term < ${first + 1}{_also(terms[1:], 't.customer_id', first + 2)}"
    )


def _key(key: Cursor | None) -> tuple[datetime, UUID] | tuple[()]:
    return () if key is None else (key.at, key.id)


def _beyond(after: Cursor | None, first: int = 5) -> str:
    return "" if after is None else f" AND (c.last_message_at, c.id) < (${first}, ${first + 1})"


def _also(terms: Sequence[str], customer: str, first: int) -> str:
    """One EXISTS per term; the bounds of the n-th are parameters ``first + 2n`` and the next."""
    return "".join(
        f" AND EXISTS (SELECT 1 FROM customer_terms w WHERE w.lane = $1 AND w.account_id = $2"
        f" AND w.customer_id = {customer} AND w.term >= ${first + 2 * n} AND w.term < ${first + 2 * n + 1})"
        for n in range(len(terms))
    )


def _bounds(terms: Sequence[str]) -> list[str]:
    return [bound for term in terms for bound in (term, term + MAX_TERM)]
