"""Charges other than conversations: plans, agents, flow-days, steps, commitments, tax. Each is known by its ``item``, a
stable key, and posted once per (item, revision), whoever asks how often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from hobnob.kernel.ids import new_id
from hobnob.platform.database import Tx

from . import charge_rows, explain, ledger, postings, queries, views
from .book import Movement, Source, Wallet
from .charge_rows import ChargeRow
from .errors import InsufficientCredit
from .rating import zone_of
from .types import ChargeEvent
from .wallet import accounts_and_times

Key = tuple[UUID, str]


class Item(msgspec.Struct, frozen=True):
    """Something to be charged. ``into`` is the account of the book that earns it; ``at`` is when it fell due, in whose day
    (of the account's time zone) it counts; ``card`` and its version say where the price comes from."""

    account_id: UUID
    item: str
    meter: str
    at: datetime
    amount_micros: int
    rule: str
    plan: str
    card: str
    card_version: int
    card_effective_from: date
    into: str
    quantity: int = 1
    revision: int = 1
    flow_id: UUID | None = None


async def post_items(
    tx: Tx, lane: int, items: Sequence[Item], now: datetime, *, refuse_without_credit: bool = False
) -> list[ChargeRow]:
    """Post charges of many accounts: from credit, else as a debt that the next credit repays. ``now`` is the machine's time.
    Answers the standing row of every item, old or new. With ``refuse_without_credit`` raises InsufficientCredit instead
    of making a debt; then nothing is posted. Raises NoWallet."""
    if not items:
        return []
    accounts, nows = await accounts_and_times(tx, lane, {item.account_id for item in items}, now)
    wallets = await ledger.lock(tx, lane, accounts)
    for account_id, wallet in wallets.items():
        postings.expire_due(wallet, nows[account_id])
    done = {(row.account_id, row.item, row.revision): row for row in await standing(tx, lane, _keys(items))}
    rows: list[ChargeRow] = []
    for item in items:
        if (item.account_id, item.item, item.revision) not in done:
            wallet = wallets[item.account_id]
            day = item.at.astimezone(zone_of(accounts[item.account_id].time_zone)).date()
            row = _post(wallet, item, day, nows[item.account_id], refuse_without_credit=refuse_without_credit)
            done[item.account_id, item.item, item.revision] = row
            rows.append(row)
    changed = {row.account_id for row in rows} | {key for key, wallet in wallets.items() if wallet.transactions}
    await _write(tx, lane, wallets, rows)
    shown = {key: wallets[key] for key in changed}
    await views.emit_wallets(tx, lane, shown, accounts, nows)
    return [done[item.account_id, item.item, item.revision] for item in items]


async def reverse_items(tx: Tx, lane: int, keys: Iterable[Key], into: str, now: datetime) -> list[ChargeRow]:
    """Take the standing charges of items (account and item) back, to the credit that paid them; answers the contrary rows.
    ``into`` is the account of the book that earned them. Items that do not stand are passed over."""
    rows = await standing(tx, lane, set(keys))
    if not rows:
        return []
    accounts, nows = await accounts_and_times(tx, lane, {row.account_id for row in rows}, now)
    wallets = await ledger.lock(tx, lane, accounts)
    rows = await standing(tx, lane, {(row.account_id, row.item or "") for row in rows})
    paid_by = await _paid_by(tx, lane, wallets, rows)
    contrary = [_take_back(wallets[row.account_id], row, paid_by[row.id], into, nows[row.account_id]) for row in rows]
    await _write(tx, lane, wallets, contrary)
    await views.emit_wallets(tx, lane, wallets, accounts, nows)
    return contrary


async def standing(tx: Tx, lane: int, keys: Iterable[Key]) -> list[ChargeRow]:
    """Charges of these items that were not taken back."""
    wanted = sorted(set(keys))
    found = await tx.fetch(
        f"SELECT {charge_rows.COLUMN_LIST} FROM charges c"
        " WHERE lane = $1 AND (account_id, item) IN (SELECT * FROM unnest($2::uuid[], $3::text[]))"
        " AND reverses_id IS NULL AND NOT EXISTS ("
        "  SELECT 1 FROM charges r WHERE r.lane = c.lane AND r.account_id = c.account_id AND r.reverses_id = c.id)"
        " ORDER BY id",
        lane,
        [account_id for account_id, _ in wanted],
        [item for _, item in wanted],
    )
    return [ChargeRow(**dict(row)) for row in found]


def _keys(items: Iterable[Item]) -> set[Key]:
    return {(item.account_id, item.item) for item in items}


def _post(wallet: Wallet, item: Item, day: date, now: datetime, *, refuse_without_credit: bool) -> ChargeRow:
    if refuse_without_credit and wallet.available_micros < item.amount_micros:
        raise InsufficientCredit(item.amount_micros, wallet.available_micros, wallet.currency)
    row = ChargeRow(
        account_id=item.account_id,
        id=new_id(),
        at=item.at,
        recorded_at=now,
        day=day,
        meter=item.meter,
        category=item.meter,
        market="",
        amount_micros=item.amount_micros,
        currency=wallet.currency,
        rule=item.rule,
        plan=item.plan,
        card=item.card,
        card_version=item.card_version,
        card_effective_from=item.card_effective_from,
        position=0,
        revision=item.revision,
        item=item.item,
        flow_id=item.flow_id,
        quantity=item.quantity,
    )
    if item.amount_micros > 0:
        key = f"charge:{item.item}:{item.revision}"
        source = Source("charge", key, "charge", row.id, item.at, None, item.amount_micros)
        row.transaction_id = postings.charge(wallet, source, item.amount_micros, None, now, item.into).id
    return row


async def _paid_by(
    tx: Tx, lane: int, wallets: dict[UUID, Wallet], rows: Sequence[ChargeRow]
) -> dict[UUID, list[Movement]]:
    """Which blocks paid each of these charges, with those blocks loaded."""
    moved = await ledger.movements_of(tx, lane, [row.transaction_id for row in rows if row.transaction_id])
    paid_by = {row.id: moved.get(row.transaction_id, []) if row.transaction_id else [] for row in rows}
    await ledger.load_blocks(tx, lane, wallets, [(row.account_id, m) for row in rows for m in paid_by[row.id]])
    await ledger.load_repaid(tx, lane, {row.account_id: wallets[row.account_id] for row in rows})
    return paid_by


def _take_back(wallet: Wallet, row: ChargeRow, paid_by: Sequence[Movement], into: str, now: datetime) -> ChargeRow:
    contrary = msgspec.structs.replace(
        row,
        id=new_id(),
        recorded_at=now,
        amount_micros=-row.amount_micros,
        rule=explain.reversal(row.rule),
        transaction_id=None,
        reverses_id=row.id,
    )
    if row.amount_micros > 0:
        source = Source("reversal", f"reversal:{row.id}", "charge", contrary.id, row.at, row.transaction_id)
        contrary.transaction_id = postings.reverse(wallet, source, row.amount_micros, paid_by, now, into).id
    return contrary


async def _write(tx: Tx, lane: int, wallets: dict[UUID, Wallet], rows: Sequence[ChargeRow]) -> None:
    charge_rows.number(wallets, rows)
    await ledger.save(tx, lane, wallets.values())
    if rows:
        await charge_rows.insert(tx, lane, rows)
        ids = [row.id for row in rows]
        for account_id, charge in await queries.charges_by_id(tx, lane, list(wallets), ids):
            tx.emit(account_id, ChargeEvent(charge))
