"""Which delivered message opens a conversation, joins one, or is free. Pure: messages in, decisions out.

The product's own meter:
- a conversation belongs to a chat (a number and a customer); it opens when a business message is delivered;
- it covers [opened_at, opened_at + 24 h): a message delivered exactly at the end opens the next one;
- everything delivered in it is one charge; a reaction neither opens, joins nor counts;
- the opener gives the category: a template its own, a free-form message ``service``, and either of them
  ``referral_conversion`` when it was delivered within 24 h after the customer came from a free entry point;
- messages delivered at the same instant (WhatsApp tells whole seconds) are taken in the order they were sent, then of
  their ids.

Two rule sets, of which a plan's card names one:
- ``conversation_per_chat``: whatever is delivered while a conversation is open joins it;
- ``conversation_per_category``: a template joins the open conversation of its own category, or one of a free entry point,
  and opens one where there is none; anything else joins the earliest that is open. So several may be open at once.

So the chain of a chat is a function of the set of its deliveries and referrals; no order of arrival enters.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeAlias, TypeVar
from uuid import UUID

import msgspec

CONVERSATION_LENGTH = timedelta(hours=24)
REFERRAL_LENGTH = timedelta(hours=24)
_TICK = timedelta(microseconds=1)

Kind: TypeAlias = Literal["template", "free_form", "reaction"]
Category: TypeAlias = Literal["marketing", "utility", "authentication", "service", "referral_conversion"]
Reason: TypeAlias = Literal["template_opens", "reply_opens", "referral_opens", "inside_open", "reaction_free"]
RuleSet: TypeAlias = Literal["conversation_per_chat", "conversation_per_category"]
RuleSetAt: TypeAlias = Callable[[datetime], RuleSet]
"""Answers the rule set in force at a moment."""
Id = TypeVar("Id", UUID, str)
"""How messages are named: ours by UUID, those of a history as it names them."""
Key: TypeAlias = tuple[datetime, datetime, Id]
"""The order of deliveries: delivered, sent, id."""

PER_CHAT: RuleSet = "conversation_per_chat"
PER_CATEGORY: RuleSet = "conversation_per_category"
_CATEGORIES: dict[str | None, Category] = {
    "marketing": "marketing",
    "marketing_lite": "marketing",
    "utility": "utility",
    "authentication": "authentication",
    "authentication_international": "authentication",
    "service": "service",
}


class Delivered(msgspec.Struct, Generic[Id], frozen=True, gc=False):
    """A business message that reached the customer. Without ``sent_at`` it counts as sent when it was delivered."""

    message_id: Id
    at: datetime
    kind: Kind
    category: str | None = None
    sent_at: datetime | None = None

    @property
    def key(self) -> Key[Id]:
        return (self.at, self.sent_at or self.at, self.message_id)


class Opening(msgspec.Struct, Generic[Id], frozen=True, gc=False):
    """A conversation: named by the message that opened it, which was sent at ``sent_at``."""

    id: Id
    opened_at: datetime
    category: Category
    sent_at: datetime

    @property
    def key(self) -> Key[Id]:
        return (self.opened_at, self.sent_at, self.id)

    @property
    def expires_at(self) -> datetime:
        return self.opened_at + CONVERSATION_LENGTH

    def covers(self, at: datetime) -> bool:
        return self.opened_at <= at < self.opened_at + CONVERSATION_LENGTH


class Opened(msgspec.Struct, Generic[Id], frozen=True, gc=False):
    conversation: Opening[Id]
    reason: Reason


class Joined(msgspec.Struct, Generic[Id], frozen=True, gc=False):
    conversation: Opening[Id]
    reason: Reason = "inside_open"


class Free(msgspec.Struct, frozen=True, gc=False):
    reason: Reason = "reaction_free"


Decision: TypeAlias = Opened[Id] | Joined[Id] | Free
_FREE = Free()


@dataclass(frozen=True, slots=True)
class Chain(Generic[Id]):
    """A chat's conversations in time order, and what each delivered message did."""

    openings: tuple[Opening[Id], ...] = ()
    decisions: dict[Id, Decision[Id]] = field(default_factory=dict)


def decide(
    before: Sequence[Opening[Id]],
    referrals: Sequence[datetime],
    message: Delivered[Id],
    rule_set: RuleSet = PER_CHAT,
) -> Decision[Id]:
    """What one delivered message does. ``before`` are the chat's conversations that opened before it, in time order; those
    that have ended may be left out. ``referrals`` are the sorted times at which the customer came from a free entry
    point; ``rule_set`` is the one in force at the delivery."""
    if message.kind == "reaction":
        return _FREE
    joined = joins(before, message.at, message.kind, message.category, rule_set)
    if joined is not None:
        return Joined(joined)
    category, reason = _category(referrals, message)
    return Opened(Opening(message.message_id, message.at, category, message.sent_at or message.at), reason)


def joins(
    before: Sequence[Opening[Id]], at: datetime, kind: Kind, category: str | None, rule_set: RuleSet
) -> Opening[Id] | None:
    """The open conversation that such a message belongs to, if there is one."""
    own = (category_of(category), "referral_conversion") if rule_set == PER_CATEGORY and kind == "template" else None
    for opening in before:
        if opening.covers(at) and (own is None or opening.category in own):
            return opening
    return None


def per_chat(_: datetime) -> RuleSet:
    """The usual rule set, at all times."""
    return PER_CHAT


def replay(
    deliveries: Iterable[Delivered[Id]],
    referrals: Iterable[datetime] = (),
    after: Sequence[Opening[Id]] = (),
    rule_set_at: RuleSetAt = per_chat,
) -> Chain[Id]:
    """The chain from these deliveries, in any order and with duplicates: of one message the earliest delivery counts.
    ``after`` are the conversations that opened before all of them, when the chain goes on from there."""
    times = sorted(referrals)
    open_: list[Opening[Id]] = list(after)
    openings: list[Opening[Id]] = []
    decisions: dict[Id, Decision[Id]] = {}
    for message in earliest(deliveries):
        decision = decide(open_, times, message, rule_set_at(message.at))
        decisions[message.message_id] = decision
        if isinstance(decision, Opened):
            open_ = still_open(open_, message.at)
            open_.append(decision.conversation)
            openings.append(decision.conversation)
    return Chain(tuple(openings), decisions)


def still_open(openings: Iterable[Opening[Id]], at: datetime) -> list[Opening[Id]]:
    return [opening for opening in openings if opening.covers(at)]


def earliest(deliveries: Iterable[Delivered[Id]]) -> list[Delivered[Id]]:
    """Each message once, at its earliest delivery, in time order."""
    first: dict[Id, Delivered[Id]] = {}
    for message in deliveries:
        known = first.get(message.message_id)
        if known is None or message.at < known.at:
            first[message.message_id] = message
    return sorted(first.values(), key=lambda message: message.key)


def category_of(text: str | None) -> Category:
    """A template's category as ours; one we do not know is taken for the mildest, utility."""
    return _CATEGORIES.get(text) or _CATEGORIES.get((text or "").lower().replace("-", "_"), "utility")


def _category(referrals: Sequence[datetime], message: Delivered[Id]) -> tuple[Category, Reason]:
    # An entry at ``r`` covers [r, r + 24 h); at the same instant the customer's message comes first.
    if referrals:
        upto = bisect_right(referrals, message.at)
        if bisect_left(referrals, message.at - REFERRAL_LENGTH + _TICK) < upto:
            return "referral_conversion", "referral_opens"
    if message.kind == "template":
        return category_of(message.category), "template_opens"
    return "service", "reply_opens"
