"""What a batch changed, collected on the way, told to the browsers at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from hobnob.conversations.types import Applied


@dataclass(slots=True)
class Changes:
    """Ids of what changed. ``raised`` and ``written`` are messages and chats whose versions are raised already."""

    messages: set[UUID] = field(default_factory=set)
    raised: set[UUID] = field(default_factory=set)
    chats: set[UUID] = field(default_factory=set)
    written: set[UUID] = field(default_factory=set)
    customers: set[UUID] = field(default_factory=set)

    def wrote_message(self, message_id: UUID) -> None:
        """A message whose row was written, its version with it."""
        self.messages.add(message_id)
        self.raised.add(message_id)

    def wrote_chats(self, chat_ids: Iterable[UUID]) -> None:
        """Chats whose rows were written, their versions with them."""
        chat_ids = list(chat_ids)
        self.chats.update(chat_ids)
        self.written.update(chat_ids)

    def applied(self, applied: Applied) -> None:
        """What the conversations room changed: versions are still to be raised."""
        self.messages.update(message_id for _, message_id in applied.messages)
        self.chats.update(chat_id for _, chat_id in applied.chats)
