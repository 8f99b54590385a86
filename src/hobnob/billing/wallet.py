"""Credit in, and credit set aside: opening a wallet, top-ups and grants, holds and their release."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import Money, decimal_text
from hobnob.platform.database import Tx
from hobnob.platform.watching import watched_in
from hobnob.team import actions as team
from hobnob.team.types import Account

from . import ledger, postings, queries, views
from .book import PRIORITY_DEFAULT, PROMO_EXPENSE, Block, Source, Wallet, request_hash
from .errors import LedgerConflict
from .types import BlockKind, Payment
from .types import Wallet as WalletView

EXPIRING_MAX_COUNT = 500
_WORKED = (
    "NOT EXISTS (SELECT 1 FROM account_days d WHERE d.lane = a.lane AND d.account_id = a.account_id"
    " AND d.due_at <= $2::timestamptz + make_interval(secs => a.clock_ahead_s))"
)


async def open_wallet(tx: Tx, tenant: Tenant, currency: str, now: datetime) -> None:
    """Give a new account its wallet. Doing it again changes nothing."""
    await ledger.create_wallets(tx, tenant.lane, {tenant.account_id: currency}, now)


async def wallet(tx: Tx, tenant: Tenant, now: datetime) -> WalletView:
    """The account's wallet at ``now`` (the account's own time)."""
    account = await team.account_of(tx, tenant)
    found = await views.wallet_views(tx, tenant.lane, {tenant.account_id: account}, {tenant.account_id: now})
    return found[tenant.account_id]


async def grant(
    tx: Tx,
    tenant: Tenant,
    amount: Money,
    reason: str,
    idempotency_key: str,
    now: datetime,
    *,
    expires_at: datetime | None = None,
    priority: int = PRIORITY_DEFAULT,
) -> None:
    """Promotional credit. Raises LedgerConflict when the key was used for another grant."""
    key = f"grant:{idempotency_key}"
    request = [amount.micros, amount.currency, reason, expires_at, priority]
    wallet = await locked(tx, tenant, amount.currency, now)
    if await known(tx, tenant, key, request_hash("grant", request)):
        return
    block = new_block("promo", amount.micros, now, reason, expires_at, priority)
    postings.add_credit(wallet, block, PROMO_EXPENSE, Source("grant", key, "block", block.id, now, None, request), now)
    await save(tx, tenant, wallet, now)


async def top_up(tx: Tx, tenant: Tenant, amount: Money, method: str, idempotency_key: str, now: datetime) -> Payment:
    """Paid credit by a method that settles at once. The same key gives the same payment; with another amount or method
    it raises LedgerConflict."""
    key = f"top_up:{idempotency_key}"
    request = [amount.micros, amount.currency, method]
    wallet = await locked(tx, tenant, amount.currency, now)
    if await known(tx, tenant, key, request_hash("top_up", request)):
        paid = await queries.payment(tx, tenant, idempotency_key)
        assert paid is not None
        return paid
    block = new_block("paid", amount.micros, now, f"Top-up ({method})", None, PRIORITY_DEFAULT)
    payment = Payment(new_id(), "succeeded", amount.micros, amount.currency, now, method, block_id=block.id)
    source = Source("top_up", key, "payment", payment.id, now, None, request)
    postings.add_credit(wallet, block, f"cash.{method}", source, now)
    await tx.execute(
        "INSERT INTO payments (lane, account_id, id, idempotency_key, method, state, amount_micros, currency, block_id,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant.lane,
        tenant.account_id,
        payment.id,
        idempotency_key,
        method,
        payment.state,
        payment.amount_micros,
        payment.currency,
        block.id,
        now,
    )
    await save(tx, tenant, wallet, now)
    return payment


async def place_hold(
    tx: Tx, tenant: Tenant, hold_id: UUID, amount_micros: int, expires_at: datetime, now: datetime
) -> None:
    """Set credit aside for a message that may open a charged conversation; nothing for an amount of 0. The same hold
    again changes nothing; with another amount it raises LedgerConflict. Raises InsufficientCredit."""
    if amount_micros == 0:
        return
    wallet = await locked(tx, tenant, None, now)
    if await known(tx, tenant, f"hold:{hold_id}", request_hash("hold", amount_micros)):
        return
    hold = postings.place_hold(wallet, hold_id, amount_micros, expires_at, now)
    await ledger.insert_holds(tx, tenant.lane, wallet.currency, [hold])
    await save(tx, tenant, wallet, now)


async def void_holds(tx: Tx, lane: int, message_ids: Sequence[UUID], reason: str, now: datetime) -> None:
    """Give holds back: the message failed, or opened nothing. Holds that ended, and unknown ids, are passed over.
    ``now`` is the machine's time."""
    rows = await tx.fetch(
        "SELECT DISTINCT account_id FROM holds WHERE lane = $1 AND id = ANY ($2::uuid[]) AND state = 'active'",
        lane,
        message_ids,
    )
    if rows:
        await _end_holds(tx, lane, [row["account_id"] for row in rows], message_ids, reason, now)


