"""What statuses say about messages, as pure values: of each status the earliest time, whatever the order of arrival."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hobnob.inbox.send.problems import problem_of_status
from hobnob.platform.database import Row
from hobnob.whatsapp import events

STATUSES = ("sent", "delivered", "read", "played", "failed")
# Each proves that the message arrived; the earliest of them is when.
_ARRIVED = ("delivered", "read", "played")
# The pricing comes with several statuses, at times not the same; the one nearest to the delivery is kept.
_PRICING_RANK = {"delivered": 0, "read": 1, "played": 2, "sent": 3}
_LAST = 9


class Ticks:
    """The times of one message's statuses, its error and its pricing."""

    __slots__ = ("at", "error", "pricing")

    def __init__(self) -> None:
        self.at: dict[str, datetime] = {}
        self.error: dict[str, Any] | None = None
        self.pricing: dict[str, Any] | None = None

    @classmethod
    def of_row(cls, row: Row) -> Ticks:
        ticks = cls()
        for status in STATUSES:
            if row[f"{status}_at"] is not None:
                ticks.at[status] = row[f"{status}_at"]
        ticks.error, ticks.pricing = row["error"], row["pricing"]
        return ticks

    @property
    def arrived_at(self) -> datetime | None:
        """When the message reached the customer; read without delivered is proof enough."""
        return min((self.at[status] for status in _ARRIVED if status in self.at), default=None)

    def take(self, status: events.Status, at: datetime) -> bool:
        """Take a status in; True when it is news."""
        name = status.status
        news = self._price(status)
        known = self.at.get(name)
        if known is None or at < known:
            self.at[name] = at
            if name == "failed":
                self.error = _problem(status)
            return True
        if name == "failed" and at == known and self.error is None:
            self.error = _problem(status)
            return True
        return news

    def _price(self, status: events.Status) -> bool:
        if status.pricing is None:
            return False
        before = self.pricing
        known = _LAST + 1 if before is None else _PRICING_RANK.get(before.get("reported_with", ""), _LAST)
        nearer = before is None or _PRICING_RANK.get(status.status, _LAST) < known
        pricing = _pricing(status) if nearer else {**(before or {})}
        ends = [end for end in ((before or {}).get("ends"), _end(status)) if end is not None]
        if ends:
            pricing["ends"] = max(ends)
        self.pricing = pricing
        return pricing != before


def message_id_of(status: events.Status) -> UUID | None:
    """Our id of the message, which WhatsApp gives back as we sent it along."""
    try:
        return UUID(status.biz_opaque_callback_data or "")
    except ValueError:
        return None


def _pricing(status: events.Status) -> dict[str, Any]:
    told = msgspec.to_builtins(status.pricing)
    pricing = {**{name: value for name, value in told.items() if value is not None}, "reported_with": status.status}
    if status.conversation is not None:
        pricing["conversation"] = msgspec.to_builtins(status.conversation)
    return pricing


def _end(status: events.Status) -> list[Any] | None:
    """[UNIX seconds, conversation]: only ``sent`` says when a conversation ends, so it is kept beside the nearest price."""
    conversation = status.conversation
    if conversation is None or not str(conversation.expiration_timestamp or "").isdigit():
        return None
    return [int(str(conversation.expiration_timestamp)), conversation.id or ""]


def _problem(status: events.Status) -> dict[str, Any]:
    error = min(status.errors, key=lambda error: error.code, default=None)
    code = error.code if error is not None else None
    title = (error.title or error.message if error is not None else None) or "WhatsApp could not deliver the message"
    problem: dict[str, Any] = msgspec.to_builtins(problem_of_status(code, title, error.details if error else None))
    return problem
