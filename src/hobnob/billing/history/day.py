"""One day of an account, and what it decides about a message: cards, plan, rule sets, the month's counts. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias, cast

from hobnob.billing.period import start_of
from hobnob.billing.rating import CardVersion, Catalog, PlanVersion, Step, amount_at, zone_of
from hobnob.billing.types import METER_CONVERSATION, METER_META
from hobnob.conversations.rules import PER_CHAT, Delivered, Free, Opened, Opening, RuleSet, decide, still_open

from .meta import MetaChat
from .prices import Counter, counter_of, is_free, price_on_steps, steps_of
from .types import Event, Item, MetaDecision, Term

CountedSteps: TypeAlias = tuple[tuple[Step, ...], bool]
"""The steps of a rate, and whether a month's count matters for it or for its family."""


class Chat:
    """One number and customer on both meters."""

    __slots__ = ("meta", "openings", "referrals")

    def __init__(self) -> None:
        self.meta = MetaChat()
        self.openings: list[Opening[str]] = []
        self.referrals: list[datetime] = []

    def inbound(self, event: Event) -> None:
        self.meta.inbound(event.at, referral=event.referral)
        if event.referral:
            self.referrals.append(event.at)


@dataclass(slots=True)
class Month:
    """What a calendar month of the account has used so far."""

    first: date
    conversations: int = 0
    counts: dict[Counter, int] = field(default_factory=dict)


@dataclass(slots=True)
class Day:
    """Everything that a moment decides, from 00:00 of the account's day until ``until``."""

    until: datetime
    on: date
    catalog: Catalog
    currency: str
    month: Month
    markets: dict[str, str]
    """Markets of the customers met since the table of markets last changed."""
    all_items: bool
    meta_card: CardVersion | None
    meta_rule_set: str | None
    meta_rates: dict[tuple[str, str], CountedSteps]
    """WhatsApp's card by market and category, as far as it was needed."""
    has_term: bool
    plan: PlanVersion | None
    plan_card: CardVersion | None
    plan_rates: dict[tuple[str, str], tuple[Step, ...]]
    rule_set: RuleSet

    def market_of(self, customer: str) -> str:
        """The market of a customer met for the first time."""
        phone, user_id = (customer, None) if customer.startswith("+") else (None, customer)
        market = self.markets[customer] = self.catalog.market_of(phone, user_id, self.on)
        return market

    def ours(self, event: Event, chat: Chat, market: str) -> Item | None:
        """Our conversation; None when it is left out."""
        at, message = event.at, event.message
        delivered = Delivered(message, at, event.kind, event.category)
        decision = decide(chat.openings, chat.referrals, delivered, self.rule_set)
        if isinstance(decision, Opened):
            opening = decision.conversation
            # Per chat one opens only where none is open.
            chat.openings = [opening] if self.rule_set == PER_CHAT else [*still_open(chat.openings, at), opening]
            amount: int | None = 0
            rule: str = decision.reason
            if self.has_term:
                amount, rule = self._price(opening.category, market, rule)
            return Item(
                message, METER_CONVERSATION, at, True, opening.id, opening.category, market, amount, self.currency, rule
            )
        if not self.all_items:
            return None
        rule = decision.reason
        if isinstance(decision, Free):
            return Item(message, METER_CONVERSATION, at, False, None, None, market, 0, self.currency, rule)
        joined = decision.conversation
        return Item(message, METER_CONVERSATION, at, False, joined.id, joined.category, market, 0, self.currency, rule)

    def _price(self, category: str, market: str, reason: str) -> tuple[int | None, str]:
        if self.plan is None or self.plan_card is None:
            return None, "no_card"
        steps = self.plan_rates.get((market, category))
        if steps is None:
            steps = self.plan_card.steps(METER_CONVERSATION, market, category, self.currency)
            self.plan_rates[market, category] = steps
        if not steps:
            return None, "no_rate"
        position = self.month.conversations
        self.month.conversations = position + 1
        return amount_at(steps, position), "included" if position < self.plan.included_conversations else reason

    def meta(self, event: Event, chat: Chat, market: str) -> Item | None:
        """WhatsApp's charge; None when it is left out."""
        decision = chat.meta.delivered(event, self.meta_rule_set)
        opens = decision.outcome == "opened"
        rule = decision.reason
        amount: int | None
        if is_free(decision):
            amount = None if rule == "no_card" else 0
        else:
            amount, rule = self._price_meta(decision, event.number, market)
        if amount == 0 and not opens and not self.all_items:
            return None
        return Item(
            decision.message,
            METER_META,
            decision.at,
            opens,
            decision.conversation,
            decision.category,
            market,
            amount,
            self.currency,
            rule,
        )

    def _price_meta(self, decision: MetaDecision, number: str, market: str) -> tuple[int | None, str]:
        category = decision.category or ""
        known = self.meta_rates.get((market, category))
        if known is None:
            assert self.meta_card is not None
            known = (steps_of(self.meta_card, market, category, self.currency), self._is_counted(market, category))
            self.meta_rates[market, category] = known
        steps, is_counted = known
        counter = counter_of(decision, number, market) if is_counted else None
        if counter is None:
            return price_on_steps(steps, 0, decision)
        counts = self.month.counts
        position = counts.get(counter, 0)
        counts[counter] = position + 1
        return price_on_steps(steps, position, decision)

    def _is_counted(self, market: str, category: str) -> bool:
        """Whether the month's count ever matters: under this version of the card, or under one that may follow within the
        month, for this category or for one that counts with it."""
        family = {category, "authentication", "authentication_international"} if "auth" in category else {category}
        versions = self.catalog.cards[self.meta_card.card] if self.meta_card is not None else ()
        return any(len(steps_of(one, market, name, self.currency)) > 1 for one in versions for name in family)


