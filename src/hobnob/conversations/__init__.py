"""The 24-hour conversation: which delivered message opens one, joins one, or is free.

Owns: the deliveries and referrals of each chat, the chain of conversations computed from them.
Does not own: what a conversation costs (``billing``), chats and messages themselves (``inbox``).
Invariants: a chat's conversations never overlap; the chain depends only on what was delivered when, never on the order
or the number of reports of it; a conversation is named by the message that opened it.
"""
