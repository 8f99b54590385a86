"""Wallets between the database and the `book`: lock, load, save. Whatever moves money goes through here.

Locking: wallet rows, FOR NO KEY UPDATE, in account order, once per transaction and before anything of theirs is read.
Everything else of an account's money is only touched while its wallet row is held, so it needs no lock of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from hobnob.platform.database import Row, Tx

from .book import Block, Hold, Movement, Transaction, Wallet
from .errors import NoWallet

LOW_BALANCE_DEFAULT_MICROS = 5_000_000
WATCH_JOB = "alerts"

_BLOCK_COLUMNS = (
    "account_id, id, kind, amount_micros, remaining_micros, priority, effective_at, expires_at, reason, created_at"
)


async def create_wallets(tx: Tx, lane: int, currencies: dict[UUID, str], opened_at: datetime) -> None:
    """Give accounts a wallet; those that have one keep it."""
    await tx.execute(
        "INSERT INTO wallets (lane, account_id, currency, low_balance_micros, opened_at)"
        " SELECT $1, a, c, $4, $5 FROM unnest($2::uuid[], $3::text[]) AS n (a, c) ON CONFLICT DO NOTHING",
        lane,
        list(currencies),
        list(currencies.values()),
        LOW_BALANCE_DEFAULT_MICROS,
        opened_at,
    )


async def lock(tx: Tx, lane: int, account_ids: Iterable[UUID]) -> dict[UUID, Wallet]:
    """The wallets of these accounts, locked until the transaction ends. Raises NoWallet when one is missing."""
    return await _load(tx, lane, account_ids, " ORDER BY account_id FOR NO KEY UPDATE")


async def read(tx: Tx, lane: int, account_ids: Iterable[UUID]) -> dict[UUID, Wallet]:
    """The wallets as they are, for showing. Never save what came from here."""
    return await _load(tx, lane, account_ids, "")


async def _load(tx: Tx, lane: int, account_ids: Iterable[UUID], suffix: str) -> dict[UUID, Wallet]:
    ids = sorted(set(account_ids))
    rows = await tx.fetch(
        "SELECT account_id, currency, low_balance_micros, version, seq, hash, opened_at, charge_count"
        " FROM wallets"
        f" WHERE lane = $1 AND account_id = ANY ($2::uuid[]){suffix}",
        lane,
        ids,
    )
    wallets = {row["account_id"]: Wallet(**dict(row)) for row in rows}
    if missing := [str(key) for key in ids if key not in wallets]:
        raise NoWallet(f"Account {', '.join(missing)} has no wallet: it was not opened through sign-up.")
    # Read only after the lock: a later statement sees what the previous holder committed.
    balances = await tx.fetch(
        "SELECT account_id, code, balance_micros FROM ledger_accounts"
        " WHERE lane = $1 AND account_id = ANY ($2::uuid[])",
        lane,
        ids,
    )
    for row in balances:
        wallets[row["account_id"]].balances[row["code"]] = row["balance_micros"]
    blocks = await tx.fetch(
        f"SELECT {_BLOCK_COLUMNS} FROM credit_blocks"
        " WHERE lane = $1 AND account_id = ANY ($2::uuid[]) AND remaining_micros > 0",
        lane,
        ids,
    )
    _add_blocks(wallets, blocks)
    return wallets


async def load_blocks(
    tx: Tx, lane: int, wallets: dict[UUID, Wallet], movements: Iterable[tuple[UUID, Movement]]
) -> None:
    """Also load the spent blocks that these movements (with their account) may give something back to."""
    missing = {m.block_id for account_id, m in movements if m.block_id not in wallets[account_id].blocks}
    if missing:
        rows = await tx.fetch(
            f"SELECT {_BLOCK_COLUMNS} FROM credit_blocks"
            " WHERE lane = $1 AND account_id = ANY ($2::uuid[]) AND id = ANY ($3::uuid[])",
            lane,
            list(wallets),
            list(missing),
        )
        _add_blocks(wallets, rows)


async def load_block(tx: Tx, lane: int, wallet: Wallet, block_id: UUID) -> None:
    """Have one block of a locked wallet at hand, also when nothing is left of it."""
    await load_blocks(tx, lane, {wallet.account_id: wallet}, [(wallet.account_id, Movement(block_id, 0, "credit"))])


async def load_repaid(tx: Tx, lane: int, wallets: dict[UUID, Wallet]) -> None:
    """What blocks have repaid of debts, oldest first: a reversal may have to give it back."""
    rows = await tx.fetch(
        "SELECT m.account_id, m.block_id, -sum(m.amount_micros)::bigint AS repaid FROM block_movements m"
        " JOIN ledger_transactions t ON t.lane = m.lane AND t.id = m.transaction_id"
        " WHERE m.lane = $1 AND m.account_id = ANY ($2::uuid[]) AND m.reason IN ('repay', 'unrepay')"
        " GROUP BY m.account_id, m.block_id HAVING sum(m.amount_micros) < 0 ORDER BY max(t.seq)",
        lane,
        list(wallets),
    )
    for row in rows:
        wallets[row["account_id"]].repaid[row["block_id"]] = row["repaid"]
    movements = [(row["account_id"], Movement(row["block_id"], row["repaid"], "repay")) for row in rows]
    await load_blocks(tx, lane, wallets, movements)


async def active_holds(tx: Tx, lane: int, account_ids: Sequence[UUID], ids: Sequence[UUID]) -> dict[UUID, Hold]:
    """The holds among these that still hold something, with the movements that placed them."""
    rows = await tx.fetch(
        "SELECT h.id, h.account_id, h.amount_micros, h.state, h.transaction_id, h.placed_at, h.expires_at,"
        " m.block_id, m.amount_micros AS moved, m.reason"
        " FROM holds h JOIN block_movements m ON m.lane = h.lane AND m.transaction_id = h.transaction_id"
        " WHERE h.lane = $1 AND h.account_id = ANY ($2::uuid[]) AND h.id = ANY ($3::uuid[]) AND h.state = 'active'"
        " ORDER BY h.id, m.n",
        lane,
        account_ids,
        ids,
    )
    holds: dict[UUID, Hold] = {}
    for row in rows:
        hold = holds.get(row["id"])
        if hold is None:
            hold = holds[row["id"]] = Hold(
                id=row["id"],
                account_id=row["account_id"],
                amount_micros=row["amount_micros"],
                state=row["state"],
                transaction_id=row["transaction_id"],
                placed_at=row["placed_at"],
                expires_at=row["expires_at"],
            )
        hold.movements += (Movement(row["block_id"], row["moved"], row["reason"]),)
    return holds


async def movements_of(tx: Tx, lane: int, transaction_ids: Sequence[UUID]) -> dict[UUID, list[Movement]]:
    """Block movements by transaction, in their order."""
    rows = await tx.fetch(
        "SELECT transaction_id, block_id, amount_micros, reason FROM block_movements"
        " WHERE lane = $1 AND transaction_id = ANY ($2::uuid[]) ORDER BY transaction_id, n",
        lane,
        transaction_ids,
    )
    found: dict[UUID, list[Movement]] = {}
    for row in rows:
        movement = Movement(row["block_id"], row["amount_micros"], row["reason"])
        found.setdefault(row["transaction_id"], []).append(movement)
    return found


async def save(tx: Tx, lane: int, wallets: Iterable[Wallet]) -> None:
    """Write down what was posted to locked wallets. A set of statements, whatever the number of wallets."""
    wallets = [wallet for wallet in wallets if wallet.transactions or wallet.counted]
    if not wallets:
        return
    await _save_wallets(tx, lane, wallets)
    for wallet in wallets:
        wallet.counted = False
        wallet.version += 1
    changed = [wallet for wallet in wallets if wallet.transactions]
    if not changed:
        return
    await _save_balances(tx, lane, changed)
    await _save_transactions(tx, lane, [t for wallet in changed for t in wallet.transactions])
    await _save_blocks(tx, lane, changed)
    for wallet in changed:
        wallet.transactions.clear()
        wallet.touched_blocks.clear()
        wallet.new_blocks.clear()
        wallet.touched_accounts.clear()


async def insert_holds(tx: Tx, lane: int, currency: str, holds: Sequence[Hold]) -> None:
    await tx.execute(
        "INSERT INTO holds (lane, account_id, id, amount_micros, currency, state, transaction_id, placed_at, expires_at)"
        " SELECT $1, a, i, m, $5, 'active', t, p, e FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $6::uuid[],"
        " $7::timestamptz[], $8::timestamptz[]) AS n (a, i, m, t, p, e)",
        lane,
        [hold.account_id for hold in holds],
        [hold.id for hold in holds],
        [hold.amount_micros for hold in holds],
        currency,
        [hold.transaction_id for hold in holds],
        [hold.placed_at for hold in holds],
        [hold.expires_at for hold in holds],
    )


async def end_holds(tx: Tx, lane: int, holds: Iterable[Hold]) -> None:
    """Write the end of holds that ended in memory."""
    ended = [hold for hold in holds if hold.state != "active"]
    if ended:
        await tx.execute(
            "UPDATE holds h SET state = n.state, ended_at = n.ended_at, reason = n.reason"
            " FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[])"
            " AS n (account_id, id, state, ended_at, reason)"
            " WHERE h.lane = $1 AND h.account_id = n.account_id AND h.id = n.id",
            lane,
            [hold.account_id for hold in ended],
            [hold.id for hold in ended],
            [hold.state for hold in ended],
            [hold.ended_at for hold in ended],
            [hold.reason for hold in ended],
        )


def _add_blocks(wallets: dict[UUID, Wallet], rows: Sequence[Row]) -> None:
    for row in rows:
        values = dict(row)
        blocks = wallets[values.pop("account_id")].blocks
        # A block already at hand may have been changed in memory.
        blocks.setdefault(row["id"], Block(**values))


async def _save_wallets(tx: Tx, lane: int, wallets: Sequence[Wallet]) -> None:
    """A balance that leaves the bounds it is watched in, and new credit, wake whoever watches (``payments.alerts``). Any
    other wallet that moves is looked at within the hour."""
    rows = await tx.fetch(
        "UPDATE wallets w SET version = version + 1, seq = n.seq, hash = n.hash, charge_count = n.charge_count,"
        " watch_due = w.watch_due OR n.has_new_credit OR coalesce(n.available <= w.watch_low_micros, false)"
        " OR coalesce(n.available >= w.watch_high_micros, false),"
        " watch_at = CASE WHEN w.watch_at <= now() + interval '1 hour' THEN w.watch_at ELSE now() + interval '1 hour' END"
        " FROM unnest($2::uuid[], $3::bigint[], $4::bytea[], $5::bigint[], $6::boolean[], $7::bigint[])"
        " AS n (account_id, seq, hash, charge_count, has_new_credit, available)"
        " WHERE w.lane = $1 AND w.account_id = n.account_id RETURNING w.watch_due",
        lane,
        [wallet.account_id for wallet in wallets],
        [wallet.seq for wallet in wallets],
        [wallet.hash for wallet in wallets],
        [wallet.charge_count for wallet in wallets],
        [bool(wallet.new_blocks) for wallet in wallets],
        [wallet.available_micros for wallet in wallets],
    )
    if any(row["watch_due"] for row in rows):
        tx.wake(WATCH_JOB, lane)


async def _save_balances(tx: Tx, lane: int, wallets: Sequence[Wallet]) -> None:
    rows = [(w.account_id, w.currency, code, w.balance(code)) for w in wallets for code in sorted(w.touched_accounts)]
    accounts, currencies, codes, balances = zip(*rows, strict=True)
    await tx.execute(
        "INSERT INTO ledger_accounts AS l (lane, account_id, currency, code, balance_micros)"
        " SELECT $1, a, c, o, b FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[]) AS n (a, c, o, b)"
        " ON CONFLICT (lane, account_id, currency, code)"
        " DO UPDATE SET balance_micros = excluded.balance_micros, version = l.version + 1",
        lane,
        accounts,
        currencies,
        codes,
        balances,
    )


async def _save_transactions(tx: Tx, lane: int, transactions: Sequence[Transaction]) -> None:
    await tx.execute(
        "INSERT INTO ledger_transactions (lane, account_id, id, seq, kind, currency, idempotency_key, request_hash,"
        " source_type, source_id, reverses_id, available_micros, available_after_micros, effective_at, recorded_at,"
        " prev_hash, hash) SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[],"
        " $7::text[], $8::bytea[], $9::text[], $10::uuid[], $11::uuid[], $12::bigint[], $13::bigint[],"
        " $14::timestamptz[], $15::timestamptz[], $16::bytea[], $17::bytea[]) AS n",
        lane,
        [t.account_id for t in transactions],
        [t.id for t in transactions],
        [t.seq for t in transactions],
        [t.kind for t in transactions],
        [t.currency for t in transactions],
        [t.idempotency_key for t in transactions],
        [t.request_hash for t in transactions],
        [t.source_type for t in transactions],
        [t.source_id for t in transactions],
        [t.reverses_id for t in transactions],
        [t.available_micros for t in transactions],
        [t.available_after_micros for t in transactions],
        [t.effective_at for t in transactions],
        [t.recorded_at for t in transactions],
        [t.prev_hash for t in transactions],
        [t.hash for t in transactions],
    )
    transfers = [
        (t.account_id, t.id, n, t.currency, *transfer) for t in transactions for n, transfer in enumerate(t.transfers)
    ]
    await tx.execute(
        "INSERT INTO ledger_transfers (lane, account_id, transaction_id, n, currency, debit, credit, amount_micros)"
        " SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::text[], $7::text[],"
        " $8::bigint[]) AS n",
        lane,
        *map(list, zip(*transfers, strict=True)),
    )
    movements = [(t.account_id, t.id, n, *movement) for t in transactions for n, movement in enumerate(t.movements)]
    if movements:
        await tx.execute(
            "INSERT INTO block_movements (lane, account_id, transaction_id, n, block_id, amount_micros, reason)"
            " SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::uuid[], $6::bigint[],"
            " $7::text[]) AS n",
            lane,
            *map(list, zip(*movements, strict=True)),
        )


async def _save_blocks(tx: Tx, lane: int, wallets: Sequence[Wallet]) -> None:
    new = [(w, w.blocks[key]) for w in wallets for key in w.new_blocks]
    if new:
        await tx.execute(
            "INSERT INTO credit_blocks (lane, account_id, id, currency, kind, amount_micros, remaining_micros, priority,"
            " effective_at, expires_at, reason, created_at) SELECT $1, n.* FROM unnest($2::uuid[], $3::uuid[], $4::text[],"
            " $5::text[], $6::bigint[], $7::bigint[], $8::smallint[], $9::timestamptz[], $10::timestamptz[],"
            " $11::text[], $12::timestamptz[]) AS n",
            lane,
            [w.account_id for w, _ in new],
            [b.id for _, b in new],
            [w.currency for w, _ in new],
            [b.kind for _, b in new],
            [b.amount_micros for _, b in new],
            [b.remaining_micros for _, b in new],
            [b.priority for _, b in new],
            [b.effective_at for _, b in new],
            [b.expires_at for _, b in new],
            [b.reason for _, b in new],
            [b.created_at for _, b in new],
        )
    changed = [
        (w.account_id, key, w.blocks[key].remaining_micros) for w in wallets for key in w.touched_blocks - w.new_blocks
    ]
    if changed:
        await tx.execute(
            "UPDATE credit_blocks b SET remaining_micros = n.remaining"
            " FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS n (account_id, id, remaining)"
            " WHERE b.lane = $1 AND b.account_id = n.account_id AND b.id = n.id",
            lane,
            *map(list, zip(*changed, strict=True)),
        )
