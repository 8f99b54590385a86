"""Watching wallets: which balances, dates and spends people are told of, and when to look again.

The alerts job looks at a wallet when its balance has left the bounds set here, when credit came in, or when a time is
reached (`evaluate`). A jump over several thresholds tells each of them; the letter is about the last. A threshold is told
again only after the balance has been well above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hobnob.billing import catalog, ledger
from hobnob.billing import wallet as wallets
from hobnob.billing.book import Wallet
from hobnob.billing.metering.usage import usage
from hobnob.billing.period import start_of
from hobnob.billing.rating import zone_of
from hobnob.billing.types import WalletEvent
from hobnob.kernel.errors import NotFound
from hobnob.kernel.ids import Tenant
from hobnob.kernel.pages import Cursor
from hobnob.platform.database import Tx
from hobnob.team import actions as team
from hobnob.team.types import Account

from . import auto_top_up, notify, store
from .types import Alert, AlertEvent, AlertSettings

WALLETS_AT_ONCE_MAX = 50
EXPIRY_WARNING_DAYS = (30, 7, 1)
SPEND_EVERY = timedelta(minutes=5)
FAIR_USE_METERS = ("conversation", "step")
# A balance that wavers around a threshold is one event.
REARM_PERCENT = 120
REARM_MIN_MICROS = 1_000_000


def rearms_at(threshold_micros: int) -> int:
    """The balance from which falling to the threshold is news again."""
    return max(threshold_micros * REARM_PERCENT // 100, threshold_micros + REARM_MIN_MICROS)


async def settings(tx: Tx, tenant: Tenant) -> AlertSettings:
    """As set, else the wallet's low balance and nothing left at all."""
    row = await tx.fetchrow(
        "SELECT s.low_balance_micros, s.month_spend_micros, s.email, w.low_balance_micros AS first FROM wallets w"
        " LEFT JOIN alert_settings s ON s.lane = w.lane AND s.account_id = w.account_id"
        " WHERE w.lane = $1 AND w.account_id = $2",
        tenant.lane,
        tenant.account_id,
    )
    assert row is not None
    if row["email"] is None:
        return AlertSettings(sorted({row["first"], 0}, reverse=True), [], email=True)
    return AlertSettings(row["low_balance_micros"], row["month_spend_micros"], row["email"])


async def change_settings(tx: Tx, tenant: Tenant, wish: AlertSettings, now: datetime) -> AlertSettings:
    """The highest balance is also the one at which the app shows the balance as low."""
    await store.lock_wallet(tx, tenant)
    low = sorted(set(wish.low_balance_micros), reverse=True)
    spend = sorted(set(wish.month_spend_micros))
    await tx.execute(
        "INSERT INTO alert_settings (lane, account_id, low_balance_micros, month_spend_micros, email)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (lane, account_id) DO UPDATE SET"
        " low_balance_micros = excluded.low_balance_micros, month_spend_micros = excluded.month_spend_micros,"
        " email = excluded.email",
        tenant.lane,
        tenant.account_id,
        low,
        spend,
        wish.email,
    )
    await tx.execute(
        "UPDATE wallets SET watch_due = true, low_balance_micros = $3, version = version + 1"
        " WHERE lane = $1 AND account_id = $2",
        tenant.lane,
        tenant.account_id,
        low[0] if low else 0,
    )
    tx.wake(ledger.WATCH_JOB, tenant.lane)
    tx.emit(tenant.account_id, WalletEvent(await wallets.wallet(tx, tenant, now)))
    return AlertSettings(low, spend, wish.email)


async def listed(tx: Tx, tenant: Tenant, after: Cursor | None, limit: int, *, unseen: bool) -> list[Alert]:
    """Newest first."""
    rows = await tx.fetch(
        "SELECT id, kind, payload, at, seen_at FROM alerts WHERE lane = $1 AND account_id = $2"
        " AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4::uuid)) AND ($6::boolean IS FALSE OR seen_at IS NULL)"
        " ORDER BY at DESC, id DESC LIMIT $5",
        tenant.lane,
        tenant.account_id,
        after and after.at,
        after and after.id,
        limit,
        unseen,
    )
    return [Alert(**dict(row)) for row in rows]


