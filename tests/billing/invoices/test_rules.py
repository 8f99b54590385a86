"""The arithmetic of invoices: rounding, taxes, fiscal years, lines in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hobnob.billing.invoices import rules, tax_ids
from hobnob.billing.invoices.errors import TaxIdWrong
from hobnob.billing.invoices.types import Group, Party, TaxRule

CENT = 10_000
SELLER = Party("Desk", "", "IN", "29")
GST = TaxRule(date(2017, 7, 1), "india", "", 180_000)
OLD_GST = TaxRule(date(2010, 1, 1), "india", "", 120_000)
VAT = TaxRule(date(2020, 1, 1), "single", "VAT", 210_000)


def group(charged_micros: int, first_day: date = date(2026, 10, 1), **changes: object) -> Group:
    plain = Group(
        False, "conversation", "service", "India", "plus", "plus", 1, date(2023, 6, 1), 1990, 3, charged_micros,
        first_day, first_day, None,
    )  # fmt: skip
    return plain._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("micros", "cents"),
    [(0, 0), (4_999, 0), (5_000, 1), (14_999, 1), (15_000, 2), (25_000, 3), (-4_999, 0), (-5_000, -1), (-15_000, -2)],
)
def test_lines_are_rounded_halves_away_from_zero(micros: int, cents: int) -> None:
    assert rules.rounded(micros, CENT) == cents * CENT


@pytest.mark.parametrize(("currency", "coin"), [("USD", 10_000), ("INR", 10_000), ("JPY", 1_000_000), ("KWD", 1_000)])
def test_the_smallest_coin_is_the_currencys(currency: str, coin: int) -> None:
    assert rules.coin_micros(currency) == coin


@pytest.mark.parametrize(
    ("amount", "rate_ppm", "tax"),
    [(100, 180_000, 18), (3, 180_000, 1), (2, 180_000, 0), (25, 180_000, 5), (-25, 180_000, -5), (250, 90_000, 23)],
)
def test_tax_is_rounded_to_coins_like_lines(amount: int, rate_ppm: int, tax: int) -> None:
    assert rules.tax_on(amount * CENT, rate_ppm, CENT) == tax * CENT


@pytest.mark.parametrize(
    ("buyer", "expected"),
    [
        (Party("Same state", "", "IN", "29"), [("cgst", 90_000), ("sgst", 90_000)]),
        (Party("Another state", "", "IN", "27"), [("igst", 180_000)]),
        (Party("Nothing known"), [("cgst", 90_000), ("sgst", 90_000)]),
        (Party("Abroad", "", "AE", ""), []),
    ],
    ids=lambda value: value.legal_name if isinstance(value, Party) else None,
)
def test_gst_is_split_within_the_state_and_one_across(buyer: Party, expected: list[tuple[str, int]]) -> None:
    assert [(tax.type, tax.rate_ppm) for tax in rules.taxes_of(GST, SELLER, buyer)] == expected


def test_a_union_territory_levies_utgst() -> None:
    taxes = rules.taxes_of(GST, Party("Desk", "", "IN", "04"), Party("Shop", "", "IN", "04"))
    assert [tax.name for tax in taxes] == ["CGST", "UTGST"]


def test_a_single_rate_is_for_the_sellers_country_unless_it_says_otherwise() -> None:
    seller, abroad = Party("Desk", "", "ES"), Party("Shop", "", "FR")
    assert rules.taxes_of(VAT, seller, Party("Shop", "", "ES")) == [("vat", "VAT", 210_000)]
    assert rules.taxes_of(VAT, seller, abroad) == []
    everywhere = TaxRule(date(2020, 1, 1), "single", "Sales tax", 50_000, domestic=False)
    assert rules.taxes_of(everywhere, seller, abroad) == [("sales_tax", "Sales tax", 50_000)]
    assert rules.taxes_of(None, seller, abroad) == rules.taxes_of(TaxRule(date.min, "none"), seller, abroad) == []


def test_each_line_has_the_rule_of_its_day() -> None:
    before = GST.effective_from - timedelta(days=1)
    groups = [group(1_000_000, before), group(1_000_000, GST.effective_from)]
    figures = rules.figures(groups, "USD", [OLD_GST, GST], SELLER, Party("Shop", "", "IN", "27"))
    assert [(line.tax_from, line.taxes[0].rate_ppm) for line in figures.lines] == [
        (OLD_GST.effective_from, 120_000),
        (GST.effective_from, 180_000),
    ]
    assert [(tax.rate_ppm, tax.base_micros, tax.amount_micros) for tax in figures.taxes] == [
        (120_000, 1_000_000, 120_000),
        (180_000, 1_000_000, 180_000),
    ]


def test_totals_are_sums_of_rounded_lines_and_the_rest_is_told() -> None:
    groups = [group(1_990 * n, market=str(n)) for n in range(1, 8)]
    figures = rules.figures(groups, "USD", [GST], SELLER, Party("Shop", "", "IN", "27"))
    assert figures.net_micros == sum(line.amount_micros for line in figures.lines)
    assert figures.tax_micros == sum(part.amount_micros for line in figures.lines for part in line.taxes)
    assert figures.charged_micros == 1_990 * 28
    assert figures.net_micros != figures.charged_micros


@pytest.mark.parametrize(
    ("day", "starts", "year"),
    [
        (date(2026, 12, 31), 1, "2026"),
        (date(2027, 3, 31), 4, "26-27"),
        (date(2027, 4, 1), 4, "27-28"),
        (date(1999, 12, 1), 7, "99-00"),
    ],
)
def test_a_fiscal_year_has_its_name(day: date, starts: int, year: str) -> None:
    assert rules.fiscal_year(day, starts) == year


def test_lines_say_what_they_are() -> None:
    assert rules.described(group(0, unit_micros=0)) == "Service conversations, India, included in the plan"
    late = group(5, date(2026, 9, 28), last_day=date(2026, 9, 30), late=True)
    assert rules.described(late) == "Used 28 to 30 Sep 2026, received late: Service conversations, India"
    assert rules.described(group(5, meter="plan_fee", rule="Plus plan.")) == "Plus plan."
    assert rules.described(group(5, meter="flow_day", rule=None)) == "Days of published flows"


@pytest.mark.parametrize(
    ("country", "given", "written"),
    [
        ("IN", "29aagcb7383j1z4", "29AAGCB7383J1Z4"),
        ("ES", "ESB58378431", "ESB58378431"),
        ("ES", "B58378431", "ESB58378431"),
        ("GB", "GB980780684", "980780684"),
        ("XK", "anything", "anything"),
        ("IN", "", ""),
    ],
)
def test_tax_ids_are_written_one_way(country: str, given: str, written: str) -> None:
    assert tax_ids.checked(country, given).number == written


@pytest.mark.parametrize(
    ("country", "given"), [("IN", "29AAGCB7383J1Z5"), ("ES", "ESB58378432"), ("GB", "980780685"), ("DE", "DE1")]
)
def test_a_wrong_tax_id_is_refused(country: str, given: str) -> None:
    with pytest.raises(TaxIdWrong) as refused:
        tax_ids.checked(country, given)
    assert refused.value.fields[0][0] == "tax_id"


def test_a_gstin_says_its_state() -> None:
    gstin = tax_ids.checked("IN", "29AAGCB7383J1Z4")
    assert tax_ids.with_state("IN", "", gstin) == tax_ids.with_state("IN", "KA", gstin) == "29"
    with pytest.raises(TaxIdWrong):
        tax_ids.with_state("IN", "MH", gstin)
    with pytest.raises(TaxIdWrong):
        tax_ids.gst_state("ZZ")
