"""What a batch changed, collected on the way, told to the browsers at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from hobnob.conversations.types import Applied


@dataclass(slots=True)
class Changes:
    """Ids of what changed, each with its account. ``raised`` and ``written`` are messages and chats whose versions are
    raised already."""

    messages: dict[UUID, UUID] = field(default_factory=dict)
    raised: set[UUID] = field(default_factory=set)
    chats: dict[UUID, UUID] = field(default_factory=dict)
    written: set[UUID] = field(default_factory=set)
    customers: dict[UUID, UUID] = field(default_factory=dict)
    metered: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    """By account, what is news for WhatsApp's meter: messages of customers, deliveries, prices told."""

    def wrote_message(self, account_id: UUID, message_id: UUID) -> None:
        """A message whose row was written, its version with it."""
        self.messages[message_id] = account_id
        self.raised.add(message_id)

    def wrote_chats(self, pairs: Iterable[tuple[UUID, UUID]]) -> None:
        """Chats, as (account, chat), whose rows were written, their versions with them."""
        for account_id, chat_id in pairs:
            self.chats[chat_id] = account_id
            self.written.add(chat_id)

    def applied(self, applied: Applied) -> None:
        """What the conversations room changed: versions are still to be raised."""
        for account_id, message_id in applied.messages:
            self.messages[message_id] = account_id
        for account_id, chat_id in applied.chats:
            self.chats[chat_id] = account_id

    def seen_by(self, watched: Container[UUID]) -> tuple[list[UUID], list[UUID], list[UUID]]:
        """The messages, chats and customers of these accounts."""
        messages, chats, customers = (
            [changed for changed, account_id in ids.items() if account_id in watched]
            for ids in (self.messages, self.chats, self.customers)
        )
        return messages, chats, customers
