"""Inserts the messages of a batch. WhatsApp's id is the natural key: what is there already is passed over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from hobnob.conversations.types import Referral
from hobnob.kernel.ids import new_id
from hobnob.media import actions as media
from hobnob.media.types import IncomingMedia
from hobnob.platform.database import Tx

from .chats import Chat
from .contents import Shown, raw_to_keep
from .reading import Written

MIME_TYPE_UNKNOWN = "application/octet-stream"

# The second column says whether reactions, edits or revokes of the message came before it.
_INSERT = """
WITH added AS (
  INSERT INTO messages (lane, account_id, id, chat_id, direction, type, wamid, at, content, preview, target_wamid,
    referral, hidden, sent_at, raw)
  SELECT $1, n.account_id, n.id, n.chat_id, n.direction, n.type, n.wamid, n.at, n.content::jsonb, n.preview,
    n.target_wamid, n.referral, n.hidden, n.sent_at, n.raw::jsonb
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[],
    $10::text[], $11::text[], $12::boolean[], $13::boolean[], $14::timestamptz[], $15::text[])
    AS n (account_id, id, chat_id, direction, type, wamid, at, content, preview, target_wamid, referral, hidden,
          sent_at, raw)
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
    encode = msgspec.json.encode
    rows = await tx.fetch(
        _INSERT,
        lane,
        [entry.written.account_id for entry in entries],
        [entry.id for entry in entries],
        [entry.chat.id for entry in entries],
        ["out" if entry.written.echo else "in" for entry in entries],
        [entry.shown.type for entry in entries],
        [entry.written.message.id for entry in entries],
        [entry.written.person.at for entry in entries],
        [encode(entry.shown.content).decode() for entry in entries],
        [entry.shown.preview for entry in entries],
        [entry.shown.target_wamid for entry in entries],
        [entry.written.message.referral is not None for entry in entries],
        [entry.shown.hidden for entry in entries],
        [entry.written.person.at if entry.written.echo else None for entry in entries],
        [raw_to_keep(entry.written.message) for entry in entries],
    )
    added = {row["id"]: row["referred_to"] for row in rows}
    new = [entry for entry in entries if entry.id in added]
    targets = {(entry.written.account_id, entry.written.message.id) for entry in new if added[entry.id]}
    for entry in new:
        if entry.shown.hidden and entry.shown.target_wamid is not None:
            targets.add((entry.written.account_id, entry.shown.target_wamid))
    return new, targets


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


__all__ = ["Entry", "entry_of", "files_of", "insert_messages", "media", "referrals_of"]
