"""From charges to the lines, taxes and totals of an invoice. Pure: a draft and an issued invoice come from here alike.

Rounding: each line is rounded once, from what the wallet paid to the smallest coin of the currency, halves away from zero;
each tax of a line is rounded the same way. Totals are sums of rounded figures, so that everybody can add them up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import get_currency_precision

from hobnob.billing.explain import day_text
from hobnob.billing.types import METER_CONVERSATION
from hobnob.kernel.money import decimal_text

from .types import Group, InvoiceLine, Party, Seller, Tax, TaxPart, TaxRule, TaxTotal

METERS = ("plan_fee", "agent", "commitment", METER_CONVERSATION, "step", "flow_day")
INDIA = "IN"
# Union territories without a legislature of their own levy UTGST in place of SGST.
UNION_TERRITORIES = frozenset({"04", "26", "31", "35", "38"})
_NAMES = {
    "plan_fee": "Plan fee",
    "agent": "Extra agents",
    "commitment": "Commitment",
    "step": "Steps of flows",
    "flow_day": "Days of published flows",
}


class Figures(NamedTuple):
    """What an invoice adds up to."""

    lines: list[InvoiceLine]
    charged_micros: int
    net_micros: int
    taxes: list[TaxTotal]
    tax_micros: int

    @property
    def total_micros(self) -> int:
        return self.net_micros + self.tax_micros


def figures(groups: Iterable[Group], currency: str, rules: Sequence[TaxRule], seller: Party, buyer: Party) -> Figures:
    """The lines of these groups with the taxes of the rules in force on their days. A group never crosses the date of a
    rule."""
    ordered = sorted(groups, key=_place)
    lines = [line_of(n, group, currency, rules, seller, buyer) for n, group in enumerate(ordered, 1)]
    taxes = tax_totals(lines)
    return Figures(
        lines,
        sum(line.charged_micros for line in lines),
        sum(line.amount_micros for line in lines),
        taxes,
        sum(tax.amount_micros for tax in taxes),
    )


def line_of(n: int, group: Group, currency: str, rules: Sequence[TaxRule], seller: Party, buyer: Party) -> InvoiceLine:
    """One line."""
    coin = coin_micros(currency)
    amount = rounded(group.charged_micros, coin)
    rule = rule_on(rules, group.first_day)
    return InvoiceLine(
        n=n,
        late=group.late,
        meter=group.meter,
        category=group.category,
        market=group.market,
        description=described(group),
        quantity=group.quantity,
        unit_micros=group.unit_micros,
        charged_micros=group.charged_micros,
        amount_micros=amount,
        first_day=group.first_day,
        last_day=group.last_day,
        plan=group.plan,
        card=group.card,
        card_version=group.card_version,
        card_effective_from=group.card_effective_from,
        tax_from=rule.effective_from if rule else None,
        taxes=[
            TaxPart(tax.type, tax.name, tax.rate_ppm, tax_on(amount, tax.rate_ppm, coin))
            for tax in taxes_of(rule, seller, buyer)
        ],
    )


def coin_micros(currency: str) -> int:
    """The smallest coin: 10,000 micros (a cent) for USD, 1,000,000 for JPY."""
    return int(10 ** (6 - get_currency_precision(currency)))


def rounded(micros: int, coin: int) -> int:
    """To whole coins, halves away from zero."""
    whole = (abs(micros) * 2 + coin) // (2 * coin) * coin
    return whole if micros >= 0 else -whole


def tax_on(amount_micros: int, rate_ppm: int, coin: int) -> int:
    """The tax of an amount, in whole coins."""
    return rounded(amount_micros * rate_ppm, coin * 1_000_000) // 1_000_000


def rule_on(rules: Sequence[TaxRule], day: date) -> TaxRule | None:
    """The rule in force on a day; rules are sorted by date."""
    found = None
    for rule in rules:
        if rule.effective_from <= day:
            found = rule
    return found


def taxes_of(rule: TaxRule | None, seller: Party, buyer: Party) -> list[Tax]:
    """The taxes of a sale under a rule. A buyer whose country is not known is taken to be where the seller is."""
    abroad = bool(buyer.country) and buyer.country != seller.country
    if rule is None or rule.kind == "none" or (rule.domestic and abroad):
        return []
    if rule.kind == "single":
        return [Tax(rule.name.lower().replace(" ", "_"), rule.name, rule.rate_ppm)]
    if abroad:
        return []
    if buyer.state and buyer.state != seller.state:
        return [Tax("igst", "IGST", rule.rate_ppm)]
    half = rule.rate_ppm // 2
    second = ("utgst", "UTGST") if seller.state in UNION_TERRITORIES else ("sgst", "SGST")
    return [Tax("cgst", "CGST", half), Tax(*second, rule.rate_ppm - half)]


def tax_totals(lines: Iterable[InvoiceLine]) -> list[TaxTotal]:
    """By tax and rate, in the order of the lines."""
    found: dict[tuple[str, str, int], list[int]] = {}
    for line in lines:
        for part in line.taxes:
            total = found.setdefault((part.type, part.name, part.rate_ppm), [0, 0])
            total[0] += line.amount_micros
            total[1] += part.amount_micros
    return [TaxTotal(*key, *total) for key, total in found.items()]


def notes_of(figures: Figures, rules: Sequence[TaxRule], seller: Seller, buyer: Party, currency: str) -> list[str]:
    """What an invoice has to say besides its figures."""
    notes = []
    rounding = figures.net_micros - figures.charged_micros
    if rounding:
        notes.append(
            f"Each line is rounded to {decimal_text(coin_micros(currency), 0)} {currency}, halves away from zero. Your"
            f" credit paid {decimal_text(figures.charged_micros)} {currency} for them, to the millionth: the difference of"
            f" {decimal_text(rounding)} {currency} is the rounding."
        )
    used = {line.tax_from for line in figures.lines}
    for rule in rules:
        if rule.effective_from in used:
            if rule.kind == "india" and buyer.country not in ("", INDIA):
                notes.append("Export of services: no GST is charged.")
            if rule.code:
                notes.append(f"Service code {rule.code}.")
            if rule.note:
                notes.append(rule.note)
    if seller.note:
        notes.append(seller.note)
    return list(dict.fromkeys(notes))


def place_of_supply(seller: Party, buyer: Party) -> str:
    """Where the sale counts for tax: the buyer's country and state, the seller's where they are not known."""
    country = buyer.country or seller.country
    state = buyer.state or (seller.state if country == seller.country else "")
    return f"{country}-{state}" if state else country


def described(group: Group) -> str:
    """A line in words."""
    words = _words(group)
    if not group.late:
        return words
    return f"Used {span_text(group.first_day, group.last_day)}, received late: {words}"


def span_text(first: date, last: date) -> str:
    """Such as 28 to 30 Apr 2026, or 30 Apr 2026."""
    if first == last:
        return day_text(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day_text(last)}"
    return f"{day_text(first)} to {day_text(last)}"


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def fiscal_year(day: date, year_starts: int) -> str:
    """The name of the fiscal year of a day: 2026, or 26-27 when it does not begin in January."""
    if year_starts == 1:
        return str(day.year)
    first = day.year if day.month >= year_starts else day.year - 1
    return f"{first % 100:02d}-{(first + 1) % 100:02d}"


def percent_text(rate_ppm: int) -> str:
    """180,000 parts per million as 18 %."""
    return f"{(Decimal(rate_ppm) / 10_000).normalize():f} %"


def _words(group: Group) -> str:
    if group.meter != METER_CONVERSATION:
        return group.rule or _NAMES.get(group.meter, group.meter)
    kind = group.category.replace("_", " ").capitalize()
    if group.category == "referral_conversion":
        kind = "Free-entry-point"
    included = ", included in the plan" if group.unit_micros == 0 else ""
    return f"{kind} conversations, {group.market}{included}"


def _place(group: Group) -> tuple[object, ...]:
    meter = METERS.index(group.meter) if group.meter in METERS else len(METERS)
    return (
        group.late,
        meter,
        group.meter,
        group.category,
        group.market,
        group.plan,
        group.card,
        group.card_version,
        group.first_day,
        -1 if group.unit_micros is None else group.unit_micros,
        group.charged_micros,
    )
