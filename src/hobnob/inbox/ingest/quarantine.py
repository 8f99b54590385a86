"""The quarantine: updates that could not be applied, one webhook each, with the reason. Seen, put back, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from hobnob.kernel.errors import NotFound
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.pages import Page, decode_cursor, page_of
from hobnob.platform.database import Row, Tx

from .reading import Rejected
from .writer import JOB

SUMMARY_MAX_CHARS = 200
ERROR_MAX_CHARS = 1_000

_KEEP = """
INSERT INTO quarantined_webhooks (lane, account_id, id, received_at, quarantined_at, attempts, error, body)
SELECT $1, n.account_id, n.id, n.received_at, $8, n.attempts, n.error, n.body
FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::integer[], $6::text[], $7::bytea[])
  AS n (account_id, id, received_at, attempts, error, body)
"""
_REPLAY = """
WITH taken AS (
  DELETE FROM quarantined_webhooks WHERE lane = $1 AND account_id = $2 AND id = $3
  RETURNING lane, account_id, received_at, attempts, body
)
INSERT INTO webhook_events (lane, account_id, received_at, attempts, body) SELECT * FROM taken
"""


class QuarantinedUpdate(Struct, frozen=True):
    """One update that waits. ``summary`` says what it is about, ``attempts`` how often it was tried."""

    id: UUID
    received_at: datetime
    quarantined_at: datetime
    error: str
    summary: str
    attempts: int


async def keep(tx: Tx, lane: int, rejected: Sequence[Rejected], now: datetime) -> None:
    """Set updates aside."""
    if rejected:
        await tx.execute(
            _KEEP,
            lane,
            [one.event.account_id for one in rejected],
            [new_id() for _ in rejected],
            [one.event.received_at for one in rejected],
            [one.event.attempts + 1 for one in rejected],
            [_storable(one.error)[:ERROR_MAX_CHARS] for one in rejected],
            [one.body for one in rejected],
            now,
        )


async def list_quarantined(tx: Tx, tenant: Tenant, after: str | None, limit: int) -> Page[QuarantinedUpdate]:
    """What waits in the account's quarantine, the latest first."""
    key = decode_cursor(after)
    rows = await tx.fetch(
        "SELECT id, received_at, quarantined_at, error, attempts, body FROM quarantined_webhooks"
        " WHERE lane = $1 AND account_id = $2"
        " AND ($3::timestamptz IS NULL OR (quarantined_at, id) < ($3, $4::uuid))"
        " ORDER BY quarantined_at DESC, id DESC LIMIT $5",
        tenant.lane,
        tenant.account_id,
        key.at if key else None,
        key.id if key else None,
        limit + 1,
    )
    return page_of([_view(row) for row in rows], limit, lambda one: (one.quarantined_at, one.id))


async def replay(tx: Tx, tenant: Tenant, id: UUID) -> None:
    """Put an update back in the queue. Raises NotFound."""
    if not await tx.execute(_REPLAY, tenant.lane, tenant.account_id, id):
        raise NotFound("This update is not in the quarantine (any more).")
    tx.wake(JOB, tenant.lane)


def _view(row: Row) -> QuarantinedUpdate:
    return QuarantinedUpdate(
        row["id"], row["received_at"], row["quarantined_at"], row["error"], summary_of(row["body"]), row["attempts"]
    )


class _Change(Struct):
    field: str = ""
    value: msgspec.Raw = msgspec.Raw()


class _Entry(Struct):
    changes: list[_Change] = []


class _Envelope(Struct):
    entry: list[_Entry] = []


_envelope_decoder = msgspec.json.Decoder(_Envelope)


def summary_of(body: bytes) -> str:
    """What a webhook reports, in a few words and its beginning."""
    try:
        changes = [change for entry in _envelope_decoder.decode(body).entry for change in entry.changes]
    except msgspec.MsgspecError:
        return "unreadable: " + body[:SUMMARY_MAX_CHARS].decode(errors="replace")
    if not changes:
        return "empty"
    return f"{changes[0].field}: " + bytes(changes[0].value)[:SUMMARY_MAX_CHARS].decode(errors="replace")


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