async def seen(tx: Tx, tenant: Tenant, alert_id: UUID, now: datetime) -> Alert:
    """Somebody has read it. Raises NotFound."""
    row = await tx.fetchrow(
        "UPDATE alerts SET seen_at = coalesce(seen_at, $4) WHERE lane = $1 AND account_id = $2 AND id = $3"
        " RETURNING id, kind, payload, at, seen_at",
        tenant.lane,
        tenant.account_id,
        alert_id,
        now,
    )
    if row is None:
        raise NotFound("This alert does not exist.")
    alert = Alert(**dict(row))
    tx.emit(tenant.account_id, AlertEvent(alert))
    return alert


async def evaluate(tx: Tx, lane: int, now: datetime) -> bool:
    """Look at the wallets of a lane that are due, and set when to look again; True when more may be due. ``now`` is the
    machine's time."""
    rows = await tx.fetch(
        "SELECT w.account_id FROM wallets w JOIN accounts a ON a.lane = w.lane AND a.account_id = w.account_id"
        " WHERE w.lane = $1 AND (w.watch_due OR w.watch_at <= $2::timestamptz + make_interval(secs => a.clock_ahead_s))"
        " ORDER BY w.account_id LIMIT $3",
        lane,
        now,
        WALLETS_AT_ONCE_MAX,
    )
    accounts = await team.accounts_in(tx, lane, [row["account_id"] for row in rows])
    locked = await ledger.lock(tx, lane, accounts) if accounts else {}
    for account_id, wallet in locked.items():
        account = accounts[account_id]
        await _look(tx, Tenant(account_id, lane), account, wallet, now + timedelta(seconds=account.clock_ahead_s))
    return len(rows) == WALLETS_AT_ONCE_MAX


async def _look(tx: Tx, tenant: Tenant, account: Account, wallet: Wallet, now: datetime) -> None:
    wanted = await settings(tx, tenant)
    low, high = await _balance(tx, tenant, wanted, wallet, now)
    rule_low, rule_at = await auto_top_up.consider(tx, tenant, wallet, account.time_zone, now)
    spend_at = await _spend(tx, tenant, wanted.month_spend_micros, wallet.currency, account.time_zone, now)
    expiry_at = await _expiries(tx, tenant, wallet, now)
    await _fair_use(tx, tenant, account, now)
    await tx.execute(
        "UPDATE wallets SET watch_due = false, watch_low_micros = $3, watch_high_micros = $4, watch_at = $5"
        " WHERE lane = $1 AND account_id = $2",
        tenant.lane,
        tenant.account_id,
        max((bound for bound in (low, rule_low) if bound is not None), default=None),
        high,
        min((at for at in (rule_at, spend_at, expiry_at) if at is not None), default=None),
    )


async def _balance(
    tx: Tx, tenant: Tenant, wanted: AlertSettings, wallet: Wallet, now: datetime
) -> tuple[int | None, int | None]:
    """Tell what was crossed; answers the bounds outside of which there is news."""
    row = await tx.fetchrow(
        "SELECT crossed, crossings FROM alert_settings WHERE lane = $1 AND account_id = $2 FOR NO KEY UPDATE",
        tenant.lane,
        tenant.account_id,
    )
    before: dict[str, int] = row["crossed"] if row else {}
    crossings: int = row["crossings"] if row else 0
    available = wallet.available_micros
    thresholds = wanted.low_balance_micros
    crossed = {t: before[str(t)] for t in thresholds if str(t) in before and available < rearms_at(t)}
    fresh = sorted((t for t in thresholds if t not in crossed and available <= t), reverse=True)
    if wallet.seq == 0:
        fresh = []  # nothing was ever in it: no news
    for threshold in fresh:
        crossings += 1
        crossed[threshold] = crossings
        facts = {"threshold_micros": threshold, "available_micros": available, "currency": wallet.currency}
        key = f"low_balance:{threshold}:{crossings}"
        await notify.tell(tx, tenant, "low_balance", key, facts, now, by_letter=threshold == fresh[-1])
    if crossed != {int(t): n for t, n in before.items()}:
        await _keep_crossed(tx, tenant, wanted, crossed, crossings)
    low = max((t for t in thresholds if t not in crossed), default=None)
    return low, min((rearms_at(t) for t in crossed), default=None)


