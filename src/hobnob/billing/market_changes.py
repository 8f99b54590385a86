"""What importing a file of markets would change: which calling codes lead to which market from when. Pure.

A row whose date has begun anywhere on earth is history: it neither changes nor is added any more. One to come may be corrected.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from hobnob.kernel.errors import Conflict, InvalidInput

from .card_files import CardFileError
from .rating import PREFIX_MAX_DIGITS

COLUMNS = ("prefix", "effective_from", "market", "source")


class Market(NamedTuple):
    """From a date on, the numbers that begin with ``prefix`` (digits) belong to ``market``."""

    prefix: str
    effective_from: date
    market: str
    source: str


class MarketChange(NamedTuple):
    """A row that is new or corrected. ``before``: where its numbers belong on that day as things stand; None is Other."""

    row: Market
    before: str | None

    def line(self) -> str:
        row = self.row
        return f"+{row.prefix} from {row.effective_from}: {self.before or 'Other'} -> {row.market}"


def read(lines: Iterable[str], name: str) -> list[Market]:
    """The rows of a file with the columns of COLUMNS. Raises CardFileError."""
    reader = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise CardFileError(f"{name}: the first line lacks the column {', '.join(missing)}.")
    rows = []
    for found in reader:
        try:
            row = Market(
                found["prefix"].strip().removeprefix("+"),
                date.fromisoformat(found["effective_from"].strip()),
                found["market"].strip(),
                found["source"].strip(),
            )
        except (AttributeError, TypeError, ValueError) as error:
            raise CardFileError(f"{name}:{reader.line_num}: this row cannot be read: {error}.") from None
        if not (row.prefix.isascii() and row.prefix.isdigit() and len(row.prefix) <= PREFIX_MAX_DIGITS and row.market):
            raise CardFileError(
                f"{name}:{reader.line_num}: a row has a prefix of 1 to {PREFIX_MAX_DIGITS} digits and a market."
            )
        rows.append(row)
    return rows


def changes(
    standing: Mapping[str, Sequence[tuple[date, str]]], rows: Sequence[Market], today: date
) -> list[MarketChange]:
    """What the rows change, by date and prefix; nothing where they say nothing new. Raises Conflict for what would change
    history, InvalidInput for an empty file."""
    if not rows:
        raise InvalidInput("The file holds no market.")
    found = []
    for row in sorted(rows, key=lambda row: (row.effective_from, row.prefix)):
        if (row.effective_from, row.market) in standing.get(row.prefix, ()):
            continue
        before = _market_on(standing, row.prefix, row.effective_from)
        change = MarketChange(row, before)
        if row.effective_from <= today:
            raise Conflict(
                f"That date has begun, so it is history and does not change: {change.line()}", code="catalog_conflict"
            )
        found.append(change)
    return found


def _market_on(standing: Mapping[str, Sequence[tuple[date, str]]], prefix: str, on: date) -> str | None:
    for length in range(len(prefix), 0, -1):
        dated = [market for since, market in standing.get(prefix[:length], ()) if since <= on]
        if dated:
            return dated[-1]
    return None