async def expire(tx: Tx, lane: int, now: datetime, without: Collection[UUID] = ()) -> bool:
    """End the holds and book out the credit of a lane whose time is over, each by its account's own clock; accounts with a
    day that was not worked through wait for it (`expire_of`), and those in ``without`` are left alone. True when more may
    be due."""
    rows = await tx.fetch(
        "SELECT h.account_id, h.id FROM holds h JOIN accounts a ON a.lane = h.lane AND a.account_id = h.account_id"
        " WHERE h.lane = $1 AND h.state = 'active' AND h.expires_at <= $2::timestamptz + make_interval(secs => a.clock_ahead_s)"
        f" AND {_WORKED} AND h.account_id <> ALL ($4::uuid[]) ORDER BY h.expires_at LIMIT $3",
        lane,
        now,
        EXPIRING_MAX_COUNT,
        list(without),
    )
    if rows:
        accounts = [row["account_id"] for row in rows]
        await _end_holds(
            tx, lane, accounts, [row["id"] for row in rows], "no delivery was reported in time", now, expired=True
        )
    blocks = await tx.fetch(
        "SELECT DISTINCT b.account_id FROM credit_blocks b"
        " JOIN accounts a ON a.lane = b.lane AND a.account_id = b.account_id"
        " WHERE b.lane = $1 AND b.remaining_micros > 0"
        f" AND b.expires_at <= $2::timestamptz + make_interval(secs => a.clock_ahead_s) AND {_WORKED}"
        " AND b.account_id <> ALL ($4::uuid[]) LIMIT $3",
        lane,
        now,
        EXPIRING_MAX_COUNT,
        list(without),
    )
    if blocks:
        await _end_holds(tx, lane, [row["account_id"] for row in blocks], [], "", now)
    return len(rows) == EXPIRING_MAX_COUNT or len(blocks) == EXPIRING_MAX_COUNT


async def accounts_expiring(tx: Tx, lane: int, now: datetime, without: Collection[UUID] = ()) -> list[UUID]:
    """Accounts that `expire` would work on."""
    rows = await tx.fetch(
        "SELECT a.account_id FROM accounts a WHERE a.lane = $1 AND a.account_id <> ALL ($4::uuid[])"
        f" AND {_WORKED} AND (EXISTS (SELECT 1 FROM holds h WHERE h.lane = a.lane AND h.account_id = a.account_id"
        " AND h.state = 'active' AND h.expires_at <= $2::timestamptz + make_interval(secs => a.clock_ahead_s))"
        " OR EXISTS (SELECT 1 FROM credit_blocks b WHERE b.lane = a.lane AND b.account_id = a.account_id"
        " AND b.remaining_micros > 0 AND b.expires_at <= $2::timestamptz + make_interval(secs => a.clock_ahead_s)))"
        " ORDER BY a.account_id LIMIT $3",
        lane,
        now,
        EXPIRING_MAX_COUNT,
        list(without),
    )
    return [row["account_id"] for row in rows]


async def expire_of(tx: Tx, lane: int, account_id: UUID, now: datetime) -> None:
    """As `expire`, for one account as it was at a moment (in the machine's time): its days are worked through in order."""
    rows = await tx.fetch(
        "SELECT h.id FROM holds h JOIN accounts a ON a.lane = h.lane AND a.account_id = h.account_id"
        " WHERE h.lane = $1 AND h.account_id = $2 AND h.state = 'active'"
        " AND h.expires_at <= $3::timestamptz + make_interval(secs => a.clock_ahead_s) ORDER BY h.expires_at, h.id",
        lane,
        account_id,
        now,
    )
    reason = "no delivery was reported in time"
    await _end_holds(tx, lane, [account_id], [row["id"] for row in rows], reason, now, expired=True)


