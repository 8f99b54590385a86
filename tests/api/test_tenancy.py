"""One tenant never sees another: every table of the schema is tried, as the very roles the application connects with.

Tables are found in the catalogue, so a new one is tested the day it appears. Rows are made up from the column types;
CHECK constraints are dropped in this test's own database, because only row-level security is on trial here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from hobnob.platform.database import ROLE_INGEST, ROLE_WEB, ROLE_WORK, ROLES, role_url
from hobnob.platform.settings import Settings

# Found without an account, by design: each holds as little as routing, sign-in and prices need.
GLOBAL_TABLES = {
    "schema_migrations": "which migrations are applied",
    "lane_leases": "which worker holds a lane",
    "routes": "whose a phone number id or WhatsApp account is",
    "sign_ins": "whose an e-mail address is",
    "sessions": "whose a session is",
    "attempt_windows": "hashed keys and counters",
    "unrouted_webhooks": "webhooks nobody owns yet",
    "watched_accounts": "which accounts have a page open, and until when",
    "markets": "price catalogue",
    "rate_cards": "price catalogue",
    "rate_card_versions": "price catalogue",
    "rates": "price catalogue",
    "plans": "price catalogue",
    "plan_versions": "price catalogue",
    "plan_addons": "price catalogue",
    "catalog_state": "price catalogue",
    "sellers": "who sells: the operator's own company",
    "tax_rules": "which tax the operator charges, by date",
    "document_numbers": "which numbers of invoices are given, and to which document",
    "lane_proofs": "when a lane's books were last proven",
}
WEB_POLICY = "(account_id = (NULLIF(current_setting('hobnob.account'::text, true), ''::text))::uuid)"
WORK_POLICY = "(lane = (NULLIF(current_setting('hobnob.lane'::text, true), ''::text))::smallint)"


@dataclass(frozen=True)
class Side:
    account: UUID
    lane: int


A = Side(UUID("0a0a0a0a-0000-7000-8000-00000000000a"), 7)
B = Side(UUID("0b0b0b0b-0000-7000-8000-00000000000b"), 8)


@dataclass(frozen=True)
class Table:
    name: str
    columns: dict[str, tuple[str, bool]]

    def row(self, side: Side) -> dict[str, Any]:
        """A row of this side, with a fresh value in every column that needs one."""
        row: dict[str, Any] = {}
        for column, (kind, generated) in self.columns.items():
            if not generated:
                row[column] = (
                    side.account if column == "account_id" else side.lane if column == "lane" else _value(kind)
                )
        return row

    def insert(self, row: dict[str, Any]) -> tuple[str, list[Any]]:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(f"${n}::{self.columns[name][0]}" for n, name in enumerate(row, 1))
        return f"INSERT INTO {self.name} ({names}) VALUES ({marks})", list(row.values())


def _value(kind: str) -> Any:
    number = uuid4().int
    values: dict[str, Any] = {
        "uuid": uuid4(),
        "text": f"t{number}",
        "smallint": number % 30_000,
        "integer": number % 2_000_000_000,
        "bigint": number % 10**15,
        "boolean": True,
        "date": date(2026, 1, 1),
        "timestamp with time zone": datetime(2026, 11, 23, tzinfo=UTC),
        "jsonb": "{}",
        "bytea": number.to_bytes(16, "big") * 2,
        "text[]": ["t"],
        "uuid[]": [uuid4()],
    }
    assert kind in values, f"teach this test a value of type {kind}"
    return values[kind]


@pytest.fixture
async def owner(settings: Settings) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    await connection.close()


async def tables_of(owner: asyncpg.Connection[asyncpg.Record]) -> dict[str, Table]:
    rows = await owner.fetch(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS kind,"
        " a.attidentity <> '' OR a.attgenerated <> '' AS generated"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped"
        " ORDER BY c.relname, a.attnum"
    )
    tables: dict[str, dict[str, tuple[str, bool]]] = {}
    for row in rows:
        tables.setdefault(row["relname"], {})[row["attname"]] = (row["kind"], row["generated"])
    return {name: Table(name, columns) for name, columns in tables.items()}


def tenant_tables(tables: dict[str, Table]) -> list[Table]:
    return [table for name, table in tables.items() if name not in GLOBAL_TABLES]


@pytest.fixture
async def filled(owner: asyncpg.Connection[asyncpg.Record]) -> list[Table]:
    """Every tenant table, with one row of A and one of B in it."""
    tables = tenant_tables(await tables_of(owner))
    for check in await owner.fetch(
        "SELECT conrelid::regclass::text AS target, conname FROM pg_constraint WHERE contype IN ('c', 'f')"
        " AND connamespace = 'public'::regnamespace AND conrelid <> 0"
    ):
        await owner.execute(f'ALTER TABLE {check["target"]} DROP CONSTRAINT "{check["conname"]}"')
    for table in tables:
        for side in (A, B):
            sql, values = table.insert(table.row(side))
            await owner.execute(sql, *values)
    return tables


class Refused(Exception):
    """PostgreSQL said no: 42501, by missing right or by policy."""


class As:
    """A connection of an application role with its scope set, each statement in a transaction that is rolled back."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], scope: str) -> None:
        self._connection = connection
        self._scope = scope

    async def count(self, sql: str, *args: Any) -> int:
        """Rows a statement returned or touched. Raises Refused."""
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            await self._connection.execute(self._scope)
            if sql.startswith("SELECT"):
                return len(await self._connection.fetch(sql, *args))
            return int((await self._connection.execute(sql, *args)).rsplit(" ", 1)[-1])
        except asyncpg.InsufficientPrivilegeError as error:
            raise Refused(str(error)) from None
        except asyncpg.UniqueViolationError:
            # Tables with one row per account: the policy let it pass, the key did not.
            return 1
        finally:
            await transaction.rollback()


