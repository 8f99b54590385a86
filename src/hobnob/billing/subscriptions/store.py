"""Subscriptions between the database and memory. Whoever writes holds the account's wallet row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

import msgspec

from hobnob.billing.history.types import Term
from hobnob.billing.period import start_of
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx
from hobnob.team.types import Account

from .calendar import Bounds, Interval
from .types import Reason, Subscription, TermView

_COLUMNS = Subscription.__struct_fields__
_LIST = ", ".join(_COLUMNS)
_SETS = ", ".join(f"{name} = ${n}" for n, name in enumerate(_COLUMNS, 2) if name not in ("account_id", "id"))
_VALUES = ", ".join(f"${n}" for n in range(2, len(_COLUMNS) + 2))
DAYS_JOB = "subscriptions"


async def read(tx: Tx, lane: int, account_id: UUID) -> Subscription | None:
    row = await tx.fetchrow(f"SELECT {_LIST} FROM subscriptions WHERE lane = $1 AND account_id = $2", lane, account_id)
    return Subscription(**dict(row)) if row else None


async def write(tx: Tx, lane: int, subscription: Subscription) -> None:
    """Keep a subscription as it is now; its version counts up."""
    subscription.version += 1
    await tx.execute(
        f"INSERT INTO subscriptions (lane, {_LIST}) VALUES ($1, {_VALUES})"
        f" ON CONFLICT (lane, account_id) DO UPDATE SET {_SETS}",
        lane,
        *(getattr(subscription, name) for name in _COLUMNS),
    )


async def add_term(
    tx: Tx, lane: int, subscription: Subscription, since: datetime, since_on: date, reason: Reason
) -> None:
    """The plan that the subscription has now is in force from a moment on; ``term_n`` counts up."""
    subscription.term_n += 1
    await tx.execute(
        "INSERT INTO subscription_terms (lane, account_id, n, since, since_on, plan, plan_version, interval, reason)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        lane,
        subscription.account_id,
        subscription.term_n,
        since,
        since_on,
        subscription.plan,
        subscription.plan_version,
        subscription.interval,
        reason,
    )


async def terms(tx: Tx, tenant: Tenant) -> list[TermView]:
    """The account's timeline, oldest first."""
    rows = await tx.fetch(
        "SELECT since, plan, plan_version, interval, reason FROM subscription_terms"
        " WHERE lane = $1 AND account_id = $2 ORDER BY n",
        tenant.lane,
        tenant.account_id,
    )
    return [TermView(**dict(row)) for row in rows]


class Life(msgspec.Struct, frozen=True):
    """Which plan an account had when. Without terms it is that of the account, in the version of the day. ``ends_at``: no
    plan from then on."""

    account_plan: str
    terms: tuple[Term, ...] = ()
    ends_at: datetime | None = None

    def at(self, moment: datetime) -> tuple[str, int | None]:
        """Plan and version in force."""
        found: Term | None = None
        for term in self.terms:
            if found is not None and term.since > moment:
                break
            found = term
        if found is None:
            return self.account_plan, None
        return found.plan, found.plan_version if found.since <= moment else None

    def has_ended(self, moment: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= moment


async def lives(tx: Tx, lane: int, accounts: Iterable[Account]) -> dict[UUID, Life]:
    """The timelines of accounts, with what is pending: it holds from its day on, also before that day is worked through."""
    by_id = {account.id: account for account in accounts}
    rows = await tx.fetch(
        "SELECT s.account_id, s.status, s.ends_on, s.plan, s.pending_kind, s.pending_plan, s.pending_version,"
        " s.migrate_version, array_agg(t.since ORDER BY t.n) AS sinces, array_agg(t.plan ORDER BY t.n) AS plans,"
        " array_agg(t.plan_version ORDER BY t.n) AS versions FROM subscriptions s"
        " JOIN subscription_terms t ON t.lane = s.lane AND t.account_id = s.account_id"
        " WHERE s.lane = $1 AND s.account_id = ANY ($2::uuid[])"
        " GROUP BY s.lane, s.account_id",
        lane,
        list(by_id),
    )
    found = {key: Life(account.plan) for key, account in by_id.items()}
    for row in rows:
        account = by_id[row["account_id"]]
        known = [Term(*values) for values in zip(row["sinces"], row["plans"], row["versions"], strict=True)]
        end = start_of(row["ends_on"], account.time_zone)
        ends_at = end if row["status"] == "ended" or row["pending_kind"] == "cancel" else None
        if row["pending_kind"] == "change":
            known.append(Term(end, row["pending_plan"], row["pending_version"]))
        elif row["migrate_version"] is not None and ends_at is None:
            known.append(Term(end, row["plan"], row["migrate_version"]))
        found[account.id] = Life(account.plan, tuple(known), ends_at)
    return found


async def open_period(
    tx: Tx, lane: int, subscription: Subscription, bounds: Bounds, interval: Interval, fee_micros: int
) -> None:
    """Keep a period's bounds. One that began on the same day is the same period, sold anew."""
    await tx.execute(
        "INSERT INTO subscription_periods (lane, account_id, starts_on, ends_on, before, plan, plan_version, interval,"
        " fee_micros) VALUES ($1, $2, $3, $4, (SELECT max(ends_on) FROM subscription_periods WHERE lane = $1"
        "  AND account_id = $2 AND starts_on < $3), $5, $6, $7, $8)"
        " ON CONFLICT (lane, account_id, starts_on) DO UPDATE SET ends_on = excluded.ends_on, plan = excluded.plan,"
        " plan_version = excluded.plan_version, interval = excluded.interval, fee_micros = excluded.fee_micros",
        lane,
        subscription.account_id,
        bounds.starts_on,
        bounds.ends_on,
        subscription.plan,
        subscription.plan_version,
        interval,
        fee_micros,
    )


async def cut_period(tx: Tx, lane: int, account_id: UUID, starts_on: date, ends_on: date) -> None:
    """A period ends earlier than it was sold for; one of no day at all is sold anew by `open_period`."""
    if ends_on > starts_on:
        await tx.execute(
            "UPDATE subscription_periods SET ends_on = $4 WHERE lane = $1 AND account_id = $2 AND starts_on = $3",
            lane,
            account_id,
            starts_on,
            ends_on,
        )


async def open_days(tx: Tx, lane: int, account: Account, next_day: date) -> None:
    """Have the account's days worked through from a day on; where they are already, nothing changes."""
    await tx.execute(
        "INSERT INTO account_days (lane, account_id, next_day, due_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        lane,
        account.id,
        next_day,
        start_of(next_day, account.time_zone),
    )


async def next_day(tx: Tx, lane: int, account_id: UUID) -> date | None:
    """The first day that was not worked through."""
    found: date | None = await tx.fetchval(
        "SELECT next_day FROM account_days WHERE lane = $1 AND account_id = $2", lane, account_id
    )
    return found


async def subscribers(tx: Tx, lane: int, plan: str, version: int) -> list[UUID]:
    """Accounts of a lane that are on another version of a plan."""
    rows = await tx.fetch(
        "SELECT account_id FROM subscriptions WHERE lane = $1 AND plan = $2 AND plan_version <> $3 AND status = 'active'"
        " AND migrate_version IS DISTINCT FROM $3 ORDER BY account_id",
        lane,
        plan,
        version,
    )
    return [row["account_id"] for row in rows]
