"""WhatsApp's wire: webhooks in, Graph calls out, limits and error codes of Meta's Cloud API.

Owns: the shapes of Meta's JSON, the signature over webhooks, the Graph client, the table of error codes, what a message may hold.
Does not own: storage, retries of sends (the outbox decides), rate limiting across processes, anything about accounts or money.

Invariants:
- Parsing never loses anything: unknown types, fields and values stay reachable as the raw JSON they came in.
- One unreadable update never spoils the others of its batch.
- A signature that is missing, malformed or wrong is refused.
- A send whose fate is unknown is reported as unknown, never repeated here.
"""
