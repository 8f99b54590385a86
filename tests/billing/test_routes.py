"""The wallet and the bill over real HTTP."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hobnob.billing import actions as billing
from hobnob.conversations import actions as conversations
from hobnob.conversations.types import Delivery, Kind
from hobnob.kernel.ids import Tenant, lane_of, new_id
from hobnob.platform.database import Database
from tests.billing.books import USD, assert_proven
from tests.desk import Answer, Desk

PRICE = 15_000
HOUR = timedelta(hours=1)


async def signed_up(desk: Desk) -> Tenant:
    me = await desk.sign_up()
    account_id = UUID(me["account"]["id"])
    return Tenant(account_id, lane_of(account_id))


async def top_up(desk: Desk, amount_micros: int = USD, key: str | None = None, **options: Any) -> Answer:
    body = {"amount_micros": amount_micros, "method": "test"}
    return await desk.post("/api/billing/top-ups", body, headers={"Idempotency-Key": key or str(uuid4())}, **options)


async def deliver(
    database: Database,
    tenant: Tenant,
    *times: datetime,
    kind: Kind = "free_form",
    phone: str | None = "+34612345678",
    user_id: str | None = None,
) -> list[UUID]:
    """One delivered message per time, each in a chat of its own."""
    made = [
        Delivery(
            account_id=tenant.account_id,
            chat_id=new_id(),
            number_id=UUID(int=7),
            customer_id=new_id(),
            customer_phone=phone,
            customer_user_id=user_id,
            message_id=new_id(),
            delivered_at=at,
            kind=kind,
            category="MARKETING" if kind == "template" else None,
        )
        for at in times
    ]
    async with database.lane(tenant.lane) as tx:
        await conversations.apply_deliveries(tx, tenant.lane, made, datetime.now(UTC))
    return [delivery.message_id for delivery in made]


async def test_a_new_account_has_an_empty_wallet(desk: Desk) -> None:
    await desk.sign_up()
    wallet = (await desk.get("/api/wallet")).json
    assert wallet.pop("as_of").endswith("Z")
    assert wallet == {
        "currency": "USD",
        "available_micros": 0,
        "held_micros": 0,
        "paid_micros": 0,
        "promo_micros": 0,
        "low_balance_micros": 5 * USD,
        "version": 1,
        "runway_days": None,
        "spent_today_micros": 0,
        "blocks": [],
    }


async def test_nobody_reads_a_wallet_without_signing_in(desk: Desk) -> None:
    for path in ("/api/wallet", "/api/billing/charges", "/api/billing/charges.csv", "/api/billing/statement"):
        answer = await desk.get(path)
        assert (answer.status, answer.json["code"]) == (401, "not_signed_in")


async def test_the_same_top_up_twice_is_one(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    key = str(uuid4())
    first, second = await top_up(desk, key=key), await top_up(desk, key=key)
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert first.json["payment"]["state"] == "succeeded"
    assert first.json["wallet"]["available_micros"] == USD
    assert [block["kind"] for block in first.json["wallet"]["blocks"]] == ["paid"]
    other = await top_up(desk, 2 * USD, key=key)
    assert (other.status, other.json["code"]) == (409, "idempotency_conflict")
    assert (await desk.get("/api/wallet")).json["available_micros"] == USD
    await assert_proven(database, tenant.lane)


@pytest.mark.parametrize(
    ("username", "name"), [("marta", "@marta"), (None, "ES.13491208655302741918")], ids=["username", "user-id"]
)
async def test_bill_and_inbox_call_a_customer_the_same(
    desk: Desk, database: Database, username: str | None, name: str
) -> None:
    tenant, user_id = await signed_up(desk), "ES.13491208655302741918"
    await top_up(desk)
    await deliver(database, tenant, datetime(2026, 11, 2, tzinfo=UTC), phone=None, user_id=user_id)
    async with database.account(tenant) as tx:
        await tx.execute(
            "INSERT INTO customers (lane, account_id, id, user_id, username, first_seen_at, created_at)"
            " SELECT lane, account_id, customer_id, $3, $4, at, at FROM charges WHERE lane = $1 AND account_id = $2",
            tenant.lane,
            tenant.account_id,
            user_id,
            username,
        )
    (charge,) = (await desk.get("/api/billing/charges")).json["items"]
    assert charge["customer"]["name"] == name
    assert (await desk.get(f"/api/customers/{charge['customer']['id']}")).json["name"] == name


@pytest.mark.parametrize("body", [{"amount_micros": 0, "method": "test"}, {"amount_micros": USD, "method": "gold"}, {}])
async def test_a_senseless_top_up_is_refused(desk: Desk, body: dict[str, object]) -> None:
    await desk.sign_up()
    answer = await desk.post("/api/billing/top-ups", body)
    assert answer.status == 422 and answer.json["code"] == "invalid_input"


async def test_charges_are_listed_filtered_and_paged(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    await top_up(desk)
    start = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)  # 23:30 in Madrid
    opened = await deliver(database, tenant, *(start + n * HOUR for n in range(5)))
    marketing = await deliver(database, tenant, start + 48 * HOUR, kind="template")
    first = (await desk.get("/api/billing/charges?limit=4")).json
    assert [item["message_id"] for item in first["items"]] == [str(message) for message in [*marketing, *opened[:1:-1]]]
    rest = (await desk.get(f"/api/billing/charges?limit=4&after={first['next']}")).json
    assert [item["message_id"] for item in rest["items"]] == [str(opened[1]), str(opened[0])]
    assert rest["next"] is None
    day = (await desk.get("/api/billing/charges?from=2026-11-02&to=2026-11-02")).json
    assert [item["message_id"] for item in day["items"]] == [str(opened[0])]
    only = (await desk.get("/api/billing/charges?category=marketing")).json["items"]
    assert [item["message_id"] for item in only] == [str(marketing[0])]
    charge = (await desk.get(f"/api/billing/charges/{only[0]['id']}")).json
    assert charge == only[0]
    assert (charge["amount_micros"], charge["currency"], charge["market"]) == (PRICE, "USD", "Spain")
    assert charge["rate"] == {"card": "starter", "version": 2, "effective_from": "2026-10-01"}
    assert charge["customer"]["phone_formatted"] == "+34 612 34 56 78"
    assert charge["rule"] == (
        "Marketing conversation with a customer in Spain, opened by your template delivered 4 Nov, 23:30: 0.015 USD,"
        " Starter plan, card of 1 Oct 2026. Everything until 5 Nov, 23:30 is included."
    )
    assert (await desk.get(f"/api/billing/charges/{uuid4()}")).status == 404
    assert (await desk.get("/api/billing/charges?from=soon")).json["fields"][0]["field"] == "from"
    await assert_proven(database, tenant.lane)


async def test_the_csv_holds_every_charge_and_no_formula(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    await top_up(desk)
    await deliver(database, tenant, *(datetime(2026, 11, 2, n, tzinfo=UTC) for n in range(3)))
    async with database.account(tenant) as tx:
        await tx.execute(
            "INSERT INTO customers (lane, account_id, id, phone, name, first_seen_at, created_at)"
            " SELECT lane, account_id, customer_id, '+34612345678', '=2+5', at, at FROM charges"
            " WHERE lane = $1 AND account_id = $2 LIMIT 1",
            tenant.lane,
            tenant.account_id,
        )
    answer = await desk.get("/api/billing/charges.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert [line["amount"] for line in lines] == ["0.015"] * 3
    assert min(line["customer"] for line in lines) == "'=2+5"
    assert lines[0]["at"] == "2026-11-02T02:00:00Z"


async def test_spend_by_day_is_kept_in_the_accounts_time_zone(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    await top_up(desk)
    now = datetime.now(UTC)
    await deliver(database, tenant, now)
    await deliver(database, tenant, now, kind="template")
    spend = (await desk.get("/api/billing/spend?days=7")).json
    assert (spend["currency"], spend["time_zone"], len(spend["days"])) == ("USD", "Europe/Madrid", 7)
    *before, today = spend["days"]
    assert all(day["total_micros"] == 0 for day in before)
    assert (today["total_micros"], today["conversations"]) == (2 * PRICE, 2)
    assert today["by_category"] == {"marketing": PRICE, "service": PRICE}
    wallet = (await desk.get("/api/wallet")).json
    assert wallet["spent_today_micros"] == 2 * PRICE
    assert wallet["runway_days"] == (USD - 2 * PRICE) // (2 * PRICE)


async def test_the_statement_tells_every_change_and_adds_up(desk: Desk, database: Database) -> None:
    tenant = await signed_up(desk)
    await top_up(desk)
    now = datetime.now(UTC)
    waiting = new_id()
    async with database.account(tenant) as tx:
        await billing.place_hold(tx, tenant, waiting, PRICE, now + 24 * HOUR, now)
    async with database.lane(tenant.lane) as tx:
        await billing.void_holds(tx, tenant.lane, [waiting, waiting, new_id()], "failed", now)
        await billing.void_holds(tx, tenant.lane, [waiting], "failed again", now)
    (opened,) = await deliver(database, tenant, now)
    lines, after = [], ""
    while True:
        page = (await desk.get(f"/api/billing/statement?limit=1{after}")).json
        lines += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert [(line["kind"], line["amount_micros"], line["balance_after_micros"]) for line in lines] == [
        ("charge", -PRICE, USD - PRICE),
        ("void", PRICE, USD),
        ("hold", -PRICE, USD - PRICE),
        ("top_up", USD, USD),
    ]
    assert lines[0]["message_id"] == str(opened) and lines[0]["charge_id"] is not None
    assert lines[1]["message_id"] == str(waiting)
    assert (await desk.get("/api/billing/statement?after=x")).status == 422


async def test_another_account_sees_none_of_it(desk: Desk, web: str, database: Database) -> None:
    tenant = await signed_up(desk)
    await top_up(desk)
    await deliver(database, tenant, datetime.now(UTC))
    charge = (await desk.get("/api/billing/charges")).json["items"][0]
    stranger = Desk(web)
    try:
        await stranger.sign_up(email="other@example.com")
        assert (await stranger.get("/api/billing/charges")).json["items"] == []
        assert (await stranger.get("/api/billing/statement")).json["items"] == []
        assert (await stranger.get(f"/api/billing/charges/{charge['id']}")).status == 404
        assert (await stranger.get("/api/wallet")).json["available_micros"] == 0
    finally:
        await stranger.close()
