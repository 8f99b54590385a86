"""PostgreSQL connections, one pool per role, and the only ways to open a transaction.

Three roles, none of which can bypass row-level security: ``hobnob_web`` sees the one account named by
``hobnob.account``, ``hobnob_work`` the one lane named by ``hobnob.lane``, ``hobnob_ingest`` may only add webhook
events. Both settings are ``SET LOCAL``: they end with the transaction, and without them a role sees nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import msgspec

from hobnob.kernel.ids import Tenant

from .settings import Settings

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

Row: TypeAlias = asyncpg.Record

ROLE_WEB = "hobnob_web"
ROLE_WORK = "hobnob_work"
ROLE_INGEST = "hobnob_ingest"
ROLES = (ROLE_WEB, ROLE_WORK, ROLE_INGEST)
STATEMENT_TIMEOUT_MS = 30_000


def role_password(secret_key: str, role: str) -> str:
    """The password of an application role, derived so that no second secret has to be kept."""
    return hmac.new(secret_key.encode(), f"database role {role}".encode(), hashlib.sha256).hexdigest()


def role_url(settings: Settings, role: str) -> str:
    """Where a role connects: its own URL if one is set, else the owner's URL with the role's name and password."""
    own = {
        ROLE_WEB: settings.database_web_url,
        ROLE_WORK: settings.database_work_url,
        ROLE_INGEST: settings.database_ingest_url,
    }[role]
    if own:
        return own
    parts = urlsplit(settings.database_url)
    place = parts.netloc.rpartition("@")[2]
    password = quote(role_password(settings.secret_key, role))
    return urlunsplit((parts.scheme, f"{role}:{password}@{place}", parts.path, parts.query, parts.fragment))


class Database:
    """The pools of one process. Open with `Database.open`, close with `close`."""

    def __init__(self, web: Pool | None, work: Pool | None, ingest: Pool | None) -> None:
        self._web = web
        self._work = work
        self._ingest = ingest

    @classmethod
    async def open(cls, settings: Settings, *, roles: tuple[str, ...] = ROLES) -> Database:
        """Connect the pools of the given roles. Raises OSError or asyncpg errors when PostgreSQL does not answer."""
        pools = {role: await _pool(settings, role) if role in roles else None for role in ROLES}
        return cls(pools[ROLE_WEB], pools[ROLE_WORK], pools[ROLE_INGEST])

    async def close(self) -> None:
        for pool in (self._web, self._work, self._ingest):
            if pool is not None:
                await pool.close()

    @asynccontextmanager
    async def account(self, tenant: Tenant) -> AsyncIterator[Connection]:
        """One transaction of the web role that sees this account and nothing else. Commits unless an error is raised."""
        assert self._web is not None, "this process has no web pool"
        async with self._web.acquire() as connection:
            async with _transaction(connection, f"SET LOCAL hobnob.account = '{tenant.account_id}'"):
                yield connection

    @asynccontextmanager
    async def lane(self, lane: int) -> AsyncIterator[Connection]:
        """One transaction of the worker role that sees this lane and nothing else."""
        assert self._work is not None, "this process has no worker pool"
        async with self._work.acquire() as connection:
            async with _transaction(connection, f"SET LOCAL hobnob.lane = '{int(lane)}'"):
                yield connection

    @asynccontextmanager
    async def unscoped(self, role: str = ROLE_WEB) -> AsyncIterator[Connection]:
        """One transaction over the global tables only: row-level security hides every tenant's rows."""
        pool = {ROLE_WEB: self._web, ROLE_WORK: self._work, ROLE_INGEST: self._ingest}[role]
        assert pool is not None, f"this process has no pool for {role}"
        async with pool.acquire() as connection:
            async with connection.transaction():
                yield connection

    @asynccontextmanager
    async def ingest(self) -> AsyncIterator[Connection]:
        """A bare connection of the ingest role, for single statements that commit by themselves."""
        assert self._ingest is not None, "this process has no ingest pool"
        async with self._ingest.acquire() as connection:
            yield connection


@asynccontextmanager
async def _transaction(connection: Connection, scope: str) -> AsyncIterator[None]:
    # BEGIN and SET LOCAL travel together: one round trip instead of two. ``scope`` holds only a UUID or an int.
    await connection.execute(f"BEGIN; {scope}")
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


async def _pool(settings: Settings, role: str) -> Pool:
    return await asyncpg.create_pool(
        role_url(settings, role),
        min_size=1,
        max_size=settings.database_pool_max_count,
        init=_prepare,
        server_settings={
            "application_name": role,
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "timezone": "UTC",
            "jit": "off",
        },
    )


async def _prepare(connection: asyncpg.Connection[Row]) -> None:
    """jsonb travels as msgspec-encoded text; Python objects in, Python objects out."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
        format="text",
    )
