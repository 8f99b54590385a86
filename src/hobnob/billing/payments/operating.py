"""What operators do to an account's money from the command line. The account is named by its id or its owner's e-mail."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from hobnob.billing import wallet
from hobnob.billing.period import start_of
from hobnob.billing.types import Wallet
from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import NotFound
from hobnob.kernel.ids import Tenant
from hobnob.kernel.money import Money, micros_from_text
from hobnob.platform.database import Database
from hobnob.team import actions as team


class Gift(NamedTuple):
    """Promotional credit to be given. ``amount`` is a decimal number in the account's currency, ``last_day`` the last one (of
    its time zone) on which it can be spent."""

    amount: str
    reason: str
    key: str
    last_day: date | None
    priority: int


async def find_account(database: Database, named: str) -> Tenant:
    """By id or by an agent's e-mail. Raises NotFound."""
    async with database.unscoped() as tx:
        row = await tx.fetchrow(
            "SELECT account_id, lane FROM sign_ins WHERE email = lower($1) OR account_id::text = lower($1) LIMIT 1",
            named,
        )
    if row is None:
        raise NotFound(f"No account has the id or an agent with the e-mail {named}.")
    return Tenant(row["account_id"], row["lane"])


async def give(database: Database, clock: Clock, named: str, gift: Gift) -> Wallet:
    """Give it; the same key again gives nothing more. Raises NotFound, LedgerConflict, and ValueError for an amount that is
    none."""
    tenant = await find_account(database, named)
    async with database.account(tenant) as tx:
        account = await team.account_of(tx, tenant)
        now: datetime = clock.now(account.clock_ahead_s)
        until = start_of(gift.last_day + timedelta(days=1), account.time_zone) if gift.last_day else None
        amount = Money(micros_from_text(gift.amount), account.currency)
        await wallet.grant(tx, tenant, amount, gift.reason, gift.key, now, expires_at=until, priority=gift.priority)
        return await wallet.wallet(tx, tenant, now)
