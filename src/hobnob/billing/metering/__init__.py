"""What is used beside conversations: steps of flows, and the days on which custom flows were published.

Owns: usage events, the months' totals, which flow was published on which day. Does not own: flows (they report here), prices
(``catalog``), the book (``charges`` posts).
Invariants: an event counts once, whoever reports it how often; what is too old or ahead of its time is kept aside with the
reason, never dropped; a day of a flow is one charge, however often it was switched; what was charged is a function of what was
used, however it was split. Fair use stops nothing: what is beyond is charged.
"""
