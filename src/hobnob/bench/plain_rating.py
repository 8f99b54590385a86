"""The limit of ``bench rating``: both meters in one straight-line loop, as one would write them down at first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hobnob.billing.history.types import Event
from hobnob.billing.rating import CardVersion, Catalog, Step

DAY = timedelta(hours=24)


@dataclass(slots=True)
class Totals:
    """What a history costs: micros and charges by meter, and how many items had no price."""

    micros: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    charges: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    unpriced: int = 0

    def add(self, meter: str, amount: int | None) -> None:
        if amount is None:
            self.unpriced += 1
        elif amount:
            self.micros[meter] += amount
            self.charges[meter] += 1


def _sorted_once(events: Sequence[Event]) -> list[Event]:
    first: dict[tuple[str, str], Event] = {}
    for event in events:
        key = (event.event, event.message)
        if key not in first or event.at < first[key].at:
            first[key] = event
    return sorted(first.values(), key=lambda e: (e.at, e.event != "inbound", e.message))


def _plan_card(catalog: Catalog, plan: str, day: date) -> CardVersion | None:
    version = catalog.plan_version(plan, day)
    return catalog.card_version(version.card, day) if version else None


def _amount(steps: Sequence[Step], used: int) -> int | None:
    amount = None
    for step in steps:
        if step.from_quantity <= used:
            amount = step.amount_micros
    return amount


def plain_totals(events: Sequence[Event], catalog: Catalog, *, time_zone: str, plan: str) -> Totals:  # noqa: C901, PLR0912, PLR0915 - straight-line is the point of it
    """The totals of a history on both meters, conversations per chat."""
    zone, totals = ZoneInfo(time_zone), Totals()
    chats: dict[tuple[str, str], dict[str, Any]] = {}
    counts: dict[Any, int] = defaultdict(int)
    for event in _sorted_once(events):
        chat = chats.setdefault((event.number, event.customer), {"open": {}})
        at = event.at
        if event.event == "inbound":
            chat["window"] = at + DAY
            if event.referral:
                chat["referred"] = at + DAY
            continue
        if event.kind == "reaction":
            continue
        day = at.astimezone(zone).date()
        month = (day.year, day.month)
        market = catalog.market_of(event.customer, None, day)
        category = event.category if event.kind == "template" and event.category else "service"
        referred = "referred" in chat and at < chat["referred"]
        # Ours.
        if "ours" not in chat or at >= chat["ours"]:
            chat["ours"] = at + DAY
            card = _plan_card(catalog, plan, day)
            steps = (
                card.steps("conversation", market, "referral_conversion" if referred else category, "USD")
                if card
                else ()
            )
            amount = _amount(steps, counts["ours", month])
            counts["ours", month] += 1
            totals.add("conversation", amount)
        # WhatsApp's.
        card = catalog.card_version("meta", day)
        if card is None:
            totals.add("meta", None)
            continue
        if "entry" in chat and at < chat["entry"]:
            continue
        if referred:
            chat["entry"] = at + timedelta(days=7 if card.rule_set == "meta_messages_service" else 3)
            if "conversations" in card.rule_set:
                chat["open"].clear()
            continue
        counter: Any = None
        if "conversations" in card.rule_set:
            if event.kind == "template":
                if category in chat["open"] and at < chat["open"][category]:
                    continue
            elif any(at < end for end in chat["open"].values()):
                continue
            chat["open"][category] = at + DAY
            if category == "service":
                if card.rule_set == "meta_conversations_free_service":
                    continue
                counter = ("service", month)
        elif event.kind != "template":
            if card.rule_set == "meta_messages":
                continue
            counter = ("service", event.number, month)
        else:
            if category in chat["open"] and at < chat["open"][category]:
                continue
            if card.rule_set == "meta_messages" and category == "utility" and "window" in chat and at < chat["window"]:
                continue
            counter = (category, market, month)
        amount = _amount(card.steps("meta", market, category, "USD"), counts[counter])
        counts[counter] += 1
        totals.add("meta", amount)
    return totals
