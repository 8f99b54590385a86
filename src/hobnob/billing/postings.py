"""The postings there are: credit, holds and their end, charges, reversals, expiry. Pure; each is one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from .book import (
    BREAKAGE,
    HOLDS,
    PROMO_EXPENSE,
    RECEIVABLE,
    REVENUE_USAGE,
    Block,
    Hold,
    Movement,
    Posting,
    Source,
    Transaction,
    Wallet,
    taken_by,
)
from .errors import InsufficientCredit


def add_credit(wallet: Wallet, block: Block, source_account: str, source: Source, now: datetime) -> Transaction:
    """A top-up or a grant; what is owed is repaid from it at once."""
    posting = Posting(wallet, source, now)
    posting.add_block(block, source_account)
    posting.repay()
    transaction = posting.close()
    assert transaction is not None
    return transaction


def place_hold(wallet: Wallet, hold_id: UUID, amount_micros: int, expires_at: datetime, now: datetime) -> Hold:
    """Set credit aside for a message. Raises InsufficientCredit."""
    assert amount_micros > 0
    if wallet.available_micros < amount_micros:
        raise InsufficientCredit(amount_micros, wallet.available_micros, wallet.currency)
    posting = Posting(wallet, Source("hold", f"hold:{hold_id}", "message", hold_id, now, request=amount_micros), now)
    missing = posting.spend(amount_micros, HOLDS, "hold")
    assert missing == 0
    transaction = posting.close()
    assert transaction is not None
    return Hold(
        id=hold_id,
        account_id=wallet.account_id,
        amount_micros=amount_micros,
        state="active",
        transaction_id=transaction.id,
        placed_at=now,
        expires_at=expires_at,
        movements=transaction.movements,
    )


def void_hold(wallet: Wallet, hold: Hold, state: Literal["voided", "expired"], reason: str, now: datetime) -> None:
    """Give a hold back to the blocks it came from."""
    assert hold.state == "active"
    source = Source("void", f"void:{hold.id}", "message", hold.id, now, reverses_id=hold.transaction_id)
    posting = Posting(wallet, source, now)
    rest = posting.give_back(taken_by(hold.movements), hold.amount_micros, HOLDS, "void")
    assert rest == 0
    posting.repay()
    posting.close()
    hold.state, hold.ended_at, hold.reason = state, now, reason


def charge(
    wallet: Wallet, source: Source, amount_micros: int, hold: Hold | None, now: datetime, into: str = REVENUE_USAGE
) -> Transaction:
    """Post a charge: from the message's hold, else from credit, else as a debt. What the hold had too much goes back.
    ``into`` is the account of the book that earns it."""
    assert amount_micros > 0
    posting = Posting(wallet, source, now)
    rest = amount_micros
    if hold is not None:
        assert hold.state == "active"
        used = min(hold.amount_micros, amount_micros)
        posting.move(HOLDS, into, used)
        if hold.amount_micros > used:
            posting.give_back(taken_by(hold.movements), hold.amount_micros - used, HOLDS, "charge")
        hold.state, hold.ended_at = "posted", now
        rest -= used
    rest = posting.spend(rest, into, "charge")
    posting.move(RECEIVABLE, into, rest)
    posting.repay()
    transaction = posting.close()
    assert transaction is not None
    return transaction


def reverse(
    wallet: Wallet,
    source: Source,
    amount_micros: int,
    paid_by: Iterable[Movement],
    now: datetime,
    earned_by: str = REVENUE_USAGE,
) -> Transaction:
    """Take a charge back: to the blocks that paid it, and what was owed for it is owed no longer. A debt that credit
    has repaid meanwhile goes back to the blocks that repaid it."""
    posting = Posting(wallet, source, now)
    rest = posting.give_back(taken_by(paid_by), amount_micros, earned_by, "reversal")
    forgiven = min(rest, wallet.owed_micros)
    posting.move(earned_by, RECEIVABLE, forgiven)
    rest = posting.give_back(list(wallet.repaid.items()), rest - forgiven, earned_by, "unrepay")
    assert rest == 0, "a charge was paid by nothing we know"
    posting.repay()
    transaction = posting.close()
    assert transaction is not None
    for movement in transaction.movements:
        if movement.reason == "unrepay":
            wallet.repaid[movement.block_id] -= movement.amount_micros
        elif movement.reason == "repay":
            wallet.repaid[movement.block_id] = wallet.repaid.get(movement.block_id, 0) - movement.amount_micros
    return transaction


def expire_due(wallet: Wallet, now: datetime) -> None:
    """Credit whose time is over is no credit. A block that got something back after its expiry expires again."""
    for block in wallet.spendable_blocks():
        if block.expires_at is not None and block.expires_at <= now:
            key = f"expiry:{block.id}:{wallet.seq + 1}"
            posting = Posting(wallet, Source("expiry", key, "block", block.id, block.expires_at), now)
            into = BREAKAGE if block.kind == "paid" else PROMO_EXPENSE
            posting.take(block, block.remaining_micros, into, "expiry")
            posting.close()
