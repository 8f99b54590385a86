"""The book in memory: wallets under lock, and what a batch of postings does to them. Pure; `ledger` loads and saves it.

Every posting is one transaction made of transfers, each from one account of the book to another, so it balances by its
form. Balances are credits minus debits: what is owed to the customer (wallet, holds) is positive, what the customer
owes (receivable) negative. Credit is spent block by block in one order, and given back to the very blocks it came
from, the last one first. While something is owed, credit that comes in repays it before anything else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from hobnob.kernel.ids import new_id

from .types import BlockKind, StatementKind

WALLET_PAID = "wallet.paid"
WALLET_PROMO = "wallet.promo"
HOLDS = "holds"
RECEIVABLE = "receivable"
REVENUE_USAGE = "revenue.usage"
REVENUE_PLAN = "revenue.plan"
TAX_PAYABLE = "tax_payable."
PROMO_EXPENSE = "promo_expense"
BREAKAGE = "breakage"
NEVER_NEGATIVE = (WALLET_PAID, WALLET_PROMO, HOLDS)
PRIORITY_DEFAULT = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAR = datetime(9999, 12, 31, tzinfo=UTC)

Reason: TypeAlias = Literal[
    "credit", "hold", "void", "charge", "reversal", "repay", "unrepay", "expiry", "refund", "dispute"
]


class Transfer(NamedTuple):
    debit: str
    credit: str
    amount_micros: int


class Movement(NamedTuple):
    """A block paid (negative) or got back (positive)."""

    block_id: UUID
    amount_micros: int
    reason: Reason


@dataclass(slots=True)
class Block:
    """One top-up or grant and what is left of it."""

    id: UUID
    kind: BlockKind
    amount_micros: int
    remaining_micros: int
    priority: int
    effective_at: datetime
    expires_at: datetime | None
    created_at: datetime
    reason: str = ""

    @property
    def account(self) -> str:
        return WALLET_PAID if self.kind == "paid" else WALLET_PROMO

    @property
    def order(self) -> tuple[int, datetime, bool, datetime, datetime, UUID]:
        """Consumption order: priority, soonest expiry, promotional before paid, effective, created, id."""
        return (
            self.priority,
            self.expires_at or FAR,
            self.kind == "paid",
            self.effective_at,
            self.created_at,
            self.id,
        )


@dataclass(slots=True)
class Hold:
    """Money set aside for one message. ``movements`` are those of the transaction that placed it."""

    id: UUID
    account_id: UUID
    amount_micros: int
    state: Literal["active", "posted", "voided", "expired"]
    transaction_id: UUID
    placed_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    reason: str | None = None
    movements: tuple[Movement, ...] = ()


@dataclass(frozen=True, slots=True)
class Transaction:
    """One entry of the statement, as it is stored."""

    account_id: UUID
    id: UUID
    seq: int
    kind: StatementKind
    currency: str
    idempotency_key: str
    request_hash: bytes
    source_type: str
    source_id: UUID | None
    reverses_id: UUID | None
    available_micros: int
    available_after_micros: int
    effective_at: datetime
    recorded_at: datetime
    prev_hash: bytes
    hash: bytes
    transfers: tuple[Transfer, ...]
    movements: tuple[Movement, ...]


@dataclass(slots=True)
class Wallet:
    """One account's money while its lock is held. ``blocks`` are those with something left, and any touched here."""

    account_id: UUID
    currency: str
    low_balance_micros: int
    version: int
    seq: int
    hash: bytes
    opened_at: datetime
    charge_count: int = 0
    counted: bool = False
    """Whether lines of the bill were numbered here, which is to be saved."""
    balances: dict[str, int] = field(default_factory=dict)
    blocks: dict[UUID, Block] = field(default_factory=dict)
    repaid: dict[UUID, int] = field(default_factory=dict)
    """What blocks have repaid of debts, loaded only when a reversal may undo it."""
    new_blocks: set[UUID] = field(default_factory=set)
    touched_blocks: set[UUID] = field(default_factory=set)
    touched_accounts: set[str] = field(default_factory=set)
    transactions: list[Transaction] = field(default_factory=list)

    def balance(self, code: str) -> int:
        return self.balances.get(code, 0)

    @property
    def available_micros(self) -> int:
        """Spendable credit; below zero when something is owed."""
        get = self.balances.get
        return get(WALLET_PAID, 0) + get(WALLET_PROMO, 0) + get(RECEIVABLE, 0)

    @property
    def owed_micros(self) -> int:
        return -self.balance(RECEIVABLE)

    def count_charge(self) -> int:
        """The number of the account's next line of the bill."""
        self.charge_count += 1
        self.counted = True
        return self.charge_count

    def spendable_blocks(self) -> list[Block]:
        """Blocks with something left, in the order they are spent."""
        return sorted((b for b in self.blocks.values() if b.remaining_micros > 0), key=lambda block: block.order)


class Source(NamedTuple):
    """Why a posting is made: its once-only key, and the thing it belongs to."""

    kind: StatementKind
    key: str
    type: str
    id: UUID | None
    effective_at: datetime
    reverses_id: UUID | None = None
    request: Any = None


