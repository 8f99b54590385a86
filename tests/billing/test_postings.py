"""Credit blocks: the order they are spent in, and the way back; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hobnob.billing import postings
from hobnob.billing.book import PROMO_EXPENSE, Block, Movement, Source, Wallet, chain_hash, taken_by
from hobnob.billing.errors import InsufficientCredit
from hobnob.billing.types import BlockKind, StatementKind
from tests.billing.books import NOW

DAY = timedelta(days=1)


def block(number: int, kind: BlockKind = "paid", amount: int = 100, **changes: Any) -> Block:
    values: dict[str, Any] = {
        "id": UUID(int=number),
        "kind": kind,
        "amount_micros": amount,
        "remaining_micros": amount,
        "priority": 50,
        "effective_at": NOW,
        "expires_at": None,
        "created_at": NOW,
    }
    return Block(**{**values, **changes})


def wallet_of(*blocks: Block) -> Wallet:
    wallet = Wallet(UUID(int=99), "USD", 0, 1, 0, b"", NOW)
    for each in blocks:
        source = "cash.test" if each.kind == "paid" else PROMO_EXPENSE
        postings.add_credit(wallet, each, source, Source("top_up", str(each.id), "payment", each.id, NOW), NOW)
    return wallet


def left(wallet: Wallet) -> list[int]:
    return [wallet.blocks[UUID(int=n)].remaining_micros for n in sorted(key.int for key in wallet.blocks)]


def source(kind: StatementKind = "charge", key: str = "charge", at: datetime = NOW) -> Source:
    return Source(kind, key, "charge", None, at)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (block(2, priority=10), block(1, priority=20, expires_at=NOW + DAY, kind="promo")),
        (block(2, expires_at=NOW + DAY), block(1, expires_at=NOW + 2 * DAY, kind="promo")),
        (block(2, expires_at=NOW + DAY), block(1, kind="promo")),
        (block(2, kind="promo"), block(1, kind="paid", effective_at=NOW - DAY)),
        (block(2, effective_at=NOW - DAY), block(1, created_at=NOW - DAY)),
        (block(2, created_at=NOW - DAY), block(1)),
        (block(1), block(2)),
    ],
    ids=["priority", "soonest expiry", "expiring first", "promotional first", "effective", "created", "id"],
)
def test_the_order_of_spending(first: Block, second: Block) -> None:
    wallet = wallet_of(second, first)
    assert wallet.spendable_blocks() == [first, second]
    postings.charge(wallet, source(), 150, None, NOW)
    assert (first.remaining_micros, second.remaining_micros) == (0, 50)


def test_a_reversal_restores_the_same_blocks_the_last_one_first() -> None:
    wallet = wallet_of(block(1, "promo", 30), block(2, amount=50), block(3, amount=50))
    hold = postings.place_hold(wallet, UUID(int=7), 100, NOW + DAY, NOW)
    assert left(wallet) == [0, 0, 30]
    paid = postings.charge(wallet, source(), 60, hold, NOW)
    assert left(wallet) == [0, 20, 50], "what was held too much goes back, the last one first"
    movements = [*hold.movements, *paid.movements]
    assert taken_by(movements) == [(UUID(int=1), 30), (UUID(int=2), 30)]
    undone = postings.reverse(wallet, source("reversal", "undo"), 60, movements, NOW)
    assert left(wallet) == [30, 50, 50]
    assert [movement.block_id.int for movement in undone.movements] == [2, 1]
    assert wallet.balances["revenue.usage"] == 0


def test_a_hold_that_was_too_small_is_topped_up_from_credit_then_by_debt() -> None:
    wallet = wallet_of(block(1, amount=10), block(2, amount=5))
    hold = postings.place_hold(wallet, UUID(int=7), 10, NOW + DAY, NOW)
    paid = postings.charge(wallet, source(), 20, hold, NOW)
    assert {(t.debit, t.amount_micros) for t in paid.transfers} == {
        ("holds", 10),
        ("wallet.paid", 5),
        ("receivable", 5),
    }
    assert (wallet.available_micros, wallet.owed_micros) == (-5, 5)
    with pytest.raises(InsufficientCredit):
        postings.place_hold(wallet, UUID(int=8), 1, NOW + DAY, NOW)


def test_a_debt_repaid_meanwhile_goes_back_to_what_repaid_it() -> None:
    wallet = wallet_of()
    paid = postings.charge(wallet, source(), 20, None, NOW)
    for number in (1, 2):
        each = block(number, amount=15)
        topped = postings.add_credit(
            wallet, each, "cash.test", Source("top_up", str(number), "payment", None, NOW), NOW
        )
        for movement in topped.movements:
            if movement.reason == "repay":
                wallet.repaid[movement.block_id] = -movement.amount_micros
    assert (left(wallet), wallet.owed_micros) == ([0, 10], 0)
    postings.reverse(wallet, source("reversal", "undo"), 20, paid.movements, NOW)
    assert (left(wallet), wallet.available_micros) == ([15, 15], 30)
    assert not any(wallet.repaid.values())


def test_expired_credit_leaves_and_what_comes_back_to_it_leaves_again() -> None:
    wallet = wallet_of(block(1, "promo", 30, expires_at=NOW + DAY), block(2, amount=50, expires_at=NOW + DAY))
    hold = postings.place_hold(wallet, UUID(int=7), 40, NOW + 9 * DAY, NOW)
    postings.expire_due(wallet, NOW + DAY)
    assert (wallet.available_micros, wallet.balances["breakage"], wallet.balances["promo_expense"]) == (0, 40, -30)
    postings.void_hold(wallet, hold, "voided", "failed", NOW + 2 * DAY)
    postings.expire_due(wallet, NOW + 2 * DAY)
    assert (wallet.available_micros, wallet.balances["breakage"], wallet.balances["promo_expense"]) == (0, 50, 0)


def test_every_transaction_balances_and_is_linked_to_the_one_before() -> None:
    wallet = wallet_of(block(1, "promo", 30), block(2, amount=50))
    hold = postings.place_hold(wallet, UUID(int=7), 40, NOW + DAY, NOW)
    postings.void_hold(wallet, hold, "voided", "failed", NOW)
    assert [t.seq for t in wallet.transactions] == [1, 2, 3, 4]
    link = b""
    for transaction in wallet.transactions:
        assert transaction.prev_hash == link
        assert chain_hash(transaction) == transaction.hash
        link = transaction.hash
    assert sum(wallet.balances.values()) == 0
    assert wallet.transactions[-1].reverses_id == wallet.transactions[-2].id
    assert taken_by([Movement(UUID(int=1), -5, "repay")]) == []
