"""Whatever arrives when, every charge is on exactly one invoice; and history rated again is what the invoice says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hobnob.billing import actions
from hobnob.billing.invoices.rules import month_after
from hobnob.billing.invoices.types import Invoice, WhatIf
from hobnob.billing.invoices.what_if import what_if
from hobnob.conversations import actions as conversations
from hobnob.conversations.types import Delivery, Kind, Referral
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.books import USD, assert_proven, open_account
from tests.billing.invoices.shop import (
    GST,
    OCTOBER,
    SELLER,
    at,
    charge_fee,
    issue_month,
    issued,
    open_conversations,
    set_up_seller,
)

SEPTEMBER = date(2026, 9, 1)
START = datetime(2026, 8, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 9, 29, 12, tzinfo=UTC)

events = st.lists(
    st.one_of(
        st.tuples(st.just("conversation"), st.integers(0, 100)),
        st.tuples(st.just("fee"), st.integers(0, 100)),
        st.tuples(st.just("reverse"), st.integers(0, 30)),
        st.tuples(st.just("issue"), st.just(0)),
    ),
    max_size=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=events)
async def test_every_charge_is_on_exactly_one_invoice(
    settings: Settings, database: Database, happened: Sequence[tuple[str, int]]
) -> None:
    """Charges of any day, before and after the invoice of their month, and taken back before or after."""
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=USD, now=START)
    month, invoices, opened = SEPTEMBER, [], list[UUID]()
    for n, (name, number) in enumerate(happened):
        day = SEPTEMBER + timedelta(days=number)
        if name == "conversation":
            opened += await open_conversations(database, tenant, day, now=at(date(2027, 1, 1)))
        elif name == "fee":
            await charge_fee(database, tenant, day, 1_234_567, name=str(n))
        elif name == "reverse" and opened:
            pair = (tenant.account_id, opened.pop(number % len(opened)))
            async with database.lane(tenant.lane) as tx:
                await actions.settle(tx, tenant.lane, reversals=[pair], now=at(date(2027, 1, 1)))
        elif name == "issue" and month < date(2026, 12, 1):
            invoices.append(await issue_month(database, tenant, month))
            month = month_after(month)
            await assert_proven(database, tenant.lane)
    while month <= date(2027, 1, 1):
        invoices.append(await issue_month(database, tenant, month))
        month = month_after(month)
    await assert_proven(database, tenant.lane)
    async with database.account(tenant) as tx:
        charged = await tx.fetchval(
            "SELECT coalesce(sum(amount_micros), 0)::bigint FROM charges WHERE meter <> 'tax' AND account_id = $1",
            tenant.account_id,
        )
    assert sum(invoice.charged_micros for invoice in invoices if invoice) == charged


deliveries = st.lists(
    st.tuples(
        st.integers(0, 36 * 24 * 6),  # when, in steps of ten minutes
        st.integers(0, 2),  # whose chat
        st.sampled_from(["reply", "reply", "marketing", "utility", "reaction", "ad"]),
    ),
    min_size=1,
    max_size=60,
)
PHONES = ("+919876543210", "+12125550123", "+34600100200")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=deliveries)
async def test_simulate_equals_issue(
    settings: Settings, database: Database, happened: Sequence[tuple[int, int, str]]
) -> None:
    """With the plan and card that were in force, the month rated again is the invoice's conversations, line by line."""
    await set_up_seller(settings)
    await small_plan(settings)
    tenant = await open_account(database, paid_micros=USD, plan="small", time_zone="Asia/Kolkata", now=START)
    async with database.lane(tenant.lane) as tx:
        for n, (step, chat, word) in enumerate(sorted(happened)):
            moment = BEGIN + step * HOUR / 6
            if word == "ad":
                referral = Referral(tenant.account_id, own(tenant, chat), own(tenant, 1_000 + n), moment)
                await conversations.note_referrals(tx, tenant.lane, [referral], moment)
            else:
                await conversations.apply_deliveries(
                    tx, tenant.lane, [delivered(tenant, n, chat, word, moment)], moment
                )
    invoice = await issue_month(database, tenant, OCTOBER)
    async with database.account(tenant) as tx:
        again = await what_if(tx, tenant, OCTOBER)
        named = await what_if(tx, tenant, OCTOBER, plan="small")
        other = await what_if(tx, tenant, OCTOBER, plan="starter")
    assert lines_of_rating(again) == lines_of_invoice(invoice)
    assert again.lines == named.lines
    assert again.difference_micros == 0
    assert other.amount_micros == 15_000 * again.conversations
    assert other.conversations == again.conversations


