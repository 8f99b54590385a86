"""The proof that the book is right, run by ``hobnob ledger prove``. Reads everything, changes nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

import msgspec

from hobnob.platform.database import Row, Tx

from .book import Movement, Transaction, Transfer, chain_hash
from .invoices import proof as invoices

PAGE_COUNT = 2_000


class Finding(msgspec.Struct, frozen=True):
    """Something that must not be."""

    lane: int
    account_id: UUID
    problem: str


async def prove_lane(tx: Tx, lane: int) -> list[Finding]:
    """Everything wrong with the books of a lane's accounts; empty when they are right. ``tx`` is the lane's."""
    findings = []
    for problem, query in _QUERIES:
        for row in await tx.fetch(query, lane):
            figures = ", ".join(f"{key} {value}" for key, value in row.items() if key != "account_id")
            findings.append(Finding(lane, row["account_id"], f"{problem}: {figures}"))
    return findings + await _prove_chains(tx, lane)


_CACHED = "SELECT account_id, code, currency, cached_micros, moved_micros FROM ledger_unbalanced WHERE lane = $1"
_BLOCKS = (
    "SELECT coalesce(b.account_id, l.account_id) AS account_id, b.code, b.remaining, l.balance_micros FROM ("
    "  SELECT account_id, 'wallet.' || kind AS code, sum(remaining_micros)::bigint AS remaining"
    "  FROM credit_blocks WHERE lane = $1 GROUP BY account_id, kind) b"
    " FULL JOIN (SELECT account_id, code, balance_micros FROM ledger_accounts"
    "  WHERE lane = $1 AND code IN ('wallet.paid', 'wallet.promo')) l USING (account_id, code)"
    " WHERE coalesce(b.remaining, 0) <> coalesce(l.balance_micros, 0)"
)
_MOVEMENTS = (
    "SELECT b.account_id, b.id AS block, b.remaining_micros, coalesce(m.moved, 0) AS moved FROM credit_blocks b"
    " LEFT JOIN (SELECT block_id, sum(amount_micros)::bigint AS moved FROM block_movements WHERE lane = $1"
    "  GROUP BY block_id) m ON m.block_id = b.id WHERE b.lane = $1 AND b.remaining_micros <> coalesce(m.moved, 0)"
)
_HELD = (
    "SELECT coalesce(h.account_id, l.account_id) AS account_id, h.held, l.balance_micros FROM ("
    "  SELECT account_id, sum(amount_micros)::bigint AS held FROM holds WHERE lane = $1 AND state = 'active'"
    "  GROUP BY account_id) h"
    " FULL JOIN (SELECT account_id, balance_micros FROM ledger_accounts WHERE lane = $1 AND code = 'holds') l"
    " USING (account_id) WHERE coalesce(h.held, 0) <> coalesce(l.balance_micros, 0)"
)
_REVENUE = (
    "SELECT coalesce(c.account_id, l.account_id) AS account_id, c.charged, l.balance_micros FROM ("
    "  SELECT account_id, sum(amount)::bigint AS charged FROM (SELECT account_id, amount_micros AS amount FROM charges"
    f"   WHERE lane = $1 UNION ALL SELECT account_id, -given FROM ({invoices.GIVEN_BACK}) back) earned GROUP BY account_id) c"
    " FULL JOIN (SELECT account_id, sum(balance_micros)::bigint AS balance_micros FROM ledger_accounts"
    "  WHERE lane = $1 AND (code LIKE 'revenue.%' OR code LIKE 'tax_payable.%') GROUP BY account_id) l USING (account_id)"
    " WHERE coalesce(c.charged, 0) <> coalesce(l.balance_micros, 0)"
)
_CASH = (
    "SELECT coalesce(p.account_id, l.account_id) AS account_id, coalesce(p.code, l.code) AS code, p.cash,"
    " l.balance_micros FROM ("
    "  SELECT account_id, 'cash.' || method AS code, sum(refunded_micros + disputed_micros - amount_micros)::bigint AS cash"
    "  FROM payments WHERE lane = $1 AND block_id IS NOT NULL GROUP BY account_id, method) p"
    " FULL JOIN (SELECT account_id, code, balance_micros FROM ledger_accounts"
    "  WHERE lane = $1 AND code LIKE 'cash.%') l USING (account_id, code)"
    " WHERE coalesce(p.cash, 0) <> coalesce(l.balance_micros, 0)"
)
_TOTALS = (
    "SELECT coalesce(c.account_id, s.account_id) AS account_id, coalesce(c.day, s.day) AS day, c.charged, s.kept FROM ("
    "  SELECT account_id, day, sum(amount_micros)::bigint AS charged FROM charges WHERE lane = $1"
    "  GROUP BY account_id, day) c"
    " FULL JOIN (SELECT account_id, day, sum(amount_micros)::bigint AS kept FROM spend_days WHERE lane = $1"
    "  GROUP BY account_id, day) s USING (account_id, day) WHERE coalesce(c.charged, 0) <> coalesce(s.kept, 0)"
)
_QUERIES = (
    ("a cached balance is not the sum of its transfers, or the book does not sum to zero", _CACHED),
    ("what the blocks have left is not what the wallet holds", _BLOCKS),
    ("a block's movements do not add up to what it has left", _MOVEMENTS),
    ("the active holds are not what is held", _HELD),
    ("the charges, less what was given back, are not the revenue", _REVENUE),
    ("the payments, refunds and chargebacks are not the cash", _CASH),
    ("the kept totals are not the charges", _TOTALS),
    *invoices.QUERIES,
)


async def _prove_chains(tx: Tx, lane: int) -> list[Finding]:
    """Each account's transactions: numbered without a gap, each linked to the one before, none changed since."""
    findings = []
    for head in await tx.fetch("SELECT account_id, seq, hash FROM wallets WHERE lane = $1 ORDER BY account_id", lane):
        account_id, seq, link = head["account_id"], 0, b""
        while transactions := await _page(tx, lane, account_id, seq, head["seq"]):
            for transaction in transactions:
                if transaction.seq != seq + 1 or transaction.prev_hash != link:
                    findings.append(Finding(lane, account_id, f"the chain breaks before transaction {transaction.seq}"))
                if chain_hash(transaction) != transaction.hash:
                    findings.append(Finding(lane, account_id, f"transaction {transaction.seq} was changed"))
                seq, link = transaction.seq, transaction.hash
        if (seq, link) != (head["seq"], head["hash"]):
            findings.append(Finding(lane, account_id, f"the chain ends at {seq}, not at {head['seq']}"))
    return findings


