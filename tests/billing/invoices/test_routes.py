"""Invoices over HTTP: who may see money, what another account sees, months and files."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, timedelta
from typing import Any
from uuid import UUID

import pytest

from hobnob.kernel.clock import SystemClock
from hobnob.kernel.ids import Tenant, lane_of
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from hobnob.team import actions as team
from tests.billing.invoices.shop import GST, SELLER, charge_fee, issued, open_conversations, set_up_seller
from tests.desk import PASSWORD, Desk

NOW = SystemClock().now()
MONTH = (NOW.replace(day=1) - timedelta(days=1)).date().replace(day=1)
READS = (
    "/api/billing/invoices",
    "/api/billing/invoices/drafts",
    f"/api/billing/invoices/of-month?month={MONTH:%Y-%m}",
    "/api/billing/invoices/{id}",
    "/api/billing/invoices/{id}/pdf",
    "/api/billing/invoices/{id}/csv",
    "/api/billing/profile",
    f"/api/billing/what-if?month={MONTH:%Y-%m}",
    "/api/billing/plans/compare",
)
PROFILE = {
    "legal_name": "Amber  Tea",
    "address": " Calle Mayor 1 \n\n 28013 Madrid",
    "country": "es",
    "tax_id": "B58378431",
}


async def shop(settings: Settings, database: Database, desk: Desk) -> tuple[Tenant, str]:
    """A signed-up shop with last month's invoice; answers its id too."""
    await set_up_seller(settings, SELLER, GST)
    me = await desk.sign_up(time_zone="UTC")
    account_id = UUID(me["account"]["id"])
    tenant = Tenant(account_id, lane_of(account_id))
    await open_conversations(database, tenant, MONTH + timedelta(days=2), MONTH + timedelta(days=3), now=NOW)
    await charge_fee(database, tenant, MONTH + timedelta(days=4))
    found = await issued(database, tenant, MONTH, NOW)
    return tenant, str(found.id)


async def join(database: Database, web: str, tenant: Tenant, role: Any) -> Desk:
    """Another agent of the shop, signed in."""
    email = f"{role}@example.com"
    await team.add_agent(database, tenant, "Bo", email, role, password=PASSWORD, now=NOW)
    desk = Desk(web)
    answer = await desk.post("/api/sign-in", {"email": email, "password": PASSWORD})
    assert answer.status == 200, answer.json
    return desk


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("agent", 403), ("limited_agent", 403)])
async def test_owners_and_admins_see_money_and_nobody_else(
    settings: Settings, database: Database, web: str, desk: Desk, role: str, status: int
) -> None:
    tenant, invoice_id = await shop(settings, database, desk)
    other = await join(database, web, tenant, role)
    try:
        for path in READS:
            assert (await desk.get(path.format(id=invoice_id))).status == 200, path
            assert (await other.get(path.format(id=invoice_id))).status == status, path
        changed = await other.request("PUT", "/api/billing/profile", json=PROFILE)
        assert (changed.status, changed.json["code"]) == (403, "forbidden")
    finally:
        await other.close()


async def test_nobody_sees_anothers_invoice(settings: Settings, database: Database, web: str, desk: Desk) -> None:
    _, invoice_id = await shop(settings, database, desk)
    stranger = Desk(web)
    try:
        assert (await stranger.get("/api/billing/invoices")).status == 401
        await stranger.sign_up(email="other@example.com")
        for end in ("", "/pdf", "/csv"):
            assert (await stranger.get(f"/api/billing/invoices/{invoice_id}{end}")).status == 404
        assert (await stranger.post(f"/api/billing/invoices/{invoice_id}/credit-notes")).status == 404
        assert (await stranger.get("/api/billing/invoices")).json == {"items": [], "next": None}
    finally:
        await stranger.close()