def own(tenant: Tenant, n: int) -> UUID:
    """An id of this account's; larger numbers sort later."""
    return UUID(int=(tenant.account_id.int >> 16 << 16) + n)


def delivered(tenant: Tenant, n: int, chat: int, word: str, moment: datetime) -> Delivery:
    kind: Kind = "free_form" if word == "reply" else "reaction" if word == "reaction" else "template"
    return Delivery(
        account_id=tenant.account_id,
        chat_id=own(tenant, chat),
        number_id=own(tenant, 9),
        customer_id=own(tenant, chat),
        customer_phone=PHONES[chat],
        customer_user_id=None,
        # Their order is not that of sending: what was sent first counts first in the same second.
        message_id=own(tenant, 60_000 - n),
        delivered_at=moment,
        kind=kind,
        category=word if kind == "template" else None,
        sent_at=moment - HOUR + timedelta(seconds=n),
    )


def lines_of_invoice(invoice: Invoice | None) -> Counter[tuple[str, str, int | None]]:
    found: Counter[tuple[str, str, int | None]] = Counter()
    for line in invoice.lines if invoice else ():
        if not line.late:
            found[line.category, line.market, line.unit_micros] += line.quantity
    return found


def lines_of_rating(rated: WhatIf) -> Counter[tuple[str, str, int | None]]:
    return Counter({(line.category, line.market, line.unit_micros): line.quantity for line in rated.lines})


async def small_plan(settings: Settings) -> None:
    """A plan with three conversations a month included, then steps of price."""
    owner = await asyncpg.connect(settings.database_url)
    try:
        await owner.execute(
            "INSERT INTO rate_cards VALUES ('small', 'Small', 'plan') ON CONFLICT DO NOTHING;"
            "INSERT INTO rate_card_versions VALUES ('small', 1, '2023-06-01', 'conversation_per_chat') ON CONFLICT DO NOTHING;"
            "INSERT INTO rates (card, version, meter, currency, from_quantity, amount_micros) VALUES"
            " ('small', 1, 'conversation', 'USD', 0, 0), ('small', 1, 'conversation', 'USD', 3, 1990),"
            " ('small', 1, 'conversation', 'USD', 6, 990) ON CONFLICT DO NOTHING;"
            "INSERT INTO plans VALUES ('small', 'Small', 9) ON CONFLICT DO NOTHING;"
            "INSERT INTO plan_versions (plan, version, effective_from, currency, monthly_micros, card,"
            " included_conversations, extra_agent_micros, extra_call_minute_micros)"
            " VALUES ('small', 1, '2023-06-01', 'USD', 10000000, 'small', 3, 0, 0) ON CONFLICT DO NOTHING;"
            "UPDATE catalog_state SET digest = 'with a small plan'"
        )
    finally:
        await owner.close()


async def test_a_conversation_that_began_in_the_month_before_is_not_counted_again(
    settings: Settings, database: Database
) -> None:
    await set_up_seller(settings)
    tenant = await open_account(database, paid_micros=USD, time_zone="UTC", now=START)
    first = datetime(2026, 9, 30, 20, tzinfo=UTC)
    async with database.lane(tenant.lane) as tx:
        # Opened on the last evening; the reply of the next morning joins it, the one a day later opens its own.
        for n, moment in enumerate((first, first + 13 * HOUR, first + 25 * HOUR)):
            await conversations.apply_deliveries(tx, tenant.lane, [delivered(tenant, n, 0, "reply", moment)], moment)
    invoice = await issued(database, tenant, OCTOBER)
    async with database.account(tenant) as tx:
        again = await what_if(tx, tenant, OCTOBER)
    assert again.conversations == 1
    # September's own conversation came before the first invoice: it is on it as late.
    assert [(line.late, line.quantity) for line in invoice.lines] == [(False, 1), (True, 1)]
