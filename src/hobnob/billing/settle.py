"""Deliveries paid: a batch of charges, corrections and released holds over many accounts, in one set of statements.

Within a batch corrections come first, then releases, then charges by time of opening, so that credit which comes back
is there for what has to be paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import msgspec
import structlog

from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Tx
from hobnob.platform.watching import watched_in
from hobnob.team import actions as team
from hobnob.team.types import Account

from . import catalog, charge_rows, explain, ledger, postings, queries, views
from .book import Hold, Movement, Source, Wallet
from .charge_rows import ChargeRow, Month, MonthUse, Pair
from .rating import Catalog, Occasion, price_conversation, zone_of
from .subscriptions import commitments
from .subscriptions import store as subscriptions
from .subscriptions.commitments import Promise
from .subscriptions.errors import SubscriptionEnded
from .subscriptions.store import Life
from .types import METER_CONVERSATION, Category, Charged, ChargeEvent, ConversationCharge, Price
from .wallet import accounts_and_times

log = structlog.get_logger()


@dataclass(slots=True)
class _Batch:
    """A batch in memory, between the lock and the writes."""

    catalog: Catalog
    accounts: Mapping[UUID, Account]
    nows: Mapping[UUID, datetime]
    wallets: dict[UUID, Wallet]
    holds: dict[UUID, Hold]
    lives: Mapping[UUID, Life]
    promises: Mapping[UUID, Sequence[Promise]]
    months: dict[Month, MonthUse] = field(default_factory=dict)
    rows: list[ChargeRow] = field(default_factory=list)

    def day(self, account_id: UUID, at: datetime) -> date:
        return at.astimezone(zone_of(self.accounts[account_id].time_zone)).date()

    def promise(self, account_id: UUID, at: datetime) -> Promise | None:
        return commitments.in_force(self.promises.get(account_id, ()), at)

    def month(self, account_id: UUID, at: datetime) -> Month:
        """Where a conversation opened at a moment is counted: in its calendar month, or in what was promised."""
        promise = self.promise(account_id, at)
        if promise is not None:
            return account_id, promise.meter, promise.month
        return account_id, METER_CONVERSATION, self.day(account_id, at).replace(day=1)

    def month_of_row(self, row: ChargeRow) -> Month:
        """Where the conversation of a charge was counted."""
        if row.card == commitments.CARD:
            promise = next(one for one in self.promises[row.account_id] if one.n == row.card_version)
            return row.account_id, promise.meter, promise.month
        return row.account_id, METER_CONVERSATION, row.day.replace(day=1)


async def price_of_conversation(
    tx: Tx,
    tenant: Tenant,
    category: Category,
    customer_phone: str | None,
    customer_user_id: str | None,
    at: datetime,
    *,
    opener: str = "template",
) -> Price:
    """What a conversation opened at ``at`` would cost now. Raises SubscriptionEnded."""
    account = await team.account_of(tx, tenant)
    lives = await subscriptions.lives(tx, tenant.lane, [account])
    if lives[account.id].has_ended(at):
        raise SubscriptionEnded
    promises = await commitments.promises(tx, tenant.lane, [account.id])
    batch = _Batch(await catalog.current(tx), {account.id: account}, {}, {}, {}, lives, promises)
    month = batch.month(account.id, at)
    uses = await charge_rows.months_in_use(tx, tenant.lane, [month])
    plan, plan_version = lives[account.id].at(at)
    occasion = Occasion(
        plan=plan,
        plan_version=plan_version,
        currency=account.currency,
        time_zone=account.time_zone,
        category=category,
        opener=opener,
        at=at,
        expires_at=at,
        customer_phone=customer_phone,
        customer_user_id=customer_user_id,
        quantity=uses[month].position,
    )
    return _price(batch, account.id, occasion)


async def settle(
    tx: Tx,
    lane: int,
    *,
    charges: Sequence[ConversationCharge] = (),
    reversals: Sequence[Pair] = (),
    releases: Sequence[Pair] = (),
    now: datetime,
) -> list[Charged]:
    """Take back the standing charges of conversations, to the blocks that paid them; give back the holds of messages that
    opened nothing; post charges: from the message's hold, else from credit, else as a debt. ``reversals`` and ``releases``
    are pairs of account and conversation or message id. ``now`` is the machine's time; each account's own clock is
    respected. Idempotent: a charge is posted once per (conversation, revision). Raises NoWallet."""
    ids = {c.account_id for c in charges} | {pair[0] for pair in (*reversals, *releases)}
    if not ids:
        return []
    accounts, nows = await accounts_and_times(tx, lane, ids, now)
    wallets = await ledger.lock(tx, lane, accounts)
    standing = await charge_rows.standing(tx, lane, [*reversals, *((c.account_id, c.conversation_id) for c in charges)])
    done = {(row.account_id, row.conversation_id, row.revision): row for row in standing}
    to_reverse = set(reversals)
    reversed_rows = [row for row in standing if (row.account_id, row.conversation_id) in to_reverse]
    due = [c for c in charges if (c.account_id, c.conversation_id, c.revision) not in done]
    paid_by = await _prepare_reversals(tx, lane, wallets, reversed_rows)
    holds = await ledger.active_holds(
        tx, lane, list(wallets), [*(message_id for _, message_id in releases), *(c.message_id for c in due)]
    )
    await ledger.load_blocks(tx, lane, wallets, [(h.account_id, m) for h in holds.values() for m in h.movements])
    lives = await subscriptions.lives(tx, lane, accounts.values()) if due else {}
    promises = await commitments.promises(tx, lane, accounts) if due or reversed_rows else {}
    batch = _Batch(await catalog.current(tx), accounts, nows, wallets, holds, lives, promises)
    months = {batch.month(c.account_id, c.opened_at) for c in due}
    months |= {batch.month_of_row(row) for row in reversed_rows}
    batch.months = await charge_rows.months_in_use(tx, lane, months)
    for account_id, wallet in wallets.items():
        postings.expire_due(wallet, nows[account_id])
    for row in reversed_rows:
        _reverse(batch, row, paid_by.get(row.id, []))
    for _, message_id in releases:
        _release(batch, message_id)
    outcomes = [_charge(batch, charge) for charge in sorted(due, key=lambda c: (c.opened_at, c.message_id))]
    outcomes += [_charged(done[key]) for c in charges if (key := (c.account_id, c.conversation_id, c.revision)) in done]
    await _write(tx, lane, batch)
    return outcomes


async def move_charges(
    tx: Tx, lane: int, account_id: UUID, from_chat: UUID, into_chat: UUID, customer_id: UUID
) -> None:
    """Two chats turned out to be one: point their charges at the one that stays."""
    await tx.execute(
        "UPDATE charges SET chat_id = $4, customer_id = $5 WHERE lane = $1 AND account_id = $2 AND chat_id = $3",
        lane,
        account_id,
        from_chat,
        into_chat,
        customer_id,
    )


async def _prepare_reversals(
    tx: Tx, lane: int, wallets: dict[UUID, Wallet], rows: Sequence[ChargeRow]
) -> dict[UUID, list[Movement]]:
    """Which blocks paid each of these charges, with those blocks loaded."""
    if not rows:
        return {}
    paying = {row.id: [t for t in (row.hold_transaction_id, row.transaction_id) if t is not None] for row in rows}
    moved = await ledger.movements_of(tx, lane, [t for transactions in paying.values() for t in transactions])
    paid_by = {row.id: [movement for t in paying[row.id] for movement in moved.get(t, [])] for row in rows}
    await ledger.load_blocks(tx, lane, wallets, [(row.account_id, m) for row in rows for m in paid_by[row.id]])
    await ledger.load_repaid(tx, lane, {row.account_id: wallets[row.account_id] for row in rows})
    return paid_by


def _price(batch: _Batch, account_id: UUID, occasion: Occasion) -> Price:
    """By the plan in force when it opened, or by what was promised."""
    promise = batch.promise(account_id, occasion.at)
    if promise is not None:
        return commitments.price(batch.catalog, occasion, promise, occasion.quantity)
    return price_conversation(batch.catalog, occasion)


def _reverse(batch: _Batch, row: ChargeRow, paid_by: Sequence[Movement]) -> None:
    account_id = row.account_id
    now = batch.nows[account_id]
    contrary = msgspec.structs.replace(
        row,
        id=new_id(),
        recorded_at=now,
        amount_micros=-row.amount_micros,
        rule=explain.reversal(row.rule),
        transaction_id=None,
        hold_transaction_id=None,
        reverses_id=row.id,
    )
    if row.amount_micros > 0:
        source = Source("reversal", f"reversal:{row.id}", "charge", contrary.id, row.at, row.transaction_id)
        transaction = postings.reverse(batch.wallets[account_id], source, row.amount_micros, paid_by, now)
        contrary.transaction_id = transaction.id
    batch.rows.append(contrary)
    batch.months[batch.month_of_row(row)].give_back(row.position)


def _release(batch: _Batch, message_id: UUID) -> None:
    hold = batch.holds.get(message_id)
    if hold is not None and hold.state == "active":
        now = batch.nows[hold.account_id]
        postings.void_hold(
            batch.wallets[hold.account_id], hold, "voided", "delivered without opening a conversation", now
        )


def _charge(batch: _Batch, charge: ConversationCharge) -> Charged:
    account = batch.accounts[charge.account_id]
    wallet = batch.wallets[charge.account_id]
    now = batch.nows[charge.account_id]
    use = batch.months[batch.month(charge.account_id, charge.opened_at)]
    plan, plan_version = batch.lives[charge.account_id].at(charge.opened_at)
    price = _price(
        batch,
        charge.account_id,
        Occasion(
            plan=plan,
            plan_version=plan_version,
            currency=wallet.currency,
            time_zone=account.time_zone,
            category=charge.category,
            opener=charge.opener,
            at=charge.opened_at,
            expires_at=charge.expires_at,
            customer_phone=charge.customer_phone,
            customer_user_id=charge.customer_user_id,
            quantity=use.position,
        ),
    )
    if price.amount_micros == 0:
        _release(batch, charge.message_id)
    if price.card is None or price.effective_from is None:
        log.warning("conversation_not_priced", account_id=str(charge.account_id), plan=plan, rule=price.rule)
        return Charged(
            charge.account_id, charge.conversation_id, charge.revision, None, None, price.currency, price.rule
        )
    row = _row(batch, charge, price, use.take())
    if price.amount_micros > 0:
        hold = batch.holds.get(charge.message_id)
        hold = hold if hold is not None and hold.state == "active" else None
        key = f"charge:{charge.conversation_id}:{charge.revision}"
        source = Source("charge", key, "charge", row.id, charge.opened_at, None, price.amount_micros)
        transaction = postings.charge(wallet, source, price.amount_micros, hold, now)
        row.transaction_id = transaction.id
        row.hold_transaction_id = hold.transaction_id if hold else None
    batch.rows.append(row)
    return _charged(row)


def _row(batch: _Batch, charge: ConversationCharge, price: Price, position: int) -> ChargeRow:
    assert price.card is not None
    assert price.effective_from is not None
    return ChargeRow(
        account_id=charge.account_id,
        id=new_id(),
        at=charge.opened_at,
        recorded_at=batch.nows[charge.account_id],
        day=batch.day(charge.account_id, charge.opened_at),
        meter=METER_CONVERSATION,
        category=charge.category,
        market=price.market,
        amount_micros=price.amount_micros,
        currency=price.currency,
        rule=price.rule,
        plan=price.plan,
        card=price.card,
        card_version=price.version,
        card_effective_from=price.effective_from,
        position=position,
        conversation_id=charge.conversation_id,
        revision=charge.revision,
        message_id=charge.message_id,
        chat_id=charge.chat_id,
        customer_id=charge.customer_id,
        customer_phone=charge.customer_phone,
        number_id=charge.number_id,
    )


def _charged(row: ChargeRow) -> Charged:
    assert row.conversation_id is not None
    return Charged(row.account_id, row.conversation_id, row.revision, row.id, row.amount_micros, row.currency, row.rule)


async def _write(tx: Tx, lane: int, batch: _Batch) -> None:
    changed = {key for key, wallet in batch.wallets.items() if wallet.transactions}
    charge_rows.number(batch.wallets, batch.rows)
    await ledger.save(tx, lane, batch.wallets.values())
    await ledger.end_holds(tx, lane, batch.holds.values())
    if batch.rows:
        await charge_rows.insert(tx, lane, batch.rows)
        await charge_rows.save_months(tx, lane, batch.months)
    changed |= {row.account_id for row in batch.rows}
    if seen := changed & await watched_in(tx, lane):
        await _tell(tx, lane, batch, seen)


async def _tell(tx: Tx, lane: int, batch: _Batch, account_ids: set[UUID]) -> None:
    """Tell the browsers of accounts that somebody looks at what they were charged and what is left."""
    rows = [row.id for row in batch.rows if row.account_id in account_ids]
    for account_id, charge in await queries.charges_by_id(tx, lane, list(account_ids), rows):
        tx.emit(account_id, ChargeEvent(charge))
    shown = {key: batch.wallets[key] for key in account_ids}
    await views.emit_wallets(tx, lane, shown, batch.accounts, batch.nows)
