"""What the rating of a history takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from hobnob.billing.types import METER_META

__all__ = ["METER_META", "Event", "EventName", "Item", "Kind", "MetaDecision", "Meter", "Outcome", "Term"]

EventName: TypeAlias = Literal["inbound", "delivered"]
Kind: TypeAlias = Literal["template", "free_form", "reaction"]
Meter: TypeAlias = Literal["conversation", "meta"]
Outcome: TypeAlias = Literal["opened", "joined", "charged", "free"]


class Event(NamedTuple):
    """A customer's message, or a business's message delivered. ``at`` knows its zone. ``customer`` is a phone (E.164) or
    a business-scoped id such as ``US.1349``. ``category`` is a template's. ``referral``: the customer came from a free entry
    point with this message. ``expires_at``: when the provider says the conversation of this message ends."""

    event: EventName
    at: datetime
    number: str
    customer: str
    message: str
    kind: Kind
    category: str | None = None
    referral: bool = False
    expires_at: datetime | None = None


class Term(NamedTuple):
    """A plan in force from a moment on. ``plan_version`` None: the version in force on each day."""

    since: datetime
    plan: str
    plan_version: int | None = None


class MetaDecision(msgspec.Struct, frozen=True, gc=False):
    """What a delivered message is on WhatsApp's meter. ``reason`` is a rule's code (docs/rating.md); ``conversation`` is
    the message that opened the conversation or the free entry point it belongs to; ``counts_in_allowance``: it uses one
    of the units that are free each month, if any are left."""

    message: str
    at: datetime
    outcome: Outcome
    category: str | None
    reason: str
    conversation: str | None = None
    counts_in_allowance: bool = False


class Item(msgspec.Struct, frozen=True, gc=False):
    """One charge or free item. ``amount_micros`` is None when no card or no rate was in force."""

    message: str
    meter: Meter
    at: datetime
    opens: bool
    conversation: str | None
    category: str | None
    market: str
    amount_micros: int | None
    currency: str
    rule: str
