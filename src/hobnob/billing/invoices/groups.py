"""Which charges an invoice covers, added up. One statement for drafts, issue and proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

from .rules import month_after
from .types import Group, TaxRule

# Parameters: lane, account, first day of the month, first day of the next, after_n, upto_n, dates of tax rules.
# Tax is not taxed, and conversations are told apart by their price, so that quantity times price is the amount.
GROUPS = """
SELECT day < $3 AS late, meter, category, market, plan, card, card_version, card_effective_from,
  CASE WHEN meter = 'conversation' THEN abs(amount_micros) END AS unit_micros,
  sum(CASE WHEN reverses_id IS NULL THEN quantity ELSE -quantity END)::bigint AS quantity,
  sum(amount_micros)::bigint AS charged_micros, min(day) AS first_day, max(day) AS last_day,
  CASE WHEN meter <> 'conversation' AND min(rule) = max(rule) THEN min(rule) END AS rule
FROM charges
WHERE lane = $1 AND account_id = $2 AND meter <> 'tax' AND n <= $6
  AND ((day >= $3 AND day < $4) OR (day < $3 AND n > $5))
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, CASE WHEN day < $3 THEN date_trunc('month', day) END, width_bucket(day, $7::date[])
HAVING sum(CASE WHEN reverses_id IS NULL THEN quantity ELSE -quantity END) <> 0 OR sum(amount_micros) <> 0
"""


async def groups(
    tx: Tx, tenant: Tenant, month: date, *, after_n: int, upto_n: int, rules: Sequence[TaxRule]
) -> list[Group]:
    """The charges of a month up to the account's n-th, and those of earlier days that came after ``after_n``."""
    rows = await tx.fetch(
        GROUPS,
        tenant.lane,
        tenant.account_id,
        month,
        month_after(month),
        after_n,
        upto_n,
        [rule.effective_from for rule in rules],
    )
    return [Group(**dict(row)) for row in rows]
