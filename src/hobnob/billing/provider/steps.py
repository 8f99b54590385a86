"""Monthly counts and their steps: which message of a month is the last one below 1,000, and which ones lie beyond.

A step is kept as a message: the last one below it, in the order of delivery. A message that is delivered after it pays the
step's rate. So one more message at the end moves nothing, and one that is reported late moves only what lies between
the step's former place and its new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from hobnob.platform.database import Tx

from .types import ItemRow

Key: TypeAlias = tuple[datetime, UUID]


class Month(NamedTuple):
    """A count of one calendar month of an account."""

    account_id: UUID
    counter: str
    month: date


@dataclass(slots=True)
class Count:
    """How far a month is. ``steps``: by quantity, the last message below it; None while the month has not come to it."""

    quantity: int = 0
    steps: dict[int, Key | None] = field(default_factory=dict)
    added: list[Key] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)
    moved: list[tuple[int, Key | None]] = field(default_factory=list)
    """Steps whose place changed, with where they were."""

    def position(self, key: Key) -> int:
        """The highest step a message has reached, 0 below the first: as good as its place for its price."""
        return max((at for at, last in self.steps.items() if last is not None and key > last), default=0)

    def stays(self, at: int) -> bool:
        """Whether the changes leave a step where it is; only what is delivered after it does."""
        last = self.steps[at]
        quantity = self.quantity + len(self.added) - len(self.removed)
        if last is None:
            return quantity < at
        return quantity >= at and all(key > last for key in (*self.added, *self.removed))


def month_of(item: ItemRow) -> Month | None:
    return Month(item.account_id, item.counter, item.month) if item.counter is not None else None


async def counts(tx: Tx, lane: int, months: Iterable[Month]) -> dict[Month, Count]:
    """The counts of these months as they stand."""
    found = {month: Count() for month in months}
    if not found:
        return found
    columns = [list(column) for column in zip(*found, strict=True)]
    rows = await tx.fetch(
        "SELECT c.account_id, c.counter, c.month, c.quantity, s.from_quantity, s.delivered_at, s.message_id"
        " FROM unnest($2::uuid[], $3::text[], $4::date[]) AS n (account_id, counter, month)"
        " JOIN provider_counters c ON c.lane = $1 AND c.account_id = n.account_id AND c.counter = n.counter"
        "  AND c.month = n.month"
        " LEFT JOIN provider_steps s ON s.lane = $1 AND s.account_id = n.account_id AND s.counter = n.counter"
        "  AND s.month = n.month",
        lane,
        *columns,
    )
    for row in rows:
        count = found[Month(row["account_id"], row["counter"], row["month"])]
        count.quantity = row["quantity"]
        if row["from_quantity"] is not None:
            last = None if row["message_id"] is None else (row["delivered_at"], row["message_id"])
            count.steps[row["from_quantity"]] = last
    return found


def note_changes(found: Mapping[Month, Count], changes: Iterable[tuple[ItemRow | None, ItemRow]]) -> None:
    """Who joins and who leaves each count."""
    for before, after in changes:
        was = month_of(before) if before is not None else None
        now = month_of(after)
        if before is not None and was == now and before.key == after.key:
            continue
        if before is not None and was is not None:
            found[was].removed.append(before.key)
        if now is not None:
            found[now].added.append(after.key)


async def move_steps(tx: Tx, lane: int, found: Mapping[Month, Count], unsettled: Sequence[tuple[Month, int]]) -> None:
    """Find the places of these steps anew; the items are written already."""
    for month, at in unsettled:
        count = found[month]
        before, count.steps[at] = count.steps[at], await _last_below(tx, lane, month, at)
        if count.steps[at] != before:
            count.moved.append((at, before))


async def save(tx: Tx, lane: int, found: Mapping[Month, Count]) -> None:
    """Write the counts that changed, and their steps."""
    changed = {month: count for month, count in found.items() if count.added or count.removed or count.moved}
    if not changed:
        return
    await tx.execute(
        "INSERT INTO provider_counters (lane, account_id, counter, month, quantity)"
        " SELECT $1, n.* FROM unnest($2::uuid[], $3::text[], $4::date[], $5::bigint[]) AS n"
        " ON CONFLICT (lane, account_id, counter, month) DO UPDATE SET quantity = excluded.quantity",
        lane,
        *(list(column) for column in zip(*changed, strict=True)),
        [count.quantity + len(count.added) - len(count.removed) for count in changed.values()],
    )
    steps = [(month, at, last) for month, count in changed.items() for at, last in count.steps.items()]
    if steps:
        await tx.execute(
            "INSERT INTO provider_steps (lane, account_id, counter, month, from_quantity, delivered_at, message_id)"
            " SELECT $1, n.* FROM unnest($2::uuid[], $3::text[], $4::date[], $5::bigint[], $6::timestamptz[], $7::uuid[]) AS n"
            " ON CONFLICT (lane, account_id, counter, month, from_quantity)"
            " DO UPDATE SET delivered_at = excluded.delivered_at, message_id = excluded.message_id",
            lane,
            *(list(column) for column in zip(*(month for month, _, _ in steps), strict=True)),
            [at for _, at, _ in steps],
            [last and last[0] for _, _, last in steps],
            [last and last[1] for _, _, last in steps],
        )


def unsettled(found: Mapping[Month, Count], wanted: Mapping[Month, set[int]]) -> list[tuple[Month, int]]:
    """Steps that are new or that the changes may have moved; ``wanted`` are those of the items' cards."""
    todo = []
    for month, count in found.items():
        for at in wanted.get(month, ()):
            count.steps.setdefault(at, None)
        todo += [(month, at) for at in count.steps if not count.stays(at)]
    return todo


def between(found: Mapping[Month, Count]) -> dict[Month, list[tuple[Key | None, Key | None]]]:
    """Per month the spans (after, up to) whose messages are on the other side of a step now; None is the month's end."""
    spans: dict[Month, list[tuple[Key | None, Key | None]]] = defaultdict(list)
    for month, count in found.items():
        for at, before in count.moved:
            now = count.steps[at]
            if before is None or now is None:
                spans[month].append((before or now, None))
            else:
                spans[month].append((min(before, now), max(before, now)))
    return spans


async def _last_below(tx: Tx, lane: int, month: Month, at: int) -> Key | None:
    # Looked for only when a month comes to the step, or when something before it is reported late.
    row = await tx.fetchrow(
        "SELECT delivered_at, message_id FROM provider_items WHERE lane = $1 AND account_id = $2 AND counter = $3"
        " AND month = $4 ORDER BY delivered_at, message_id OFFSET $5 LIMIT 1",
        lane,
        month.account_id,
        month.counter,
        month.month,
        at - 1,
    )
    return (row["delivered_at"], row["message_id"]) if row is not None else None
