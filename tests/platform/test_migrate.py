"""Migrations: once each, in order, all or nothing, under time-outs, by one process at a time, and never edited afterwards."""

from __future__ import annotations

import asyncio

import asyncpg
import msgspec
import pytest

from hobnob.platform import migrate as migrating
from hobnob.platform.database import ROLES
from hobnob.platform.migrate import Migration, MigrationError, migrate, migrations, pending
from hobnob.platform.settings import Settings


@pytest.fixture
def fresh(settings: Settings, empty_postgres_url: str) -> Settings:
    return msgspec.structs.replace(settings, database_url=empty_postgres_url)


def _ship(monkeypatch: pytest.MonkeyPatch, *shipped: Migration) -> None:
    monkeypatch.setattr(migrating, "migrations", lambda: list(shipped))


async def _value(settings: Settings, query: str) -> object:
    connection = await asyncpg.connect(settings.database_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_the_shipped_migrations_apply_once(fresh: Settings) -> None:
    applied = await migrate(fresh)
    assert applied == [f"{m.version:04d}_{m.name}" for m in migrations()]
    assert await migrate(fresh) == []
    assert await pending(fresh) == []


async def test_numbers_are_in_order_and_without_gaps() -> None:
    assert [m.version for m in migrations()] == list(range(1, len(migrations()) + 1))


async def test_what_is_missing_is_named_without_changing_anything(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = Migration(1, "one", "SELECT 1; GRANT SELECT ON schema_migrations TO hobnob_web"), Migration(2, "two", "")
    _ship(monkeypatch, one)
    assert await pending(fresh) == ["0001_one"]
    await migrate(fresh)
    _ship(monkeypatch, one, two)
    assert await pending(fresh) == ["0002_two"]
    assert await pending(fresh) == ["0002_two"]


async def test_a_failing_migration_leaves_nothing_and_names_itself(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = (
        Migration(1, "good", "CREATE TABLE good (i int)"),
        Migration(2, "bad", "CREATE TABLE half (i int); oops"),
    )
    _ship(monkeypatch, good, bad)
    with pytest.raises(MigrationError, match="2_bad failed"):
        await migrate(fresh)
    assert await _value(fresh, "SELECT to_regclass('good')") is not None
    assert await _value(fresh, "SELECT to_regclass('half')") is None


async def test_an_edited_migration_is_refused(fresh: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _ship(monkeypatch, Migration(1, "one", "CREATE TABLE one (i int)"))
    await migrate(fresh)
    _ship(monkeypatch, Migration(1, "one", "CREATE TABLE one (i bigint)"))
    with pytest.raises(MigrationError, match="was edited after it was applied"):
        await migrate(fresh)


async def test_it_gives_up_instead_of_queueing_behind_a_long_transaction(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ship(monkeypatch, Migration(1, "one", "CREATE TABLE busy (i int)"))
    await migrate(fresh)
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT_MS", 100)
    monkeypatch.setattr(migrating, "STATEMENT_TIMEOUT_MS", 200)
    connection = await asyncpg.connect(fresh.database_url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE busy")
        _ship(monkeypatch, Migration(1, "one", "CREATE TABLE busy (i int)"), Migration(2, "two", "DROP TABLE busy"))
        with pytest.raises(MigrationError, match="lock timeout"):
            await migrate(fresh)
    await connection.close()
    _ship(monkeypatch, Migration(1, "one", "CREATE TABLE busy (i int)"), Migration(2, "slow", "SELECT pg_sleep(5)"))
    with pytest.raises(MigrationError, match="statement timeout"):
        await migrate(fresh)


async def test_two_processes_at_once_apply_each_once(fresh: Settings) -> None:
    first, second = await asyncio.gather(migrate(fresh), migrate(fresh))
    assert sorted([len(first), len(second)]) == [0, len(migrations())]


async def test_the_roles_cannot_bypass_row_level_security(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    rows = await connection.fetch("SELECT * FROM pg_roles WHERE rolname = ANY ($1::text[])", list(ROLES))
    owned = await connection.fetchval(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = ANY ($1::text[])",
        list(ROLES),
    )
    memberships = await connection.fetchval(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY ($1::text[])",
        list(ROLES),
    )
    await connection.close()
    assert {row["rolname"] for row in rows} == set(ROLES)
    for row in rows:
        assert not (row["rolsuper"] or row["rolbypassrls"] or row["rolcreaterole"] or row["rolcreatedb"])
    assert owned == 0, "who owns a table is not bound by its policies"
    assert memberships == 0


async def test_an_owner_who_may_not_create_roles_is_told_what_to_do(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = fresh.database_url.rpartition("/")[2]
    connection = await asyncpg.connect(fresh.database_url)
    await connection.execute(
        f"CREATE ROLE plain_{name} LOGIN PASSWORD 'plain'; GRANT ALL ON SCHEMA public TO plain_{name}"
    )
    _, _, place = fresh.database_url.rpartition("@")
    plain = msgspec.structs.replace(fresh, database_url=f"postgresql://plain_{name}:plain@{place}")
    _ship(monkeypatch)
    assert await migrate(plain) == [], "the roles exist: nothing to create"
    monkeypatch.setattr(migrating, "ROLES", (*ROLES, "hobnob_missing"))
    with pytest.raises(MigrationError, match=r"role hobnob_missing does not exist .* CREATE ROLE"):
        await migrate(plain)
    await connection.execute(f"DROP OWNED BY plain_{name} CASCADE; DROP ROLE plain_{name}")
    await connection.close()


async def test_runs_on_many_databases_of_one_cluster_do_not_trip_over_the_roles(settings: Settings) -> None:
    """Roles belong to the cluster, the lock to one database."""
    connections = [await asyncpg.connect(settings.database_url) for _ in range(6)]

    async def make_roles_often(connection: asyncpg.Connection[asyncpg.Record]) -> None:
        for _ in range(20):
            await migrating._create_roles(connection, settings)

    await asyncio.gather(*(make_roles_often(connection) for connection in connections))
    for connection in connections:
        await connection.close()
