"""A month's stored history under another plan or rate card: rated by the same pure code as `hobnob rate`, so that with the
plan that was in force it gives the conversations of the invoice."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import cast
from uuid import UUID

from hobnob.billing import catalog
from hobnob.billing.history.prices import CARD
from hobnob.billing.history.rate import rate
from hobnob.billing.history.types import Event, Item, Kind, Term
from hobnob.billing.period import start_of
from hobnob.billing.rating import Catalog
from hobnob.billing.subscriptions.store import Life, lives
from hobnob.billing.types import METER_CONVERSATION
from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Row, Tx
from hobnob.team import actions as team
from hobnob.team.types import Account

from .errors import TooMuchHistory
from .rules import month_after
from .types import MeterTotal, ReratedLine, WhatIf

REQUEST_MAX_COUNT = 200_000
BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
# What may reach into a month from before it: a conversation of ours, a free entry point and its answer.
CONVERSATION_REACH = timedelta(days=1)
ENTRY_REACH = timedelta(days=8)

# A conversation that is open when the month begins is walked from its opening, so that the same messages join it.
_DELIVERIES = """
SELECT d.message_id, d.chat_id, d.number_id, d.customer_phone, d.customer_user_id, d.sent_at, d.delivered_at, d.kind,
  d.category FROM conversation_deliveries d
LEFT JOIN LATERAL (SELECT c.opened_at, c.opener_sent_at FROM conversations c WHERE c.lane = d.lane AND c.chat_id = d.chat_id
    AND NOT c.withdrawn AND c.opened_at < $3 AND c.expires_at > $3 ORDER BY c.opened_at, c.opener_sent_at LIMIT 1) o
  ON d.delivered_at < $3
WHERE d.lane = $1 AND d.account_id = $2 AND d.delivered_at >= $4 AND d.delivered_at < $5
  AND (d.delivered_at >= $3 OR (d.delivered_at, d.sent_at) >= (o.opened_at, o.opener_sent_at))
ORDER BY d.delivered_at, d.sent_at LIMIT $6
"""
_INBOUNDS = """
SELECT chat_id, message_id, at, true AS referral FROM conversation_referrals
  WHERE lane = $1 AND account_id = $2 AND at >= $3 AND at < $4
UNION ALL SELECT i.chat_id, i.message_id, i.at, false FROM provider_inbounds i
  WHERE i.lane = $1 AND i.account_id = $2 AND i.at >= $3 AND i.at < $4
  AND NOT EXISTS (SELECT 1 FROM conversation_referrals r WHERE r.lane = i.lane AND r.message_id = i.message_id)
