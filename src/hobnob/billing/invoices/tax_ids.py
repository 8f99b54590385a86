"""Tax ids, checked where their form is known: GSTIN with its state and check digit, VAT numbers of the EU and others. Pure."""

from __future__ import annotations

from typing import NamedTuple

from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.in_ import gstin
from stdnum.util import get_cc_module

from .errors import TaxIdWrong

INDIA = "IN"
EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
# GST state codes by the letters of ISO 3166-2 and of vehicles.
GST_STATES = {
    "JK": "01", "HP": "02", "PB": "03", "CH": "04", "UT": "05", "UK": "05", "HR": "06", "DL": "07", "RJ": "08",
    "UP": "09", "BR": "10", "SK": "11", "AR": "12", "NL": "13", "MN": "14", "MZ": "15", "TR": "16", "ML": "17",
    "AS": "18", "WB": "19", "JH": "20", "OR": "21", "OD": "21", "CT": "22", "CG": "22", "MP": "23", "GJ": "24",
    "DH": "26", "DN": "26", "DD": "26", "MH": "27", "KA": "29", "GA": "30", "LD": "31", "KL": "32", "TN": "33",
    "PY": "34", "AN": "35", "TG": "36", "TS": "36", "AP": "37", "LA": "38",
}  # fmt: skip


class TaxId(NamedTuple):
    """As it is written on invoices; ``checked``: its form is known and right."""

    number: str
    checked: bool


def checked(country: str, text: str) -> TaxId:
    """A tax id of a country (ISO 3166). Raises TaxIdWrong when its form is known and this is not it."""
    text = text.strip()
    if not text:
        return TaxId("", False)
    try:
        if country == INDIA:
            return TaxId(gstin.validate(text), True)
        if country in EU:
            number = text if _has_prefix(text, country) else ("EL" if country == "GR" else country) + text
            return TaxId(eu_vat.validate(number), True)
        module = get_cc_module(country, "vat")
        if module is None:
            return TaxId(text, False)
        return TaxId(module.validate(text), True)
    except ValidationError as error:
        detail = f"{text!r} is not a valid tax id of {country}: {str(error).rstrip('.').lower()}."
        raise TaxIdWrong(detail, fields=[("tax_id", detail)]) from None


def gst_state(text: str) -> str:
    """A GST state code from a code or letters: 27, MH and IN-MH are the same. Raises TaxIdWrong."""
    given = text.strip().upper().removeprefix("IN-")
    code = GST_STATES.get(given, given)
    if code and code not in GST_STATES.values():
        detail = f"{text!r} is no Indian state: use its GST code, such as 27, or its letters, such as MH."
        raise TaxIdWrong(detail, fields=[("state", detail)])
    return code


def with_state(country: str, state: str, tax_id: TaxId) -> str:
    """The state of a party: an Indian one is in its GSTIN. Raises TaxIdWrong when the two differ."""
    if country != INDIA:
        return state.strip()
    code = gst_state(state)
    if not tax_id.number:
        return code
    if code and code != tax_id.number[:2]:
        detail = f"This GSTIN belongs to state {tax_id.number[:2]}, not to {code}."
        raise TaxIdWrong(detail, fields=[("state", detail)])
    return tax_id.number[:2]


def _has_prefix(text: str, country: str) -> bool:
    return text[:2].upper() in (country, "EL" if country == "GR" else country)
