"""Prepaid money: the catalogue of plans and rate cards, rating, the wallet and the double-entry book under it.

Owns: rate cards, plans, wallets, credit blocks, holds, charges, the ledger, payments, spend per day.
Does not own: which delivered message opens a conversation (``conversations`` decides and asks for the charge).
Invariants: the book is append-only and every row of it balances; no block is overdrawn, and what could not be paid stands
as a debt that the next credit repays; what the blocks have left is what the wallet holds; a charge is posted once per
conversation and revision, and corrected only by its contrary.
Reads by a join the customers' names, for display, and the accounts' clocks, to find what falls due; writes nothing outside
its own tables.
"""
