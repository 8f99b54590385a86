"""``hobnob run``: everything on one machine under one supervisor, for a first try and for a small shop.

Owns: the data folder's layout (``postgres``, ``media``, ``simulator``, ``logs``, ``secrets.json``), the order of start and
stop, and what the person at the terminal reads. Does not own: anything the processes do.
Invariants: listens on 127.0.0.1 only; secrets are made once and kept with mode 0600; the children never hold the
database owner's credentials.
"""