class Calendar:
    """The days of a history, one after the other."""

    def __init__(
        self,
        catalog: Catalog,
        *,
        time_zone: str,
        terms: Sequence[Term],
        card: str,
        currency: str,
        all_items: bool,
    ) -> None:
        self._catalog = catalog
        self._time_zone = time_zone
        self._terms = terms
        self._card = card
        self._currency = currency
        self._all_items = all_items
        self._month = Month(date.min)
        self._market_days = sorted({since for dated in catalog.markets.values() for since, _ in dated})
        self._markets: dict[int, dict[str, str]] = defaultdict(dict)
        self._rates: dict[int, dict[tuple[str, str], CountedSteps]] = defaultdict(dict)

    def day_of(self, at: datetime) -> Day:
        """The day that a moment lies in; no earlier one is asked for afterwards."""
        on = at.astimezone(zone_of(self._time_zone)).date()
        if on.replace(day=1) != self._month.first:
            self._month = Month(on.replace(day=1))
        version = self._catalog.card_version(self._card, on)
        position = bisect_right(self._terms, at, key=lambda term: term.since)
        term = self._terms[position - 1] if position else None
        plan = self._catalog.plan_version(term.plan, on, term.plan_version) if term else None
        plan_card = self._catalog.plan_card(plan, on, pinned=term.plan_version is not None) if term and plan else None
        tomorrow = start_of(on + timedelta(days=1), self._time_zone).astimezone(UTC)
        return Day(
            until=min([tomorrow, *(term.since for term in self._terms[position : position + 1])]),
            on=on,
            catalog=self._catalog,
            currency=self._currency,
            month=self._month,
            markets=self._markets[bisect_right(self._market_days, on)],
            all_items=self._all_items,
            meta_card=version,
            meta_rule_set=version.rule_set if version else None,
            meta_rates=self._rates[version.version if version else 0],
            has_term=term is not None,
            plan=plan,
            plan_card=plan_card,
            plan_rates={},
            rule_set=cast("RuleSet", plan_card.rule_set) if plan_card else PER_CHAT,
        )
