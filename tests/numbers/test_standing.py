"""What WhatsApp reports about a number's standing, and what open pages hear of a number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from yarl import URL

from hobnob.kernel.ids import Tenant
from hobnob.numbers import actions
from hobnob.numbers.types import QualityUpdate
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.desk import Desk
from tests.town import Town, town

NEW = {"phone": "+12125550187", "display_name": "Amber Tea"}


@pytest.fixture
async def place(settings: Settings) -> AsyncIterator[Town]:
    async with town(settings) as place:
        yield place


async def added(place: Town) -> tuple[Desk, Any]:
    desk = place.desk()
    await desk.sign_up()
    answer = await desk.post("/api/numbers", NEW)
    assert answer.status == 201, answer.json
    return desk, answer.json


async def tenant_of(database: Database) -> Tenant:
    async with database.unscoped() as tx:
        row = await tx.fetchrow("SELECT account_id, lane FROM sign_ins")
    assert row
    return Tenant(row["account_id"], row["lane"])


async def test_quality_and_throughput_follow_whatsapps_reports(place: Town, database: Database) -> None:
    desk, number = await added(place)
    tenant = await tenant_of(database)

    async def report(*events: str, phone: str = "1 (212) 555-0187") -> Any:
        updates = [QualityUpdate(tenant.account_id, phone, event) for event in events]
        async with database.lane(tenant.lane) as tx:
            await actions.apply_quality_updates(tx, tenant.lane, updates)
        return (await desk.get(f"/api/numbers/{number['id']}")).json

    assert (await report("FLAGGED"))["quality"] == "RED"
    assert (await report("FLAGGED", "UNFLAGGED"))["quality"] == "GREEN"
    upgraded = await report("THROUGHPUT_UPGRADE")
    assert (upgraded["quality"], upgraded["throughput_per_second"]) == ("GREEN", 1000)
    assert await report("ONBOARDING", "SOMETHING_NEW") == upgraded
    assert await report("FLAGGED", phone="447000000000") == upgraded


async def test_open_pages_hear_of_every_step(place: Town) -> None:
    desk = place.desk()
    await desk.sign_up()
    cookies = {"hobnob_session": desk.cookie("hobnob_session") or ""}
    heard: list[str] = []
    async with aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        session.cookie_jar.update_cookies(cookies, URL(place.web_url))
        url = place.web_url.replace("http", "ws") + "/api/realtime"
        async with session.ws_connect(url, headers={"Origin": place.web_url}) as socket:
            await socket.receive_json(timeout=5)
            number = (await desk.post("/api/numbers", NEW)).json
            await desk.post(f"/api/numbers/{number['id']}/request-code", {"method": "sms"})
            while not heard or heard[-1] != "code_sent":
                frame = await asyncio.wait_for(socket.receive_json(), 5)
                heard += [event["number"]["status"] for event in frame["events"] if event["type"] == "number"]
    assert heard[0] == "added"