async def accounts_and_times(
    tx: Tx, lane: int, account_ids: Iterable[UUID], now: datetime
) -> tuple[dict[UUID, Account], dict[UUID, datetime]]:
    """Accounts of a lane, and what time it is in each: a sandbox account's clock runs ahead of the machine's."""
    accounts = await team.accounts_in(tx, lane, sorted(set(account_ids)))
    return accounts, {key: now + timedelta(seconds=account.clock_ahead_s) for key, account in accounts.items()}


async def _end_holds(
    tx: Tx,
    lane: int,
    account_ids: Sequence[UUID],
    hold_ids: Sequence[UUID],
    reason: str,
    now: datetime,
    *,
    expired: bool = False,
) -> None:
    accounts, nows = await accounts_and_times(tx, lane, account_ids, now)
    wallets = await ledger.lock(tx, lane, accounts)
    holds = await ledger.active_holds(tx, lane, list(accounts), hold_ids)
    await ledger.load_blocks(tx, lane, wallets, [(h.account_id, m) for h in holds.values() for m in h.movements])
    for hold in holds.values():
        postings.void_hold(
            wallets[hold.account_id], hold, "expired" if expired else "voided", reason, nows[hold.account_id]
        )
    for account_id, wallet in wallets.items():
        postings.expire_due(wallet, nows[account_id])
    changed = {key: wallet for key, wallet in wallets.items() if wallet.transactions}
    await ledger.save(tx, lane, wallets.values())
    await ledger.end_holds(tx, lane, holds.values())
    if seen := changed.keys() & await watched_in(tx, lane):
        await views.emit_wallets(tx, lane, {key: changed[key] for key in seen}, accounts, nows)


async def locked(tx: Tx, tenant: Tenant, currency: str | None, now: datetime) -> Wallet:
    """The account's wallet under its lock, with credit booked out whose time is over. Raises InvalidInput when it is in
    another currency."""
    wallet = (await ledger.lock(tx, tenant.lane, [tenant.account_id]))[tenant.account_id]
    if currency not in (None, wallet.currency):
        detail = f"This wallet is in {wallet.currency}, not in {currency}."
        raise InvalidInput(detail, fields=[("currency", detail)])
    postings.expire_due(wallet, now)
    return wallet


async def known(tx: Tx, tenant: Tenant, key: str, request_hash: bytes) -> bool:
    """True when the key was posted before with the same wish. Raises LedgerConflict for another wish."""
    stored = await tx.fetchval(
        "SELECT request_hash FROM ledger_transactions WHERE lane = $1 AND account_id = $2 AND idempotency_key = $3",
        tenant.lane,
        tenant.account_id,
        key,
    )
    if stored is not None and stored != request_hash:
        raise LedgerConflict("This key was already used for another amount: use a new Idempotency-Key.")
    return stored is not None


async def save(tx: Tx, tenant: Tenant, wallet: Wallet, now: datetime) -> None:
    """Write down what was posted to a locked wallet, and tell the account's browsers."""
    await ledger.save(tx, tenant.lane, [wallet])
    account = await team.account_of(tx, tenant)
    key = tenant.account_id
    await views.emit_wallets(tx, tenant.lane, {key: wallet}, {key: account}, {key: now})


def new_block(
    kind: BlockKind, amount_micros: int, now: datetime, reason: str, expires_at: datetime | None, priority: int
) -> Block:
    """A block that is not yet in any wallet. Raises InvalidInput for an amount that is none."""
    if amount_micros <= 0:
        detail = f"The amount must be more than {decimal_text(0)}."
        raise InvalidInput(detail, fields=[("amount_micros", detail)])
    return Block(
        id=new_id(),
        kind=kind,
        amount_micros=amount_micros,
        remaining_micros=amount_micros,
        priority=priority,
        effective_at=now,
        expires_at=expires_at,
        created_at=now,
        reason=reason,
    )