@asynccontextmanager
async def role(settings: Settings, name: str, scope: str) -> AsyncIterator[As]:
    connection = await asyncpg.connect(role_url(settings, name))
    try:
        yield As(connection, scope)
    finally:
        await connection.close()


async def rights(owner: asyncpg.Connection[asyncpg.Record], name: str, table: str) -> set[str]:
    kinds = ("SELECT", "INSERT", "UPDATE", "DELETE")
    return {kind for kind in kinds if await owner.fetchval("SELECT has_table_privilege($1, $2, $3)", name, table, kind)}


async def test_every_table_is_a_tenants_or_on_the_global_list(owner: asyncpg.Connection[asyncpg.Record]) -> None:
    tables = await tables_of(owner)
    assert not GLOBAL_TABLES.keys() - tables.keys(), "the global list names tables that are gone"
    for table in tenant_tables(tables):
        assert table.columns.get("lane") == ("smallint", False), table.name
        assert table.columns.get("account_id") == ("uuid", False), table.name


async def test_every_tenant_table_has_both_policies_and_they_are_scalar(
    owner: asyncpg.Connection[asyncpg.Record],
) -> None:
    for table in tenant_tables(await tables_of(owner)):
        assert await owner.fetchval("SELECT relrowsecurity FROM pg_class WHERE oid = $1::regclass", table.name), (
            f"{table.name} has no row-level security: end its migration with CALL hobnob_tenant_table('{table.name}')"
        )
        rows = await owner.fetch("SELECT * FROM pg_policies WHERE schemaname = 'public' AND tablename = $1", table.name)
        policies = {row["policyname"]: row for row in rows}
        for name, policy, whose in (("web_account", WEB_POLICY, ROLE_WEB), ("work_lane", WORK_POLICY, ROLE_WORK)):
            found = policies.pop(name)
            assert (found["qual"], found["with_check"], list(found["roles"])) == (policy, policy, [whose]), table.name
            assert (found["permissive"], found["cmd"]) == ("PERMISSIVE", "ALL")
        ingest = policies.pop("ingest_insert", None)
        if ingest is not None:
            assert (table.name, ingest["cmd"], list(ingest["roles"])) == ("webhook_events", "INSERT", [ROLE_INGEST])
        assert not policies, f"{table.name} has further policies: {list(policies)}"


async def test_every_key_of_a_tenant_table_starts_with_its_lane(owner: asyncpg.Connection[asyncpg.Record]) -> None:
    tenant = {table.name for table in tenant_tables(await tables_of(owner))}
    rows = await owner.fetch(
        "SELECT i.indrelid::regclass::text AS target, i.indexrelid::regclass::text AS index, a.attname"
        " FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique"
    )
    wrong = [row["index"] for row in rows if row["target"] in tenant and row["attname"] != "lane"]
    assert not wrong


async def test_the_roles_cannot_go_around(owner: asyncpg.Connection[asyncpg.Record]) -> None:
    for name in ROLES:
        found = await owner.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", name)
        assert found is not None
        powers = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")
        assert not [power for power in powers if found[power]], name
        assert not await owner.fetch("SELECT roleid::regrole FROM pg_auth_members WHERE member = $1", found["oid"])
        assert not await owner.fetch("SELECT relname FROM pg_class WHERE relowner = $1", found["oid"])
        assert not await owner.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", name)


async def test_views_look_through_the_eyes_of_who_asks(owner: asyncpg.Connection[asyncpg.Record]) -> None:
    views = await owner.fetch(
        "SELECT relname, coalesce(reloptions, '{}') AS options FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
    )
    assert not [view["relname"] for view in views if "security_invoker=true" not in view["options"]]


