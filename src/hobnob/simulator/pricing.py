"""What Meta would say a delivered message costs: kind and category by the rules in force at that moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hobnob.whatsapp import limits

from .world import Number, Waba

SERVICE_IS_CHARGED_FROM = "2026-10-01"
ENTRY_WINDOW_BEFORE_S = 72 * 3600


def month_of(at_s: float, waba: Waba) -> str:
    """The account's calendar month, such as ``2026-10``."""
    return datetime.fromtimestamp(at_s, ZoneInfo(waba.time_zone)).strftime("%Y-%m")


def entry_window_s(at_s: float) -> int:
    """How long a free entry point lasts, by its date."""
    if datetime.fromtimestamp(at_s, UTC).isoformat() < SERVICE_IS_CHARGED_FROM:
        return ENTRY_WINDOW_BEFORE_S
    return limits.FREE_ENTRY_POINT_WINDOW_S


def pricing(
    *, at_s: float, waba: Waba, number: Number, category: str, template: bool, reaction: bool, window_open: bool,
    entry_open: bool,
) -> dict[str, Any]:  # fmt: skip
    """The ``pricing`` object of a status."""
    if entry_open:
        return _price("free_entry_point", "referral_conversion")
    local = datetime.fromtimestamp(at_s, ZoneInfo(waba.time_zone))
    service_charged = local.isoformat() >= SERVICE_IS_CHARGED_FROM
    if template:
        free = category == "utility" and window_open and not service_charged
        return _price("free_customer_service" if free else "regular", category)
    used = number.free_service_used.get(month_of(at_s, waba), 0)
    if reaction or not service_charged or used < limits.FREE_SERVICE_MESSAGES_PER_NUMBER_MONTH:
        return _price("free_customer_service", "service")
    return _price("regular", "service")


def count_free_service(at_s: float, waba: Waba, number: Number) -> None:
    """One delivered service message out of the month's free ones; earlier months are forgotten."""
    month = month_of(at_s, waba)
    used = number.free_service_used.get(month, 0)
    number.free_service_used = {month: used + 1}


def _price(kind: str, category: str) -> dict[str, Any]:
    return {"billable": kind == "regular", "pricing_model": "PMP", "type": kind, "category": category}
