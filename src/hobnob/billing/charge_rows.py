"""Lines of the bill between memory and the database, and the totals kept beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import msgspec

from hobnob.platform.database import Tx

from .book import Wallet

NO_ID = UUID(int=0)
Pair = tuple[UUID, UUID]
Month = tuple[UUID, str, date]
"""Whose, of which meter, and the first day of the month."""


class ChargeRow(msgspec.Struct):
    """A row of ``charges``. One of a conversation names it and its message, chat, customer and number; any other is known by
    ``item``. ``n`` is given when it is written."""

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
    position: int
    revision: int
    conversation_id: UUID | None = None
    message_id: UUID | None = None
    chat_id: UUID | None = None
    customer_id: UUID | None = None
    customer_phone: str | None = None
    number_id: UUID | None = None
    transaction_id: UUID | None = None
    hold_transaction_id: UUID | None = None
    reverses_id: UUID | None = None
    item: str | None = None
    flow_id: UUID | None = None
    quantity: int = 1
    n: int = 0


_COLUMNS = ChargeRow.__struct_fields__
COLUMN_LIST = ", ".join(_COLUMNS)
_TYPES = {
    "at": "timestamptz",
    "recorded_at": "timestamptz",
    "day": "date",
    "amount_micros": "bigint",
    "card_version": "integer",
    "card_effective_from": "date",
    "position": "bigint",
    "revision": "integer",
    "quantity": "bigint",
    "n": "bigint",
}
_TEXTS = {"meter", "category", "market", "currency", "rule", "plan", "card", "customer_phone", "item"}
_SHAPE = ", ".join(
    f"${n}::{_TYPES.get(name) or ('text' if name in _TEXTS else 'uuid')}[]" for n, name in enumerate(_COLUMNS, 2)
)


async def standing(tx: Tx, lane: int, conversations: Sequence[Pair]) -> list[ChargeRow]:
    """Charges of these conversations that were not taken back."""
    if not conversations:
        return []
    rows = await tx.fetch(
        f"SELECT {COLUMN_LIST} FROM charges c WHERE lane = $1 AND account_id = ANY ($2::uuid[])"
        " AND conversation_id = ANY ($3::uuid[]) AND reverses_id IS NULL AND NOT EXISTS ("
        "  SELECT 1 FROM charges r WHERE r.lane = c.lane AND r.account_id = c.account_id AND r.reverses_id = c.id)"
        " ORDER BY id",
        lane,
        list({account_id for account_id, _ in conversations}),
        [conversation_id for _, conversation_id in conversations],
    )
    return [ChargeRow(**dict(row)) for row in rows]


@dataclass(slots=True)
class MonthUse:
    """The positions of a meter's calendar month: those taken back are taken again first, so that a correction costs
    what the corrected charge did."""

    next_position: int = 0
    free: list[int] = field(default_factory=list)
    changed: bool = False

    @property
    def position(self) -> int:
        """Where the next charge stands on the card's steps."""
        return min(self.free, default=self.next_position)

    def take(self) -> int:
        position = self.position
        if position in self.free:
            self.free.remove(position)
        else:
            self.next_position += 1
        self.changed = True
        return position

    def give_back(self, position: int) -> None:
        self.free.append(position)
        self.changed = True


async def months_in_use(tx: Tx, lane: int, months: Iterable[Month]) -> dict[Month, MonthUse]:
    """What these months have used."""
    uses = {month: MonthUse() for month in months}
    rows = await tx.fetch(
        "SELECT m.account_id, m.meter, m.month, m.quantity, m.free_positions FROM meter_months m"
        " JOIN unnest($2::uuid[], $3::text[], $4::date[]) AS n (account_id, meter, month)"
        " ON m.account_id = n.account_id AND m.meter = n.meter AND m.month = n.month WHERE m.lane = $1",
        lane,
        [account_id for account_id, _, _ in uses],
        [meter for _, meter, _ in uses],
        [month for _, _, month in uses],
    )
    for row in rows:
        uses[row["account_id"], row["meter"], row["month"]] = MonthUse(row["quantity"], row["free_positions"])
    return uses


def number(wallets: Mapping[UUID, Wallet], rows: Iterable[ChargeRow]) -> None:
    """Give lines of the bill their place in their account's; the wallets are locked and saved afterwards."""
    for row in rows:
        row.n = wallets[row.account_id].count_charge()


async def insert(tx: Tx, lane: int, rows: Sequence[ChargeRow]) -> None:
    """Write numbered lines of the bill and add them to the days' totals."""
    columns = [[getattr(row, name) for row in rows] for name in _COLUMNS]
    await tx.execute(
        f"INSERT INTO charges (lane, {COLUMN_LIST}) SELECT $1, n.* FROM unnest({_SHAPE}) AS n", lane, *columns
    )
    await _add_spend(tx, lane, rows)


async def _add_spend(tx: Tx, lane: int, rows: Sequence[ChargeRow]) -> None:
    totals: dict[tuple[UUID, date, str, str, str, UUID, UUID, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        place = (row.number_id or NO_ID, row.flow_id or NO_ID)
        total = totals[row.account_id, row.day, row.meter, row.category, row.market, *place, row.currency]
        total[0] += row.amount_micros
        total[1] += row.quantity if row.reverses_id is None else -row.quantity
    values = [(*key, *total) for key, total in sorted(totals.items())]
    await tx.execute(
        "INSERT INTO spend_days AS s (lane, account_id, day, meter, category, market, number_id, flow_id,"
        " currency, amount_micros, quantity) SELECT $1, n.* FROM unnest($2::uuid[], $3::date[], $4::text[], $5::text[],"
        " $6::text[], $7::uuid[], $8::uuid[], $9::text[], $10::bigint[], $11::bigint[]) AS n"
        " ON CONFLICT (lane, account_id, day, meter, category, market, number_id, flow_id, currency) DO UPDATE"
        " SET amount_micros = s.amount_micros + excluded.amount_micros, quantity = s.quantity + excluded.quantity",
        lane,
        *map(list, zip(*values, strict=True)),
    )


async def save_months(tx: Tx, lane: int, uses: Mapping[Month, MonthUse]) -> None:
    """Keep what the months have used; the wallets' locks guard it."""
    changed = {month: use for month, use in uses.items() if use.changed}
    if changed:
        await tx.execute(
            "INSERT INTO meter_months (lane, account_id, meter, month, quantity, free_positions)"
            " SELECT $1, a, m, d, q, f::jsonb"
            " FROM unnest($2::uuid[], $3::text[], $4::date[], $5::bigint[], $6::text[]) AS n (a, m, d, q, f)"
            " ON CONFLICT (lane, account_id, meter, month)"
            " DO UPDATE SET quantity = excluded.quantity, free_positions = excluded.free_positions",
            lane,
            [account_id for account_id, _, _ in changed],
            [meter for _, meter, _ in changed],
            [month for _, _, month in changed],
            [use.next_position for use in changed.values()],
            [msgspec.json.encode(sorted(use.free)).decode() for use in changed.values()],
        )
