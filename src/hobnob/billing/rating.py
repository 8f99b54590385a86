"""What something costs, by which dated card. Pure: a `Catalog` and facts in, a `Price` out; no price stands in the code.

A card's version is in force from 00:00 of its date in the account's time zone until the next version's date. Within a
version the most particular rate wins: the market and category named before '*'; of a meter's steps the highest one
that the month's quantity has reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import phonenumbers

from . import explain
from .types import METER_CONVERSATION, Price

T = TypeVar("T")
ANY = "*"
OTHER = "Other"
PER_CHAT = "conversation_per_chat"
PREFIX_MAX_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Step:
    """A rate from the month's n-th unit on (the first unit is number 0)."""

    from_quantity: int
    amount_micros: int


@dataclass(frozen=True, slots=True)
class CardVersion:
    card: str
    version: int
    effective_from: date
    rule_set: str
    rates: Mapping[tuple[str, str, str, str], tuple[Step, ...]]
    """Steps by (meter, market, category, currency), lowest first."""

    def steps(self, meter: str, market: str, category: str, currency: str) -> tuple[Step, ...]:
        """The most particular rate; empty when the card does not price this."""
        for key in ((market, category), (market, ANY), (ANY, category), (ANY, ANY)):
            if steps := self.rates.get((meter, *key, currency)):
                return steps
        return ()


@dataclass(frozen=True, slots=True)
class Addon:
    """What a plan charges for a meter beside its fee: so many units a month are included, then a price for each so many."""

    included: int
    unit_quantity: int
    amount_micros: int


@dataclass(frozen=True, slots=True)
class PlanVersion:
    plan: str
    name: str
    version: int
    effective_from: date
    card: str
    included_conversations: int
    currency: str = "USD"
    monthly_micros: int = 0
    yearly_micros: int | None = None
    included_agents: int | None = None
    """None: without limit."""
    agents_max: int | None = None
    extra_agent_micros: int = 0
    committed_only: bool = False
    """Only for who promises a quantity for a year."""
    addons: Mapping[str, Addon] = field(default_factory=dict)
    position: int = 0
    """Where it stands among the plans, the smallest first."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything priced, as loaded. Each sequence is sorted by effective_from."""

    digest: str
    markets: Mapping[str, tuple[tuple[date, str], ...]]
    cards: Mapping[str, tuple[CardVersion, ...]]
    plans: Mapping[str, tuple[PlanVersion, ...]]

    def market_of(self, phone: str | None, user_id: str | None, on: date) -> str:
        """The market of a customer: by the longest known prefix of the phone (E.164), else by the country of the
        business-scoped user id."""
        digits = phone[1:] if phone else _sample_digits(user_id[:2]) if user_id else ""
        for length in range(min(len(digits), PREFIX_MAX_DIGITS), 0, -1):
            dated = self.markets.get(digits[:length])
            if dated and (market := _in_force(dated, on)) is not None:
                return market
        return OTHER

    def card_version(self, card: str, on: date) -> CardVersion | None:
        return _in_force([(version.effective_from, version) for version in self.cards.get(card, ())], on)

    def plan_version(self, plan: str, on: date, version: int | None = None) -> PlanVersion | None:
        """By code or by name: "Starter" is starter. The version a subscriber has, else the one in force."""
        versions = self.plans.get(plan.lower(), ())
        if version is not None:
            return next((one for one in versions if one.version == version), None)
        return _in_force([(one.effective_from, one) for one in versions], on)

    def plan_card(self, plan: PlanVersion, on: date, *, pinned: bool) -> CardVersion | None:
        """The card of a plan's conversations. Who subscribed to a version (``pinned``) keeps the card of its date: newer
        prices come with a newer version only. Else it is the card in force on the day."""
        return self.card_version(plan.card, plan.effective_from if pinned else on)


@dataclass(frozen=True, slots=True)
class Occasion:
    """A conversation to be priced. ``quantity`` is its position in the calendar month, from 0. ``plan_version``: the one
    that was subscribed to; None is the one in force on the day."""

    plan: str
    currency: str
    time_zone: str
    category: str
    opener: str
    at: datetime
    expires_at: datetime
    customer_phone: str | None
    customer_user_id: str | None
    quantity: int = 0
    plan_version: int | None = None


def price_conversation(catalog: Catalog, occasion: Occasion) -> Price:
    """The price of a conversation opened at ``occasion.at`` by the card then in force, with the rule in words."""
    zone = zone_of(occasion.time_zone)
    day = occasion.at.astimezone(zone).date()
    market = catalog.market_of(occasion.customer_phone, occasion.customer_user_id, day)
    plan = catalog.plan_version(occasion.plan, day, occasion.plan_version)
    card = catalog.plan_card(plan, day, pinned=occasion.plan_version is not None) if plan else None
    steps = card.steps(METER_CONVERSATION, market, occasion.category, occasion.currency) if card else ()
    story = explain.Story(
        category=occasion.category,
        opener=occasion.opener,
        place=explain.place(occasion.customer_phone, occasion.customer_user_id),
        opened=occasion.at.astimezone(zone),
        expires=occasion.expires_at.astimezone(zone),
    )
    if plan is None or card is None or not steps:
        rule = explain.unpriced(story, occasion.plan, occasion.currency)
        return Price(0, occasion.currency, market, occasion.plan, None, 0, None, rule)
    amount = amount_at(steps, occasion.quantity)
    included = plan.included_conversations if occasion.quantity < plan.included_conversations else None
    rule = explain.priced(story, amount, occasion.currency, plan.name, card.effective_from, included=included)
    return Price(amount, occasion.currency, market, plan.plan, card.card, card.version, card.effective_from, rule)


def rule_set_at(catalog: Catalog, plan: str, time_zone: str, at: datetime, plan_version: int | None = None) -> str:
    """By which rule set the conversations of a plan open at a moment."""
    day = at.astimezone(zone_of(time_zone)).date()
    version = catalog.plan_version(plan, day, plan_version)
    card = catalog.plan_card(version, day, pinned=plan_version is not None) if version else None
    return card.rule_set if card else PER_CHAT


def amount_at(steps: Sequence[Step], position: int) -> int:
    """What the month's unit at a position (the first is 0) costs on a rate's steps."""
    for step in reversed(steps):
        if step.from_quantity <= position:
            return step.amount_micros
    raise AssertionError("a rate's steps begin at 0")


def amount_between(steps: Sequence[Step], start: int, end: int) -> int:
    """What the month's units from position ``start`` up to, but not including, ``end`` cost together."""
    ends = [step.from_quantity for step in steps[1:]] + [end]
    return sum(
        step.amount_micros * max(0, min(until, end) - max(step.from_quantity, start))
        for step, until in zip(steps, ends, strict=True)
    )


@lru_cache(maxsize=1_000)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _in_force(dated: Sequence[tuple[date, T]], on: date) -> T | None:
    for since, value in reversed(dated):
        if since <= on:
            return value
    return None


@lru_cache(maxsize=300)
def _sample_digits(country: str) -> str:
    # An example number finds the prefix of countries that share a calling code (+1, +7) as well.
    example = phonenumbers.example_number(country)
    if example is None:
        return ""
    return f"{example.country_code}{example.national_number}"
