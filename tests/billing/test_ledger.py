"""The book in the database: append-only, never overdrawn under a race, provably right and provably wrong."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from hobnob.billing import actions
from hobnob.billing.book import request_hash
from hobnob.billing.errors import InsufficientCredit, LedgerConflict
from hobnob.billing.jobs import HoldsJob
from hobnob.kernel.clock import ManualClock
from hobnob.kernel.errors import InvalidInput, NotFound
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import Money
from hobnob.platform.database import ROLE_WEB, ROLE_WORK, Database
from hobnob.platform.settings import Settings
from hobnob.platform.work import LaneScope
from tests.billing.books import NOW, USD, assert_proven, balances, open_account

PRICE = 15_000
DAY = timedelta(days=1)
APPEND_ONLY = ("ledger_transactions", "ledger_transfers", "block_movements", "charges")


async def test_fifty_sends_at_once_cannot_overspend(settings: Settings) -> None:
    database = await Database.open(msgspec.structs.replace(settings, database_pool_max_count=50))
    try:
        tenant = await open_account(database, paid_micros=17 * PRICE + 1, promo_micros=2 * PRICE)
        start = asyncio.Event()

        async def send() -> bool:
            await start.wait()
            async with database.account(tenant) as tx:
                try:
                    await actions.place_hold(tx, tenant, new_id(), PRICE, NOW + DAY, NOW)
                except InsufficientCredit as error:
                    return not (error.code == "insufficient_credit" and error.extra["available_micros"] < PRICE)
            return True

        sends = [asyncio.create_task(send()) for _ in range(50)]
        start.set()
        assert sum(await asyncio.gather(*sends)) == 19
        assert await balances(database, tenant) == {
            "wallet.paid": 1,
            "holds": 19 * PRICE,
            "cash.test": -(17 * PRICE + 1),
            "promo_expense": -2 * PRICE,
        }
        await assert_proven(database, tenant.lane)
    finally:
        await database.close()


async def test_one_top_up_sent_twenty_times_at_once_is_one(settings: Settings) -> None:
    database = await Database.open(msgspec.structs.replace(settings, database_pool_max_count=20))
    try:
        tenant = await open_account(database)

        async def pay() -> object:
            async with database.account(tenant) as tx:
                return await actions.top_up(tx, tenant, Money(USD, "USD"), "test", "click", NOW)

        payments = await asyncio.gather(*(pay() for _ in range(20)))
        assert len(set(payments)) == 1
        assert (await balances(database, tenant))["wallet.paid"] == USD
    finally:
        await database.close()


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("role", [ROLE_WEB, ROLE_WORK])
async def test_the_application_can_only_add(database: Database, table: str, role: str) -> None:
    column = "n" if table == "block_movements" else "currency"
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.unscoped(role) as tx:
                await tx.execute(statement)


async def test_the_database_refuses_what_does_not_balance(database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD)
    write = (
        "INSERT INTO ledger_transfers (lane, account_id, transaction_id, n, currency, debit, credit, amount_micros)"
        " VALUES ($1, $2, $3, 0, 'USD', 'wallet.paid', $4, $5)"
    )
    for credit, amount in (("wallet.paid", 1), ("holds", 0), ("holds", -1)):
        with pytest.raises(asyncpg.CheckViolationError):
            async with database.account(tenant) as tx:
                await tx.execute(write, tenant.lane, tenant.account_id, new_id(), credit, amount)
    overdraw = (
        "UPDATE ledger_accounts SET balance_micros = -1 WHERE lane = $1 AND account_id = $2 AND code = 'wallet.paid'"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="never_overdrawn"):
        async with database.account(tenant) as tx:
            await tx.execute(overdraw, tenant.lane, tenant.account_id)


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("UPDATE ledger_accounts SET balance_micros = balance_micros + 1 WHERE code = 'wallet.paid'", "cached balance"),
        ("UPDATE ledger_transfers SET amount_micros = amount_micros + 1", "cached balance"),
        ("UPDATE ledger_transfers SET amount_micros = amount_micros + 1", "was changed"),
        ("UPDATE credit_blocks SET remaining_micros = remaining_micros - 1", "blocks have left"),
        ("UPDATE block_movements SET amount_micros = amount_micros - 1", "movements do not add up"),
        ("UPDATE holds SET amount_micros = amount_micros + 1", "active holds"),
        ("UPDATE ledger_transactions SET recorded_at = recorded_at + interval '1 second'", "was changed"),
        ("DELETE FROM ledger_transactions WHERE seq = 2", "chain breaks"),
        ("UPDATE wallets SET hash = sha256('forged')", "chain ends"),
        ("UPDATE ledger_transactions SET source_id = NULL WHERE seq = 2", "transaction 2 was changed"),
    ],
)
async def test_the_proof_finds_every_fault(database: Database, settings: Settings, fault: str, finding: str) -> None:
    tenant = await open_account(database, paid_micros=USD, promo_micros=USD)
    async with database.account(tenant) as tx:
        await actions.place_hold(tx, tenant, new_id(), PRICE, NOW + DAY, NOW)
    await assert_proven(database, tenant.lane)
    owner = await asyncpg.connect(settings.database_url)
    await owner.execute(fault)
    await owner.close()
    async with database.lane(tenant.lane) as tx:
        found = await actions.prove_lane(tx, tenant.lane)
    assert any(finding in found.problem for found in found), found
    assert {item.account_id for item in found} == {tenant.account_id}


async def test_the_proof_goes_through_all_lanes(database: Database) -> None:
    tenants = [await open_account(database, paid_micros=USD) for _ in range(3)]
    proven = {lane: findings async for lane, findings in actions.prove(database)}
    assert len(proven) == 256 and {tenant.lane for tenant in tenants} <= proven.keys()
    assert not any(proven.values())


async def test_a_key_stands_for_one_wish(database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD)
    hold = new_id()
    async with database.account(tenant) as tx:
        await actions.place_hold(tx, tenant, hold, PRICE, NOW + DAY, NOW)
        await actions.place_hold(tx, tenant, hold, PRICE, NOW + 2 * DAY, NOW)
        with pytest.raises(LedgerConflict):
            await actions.place_hold(tx, tenant, hold, PRICE + 1, NOW + DAY, NOW)
        with pytest.raises(LedgerConflict):
            await actions.top_up(tx, tenant, Money(USD + 1, "USD"), "test", "first", NOW)
        assert (await actions.wallet(tx, tenant, NOW)).held_micros == PRICE
    assert request_hash("hold", 1) != request_hash("hold", 2) != request_hash("top_up", 2)


async def test_wrong_wishes_are_refused(database: Database) -> None:
    tenant = await open_account(database)
    async with database.account(tenant) as tx:
        await actions.place_hold(tx, tenant, new_id(), 0, NOW + DAY, NOW)
        with pytest.raises(InvalidInput, match="in USD, not in INR"):
            await actions.top_up(tx, tenant, Money(USD, "INR"), "test", "a", NOW)
        with pytest.raises(InvalidInput):
            await actions.top_up(tx, tenant, Money(0, "USD"), "test", "b", NOW)
        with pytest.raises(InsufficientCredit, match=r"costs 0\.015 USD, and 0\.00 USD is available"):
            await actions.place_hold(tx, tenant, new_id(), PRICE, NOW + DAY, NOW)
    stranger = Tenant(new_id(), 3)
    async with database.account(stranger) as tx:
        with pytest.raises(NotFound):
            await actions.place_hold(tx, stranger, new_id(), PRICE, NOW + DAY, NOW)


async def test_holds_and_credit_end_by_the_accounts_own_clock(database: Database) -> None:
    here = await open_account(database, paid_micros=USD, lane=9)
    ahead = await open_account(database, paid_micros=USD, lane=9, clock_ahead_s=3 * 86_400)
    for tenant in (here, ahead):
        async with database.account(tenant) as tx:
            await actions.place_hold(tx, tenant, new_id(), PRICE, NOW + 2 * DAY, NOW)
            gift = Money(70_000, "USD")
            await actions.grant(tx, tenant, gift, "gift", "gift", NOW, expires_at=NOW + 2 * DAY)
    clock = ManualClock(NOW)
    await _run_holds(database, clock)
    assert "holds" in await balances(database, here)
    assert await balances(database, ahead) == {"wallet.paid": USD, "cash.test": -USD}
    clock.advance(2 * DAY)
    await _run_holds(database, clock)
    assert await balances(database, here) == {"wallet.paid": USD, "cash.test": -USD}
    await assert_proven(database, 9)


async def test_an_account_whose_ledger_refuses_holds_up_no_other(database: Database, postgres_url: str) -> None:
    first, sick, last = [await open_account(database, paid_micros=USD, lane=9) for _ in range(3)]
    for tenant in (first, sick, last):
        async with database.account(tenant) as tx:
            await actions.place_hold(tx, tenant, new_id(), PRICE, NOW + DAY, NOW)
            await actions.grant(tx, tenant, Money(70_000, "USD"), "gift", "gift", NOW, expires_at=NOW + DAY)
    owner = await asyncpg.connect(postgres_url)
    await owner.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF NEW.account_id = '{sick.account_id}' THEN RAISE 'no'; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON ledger_transactions FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    await owner.close()
    job = HoldsJob(ManualClock(NOW + 2 * DAY))
    await _lease_of_nine(database)
    assert await job.run(LaneScope(database, 9, "test")) is True
    for tenant in (first, last):
        assert await balances(database, tenant) == {"wallet.paid": USD, "cash.test": -USD}
    assert "holds" in await balances(database, sick)
    assert await job.run(LaneScope(database, 9, "test")) is False, "the refused one waits, the lane is done"
    await assert_proven(database, 9)


async def test_lanes_with_something_to_end_are_found(database: Database) -> None:
    long_ago = NOW - timedelta(days=3_650)
    due = await open_account(database, paid_micros=USD, lane=11, now=long_ago)
    later = await open_account(database, paid_micros=USD, lane=12, now=long_ago)
    ahead = await open_account(database, paid_micros=USD, lane=13, now=long_ago, clock_ahead_s=20_000 * 86_400)
    for tenant, days in ((due, 1), (later, 20_000), (ahead, 15_000)):
        async with database.account(tenant) as tx:
            await actions.place_hold(tx, tenant, new_id(), PRICE, long_ago + days * DAY, long_ago)
    async with database.unscoped(ROLE_WORK) as tx:
        assert {row["lane"] for row in await tx.fetch("SELECT lane FROM due_lanes_holds() AS lane")} == {11, 13}


async def test_what_browsers_are_told_is_what_they_would_fetch(database: Database) -> None:
    tenant = await open_account(database)
    async with database.account(tenant) as tx:
        await actions.top_up(tx, tenant, Money(USD, "USD"), "test", "x", NOW)
        await actions.place_hold(tx, tenant, new_id(), PRICE, NOW + DAY, NOW)
        told = [msgspec.json.decode(event) for _, event in tx._events]
        fetched = msgspec.json.decode(msgspec.json.encode(await actions.wallet(tx, tenant, NOW)))
    assert [event["type"] for event in told] == ["wallet", "wallet"]
    assert told[-1]["wallet"] == fetched
    assert told[0]["wallet"]["version"] < told[1]["wallet"]["version"]


async def _run_holds(database: Database, clock: ManualClock) -> None:
    await _lease_of_nine(database)
    assert await HoldsJob(clock).run(LaneScope(database, 9, "test")) is False


async def _lease_of_nine(database: Database) -> None:
    async with database.unscoped(ROLE_WORK) as tx:
        await tx.execute(
            "INSERT INTO lane_leases (lane, worker, expires_at) VALUES (9, 'test', now() + interval '1 hour')"
            " ON CONFLICT DO NOTHING"
        )
