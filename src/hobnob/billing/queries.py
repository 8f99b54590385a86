"""What the billing pages read: lines of the bill, the statement, spend per day. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

from hobnob.kernel.identity import display_name, format_phone
from hobnob.kernel.ids import Tenant
from hobnob.kernel.money import decimal_text
from hobnob.kernel.pages import Cursor
from hobnob.platform.database import Row, Tx
from hobnob.team.types import Session

from .rating import zone_of
from .types import Charge, ChargedCustomer, Payment, RateRef, Spend, SpendDay, StatementKind, StatementLine

PAYMENT_COLUMNS = ", ".join(Payment.__struct_fields__)
FILTERS = ("category", "meter", "market", "number_id", "flow_id")
# The customer's name is another room's; it is joined by id, for showing only.
_CHARGES = (
    "SELECT c.id, c.at, c.meter, c.category, c.market, c.amount_micros, c.currency, c.rule, c.card, c.card_version,"
    " c.card_effective_from, c.conversation_id, c.message_id, c.chat_id, c.number_id, c.reverses_id, c.customer_id,"
    " c.customer_phone, c.account_id, c.item, c.flow_id, c.quantity, p.name, p.profile_name, p.username, p.user_id"
    " FROM charges c LEFT JOIN customers p ON p.lane = c.lane AND p.account_id = c.account_id AND p.id = c.customer_id"
)


async def charges(
    tx: Tx,
    tenant: Tenant,
    *,
    after: Cursor | None,
    limit: int,
    only: Mapping[str, str | UUID] = MappingProxyType({}),
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Charge]:
    """Lines of the bill, newest first. ``only`` maps columns (category, meter, market, number_id, flow_id) to the value
    wanted."""
    args: list[Any] = [tenant.lane, tenant.account_id, limit]
    where = ["c.lane = $1", "c.account_id = $2"]
    wanted = [*((f"c.{name} = $", only.get(name)) for name in FILTERS), ("c.at >= $", since), ("c.at < $", until)]
    for condition, value in wanted:
        if value is not None:
            args.append(value)
            where.append(f"{condition}{len(args)}")
    if after is not None:
        args += [after.at, after.id]
        where.append(f"(c.at, c.id) < (${len(args) - 1}, ${len(args)})")
    rows = await tx.fetch(f"{_CHARGES} WHERE {' AND '.join(where)} ORDER BY c.at DESC, c.id DESC LIMIT $3", *args)
    return [_charge(row) for row in rows]


async def charge(tx: Tx, tenant: Tenant, charge_id: UUID) -> Charge | None:
    row = await tx.fetchrow(
        f"{_CHARGES} WHERE c.lane = $1 AND c.account_id = $2 AND c.id = $3", tenant.lane, tenant.account_id, charge_id
    )
    return _charge(row) if row else None


async def charges_by_id(
    tx: Tx, lane: int, account_ids: Sequence[UUID], ids: Sequence[UUID]
) -> list[tuple[UUID, Charge]]:
    """Charges of a batch, each with its account, in the order they were made."""
    rows = await tx.fetch(
        f"{_CHARGES} WHERE c.lane = $1 AND c.account_id = ANY ($2::uuid[]) AND c.id = ANY ($3::uuid[]) ORDER BY c.id",
        lane,
        account_ids,
        ids,
    )
    return [(row["account_id"], _charge(row)) for row in rows]


async def statement(tx: Tx, tenant: Tenant, *, before_seq: int | None, limit: int) -> list[tuple[int, StatementLine]]:
    """Changes of the balance with their position, newest first."""
    rows = await tx.fetch(
        "SELECT t.id, t.seq, t.recorded_at, t.kind, t.available_micros, t.available_after_micros, t.currency,"
        " t.source_type, t.source_id, c.rule, c.message_id FROM ledger_transactions t"
        " LEFT JOIN charges c ON c.lane = t.lane AND c.account_id = t.account_id AND c.id = t.source_id"
        "  AND t.source_type = 'charge'"
        " WHERE t.lane = $1 AND t.account_id = $2 AND t.seq < $3 ORDER BY t.seq DESC LIMIT $4",
        tenant.lane,
        tenant.account_id,
        before_seq if before_seq is not None else 2**62,
        limit,
    )
    return [(row["seq"], _line(row)) for row in rows]


async def spend_by_day(tx: Tx, lane: int, account_ids: Iterable[UUID], since: date) -> dict[UUID, dict[date, SpendDay]]:
    """Spend per account and day from ``since`` on, from the kept totals."""
    rows = await tx.fetch(
        "SELECT account_id, day, category, sum(amount_micros)::bigint AS amount,"
        " coalesce(sum(quantity) FILTER (WHERE meter = 'conversation'), 0)::bigint AS quantity"
        " FROM spend_days WHERE lane = $1 AND account_id = ANY ($2::uuid[]) AND day >= $3"
        " GROUP BY account_id, day, category ORDER BY account_id, day, category",
        lane,
        list(account_ids),
        since,
    )
    found: dict[UUID, dict[date, SpendDay]] = {}
    for row in rows:
        days = found.setdefault(row["account_id"], {})
        day = days.get(row["day"]) or SpendDay(row["day"], 0, 0, {})
        days[row["day"]] = SpendDay(
            day=day.day,
            total_micros=day.total_micros + row["amount"],
            conversations=day.conversations + row["quantity"],
            by_category={**day.by_category, row["category"]: row["amount"]},
        )
    return found


async def spend(tx: Tx, session: Session, days: int, now: datetime) -> Spend:
    """The last ``days`` days of an account, today included, oldest first."""
    today = now.astimezone(zone_of(session.time_zone)).date()
    since = today - timedelta(days=days - 1)
    tenant = session.tenant
    found = (await spend_by_day(tx, tenant.lane, [tenant.account_id], since)).get(tenant.account_id, {})
    every_day = [since + timedelta(days=n) for n in range(days)]
    return Spend(session.currency, session.time_zone, [found.get(day) or SpendDay(day, 0, 0, {}) for day in every_day])


async def payment(tx: Tx, tenant: Tenant, key: str) -> Payment | None:
    row = await tx.fetchrow(
        f"SELECT {PAYMENT_COLUMNS} FROM payments WHERE lane = $1 AND account_id = $2 AND idempotency_key = $3",
        tenant.lane,
        tenant.account_id,
        key,
    )
    return Payment(**dict(row)) if row else None


def _customer(row: Row) -> ChargedCustomer | None:
    if row["customer_id"] is None:
        return None
    phone = format_phone(row["customer_phone"]) if row["customer_phone"] else None
    name = display_name(row["name"], row["profile_name"], phone, row["username"], row["user_id"]) or "Customer"
    return ChargedCustomer(row["customer_id"], name, phone)


def _charge(row: Row) -> Charge:
    return Charge(
        id=row["id"],
        at=row["at"],
        meter=row["meter"],
        category=row["category"],
        market=row["market"],
        amount_micros=row["amount_micros"],
        currency=row["currency"],
        quantity=row["quantity"],
        rule=row["rule"],
        rate=RateRef(row["card"], row["card_version"], row["card_effective_from"]),
        conversation_id=row["conversation_id"],
        message_id=row["message_id"],
        chat_id=row["chat_id"],
        customer=_customer(row),
        number_id=row["number_id"],
        item=row["item"],
        flow_id=row["flow_id"],
        reverses_id=row["reverses_id"],
    )


_DESCRIPTIONS: Mapping[str, str] = {
    "top_up": "Top-up",
    "grant": "Promotional credit",
    "hold": "Set aside for a message on its way",
    "void": "Given back: the message opened no charged conversation",
    "expiry": "Credit expired",
    "refund": "Refunded",
    "refund_failed": "A refund did not go through: the credit is back",
    "dispute": "Taken back by the card's bank (chargeback)",
    "dispute_won": "A chargeback was decided for you: the credit is back",
    "credit_note": "Given back by a credit note, or tax of an invoice turned round",
}


def describe(kind: str) -> str:
    """What a transaction of this kind does, in words."""
    return _DESCRIPTIONS.get(kind, kind)


def _line(row: Row) -> StatementLine:
    kind = cast("StatementKind", row["kind"])
    is_charge = row["source_type"] == "charge"
    description = row["rule"] if is_charge and row["rule"] else describe(kind)
    if kind == "charge" and row["available_micros"] >= 0:
        description += " Paid from what was set aside."
    return StatementLine(
        id=row["id"],
        at=row["recorded_at"],
        kind=kind,
        description=description,
        amount_micros=row["available_micros"],
        balance_after_micros=row["available_after_micros"],
        message_id=row["message_id"] if is_charge else row["source_id"] if row["source_type"] == "message" else None,
        charge_id=row["source_id"] if is_charge else None,
    )


def csv_line(charge: Charge) -> list[str]:
    """A charge as a row of the export."""
    return [
        charge.at.isoformat().replace("+00:00", "Z"),
        str(charge.id),
        charge.meter,
        charge.category,
        charge.market,
        decimal_text(charge.amount_micros),
        charge.currency,
        charge.customer.name if charge.customer else "",
        (charge.customer.phone_formatted if charge.customer else None) or "",
        charge.rate.card,
        str(charge.rate.version),
        charge.rate.effective_from.isoformat(),
        *(
            str(key or "")
            for key in (charge.conversation_id, charge.message_id, charge.chat_id, charge.number_id, charge.reverses_id)
        ),
        charge.item or "",
        str(charge.quantity),
        charge.rule,
    ]


CSV_HEADER = [
    "at",
    "charge_id",
    "meter",
    "category",
    "market",
    "amount",
    "currency",
    "customer",
    "phone",
    "card",
    "card_version",
    "card_effective_from",
    "conversation_id",
    "message_id",
    "chat_id",
    "number_id",
    "reverses_id",
    "item",
    "quantity",
    "rule",
]
