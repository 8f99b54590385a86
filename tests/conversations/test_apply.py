"""Deliveries through the database: conversations, charges, holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hobnob.billing import actions as billing
from hobnob.conversations import actions
from hobnob.conversations.types import Delivery, Kind, Referral
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Database, owner_transaction
from hobnob.platform.settings import Settings
from tests.billing.books import NOW, USD, assert_proven, balances, net_charges, open_account

HOUR = timedelta(hours=1)
PRICE = 15_000


def delivery(
    tenant: Tenant, chat: UUID, at: datetime, kind: Kind = "free_form", category: str | None = None, **changes: Any
) -> Delivery:
    values: dict[str, Any] = {
        "account_id": tenant.account_id,
        "chat_id": chat,
        "number_id": chat,
        "customer_id": chat,
        "customer_phone": "+919876543210",
        "customer_user_id": None,
        "message_id": new_id(),
        "delivered_at": at,
        "kind": kind,
        "category": category,
    }
    return Delivery(**{**values, **changes})


async def test_a_delivery_opens_a_conversation_and_consumes_its_hold(database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD, promo_micros=10_000)
    chat = new_id()
    first = delivery(tenant, chat, NOW)
    async with database.account(tenant) as tx:
        price = await billing.price_of_conversation(tx, tenant, "service", "+919876543210", None, NOW)
        assert price.amount_micros == PRICE
        await billing.place_hold(tx, tenant, first.message_id, price.amount_micros, NOW + 24 * HOUR, NOW)
        wallet = await billing.wallet(tx, tenant, NOW)
        assert (wallet.available_micros, wallet.held_micros, wallet.promo_micros) == (USD - 5_000, PRICE, 0)
    second = delivery(tenant, chat, NOW + HOUR, "template", "marketing")
    async with database.lane(tenant.lane) as tx:
        applied = await actions.apply_deliveries(tx, tenant.lane, [first, second], NOW)
        assert applied.chats == {(tenant.account_id, chat)}
        assert applied.messages == {(tenant.account_id, first.message_id), (tenant.account_id, second.message_id)}
        again = await actions.apply_deliveries(tx, tenant.lane, [second, first], NOW)
        assert not again.chats and not again.messages
    async with database.account(tenant) as tx:
        conversation = await actions.conversation_at(tx, tenant, chat, NOW + 2 * HOUR)
        assert conversation is not None
        assert (conversation.id, conversation.category, conversation.amount_micros) == (
            first.message_id,
            "service",
            PRICE,
        )
        assert conversation.rule == (
            "Service conversation with a customer in India, opened by your reply delivered 23 Nov, 14:30: 0.015 USD,"
            " Starter plan, card of 1 Oct 2026. Everything until 24 Nov, 14:30 is included."
        )
        assert await actions.conversation_at(tx, tenant, chat, NOW + 24 * HOUR) is None
        views = await actions.views_of_messages(tx, tenant.lane, [first.message_id, second.message_id])
        assert views[first.message_id].charge is not None and views[second.message_id].charge is None
        assert views[second.message_id].conversation_id == first.message_id
        wallet = await billing.wallet(tx, tenant, NOW)
        assert (wallet.available_micros, wallet.held_micros, wallet.spent_today_micros) == (USD - 5_000, 0, PRICE)
        assert wallet.runway_days == (USD - 5_000) // PRICE
    assert await balances(database, tenant) == {
        "wallet.paid": USD - 5_000,
        "cash.test": -USD,
        "promo_expense": -10_000,
        "revenue.usage": PRICE,
    }
    await assert_proven(database, tenant.lane)


async def test_an_earlier_delivery_told_later_moves_the_conversation(database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD)
    chat = new_id()
    late, early = delivery(tenant, chat, NOW), delivery(tenant, chat, NOW - HOUR, "template", "UTILITY")
    after = delivery(tenant, chat, NOW + 23 * HOUR + HOUR / 2)
    async with database.lane(tenant.lane) as tx:
        await actions.apply_deliveries(tx, tenant.lane, [late, after], NOW)
    assert [row[0] for row in await net_charges(database, tenant)] == [late.message_id]
    async with database.lane(tenant.lane) as tx:
        applied = await actions.apply_deliveries(tx, tenant.lane, [early], NOW)
    assert {message_id for _, message_id in applied.messages} == {late.message_id, after.message_id, early.message_id}
    assert await net_charges(database, tenant) == [
        (early.message_id, early.delivered_at, "utility", PRICE),
        (after.message_id, after.delivered_at, "service", PRICE),
    ]
    await assert_proven(database, tenant.lane)


async def test_a_delivery_that_moves_earlier_is_charged_anew(database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD)
    chat = new_id()
    read_seen = delivery(tenant, chat, NOW)
    earlier = delivery(tenant, chat, NOW - HOUR, message_id=read_seen.message_id)
    async with database.lane(tenant.lane) as tx:
        await actions.apply_deliveries(tx, tenant.lane, [read_seen], NOW)
        await actions.apply_deliveries(tx, tenant.lane, [earlier], NOW)
        await actions.apply_deliveries(tx, tenant.lane, [read_seen], NOW)
    assert await net_charges(database, tenant) == [(read_seen.message_id, NOW - HOUR, "service", PRICE)]
    await assert_proven(database, tenant.lane)


async def test_of_two_delivered_in_one_second_the_one_sent_first_opens(database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD)
    chat = new_id()
    low, high = sorted([new_id(), new_id()])
    first = delivery(tenant, chat, NOW, message_id=high, sent_at=NOW - 2 * HOUR)
    second = delivery(tenant, chat, NOW, message_id=low, sent_at=NOW - HOUR)
    async with database.lane(tenant.lane) as tx:
        await actions.apply_deliveries(tx, tenant.lane, [first], NOW)
        applied = await actions.apply_deliveries(tx, tenant.lane, [second], NOW)
        assert {message_id for _, message_id in applied.messages} == {second.message_id}
        assert await tx.fetchval("SELECT count(*) FROM charges WHERE lane = $1", tenant.lane) == 1
    assert await net_charges(database, tenant) == [(first.message_id, NOW, "service", PRICE)]


async def test_a_referral_told_later_changes_the_category(database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD)
    chat = new_id()
    reply = delivery(tenant, chat, NOW)
    async with database.lane(tenant.lane) as tx:
        await actions.apply_deliveries(tx, tenant.lane, [reply], NOW)
        referral = Referral(tenant.account_id, chat, new_id(), NOW - 24 * HOUR)
        assert not (await actions.note_referrals(tx, tenant.lane, [referral], NOW)).messages
        referral = Referral(tenant.account_id, chat, new_id(), NOW - 23 * HOUR)
        assert (await actions.note_referrals(tx, tenant.lane, [referral, referral], NOW)).messages
    assert await net_charges(database, tenant) == [(reply.message_id, NOW, "referral_conversion", PRICE)]
    await assert_proven(database, tenant.lane)


async def test_without_credit_the_conversation_goes_on_as_a_debt_that_a_top_up_repays(database: Database) -> None:
    from hobnob.kernel.money import Money

    tenant = await open_account(database, promo_micros=10_000)
    chat = new_id()
    reply = delivery(tenant, chat, NOW)
    async with database.lane(tenant.lane) as tx:
        await actions.apply_deliveries(tx, tenant.lane, [reply], NOW)
    async with database.account(tenant) as tx:
        assert (await billing.wallet(tx, tenant, NOW)).available_micros == -5_000
        await billing.top_up(tx, tenant, Money(USD, "USD"), "test", "again", NOW)
        assert (await billing.wallet(tx, tenant, NOW)).available_micros == USD - 5_000
    await assert_proven(database, tenant.lane)
    early = delivery(tenant, chat, NOW - HOUR)
    async with database.lane(tenant.lane) as tx:
        await actions.apply_deliveries(tx, tenant.lane, [early], NOW)
    await assert_proven(database, tenant.lane)
    assert (await balances(database, tenant))["revenue.usage"] == PRICE


async def test_merged_chats_make_one_chain(database: Database) -> None:
    tenant = await open_account(database, paid_micros=USD)
    one, other = new_id(), new_id()
    a, b = delivery(tenant, one, NOW), delivery(tenant, other, NOW + HOUR)
    async with database.lane(tenant.lane) as tx:
        await actions.apply_deliveries(tx, tenant.lane, [a, b], NOW)
        applied = await actions.merge_chats(tx, tenant.lane, tenant.account_id, one, other, NOW)
    assert applied.chats == {(tenant.account_id, other)}
    assert await net_charges(database, tenant) == [(a.message_id, NOW, "service", PRICE)]
    await assert_proven(database, tenant.lane)


async def test_a_correction_inside_the_included_ones_costs_nothing(database: Database, settings: Settings) -> None:
    tenant = await open_account(database, paid_micros=USD, plan="plus")
    await _say_used(settings, 4_999)
    first, beyond = delivery(tenant, new_id(), NOW), delivery(tenant, new_id(), NOW + HOUR)
    async with database.lane(tenant.lane) as tx:
        await actions.apply_deliveries(tx, tenant.lane, [first], NOW)
        await actions.apply_deliveries(tx, tenant.lane, [beyond], NOW)
        ad = Referral(tenant.account_id, first.chat_id, new_id(), NOW - HOUR)
        await actions.note_referrals(tx, tenant.lane, [ad], NOW)
    assert await net_charges(database, tenant) == [
        (first.message_id, NOW, "referral_conversion", 0),
        (beyond.message_id, NOW + HOUR, "service", 1_990),
    ]
    async with database.account(tenant) as tx:
        conversation = await actions.conversation_at(tx, tenant, first.chat_id, NOW)
        assert conversation is not None
        assert (conversation.amount_micros, conversation.charge_id is not None) == (0, True)
        assert "one of the 5,000 included this month, Plus plan" in conversation.rule
        assert await tx.fetchval("SELECT quantity FROM meter_months WHERE lane = $1", tenant.lane) == 5_001
    await assert_proven(database, tenant.lane)


async def _say_used(settings: Settings, quantity: int) -> None:
    async with owner_transaction(settings) as tx:
        await tx.execute(
            "INSERT INTO meter_months (lane, account_id, meter, month, quantity)"
            " SELECT lane, account_id, 'conversation', '2026-11-01', $1 FROM accounts",
            quantity,
        )
