"""Numbered SQL migrations: one advisory lock around the run, one transaction and two time-outs per file.

A file once applied is never edited: its checksum is kept and compared. The run also creates the application roles
(where it may) and gives them their passwords.
"""

from __future__ import annotations

import asyncio
import hashlib
from importlib import resources
from typing import NamedTuple

import asyncpg

from .database import ROLES, role_password, role_url
from .settings import Settings

LOCK_TIMEOUT_MS = 4_000
STATEMENT_TIMEOUT_MS = 60_000
_LOCK_KEY = 0x686F626E6F62  # "hobnob"
POSTGRES_VERSION_MIN = 160_000
ROLE_TRIES_MAX = 20
ROLE_WAIT_S = 0.05


class MigrationError(Exception):
    """The database cannot be migrated; the message says why and what to do."""


class Migration(NamedTuple):
    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """The shipped migrations in order. Raises MigrationError when two share a number."""
    found = []
    for entry in sorted(resources.files("hobnob.migrations").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(number), name, entry.read_text("utf-8")))
    if len({migration.version for migration in found}) != len(found):
        raise MigrationError("two migrations have the same number")
    return found


async def migrate(settings: Settings) -> list[str]:
    """Bring the database to the newest version; returns the names applied now. Raises MigrationError."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        await _require_version(connection)
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK_KEY)
        await _create_roles(connection, settings)
        done = await _applied(connection)
        names = []
        for migration in migrations():
            if migration.version in done:
                if done[migration.version] != migration.checksum:
                    raise MigrationError(
                        f"migration {migration.version}_{migration.name} was edited after it was applied: "
                        "restore the file, and put the change in a new migration."
                    )
                continue
            await _apply(connection, migration)
            names.append(f"{migration.version:04d}_{migration.name}")
        return names
    finally:
        await connection.close()


async def pending(settings: Settings) -> list[str]:
    """Names of migrations not yet applied, without changing anything (for readiness)."""
    connection = await asyncpg.connect(role_url(settings, ROLES[0]))
    try:
        rows = await connection.fetch("SELECT version FROM schema_migrations")
    except asyncpg.UndefinedTableError:
        rows = []
    finally:
        await connection.close()
    done = {row["version"] for row in rows}
    return [f"{m.version:04d}_{m.name}" for m in migrations() if m.version not in done]


async def _require_version(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    version = int(await connection.fetchval("SHOW server_version_num"))
    if version < POSTGRES_VERSION_MIN:
        raise MigrationError(f"PostgreSQL 16 or newer is needed; this is {version // 10_000}.")


async def _create_roles(connection: asyncpg.Connection[asyncpg.Record], settings: Settings) -> None:
    may_create = await connection.fetchval(
        "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    for role in ROLES:
        exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
        if not may_create:
            if not exists:
                raise MigrationError(
                    f"role {role} does not exist and the owner may not create roles: have an administrator run "
                    f"CREATE ROLE {role} LOGIN NOBYPASSRLS PASSWORD '...' and set the HOBNOB_DATABASE_*_URL variables."
                )
            continue
        verb = "ALTER" if exists else "CREATE"
        password = role_password(settings.secret_key, role)
        statement = f"{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '{password}'"
        await _execute_patiently(connection, statement)


async def _execute_patiently(connection: asyncpg.Connection[asyncpg.Record], statement: str) -> None:
    """Roles belong to the whole cluster, our lock only to one database: another one's run may be at the same role."""
    for _ in range(ROLE_TRIES_MAX - 1):
        try:
            await connection.execute(statement)
            return
        except (asyncpg.InternalServerError, asyncpg.UniqueViolationError):  # "tuple concurrently updated"
            await asyncio.sleep(ROLE_WAIT_S)
    await connection.execute(statement)


async def _applied(connection: asyncpg.Connection[asyncpg.Record]) -> dict[int, str]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations ("
        " version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = await connection.fetch("SELECT version, checksum FROM schema_migrations")
    return {row["version"]: row["checksum"] for row in rows}


async def _apply(connection: asyncpg.Connection[asyncpg.Record], migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
        await connection.execute(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}")
        try:
            await connection.execute(migration.sql)
        except asyncpg.PostgresError as error:
            raise MigrationError(f"migration {migration.version}_{migration.name} failed: {error}") from error
        await connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
            migration.version,
            migration.name,
            migration.checksum,
        )
