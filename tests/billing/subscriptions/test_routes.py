"""A shop's plan over real HTTP, from its first number on, with the clock moved as its owner would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from hobnob.billing.subscriptions import days
from hobnob.kernel.clock import SystemClock
from hobnob.kernel.ids import Tenant, lane_of
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.books import USD, assert_proven
from tests.desk import Answer, Desk
from tests.town import Town, town

PHONE = "+919876543210"


@pytest.fixture
async def place(settings: Settings) -> AsyncIterator[Town]:
    async with town(msgspec.structs.replace(settings, plan_fees=True)) as place:
        yield place


async def change(desk: Desk, action: str, body: Any = None, key: str | None = None) -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.post(f"/api/billing/subscription/{action}", body, headers=headers)


async def bill(desk: Desk) -> list[tuple[str, int]]:
    items = (await desk.get("/api/billing/charges?limit=100")).json["items"]
    return [(item["meter"], item["amount_micros"]) for item in items][::-1]


async def bring_number(place: Town, desk: Desk) -> None:
    number = (await desk.post("/api/numbers", {"phone": PHONE, "display_name": "Amber Tea"})).json
    await desk.post(f"/api/numbers/{number['id']}/request-code", {"method": "sms"})
    code = await place.code_sent_to(number["phone"])
    assert (await desk.post(f"/api/numbers/{number['id']}/verify-code", {"code": code})).status == 200


async def advance(desk: Desk, database: Database, tenant: Tenant, by_days: int) -> None:
    answer = await desk.post("/api/sandbox/advance-clock", {"seconds": by_days * 86_400})
    assert answer.status == 200, answer.json
    more = True
    while more:
        async with database.lane(tenant.lane) as tx:
            more = await days.work(tx, tenant.lane, SystemClock().now())


async def test_the_life_of_a_plan(place: Town, database: Database) -> None:
    desk = place.desk()
    me = await desk.sign_up()
    account_id = UUID(me["account"]["id"])
    tenant = Tenant(account_id, lane_of(account_id))
    plans = (await desk.get("/api/billing/plans")).json["items"]
    assert [(plan["code"], plan["committed_only"]) for plan in plans] == [
        ("starter", False),
        ("plus", False),
        ("elite", False),
        ("max", False),
        ("enterprise", True),
    ]
    assert (await desk.get("/api/billing/subscription")).json["status"] == "none"
    chosen = await desk.patch("/api/billing/subscription", {"plan": "plus"})
    assert (chosen.status, chosen.json["status"], await bill(desk)) == (200, "chosen", [])
    await desk.post("/api/billing/top-ups", {"amount_micros": 200 * USD, "method": "test"})
    await bring_number(place, desk)
    view = (await desk.get("/api/billing/subscription")).json
    today = date.fromisoformat(view["period"]["starts_on"])
    assert (view["status"], view["plan"], view["fee_micros"]) == ("active", "plus", 79_990_000)
    assert await bill(desk) == [("plan_fee", 79_990_000)]
    assert (await desk.patch("/api/billing/subscription", {"plan": "elite"})).json["code"] == "change_refused"

    preview = (await change(desk, "preview", {"action": "change", "plan": "elite"})).json
    assert (preview["when"], preview["amount_micros"], preview["enough_credit"]) == ("now", 60 * USD, True)
    wrong = await change(desk, "change", {"plan": "elite", "interval": "monthly", "expected_micros": 5})
    assert (wrong.status, wrong.json["code"], wrong.json["amount_micros"]) == (409, "price_moved", 60 * USD)
    key = str(uuid4())
    wish = {"plan": "elite", "interval": "monthly", "expected_micros": preview["amount_micros"]}
    once, twice = await change(desk, "change", wish, key), await change(desk, "change", wish, key)
    assert (once.status, once.json) == (twice.status, twice.json) == (200, once.json)
    assert (await bill(desk))[1:] == [("plan_fee", 60 * USD)]
    poor = await change(desk, "change", {"plan": "max", "interval": "monthly"})
    assert (poor.status, poor.json["code"]) == (402, "change_not_paid")
    assert (await change(desk, "change", {"plan": "gold", "interval": "monthly"})).json["code"] == "unknown_plan"

    down = (await change(desk, "change", {"plan": "starter", "interval": "monthly"})).json
    assert (down["plan"], down["pending"]["plan"], down["next_fee_micros"]) == ("elite", "starter", 49_990_000)
    assert (await change(desk, "undo")).json["pending"] is None
    await change(desk, "change", {"plan": "starter", "interval": "monthly"})
    await advance(desk, database, tenant, 32)
    view = (await desk.get("/api/billing/subscription")).json
    assert (view["plan"], view["period"]["starts_on"]) == ("starter", down["period"]["ends_on"])
    assert (await bill(desk))[2:] == [("plan_fee", 49_990_000)]

    usage = (await desk.get("/api/billing/usage")).json
    assert {one["meter"]: one["state"] for one in usage["meters"]} == dict.fromkeys(
        ("conversation", "step", "flow_day", "agent"), "within"
    )
    assert (await change(desk, "cancel")).json["pending"]["kind"] == "cancel"
    await advance(desk, database, tenant, 31)
    assert (await desk.get("/api/billing/subscription")).json["status"] == "ended"
    assert len(await bill(desk)) == 3
    assert (await change(desk, "preview", {"action": "reactivate"})).json["enough_credit"] is False
    assert (await change(desk, "reactivate")).json["code"] == "change_not_paid"
    await desk.post("/api/billing/top-ups", {"amount_micros": 100 * USD, "method": "test"})
    again = (await change(desk, "reactivate")).json
    assert again["status"] == "active"
    assert date.fromisoformat(again["period"]["starts_on"]) >= today + timedelta(days=62)
    await assert_proven(database, tenant.lane)


async def test_only_the_owner_changes_the_plan(place: Town, database: Database) -> None:
    desk = place.desk()
    await desk.sign_up()
    async with database.account(await tenant_of(desk)) as tx:
        await tx.execute("UPDATE agents SET role = 'admin'")
    assert (await desk.get("/api/billing/subscription")).status == 200
    for action in ("undo", "cancel", "reactivate"):
        assert (await change(desk, action)).status == 403
    assert (await desk.patch("/api/billing/subscription", {"plan": "plus"})).status == 403
    assert (await change(desk, "change", {"plan": "plus", "interval": "monthly"})).status == 403
    assert (await change(desk, "preview", {"action": "cancel"})).status == 403


async def tenant_of(desk: Desk) -> Tenant:
    account_id = UUID((await desk.get("/api/me")).json["account"]["id"])
    return Tenant(account_id, lane_of(account_id))
