"""Taking due rows of a lane: fair between numbers, the smaller priority first, in order within a chat, within the limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hobnob.media import actions as media
from hobnob.numbers.types import NumberRef
from hobnob.platform.database import Row, Tx

from .outbox_call import Claimed
from .send.types import Payload

NUMBERS_MAX = 500

# Each waiting number once, without reading its queue: one index step per number.
_WAITING_NUMBERS = """
WITH RECURSIVE n AS (
  (SELECT number_id FROM outbox WHERE lane = $1 ORDER BY number_id LIMIT 1)
  UNION ALL
  SELECT (SELECT o.number_id FROM outbox o WHERE o.lane = $1 AND o.number_id > n.number_id ORDER BY o.number_id LIMIT 1)
  FROM n WHERE n.number_id IS NOT NULL
)
SELECT number_id FROM n WHERE number_id IS NOT NULL LIMIT $2
"""

# A queued row goes when nothing of its chat is on its way and nothing of its chat comes before it. A row whose request got
# no answer (sending or doubt, now due again) goes whatever else waits, if its silence was a silence: somebody listened
# ($6), and everything that came in until it was due has been applied.
_CLAIMABLE = """
WITH unheard AS (SELECT received_at FROM webhook_events WHERE lane = $1 ORDER BY id LIMIT 1)
SELECT o.* FROM unnest($2::uuid[], $3::integer[]) AS n (number_id, room) CROSS JOIN LATERAL (
  SELECT w.message_id, w.account_id, w.number_id, w.chat_id, w.state, w.attempts, w.payload FROM outbox w
  WHERE w.lane = $1 AND w.number_id = n.number_id AND w.due_at <= $4 AND w.message_id <> ALL ($5::uuid[])
    AND CASE WHEN w.state <> 'queued'
      THEN $6::boolean AND w.due_at < coalesce((SELECT received_at FROM unheard), 'infinity')
      ELSE NOT EXISTS (
        SELECT 1 FROM outbox e WHERE e.lane = $1 AND e.chat_id = w.chat_id AND e.message_id <> w.message_id
          AND (e.state <> 'queued'
               OR (e.priority, e.created_at, e.message_id) < (w.priority, w.created_at, w.message_id)))
      END
  ORDER BY w.priority, w.created_at, w.message_id LIMIT n.room
) o
"""

_TAKE = """
UPDATE outbox o SET state = 'sending', attempts = o.attempts + 1, worker = $3, due_at = $4
FROM unnest($2::uuid[]) AS t (message_id) WHERE o.lane = $1 AND o.message_id = t.message_id
"""

_POSTPONE = """
UPDATE outbox o SET due_at = p.due_at
FROM unnest($2::uuid[], $3::timestamptz[]) AS p (message_id, due_at)
WHERE o.lane = $1 AND o.message_id = p.message_id
"""


async def waiting_numbers(tx: Tx, lane: int) -> list[UUID]:
    """Numbers with anything in the outbox."""
    return [row["number_id"] for row in await tx.fetch(_WAITING_NUMBERS, lane, NUMBERS_MAX)]


async def claimable(
    tx: Tx, lane: int, rooms: Mapping[UUID, int], now: datetime, in_flight: Collection[UUID], *, listened: bool
) -> list[Row]:
    """Rows that may go now: for each number as many as it has room for, in its order, the numbers taking turns.
    ``listened``: long enough to know that a send without an answer was not proved either."""
    if not rooms:
        return []
    rows = await tx.fetch(_CLAIMABLE, lane, list(rooms), list(rooms.values()), now, list(in_flight), listened)
    taken: Counter[UUID] = Counter()
    turns = []
    for row in rows:
        turns.append((taken[row["number_id"]], row))
        taken[row["number_id"]] += 1
    return [row for _, row in sorted(turns, key=lambda turn: turn[0])]


async def postpone(tx: Tx, lane: int, waits: Sequence[tuple[UUID, float]], now: datetime) -> None:
    """Put rows off by so many seconds: their chats have had as many messages as WhatsApp takes."""
    if waits:
        await tx.execute(
            _POSTPONE,
            lane,
            [message_id for message_id, _ in waits],
            [now + timedelta(seconds=wait_s) for _, wait_s in waits],
        )


async def take(
    tx: Tx,
    lane: int,
    rows: Sequence[Row],
    numbers: Mapping[UUID, NumberRef],
    worker: str,
    *,
    leave_by: datetime,
    until: datetime,
) -> list[Claimed]:
    """Mark rows as being sent: their requests leave before ``leave_by``. If nothing is heard of them ``until`` then, they
    are sent again."""
    if not rows:
        return []
    await tx.execute(_TAKE, lane, [row["message_id"] for row in rows], worker, until)
    payloads = [msgspec.convert(row["payload"], Payload) for row in rows]
    files = await media.stored_files(tx, lane, [payload.file.media_id for payload in payloads if payload.file])
    return [
        Claimed(
            message_id=row["message_id"],
            account_id=row["account_id"],
            number_id=row["number_id"],
            chat_id=row["chat_id"],
            attempts=row["attempts"] + 1,
            payload=payload,
            phone_number_id=numbers[row["number_id"]].phone_number_id or "",
            leave_by=leave_by,
            unanswered=row["state"] != "queued",
            file=files.get(payload.file.media_id) if payload.file else None,
        )
        for row, payload in zip(rows, payloads, strict=True)
    ]
