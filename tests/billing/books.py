"""Accounts with wallets for tests of money, and the proof that their books are right."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hobnob.billing import actions
from hobnob.kernel.ids import Tenant, lane_of, new_id
from hobnob.kernel.money import Money
from hobnob.platform.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
USD = 1_000_000


async def open_account(
    database: Database,
    *,
    paid_micros: int = 0,
    promo_micros: int = 0,
    plan: str = "starter",
    time_zone: str = "Asia/Kolkata",
    lane: int | None = None,
    clock_ahead_s: int = 0,
    now: datetime = NOW,
) -> Tenant:
    """An account with its wallet and some credit."""
    account_id = new_id()
    tenant = Tenant(account_id, lane_of(account_id) if lane is None else lane)
    async with database.account(tenant) as tx:
        await tx.execute(
            "INSERT INTO accounts (lane, account_id, name, time_zone, currency, plan, sandbox, clock_ahead_s, created_at)"
            " VALUES ($1, $2, 'Shop', $3, 'USD', $4, $5 > 0, $5, $6)",
            tenant.lane,
            account_id,
            time_zone,
            plan,
            clock_ahead_s,
            now,
        )
        await actions.open_wallet(tx, tenant, "USD", now)
        if promo_micros:
            await actions.grant(tx, tenant, Money(promo_micros, "USD"), "welcome", "welcome", now)
        if paid_micros:
            await actions.top_up(tx, tenant, Money(paid_micros, "USD"), "test", "first", now)
    return tenant


async def assert_proven(database: Database, *lanes: int) -> None:
    """The books of these lanes are right."""
    for lane in lanes:
        async with database.lane(lane) as tx:
            assert await actions.prove_lane(tx, lane) == []


async def balances(database: Database, tenant: Tenant) -> dict[str, int]:
    """The book's accounts that are not empty."""
    async with database.account(tenant) as tx:
        rows = await tx.fetch(
            "SELECT code, balance_micros FROM ledger_accounts WHERE lane = $1 AND account_id = $2 AND balance_micros <> 0",
            tenant.lane,
            tenant.account_id,
        )
    return {row["code"]: row["balance_micros"] for row in rows}


async def net_charges(database: Database, tenant: Tenant) -> list[tuple[UUID, datetime, str, int]]:
    """What stands charged: conversation, time, category, amount; corrections taken off."""
    async with database.account(tenant) as tx:
        rows = await tx.fetch(
            "SELECT conversation_id, at, category, sum(amount_micros)::bigint AS amount,"
            " sum(CASE WHEN reverses_id IS NULL THEN 1 ELSE -1 END) AS standing"
            " FROM charges WHERE lane = $1 AND account_id = $2"
            " GROUP BY conversation_id, at, category ORDER BY at, conversation_id, category",
            tenant.lane,
            tenant.account_id,
        )
    return [(row["conversation_id"], row["at"], row["category"], row["amount"]) for row in rows if row["standing"]]