async def _keep_crossed(tx: Tx, tenant: Tenant, wanted: AlertSettings, crossed: dict[int, int], crossings: int) -> None:
    await tx.execute(
        "INSERT INTO alert_settings (lane, account_id, low_balance_micros, month_spend_micros, email, crossed, crossings)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (lane, account_id) DO UPDATE SET crossed = excluded.crossed,"
        " crossings = excluded.crossings",
        tenant.lane,
        tenant.account_id,
        wanted.low_balance_micros,
        wanted.month_spend_micros,
        wanted.email,
        {str(t): n for t, n in crossed.items()},
        crossings,
    )


async def _spend(
    tx: Tx, tenant: Tenant, thresholds: Sequence[int], currency: str, time_zone: str, now: datetime
) -> datetime | None:
    """Tell what the month's spend has reached; answers when to look again."""
    if not thresholds:
        return None
    month = now.astimezone(zone_of(time_zone)).date().replace(day=1)
    spent = await _spent_since(tx, tenant, month)
    reached = [t for t in thresholds if spent >= t]
    for threshold in reached:
        facts: dict[str, Any] = {"threshold_micros": threshold, "spent_micros": spent, "currency": currency}
        key = f"month_spend:{threshold}:{month:%Y-%m}"
        await notify.tell(tx, tenant, "month_spend", key, facts, now, by_letter=threshold == reached[-1])
    next_month = start_of((month + timedelta(days=32)).replace(day=1), time_zone)
    return next_month if len(reached) == len(thresholds) else min(next_month, now + SPEND_EVERY)


async def _fair_use(tx: Tx, tenant: Tenant, account: Account, now: datetime) -> None:
    """Tell what the plan's included quantities come to: at 80 %, and when they are used up. Nothing stops; the rest is
    charged. Wallets that move are looked at within the hour (``ledger.save``), so this is told within it."""
    if account.plan not in (await catalog.current(tx)).plans:
        return
    used = await usage(tx, tenant, now)
    for meter in used.meters:
        if meter.meter not in FAIR_USE_METERS or not meter.included or meter.state == "within":
            continue
        reached = ["warned"] if meter.state == "warned" else ["warned", "over"]
        for state in reached:
            facts = {"meter": meter.meter, "state": state, "used_count": meter.used, "included_count": meter.included}
            key = f"fair_use:{meter.meter}:{state}:{used.month:%Y-%m}"
            await notify.tell(tx, tenant, "fair_use", key, facts, now, by_letter=state == reached[-1])


async def _spent_since(tx: Tx, tenant: Tenant, day: date) -> int:
    spent: int = await tx.fetchval(
        "SELECT coalesce(sum(amount_micros), 0)::bigint FROM spend_days WHERE lane = $1 AND account_id = $2 AND day >= $3",
        tenant.lane,
        tenant.account_id,
        day,
    )
    return spent


async def _expiries(tx: Tx, tenant: Tenant, wallet: Wallet, now: datetime) -> datetime | None:
    """Warn of credit about to expire; answers when the next warning is due."""
    coming: list[datetime] = []
    for block in wallet.spendable_blocks():
        if block.expires_at is None or block.expires_at <= now:
            continue
        moments = [(days, block.expires_at - timedelta(days=days)) for days in EXPIRY_WARNING_DAYS]
        coming += [at for _, at in moments if at > now]
        reached = [days for days, at in moments if block.created_at < at <= now]
        for days in reached:
            facts = {
                "days": days,
                "remaining_micros": block.remaining_micros,
                "amount_micros": block.amount_micros,
                "currency": wallet.currency,
                "expires_at": block.expires_at,
            }
            key = f"credit_expiring:{block.id}:{days}"
            await notify.tell(tx, tenant, "credit_expiring", key, facts, now, by_letter=days == reached[-1])
    return min(coming, default=None)
