"""Rules in words: each charge says what happened, what it cost, by which plan and card, and what it includes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import phonenumbers
from babel import Locale

from hobnob.kernel.identity import country_of
from hobnob.kernel.money import decimal_text

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OPENERS = {"template": "template", "free_form": "reply"}
_WITH_ARTICLE = frozenset(
    {"AE", "BS", "CD", "CF", "CG", "DO", "FK", "GB", "GM", "KM", "MH", "MV", "NL", "PH", "SB", "SC", "US"}
)


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, in the account's time zone."""

    category: str
    opener: str
    place: str
    opened: datetime
    expires: datetime


def priced(
    story: Story,
    amount_micros: int,
    currency: str,
    plan_name: str,
    card_date: date,
    *,
    included: int | None,
) -> str:
    """Such as: Service conversation with a customer in India, opened by your reply delivered 23 Nov, 14:02: 0.015 USD,
    Starter plan, card of 1 Oct 2026. Everything until 24 Nov, 14:02 is included."""
    cost = f"{decimal_text(amount_micros)} {currency}"
    if included is not None:
        cost = f"one of the {included:,} included this month"
    return (
        f"{_opening(story)}: {cost}, {plan_name} plan, card of {day_text(card_date)}."
        f" Everything until {_moment(story.expires)} is included."
    )


def committed(story: Story, amount_micros: int, currency: str, quantity: int, words: str, ends_on: date) -> str:
    """Under a promise of conversations; ``words``: promised, or beyond the promised."""
    return (
        f"{_opening(story)}: {decimal_text(amount_micros)} {currency}, {words} {quantity:,} conversations until"
        f" {day_text(ends_on)}. Everything until {_moment(story.expires)} is included."
    )


def unpriced(story: Story, plan: str, currency: str) -> str:
    """When no card was in force."""
    return f"{_opening(story)}: not charged, because no rate card of the plan {plan!r} in {currency} was in force then."


def reversal(rule: str) -> str:
    """The contrary of a charge."""
    return f"Taken back, because a message delivered earlier was reported later: {rule}"


def day_text(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def place(phone: str | None, user_id: str | None) -> str:
    """Where a customer is, as a phrase: ``in India``, or ``of unknown country``."""
    country = _country(phone) or country_of(None, user_id)
    name = _country_name(country) if country else None
    return f"in {name}" if name else "of unknown country"


def _opening(story: Story) -> str:
    kind = story.category.replace("_", " ").capitalize()
    if story.category == "referral_conversion":
        kind = "Free-entry-point"
    opener = _OPENERS[story.opener]
    return (
        f"{kind} conversation with a customer {story.place}, opened by your {opener} delivered {_moment(story.opened)}"
    )


def _moment(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]}, {at.hour:02}:{at.minute:02}"


def _country(phone: str | None) -> str | None:
    if not phone:
        return None
    # Most calling codes belong to one country; only the shared ones (+1, +7, +44, ...) need the whole number read.
    for length in (1, 2, 3):
        code = phone[1 : 1 + length]
        if code.isdigit() and (regions := phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))):
            return regions[0] if len(regions) == 1 else country_of(phone)
    return None


@lru_cache(maxsize=300)
def _country_name(country: str) -> str | None:
    name = Locale("en").territories.get(country) if country.isalpha() else None
    return f"the {name}" if name and country in _WITH_ARTICLE else name
