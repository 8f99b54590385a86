"""What Meta would say a delivered message costs: kind and category by the rules in force at that moment.

Three models, each from 00:00 of its date in the account's time zone: conversations of 24 hours (``pricing_conversations``),
messages (since July 2025), messages with charged service (since October 2026).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hobnob.whatsapp import limits

from .world import Number, Waba

MESSAGES_ARE_CHARGED_FROM = "2025-07-01"
SERVICE_IS_CHARGED_FROM = "2026-10-01"
ENTRY_WINDOW_BEFORE_S = 72 * 3600


def local_of(at_s: float, waba: Waba) -> datetime:
    """A moment in the account's time zone."""
    return datetime.fromtimestamp(at_s, ZoneInfo(waba.time_zone))


def since(date: str, at_s: float, waba: Waba) -> bool:
    """Whether the account's calendar has reached a date (``2026-10-01``) at that moment."""
    return local_of(at_s, waba).date().isoformat() >= date


def month_of(at_s: float, waba: Waba) -> str:
    """The account's calendar month, such as ``2026-10``."""
    return local_of(at_s, waba).strftime("%Y-%m")


def by_conversation(at_s: float, waba: Waba) -> bool:
    """Whether conversations are charged at that moment, not messages."""
    return not since(MESSAGES_ARE_CHARGED_FROM, at_s, waba)


def entry_window_s(at_s: float, waba: Waba) -> int:
    """How long a free entry point lasts that opens at that moment."""
    return limits.FREE_ENTRY_POINT_WINDOW_S if since(SERVICE_IS_CHARGED_FROM, at_s, waba) else ENTRY_WINDOW_BEFORE_S


def pricing(
    *, at_s: float, waba: Waba, number: Number, category: str, template: bool, reaction: bool, window_open: bool,
    entry_open: bool,
) -> dict[str, Any]:  # fmt: skip
    """The ``pricing`` object of a status while messages are charged."""
    if entry_open:
        return price_of("free_entry_point", "referral_conversion")
    service_charged = since(SERVICE_IS_CHARGED_FROM, at_s, waba)
    if template:
        free = category == "utility" and window_open and not service_charged
        return price_of("free_customer_service" if free else "regular", category)
    used = number.free_service_used.get(month_of(at_s, waba), 0)
    if reaction or not service_charged or used < limits.FREE_SERVICE_MESSAGES_PER_NUMBER_MONTH:
        return price_of("free_customer_service", "service")
    return price_of("regular", "service")


def count_free_service(at_s: float, waba: Waba, number: Number) -> None:
    """One delivered service message out of the month's free ones; earlier months are forgotten."""
    month = month_of(at_s, waba)
    used = number.free_service_used.get(month, 0)
    number.free_service_used = {month: used + 1}


def price_of(kind: str, category: str) -> dict[str, Any]:
    return {"billable": kind == "regular", "pricing_model": "PMP", "type": kind, "category": category}


def another_price(price: dict[str, Any], category: str) -> dict[str, Any]:
    """The same message priced as something else: what a fault makes of it. ``category`` is the message's own."""
    if price["pricing_model"] == "CBP":
        return {**price, "category": "utility" if price["category"] == "marketing" else "marketing"}
    if price["type"] != "regular":
        return price_of("regular", category)
    if price["category"] == "service":
        return price_of("free_customer_service", "service")
    return price_of("regular", "utility" if price["category"] == "marketing" else "marketing")
