"""When each account's next month is invoiced."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import structlog

from hobnob.billing.period import start_of
from hobnob.billing.wallet import accounts_and_times
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

from .errors import NoSeller
from .issue import JOB, due_at, issue, month_of
from .rules import month_after

log = structlog.get_logger()

NEW_AT_ONCE_MAX_COUNT = 200
# How long to wait for an operator who has not set up a seller.
NO_SELLER_WAIT = timedelta(hours=1)


async def take_up(tx: Tx, lane: int, now: datetime) -> bool:
    """Put new accounts on the schedule, from the month of their wallet or of their first charge; True when more may be new."""
    rows = await tx.fetch(
        "UPDATE wallets w SET invoice_scheduled = true WHERE w.lane = $1 AND NOT w.invoice_scheduled AND w.account_id IN ("
        "  SELECT account_id FROM wallets WHERE lane = $1 AND NOT invoice_scheduled ORDER BY account_id LIMIT $2)"
        " RETURNING w.account_id, w.opened_at, (SELECT min(day) FROM charges c WHERE c.lane = w.lane"
        "  AND c.account_id = w.account_id) AS first_day",
        lane,
        NEW_AT_ONCE_MAX_COUNT,
    )
    accounts, _ = await accounts_and_times(tx, lane, [row["account_id"] for row in rows], now)
    for row in rows:
        if row["account_id"] not in accounts:
            continue
        zone = accounts[row["account_id"]].time_zone
        month = month_of(row["opened_at"], zone)
        if row["first_day"] is not None:
            month = min(month, row["first_day"].replace(day=1))
        await tx.execute(
            "INSERT INTO invoice_schedule (lane, account_id, month, due_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            lane,
            row["account_id"],
            month,
            due_at(month, zone),
        )
        await tx.execute(
            "INSERT INTO invoice_rolls (lane, account_id, roll_at) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING",
            lane,
            row["account_id"],
        )
    return len(rows) == NEW_AT_ONCE_MAX_COUNT


async def invoice_next(tx: Tx, lane: int, now: datetime) -> bool:
    """Invoice the month that has been due longest in a lane; False when none is. A month waits until everything else of its
    days is charged. ``now`` is the machine's time."""
    row = await tx.fetchrow(
        "SELECT s.account_id, s.month, s.due_at, s.closing_on FROM invoice_schedule s"
        " JOIN accounts a ON a.lane = s.lane AND a.account_id = s.account_id"
        " LEFT JOIN account_days d ON d.lane = s.lane AND d.account_id = s.account_id"
        " WHERE s.lane = $1 AND s.due_at <= $2::timestamptz + make_interval(secs => a.clock_ahead_s)"
        " AND (s.closing_on IS NOT NULL OR d.due_at IS NULL OR d.due_at > s.due_at OR d.due_at > $2::timestamptz"
        "  + make_interval(secs => a.clock_ahead_s))"
        " ORDER BY s.due_at, s.account_id LIMIT 1",
        lane,
        now,
    )
    if row is None:
        return False
    account_id, month = row["account_id"], row["month"]
    accounts, nows = await accounts_and_times(tx, lane, [account_id], now)
    account = accounts[account_id]
    # A sandbox's clock jumps: its invoices are dated when they would have been issued.
    at = min(row["due_at"], nows[account_id]) if account.sandbox else nows[account_id]
    try:
        async with tx.savepoint():
            await issue(tx, lane, account_id, month, at, now)
    except NoSeller as error:
        log.warning("invoice_not_issued", account_id=str(account_id), month=str(month), reason=error.detail)
        await _wait(tx, lane, account_id, nows[account_id] + NO_SELLER_WAIT)
        return True
    await _go_on(tx, lane, account_id, month_after(month), account.time_zone, row["closing_on"])
    return True


async def close(tx: Tx, tenant: Tenant, on: date, time_zone: str) -> None:
    """The account closes on a day: all months up to that day's are invoiced at once, without waiting for what comes late.
    What still comes is on the invoice of the next month, as late."""
    await tx.execute(
        "UPDATE invoice_schedule SET closing_on = $3, due_at = least(due_at, $4) WHERE lane = $1 AND account_id = $2"
        " AND month <= $3",
        tenant.lane,
        tenant.account_id,
        on,
        start_of(on, time_zone),
    )
    tx.wake(JOB, tenant.lane)


async def _go_on(tx: Tx, lane: int, account_id: UUID, month: date, time_zone: str, closing_on: date | None) -> None:
    due = due_at(month, time_zone)
    if closing_on is not None and month <= closing_on:
        due = start_of(closing_on, time_zone)
    else:
        closing_on = None
    await tx.execute(
        "UPDATE invoice_schedule SET month = $3, due_at = $4, closing_on = $5 WHERE lane = $1 AND account_id = $2",
        lane,
        account_id,
        month,
        due,
        closing_on,
    )


async def _wait(tx: Tx, lane: int, account_id: UUID, until: datetime) -> None:
    await tx.execute(
        "UPDATE invoice_schedule SET due_at = $3 WHERE lane = $1 AND account_id = $2", lane, account_id, until
    )
