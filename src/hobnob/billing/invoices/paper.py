"""Invoices and credit notes as PDF. Pure: the same document gives the same bytes, whenever and wherever it is made, because
fonts and dates come with it and nothing of the machine is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from importlib import metadata, resources
from typing import Any, cast

import typst
from babel import Locale

from hobnob.billing.explain import day_text
from hobnob.kernel.money import decimal_text

from .rules import percent_text, span_text
from .types import CreditNote, Invoice, InvoiceLine, Party, TaxTotal

FONTS = (
    "Noto Sans",
    *(
        f"Noto Sans {script}"
        for script in (
            "Arabic",
            "Hebrew",
            "Devanagari",
            "Bengali",
            "Gujarati",
            "Gurmukhi",
            "Tamil",
            "Telugu",
            "Kannada",
            "Malayalam",
            "Oriya",
            "Sinhala",
            "Thai",
            "Khmer",
            "Lao",
            "Myanmar",
            "Ethiopic",
            "Georgian",
            "Armenian",
        )
    ),
    "Droid Sans Fallback",
)
_HEAD = ["", "", "Quantity", "Price", "Amount"]


def renderer() -> str:
    """What makes the documents, kept beside each."""
    return f"typst {metadata.version('typst')}"


def invoice_pdf(invoice: Invoice) -> bytes:
    """An issued invoice on paper."""
    assert invoice.number is not None
    assert invoice.issued_on is not None
    assert invoice.issued_at is not None
    taxed = bool(invoice.taxes)
    paper = {
        "title": "Tax invoice" if taxed else "Invoice",
        "number": invoice.number,
        "dated": f"Issued {day_text(invoice.issued_on)}",
        "date": _date(invoice.issued_on),
        "seller": _party(invoice.seller),
        "buyer": _party(invoice.buyer),
        "facts": [
            ["Period", span_text(invoice.first_day, invoice.last_day)],
            ["Time zone of its days", invoice.time_zone],
            ["Place of supply", _place(invoice.place_of_supply)],
            ["Currency", invoice.currency],
        ],
        "widths": ["auto", "*", "auto", "auto", "auto"],
        "head": ["#", "What", *_HEAD[2:]],
        "rows": [_row(line) for line in invoice.lines],
        "totals": _totals(invoice),
        "tax_table": _tax_table(invoice.taxes),
        "notes": invoice.notes,
        "watermark": "TEST" if invoice.sandbox else "",
    }
    return _render(paper, invoice.issued_at)


def credit_note_pdf(note: CreditNote, invoice: Invoice) -> bytes:
    """A credit note on the invoice it names."""
    by_tax: dict[tuple[str, str, int], list[int]] = {}
    for line in note.lines:
        for part in line.taxes:
            total = by_tax.setdefault((part.type, part.name, part.rate_ppm), [0, 0])
            total[0] += line.amount_micros
            total[1] += part.amount_micros
    taxes = [TaxTotal(*key, *total) for key, total in by_tax.items()]
    paper = {
        "title": "Credit note",
        "number": note.number,
        "dated": f"Issued {day_text(note.issued_on)}",
        "date": _date(note.issued_on),
        "seller": _party(invoice.seller),
        "buyer": _party(invoice.buyer),
        "facts": [
            ["On invoice", note.invoice_number],
            ["Of", day_text(invoice.issued_on) if invoice.issued_on else ""],
            ["Reason", note.reason],
            ["Currency", note.currency],
        ],
        "widths": ["auto", "*", "auto"],
        "head": ["Line", "What", "Taken back"],
        "rows": [[str(line.line_n), [line.description, ""], _amount(line.amount_micros)] for line in note.lines],
        "totals": [
            ["Taken back", _amount(note.net_micros), ""],
            *([[f"{tax.name} {percent_text(tax.rate_ppm)}", _amount(tax.amount_micros), ""] for tax in taxes]),
            ["Total, given back to your credit", f"{_amount(note.total_micros)} {note.currency}", "strong"],
        ],
        "tax_table": _tax_table(taxes),
        "notes": [],
        "watermark": "TEST" if invoice.sandbox else "",
    }
    return _render(paper, note.issued_at)


def _render(paper: dict[str, Any], at: datetime) -> bytes:
    source = (resources.files("hobnob.billing.invoices") / "invoice.typ").read_bytes()
    compiler = typst.Compiler(source, font_paths=_fonts(), ignore_system_fonts=True)
    text = json.dumps({**paper, "fonts": FONTS}, ensure_ascii=False)
    made = compiler.compile(format="pdf", sys_inputs={"paper": text}, timestamp=int(at.timestamp()))
    return cast("bytes", made)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    with resources.as_file(resources.files("hobnob.billing.invoices") / "fonts") as folder:
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _row(line: InvoiceLine) -> list[Any]:
    details = [] if line.late else [span_text(line.first_day, line.last_day)]
    if line.meter != line.card:
        details.append(f"{line.card} card of {day_text(line.card_effective_from)} (version {line.card_version})")
    return [
        str(line.n),
        [line.description, ", ".join(details)],
        f"{line.quantity:,}",
        "" if line.unit_micros is None else decimal_text(line.unit_micros),
        _amount(line.amount_micros),
    ]


def _totals(invoice: Invoice) -> list[list[str]]:
    return [
        ["Net", _amount(invoice.net_micros), ""],
        *([f"{tax.name} {percent_text(tax.rate_ppm)}", _amount(tax.amount_micros), ""] for tax in invoice.taxes),
        ["Total", f"{_amount(invoice.total_micros)} {invoice.currency}", "strong"],
        ["Paid from your credit", _amount(invoice.charged_micros + invoice.tax_micros), ""],
        *([["Rounding of the lines", _amount(invoice.rounding_micros), ""]] if invoice.rounding_micros else []),
    ]


def _tax_table(taxes: Iterable[TaxTotal]) -> list[list[str]]:
    return [
        [tax.name, percent_text(tax.rate_ppm), _amount(tax.base_micros), _amount(tax.amount_micros)] for tax in taxes
    ]


def _party(party: Party) -> dict[str, Any]:
    lines = [line for line in party.address.split("\n") if line]
    country = Locale("en").territories.get(party.country, party.country)
    if party.country:
        lines.append(f"{country}, state {party.state}" if party.state else str(country))
    if party.tax_id:
        lines.append(f"{'GSTIN' if party.country == 'IN' else 'Tax id'} {party.tax_id}")
    if party.email:
        lines.append(party.email)
    return {"name": party.legal_name, "lines": lines}


def _place(place: str) -> str:
    country, _, state = place.partition("-")
    name = str(Locale("en").territories.get(country, country))
    return f"{name}, {state}" if state else name or "not known"


def _date(day: date) -> list[int]:
    return [day.year, day.month, day.day]


def _amount(micros: int) -> str:
    sign, text = ("-", decimal_text(-micros)) if micros < 0 else ("", decimal_text(micros))
    units, _, decimals = text.partition(".")
    return f"{sign}{int(units):,}.{decimals}"
