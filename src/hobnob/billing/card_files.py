"""A rate card as a file: rows of market, category and rate by date, and the full versions that they make. Pure.

A row says what a rate is from a date on. The dates that the rows name are the card's versions; a rate that a version does not
name is that of the version before it, as the provider's announcements list changes only. A new model (the version's rule
set is not of the same family) starts with nothing: a price per conversation says nothing of a price per message.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias

from hobnob.kernel.money import micros_from_text

COLUMNS = ("region", "category", "currency", "rate", "effective_from", "source")
CATEGORIES = frozenset({"marketing", "utility", "authentication", "authentication_international", "service"})
_CURRENCY = re.compile(r"[A-Z]{3}")
Key: TypeAlias = tuple[str, str, str]
"""Market, category, currency."""


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
    def key(self) -> Key:
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
    rates: dict[tuple[object, ...], Rate] = {}
    for row in reader:
        rate = _rate(row, f"{name}:{reader.line_num}")
        if rates.setdefault((*rate.key, rate.effective_from, rate.from_quantity), rate) is not rate:
            raise CardFileError(f"{name}:{reader.line_num}: this rate stands in the file already.")
    return list(rates.values())


def full_versions(heads: Sequence[VersionHead], rates: Iterable[Rate]) -> list[FullRate]:
    """The rates of each version, those carried over included."""
    by_date: dict[date, dict[Key, list[Rate]]] = defaultdict(lambda: defaultdict(list))
    for rate in rates:
        by_date[rate.effective_from][rate.key].append(rate)
    found: list[FullRate] = []
    standing: dict[Key, list[Rate]] = {}
    before: VersionHead | None = None
    for head in sorted(heads, key=lambda one: one.effective_from):
        if before is not None and not same_model(before.rule_set, head.rule_set):
            standing = {}
        standing = {**standing, **by_date.get(head.effective_from, {})}
        for steps in standing.values():
            found += rates_of_version(head, steps)
        before = head
    return found


def rates_of_version(head: VersionHead, steps: Sequence[Rate]) -> list[FullRate]:
    """One market, category and currency as a version holds it, what is free each month included."""
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


def same_model(one: str, other: str) -> bool:
    """True when two rule sets charge the same thing: conversations, or messages."""
    return ("messages" in one) == ("messages" in other)


def _rate(row: Mapping[str, str], where: str) -> Rate:
    try:
        rate = Rate(
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
    if not rate.market or rate.category not in CATEGORIES or not _CURRENCY.fullmatch(rate.currency):
        raise CardFileError(
            f"{where}: a rate has a region, a currency such as USD, and a category: {', '.join(sorted(CATEGORIES))}."
        )
    if rate.amount_micros < 0 or rate.from_quantity < 0:
        raise CardFileError(f"{where}: neither a rate nor a quantity is below 0.")
    return rate
