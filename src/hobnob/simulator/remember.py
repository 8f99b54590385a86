"""Chats with a past: what a phone already holds when it is first looked at. Nobody is told; it only has happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from hobnob.kernel.errors import InvalidInput

from . import pricing_analytics
from .core import Simulator
from .people import PHONE_KNOWN_FOR_S
from .world import Chat, Message, Number, Phone

MESSAGES_MAX = 500


class Past(Struct, frozen=True):
    """One bubble of the past. ``content`` is what the phone shows, as in its chats; ``from_me`` means the customer wrote.
    With a ``pricing`` object it was delivered at ``delivered_at`` and is in the account's figures."""

    id: str
    from_me: bool
    type: str
    content: Any
    at: datetime
    status: str | None = None
    context_id: str | None = None
    reactions: dict[str, str] = {}
    category: str = "service"
    buttons: list[dict[str, Any]] = []
    pricing: dict[str, Any] | None = None
    delivered_at: datetime | None = None


class Remember(Struct, frozen=True):
    phone_number_id: str
    messages: list[Past]


def read(body: dict[str, Any]) -> Remember:
    """The request. Raises InvalidInput over the limit."""
    asked = msgspec.convert(body, Remember)
    if len(asked.messages) > MESSAGES_MAX:
        raise InvalidInput(f"At most {MESSAGES_MAX} messages at once.", fields=[("messages", "too many")])
    return asked


def remember(sim: Simulator, phone: Phone, number: Number, past: list[Past]) -> int:
    """Put messages into a phone's chat, oldest first; those it has already stay. Returns how many are new."""
    chat = sim.index.chat_of(phone.key, number.id)
    new = [one for one in sorted(past, key=lambda one: one.at) if sim.message(one.id) is None]
    for one in new:
        sim.index.add_message(chat, _message(phone, number, one))
        _note(sim, chat, one)
        if one.pricing is not None:
            pricing_analytics.count(sim, number, phone, one.pricing, (one.delivered_at or one.at).timestamp())
    sim.touch_chat(chat)
    return len(new)


def _message(phone: Phone, number: Number, one: Past) -> Message:
    return Message(
        id=one.id,
        user=phone.key,
        number_id=number.id,
        from_me=one.from_me,
        type=one.type,
        content=one.content,
        at_s=one.at.timestamp(),
        status=one.status or "delivered",
        context_id=one.context_id,
        reactions=dict(one.reactions),
        category=one.category,
        pricing_told=True,
        buttons=one.buttons,
    )


def _note(sim: Simulator, chat: Chat, one: Past) -> None:
    """What follows from it: the service window, the known phone, the unread count."""
    at_s = min(one.at.timestamp(), sim.clock.now_s())
    if one.from_me:
        chat.last_inbound_s = max(chat.last_inbound_s or 0.0, at_s)
    elif one.status != "failed":
        chat.phone_known_until_s = max(chat.phone_known_until_s, at_s + PHONE_KNOWN_FOR_S)
        chat.unread += one.status == "delivered"
