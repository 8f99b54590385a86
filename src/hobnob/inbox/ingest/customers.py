"""Reads and writes customers for a batch; who is who is decided by `people`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from hobnob.inbox.search import index_customers
from hobnob.platform.database import Row, Tx

from .changes import Changes
from .merging import merge_customers
from .people import NEVER, Customer, People
from .reading import Person, Updates
from .rows import rows_json

_COLUMNS = """c.id, c.account_id, c.phone, c.phone_seen_at, c.user_id, c.user_id_seen_at, c.parent_user_id, c.username,
  c.profile_name, c.profile_seen_at, c.name, c.first_seen_at, c.last_seen_at"""
_FIND = f"""
SELECT NULL::text AS alias, NULL::timestamptz AS until, {_COLUMNS}
FROM unnest($2::uuid[], $3::text[]) AS k (account_id, value)
JOIN customers c ON c.lane = $1 AND c.account_id = k.account_id AND c.phone = k.value AND c.merged_into IS NULL
UNION ALL
SELECT NULL, NULL, {_COLUMNS}
FROM unnest($4::uuid[], $5::text[]) AS k (account_id, value)
JOIN customers c ON c.lane = $1 AND c.account_id = k.account_id AND c.user_id = k.value AND c.merged_into IS NULL
UNION ALL
SELECT a.value, a.until, {_COLUMNS}
FROM unnest($2::uuid[] || $4::uuid[], $3::text[] || $5::text[]) AS k (account_id, value)
JOIN customer_aliases a ON a.lane = $1 AND a.account_id = k.account_id AND a.value = k.value
JOIN customers c ON c.lane = $1 AND c.id = a.customer_id
"""
_ROWS = """json_to_recordset($2::json) AS n (account_id uuid, id uuid, phone text, phone_at timestamptz, user_id text,
  user_id_at timestamptz, parent_user_id text, username text, profile_name text, profile_at timestamptz,
  first_seen_at timestamptz, last_seen_at timestamptz, name text)"""
_INSERT = f"""
INSERT INTO customers (lane, account_id, id, phone, phone_seen_at, user_id, user_id_seen_at, parent_user_id, username,
  profile_name, profile_seen_at, first_seen_at, last_seen_at, created_at)
SELECT $1, n.account_id, n.id, n.phone, n.phone_at, n.user_id, n.user_id_at, n.parent_user_id, n.username,
  n.profile_name, n.profile_at, n.first_seen_at, n.last_seen_at, $3 FROM {_ROWS}
"""
_UPDATE = f"""
UPDATE customers c SET phone = n.phone, phone_seen_at = n.phone_at, user_id = n.user_id, user_id_seen_at = n.user_id_at,
  parent_user_id = n.parent_user_id, username = n.username, profile_name = n.profile_name,
  profile_seen_at = n.profile_at, first_seen_at = n.first_seen_at, last_seen_at = n.last_seen_at,
  name = coalesce(c.name, n.name), version = c.version + 1
