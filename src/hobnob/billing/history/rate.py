"""A whole history rated on both meters: one pass over the events in time order. Pure.

What a day decides (cards, plan, rule sets, the month's counts) is looked up once when the pass comes to that day; what is
left for each message is the two decisions and their two prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hobnob.billing.rating import Catalog

from .day import Calendar, Chat
from .order import in_order
from .prices import CARD, CURRENCY
from .types import Event, Item, Term


def rate(
    events: Iterable[Event],
    catalog: Catalog,
    *,
    time_zone: str = "UTC",
    terms: Sequence[Term] = (),
    card: str = CARD,
    currency: str = CURRENCY,
    all_items: bool = False,
) -> list[Item]:
    """What each delivered message is on both meters, in time order, ours before WhatsApp's. ``terms`` are sorted; without
    any the amounts of our meter are 0. Items that open nothing and cost nothing are left out unless ``all_items``."""
    return list(
        iterate(events, catalog, time_zone=time_zone, terms=terms, card=card, currency=currency, all_items=all_items)
    )


def iterate(
    events: Iterable[Event],
    catalog: Catalog,
    *,
    time_zone: str = "UTC",
    terms: Sequence[Term] = (),
    card: str = CARD,
    currency: str = CURRENCY,
    all_items: bool = False,
) -> Iterator[Item]:
    """`rate`, one item after the other."""
    calendar = Calendar(catalog, time_zone=time_zone, terms=terms, card=card, currency=currency, all_items=all_items)
    chats: dict[tuple[str, str], Chat] = {}
    ordered = in_order(events)
    if not ordered:
        return
    day = calendar.day_of(ordered[0].at)
    for event in ordered:
        if event.at >= day.until:
            day = calendar.day_of(event.at)
        customer = event.customer
        key = (event.number, customer)
        chat = chats.get(key)
        if chat is None:
            chat = chats[key] = Chat()
        if event.event == "inbound":
            chat.inbound(event)
            continue
        market = day.markets.get(customer) or day.market_of(customer)
        item = day.ours(event, chat, market)
        if item is not None:
            yield item
        item = day.meta(event, chat, market)
        if item is not None:
            yield item
