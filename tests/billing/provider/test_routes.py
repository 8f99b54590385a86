"""WhatsApp's meter over HTTP: classes, pages, costs, and what may be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from hobnob.billing import actions as billing
from hobnob.billing.provider.jobs import ProviderJob
from hobnob.conversations import actions as conversations
from hobnob.conversations.types import Delivery
from hobnob.kernel.clock import SystemClock
from hobnob.kernel.ids import Tenant, lane_of, new_id
from hobnob.platform.database import Database
from tests.billing.books import balances
from tests.billing.provider.meter import REGULAR, rate_all
from tests.desk import Desk

NUMBER = UUID(int=7)
PHONE = "+34612345678"
TEMPLATE = {**REGULAR, "category": "marketing"}
OTHER = {**REGULAR, "category": "utility"}


async def signed_up(desk: Desk, **changes: Any) -> Tenant:
    me = await desk.sign_up(**changes)
    account_id = UUID(me["account"]["id"])
    return Tenant(account_id, lane_of(account_id))


async def delivered(
    database: Database, tenant: Tenant, *told: tuple[datetime, dict[str, Any] | None], rate: bool = True
) -> list[UUID]:
    """Marketing templates to Spain, each in a chat of its own, told with these prices; on the meter."""
    ids = [new_id() for _ in told]
    async with database.lane(tenant.lane) as tx:
        for message_id, (at, pricing) in zip(ids, told, strict=True):
            chat, customer = new_id(), new_id()
            await tx.execute(
                "INSERT INTO customers (lane, account_id, id, phone, name, first_seen_at, created_at)"
                " VALUES ($1, $2, $3, $4, 'Ana', $5, $5)",
                tenant.lane,
                tenant.account_id,
                customer,
                f"+346{customer.int % 10**8:08d}",
                at,
            )
            await tx.execute(
                "INSERT INTO messages (lane, account_id, id, chat_id, direction, type, at, content, category, queued_at,"
                " delivered_at, pricing) VALUES ($1, $2, $3, $4, 'out', 'template', $5, '{}', 'marketing', $5, $5, $6)",
                tenant.lane,
                tenant.account_id,
                message_id,
                chat,
                at,
                pricing,
            )
            delivery = Delivery(
                tenant.account_id, chat, NUMBER, customer, PHONE, None, message_id, at, "template", "marketing"
            )
            await conversations.apply_deliveries(tx, tenant.lane, [delivery], at)
        await billing.note_for_provider(tx, tenant.lane, {tenant.account_id: ids})
    if rate:
        await rate_all(database, tenant, ProviderJob(SystemClock()))
    return ids


def noon(days_ago: int) -> datetime:
    """Midday in the account's zone (that of `sign_up`), which no change of clocks comes near."""
    today = datetime.now(ZoneInfo("Europe/Madrid")).replace(hour=12, minute=0, second=0, microsecond=0)
    return (today - timedelta(days=days_ago)).astimezone(UTC)


async def test_nothing_to_explain(desk: Desk) -> None:
    await desk.sign_up()
    found = (await desk.get("/api/billing/reconciliation")).json
    assert (found["messages"], found["explained_percent"], found["days"]) == (0, None, [])
    assert found["statement"] == {
        "explained_percent": None, "fetched_at": None, "fetched_before": None, "problem": None, "days": []
    }  # fmt: skip
    assert date.fromisoformat(found["until"]) - date.fromisoformat(found["since"]) == timedelta(days=29)


