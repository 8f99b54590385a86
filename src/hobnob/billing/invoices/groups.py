"""Which charges an invoice covers, added up: from totals kept by day, and the charges that are not in them yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

from .rules import month_after
from .types import Group, TaxRule

ROLL_MAX_COUNT = 100_000
ROLL_BUSY_COUNT = 500
ROLL_BUSY_S = 600
ROLL_IDLE_S = 86_400

# $1 lane, $2 account, $3 and $4: charges with $3 < n <= $4. Tax is not taxed, and conversations are told apart by their price, so that quantity
# times price is the amount.
_ADDED_UP = """
SELECT day, coalesce((SELECT max(upto_n) FROM invoices WHERE lane = $1 AND account_id = $2), 0) AS after_n, meter, category,
  market, plan, card, card_version, card_effective_from,
  CASE WHEN meter = 'conversation' THEN abs(amount_micros) ELSE -1 END AS unit_micros,
  CASE WHEN meter = 'conversation' THEN '' ELSE rule END AS rule,
  sum(CASE WHEN reverses_id IS NULL THEN quantity ELSE -quantity END)::bigint AS quantity,
  sum(amount_micros)::bigint AS amount_micros
FROM charges
WHERE lane = $1 AND account_id = $2 AND n > $3 AND n <= $4 AND meter <> 'tax'
GROUP BY 1, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""
# $5 and $6: the first day of the month and of the next; $7: the last charge on an invoice before; $8: the dates of tax rules,
# which no line crosses.
_GROUPS = f"""
SELECT day < $5 AS late, meter, category, market, plan, card, card_version, card_effective_from,
  nullif(unit_micros, -1) AS unit_micros, sum(quantity)::bigint AS quantity, sum(amount_micros)::bigint AS charged_micros,
  min(day) AS first_day, max(day) AS last_day,
  CASE WHEN min(rule COLLATE "C") = max(rule COLLATE "C") THEN nullif(min(rule COLLATE "C"), '') END AS rule
FROM (
  SELECT day, after_n, meter, category, market, plan, card, card_version, card_effective_from, unit_micros, rule, quantity,
    amount_micros FROM invoice_totals WHERE lane = $1 AND account_id = $2 AND day < $6
  UNION ALL {_ADDED_UP}
) added
WHERE (day >= $5 AND day < $6) OR (day < $5 AND after_n >= $7)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, CASE WHEN day < $5 THEN date_trunc('month', day) END, width_bucket(day, $8::date[])
"""
_COLUMNS = (
    "day, after_n, meter, category, market, plan, card, card_version, card_effective_from, unit_micros, rule, quantity,"
    " amount_micros"
)
_ROLL = (
    f"INSERT INTO invoice_totals AS t (lane, account_id, {_COLUMNS}) SELECT $1, $2, a.* FROM ({_ADDED_UP}) a"
    " ON CONFLICT (lane, account_id, day, after_n, meter, category, market, plan, card, card_version, card_effective_from,"
    " unit_micros, rule) DO UPDATE SET quantity = t.quantity + excluded.quantity,"
    " amount_micros = t.amount_micros + excluded.amount_micros"
)


async def groups(
    tx: Tx, tenant: Tenant, month: date, *, after_n: int, upto_n: int, rules: Sequence[TaxRule]
) -> list[Group]:
    """The charges of a month up to the account's n-th, and those of earlier days that came after ``after_n``."""
    rolled = await _rolled_n(tx, tenant)
    while True:
        rows = await tx.fetch(
            _GROUPS,
            tenant.lane,
            tenant.account_id,
            rolled,
            upto_n,
            month,
            month_after(month),
            after_n,
            [rule.effective_from for rule in rules],
        )
        # Totals that grew between the two statements would be counted twice: then both are asked again.
        before, rolled = rolled, await _rolled_n(tx, tenant)
        if before == rolled:
            found = [Group(**dict(row)) for row in rows]
            # What was charged and taken back is no line, unless there is nothing else: a month with charges has an invoice,
            # or its charges would be on none.
            return [group for group in found if group.quantity or group.charged_micros] or found


async def roll(tx: Tx, tenant: Tenant, upto_n: int, *, max_count: int | None = None) -> int:
    """Add charges up to the n-th to the totals, at most ``max_count`` of them; answers how many are left. Before an invoice is
    written all it covers must be in them."""
    begin: int = await tx.fetchval(
        "INSERT INTO invoice_rolls AS r (lane, account_id, roll_at) VALUES ($1, $2, now())"
        " ON CONFLICT (lane, account_id) DO UPDATE SET rolled_n = r.rolled_n RETURNING rolled_n",
        tenant.lane,
        tenant.account_id,
    )
    end = upto_n if max_count is None else min(upto_n, begin + max_count)
    if end > begin:
        await tx.execute(_ROLL, tenant.lane, tenant.account_id, begin, end)
        await tx.execute(
            "UPDATE invoice_rolls SET rolled_n = $3 WHERE lane = $1 AND account_id = $2",
            tenant.lane,
            tenant.account_id,
            end,
        )
    return max(0, upto_n - end)


async def roll_next(tx: Tx, lane: int) -> bool:
    """Add what is new of the account that waits longest in a lane; False when none waits. Busy accounts come again in minutes,
    idle ones in a day."""
    row = await tx.fetchrow(
        "SELECT r.account_id, r.rolled_n, w.charge_count FROM invoice_rolls r"
        " JOIN wallets w ON w.lane = r.lane AND w.account_id = r.account_id"
        " WHERE r.lane = $1 AND r.roll_at <= now() ORDER BY r.roll_at LIMIT 1",
        lane,
    )
    if row is None:
        return False
    left = await roll(tx, Tenant(row["account_id"], lane), row["charge_count"], max_count=ROLL_MAX_COUNT)
    wait = 0 if left else ROLL_BUSY_S if row["charge_count"] - row["rolled_n"] > ROLL_BUSY_COUNT else ROLL_IDLE_S
    await tx.execute(
        "UPDATE invoice_rolls SET roll_at = now() + make_interval(secs => $3) WHERE lane = $1 AND account_id = $2",
        lane,
        row["account_id"],
        wait,
    )
    return True


async def _rolled_n(tx: Tx, tenant: Tenant) -> int:
    found = await tx.fetchval(
        "SELECT rolled_n FROM invoice_rolls WHERE lane = $1 AND account_id = $2", tenant.lane, tenant.account_id
    )
    return int(found or 0)