class Posting:
    """A transaction being written. Moves change the wallet at once; `close` seals it into the chain."""

    def __init__(self, wallet: Wallet, source: Source, now: datetime) -> None:
        self._wallet = wallet
        self._source = source
        self._now = now
        self._before = wallet.available_micros
        self._transfers: dict[tuple[str, str], int] = {}
        self._movements: list[Movement] = []

    def move(self, debit: str, credit: str, amount_micros: int) -> None:
        """Take from ``debit``, give to ``credit``."""
        assert amount_micros >= 0
        assert debit != credit
        if amount_micros == 0:
            return
        self._transfers[debit, credit] = self._transfers.get((debit, credit), 0) + amount_micros
        balances = self._wallet.balances
        balances[debit] = balances.get(debit, 0) - amount_micros
        balances[credit] = balances.get(credit, 0) + amount_micros
        self._wallet.touched_accounts.update((debit, credit))

    def add_block(self, block: Block, source_account: str) -> None:
        """New credit: a top-up or a grant."""
        assert block.remaining_micros == block.amount_micros > 0
        self._wallet.blocks[block.id] = block
        self._wallet.new_blocks.add(block.id)
        self._movements.append(Movement(block.id, block.amount_micros, "credit"))
        self.move(source_account, block.account, block.amount_micros)

    def spend(self, amount_micros: int, into: str, reason: Reason) -> int:
        """Take credit from the blocks in their order; answers how much was missing."""
        if amount_micros == 0:
            return 0
        for block in self._wallet.spendable_blocks():
            if amount_micros == 0:
                break
            part = min(amount_micros, block.remaining_micros)
            self._change(block, -part, reason)
            self.move(block.account, into, part)
            amount_micros -= part
        return amount_micros

    def give_back(self, taken: Sequence[tuple[UUID, int]], limit_micros: int, source: str, reason: Reason) -> int:
        """Restore up to ``limit_micros`` to blocks, the last taken first; answers what could not be restored."""
        for block_id, amount in reversed(taken):
            if limit_micros == 0:
                break
            part = min(amount, limit_micros)
            block = self._wallet.blocks[block_id]
            self._change(block, part, reason)
            self.move(source, block.account, part)
            limit_micros -= part
        return limit_micros

    def take(self, block: Block, amount_micros: int, into: str, reason: Reason) -> None:
        """Take from one block, whatever its place in the order."""
        if amount_micros:
            self._change(block, -amount_micros, reason)
            self.move(block.account, into, amount_micros)

    def repay(self) -> None:
        """Use credit for what is owed: nobody has both."""
        if self._wallet.owed_micros:
            rest = self.spend(self._wallet.owed_micros, RECEIVABLE, "repay")
            assert rest == self._wallet.owed_micros

    def close(self) -> Transaction | None:
        """Seal the transaction; None when nothing moved."""
        wallet, source = self._wallet, self._source
        if not self._transfers:
            return None
        for code in NEVER_NEGATIVE:
            assert wallet.balance(code) >= 0, f"{code} of {wallet.account_id} fell below zero"
        assert wallet.owed_micros >= 0
        transaction_id = new_id()
        transfers = tuple(Transfer(*pair, amount) for pair, amount in self._transfers.items())
        movements = tuple(self._movements)
        unsealed = Transaction(
            account_id=wallet.account_id,
            id=transaction_id,
            seq=wallet.seq + 1,
            kind=source.kind,
            currency=wallet.currency,
            idempotency_key=source.key,
            request_hash=request_hash(source.kind, source.request),
            source_type=source.type,
            source_id=source.id,
            reverses_id=source.reverses_id,
            available_micros=wallet.available_micros - self._before,
            available_after_micros=wallet.available_micros,
            effective_at=source.effective_at,
            recorded_at=self._now,
            prev_hash=wallet.hash,
            hash=b"",
            transfers=transfers,
            movements=movements,
        )
        sealed = _with_hash(unsealed)
        wallet.seq, wallet.hash = sealed.seq, sealed.hash
        wallet.transactions.append(sealed)
        return sealed

    def _change(self, block: Block, amount_micros: int, reason: Reason) -> None:
        block.remaining_micros += amount_micros
        assert 0 <= block.remaining_micros <= block.amount_micros
        self._wallet.touched_blocks.add(block.id)
        self._movements.append(Movement(block.id, amount_micros, reason))


def taken_by(movements: Iterable[Movement]) -> list[tuple[UUID, int]]:
    """What each block paid in all, in the order it was asked. Repayments of debts are another matter."""
    net: dict[UUID, int] = {}
    for movement in movements:
        if movement.reason not in ("repay", "unrepay"):
            net[movement.block_id] = net.get(movement.block_id, 0) - movement.amount_micros
    return [(block_id, amount) for block_id, amount in net.items() if amount > 0]


def request_hash(kind: str, request: Any) -> bytes:
    """What the caller asked for, so that the same key with another wish is found out."""
    return hashlib.sha256(msgspec.json.encode([kind, request], order="sorted")).digest()


def chain_hash(t: Transaction) -> bytes:
    """The transaction's link: over the link before it and everything it says."""
    said = [
        t.account_id,
        t.id,
        t.seq,
        t.kind,
        t.currency,
        t.idempotency_key,
        t.request_hash.hex(),
        t.source_type,
        t.source_id,
        t.reverses_id,
        t.available_micros,
        t.available_after_micros,
        _micros_since_epoch(t.effective_at),
        _micros_since_epoch(t.recorded_at),
        t.transfers,
        t.movements,
    ]
    return hashlib.sha256(t.prev_hash + msgspec.json.encode(said)).digest()


def _with_hash(t: Transaction) -> Transaction:
    object.__setattr__(t, "hash", chain_hash(t))
    return t


def _micros_since_epoch(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
