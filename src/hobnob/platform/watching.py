"""Which accounts somebody is looking at, known to workers: whoever applies thousands of webhooks need not describe what
changed to nobody.

A web process notes an account before its first open page fetches anything, and renews the note while pages are open.
Nothing is missed in between: every transaction of a lane holds a shared lock on the lane's notes from its beginning,
and a new note waits for all of them to end. So a transaction either sees the note and tells, or it has ended before
the page fetches.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog

from hobnob.kernel.ids import Tenant

from .database import DATABASE_ERRORS, ROLE_WEB, WATCH_LOCK, Database, Tx
from .realtime import Hub

log = structlog.get_logger()

NOTED_S = 60.0
RENEW_S = 20.0

_NOTE = """
INSERT INTO watched_accounts (account_id, lane, until) VALUES ($1, $2, now() + make_interval(secs => $3))
ON CONFLICT (account_id) DO UPDATE SET until = greatest(watched_accounts.until, excluded.until)
"""
_RENEW = """
UPDATE watched_accounts SET until = now() + make_interval(secs => $2)
WHERE account_id = ANY ($1::uuid[]) AND until > now() RETURNING account_id
"""


async def watched_in(tx: Tx, lane: int) -> set[UUID]:
    """The accounts of a lane that somebody looks at. ``tx`` is the lane's transaction."""
    rows = await tx.fetch("SELECT account_id FROM watched_accounts WHERE lane = $1 AND until > now()", lane)
    return {row["account_id"] for row in rows}


class Watch:
    """The notes of one web process."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._noted: dict[UUID, Tenant] = {}

    async def begin(self, tenant: Tenant) -> None:
        """Have the account's changes told from now on. Call it once the page listens and before it fetches."""
        if tenant.account_id in self._noted:
            return
        await self._note(tenant)
        self._noted[tenant.account_id] = tenant

    async def renew_forever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await self.renew()
            except DATABASE_ERRORS as error:
                log.warning("watch_not_renewed", error=str(error))

    async def renew(self) -> None:
        """Keep the notes of accounts with open pages, let the others lapse."""
        self._noted = {account_id: self._noted[account_id] for account_id in self._noted if account_id in self._hub}
        if not self._noted:
            return
        async with self._database.unscoped(ROLE_WEB) as tx:
            rows = await tx.fetch(_RENEW, list(self._noted), NOTED_S)
        lapsed = set(self._noted) - {row["account_id"] for row in rows}
        for account_id in lapsed:
            # The database or this process was away for a while: what happened meanwhile was told to nobody.
            await self._note(self._noted[account_id])
            self._hub.resync(account_id)

    async def _note(self, tenant: Tenant) -> None:
        async with self._database.unscoped(ROLE_WEB) as tx:
            await tx.execute("SELECT pg_advisory_xact_lock($1, $2)", WATCH_LOCK, tenant.lane)
            await tx.execute(_NOTE, tenant.account_id, tenant.lane, NOTED_S)
