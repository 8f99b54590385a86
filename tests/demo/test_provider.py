"""WhatsApp's bill of the demo shop: its past is priced as WhatsApp would have, and its figures agree."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from hobnob.demo import actions
from hobnob.platform.settings import load
from tests.desk import Desk
from tests.scenarios.house import House

WAIT_S = 60.0
DAY_S = 86_400


async def until(desk: Desk, ready: Any) -> Any:
    """The comparison, once it is as wanted."""
    stop = time.monotonic() + WAIT_S
    while True:
        found = (await desk.get("/api/billing/reconciliation")).json
        if ready(found):
            return found
        assert time.monotonic() < stop, found
        await asyncio.sleep(0.2)


async def test_the_shops_bill_is_explained(house: House) -> None:
    settings = load(house.environment)
    sign_in = await actions.seed(settings, house.simulator_url)
    desk = Desk(house.web_url)
    try:
        answer = await desk.post("/api/sign-in", {"email": sign_in.email, "password": sign_in.password})
        assert answer.status == 200, answer.json
        charged = (await desk.get("/api/billing/charges")).json["items"]
        assert charged
        found = await until(desk, lambda it: it["messages"] > 0 and it["messages"] == it["classes"][0]["messages"])
        assert (found["classes"][0]["class"], found["explained_percent"]) == ("match", 100.0)
        cost = (await desk.get("/api/billing/provider-cost")).json
        assert cost["amount_micros"] > 0 and cost["unpriced"] == 0
        for _ in range(2):
            house.control("POST", "/clock/advance", {"seconds": 3 * DAY_S})
            assert (await desk.post("/api/sandbox/advance-clock", {"seconds": 3 * DAY_S})).status < 300
            await until(desk, lambda it: it["statement"]["fetched_before"])
        found = await until(
            desk, lambda it: it["statement"]["days"] and all(day["final"] for day in it["statement"]["days"])
        )
        days = found["statement"]["days"]
        assert found["statement"]["explained_percent"] == 100.0, days
        kinds = [one["reckoned"]["kind"] for one in await _matching(desk)]
        assert len(kinds) == found["messages"]
        # WhatsApp does not count reactions.
        assert sum(day["match"] for day in days) == len(kinds) - kinds.count("reaction") > 20
    finally:
        await desk.close()


async def _matching(desk: Desk) -> list[Any]:
    items: list[Any] = []
    after = ""
    while True:
        page = (await desk.get(f"/api/billing/reconciliation/messages?class=match&limit=100{after}")).json
        items += page["items"]
        if page["next"] is None:
            return items
        after = f"&after={page['next']}"
