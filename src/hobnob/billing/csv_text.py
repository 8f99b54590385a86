"""Tables for spreadsheets: CSV in which no cell is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FIGURES = re.compile(r"[+-][0-9(). -]*")


def csv_text(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV (RFC 4180), in UTF-8."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_inert(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def _inert(cell: str) -> str:
    # A spreadsheet runs a cell that begins like a formula, and customers choose their own names. Amounts and phone
    # numbers are left as they are.
    if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _FIGURES.fullmatch(cell):
        return "'" + cell
    return cell
