"""PostgreSQL connections, one pool per role, and the only ways to open a transaction.

Three roles, none of which can bypass row-level security: ``hobnob_web`` sees the one account named by
``hobnob.account``, ``hobnob_work`` the one lane named by ``hobnob.lane``, ``hobnob_ingest`` may only add webhook
events. Both settings are ``SET LOCAL``: they end with the transaction, and without them a role sees nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import msgspec

from hobnob.kernel.ids import Tenant

from . import realtime
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
# A process that stands still, or a machine that is gone, must not keep the locks of an open transaction: a lane's lease
# is one of them.
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
CHANNEL_WORK = "hobnob_work"
CHANNEL_EVENTS = "hobnob_events"
WATCH_LOCK = 0x686F62  # advisory lock (this, lane): see ``watching``


# All that a statement may raise when the database is in trouble, refuses it, or is not there at all.
DATABASE_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# The database was away, busy, or stopped us: the same may well work later.
_TRANSIENT = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)


def is_transient(error: BaseException) -> bool:
    """Whether trying the very same again may succeed."""
    # The driver's complaints about values it cannot send are interface errors too; they would come back for ever.
    return isinstance(error, _TRANSIENT) and not isinstance(error, ValueError)


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


class Tx:
    """One open transaction. Besides SQL it collects what must be told when, and only when, it commits:
    realtime events of accounts, and wake-ups of lane workers."""

    __slots__ = ("_connection", "_events", "_wakes", "lane")

    def __init__(self, connection: Connection, lane: int | None) -> None:
        self._connection = connection
        self.lane = lane
        self._events: list[tuple[UUID, bytes]] = []
        self._wakes: set[tuple[str, int]] = set()

    async def fetch(self, query: str, *args: Any) -> list[Row]:
        return await self._connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        return await self._connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        return await self._connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> int:
        """Run a statement; returns the number of rows it touched."""
        status = await self._connection.execute(query, *args)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def enter(self, tenant: Tenant) -> None:
        """Narrow an unscoped transaction of the web role to one account, once it is known which."""
        await self._connection.execute("SELECT set_config('hobnob.account', $1, true)", str(tenant.account_id))
        self.lane = tenant.lane

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that may fail alone. Events emitted in a failed part are taken back."""
        events, wakes = len(self._events), set(self._wakes)
        # The driver's own savepoints need its own BEGIN; savepoints of one name stack, so parts may hold parts.
        await self._connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            del self._events[events:]
            self._wakes = wakes
            if not self._connection.is_closed():
                await self._connection.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
            raise
        await self._connection.execute("RELEASE SAVEPOINT part")

    def emit(self, account_id: UUID, event: msgspec.Struct | dict[str, Any]) -> None:
        """Tell every browser of the account, once this transaction has committed. ``event`` is one contract event."""
        self._events.append((account_id, msgspec.json.encode(event)))

    def wake(self, job: str, lane: int) -> None:
        """Wake the worker of a lane for a job, once this transaction has committed."""
        self._wakes.add((job, lane))

    async def flush(self) -> list[tuple[UUID, bytes]]:
        """Put the wake-ups (and, without NATS, the events) into the transaction; called just before COMMIT."""
        payloads = [(CHANNEL_WORK, f"{job} {lane}") for job, lane in sorted(self._wakes)]
        if realtime.events_travel_by_postgres():
            payloads += [(CHANNEL_EVENTS, part) for part in realtime.notify_payloads(self._events)]
        if payloads:
            channels, texts = zip(*payloads, strict=True)
            await self._connection.execute(
                "SELECT pg_notify(c, t) FROM unnest($1::text[], $2::text[]) AS n (c, t)", list(channels), list(texts)
            )
        return self._events


class Database:
    """The pools of one process. Open with `Database.open`, close with `close`."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self._pools = pools

    @classmethod
    async def open(cls, settings: Settings, *, roles: tuple[str, ...] = ROLES) -> Database:
        """Connect the pools of the given roles. Raises OSError or asyncpg errors when PostgreSQL does not answer."""
        return cls({role: await _pool(settings, role) for role in roles})

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.close()

    @asynccontextmanager
    async def account(self, tenant: Tenant) -> AsyncIterator[Tx]:
        """One transaction of the web role that sees this account and nothing else. Commits unless an error is raised."""
        async with self._pools[ROLE_WEB].acquire() as connection:
            scope = f"SET LOCAL hobnob.account = '{tenant.account_id}'"
            async with _transaction(connection, scope, tenant.lane) as tx:
                yield tx

    @asynccontextmanager
    async def lane(self, lane: int) -> AsyncIterator[Tx]:
        """One transaction of the worker role that sees this lane and nothing else."""
        async with self._pools[ROLE_WORK].acquire() as connection:
            scope = (
                f"SET LOCAL hobnob.lane = '{int(lane)}'; SELECT pg_advisory_xact_lock_shared({WATCH_LOCK}, {int(lane)})"
            )
            async with _transaction(connection, scope, lane) as tx:
                yield tx

    @asynccontextmanager
    async def unscoped(self, role: str = ROLE_WEB) -> AsyncIterator[Tx]:
        """One transaction over the global tables only: row-level security hides every tenant's rows."""
        async with self._pools[role].acquire() as connection:
            async with _transaction(connection, "SET LOCAL hobnob.account = ''", None) as tx:
                yield tx

    @asynccontextmanager
    async def ingest(self) -> AsyncIterator[Connection]:
        """A bare connection of the ingest role, for single statements that commit by themselves."""
        async with self._pools[ROLE_INGEST].acquire() as connection:
            yield connection


@asynccontextmanager
async def owner_transaction(settings: Settings) -> AsyncIterator[Tx]:
    """One transaction of the tables' owner, for the data a release brings along. Row-level security does not bind the
    owner: tenants' rows are none of its business."""
    connection = await asyncpg.connect(settings.database_url)
    await _prepare(connection)
    try:
        async with _transaction(cast("Connection", connection), "SET LOCAL hobnob.account = ''", None) as tx:
            yield tx
    finally:
        await connection.close()


@asynccontextmanager
async def _transaction(connection: Connection, scope: str, lane: int | None) -> AsyncIterator[Tx]:
    # BEGIN and SET LOCAL travel together: one round trip instead of two. ``scope`` holds only a UUID or an int.
    await connection.execute(f"BEGIN; {scope}")
    tx = Tx(connection, lane)
    try:
        yield tx
        events = await tx.flush()
        await connection.execute("COMMIT")
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    await realtime.publish_committed(events)


async def _pool(settings: Settings, role: str) -> Pool:
    return await asyncpg.create_pool(
        role_url(settings, role),
        min_size=1,
        max_size=settings.database_pool_max_count,
        init=_prepare,
        reset=_leave_as_it_is,
        server_settings={
            "application_name": role,
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
            "timezone": "UTC",
            "jit": "off",
        },
    )


async def _leave_as_it_is(_connection: asyncpg.Connection[Row]) -> None:
    """Nothing to take back when a connection returns to its pool: settings are local to their transaction, and asyncpg
    itself rolls back an open one. The usual RESET would be one more round trip for every transaction."""


async def _prepare(connection: asyncpg.Connection[Row]) -> None:
    """jsonb travels as msgspec-encoded text; Python objects in, Python objects out."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
        format="text",
    )
