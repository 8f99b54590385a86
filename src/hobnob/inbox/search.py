"""Finding chats by the customer's name, username or phone: by the beginnings of words, whatever the accents and capitals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from uuid import UUID

import phonenumbers

from hobnob.kernel.ids import Tenant
from hobnob.kernel.pages import Cursor
from hobnob.platform.database import Row, Tx

from . import queries
from .types import ChatFilter

TERM_MAX_CHARS = 40
TERMS_PER_CUSTOMER_MAX = 16
QUERY_MAX_CHARS = 100
QUERY_TERMS_MAX = 4

_PHONE_LIKE = re.compile(r"^[+\d\s().\-/]+$")
_SPLIT = re.compile(r"[\W_]+")


def words(text: str) -> list[str]:
    """The words of a text as they are compared: no capitals, no accents, no punctuation. ``García-López`` is garcia, lopez."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return [word[:TERM_MAX_CHARS] for word in _SPLIT.split(plain) if word]


def terms_of_query(text: str) -> list[str]:
    """What to look for, the most telling term first. A text of digits and signs is one phone number."""
    text = text.strip()[:QUERY_MAX_CHARS]
    digits = re.sub(r"\D", "", text)
    if digits and _PHONE_LIKE.match(text):
        # A zero before the area code, or two before a country's, is dialled but not part of the number.
        return [(digits.lstrip("0") or digits)[:TERM_MAX_CHARS]]
    return sorted(words(text), key=len, reverse=True)[:QUERY_TERMS_MAX]


def terms_of_customer(name: str | None, profile_name: str | None, username: str | None, phone: str | None) -> set[str]:
    """Every term a customer is found by."""
    found = [*words(name or ""), *words(profile_name or ""), *words(username or "")]
    if username:
        found.append(username.casefold()[:TERM_MAX_CHARS])
    return {*dict.fromkeys(found[:TERMS_PER_CUSTOMER_MAX]), *_phone_terms(phone)}


def _phone_terms(phone: str | None) -> set[str]:
    """The digits with and without the calling code, since people type either."""
    if not phone:
        return set()
    try:
        national = phonenumbers.national_significant_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return {phone.lstrip("+")}
    return {phone.lstrip("+"), national}


async def index_customers(tx: Tx, lane: int, customer_ids: Collection[UUID]) -> None:
    """Make these customers findable by what they are called now. Merged ones are no longer found."""
    if not customer_ids:
        return
    rows = await tx.fetch(
        "SELECT account_id, id, name, profile_name, username, phone, merged_into FROM customers"
        " WHERE lane = $1 AND id = ANY ($2::uuid[])",
        lane,
        list(customer_ids),
    )
    terms = [
        (row["account_id"], term, row["id"])
        for row in rows
        if row["merged_into"] is None
        for term in sorted(terms_of_customer(row["name"], row["profile_name"], row["username"], row["phone"]))
    ]
    columns = [list(column) for column in zip(*terms, strict=True)] if terms else [[], [], []]
    await tx.execute(
        "DELETE FROM customer_terms WHERE lane = $1 AND customer_id = ANY ($2::uuid[])", lane, list(customer_ids)
    )
    await tx.execute(
        "INSERT INTO customer_terms (lane, account_id, term, customer_id)"
        " SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::uuid[]) ON CONFLICT DO NOTHING",
        lane,
        *columns,
    )


async def search_chats(
    tx: Tx,
    tenant: Tenant,
    terms: Sequence[str],
    number_ids: Sequence[UUID],
    *,
    filter: ChatFilter,
    after: Cursor | None,
    limit: int,
) -> tuple[list[Row], Cursor | None]:
    """Up to ``limit`` chats (id, last_message_at) and where to go on, None at the end.

    Rare words: collect the customers, then their chats. Frequent words: walk the list and keep what matches, a bounded
    way at a time (then a page may be short though more follows).
    """
    if not await queries.is_frequent(tx, tenant, terms):
        rows = await queries.chats_of_matching(
            tx, tenant, terms, number_ids, filter=filter, after=after, limit=limit + 1
        )
        return rows[:limit], _cursor(rows[limit - 1]) if len(rows) > limit else None
    found: list[Row] = []
    step = limit * 4
    walked = 0
    while walked < queries.SEARCH_WALK_CHATS_MAX:
        rows = await queries.chat_page(tx, tenant, number_ids, filter, after, step)
        matching = await queries.chats_matching(tx, tenant, [row["id"] for row in rows], terms)
        for row in rows:
            if row["id"] in matching:
                found.append(row)
                if len(found) == limit:
                    return found, _cursor(row)
        if len(rows) < step:
            return found, None
        after = _cursor(rows[-1])
        walked += len(rows)
        step = min(step * 4, queries.SEARCH_WALK_CHATS_MAX)
    return found, after


def _cursor(row: Row) -> Cursor:
    return Cursor(row["last_message_at"], row["id"])
