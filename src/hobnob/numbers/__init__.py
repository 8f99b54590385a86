"""A business number's way in: bring it, prove it with a one-time code, register it, hear its webhooks.

Owns: numbers, which WhatsApp Business Account belongs to which account (`routes`), PINs (sealed).
Does not own: what is sent and received with a number; templates.
Invariants: each step is stored before the next, and repeating a step is harmless, so that a reload or a crash goes on
where it stopped; no call to WhatsApp happens inside a transaction; a WhatsApp Business Account, and a phone number id,
belong to one account of this installation.
"""
