"""The postings of money that goes back. Pure; each is one transaction of the book."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hobnob.billing.book import RECEIVABLE, Block, Movement, Posting, Source, Transaction, Wallet


def refund(wallet: Wallet, source: Source, block: Block, amount_micros: int, cash: str, now: datetime) -> Transaction:
    """Give paid credit back to the card it came from."""
    posting = Posting(wallet, source, now)
    posting.take(block, amount_micros, cash, "refund")
    return _closed(posting)


def refund_failed(
    wallet: Wallet, source: Source, block: Block, amount_micros: int, cash: str, now: datetime
) -> Transaction:
    """The money did not leave after all: the credit is back in its block."""
    posting = Posting(wallet, source, now)
    rest = posting.give_back([(block.id, amount_micros)], amount_micros, cash, "refund")
    assert rest == 0
    posting.repay()
    return _closed(posting)


def claw_back(
    wallet: Wallet, source: Source, block: Block, amount_micros: int, cash: str, now: datetime
) -> Transaction:
    """The bank took a payment back: what its block has left goes, and the rest is owed. Other credit repays that at once."""
    posting = Posting(wallet, source, now)
    part = min(block.remaining_micros, amount_micros)
    posting.take(block, part, cash, "dispute")
    posting.move(RECEIVABLE, cash, amount_micros - part)
    posting.repay()
    return _closed(posting)


def restore(
    wallet: Wallet, source: Source, amount_micros: int, taken: Iterable[Movement], cash: str, now: datetime
) -> Transaction:
    """A chargeback was won: to the block it was taken from; what was owed for it is owed no longer, and what credit has
    repaid of that goes back to the credit. Needs ``wallet.repaid``."""
    posting = Posting(wallet, source, now)
    blocks = [(m.block_id, -m.amount_micros) for m in taken if m.reason == "dispute"]
    rest = posting.give_back(blocks, amount_micros, cash, "dispute")
    forgiven = min(rest, wallet.owed_micros)
    posting.move(cash, RECEIVABLE, forgiven)
    rest = posting.give_back(list(wallet.repaid.items()), rest - forgiven, cash, "unrepay")
    assert rest == 0, "a chargeback was paid by nothing we know"
    posting.repay()
    return _closed(posting)


def _closed(posting: Posting) -> Transaction:
    transaction = posting.close()
    assert transaction is not None
    return transaction
