"""The demo shop, told to real processes: a web process, a worker and the simulator."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hobnob.demo import actions, pictures
from hobnob.demo.older import OLDER
from hobnob.demo.recent import RECENT
from hobnob.demo.story import Chat
from hobnob.platform.settings import Settings, load
from tests.desk import Desk
from tests.scenarios.house import House

CHATS: tuple[Chat, ...] = (*RECENT, *OLDER)
# Generous: machines that run tests do other things too.
SEED_S_MAX = 60.0


@pytest.fixture
async def told(house: House) -> tuple[Settings, actions.DemoSignIn, float]:
    settings = load(house.environment)
    started = time.monotonic()
    sign_in = await actions.seed(settings, house.simulator_url)
    return settings, sign_in, time.monotonic() - started


async def signed_in(house: House, sign_in: actions.DemoSignIn) -> Desk:
    desk = Desk(house.web_url)
    answer = await desk.post("/api/sign-in", {"email": sign_in.email, "password": sign_in.password})
    assert answer.status == 200, answer.json
    return desk


async def every(desk: Desk, path: str, **query: str) -> list[Any]:
    items: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = (await desk.get(path, params={**query, **after, "limit": "100"})).json
        items += page["items"]
        if page["next"] is None:
            return items
        after = {"after": page["next"]}


async def test_the_shop_is_there_quickly_and_whole(
    house: House, told: tuple[Settings, actions.DemoSignIn, float]
) -> None:
    _, sign_in, took_s = told
    assert took_s < SEED_S_MAX
    desk = await signed_in(house, sign_in)
    try:
        numbers = (await desk.get("/api/numbers")).json["items"]
        assert [number["status"] for number in numbers] == ["connected"]
        chats = await every(desk, "/api/chats") + await every(desk, "/api/chats", filter="closed")
        chats = list({chat["id"]: chat for chat in chats}.values())
        assert len(chats) == len(CHATS)
        assert {chat["customer"]["name"] for chat in chats} >= {"ليلى المنصوري", "João Pedro 🌻"}
        assert sorted(chat["unread_count"] for chat in chats)[-4:] == [1, 1, 1, 2]
        assert any(chat["customer"]["phone"] is None for chat in chats)
        await _check_messages(desk, chats)
        await _check_money(desk)
        assert (await desk.get("/api/quarantine")).json["items"] == []
    finally:
        await desk.close()


async def _check_messages(desk: Desk, chats: list[Any]) -> None:
    seen: dict[str, int] = {}
    now = datetime.now(UTC)
    for chat in chats:
        for message in (await desk.get(f"/api/chats/{chat['id']}/messages", params={"limit": "100"})).json["items"]:
            seen[message["type"]] = seen.get(message["type"], 0) + 1
            seen[message["status"]] = seen.get(message["status"], 0) + 1
            assert datetime.fromisoformat(message["at"]) <= now
            assert message["status"] not in ("queued", "sending"), message
            if message["reactions"]:
                seen["reactions"] = seen.get("reactions", 0) + 1
            if message["status"] == "failed":
                assert message["error"]["code"] == 131026
    lines = [line for chat in CHATS for line in chat.lines]
    assert sum(
        count for kind, count in seen.items() if kind in ("received", "sent", "delivered", "read", "failed")
    ) == len([line for line in lines if line.kind != "reaction"])
    assert seen["failed"] == 1
    assert seen["reactions"] == len([line for line in lines if line.kind == "reaction"])
    assert seen["image"] == len([line for line in lines if line.kind == "picture"])
    assert seen["template"] > 10


async def _check_money(desk: Desk) -> None:
    wallet = (await desk.get("/api/wallet")).json
    assert wallet["held_micros"] == 0
    assert wallet["available_micros"] > 20_000_000
    spend = (await desk.get("/api/billing/spend", params={"days": "30"})).json
    assert len([day for day in spend["days"] if day["total_micros"] > 0]) >= 8
    charges = await every(desk, "/api/billing/charges")
    total = sum(charge["amount_micros"] for charge in charges)
    assert total > 0
    assert wallet["available_micros"] == 80_000_000 - total
    assert {charge["meter"] for charge in charges} == {"conversation", "plan_fee", "flow_day"}
    assert (await desk.get("/api/billing/subscription")).json["status"] == "active"


async def test_telling_it_again_changes_nothing(house: House, told: tuple[Settings, actions.DemoSignIn, float]) -> None:
    settings, sign_in, _ = told
    started = time.monotonic()
    assert await actions.seed(settings, house.simulator_url) == sign_in
    assert time.monotonic() - started < 2
    assert len(house.control("GET", "/phones")) == len(CHATS) + 1


async def test_an_answer_inside_the_window_goes_through(
    house: House, told: tuple[Settings, actions.DemoSignIn, float]
) -> None:
    """The phones know the story's past too, so that the simulator lets the shop answer."""
    _, sign_in, _ = told
    desk = await signed_in(house, sign_in)
    try:
        chats = await every(desk, "/api/chats", filter="unread")
        layla = next(chat for chat in chats if chat["customer"]["country"] == "AE")
        sent = await desk.post(
            f"/api/chats/{layla['id']}/messages",
            {"type": "text", "body": "٦٥ دولاراً مع التوصيل"},
            headers={"Idempotency-Key": "0190f2a0-0000-7000-8000-000000000001"},
        )
        assert sent.status == 202, sent.json
        deadline = time.monotonic() + 15
        newest: Any = None
        while time.monotonic() < deadline:
            newest = (await desk.get(f"/api/chats/{layla['id']}/messages", params={"limit": "1"})).json["items"][0]
            if newest["status"] in ("delivered", "read"):
                return
        raise AssertionError(newest)
    finally:
        await desk.close()


def test_pictures_are_the_same_every_time(tmp_path: Path) -> None:
    assert pictures.jpeg("cushions") == pictures.jpeg("cushions")


def test_the_story_is_in_order_and_every_label_is_there() -> None:
    for chat in CHATS:
        times = [line.ago for line in chat.lines]
        assert times == sorted(times, reverse=True), chat.customer.name
        labels = {line.label for line in chat.lines if line.label}
        for line in chat.lines:
            for target in (line.quotes, line.data.get("to", "")):
                assert not target or target in labels, (chat.customer.name, target)
