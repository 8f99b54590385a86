"""What WhatsApp should say of a message by our reckoning, what it said, and whether the two agree. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hobnob.billing.history.types import MetaDecision

from .types import Class, Kind

# WhatsApp repeats a webhook for up to seven days; what was not told by then will not be told.
TOLD_WITHIN = timedelta(days=7)
MOMENT_MAX_S = 4_102_444_800  # the year 2100: beyond it a timestamp is no time
_ENTRY = "referral_conversion"
_ONE_NAME = {"marketing_lite": "marketing"}
_FREE_TIER = "free_tier"
_KINDS: dict[str, Kind] = {
    "reaction_free": "reaction",
    "no_card": "unknown",
    "inside_free_entry_point": "free_entry_point",
    "referral_opens": "free_entry_point",
    "utility_in_window": "free_customer_service",
    "service_allowance": "free_customer_service",
    "template_message": "regular",
    "service_message": "regular",
}


class Expected(NamedTuple):
    """What the pricing object should say. ``billable`` None: it follows from other messages and is not compared."""

    kind: Kind
    category: str
    billable: bool | None


def expected_of(decision: MetaDecision, rule: str) -> Expected:
    """By the decision and the rule that priced it."""
    category = decision.category or ""
    if decision.conversation is not None and category != _ENTRY:
        if decision.outcome == "joined":
            return Expected("conversation", category, None)
        return Expected("conversation", category, rule != _FREE_TIER and decision.reason != "service_free")
    kind = _KINDS.get(rule) or _KINDS.get(decision.reason, "free_customer_service")
    return Expected(kind, category, kind == "regular" if kind != "unknown" else None)


def differences(expected: Expected, told: Mapping[str, Any]) -> list[str]:
    """Which members of the told pricing object are not as expected."""
    if expected.kind == "reaction":
        return ["billable"] if told.get("billable") is True else []
    found = []
    kind = told.get("type")
    if expected.kind == "unknown" or (kind is not None and kind != expected.kind):
        found.append("type")
    category = told.get("category")
    if category is not None and _name(category) != expected.category:
        found.append("category")
    billable = told.get("billable")
    if billable is not None and expected.billable is not None and billable is not expected.billable:
        found.append("billable")
    return found


def class_of(expected: Expected, told: Mapping[str, Any] | None, *, waiting: bool) -> Class:
    """``waiting``: the price that goes with the delivery may still be told. Until then one told before the delivery
    (with ``sent``) is WhatsApp's guess: when it differs, that is a matter of time."""
    if told is None:
        return "match" if expected.kind == "reaction" else "timing" if waiting else "missing"
    if not differences(expected, told):
        return "match"
    return "timing" if waiting and told.get("reported_with") == "sent" else "price_differs"


def end_told(told: Mapping[str, Any] | None) -> datetime | None:
    """When the conversation of a message ends, in WhatsApp's own words. What was told before the delivery of another
    conversation than the one it came into does not count."""
    at, conversation = (told or {}).get("ends") or (None, None)
    named = ((told or {}).get("conversation") or {}).get("id")
    if at is None or at >= MOMENT_MAX_S or (named is not None and named != conversation):
        return None
    return datetime.fromtimestamp(at, UTC)


def _name(category: str) -> str:
    """A category as the meter names it: with an underscore, and of marketing only one."""
    name = category.lower().replace("-", "_")
    return _ONE_NAME.get(name, name)
