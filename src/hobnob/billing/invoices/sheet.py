"""An invoice as a table for spreadsheets. Pure."""

from __future__ import annotations

from hobnob.billing.csv_text import csv_text
from hobnob.kernel.money import decimal_text

from .types import Invoice

HEADER = [
    "invoice",
    "issued_on",
    "line",
    "late",
    "meter",
    "category",
    "market",
    "description",
    "quantity",
    "unit_price",
    "charged",
    "amount",
    "currency",
    "first_day",
    "last_day",
    "plan",
    "card",
    "card_version",
    "card_effective_from",
    "taxes",
    "tax",
]


def invoice_csv(invoice: Invoice) -> bytes:
    """A row for each line; amounts are decimal numbers of the invoice's currency."""
    rows = [
        [
            invoice.number or "",
            invoice.issued_on.isoformat() if invoice.issued_on else "",
            str(line.n),
            "yes" if line.late else "no",
            line.meter,
            line.category,
            line.market,
            line.description,
            str(line.quantity),
            "" if line.unit_micros is None else decimal_text(line.unit_micros),
            decimal_text(line.charged_micros),
            decimal_text(line.amount_micros),
            invoice.currency,
            line.first_day.isoformat(),
            line.last_day.isoformat(),
            line.plan,
            line.card,
            str(line.card_version),
            line.card_effective_from.isoformat(),
            "; ".join(f"{part.name} {decimal_text(part.amount_micros)}" for part in line.taxes),
            decimal_text(sum(part.amount_micros for part in line.taxes)),
        ]
        for line in invoice.lines
    ]
    return csv_text([HEADER, *rows])
