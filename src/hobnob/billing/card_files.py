"""A rate card as a file: rows of market, category and rate by date, and the full versions that they make. Pure.

A row says what a rate is from a date on. The dates that the rows name are the card's versions; a rate that a version does not
name is that of the version before it, as the provider's announcements list changes only. A new model (the version's rule
set is not of the same family) starts with nothing: a price per conversation says nothing of a price per message.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from hobnob.kernel.money import micros_from_text

COLUMNS = ("region", "category", "currency", "rate", "effective_from", "source")


class CardFileError(ValueError):
    """A row of a card's file cannot be read; says which."""


class Rate(NamedTuple):
    """One row: what a unit costs in a market from a date on, from the month's n-th unit on."""

    market: str
    category: str
    currency: str
    amount_micros: int
    effective_from: date
    source: str
    from_quantity: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.market, self.category, self.currency)


class VersionHead(NamedTuple):
    """A version without its rates. ``free_units``: of which categories how many are free each month."""

    version: int
    effective_from: date
    rule_set: str
    source: str
    free_units: Mapping[str, int]


class FullRate(NamedTuple):
    """A rate as a version holds it."""

    version: int
    market: str
    category: str
    currency: str
    from_quantity: int
    amount_micros: int
    source: str


def read(lines: Iterable[str], name: str) -> list[Rate]:
    """The rows of a file with the columns of COLUMNS, and ``from_quantity`` where there are tiers. Raises CardFileError."""
    reader = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise CardFileError(f"{name}: the first line lacks the column {', '.join(missing)}.")
    return [_rate(row, f"{name}:{reader.line_num}") for row in reader]


def full_versions(heads: Sequence[VersionHead], rates: Iterable[Rate]) -> list[FullRate]:
    """The rates of each version, those carried over included."""
    by_date: dict[date, dict[tuple[str, str, str], list[Rate]]] = defaultdict(lambda: defaultdict(list))
    for rate in rates:
        by_date[rate.effective_from][rate.key].append(rate)
    found: list[FullRate] = []
    standing: dict[tuple[str, str, str], list[Rate]] = {}
    before: VersionHead | None = None
    for head in sorted(heads, key=lambda one: one.effective_from):
        if before is not None and _family(before.rule_set) != _family(head.rule_set):
            standing = {}
        standing = {**standing, **by_date.get(head.effective_from, {})}
        for steps in standing.values():
            found += _of_version(head, steps)
        before = head
    return found


def _of_version(head: VersionHead, steps: Sequence[Rate]) -> list[FullRate]:
    first = steps[0]
    free = head.free_units.get(first.category, 0)
    source = first.source
    if first.effective_from != head.effective_from:
        source = f"Carried over from the card of {first.effective_from}: {source}"
    rows = [
        FullRate(head.version, *one.key, one.from_quantity or free, one.amount_micros, source)
        for one in sorted(steps, key=lambda step: step.from_quantity)
    ]
    if free:
        rows.insert(0, FullRate(head.version, *first.key, 0, 0, f"The first {free:,} of a month are free. {source}"))
    return rows


def _family(rule_set: str) -> str:
    return "messages" if "messages" in rule_set else "conversations"


def _rate(row: Mapping[str, str], where: str) -> Rate:
    try:
        return Rate(
            row["region"].strip(),
            row["category"].strip().lower().replace("-", "_"),
            row["currency"].strip().upper(),
            micros_from_text(row["rate"]),
            date.fromisoformat(row["effective_from"].strip()),
            row["source"].strip(),
            int(row.get("from_quantity") or 0),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise CardFileError(f"{where}: this row cannot be read: {error}.") from None
