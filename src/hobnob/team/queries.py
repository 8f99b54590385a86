"""The team room's reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Row, Tx

from .types import Account, AgentView, Session

AGENTS_MAX = 500
_ACCOUNT = "account_id AS id, name, time_zone, currency, plan, sandbox, clock_ahead_s, created_at"


async def account(tx: Tx, tenant: Tenant) -> Account | None:
    row = await tx.fetchrow(
        f"SELECT {_ACCOUNT} FROM accounts WHERE lane = $1 AND account_id = $2", tenant.lane, tenant.account_id
    )
    return _account(row) if row else None


async def accounts(tx: Tx, lane: int, ids: Sequence[UUID]) -> dict[UUID, Account]:
    rows = await tx.fetch(
        f"SELECT {_ACCOUNT} FROM accounts WHERE lane = $1 AND account_id = ANY ($2::uuid[])", lane, list(ids)
    )
    return {row["id"]: _account(row) for row in rows}


async def agents(tx: Tx, tenant: Tenant) -> list[AgentView]:
    rows = await tx.fetch(
        "SELECT id, name, email, role FROM agents WHERE lane = $1 AND account_id = $2 ORDER BY name, id LIMIT $3",
        tenant.lane,
        tenant.account_id,
        AGENTS_MAX,
    )
    return [AgentView(row["id"], row["name"], row["email"], row["role"]) for row in rows]


async def agent_names(tx: Tx, lane: int, accounts: Sequence[UUID], ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch(
        "SELECT id, name FROM agents WHERE lane = $1 AND account_id = ANY ($2::uuid[]) AND id = ANY ($3::uuid[])",
        lane,
        list(accounts),
        list(ids),
    )
    return {row["id"]: row["name"] for row in rows}


async def session(tx: Tx, tenant: Tenant, agent_id: UUID) -> Session | None:
    """The agent with the account, in one row."""
    row = await tx.fetchrow(
        "SELECT g.name AS agent_name, g.email, g.role, g.locale, a.name AS account_name, a.time_zone, a.currency,"
        " a.plan, a.sandbox, a.clock_ahead_s, a.created_at"
        " FROM agents g JOIN accounts a ON a.lane = g.lane AND a.account_id = g.account_id"
        " WHERE g.lane = $1 AND g.account_id = $2 AND g.id = $3",
        tenant.lane,
        tenant.account_id,
        agent_id,
    )
    if row is None:
        return None
    fields: dict[str, Any] = dict(row)
    created_at = fields.pop("created_at")
    return Session(agent_id=agent_id, tenant=tenant, account_created_at=created_at, **fields)


async def audited(tx: Tx, tenant: Tenant, action: str) -> bool:
    """Oldest first: what is asked for happened early, or never."""
    found = await tx.fetchval(
        "SELECT true FROM audit_events WHERE lane = $1 AND account_id = $2 AND action = $3 ORDER BY at, id LIMIT 1",
        tenant.lane,
        tenant.account_id,
        action,
    )
    return bool(found)


async def routed_accounts(tx: Tx) -> list[Tenant]:
    rows = await tx.fetch("SELECT DISTINCT account_id, lane FROM routes ORDER BY account_id")
    return [Tenant(row["account_id"], row["lane"]) for row in rows]


def _account(row: Row) -> Account:
    return Account(**dict(row))
