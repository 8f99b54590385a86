"""Accounts and the people of them.

Owns: accounts, agents, sign-in and sessions, the audit trail, the sandbox clock.
Does not own: what an account has (numbers, wallet, chats). Rooms above that must prepare something for a new account
hand in an `AccountOpener`.
Invariants: an account has exactly one owner; an e-mail address signs in to one account; passwords and session tokens
are stored only as hashes; a clock ahead of time exists only in sandbox accounts and only moves forward.
"""
