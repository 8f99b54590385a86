"""A WhatsApp platform of its own, to develop and test against: Graph API, signed webhooks, and phones that write back.

Owns: everything Meta and the customers' phones would do, in memory, with a snapshot on disk if asked. Does not own: anything of
Hobnob's; it imports the kernel and WhatsApp's wire types, and only the command line and the benchmarks import it.

Invariants:
- As strict as Meta: what it accepts and refuses, with which code, at once or by webhook, follows Meta's documentation.
- Faults happen only when switched on; without them every webhook is sent once, in order per chat, until it is answered with 200.
- Its clock only moves forward, and what falls due on the way happens in order.
"""
