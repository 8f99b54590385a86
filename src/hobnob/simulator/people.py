"""How a customer is introduced to a business: by phone, by user id, or by both."""

from __future__ import annotations

from typing import Any

from .core import Simulator
from .world import Chat, Phone

PHONE_KNOWN_FOR_S = 30 * 24 * 3600


def shows_phone(sim: Simulator, phone: Phone, chat: Chat) -> bool:
    """A phone with a username stays hidden unless it is shared or this business wrote to it within 30 days."""
    return phone.username is None or phone.shares_phone or chat.phone_known_until_s > sim.clock.now_s()


def contact_of(sim: Simulator, phone: Phone, chat: Chat, *, known: bool = False) -> dict[str, Any]:
    """The entry of ``contacts`` in a webhook."""
    profile = {"name": phone.name}
    if phone.username is not None:
        profile["username"] = phone.username
    contact: dict[str, Any] = {"profile": profile}
    if known or shows_phone(sim, phone, chat):
        contact["wa_id"] = phone.phone[1:]
    contact["user_id"] = phone.user_id
    return contact
