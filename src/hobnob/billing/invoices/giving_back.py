"""Money back to the wallet without taking a charge back: of credit notes, and of tax that a late correction turned round."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from hobnob.billing import ledger, postings, views
from hobnob.billing.book import EPOCH, PRIORITY_DEFAULT, WALLET_PAID, Block, Posting, Source
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Tx
from hobnob.team import actions as team


async def give_back(
    tx: Tx,
    tenant: Tenant,
    taken_from: Mapping[str, int],
    key: str,
    source: tuple[str, UUID],
    reason: str,
    now: datetime,
) -> UUID:
    """A block of credit out of accounts of the book (revenue, tax), once per key; answers the transaction. What is owed is
    repaid from it first. ``source`` is the document's kind and id, ``now`` the account's time."""
    known: UUID | None = await tx.fetchval(
        "SELECT id FROM ledger_transactions WHERE lane = $1 AND account_id = $2 AND idempotency_key = $3",
        tenant.lane,
        tenant.account_id,
        key,
    )
    if known is not None:
        return known
    wallet = (await ledger.lock(tx, tenant.lane, [tenant.account_id]))[tenant.account_id]
    postings.expire_due(wallet, now)
    total = sum(taken_from.values())
    block = Block(
        id=new_id(),
        kind="paid",
        amount_micros=total,
        remaining_micros=total,
        priority=PRIORITY_DEFAULT,
        effective_at=max(now, EPOCH),
        expires_at=None,
        created_at=now,
        reason=reason,
    )
    request = sorted(taken_from.items())
    posting = Posting(wallet, Source("credit_note", key, source[0], source[1], now, None, request), now)
    first, *others = sorted(taken_from)
    posting.add_block(block, first)
    for code in others:
        posting.move(code, first, taken_from[code])
    posting.repay()
    transaction = posting.close()
    assert transaction is not None
    assert block.account == WALLET_PAID
    await ledger.save(tx, tenant.lane, [wallet])
    account = await team.account_of(tx, tenant)
    key_of = tenant.account_id
    await views.emit_wallets(tx, tenant.lane, {key_of: wallet}, {key_of: account}, {key_of: now})
    return transaction.id
