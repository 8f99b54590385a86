"""Accounts on the simulator share its clock, whoever moves it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg

from hobnob.platform.settings import Settings
from tests.desk import Desk
from tests.town import town

DAY_S = 86_400


async def ahead(desk: Desk) -> timedelta:
    return datetime.fromisoformat((await desk.get("/api/me")).json["account"]["now"]) - datetime.now(UTC)


async def until_ahead(desk: Desk, seconds: int) -> None:
    for _ in range(200):
        if abs((await ahead(desk)).total_seconds() - seconds) < 60:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {await ahead(desk)} ahead, not {seconds} s")


async def with_number(desk: Desk, phone: str) -> None:
    answer = await desk.post("/api/numbers", {"phone": phone, "display_name": "Amber Tea"})
    assert answer.status == 201, answer.json


async def test_the_desk_takes_the_simulator_along_and_the_simulator_the_desk(settings: Settings) -> None:
    async with town(settings) as place:
        desk, other = place.desk(), place.desk()
        await desk.sign_up()
        await other.sign_up(email="liam@example.com")
        await with_number(desk, "+12125550187")
        await with_number(other, "+34600555014")

        moved = await desk.post("/api/sandbox/advance-clock", {"seconds": DAY_S})
        assert moved.json["clock_ahead_s"] == DAY_S
        assert (await place.control("GET", "/clock"))["clock_ahead_s"] >= DAY_S
        await until_ahead(desk, DAY_S)
        await until_ahead(other, DAY_S)

        await place.control("POST", "/clock/advance", {"seconds": 3_600})
        await until_ahead(desk, DAY_S + 3_600)
        await until_ahead(other, DAY_S + 3_600)


async def test_both_told_at_once_end_at_one_time(settings: Settings) -> None:
    async with town(settings) as place:
        desk = place.desk()
        await desk.sign_up()
        await with_number(desk, "+12125550187")
        await place.control("POST", "/clock/advance", {"seconds": DAY_S})
        await desk.post("/api/sandbox/advance-clock", {"seconds": DAY_S})
        await asyncio.sleep(1.5)
        theirs = (await place.control("GET", "/clock"))["clock_ahead_s"]
        assert abs((await ahead(desk)).total_seconds() - theirs) < 60


async def test_a_database_in_trouble_ends_no_following(settings: Settings) -> None:
    async with town(settings) as place:
        desk = place.desk()
        await desk.sign_up()
        await with_number(desk, "+12125550187")
        owner = await asyncpg.connect(settings.database_url)
        await owner.execute("REVOKE SELECT ON routes FROM hobnob_web")
        await place.control("POST", "/clock/advance", {"seconds": DAY_S})
        await asyncio.sleep(1.5)
        assert await ahead(desk) < timedelta(hours=1)
        await owner.execute("GRANT SELECT ON routes TO hobnob_web")
        await owner.close()
        await until_ahead(desk, DAY_S)
