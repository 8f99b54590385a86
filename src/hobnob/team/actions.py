"""What can be done in the team room; other rooms come in here too."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from hobnob.kernel.errors import Forbidden, NotFound
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Database, Tx

from . import queries, rules
from .audit import audit
from .errors import NotSandbox
from .events import Resync
from .sign_in import (
    add_agent,
    agent_session,
    session_of,
    sign_in,
    sign_out,
    sign_out_everywhere,
    sign_up,
    sweep_expired,
)
from .types import Account, AgentView, MeChange, Session

__all__ = [
    "account_of",
    "accounts_in",
    "accounts_with_numbers",
    "add_agent",
    "advance_clock",
    "agent_names",
    "agent_session",
    "agents_of",
    "audit",
    "catch_up_clock",
    "change_me",
    "has_happened",
    "require_admin",
    "session_of",
    "set_plan",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "sign_up",
    "sweep_expired",
]


async def account_of(tx: Tx, tenant: Tenant) -> Account:
    """The account. Raises NotFound when it does not exist (or is not visible here)."""
    account = await queries.account(tx, tenant)
    if account is None:
        raise NotFound("This account does not exist.")
    return account


async def accounts_in(tx: Tx, lane: int, ids: Sequence[UUID]) -> dict[UUID, Account]:
    """Accounts of one lane by id; unknown ids are left out."""
    return await queries.accounts(tx, lane, ids)


async def agents_of(tx: Tx, tenant: Tenant) -> list[AgentView]:
    """All agents of the account, by name."""
    return await queries.agents(tx, tenant)


async def agent_names(tx: Tx, lane: int, accounts: Sequence[UUID], ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names of agents of these accounts of a lane by id; ids unknown there are left out."""
    return await queries.agent_names(tx, lane, accounts, ids)


async def change_me(tx: Tx, session: Session, change: MeChange) -> Session:
    """Change the agent's own name or language."""
    name = session.agent_name if change.name is None else rules.valid_name(change.name, "name")
    locale = session.locale if change.locale is None else change.locale
    await tx.execute(
        "UPDATE agents SET name = $4, locale = $5 WHERE lane = $1 AND account_id = $2 AND id = $3",
        session.tenant.lane,
        session.tenant.account_id,
        session.agent_id,
        name,
        locale,
    )
    await audit(tx, session.tenant, "agent.changed", "agent", session.agent_id, session.agent_id)
    changed = await queries.session(tx, session.tenant, session.agent_id)
    assert changed is not None
    return changed


def require_admin(session: Session, what: str) -> None:
    """Owners and admins may. Raises Forbidden for everybody else; ``what`` completes "Only ... may ..."."""
    if session.role not in ("owner", "admin"):
        raise Forbidden(f"Only the owner and admins may {what}. Ask one of them.")


async def has_happened(tx: Tx, tenant: Tenant, action: str) -> bool:
    """Whether the audit trail holds such an action."""
    return await queries.audited(tx, tenant, action)


async def set_plan(tx: Tx, tenant: Tenant, plan: str) -> None:
    """Note which plan the account is on, as its pages show it."""
    await tx.execute(
        "UPDATE accounts SET plan = $3 WHERE lane = $1 AND account_id = $2 AND plan <> $3",
        tenant.lane,
        tenant.account_id,
        plan,
    )


async def advance_clock(tx: Tx, tenant: Tenant, seconds: int, agent_id: UUID | None) -> int:
    """Move a sandbox account's clock forward; answers how far it is ahead now. Raises NotSandbox."""
    ahead_s = await tx.fetchval(
        "UPDATE accounts SET clock_ahead_s = clock_ahead_s + $3 WHERE lane = $1 AND account_id = $2 AND sandbox"
        " RETURNING clock_ahead_s",
        tenant.lane,
        tenant.account_id,
        seconds,
    )
    if ahead_s is None:
        raise NotSandbox("This account lives in real time: only a sandbox account's clock can be moved.")
    await audit(tx, tenant, "clock.advanced", "account", tenant.account_id, agent_id, detail={"seconds": seconds})
    tx.emit(tenant.account_id, Resync())
    return int(ahead_s)


async def catch_up_clock(tx: Tx, tenant: Tenant, ahead_s: int) -> None:
    """Have a sandbox account's clock at least so far ahead, as the simulator's is."""
    moved = await tx.execute(
        "UPDATE accounts SET clock_ahead_s = $3 WHERE lane = $1 AND account_id = $2 AND sandbox AND clock_ahead_s < $3",
        tenant.lane,
        tenant.account_id,
        ahead_s,
    )
    if moved:
        tx.emit(tenant.account_id, Resync())


async def accounts_with_numbers(database: Database) -> list[Tenant]:
    """Every account that has a WhatsApp number or account of its own, from the routes."""
    async with database.unscoped() as tx:
        return await queries.routed_accounts(tx)