async def test_functions_with_the_owners_rights_tell_lane_numbers_and_nothing_else(
    owner: asyncpg.Connection[asyncpg.Record],
) -> None:
    functions = await owner.fetch(
        "SELECT proname, proretset, prorettype::regtype::text AS answer, pronargs, proconfig FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert functions
    for function in functions:
        assert function["proname"].startswith("due_lanes_"), function["proname"]
        assert (function["answer"], function["pronargs"]) == ("smallint", 0), function["proname"]
        assert function["proconfig"] == ["search_path=public"], function["proname"]


@pytest.mark.parametrize(
    ("name", "scope", "column"),
    [
        (ROLE_WEB, f"SET LOCAL hobnob.account = '{A.account}'", "account_id"),
        (ROLE_WORK, f"SET LOCAL hobnob.lane = '{A.lane}'", "lane"),
    ],
    ids=["web", "work"],
)
async def test_a_role_reaches_its_own_rows_and_no_others(
    settings: Settings,
    owner: asyncpg.Connection[asyncpg.Record],
    filled: list[Table],
    name: str,
    scope: str,
    column: str,
) -> None:
    kind = "uuid" if column == "account_id" else "smallint"
    mine, theirs = getattr(A, column.removesuffix("_id")), getattr(B, column.removesuffix("_id"))
    async with role(settings, name, scope) as me:
        for table in filled:
            allowed = await rights(owner, name, table.name)
            where = f"WHERE {column} = $1::{kind}"
            if "SELECT" in allowed:
                assert await me.count(f"SELECT 1 FROM {table.name}") == 1, table.name
                assert await me.count(f"SELECT 1 FROM {table.name} {where}", theirs) == 0, table.name
            if "UPDATE" in allowed:
                touch = f"UPDATE {table.name} SET {column} = {column}"
                assert await me.count(f"{touch} {where}", mine) == 1, table.name
                assert await me.count(f"{touch} {where}", theirs) == 0, table.name
                with pytest.raises(Refused):
                    await me.count(f"UPDATE {table.name} SET {column} = $1::{kind}", theirs)
            if "DELETE" in allowed:
                assert await me.count(f"DELETE FROM {table.name} {where}", mine) == 1, table.name
                assert await me.count(f"DELETE FROM {table.name} {where}", theirs) == 0, table.name
            if "INSERT" in allowed:
                sql, values = table.insert(table.row(A))
                assert await me.count(sql, *values) == 1, table.name
                sql, values = table.insert(table.row(B))
                with pytest.raises(Refused, match="row-level security"):
                    await me.count(sql, *values)


@pytest.mark.parametrize("name", [ROLE_WEB, ROLE_WORK])
@pytest.mark.parametrize(
    "scope",
    ["SELECT 1", "SET LOCAL hobnob.account = ''; SET LOCAL hobnob.lane = ''", "SET LOCAL hobnob.other = 'x'"],
    ids=["nothing set", "set to nothing", "something else set"],
)
async def test_without_a_scope_a_role_sees_and_changes_nothing(
    settings: Settings, owner: asyncpg.Connection[asyncpg.Record], filled: list[Table], name: str, scope: str
) -> None:
    async with role(settings, name, scope) as me:
        for table in filled:
            allowed = await rights(owner, name, table.name)
            if "SELECT" in allowed:
                assert await me.count(f"SELECT 1 FROM {table.name}") == 0, table.name
            if "UPDATE" in allowed:
                assert await me.count(f"UPDATE {table.name} SET lane = lane") == 0, table.name
            if "DELETE" in allowed:
                assert await me.count(f"DELETE FROM {table.name}") == 0, table.name
            if "INSERT" in allowed:
                sql, values = table.insert(table.row(A))
                with pytest.raises(Refused, match="row-level security"):
                    await me.count(sql, *values)


async def test_the_other_roles_setting_opens_nothing(settings: Settings, filled: list[Table]) -> None:
    async with role(settings, ROLE_WEB, f"SET LOCAL hobnob.lane = '{A.lane}'") as web:
        assert await web.count("SELECT 1 FROM accounts") == 0
    async with role(settings, ROLE_WORK, f"SET LOCAL hobnob.account = '{A.account}'") as work:
        assert await work.count("SELECT 1 FROM accounts") == 0
    assert filled


async def test_the_webhook_role_may_add_events_and_read_none(
    settings: Settings, owner: asyncpg.Connection[asyncpg.Record], filled: list[Table]
) -> None:
    able = {table.name: await rights(owner, ROLE_INGEST, table.name) for table in filled}
    assert {name: what for name, what in able.items() if what} == {"webhook_events": {"INSERT"}}
    async with role(settings, ROLE_INGEST, "SELECT 1") as ingest:
        with pytest.raises(Refused):
            await ingest.count("SELECT 1 FROM webhook_events")
        with pytest.raises(Refused):
            await ingest.count("SELECT 1 FROM sign_ins")
