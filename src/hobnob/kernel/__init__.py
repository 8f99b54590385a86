"""The words every room shares: money, time, ids, identity, errors, pages.

Owns: pure values and rules without I/O. Does not own: storage, frameworks, anything of WhatsApp's wire.
Invariant: imports nothing of ours.
"""