async def test_the_files_of_an_invoice(settings: Settings, database: Database, desk: Desk) -> None:
    _, invoice_id = await shop(settings, database, desk)
    first, second = [await desk.get(f"/api/billing/invoices/{invoice_id}/pdf") for _ in range(2)]
    assert first.body == second.body
    assert first.headers["Content-Type"] == "application/pdf"
    assert first.headers["X-Content-SHA256"] == hashlib.sha256(first.body).hexdigest()
    assert first.headers["Cache-Control"] == "no-store"
    assert ".pdf" in first.headers["Content-Disposition"]
    table = await desk.get(f"/api/billing/invoices/{invoice_id}/csv")
    assert table.headers["Content-Type"].startswith("text/csv")
    invoice = (await desk.get(f"/api/billing/invoices/{invoice_id}")).json
    assert table.body.decode().count(invoice["number"]) == len(invoice["lines"]) == 2


async def test_a_month_is_its_invoice_or_its_draft_or_nothing(
    settings: Settings, database: Database, desk: Desk
) -> None:
    tenant, invoice_id = await shop(settings, database, desk)
    await open_conversations(database, tenant, NOW.astimezone(UTC).date(), now=NOW)
    path = "/api/billing/invoices/of-month?month="
    past = await desk.get(f"{path}{MONTH:%Y-%m}")
    assert (past.json["state"], past.json["id"]) == ("issued", invoice_id)
    running = await desk.get(f"{path}{NOW:%Y-%m}")
    assert (running.json["state"], running.json["id"]) == ("draft", None)
    assert [line["quantity"] for line in running.json["lines"]] == [1]
    assert (await desk.get(f"{path}2019-01")).status == 404
    for wrong in ("2026-13", "yesterday", "2026-1-01"):
        assert (await desk.get(path + wrong)).status == 422, wrong
    assert (await desk.get("/api/billing/invoices?limit=1")).json["next"] is None


async def test_the_profile_is_written_one_way_and_checked(desk: Desk) -> None:
    await desk.sign_up()
    assert (await desk.get("/api/billing/profile")).json["version"] == 0
    written = await desk.request("PUT", "/api/billing/profile", json=PROFILE)
    assert written.json == {
        "legal_name": "Amber Tea",
        "address": "Calle Mayor 1\n28013 Madrid",
        "country": "ES",
        "state": "",
        "tax_id": "ESB58378431",
        "email": "",
        "tax_id_checked": True,
        "version": 1,
    }
    for wrong in ({"tax_id": "B58378432"}, {"email": "nobody"}, {"legal_name": " "}, {"country": "Spain"}):
        refused = await desk.request("PUT", "/api/billing/profile", json={**PROFILE, **wrong})
        assert (refused.status, refused.json["fields"][0]["field"].rpartition(".")[2]) == (422, next(iter(wrong)))
    assert (await desk.get("/api/billing/profile")).json == written.json


@pytest.mark.parametrize("query", ["month=2026-10&plan=gold", "month=2026-10&card=starter", "month=now"])
async def test_what_if_says_what_it_does_not_know(desk: Desk, query: str) -> None:
    await desk.sign_up()
    assert (await desk.get(f"/api/billing/what-if?{query}")).status == 422


async def test_plans_are_compared_on_real_days(settings: Settings, database: Database, desk: Desk) -> None:
    tenant, _ = await shop(settings, database, desk)
    yesterday = NOW.date() - timedelta(days=2)
    await open_conversations(database, tenant, *([yesterday] * 4), now=NOW)
    compared = (await desk.get("/api/billing/plans/compare")).json
    assert (compared["conversations"], compared["agents"], compared["days"]) == (6, 1, 90)
    plans = {plan["plan"]: plan for plan in compared["plans"]}
    assert plans["starter"]["conversations_micros"] == 6 * 15_000
    assert plans["plus"]["conversations_micros"] == 0
    assert plans["starter"]["is_current"]
    assert plans["starter"]["difference_micros"] == 0
    assert plans["enterprise"]["warning"]
    totals = [plan["total_micros"] for plan in compared["plans"]]
    assert totals == sorted(totals)
    first, last = date.fromisoformat(compared["first_day"]), date.fromisoformat(compared["last_day"])
    assert (last - first).days == 89
    assert 2.8 * 49_990_000 < plans["starter"]["fee_micros"] < 3.1 * 49_990_000