FROM {_ROWS} WHERE c.lane = $1 AND c.account_id = n.account_id AND c.id = n.id
"""
# The unique indexes look at each row as it is written, so whoever gives a value away does so first.
_LET_GO = """
UPDATE customers SET phone = NULL, user_id = 'moving ' || id WHERE lane = $1 AND id = ANY ($2::uuid[])
"""
_ADD_ALIASES = """
INSERT INTO customer_aliases (lane, account_id, value, until, customer_id)
SELECT $1, n.* FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::uuid[]) AS n
ON CONFLICT (lane, account_id, value, until) DO UPDATE SET customer_id = excluded.customer_id
"""


async def load_people(tx: Tx, lane: int, updates: Updates) -> People:
    """Everybody the batch speaks of that we know."""
    phones: dict[tuple[UUID, str], None] = {}
    user_ids: dict[tuple[UUID, str], None] = {}
    for person in _persons(updates):
        if person.phone is not None:
            phones[person.account_id, person.phone] = None
        if person.user_id is not None:
            user_ids[person.account_id, person.user_id] = None
    people = People()
    if not phones and not user_ids:
        return people
    rows = await tx.fetch(
        _FIND,
        lane,
        [key[0] for key in phones],
        [key[1] for key in phones],
        [key[0] for key in user_ids],
        [key[1] for key in user_ids],
    )
    for row in rows:
        customer = people.all.get(row["id"])
        if customer is None:
            customer = _customer(row)
            people.load(customer)
        if row["alias"] is not None:
            people.load_alias(row["alias"], row["until"], customer)
    return people


async def save_people(tx: Tx, lane: int, people: People, changes: Changes, now: datetime) -> None:
    """Write what the batch changed of customers; chats of customers that are one now become one."""
    if people.merges:
        await tx.execute(
            "UPDATE customers c SET merged_into = n.into_id, version = c.version + 1"
            " FROM unnest($2::uuid[], $3::uuid[]) AS n (id, into_id) WHERE c.lane = $1 AND c.id = n.id",
            lane,
            [other.id for other, _ in people.merges],
            [people.final(into).id for _, into in people.merges],
        )
    known = [customer for customer in people.touched() if not customer.is_new]
    new = [customer for customer in people.touched() if customer.is_new]
    if giving := [customer.id for customer in known if customer.reassigned]:
        await tx.execute(_LET_GO, lane, giving)
    if known:
        await tx.execute(_UPDATE, lane, rows_json([_row(customer) for customer in known]))
    if new:
        await tx.execute(_INSERT, lane, rows_json([_row(customer) for customer in new]), now)
    if people.new_aliases:
        await tx.execute(
            _ADD_ALIASES,
            lane,
            [account_id for account_id, _, _ in people.new_aliases],
            [value for _, value, _ in people.new_aliases],
            [until for _, _, until in people.new_aliases],
            [people.final(customer).id for customer in people.new_aliases.values()],
        )
    if people.merges:
        await merge_customers(tx, lane, [(other, people.final(into)) for other, into in people.merges], changes, now)
    renamed = {customer.id: customer.account_id for customer in people.touched() if customer.changed}
    changes.customers.update(renamed)
    await index_customers(tx, lane, list(renamed) + [other.id for other, _ in people.merges])


def _persons(updates: Updates) -> list[Person]:
    persons = [written.person for written in updates.written]
    persons += [tick.person for tick in updates.ticks if tick.person is not None]
    for moved in updates.moved:
        persons += (moved.old, moved.new)
    return persons


def _customer(row: Row) -> Customer:
    customer = Customer(row["id"], row["account_id"], row["first_seen_at"], is_new=False)
    customer.last_seen_at = row["last_seen_at"]
    customer.phone, customer.phone_at = row["phone"], row["phone_seen_at"] or NEVER
    customer.user_id, customer.user_id_at = row["user_id"], row["user_id_seen_at"] or NEVER
    customer.parent_user_id = row["parent_user_id"]
    customer.profile_name, customer.username = row["profile_name"], row["username"]
    customer.profile_at = row["profile_seen_at"] or NEVER
    customer.name = row["name"]
    return customer


class _Row(Struct, omit_defaults=True):
    account_id: UUID
    id: UUID
    phone: str | None = None
    phone_at: datetime | None = None
    user_id: str | None = None
    user_id_at: datetime | None = None
    parent_user_id: str | None = None
    username: str | None = None
    profile_name: str | None = None
    profile_at: datetime | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    name: str | None = None


def _row(customer: Customer) -> _Row:
    return _Row(
        customer.account_id,
        customer.id,
        customer.phone,
        None if customer.phone_at is NEVER else customer.phone_at,
        customer.user_id,
        None if customer.user_id_at is NEVER else customer.user_id_at,
        customer.parent_user_id,
        customer.username,
        customer.profile_name,
        None if customer.profile_at is NEVER else customer.profile_at,
        customer.first_seen_at,
        customer.last_seen_at,
        customer.name,
    )
