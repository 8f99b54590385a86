"""The same command twice is one command: its first answer is stored and given again.

The key is claimed before the command runs, inside the command's own transaction. A second request with the same key
waits at the claim until the first one ends: then it finds the stored answer, or, if the first one failed and was rolled
back, takes its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec

from hobnob.kernel.errors import Conflict
from hobnob.kernel.ids import Tenant

from .database import Tx
from .work import LaneScope

KEPT_DAYS = 7
FORGOTTEN_AT_ONCE_MAX_COUNT = 5_000


async def once(
    tx: Tx, tenant: Tenant, key: UUID, request_body: Any, run: Callable[[], Awaitable[tuple[int, Any]]]
) -> tuple[int, Any]:
    """Run a command at most once per key; answers ``(status, response)`` with the response as plain JSON values.

    ``request_body`` is anything msgspec can encode; put the operation's name in it where one key could meet two
    operations. Raises Conflict ``idempotency_conflict`` when the key was used with another body. Errors of ``run``
    pass through and leave no trace of the key.
    """
    digest = hashlib.sha256(msgspec.json.encode(request_body, order="sorted")).digest()
    claimed = await tx.fetchval(
        "INSERT INTO idempotency_keys (lane, account_id, key, request_hash, status, response, created_at)"
        " VALUES ($1, $2, $3, $4, 0, 'null', now()) ON CONFLICT DO NOTHING RETURNING true",
        tenant.lane,
        tenant.account_id,
        key,
        digest,
    )
    if not claimed:
        return await _stored(tx, tenant, key, digest)
    status, response = await run()
    plain = msgspec.json.decode(msgspec.json.encode(response))
    await tx.execute(
        "UPDATE idempotency_keys SET status = $4, response = $5 WHERE lane = $1 AND account_id = $2 AND key = $3",
        tenant.lane,
        tenant.account_id,
        key,
        status,
        plain,
    )
    return status, plain


async def _stored(tx: Tx, tenant: Tenant, key: UUID, digest: bytes) -> tuple[int, Any]:
    row = await tx.fetchrow(
        "SELECT request_hash, status, response FROM idempotency_keys WHERE lane = $1 AND account_id = $2 AND key = $3",
        tenant.lane,
        tenant.account_id,
        key,
    )
    if row is None or row["request_hash"] != digest:
        raise Conflict(
            "This key was already used for another request: use a new Idempotency-Key for a new command.",
            code="idempotency_conflict",
        )
    return row["status"], row["response"]


async def forget_old(tx: Tx, lane: int, limit: int) -> int:
    """Remove keys nobody repeats any more, oldest first; returns how many. In a lane's transaction."""
    return await tx.execute(
        "DELETE FROM idempotency_keys k USING (SELECT account_id, key FROM idempotency_keys WHERE lane = $1"
        " AND created_at < now() - $2 * interval '1 day' ORDER BY created_at LIMIT $3) old"
        " WHERE k.lane = $1 AND k.account_id = old.account_id AND k.key = old.key",
        lane,
        KEPT_DAYS,
        limit,
    )


class TidyJob:
    """The worker's part: old keys of a lane, some thousands at a time."""

    name = "tidy"

    async def run(self, scope: LaneScope) -> bool:
        async with scope.transaction() as tx:
            return await forget_old(tx, scope.lane, FORGOTTEN_AT_ONCE_MAX_COUNT) == FORGOTTEN_AT_ONCE_MAX_COUNT
