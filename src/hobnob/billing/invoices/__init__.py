"""Invoices: what a calendar month cost, on paper, with tax; credit notes; and what the month would cost on another plan.

Owns: who buys and who sells (profiles), dated tax rules, invoices and credit notes with their numbers and documents, the
nightly proof, what-if. Does not own: charges (``billing.charges``, ``billing.settle``), prices (``billing.catalog``), rating
(``billing.history``), letters (``platform.mail``).
Invariants: an invoice and everything on it is copied in when it is issued and never changes: the application may add and
read, nothing else. Every charge but tax is on exactly one invoice. Numbers run without a gap per seller and fiscal year.
Credit notes never exceed the line they name. The same invoice renders to the same bytes.
Reads by a join the deliveries of ``conversations`` and customers' messages, for what-if; writes nothing outside its own
tables except money, through ``charges.post_items`` and the book.
"""
