"""Which delivered message WhatsApp charges, by date. Pure; the rates are the card's.

Each version of the card names one of four rule sets:

- ``meta_conversations``: a delivered template joins the open conversation of its category, else opens one, and several
  categories may be open at once; anything else opens a ``service`` conversation only where none of any category is open.
- ``meta_conversations_free_service``: the same, and service conversations are free.
- ``meta_messages``: every delivered template is charged, but utility inside the service window; the rest is free. What
  joins a conversation that opened under an earlier rule set stays free until that conversation ends.
- ``meta_messages_service``: every delivered message is charged; the card says how many service messages are free.

Under all of them the first answer within 24 hours of a customer's message from a free entry point opens a free entry
point, in which everything is free: 72 hours, from ``meta_messages_service`` on 7 days. In the two eras of conversations
it closes the others. The end that the provider tells with a message goes before our own reckoning. Freeness is judged at
delivery, and reactions are nothing at all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec

from .order import in_order
from .types import Event, MetaDecision

WINDOW_LENGTH = timedelta(hours=24)
REFERRAL_LENGTH = timedelta(hours=24)
CONVERSATION_LENGTH = timedelta(hours=24)
ENTRY_POINT_LENGTH = timedelta(hours=72)
ENTRY_POINT_LENGTH_LATER = timedelta(days=7)

CONVERSATIONS = "meta_conversations"
CONVERSATIONS_FREE_SERVICE = "meta_conversations_free_service"
MESSAGES = "meta_messages"
MESSAGES_SERVICE = "meta_messages_service"
RULE_SETS = (CONVERSATIONS, CONVERSATIONS_FREE_SERVICE, MESSAGES, MESSAGES_SERVICE)

RuleSets: TypeAlias = Sequence[tuple[datetime, str]]
"""Since which moment each rule set is in force, sorted."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
_CATEGORIES: dict[str | None, str] = {
    "marketing": "marketing",
    "marketing_lite": "marketing",
    "utility": "utility",
    "authentication": "authentication",
    "authentication_international": "authentication_international",
}


class _Open(msgspec.Struct, frozen=True, gc=False):
    conversation: str
    category: str
    until: datetime


class MetaChat:
    """One number and customer on WhatsApp's meter, walked in time order."""

    __slots__ = ("_conversations", "_entry", "_referred_until", "_window_until")

    def __init__(self) -> None:
        self._window_until = LONG_AGO
        self._referred_until = LONG_AGO
        self._entry: _Open | None = None
        self._conversations: dict[str, _Open] = {}

    def inbound(self, at: datetime, *, referral: bool) -> None:
        """The customer wrote: the service window is open for another 24 hours."""
        self._window_until = at + WINDOW_LENGTH
        if referral:
            self._referred_until = at + REFERRAL_LENGTH

    def delivered(self, event: Event, rule_set: str | None) -> MetaDecision:
        """What a message does that reached the customer while this rule set was in force; None is before any card."""
        at, message = event.at, event.message
        if event.kind == "reaction":
            return MetaDecision(message, at, "free", None, "reaction_free")
        category = category_of(event.category) if event.kind == "template" else "service"
        if rule_set is None:
            return MetaDecision(message, at, "free", category, "no_card")
        entry = self._entry
        if entry is not None and at < entry.until:
            self._entry = _told(entry, event)
            return MetaDecision(message, at, "joined", entry.category, "inside_free_entry_point", entry.conversation)
        if at < self._referred_until:
            return self._enter(event, rule_set)
        if rule_set in (CONVERSATIONS, CONVERSATIONS_FREE_SERVICE):
            return self._in_conversations(event, category, rule_set)
        return self._per_message(event, category, rule_set)

    def _enter(self, event: Event, rule_set: str) -> MetaDecision:
        length = ENTRY_POINT_LENGTH_LATER if rule_set == MESSAGES_SERVICE else ENTRY_POINT_LENGTH
        self._entry = _told(_Open(event.message, "referral_conversion", event.at + length), event)
        if rule_set in (CONVERSATIONS, CONVERSATIONS_FREE_SERVICE):
            self._conversations.clear()
        return MetaDecision(event.message, event.at, "opened", "referral_conversion", "referral_opens", event.message)

    def _in_conversations(self, event: Event, category: str, rule_set: str) -> MetaDecision:
        at, message = event.at, event.message
        found = self._joined(event, category)
        if found is not None:
            return MetaDecision(message, at, "joined", found.category, "inside_open", found.conversation)
        # Taken out first, so that the dictionary is in the order of opening.
        self._conversations.pop(category, None)
        self._conversations[category] = _told(_Open(message, category, at + CONVERSATION_LENGTH), event)
        if category != "service":
            return MetaDecision(message, at, "opened", category, "template_opens", message)
        if rule_set == CONVERSATIONS_FREE_SERVICE:
            return MetaDecision(message, at, "opened", category, "service_free", message)
        return MetaDecision(message, at, "opened", category, "reply_opens", message, True)

    def _joined(self, event: Event, category: str) -> _Open | None:
        """The open conversation a message belongs to: that of its category, for anything but a template the earliest."""
        at = event.at
        if event.kind == "template":
            found = self._conversations.get(category)
            return None if found is None or at >= found.until else self._kept(found, event)
        for found in self._conversations.values():
            if at < found.until:
                return self._kept(found, event)
        return None

    def _kept(self, found: _Open, event: Event) -> _Open:
        if event.expires_at is not None:
            self._conversations[found.category] = _told(found, event)
        return found

    def _per_message(self, event: Event, category: str, rule_set: str) -> MetaDecision:
        at, message = event.at, event.message
        if event.kind != "template":
            if rule_set == MESSAGES:
                return MetaDecision(message, at, "free", category, "service_free")
            return MetaDecision(message, at, "charged", category, "service_message", None, True)
        if self._conversations:
            found = self._joined(event, category)
            if found is not None:
                return MetaDecision(message, at, "joined", category, "inside_open", found.conversation)
        if rule_set == MESSAGES and category == "utility" and at < self._window_until:
            return MetaDecision(message, at, "free", category, "utility_in_window")
        return MetaDecision(message, at, "charged", category, "template_message")


def meta_decisions(events: Iterable[Event], rule_sets: RuleSets) -> list[MetaDecision]:
    """What each delivered message of one number and customer is, in time order. Events come in any order and with
    duplicates; ``rule_sets`` are those of `rule_sets_of`."""
    switches = [since for since, _ in rule_sets]
    chat = MetaChat()
    decisions = []
    for event in in_order(events):
        if event.event == "inbound":
            chat.inbound(event.at, referral=event.referral)
        else:
            position = bisect_right(switches, event.at)
            decisions.append(chat.delivered(event, rule_sets[position - 1][1] if position else None))
    return decisions


def category_of(text: str | None) -> str:
    """A template's category as the card names it; one we do not know is taken for the mildest, utility."""
    return _CATEGORIES.get(text) or _CATEGORIES.get((text or "").lower().replace("-", "_"), "utility")


def _told(open_: _Open, event: Event) -> _Open:
    """The provider's own word about the end goes before our reckoning."""
    if event.expires_at is not None and event.expires_at > event.at:
        return msgspec.structs.replace(open_, until=event.expires_at)
    return open_
