"""Writing down what became of sends, many at a time: chats first, then messages, then the outbox, then the holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import asyncpg
import msgspec
import structlog

from hobnob.billing import actions as billing
from hobnob.kernel.identity import phone_from_wa_id
from hobnob.media import actions as media
from hobnob.platform.database import Tx
from hobnob.platform.watching import watched_in
from hobnob.team import actions as team

from .events import emit_changes
from .ingest.apply import adopt_early, respell
from .ingest.changes import Changes
from .ingest.reading import Person
from .ingest.references import refresh_targets
from .outbox_call import Accepted, Again, Claimed, Doubtful, Failed, Outcome

log = structlog.get_logger()

Result: TypeAlias = tuple[Claimed, Outcome]

# All chats are locked, in one order, before any message; those that show one of these messages last are touched.
_TOUCH_CHATS = """
UPDATE chats c SET version = c.version + 1, updated_at = $4 FROM (
  SELECT id, last_message_id FROM chats WHERE lane = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE
) l WHERE c.lane = $1 AND c.id = l.id AND l.last_message_id = ANY ($3::uuid[]) RETURNING c.id, c.account_id
"""

# A status may have come first and set the id already.
_ACCEPT = """
UPDATE messages m SET wamid = coalesce(m.wamid, r.wamid), sending_at = NULL, version = m.version + 1
FROM unnest($2::uuid[], $3::text[]) AS r (id, wamid) WHERE m.lane = $1 AND m.id = r.id
"""
_ACCEPTED_LEAVE = "DELETE FROM outbox WHERE lane = $1 AND message_id = ANY ($2::uuid[])"

# Only this worker's own attempt: after a lost lease another may have taken the row, or a status removed it.
_AGAIN = """
UPDATE outbox o SET state = 'queued', due_at = r.due_at, attempts = o.attempts - r.refund
FROM unnest($2::uuid[], $3::integer[], $4::timestamptz[], $5::integer[]) AS r (message_id, attempts, due_at, refund)
WHERE o.lane = $1 AND o.message_id = r.message_id AND o.attempts = r.attempts AND o.worker = $6
"""
_DOUBT = """
UPDATE outbox o SET state = 'doubt', due_at = $5
FROM unnest($2::uuid[], $3::integer[]) AS r (message_id, attempts)
WHERE o.lane = $1 AND o.message_id = r.message_id AND o.attempts = r.attempts AND o.worker = $4
RETURNING o.message_id
"""
_FAILED_LEAVE = """
DELETE FROM outbox o USING unnest($2::uuid[], $3::integer[]) AS r (message_id, attempts)
WHERE o.lane = $1 AND o.message_id = r.message_id AND o.attempts = r.attempts AND o.worker = $4
RETURNING o.message_id
"""
_SENDING = """
UPDATE messages SET sending_at = coalesce(sending_at, $3), version = version + 1
WHERE lane = $1 AND id = ANY ($2::uuid[]) AND wamid IS NULL
"""
_FAIL = """
UPDATE messages m SET failed_at = coalesce(m.failed_at, r.failed_at), error = r.error, sending_at = NULL,
  version = m.version + 1
FROM unnest($2::uuid[], $3::timestamptz[], $4::jsonb[]) AS r (id, failed_at, error)
WHERE m.lane = $1 AND m.id = r.id RETURNING m.account_id, m.hidden, m.target_wamid
"""


async def record(
    tx: Tx,
    lane: int,
    worker: str,
    results: Sequence[Result],
    now: datetime,
    *,
    doubt_wait_s: float,
) -> None:
    """Write down outcomes in one transaction, and tell the browsers. ``now`` is the machine's time."""
    ids = [row.message_id for row, _ in results]
    chats = await tx.fetch(_TOUCH_CHATS, lane, sorted({row.chat_id for row, _ in results}), ids, now)
    changed = {row.message_id: row.account_id for row, _ in results}
    accepted = [(row, outcome) for row, outcome in results if isinstance(outcome, Accepted)]
    if accepted:
        sent = [row.message_id for row, _ in accepted]
        await tx.execute(_ACCEPT, lane, sent, [outcome.wamid for _, outcome in accepted])
        await tx.execute(_ACCEPTED_LEAVE, lane, sent)
    await _record_again(tx, lane, worker, results, now)
    await _record_doubt(tx, lane, worker, results, now, doubt_wait_s)
    changed |= await _record_failed(tx, lane, worker, results, now)
    await media.note_uploads(tx, lane, [outcome.upload for _, outcome in results if outcome.upload is not None])
    if accepted:
        learnt = [(row.account_id, row.message_id, outcome.wamid) for row, outcome in accepted]
        await adopt_early(tx, lane, learnt, now)
        await _meet(tx, lane, accepted, now)
    if watched := await watched_in(tx, lane):
        messages = [message_id for message_id, account_id in changed.items() if account_id in watched]
        await emit_changes(tx, lane, now, messages, [row["id"] for row in chats if row["account_id"] in watched])


