"""Lines of the bill between memory and the database, and the totals kept beside them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from hobnob.platform.database import Tx

from .types import METER_CONVERSATION

Pair = tuple[UUID, UUID]


class ChargeRow(msgspec.Struct):
    """A row of ``charges``, in the table's column order after ``lane``."""

    account_id: UUID
    id: UUID
    at: datetime
    recorded_at: datetime
    day: date
    meter: str
    category: str
    market: str
    amount_micros: int
    currency: str
    rule: str
    plan: str
    card: str
    card_version: int
    card_effective_from: date
    conversation_id: UUID
    revision: int
    message_id: UUID
    chat_id: UUID
    customer_id: UUID
    customer_phone: str | None
    number_id: UUID
    transaction_id: UUID | None
    hold_transaction_id: UUID | None
    reverses_id: UUID | None


_COLUMNS = ChargeRow.__struct_fields__
_COLUMN_LIST = ", ".join(_COLUMNS)
_TYPES = {
    "at": "timestamptz",
    "recorded_at": "timestamptz",
    "day": "date",
    "amount_micros": "bigint",
    "card_version": "integer",
    "card_effective_from": "date",
    "revision": "integer",
}
_TEXTS = {"meter", "category", "market", "currency", "rule", "plan", "card", "customer_phone"}
_SHAPE = ", ".join(
    f"${n}::{_TYPES.get(name) or ('text' if name in _TEXTS else 'uuid')}[]" for n, name in enumerate(_COLUMNS, 2)
)


async def standing(tx: Tx, lane: int, conversations: Sequence[Pair]) -> list[ChargeRow]:
    """Charges of these conversations that were not taken back."""
    if not conversations:
        return []
    rows = await tx.fetch(
        f"SELECT {_COLUMN_LIST} FROM charges c WHERE lane = $1 AND account_id = ANY ($2::uuid[])"
        " AND conversation_id = ANY ($3::uuid[]) AND reverses_id IS NULL AND NOT EXISTS ("
        "  SELECT 1 FROM charges r WHERE r.lane = c.lane AND r.account_id = c.account_id AND r.reverses_id = c.id)"
        " ORDER BY id",
        lane,
        list({account_id for account_id, _ in conversations}),
        [conversation_id for _, conversation_id in conversations],
    )
    return [ChargeRow(**dict(row)) for row in rows]


async def quantities(tx: Tx, lane: int, months: Iterable[tuple[UUID, date]]) -> Counter[tuple[UUID, date]]:
    """How many conversations these months (account and first day) already hold."""
    wanted = list(months)
    rows = await tx.fetch(
        "SELECT m.account_id, m.month, m.quantity FROM meter_months m"
        " JOIN unnest($2::uuid[], $3::date[]) AS n (account_id, month)"
        " ON m.account_id = n.account_id AND m.month = n.month WHERE m.lane = $1 AND m.meter = $4",
        lane,
        [account_id for account_id, _ in wanted],
        [month for _, month in wanted],
        METER_CONVERSATION,
    )
    return Counter({(row["account_id"], row["month"]): row["quantity"] for row in rows})


async def insert(tx: Tx, lane: int, rows: Sequence[ChargeRow]) -> None:
    """Write lines of the bill and add them to the days' totals."""
    columns = [[getattr(row, name) for row in rows] for name in _COLUMNS]
    await tx.execute(
        f"INSERT INTO charges (lane, {_COLUMN_LIST}) SELECT $1, n.* FROM unnest({_SHAPE}) AS n", lane, *columns
    )
    await _add_spend(tx, lane, rows)


async def _add_spend(tx: Tx, lane: int, rows: Sequence[ChargeRow]) -> None:
    totals: dict[tuple[UUID, date, str, str, str, UUID, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        key = (row.account_id, row.day, row.meter, row.category, row.market, row.number_id, row.currency)
        total = totals[key]
        total[0] += row.amount_micros
        total[1] += 1 if row.reverses_id is None else -1
    values = [(*key, *total) for key, total in sorted(totals.items())]
    await tx.execute(
        "INSERT INTO spend_days AS s (lane, account_id, day, meter, category, market, number_id, currency,"
        " amount_micros, quantity) SELECT $1, n.* FROM unnest($2::uuid[], $3::date[], $4::text[], $5::text[],"
        " $6::text[], $7::uuid[], $8::text[], $9::bigint[], $10::bigint[]) AS n"
        " ON CONFLICT (lane, account_id, day, meter, category, market, number_id, currency) DO UPDATE"
        " SET amount_micros = s.amount_micros + excluded.amount_micros, quantity = s.quantity + excluded.quantity",
        lane,
        *map(list, zip(*values, strict=True)),
    )


async def add_months(tx: Tx, lane: int, added: Counter[tuple[UUID, date]]) -> None:
    """Add to what the months hold."""
    values = [(account_id, month, n) for (account_id, month), n in sorted(added.items()) if n]
    if values:
        await tx.execute(
            "INSERT INTO meter_months AS m (lane, account_id, meter, month, quantity)"
            " SELECT $1, a, $5, d, q FROM unnest($2::uuid[], $3::date[], $4::bigint[]) AS n (a, d, q)"
            " ON CONFLICT (lane, account_id, meter, month) DO UPDATE SET quantity = m.quantity + excluded.quantity",
            lane,
            *map(list, zip(*values, strict=True)),
            METER_CONVERSATION,
        )
