"""The inbox: customers, chats and messages of every number, what comes in and what goes out.

Owns: customers, chats, messages and their statuses; the webhook events not yet applied (``ingest``), the outbox of
sends, the quarantine. Does not own: conversations and charges (it tells ``conversations`` what was delivered), files
(``media``), templates, numbers.

Invariants:
- WhatsApp gets its 200 only after the webhook is committed; what is committed is applied exactly once.
- Any order, duplication and batching of the same webhooks gives the same customers, chats, messages and ticks.
- A status is the earliest time it was reported; a tick never goes back.
- One unreadable update never holds back the others: it waits in the quarantine, visible, and can be replayed.
- Locks are taken in one order: chats by id, then messages, then the ledger.
"""
