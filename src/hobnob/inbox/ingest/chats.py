"""The chats of a batch: locked in id order, changed in memory, written once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from hobnob.kernel.ids import new_id
from hobnob.platform.database import Tx

from .people import Customer
from .rows import rows_json

SERVICE_WINDOW = timedelta(hours=24)
Pair = tuple[UUID, UUID]

_LOCK = """
SELECT c.id, c.account_id, c.number_id, c.customer_id, c.state, c.assigned_agent_id, c.unread_count, c.read_until,
       c.last_message_id, c.last_message_at, c.last_inbound_at, c.window_expires_at
FROM chats c WHERE c.lane = $1 AND c.id = ANY (ARRAY(
  SELECT p.id FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS k (account_id, number_id, customer_id)
  JOIN chats p ON p.lane = $1 AND p.account_id = k.account_id AND p.number_id = k.number_id
    AND p.customer_id = k.customer_id
  UNION ALL SELECT unnest($5::uuid[])
)) ORDER BY c.id FOR NO KEY UPDATE
"""
_ROWS = """json_to_recordset($2::json) AS n (account_id uuid, id uuid, state text, unread_count integer,
  last_message_id uuid, last_message_at timestamptz, last_inbound_at timestamptz, window_expires_at timestamptz,
  number_id uuid, customer_id uuid)"""
_UPDATE = f"""
UPDATE chats c SET state = n.state, unread_count = n.unread_count, last_message_id = n.last_message_id,
  last_message_at = n.last_message_at, last_inbound_at = n.last_inbound_at, window_expires_at = n.window_expires_at,
  updated_at = $3, version = c.version + 1
FROM {_ROWS} WHERE c.lane = $1 AND c.account_id = n.account_id AND c.id = n.id
"""
_INSERT = f"""
INSERT INTO chats (lane, account_id, id, state, unread_count, last_message_id, last_message_at, last_inbound_at,
  window_expires_at, number_id, customer_id, created_at, updated_at)
SELECT $1, n.account_id, n.id, n.state, n.unread_count, n.last_message_id, n.last_message_at, n.last_inbound_at,
  n.window_expires_at, n.number_id, n.customer_id, $3, $3 FROM {_ROWS}
"""


class Chat:
    """One chat while a batch is applied."""

    __slots__ = (
        "account_id",
        "assigned_agent_id",
        "changed",
        "customer_id",
        "id",
        "is_new",
        "last_inbound_at",
        "last_message_at",
        "last_message_id",
        "number_id",
        "read_until",
        "state",
        "unread_count",
        "window_expires_at",
    )

    def __init__(self, id: UUID, account_id: UUID, number_id: UUID, customer_id: UUID) -> None:
        self.id = id
        self.account_id = account_id
        self.number_id = number_id
        self.customer_id = customer_id
        self.state = "queue"
        self.assigned_agent_id: UUID | None = None
        self.unread_count = 0
        self.read_until: datetime | None = None
        self.last_message_id: UUID | None = None
        self.last_message_at: datetime | None = None
        self.last_inbound_at: datetime | None = None
        self.window_expires_at: datetime | None = None
        self.is_new = True
        self.changed = False

    def received(self, message_id: UUID, at: datetime, *, shown: bool, opens_window: bool) -> None:
        """A customer's message is in the chat now."""
        self.changed = True
        if opens_window:
            self.window_expires_at = max(self.window_expires_at or at, at + SERVICE_WINDOW)
        if not shown:
            self.holds(at)
            return
        self.last_inbound_at = max(self.last_inbound_at or at, at)
        if self.read_until is None or at > self.read_until:
            self.unread_count += 1
        if self.state == "closed":
            self.state = "assigned" if self.assigned_agent_id is not None else "queue"
        self.shows(message_id, at)

    def holds(self, at: datetime) -> None:
        """Something without a bubble is in the chat. If that is all there is, it gives the chat its place in the list."""
        self.changed = True
        if self.last_message_id is None:
            self.last_message_at = max(self.last_message_at or at, at)

    def shows(self, message_id: UUID, at: datetime) -> None:
        """A message stands in the thread; it may be the last one."""
        self.changed = True
        known = self.last_message_at
        if self.last_message_id is None or known is None or (at, message_id) > (known, self.last_message_id):
            self.last_message_id, self.last_message_at = message_id, at


class Chats:
    """The locked chats of a batch, and those it makes."""

    def __init__(self, chats: Iterable[Chat]) -> None:
        self.by_id: dict[UUID, Chat] = {}
        self._by_pair: dict[Pair, Chat] = {}
        for chat in chats:
            self._add(chat)

    def between(self, number_id: UUID, customer: Customer) -> Chat:
        """The chat of a number and a customer; one that is new is written only once it has a message."""
        chat = self._by_pair.get((number_id, customer.id))
        if chat is None:
            chat = Chat(new_id(), customer.account_id, number_id, customer.id)
            self._add(chat)
        return chat

    def _add(self, chat: Chat) -> None:
        self.by_id[chat.id] = chat
        self._by_pair[chat.number_id, chat.customer_id] = chat


async def lock_chats(
    tx: Tx, lane: int, wanted: Collection[tuple[UUID, UUID, UUID]], chat_ids: Collection[UUID]
) -> Chats:
    """Lock the chats of these (account, number, customer) and with these ids, as far as they exist."""
    rows = await tx.fetch(
        _LOCK,
        lane,
        [account_id for account_id, _, _ in wanted],
        [number_id for _, number_id, _ in wanted],
        [customer_id for _, _, customer_id in wanted],
        list(chat_ids),
    )
    chats = []
    for row in rows:
        chat = Chat(row["id"], row["account_id"], row["number_id"], row["customer_id"])
        chat.is_new = False
        chat.state, chat.assigned_agent_id = row["state"], row["assigned_agent_id"]
        chat.unread_count, chat.read_until = row["unread_count"], row["read_until"]
        chat.last_message_id, chat.last_message_at = row["last_message_id"], row["last_message_at"]
        chat.last_inbound_at, chat.window_expires_at = row["last_inbound_at"], row["window_expires_at"]
        chats.append(chat)
    return Chats(chats)


async def save_chats(tx: Tx, lane: int, chats: Chats, now: datetime) -> list[tuple[UUID, UUID]]:
    """Write the chats that changed; answers with their (account, chat)."""
    changed = [chat for chat in chats.by_id.values() if chat.changed]
    known = [chat for chat in changed if not chat.is_new]
    new = [chat for chat in changed if chat.is_new]
    if known:
        await tx.execute(_UPDATE, lane, rows_json([_row(chat) for chat in known]), now)
    if new:
        await tx.execute(_INSERT, lane, rows_json([_row(chat) for chat in new]), now)
    return [(chat.account_id, chat.id) for chat in changed]


class _Row(Struct, omit_defaults=True):
    account_id: UUID
    id: UUID
    state: str
    unread_count: int
    last_message_id: UUID | None = None
    last_message_at: datetime | None = None
    last_inbound_at: datetime | None = None
    window_expires_at: datetime | None = None
    number_id: UUID | None = None
    customer_id: UUID | None = None


def _row(chat: Chat) -> _Row:
    row = _Row(
        chat.account_id,
        chat.id,
        chat.state,
        chat.unread_count,
        chat.last_message_id,
        chat.last_message_at,
        chat.last_inbound_at,
        chat.window_expires_at,
    )
    if chat.is_new:
        row.number_id, row.customer_id = chat.number_id, chat.customer_id
    return row
