"""Messages out: from what an agent wants to say to a row in the outbox.

Owns: checking (window, template, file, quoted message), setting credit aside, writing message and outbox row in one
transaction. Does not own: talking to WhatsApp (``inbox.outbox``), ticks (``inbox.ingest``).

Invariants:
- A message exists exactly if its outbox row was written with it; the idempotency key is the message's id.
- What may open a charged conversation has its price set aside before it can leave.
- Nothing leaves that WhatsApp is known to refuse: a closed window, a template not approved, a broken limit.
"""
