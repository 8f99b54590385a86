"""What the conversations room takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from hobnob.billing.types import ChargeBrief

from .rules import Category, Kind

__all__ = ["Applied", "Category", "Conversation", "Delivery", "Kind", "MessageConversation", "Outcome", "Referral"]

Outcome = Literal["opened", "joined", "free"]


class Delivery(msgspec.Struct, frozen=True):
    """A business message reached the customer. ``category`` is the template's, None for anything else. ``sent_at`` is
    when we were told to send it: it orders messages that were delivered in the same second."""

    account_id: UUID
    chat_id: UUID
    number_id: UUID
    customer_id: UUID
    customer_phone: str | None
    customer_user_id: str | None
    message_id: UUID
    delivered_at: datetime
    kind: Kind
    category: str | None = None
    sent_at: datetime | None = None


class Referral(msgspec.Struct, frozen=True):
    """A customer's message that came from a free entry point: an ad or a page's button."""

    account_id: UUID
    chat_id: UUID
    message_id: UUID
    at: datetime


class Applied(msgspec.Struct, frozen=True):
    """What changed: chats whose conversation, and messages whose conversation or charge, read differently now.
    Both are pairs of account id and chat or message id."""

    chats: frozenset[tuple[UUID, UUID]] = frozenset()
    messages: frozenset[tuple[UUID, UUID]] = frozenset()


class Conversation(msgspec.Struct, frozen=True):
    """A 24-hour increment as the API shows it. ``amount_micros`` is None when no rate card was in force."""

    id: UUID
    category: Category
    opened_at: datetime
    expires_at: datetime
    opening_message_id: UUID
    amount_micros: int | None
    currency: str
    rule: str
    charge_id: UUID | None


class MessageConversation(msgspec.Struct, frozen=True):
    """Where a delivered message belongs. ``charge`` is set on the message that opened the conversation."""

    conversation_id: UUID | None
    outcome: Outcome
    charge: ChargeBrief | None
