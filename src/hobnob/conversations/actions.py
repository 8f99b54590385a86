"""What can be done in the conversations room. Functions take an open transaction and never commit.

``apply_deliveries``, ``note_referrals`` and ``merge_chats`` work in a lane's transaction, in the machine's time.
"""

from __future__ import annotations

from .apply import apply_deliveries, merge_chats, note_referrals
from .queries import conversation_at, open_conversations, views_of_messages

__all__ = [
    "apply_deliveries",
    "conversation_at",
    "merge_chats",
    "note_referrals",
    "open_conversations",
    "views_of_messages",
]
