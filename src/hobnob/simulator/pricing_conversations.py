"""Conversation-based pricing (until June 2025): which conversation a delivered message opens or joins.

One conversation per category and 24 hours; a free-form message opens ``service`` only where nothing is open; a free
entry point closes the others and lasts 72 hours. One that is open when messages begin to be charged stays valid.
"""

from __future__ import annotations

import random
from typing import Any

from .pricing import month_of, since
from .world import Chat, Conversation, Message, Waba

LENGTH_S = 24 * 3600
FREE_SERVICE_PER_MONTH = 1_000
SERVICE_IS_FREE_FROM = "2024-11-01"
ENTRY = "referral_conversion"
MODEL = {"pricing_model": "CBP"}


def new_id() -> str:
    return f"{random.getrandbits(128):032x}"


def open_at(chat: Chat, message: Message, at_s: float) -> Conversation | None:
    """The open conversation the message belongs to: a template to that of its category, anything else to the latest."""
    alive = [each for each in chat.conversations.values() if at_s < each.until_s]
    if message.type == "template":
        return next((each for each in alive if each.category == message.category), None)
    return max(alive, key=lambda each: each.opened_s, default=None)


def conversation_of(chat: Chat, waba: Waba, message: Message, at_s: float) -> Conversation:
    """The conversation the message is in, or the one it would open."""
    if chat.entry_id is not None and at_s < chat.entry_until_s:
        return Conversation(chat.entry_id, ENTRY, at_s, chat.entry_until_s, False)
    found = open_at(chat, message, at_s)
    if found is not None:
        return found
    category = message.category if message.type == "template" else "service"
    message.conversation_id = message.conversation_id or new_id()
    until_s = promised_end_s(message, at_s) or at_s + LENGTH_S
    return Conversation(message.conversation_id, category, at_s, until_s, _billable(waba, category, at_s))


def promised_end_s(message: Message, now_s: float) -> float | None:
    """The end that ``sent`` told of the conversation this message opens, unless that is over."""
    told = message.conversation or {}
    if told.get("id") != message.conversation_id or "expiration_timestamp" not in told:
        return None
    until_s = float(told["expiration_timestamp"])
    return until_s if until_s > now_s else None


def join(chat: Chat, waba: Waba, message: Message, at_s: float) -> Conversation:
    """The message was delivered: its conversation is open from now on, if it was not."""
    chat.conversations = {key: each for key, each in chat.conversations.items() if at_s < each.until_s}
    found = conversation_of(chat, waba, message, at_s)
    if found.category == ENTRY:
        chat.conversations = {}
    elif found.category not in chat.conversations and found.opened_s == at_s:
        chat.conversations[found.category] = found
        if found.category == "service":
            month = month_of(at_s, waba)
            waba.free_conversations_used = {month: waba.free_conversations_used.get(month, 0) + 1}
    return found


def price_in(conversation: Conversation) -> dict[str, Any]:
    """The ``pricing`` object of the conversation's messages."""
    return {"billable": conversation.billable, **MODEL, "category": conversation.category}


def told(conversation: Conversation, *, with_end: bool) -> dict[str, Any]:
    """The ``conversation`` object of a status; only ``sent`` tells its end."""
    shown: dict[str, Any] = {"id": conversation.id}
    if with_end:
        shown["expiration_timestamp"] = str(int(conversation.until_s))
    shown["origin"] = {"type": conversation.category}
    return shown


def _billable(waba: Waba, category: str, at_s: float) -> bool:
    if category != "service":
        return True
    used = waba.free_conversations_used.get(month_of(at_s, waba), 0)
    return not since(SERVICE_IS_FREE_FROM, at_s, waba) and used >= FREE_SERVICE_PER_MONTH