async def test_classes_and_their_messages(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    ids = await delivered(
        database, tenant, (noon(2), TEMPLATE), (noon(2), OTHER), (noon(1), TEMPLATE), (noon(1), None), (noon(20), None)
    )
    found = (await desk.get("/api/billing/reconciliation")).json
    assert {one["class"]: one["messages"] for one in found["classes"]} == {
        "match": 2, "timing": 1, "missing": 1, "price_differs": 1
    }  # fmt: skip
    assert (found["messages"], found["explained_percent"], found["currency"]) == (5, 60.0, "USD")
    days = {one["day"]: one for one in found["days"]}
    assert len(days) == 3 and list(days) == sorted(days)
    assert days[noon(2).date().isoformat()] == {
        "day": noon(2).date().isoformat(), "messages": 2, "match": 1, "timing": 0, "missing": 0, "price_differs": 1
    }  # fmt: skip
    assert all(one["amount_micros"] > 0 for one in found["classes"])
    # What is not fetched yet waits, and is explained.
    assert found["statement"]["explained_percent"] is None  # the number of these deliveries is nobody's
    [one] = (await desk.get("/api/billing/reconciliation/messages")).json["items"]
    assert (one["message_id"], one["class"], one["customer"], one["differences"]) == (
        str(ids[1]), "price_differs", "Ana", ["category"]
    )  # fmt: skip
    assert (one["reckoned"]["category"], one["reckoned"]["market"], one["reckoned"]["rule"]) == (
        "marketing",
        "Spain",
        "template_message",
    )
    assert one["told"] == {
        "type": "regular", "category": "utility", "billable": True, "pricing_model": "PMP", "reported_with": None,
        "conversation": None,
    }  # fmt: skip
    [missing] = (await desk.get("/api/billing/reconciliation/messages?class=missing")).json["items"]
    assert (missing["message_id"], missing["told"], missing["differences"]) == (str(ids[4]), None, [])


async def test_messages_page_by_page(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    ids = await delivered(database, tenant, *[(noon(1), TEMPLATE)] * 5)
    seen: list[str] = []
    path = "/api/billing/reconciliation/messages?class=match&limit=2"
    after: str | None = ""
    while after is not None:
        page = (await desk.get(path + after)).json
        assert len(page["items"]) <= 2
        seen += [one["message_id"] for one in page["items"]]
        after = f"&after={page['next']}" if page["next"] else None
    assert sorted(seen) == sorted(map(str, ids)) and len(seen) == 5


async def test_the_days_asked_for(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    await delivered(database, tenant, (noon(5), OTHER), (noon(3), OTHER), (noon(1), OTHER))
    span = f"from={noon(5).date()}&to={noon(3).date()}"
    assert (await desk.get(f"/api/billing/reconciliation?{span}")).json["messages"] == 2
    assert len((await desk.get(f"/api/billing/reconciliation/messages?{span}")).json["items"]) == 2
    assert (await desk.get(f"/api/billing/provider-cost?{span}")).json["messages"] == 2


@pytest.mark.parametrize("query", ["from=2026-02-02&to=2026-02-01", "from=2020-01-01&to=2026-01-01", "from=yesterday"])
@pytest.mark.parametrize("path", ["reconciliation", "reconciliation/messages", "provider-cost"])
async def test_days_that_cannot_be_answered(desk: Desk, path: str, query: str) -> None:
    await desk.sign_up()
    assert (await desk.get(f"/api/billing/{path}?{query}")).status in (400, 422)


async def test_what_it_should_cost(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    await delivered(database, tenant, (noon(2), TEMPLATE), (noon(1), OTHER))
    found = (await desk.get("/api/billing/provider-cost")).json
    assert (found["messages"], found["unpriced"], found["currency"]) == (2, 0, "USD")
    assert [part["name"] for part in found["categories"]] == ["marketing"]
    assert [part["name"] for part in found["markets"]] == ["Spain"]
    assert found["amount_micros"] == sum(day["amount_micros"] for day in found["days"])
    assert found["amount_micros"] == found["markets"][0]["amount_micros"] > 0
    assert [day["day"] for day in found["days"]] == [noon(2).date().isoformat(), noon(1).date().isoformat()]


async def test_no_money_of_the_wallet_moves(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    await delivered(database, tenant, (noon(2), TEMPLATE), (noon(1), OTHER), rate=False)
    assert (await desk.get("/api/billing/provider-cost")).json["messages"] == 0
    before = [(await desk.get(path)).json for path in ("/api/billing/statement", "/api/billing/charges")]
    balances_before = await balances(database, tenant)
    await rate_all(database, tenant, ProviderJob(SystemClock()))
    assert (await desk.get("/api/billing/provider-cost")).json["amount_micros"] > 0
    assert [(await desk.get(path)).json for path in ("/api/billing/statement", "/api/billing/charges")] == before
    assert await balances(database, tenant) == balances_before


async def test_another_account_sees_nothing_of_it(desk: Desk, web: str, database: Database) -> None:
    await delivered(database, await signed_up(desk), (noon(1), OTHER))
    other = Desk(web)
    try:
        await other.sign_up(email="omar@example.com", brand="Cedar Books")
        assert (await other.get("/api/billing/reconciliation")).json["messages"] == 0
        assert (await other.get("/api/billing/reconciliation/messages")).json["items"] == []
        assert (await other.get("/api/billing/provider-cost")).json["amount_micros"] == 0
    finally:
        await other.close()


@pytest.mark.parametrize("path", ["reconciliation", "reconciliation/messages", "provider-cost"])
async def test_only_for_who_is_signed_in(desk: Desk, path: str) -> None:
    assert (await desk.get(f"/api/billing/{path}")).status == 401
