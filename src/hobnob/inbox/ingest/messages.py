"""Inserts the messages of a batch. WhatsApp's id is the natural key: what is there already is passed over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Raw, Struct

from hobnob.conversations.types import Referral
from hobnob.kernel.ids import new_id
from hobnob.media.types import IncomingMedia
from hobnob.platform.database import Tx

from .chats import Chat
from .contents import Shown, says_more
from .reading import Written
from .rows import rows_json

NO_RAW = Raw(b"null")
MIME_TYPE_UNKNOWN = "application/octet-stream"

# The second column says whether reactions, edits or revokes of the message came before it.
_INSERT = """
WITH added AS (
  INSERT INTO messages (lane, account_id, id, chat_id, direction, type, wamid, at, content, preview, target_wamid,
    referral, hidden, sent_at, raw)
  SELECT $1, n.account_id, n.id, n.chat_id, CASE WHEN n.echo THEN 'out' ELSE 'in' END, n.type, n.wamid, n.at,
    n.content, n.preview, n.target_wamid, n.referral IS TRUE, n.hidden IS TRUE, CASE WHEN n.echo THEN n.at END, n.raw
  FROM json_to_recordset($2::json) AS n (account_id uuid, id uuid, chat_id uuid, type text, wamid text,
    at timestamptz, content jsonb, preview text, target_wamid text, echo boolean, referral boolean, hidden boolean,
    raw jsonb)
  ON CONFLICT (lane, account_id, wamid) WHERE wamid IS NOT NULL DO NOTHING
  RETURNING id, account_id, wamid
)
SELECT a.id, EXISTS (
  SELECT 1 FROM messages r WHERE r.lane = $1 AND r.account_id = a.account_id AND r.target_wamid = a.wamid
    AND r.type IN ('reaction', 'edit', 'revoke')
) AS referred_to FROM added a
"""


class Entry(NamedTuple):
    """A message about to be written."""

    id: UUID
    chat: Chat
    written: Written
    shown: Shown
    media_id: UUID | None


def entry_of(id: UUID, chat: Chat, written: Written, shown: Shown) -> Entry:
    """Give the message its place, and its file an id."""
    media_id = None
    if shown.media is not None and shown.media.id:
        media_id = new_id()
        shown.content["media_id"] = str(media_id)
    return Entry(id, chat, written, shown, media_id)


async def insert_messages(tx: Tx, lane: int, entries: Sequence[Entry]) -> tuple[list[Entry], set[tuple[UUID, str]]]:
    """Write what is new: answers with it, and with the (account, WhatsApp id) of those that something refers to."""
    rows = await tx.fetch(_INSERT, lane, rows_json([_row(entry) for entry in entries]))
    added = {row["id"]: row["referred_to"] for row in rows}
    new = [entry for entry in entries if entry.id in added]
    targets = {(entry.written.account_id, entry.written.message.id) for entry in new if added[entry.id]}
    for entry in new:
        if entry.shown.hidden and entry.shown.target_wamid is not None:
            targets.add((entry.written.account_id, entry.shown.target_wamid))
    return new, targets


class _Row(Struct, omit_defaults=True):
    account_id: UUID
    id: UUID
    chat_id: UUID
    type: str
    wamid: str
    at: datetime
    content: dict[str, Any]
    preview: str
    target_wamid: str | None = None
    echo: bool = False
    referral: bool = False
    hidden: bool = False
    raw: Raw = NO_RAW


def _row(entry: Entry) -> _Row:
    written, shown = entry.written, entry.shown
    message = written.message
    return _Row(
        written.account_id,
        entry.id,
        entry.chat.id,
        shown.type,
        message.id,
        written.person.at,
        shown.content,
        shown.preview,
        shown.target_wamid,
        written.echo,
        message.referral is not None,
        shown.hidden,
        message.raw if says_more(message) else NO_RAW,
    )


def referrals_of(entries: Sequence[Entry]) -> list[Referral]:
    """Customers' messages that came from an ad or a post."""
    return [
        Referral(entry.written.account_id, entry.chat.id, entry.id, entry.written.person.at)
        for entry in entries
        if entry.written.message.referral is not None and not entry.written.echo
    ]


def files_of(entries: Sequence[Entry]) -> list[IncomingMedia]:
    """Files to be fetched."""
    return [
        IncomingMedia(
            account_id=entry.written.account_id,
            id=entry.media_id,
            message_id=entry.id,
            whatsapp_media_id=entry.shown.media.id,
            mime_type=entry.shown.media.mime_type or MIME_TYPE_UNKNOWN,
            phone_number_id=entry.written.phone_number_id,
            at=entry.written.person.at,
            sha256=entry.shown.media.sha256,
            filename=entry.shown.media.filename,
            url=entry.shown.media.url,
        )
        for entry in entries
        if entry.media_id is not None and entry.shown.media is not None and entry.shown.media.id
    ]
