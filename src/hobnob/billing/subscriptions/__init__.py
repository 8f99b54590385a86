"""What an account has bought: its plan, its periods and fees, its changes, its promises, and the work of each of its days.

Owns: subscriptions, their terms and periods, commitments, and which day of an account was worked through. Does not own: what
was used (``metering``), prices (``catalog``), the book (``charges`` posts).
Invariants: periods are counted from one anchor and never overlap; a term is never rewritten; a fee has one key, so it is
charged once however often it is asked for; what a preview says is what the change then charges, as both are one function;
days are worked through one after the other, so that thirty at once are thirty times one.
Every writer holds the account's wallet row first.
"""