LIMIT $5
"""


async def what_if(
    tx: Tx, tenant: Tenant, month: date, *, plan: str | None = None, card: str = CARD, max_count: int | None = None
) -> WhatIf:
    """Rate a month (its first day) again; without ``plan`` under the plans that were in force. ``max_count`` limits the
    messages. Raises InvalidInput for a plan or card that is not there, TooMuchHistory."""
    account = await team.account_of(tx, tenant)
    found = await catalog.current(tx)
    life = (await lives(tx, tenant.lane, [account]))[tenant.account_id]
    _check(found, plan, card)
    start, end = start_of(month, account.time_zone), start_of(month_after(month), account.time_zone)
    events = await history(tx, tenant, start, end, max_count)
    terms = [Term(BEFORE, plan.lower())] if plan else terms_of(life)
    items = await asyncio.to_thread(
        rate, events, found, time_zone=account.time_zone, terms=terms, card=card, currency=account.currency
    )
    shown = plan.lower() if plan else life.at(end - timedelta(microseconds=1))[0]
    version = found.plan_version(shown, month_after(month) - timedelta(days=1))
    actual = await _charged(tx, tenant, month)
    return _summed([item for item in items if item.at >= start], account, month).answer(
        plan=shown,
        plan_name=version.name if version else shown,
        is_actual=plan is None,
        card=card,
        actual_micros=actual,
    )


def terms_of(life: Life) -> list[Term]:
    """The plans of an account's life as rating takes them: what was before the first is that one, by the day's version."""
    first = life.terms[0].plan if life.terms else life.account_plan
    return [Term(BEFORE, first.lower()), *life.terms]


async def history(tx: Tx, tenant: Tenant, start: datetime, end: datetime, max_count: int | None) -> list[Event]:
    """What was delivered and written in [start, end), and what of before reaches into it. Messages are named so that those
    delivered in the same second come in the order they were sent. Raises TooMuchHistory."""
    limit = max_count + 1 if max_count is not None else None
    rows = await tx.fetch(_DELIVERIES, tenant.lane, tenant.account_id, start, start - CONVERSATION_REACH, end, limit)
    inbounds = await tx.fetch(_INBOUNDS, tenant.lane, tenant.account_id, start - ENTRY_REACH, end, limit)
    if max_count is not None and len(rows) + len(inbounds) > max_count:
        raise TooMuchHistory(
            f"There are more than {max_count:,} messages in this time: run `hobnob simulate-bill` for it.",
            max_count=max_count,
        )
    customers: dict[UUID, tuple[str, str]] = {}
    for row in rows:
        if row["chat_id"] not in customers:
            customers[row["chat_id"]] = (str(row["number_id"]), row["customer_phone"] or row["customer_user_id"] or "")
    events = [_delivered(row, *customers[row["chat_id"]]) for row in rows]
    for row in inbounds:
        if row["chat_id"] in customers:
            number, customer = customers[row["chat_id"]]
            name = str(row["message_id"])
            events.append(Event("inbound", row["at"], number, customer, name, "free_form", None, row["referral"]))
    return events


class _Sums:
    """Items of a month, added up."""

    def __init__(self, account: Account, month: date) -> None:
        self._account = account
        self._month = month
        self._ours: dict[tuple[str, str, int | None], int] = defaultdict(int)
        self._meta: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        self._unpriced = 0

    def add(self, item: Item) -> None:
        if item.amount_micros is None:
            self._unpriced += 1
        if item.meter == METER_CONVERSATION:
            if item.opens and item.amount_micros is not None:
                self._ours[item.category or "", item.market, item.amount_micros] += 1
        elif item.amount_micros:
            total = self._meta[item.category or "", item.market]
            total[0] += 1
            total[1] += item.amount_micros

    def answer(self, *, plan: str, plan_name: str, is_actual: bool, card: str, actual_micros: int) -> WhatIf:
        lines = [
            ReratedLine(category, market, count, unit, count * (unit or 0))
            for (category, market, unit), count in sorted(
                self._ours.items(), key=lambda pair: (pair[0][:2], pair[0][2] or 0)
            )
        ]
        meta = [MeterTotal(*key, *total) for key, total in sorted(self._meta.items())]
        amount = sum(line.amount_micros for line in lines)
        return WhatIf(
            month=self._month,
            plan=plan,
            plan_name=plan_name,
            is_actual=is_actual,
            card=card,
            currency=self._account.currency,
            lines=lines,
            conversations=sum(line.quantity for line in lines),
            amount_micros=amount,
            actual_micros=actual_micros,
            difference_micros=amount - actual_micros,
            meta_lines=meta,
            meta_micros=sum(total.amount_micros for total in meta),
            unpriced=self._unpriced,
        )


def _summed(items: Iterable[Item], account: Account, month: date) -> _Sums:
    sums = _Sums(account, month)
    for item in items:
        sums.add(item)
    return sums


def _delivered(row: Row, number: str, customer: str) -> Event:
    name = f"{row['sent_at'].astimezone(UTC):%Y%m%d%H%M%S%f}-{row['message_id']}"
    return Event("delivered", row["delivered_at"], number, customer, name, cast("Kind", row["kind"]), row["category"])


def _check(found: Catalog, plan: str | None, card: str) -> None:
    if plan is not None and plan.lower() not in found.plans:
        detail = f"There is no plan {plan!r}: use one of {', '.join(sorted(found.plans))}."
        raise InvalidInput(detail, fields=[("plan", detail)])
    cards = sorted(code for code, versions in found.cards.items() if versions[0].rule_set.startswith("meta_"))
    if card not in cards:
        detail = f"WhatsApp has no rate card {card!r} here: use one of {', '.join(cards)}."
        raise InvalidInput(detail, fields=[("card", detail)])


async def _charged(tx: Tx, tenant: Tenant, month: date) -> int:
    """What stands charged for the month's conversations, from the kept totals."""
    return int(
        await tx.fetchval(
            "SELECT coalesce(sum(amount_micros), 0)::bigint FROM spend_days"
            " WHERE lane = $1 AND account_id = $2 AND meter = $3 AND day >= $4 AND day < $5",
            tenant.lane,
            tenant.account_id,
            METER_CONVERSATION,
            month,
            month_after(month),
        )
    )
