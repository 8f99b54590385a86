"""Which delivered message opens a conversation, joins one, or is free. Pure; imports nothing but the standard library.

The product's own meter, first rule set:
- one conversation per chat (a number and a customer); it opens when a business message is delivered;
- it covers [opened_at, opened_at + 24 h): a message delivered exactly at the end opens the next one;
- everything delivered in it is one charge; a reaction neither opens, joins nor counts;
- the opener gives the category: a template its own, a free-form message ``service``, and either of them
  ``referral_conversion`` when it was delivered within 24 h after the customer came from a free entry point;
- messages delivered at the same instant (WhatsApp tells whole seconds) are taken in the order they were sent, then of
  their ids.

So the chain of a chat is a function of the set of its deliveries and referrals; no order of arrival enters.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

CONVERSATION_LENGTH = timedelta(hours=24)
REFERRAL_LENGTH = timedelta(hours=24)

Kind: TypeAlias = Literal["template", "free_form", "reaction"]
Category: TypeAlias = Literal["marketing", "utility", "authentication", "service", "referral_conversion"]
Reason: TypeAlias = Literal["template_opens", "reply_opens", "referral_opens", "inside_open", "reaction_free"]
Key: TypeAlias = tuple[datetime, datetime, UUID]
"""The order of deliveries: delivered, sent, id."""

_CATEGORIES: dict[str, Category] = {
    "marketing": "marketing",
    "marketing_lite": "marketing",
    "utility": "utility",
    "authentication": "authentication",
    "authentication_international": "authentication",
    "service": "service",
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A business message that reached the customer. Without ``sent_at`` it counts as sent when it was delivered."""

    message_id: UUID
    at: datetime
    kind: Kind
    category: str | None = None
    sent_at: datetime | None = None

    @property
    def key(self) -> Key:
        return (self.at, self.sent_at or self.at, self.message_id)


@dataclass(frozen=True, slots=True)
class Opening:
    """A conversation: named by the message that opened it, which was sent at ``sent_at``."""

    id: UUID
    opened_at: datetime
    category: Category
    sent_at: datetime

    @property
    def key(self) -> Key:
        return (self.opened_at, self.sent_at, self.id)

    @property
    def expires_at(self) -> datetime:
        return self.opened_at + CONVERSATION_LENGTH

    def covers(self, message: Delivered) -> bool:
        """True for its opener and whatever was delivered after it and before the end."""
        return self.key <= message.key and message.at < self.expires_at


@dataclass(frozen=True, slots=True)
class Opened:
    conversation: Opening
    reason: Reason


@dataclass(frozen=True, slots=True)
class Joined:
    conversation: Opening
    reason: Reason = "inside_open"


@dataclass(frozen=True, slots=True)
class Free:
    reason: Reason = "reaction_free"


Decision: TypeAlias = Opened | Joined | Free


@dataclass(frozen=True, slots=True)
class Chain:
    """A chat's conversations in time order, and what each delivered message did."""

    openings: tuple[Opening, ...] = ()
    decisions: dict[UUID, Decision] = field(default_factory=dict)


def decide(open_conversation: Opening | None, referrals: Sequence[datetime], message: Delivered) -> Decision:
    """What one delivered message does. ``open_conversation`` is the latest one that opened before it, if any;
    ``referrals`` are the sorted times at which the customer came from a free entry point."""
    if message.kind == "reaction":
        return Free()
    if open_conversation is not None and open_conversation.covers(message):
        return Joined(open_conversation)
    category, reason = _category(referrals, message)
    return Opened(Opening(message.message_id, message.at, category, message.sent_at or message.at), reason)


def replay(deliveries: Iterable[Delivered], referrals: Iterable[datetime] = (), after: Opening | None = None) -> Chain:
    """The chain from these deliveries, in any order and with duplicates: of one message the earliest delivery counts.
    ``after`` is the conversation that opened before all of them, when the chain goes on from there."""
    times = sorted(referrals)
    last = after
    openings: list[Opening] = []
    decisions: dict[UUID, Decision] = {}
    for message in earliest(deliveries):
        decision = decide(last, times, message)
        decisions[message.message_id] = decision
        if isinstance(decision, Opened):
            last = decision.conversation
            openings.append(last)
    return Chain(tuple(openings), decisions)


def earliest(deliveries: Iterable[Delivered]) -> list[Delivered]:
    """Each message once, at its earliest delivery, in time order."""
    first: dict[UUID, Delivered] = {}
    for message in deliveries:
        known = first.get(message.message_id)
        if known is None or message.at < known.at:
            first[message.message_id] = message
    return sorted(first.values(), key=lambda message: message.key)


def category_of(text: str | None) -> Category:
    """A template's category as ours; one we do not know is taken for the mildest, utility."""
    return _CATEGORIES.get((text or "").lower().replace("-", "_"), "utility")


def _category(referrals: Sequence[datetime], message: Delivered) -> tuple[Category, Reason]:
    # An entry at ``r`` covers [r, r + 24 h); at the same instant the customer's message comes first.
    upto = bisect_right(referrals, message.at)
    if bisect_left(referrals, message.at - REFERRAL_LENGTH + timedelta(microseconds=1)) < upto:
        return "referral_conversion", "referral_opens"
    if message.kind == "template":
        return category_of(message.category), "template_opens"
    return "service", "reply_opens"
