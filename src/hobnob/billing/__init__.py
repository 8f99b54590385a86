"""Prepaid money: the catalogue of plans and rate cards, rating, the wallet and the double-entry book under it.

Owns: rate cards, plans, wallets, credit blocks, holds, charges, the ledger, payments, spend per day.
Does not own: which delivered message opens a conversation (``conversations`` decides and asks for the charge).
Invariants: the book is append-only and every row of it balances; a wallet is never overdrawn; what the blocks have left
is what the wallet holds; a charge is posted once per conversation and revision, and corrected only by its contrary.
Reads the customers' names for display by a join on ids; writes nothing outside its own tables.
"""
