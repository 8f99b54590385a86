"""Markets, cards and plans by date; prices and their sentences."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hobnob.billing import catalog, explain
from hobnob.billing.errors import CatalogConflict
from hobnob.billing.rating import Occasion, price_conversation
from hobnob.kernel.clock import ManualClock
from hobnob.platform.database import Database, owner_transaction
from hobnob.platform.settings import Settings

SHIPPED = catalog.shipped_catalog()
AT = datetime(2026, 11, 23, 8, 32, tzinfo=UTC)
DAY = timedelta(days=1)


def occasion(**changes: Any) -> Occasion:
    values: dict[str, Any] = {
        "plan": "starter",
        "currency": "USD",
        "time_zone": "Asia/Kolkata",
        "category": "service",
        "opener": "free_form",
        "at": AT,
        "expires_at": AT + DAY,
        "customer_phone": "+919876543210",
        "customer_user_id": None,
    }
    return Occasion(**{**values, **changes})


@pytest.mark.parametrize(
    ("phone", "user_id", "on", "market"),
    [
        ("+919876543210", None, "2026-11-23", "India"),
        ("+14155550100", None, "2026-11-23", "North America"),
        ("+16045550100", None, "2026-11-23", "North America"),
        ("+18095550100", None, "2026-11-23", "Rest of Latin America"),
        ("+17875550100", None, "2026-11-23", "Rest of Latin America"),
        ("+12425550100", None, "2026-11-23", "Other"),
        ("+79161234567", None, "2026-11-23", "Russia"),
        ("+77012345678", None, "2026-09-30", "Other"),
        ("+77012345678", None, "2026-10-01", "Kazakhstan"),
        ("+85251234567", None, "2026-06-30", "Rest of Asia Pacific"),
        ("+85251234567", None, "2026-07-01", "Hong Kong"),
        ("+212612345678", None, "2026-09-30", "Rest of Africa"),
        ("+212612345678", None, "2026-10-01", "Morocco"),
        ("+263712345678", None, "2025-09-30", "Other"),
        ("+263712345678", None, "2025-10-01", "Rest of Africa"),
        ("+821012345678", None, "2026-11-23", "Other"),
        ("+41791234567", None, "2026-11-23", "Rest of Western Europe"),
        (None, "US.13491208655302741918", "2026-11-23", "North America"),
        (None, "DO.13491208655302741918", "2026-11-23", "Rest of Latin America"),
        (None, "KZ.13491208655302741918", "2026-11-23", "Kazakhstan"),
        (None, "IN.1", "2026-11-23", "India"),
        (None, "XX.1", "2026-11-23", "Other"),
        (None, None, "2026-11-23", "Other"),
    ],
)
def test_markets(phone: str | None, user_id: str | None, on: str, market: str) -> None:
    assert SHIPPED.market_of(phone, user_id, date.fromisoformat(on)) == market


@pytest.mark.parametrize(
    ("plan", "quantity", "amount"),
    [
        ("starter", 0, 15_000),
        ("starter", 1_000_000, 15_000),
        ("Starter", 0, 15_000),
        ("plus", 4_999, 0),
        ("plus", 5_000, 1_990),
        ("elite", 99_999, 0),
        ("elite", 100_000, 990),
        ("max", 5_000_000, 490),
    ],
)
def test_prices(plan: str, quantity: int, amount: int) -> None:
    price = price_conversation(SHIPPED, occasion(plan=plan, quantity=quantity))
    assert (price.amount_micros, price.currency, price.version) == (amount, "USD", 2)


@pytest.mark.parametrize(
    ("plan", "conversations", "total"),
    [("starter", 1_000, "15.00"), ("plus", 6_000, "1.99"), ("plus", 5_000, "0.00"), ("elite", 100_500, "0.495")],
)
def test_totals_of_a_month(plan: str, conversations: int, total: str) -> None:
    from hobnob.kernel.money import decimal_text

    amounts = (
        price_conversation(SHIPPED, occasion(plan=plan, quantity=n)).amount_micros
        for n in range(max(0, conversations - 1_000), conversations)
    )
    assert decimal_text(sum(amounts)) == total


def test_the_card_is_the_one_in_force_in_the_accounts_own_day() -> None:
    switch = datetime(2026, 9, 30, 18, 30, tzinfo=UTC)  # midnight in Kolkata
    before = price_conversation(SHIPPED, occasion(at=switch - timedelta(seconds=1)))
    after = price_conversation(SHIPPED, occasion(at=switch))
    there = price_conversation(SHIPPED, occasion(at=switch, time_zone="UTC"))
    assert (before.version, after.version, there.version) == (1, 2, 1)
    assert (after.card, after.effective_from) == ("starter", date(2026, 10, 1))


def test_without_a_card_nothing_is_charged_and_the_rule_says_so() -> None:
    for changes in ({"at": datetime(2020, 1, 1, tzinfo=UTC)}, {"plan": "gold"}, {"currency": "INR"}):
        price = price_conversation(SHIPPED, occasion(**changes))
        assert (price.card, price.amount_micros) == (None, 0)
        assert "not charged, because no rate card" in price.rule


def test_rules_in_words() -> None:
    assert price_conversation(SHIPPED, occasion()).rule == (
        "Service conversation with a customer in India, opened by your reply delivered 23 Nov, 14:02: 0.015 USD,"
        " Starter plan, card of 1 Oct 2026. Everything until 24 Nov, 14:02 is included."
    )
    ad = occasion(
        category="referral_conversion", plan="plus", quantity=311, customer_phone=None, customer_user_id="US.1"
    )
    assert price_conversation(SHIPPED, ad).rule == (
        "Free-entry-point conversation with a customer in the United States, opened by your reply delivered 23 Nov, 14:02:"
        " one of the 5,000 included this month, Plus plan, card of 1 Oct 2026."
        " Everything until 24 Nov, 14:02 is included."
    )


@pytest.mark.parametrize(
    ("phone", "place"),
    [
        ("+14155550100", "in the United States"),
        ("+442071234567", "in the United Kingdom"),
        ("+77012345678", "in Kazakhstan"),
        ("+88213300000", "of unknown country"),
        ("+999", "of unknown country"),
        (None, "of unknown country"),
    ],
)
def test_places(phone: str | None, place: str) -> None:
    assert explain.place(phone, None) == place


async def test_the_tables_hold_what_is_shipped_and_refuse_to_change_the_past(
    settings: Settings, database: Database
) -> None:
    async with owner_transaction(settings) as tx:
        await tx.execute(
            "TRUNCATE markets, rate_cards, rate_card_versions, rates, plans, plan_versions, plan_addons, catalog_state"
        )
    async with database.unscoped() as tx:
        assert (await catalog.current(tx)).digest == "shipped"
    async with owner_transaction(settings) as tx:
        clock = ManualClock(AT)
        assert await catalog.load(tx, catalog.shipped(), clock.now()) > 200
        assert await catalog.load(tx, catalog.shipped(), clock.now()) == 0
    async with database.unscoped() as tx:
        loaded = await catalog.current(tx)
        assert (loaded.markets, loaded.cards, loaded.plans) == (SHIPPED.markets, SHIPPED.cards, SHIPPED.plans)
        assert await catalog.current(tx) is loaded
    tables = catalog.shipped()
    rates = next(table for table in tables if table.name == "rates")
    rates.rows[0] = (*rates.rows[0][:-2], 16_000, "")
    with pytest.raises(CatalogConflict, match="rates starter, 1"):
        async with owner_transaction(settings) as tx:
            await catalog.load(tx, tables, AT)


async def test_a_later_version_is_data_and_reaches_running_processes(settings: Settings, database: Database) -> None:
    async with owner_transaction(settings) as tx:
        await catalog.load(tx, catalog.shipped(), AT)
    async with database.unscoped() as tx:
        await catalog.current(tx)
    later = [
        catalog.Table(
            "rate_card_versions",
            ("card", "version", "effective_from", "rule_set", "source"),
            ("text", "integer", "date", "text", "text"),
            2,
            [("starter", 3, date(2027, 1, 1), "conversation_per_chat", "a test")],
        ),
        catalog.Table(
            "rates",
            ("card", "version", "meter", "market", "category", "currency", "from_quantity", "amount_micros"),
            ("text", "integer", "text", "text", "text", "text", "bigint", "bigint"),
            7,
            [
                ("starter", 3, "conversation", "*", "*", "USD", 0, 16_000),
                ("starter", 3, "conversation", "India", "*", "USD", 0, 9_000),
                ("starter", 3, "conversation", "India", "marketing", "USD", 0, 12_000),
                ("starter", 3, "conversation", "*", "authentication", "USD", 0, 1),
            ],
        ),
    ]
    async with owner_transaction(settings) as tx:
        assert await catalog.load(tx, later, AT) == 5
    async with database.unscoped() as tx:
        loaded = await catalog.current(tx)
    new_year = datetime(2027, 1, 1, 12, tzinfo=UTC)

    def amount(category: str, phone: str, at: datetime = new_year) -> int:
        return price_conversation(loaded, occasion(at=at, category=category, customer_phone=phone)).amount_micros

    assert amount("service", "+919876543210") == 9_000
    assert amount("marketing", "+919876543210") == 12_000
    assert amount("service", "+34612345678") == 16_000
    assert amount("authentication", "+34612345678") == 1
    assert amount("authentication", "+919876543210") == 9_000
    assert amount("service", "+919876543210", AT) == 15_000