async def _page(tx: Tx, lane: int, account_id: UUID, after_seq: int, upto_seq: int) -> list[Transaction]:
    # What was added since the head was read is another night's.
    rows = await tx.fetch(
        "SELECT account_id, id, seq, kind, currency, idempotency_key, request_hash, source_type, source_id, reverses_id,"
        " available_micros, available_after_micros, effective_at, recorded_at, prev_hash, hash FROM ledger_transactions"
        " WHERE lane = $1 AND account_id = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5",
        lane,
        account_id,
        after_seq,
        upto_seq,
        PAGE_COUNT,
    )
    ids = [row["id"] for row in rows]
    transfers = await _parts(tx, lane, ids, "SELECT transaction_id, debit, credit, amount_micros FROM ledger_transfers")
    movements = await _parts(
        tx, lane, ids, "SELECT transaction_id, block_id, amount_micros, reason FROM block_movements"
    )
    return [
        Transaction(
            **dict(row),
            transfers=tuple(Transfer(*part) for part in transfers.get(row["id"], [])),
            movements=tuple(Movement(*part) for part in movements.get(row["id"], [])),
        )
        for row in rows
    ]


async def _parts(tx: Tx, lane: int, ids: list[UUID], select: str) -> dict[UUID, list[tuple[Any, ...]]]:
    rows: list[Row] = await tx.fetch(
        f"{select} WHERE lane = $1 AND transaction_id = ANY ($2::uuid[]) ORDER BY transaction_id, n", lane, ids
    )
    found: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[row["transaction_id"]].append(tuple(row)[1:])
    return found
