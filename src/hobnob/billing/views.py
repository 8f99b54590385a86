"""The wallet as people see it: from the locked or read `Wallet` and the last days' spend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from hobnob.platform.database import Tx
from hobnob.team.types import Account

from . import ledger, queries
from .book import HOLDS, WALLET_PAID, WALLET_PROMO, Wallet
from .postings import expire_due
from .rating import zone_of
from .types import SpendDay, WalletBlock, WalletEvent
from .types import Wallet as WalletView

RUNWAY_DAYS = 7
BLOCKS_SHOWN_MAX_COUNT = 100


async def wallet_views(
    tx: Tx, lane: int, accounts: Mapping[UUID, Account], nows: Mapping[UUID, datetime]
) -> dict[UUID, WalletView]:
    """The wallets of these accounts, each at its own time."""
    wallets = await ledger.read(tx, lane, accounts)
    return await views_of(tx, lane, wallets, accounts, nows)


async def views_of(
    tx: Tx,
    lane: int,
    wallets: Mapping[UUID, Wallet],
    accounts: Mapping[UUID, Account],
    nows: Mapping[UUID, datetime],
) -> dict[UUID, WalletView]:
    """Views of wallets at hand. One statement for all of them."""
    if not wallets:
        return {}
    today = {key: nows[key].astimezone(zone_of(accounts[key].time_zone)).date() for key in wallets}
    since = min(today.values()) - timedelta(days=RUNWAY_DAYS - 1)
    spend = await queries.spend_by_day(tx, lane, wallets, since)
    return {key: view(wallet, spend.get(key, {}), today[key], nows[key]) for key, wallet in wallets.items()}


async def emit_wallets(
    tx: Tx,
    lane: int,
    wallets: Mapping[UUID, Wallet],
    accounts: Mapping[UUID, Account],
    nows: Mapping[UUID, datetime],
) -> None:
    """Tell the browsers of these accounts what their wallets hold."""
    for account_id, shown in (await views_of(tx, lane, wallets, accounts, nows)).items():
        tx.emit(account_id, WalletEvent(shown))


def view(wallet: Wallet, spend: Mapping[date, SpendDay], today: date, now: datetime) -> WalletView:
    """What the wallet shows at ``now``. Credit that has expired by then is not shown, whether or not it was booked out."""
    expire_due(wallet, now)
    blocks = wallet.spendable_blocks()
    return WalletView(
        currency=wallet.currency,
        available_micros=wallet.available_micros,
        held_micros=wallet.balance(HOLDS),
        paid_micros=wallet.balance(WALLET_PAID),
        promo_micros=wallet.balance(WALLET_PROMO),
        low_balance_micros=wallet.low_balance_micros,
        version=wallet.version,
        as_of=now,
        runway_days=runway_days(wallet.available_micros, spend, today, wallet.opened_at, now),
        spent_today_micros=spend[today].total_micros if today in spend else 0,
        blocks=[
            WalletBlock(b.id, b.kind, b.amount_micros, b.remaining_micros, b.expires_at, b.created_at)
            for b in blocks[:BLOCKS_SHOWN_MAX_COUNT]
        ],
    )


def runway_days(
    available_micros: int, spend: Mapping[date, SpendDay], today: date, opened_at: datetime, now: datetime
) -> int | None:
    """How many days the credit lasts at the pace of the last seven days (fewer while the wallet is younger). None when
    nothing was spent."""
    recent = [spend[day].total_micros for n in range(RUNWAY_DAYS) if (day := today - timedelta(days=n)) in spend]
    total = sum(recent)
    if total <= 0:
        return None
    days = min(RUNWAY_DAYS, max(1, (now - opened_at) // timedelta(days=1) + 1))
    return max(0, available_micros) * days // total