async def _meet(tx: Tx, lane: int, accepted: Sequence[tuple[Claimed, Accepted]], now: datetime) -> None:
    """Customers whose phones WhatsApp writes otherwise than we did: what they answer comes under its form."""
    met = [(row, outcome.phone) for row, outcome in accepted if outcome.phone is not None]
    if not met:
        return
    accounts = await team.accounts_in(tx, lane, sorted({row.account_id for row, _ in met}))
    pairs = []
    for row, phone in met:
        at = now + timedelta(seconds=accounts[row.account_id].clock_ahead_s)
        ours = Person(row.account_id, at, phone_from_wa_id(row.payload.body["to"]), None)
        pairs.append((ours, Person(row.account_id, at, phone, None)))
    await respell(tx, lane, pairs, now)


async def keep_accepted(tx: Tx, lane: int, message_id: UUID, wamid: str) -> None:
    """The least that has to be kept of a send that WhatsApp took, when not all of it can be: it is never sent again."""
    await tx.execute(_ACCEPTED_LEAVE, lane, [message_id])
    try:
        async with tx.savepoint():
            await tx.execute(_ACCEPT, lane, [message_id], [wamid])
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
        # Its statuses name our own id, so they find it all the same.
        log.error("whatsapp_id_not_kept", message_id=str(message_id), error=str(error))


async def _record_again(tx: Tx, lane: int, worker: str, results: Sequence[Result], now: datetime) -> None:
    again = [(row, outcome) for row, outcome in results if isinstance(outcome, Again)]
    if again:
        await tx.execute(
            _AGAIN,
            lane,
            [row.message_id for row, _ in again],
            [row.attempts for row, _ in again],
            [now + timedelta(seconds=outcome.after_s) for _, outcome in again],
            # Waiting for the number's turn is not the message's fault.
            [1 if outcome.limited == "number" else 0 for _, outcome in again],
            worker,
        )


async def _record_doubt(
    tx: Tx, lane: int, worker: str, results: Sequence[Result], now: datetime, doubt_wait_s: float
) -> None:
    doubtful = [row for row, outcome in results if isinstance(outcome, Doubtful)]
    if doubtful:
        rows = await tx.fetch(
            _DOUBT,
            lane,
            [row.message_id for row in doubtful],
            [row.attempts for row in doubtful],
            worker,
            now + timedelta(seconds=doubt_wait_s),
        )
        await tx.execute(_SENDING, lane, [row["message_id"] for row in rows], now)


async def _record_failed(tx: Tx, lane: int, worker: str, results: Sequence[Result], now: datetime) -> dict[UUID, UUID]:
    """Fail messages and give their holds back. Answers with the messages from which reactions were taken back, and
    their accounts."""
    failed = {row.message_id: (row, outcome) for row, outcome in results if isinstance(outcome, Failed)}
    if not failed:
        return {}
    left = await tx.fetch(_FAILED_LEAVE, lane, list(failed), [row.attempts for row, _ in failed.values()], worker)
    ids: list[UUID] = [row["message_id"] for row in left]
    owners = [failed[message_id][0].account_id for message_id in ids]
    accounts = await team.accounts_in(tx, lane, sorted(set(owners)))
    times = [now + timedelta(seconds=accounts[owner].clock_ahead_s) for owner in owners]
    problems = [msgspec.to_builtins(failed[message_id][1].problem) for message_id in ids]
    rows = await tx.fetch(_FAIL, lane, ids, times, problems)
    changes = Changes()
    reacted = {(row["account_id"], row["target_wamid"]) for row in rows if row["hidden"] and row["target_wamid"]}
    await refresh_targets(tx, lane, reacted, changes)
    await billing.void_holds(tx, lane, ids, "The message was not sent.", now)
    return dict(changes.messages)
