"""Automatic top-up: when the balance falls to a threshold, buy. What to do is a pure decision; it is taken by the alerts
job under the wallet's lock, as a payment's row that the payments job then carries out.

What counts as there: what is available (holds are already taken off) and what top-ups in flight will bring. After a decline
it waits an hour, after the second a day, and after the third it is off until somebody mends it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from hobnob.billing.book import Wallet
from hobnob.billing.ledger import WATCH_JOB
from hobnob.billing.period import start_of
from hobnob.billing.rating import zone_of
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Tx

from . import notify, store
from .errors import AutoTopUpFrozen
from .gateway import minor_unit_micros
from .store import PaymentRow
from .types import AutoTopUp, AutoTopUpEvent, AutoTopUpWish

AMOUNT_MIN_MICROS = 1_000_000
QUIET_AFTER_DECLINE = (timedelta(hours=1), timedelta(days=1))
BURST_COUNT = 3
BURST_WITHIN = timedelta(minutes=10)
BURST_QUIET = timedelta(hours=1)
AT_IT = timedelta(minutes=15)
_RULE = (
    "id, state, state_reason, threshold_micros, mode, amount_micros, monthly_cap_micros, card_id, failures, quiet_until,"
    " period, n, version"
)


class Rule(NamedTuple):
    """The rule as it is stored. ``period`` is the first day of the month that ``n`` counts."""

    id: UUID
    state: Literal["off", "on", "frozen"]
    state_reason: str | None
    threshold_micros: int
    mode: Literal["target", "fixed"]
    amount_micros: int
    monthly_cap_micros: int | None
    card_id: UUID
    failures: int
    quiet_until: datetime | None
    period: date
    n: int
    version: int


class Bought(NamedTuple):
    """What automatic top-ups did lately, in micros and times; ``flying_micros`` also counts those of people."""

    flying_micros: int
    is_flying: bool
    month_micros: int
    recent: tuple[datetime, ...]


class Decision(NamedTuple):
    """``buy_micros`` 0: nothing now. ``again_at``: look again then, whatever the balance does."""

    buy_micros: int = 0
    why: Literal["", "capped", "burst"] = ""
    again_at: datetime | None = None


def decide(
    rule: Rule, available_micros: int, bought: Bought, unit_micros: int, now: datetime, month_end: datetime
) -> Decision:
    """What to do now. Pure."""
    coming = available_micros + bought.flying_micros
    if rule.state != "on" or bought.is_flying or available_micros > rule.threshold_micros:
        return Decision()
    if coming > rule.threshold_micros:
        # Somebody is topping up. Should it come to nothing, nobody says so.
        return Decision(again_at=now + AT_IT)
    if rule.quiet_until is not None and now < rule.quiet_until:
        return Decision(again_at=rule.quiet_until)
    burst = [at for at in bought.recent if at > now - BURST_WITHIN]
    if len(burst) >= BURST_COUNT:
        return Decision(why="burst", again_at=now + BURST_QUIET)
    wanted = rule.amount_micros if rule.mode == "fixed" else rule.amount_micros - coming
    wanted = max(AMOUNT_MIN_MICROS, -(-wanted // unit_micros) * unit_micros)
    if rule.monthly_cap_micros is not None:
        left = (rule.monthly_cap_micros - bought.month_micros) // unit_micros * unit_micros
        if left < AMOUNT_MIN_MICROS:
            return Decision(why="capped", again_at=month_end)
        wanted = min(wanted, left)
    return Decision(buy_micros=wanted)


async def rule_of(tx: Tx, tenant: Tenant) -> Rule | None:
    row = await tx.fetchrow(
        f"SELECT {_RULE} FROM auto_top_ups WHERE lane = $1 AND account_id = $2", tenant.lane, tenant.account_id
    )
    return Rule(*row) if row else None


async def set_rule(tx: Tx, tenant: Tenant, wish: AutoTopUpWish, time_zone: str, now: datetime) -> AutoTopUp:
    """Set it up, or change it: what went wrong before is forgotten. Raises AutoTopUpFrozen while a chargeback is open."""
    await store.lock_wallet(tx, tenant)
    if wish.enabled and await _disputed(tx, tenant):
        raise AutoTopUpFrozen("A chargeback is open: automatic top-up stays frozen until the bank has decided.")
    await tx.execute(
        "INSERT INTO auto_top_ups AS r (lane, account_id, id, state, threshold_micros, mode, amount_micros, monthly_cap_micros,"
        " card_id, period) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (lane, account_id) DO UPDATE SET state = excluded.state, state_reason = NULL,"
        " threshold_micros = excluded.threshold_micros, mode = excluded.mode, amount_micros = excluded.amount_micros,"
        " monthly_cap_micros = excluded.monthly_cap_micros, card_id = excluded.card_id, failures = 0, quiet_until = NULL,"
        " version = r.version + 1",
        tenant.lane,
        tenant.account_id,
        new_id(),
        "on" if wish.enabled else "off",
        wish.threshold_micros,
        wish.mode,
        wish.amount_micros,
        wish.monthly_cap_micros,
        wish.card_id,
        now.astimezone(zone_of(time_zone)).date().replace(day=1),
    )
    await _look_again(tx, tenant)
    return await _tell(tx, tenant, time_zone, now)


async def view(tx: Tx, tenant: Tenant, time_zone: str, now: datetime) -> AutoTopUp | None:
    rule = await rule_of(tx, tenant)
    if rule is None:
        return None
    bought = await _bought(tx, tenant, time_zone, now)
    return AutoTopUp(*rule[1:10], bought_this_month_micros=bought.month_micros, version=rule.version)


async def consider(
    tx: Tx, tenant: Tenant, wallet: Wallet, time_zone: str, now: datetime
) -> tuple[int | None, datetime | None]:
    """Buy if it is time, under the wallet's lock. Answers the balance and the time at which to look again."""
    rule = await rule_of(tx, tenant)
    if rule is None or rule.state != "on":
        return None, None
    bought = await _bought(tx, tenant, time_zone, now)
    unit = minor_unit_micros(wallet.currency)
    month_end = _next_month(now, time_zone)
    decision = decide(rule, wallet.available_micros, bought, unit, now, month_end)
    if decision.buy_micros:
        await _buy(tx, tenant, rule, decision.buy_micros, wallet.currency, time_zone, now)
    elif decision.why == "capped" and rule.monthly_cap_micros is not None:
        facts = {"cap_micros": rule.monthly_cap_micros, "currency": wallet.currency}
        key = f"auto_top_up_capped:{rule.id}:{_month(now, time_zone)}"
        await notify.tell(tx, tenant, "auto_top_up_capped", key, facts, now)
    elif decision.why == "burst":
        facts = {"count": BURST_COUNT, "minutes": int(BURST_WITHIN.total_seconds()) // 60}
        await notify.tell(
            tx,
            tenant,
            "auto_top_up_burst",
            f"auto_top_up_burst:{rule.id}:{_month(now, time_zone)}:{rule.n}",
            facts,
            now,
        )
        await _set(tx, tenant, quiet_until=decision.again_at)
    low = rule.threshold_micros if wallet.available_micros > rule.threshold_micros else None
    return low, decision.again_at


async def paid(tx: Tx, tenant: Tenant) -> None:
    """Some payment went through: what went wrong before is forgotten."""
    await tx.execute(
        "UPDATE auto_top_ups SET failures = 0, quiet_until = NULL WHERE lane = $1 AND account_id = $2 AND failures > 0",
        tenant.lane,
        tenant.account_id,
    )


async def declined(tx: Tx, tenant: Tenant, payment_id: UUID, reason: str, now: datetime) -> None:
    """An automatic top-up did not go through: wait, longer each time; after the last, be off."""
    rule = await rule_of(tx, tenant)
    if rule is None or rule.state != "on":
        return
    failures = rule.failures + 1
    facts = {"reason": reason, "failures": failures}
    if failures > len(QUIET_AFTER_DECLINE):
        await _set(tx, tenant, failures=failures, state="off", state_reason=f"Declined {failures} times: {reason}")
        await notify.tell(tx, tenant, "auto_top_up_off", f"auto_top_up_off:{payment_id}", facts, now)
    else:
        until = now + QUIET_AFTER_DECLINE[failures - 1]
        await _set(tx, tenant, failures=failures, quiet_until=until)
        await notify.tell(
            tx, tenant, "auto_top_up_declined", f"auto_top_up_declined:{payment_id}", facts | {"again_at": until}, now
        )
    await _look_again(tx, tenant)


async def freeze(tx: Tx, tenant: Tenant, reason: str) -> None:
    """A chargeback: nothing more is taken from a card of this account by itself."""
    await tx.execute(
        "UPDATE auto_top_ups SET state = 'frozen', state_reason = $3, version = version + 1"
        " WHERE lane = $1 AND account_id = $2 AND state <> 'frozen'",
        tenant.lane,
        tenant.account_id,
        reason,
    )


async def card_removed(tx: Tx, tenant: Tenant, card_id: UUID) -> None:
    await tx.execute(
        "UPDATE auto_top_ups SET state = 'off', state_reason = 'Its card was removed.', version = version + 1"
        " WHERE lane = $1 AND account_id = $2 AND card_id = $3 AND state = 'on'",
        tenant.lane,
        tenant.account_id,
        card_id,
    )


async def _buy(
    tx: Tx, tenant: Tenant, rule: Rule, amount_micros: int, currency: str, time_zone: str, now: datetime
) -> None:
    period = _month(now, time_zone)
    n = rule.n + 1 if period == rule.period else 1
    key = f"autotopup:{rule.id}:{period:%Y-%m}:{n}"
    method = await tx.fetchval(
        "SELECT gateway FROM cards WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        rule.card_id,
    )
    row = PaymentRow(
        new_id(),
        key,
        method,
        "pending",
        amount_micros,
        currency,
        True,
        rule.card_id,
        False,
        None,
        None,
        0,
        0,
        0.0,
    )
    if await store.add(tx, tenant, row, now, 0):
        await _set(tx, tenant, period=period, n=n)
        tx.wake(store.JOB, tenant.lane)


async def _bought(tx: Tx, tenant: Tenant, time_zone: str, now: datetime) -> Bought:
    month = start_of(_month(now, time_zone), time_zone)
    rows = await tx.fetch(
        "SELECT amount_micros, auto, state, card_id, created_at FROM payments WHERE lane = $1 AND account_id = $2"
        " AND created_at >= least($3::timestamptz, $4::timestamptz) AND state NOT IN ('failed', 'canceled')",
        tenant.lane,
        tenant.account_id,
        month,
        now - BURST_WITHIN,
    )
    # A payment whose card is still to be brought may never come: it counts for as long as somebody is likely at it.
    flying = [
        row
        for row in rows
        if row["state"] == "pending" and (row["card_id"] is not None or row["created_at"] > now - AT_IT)
    ]
    automatic = [row for row in rows if row["auto"]]
    return Bought(
        flying_micros=sum(row["amount_micros"] for row in flying),
        is_flying=any(row["auto"] for row in flying),
        month_micros=sum(row["amount_micros"] for row in automatic if row["created_at"] >= month),
        recent=tuple(row["created_at"] for row in automatic),
    )


async def _disputed(tx: Tx, tenant: Tenant) -> bool:
    found = await tx.fetchval(
        "SELECT true FROM disputes WHERE lane = $1 AND account_id = $2 AND state = 'open' LIMIT 1",
        tenant.lane,
        tenant.account_id,
    )
    return bool(found)


async def _set(tx: Tx, tenant: Tenant, **columns: Any) -> None:
    sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 3))
    await tx.execute(
        f"UPDATE auto_top_ups SET {sets}, version = version + 1 WHERE lane = $1 AND account_id = $2",
        tenant.lane,
        tenant.account_id,
        *columns.values(),
    )


async def _look_again(tx: Tx, tenant: Tenant) -> None:
    await tx.execute(
        "UPDATE wallets SET watch_due = true WHERE lane = $1 AND account_id = $2", tenant.lane, tenant.account_id
    )
    tx.wake(WATCH_JOB, tenant.lane)


async def _tell(tx: Tx, tenant: Tenant, time_zone: str, now: datetime) -> AutoTopUp:
    shown = await view(tx, tenant, time_zone, now)
    assert shown is not None
    tx.emit(tenant.account_id, AutoTopUpEvent(shown))
    return shown


def _month(now: datetime, time_zone: str) -> date:
    return now.astimezone(zone_of(time_zone)).date().replace(day=1)


def _next_month(now: datetime, time_zone: str) -> datetime:
    return start_of((_month(now, time_zone) + timedelta(days=32)).replace(day=1), time_zone)
