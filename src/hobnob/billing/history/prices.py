"""What a decision of WhatsApp's meter costs by the card. Pure.

What is free each month stands on the card, as steps of the rate: a service conversation under `meta_conversations` is 0 up
to the 1,000th of the account's month, a service message under `meta_messages_service` 0 up to the number's 1,000th. The
tiers of utility and authentication are steps as well. `counter_of` says which count gives the position on them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TypeAlias

from hobnob.billing.rating import CardVersion, Catalog, Step, amount_at, zone_of
from hobnob.billing.types import METER_META

from .meta import RuleSets
from .types import MetaDecision

CARD = "meta"
CURRENCY = "USD"
_PRICED = frozenset({"template_opens", "reply_opens", "template_message", "service_message"})
# International authentication goes on counting where domestic authentication stands.
_COUNTED_AS = {"authentication_international": "authentication"}


Counter: TypeAlias = tuple[str, str | None, str | None]
"""Names a count of one calendar month of the account: the category, the number where each has its own count, and the
market where each has."""


def counter_of(decision: MetaDecision, number: str, market: str) -> Counter | None:
    """Where a priced decision stands in the month; None for what is free by rule. Every message with a counter takes one
    unit of it, priced or not."""
    if decision.outcome == "opened":
        return ("service", None, None) if decision.counts_in_allowance else None
    if decision.outcome != "charged":
        return None
    if decision.counts_in_allowance:
        return ("service", number, None)
    category = decision.category or ""
    return (_COUNTED_AS.get(category, category), None, market)


def price_meta(
    catalog: Catalog,
    decision: MetaDecision,
    market: str,
    position: int,
    on: date,
    *,
    card: str = CARD,
    currency: str = CURRENCY,
) -> tuple[int | None, str]:
    """Micros and the rule's code. ``on`` is the day of delivery in the account's time zone, ``position`` the counter's
    before this message (0 without a counter). None: no card or no rate was in force for it."""
    if decision.reason == "no_card":
        return None, "no_card"
    if is_free(decision):
        return 0, decision.reason
    version = catalog.card_version(card, on)
    if version is None:
        return None, "no_card"
    return price_on_steps(steps_of(version, market, decision.category or "", currency), position, decision)


def steps_of(version: CardVersion, market: str, category: str, currency: str) -> tuple[Step, ...]:
    """The card's steps; empty when it has no such rate. A market without an international rate has one price for all
    authentication."""
    steps = version.steps(METER_META, market, category, currency)
    if not steps and category in _COUNTED_AS:
        return version.steps(METER_META, market, _COUNTED_AS[category], currency)
    return steps


def is_free(decision: MetaDecision) -> bool:
    """True for what is free by rule, whatever the card says."""
    return decision.reason not in _PRICED


def price_on_steps(steps: tuple[Step, ...], position: int, decision: MetaDecision) -> tuple[int | None, str]:
    """The same with the card's steps at hand."""
    if not steps:
        return None, "no_rate"
    if len(steps) == 1:
        return steps[0].amount_micros, decision.reason
    amount = amount_at(steps, position)
    if amount == 0 and decision.counts_in_allowance:
        return 0, "free_tier" if decision.outcome == "opened" else "service_allowance"
    return amount, decision.reason


def rule_sets_of(catalog: Catalog, time_zone: str, card: str = CARD) -> RuleSets:
    """Since when each rule set of a card is in force for an account: every switch is at 00:00 of its own zone."""
    zone = zone_of(time_zone)
    found: list[tuple[datetime, str]] = []
    for version in catalog.cards.get(card, ()):
        if not found or found[-1][1] != version.rule_set:
            found.append((datetime.combine(version.effective_from, time.min, zone).astimezone(UTC), version.rule_set))
    return tuple(found)
