"""The socket itself: who may open it, when it closes, and presence across processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest

from hobnob.api.presence import Board, Place
from hobnob.platform.database import Database
from hobnob.platform.realtime import Hub
from hobnob.platform.settings import Settings
from tests.desk import Desk, serving
from tests.realtime.page import Page, open_page


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    async with serving(settings) as url:
        yield url


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    desk = Desk(url)
    await desk.sign_up()
    yield desk
    await desk.close()


async def test_hello_comes_first_and_pings_are_answered(desk: Desk) -> None:
    async with open_page(desk) as page:
        hello = await page.hears("hello")
        assert page.events[0] is hello
        assert hello["now"].endswith("Z")
        assert hello["version"]
        await page.say({"type": "ping"})
        await page.hears("pong")
        await page.socket.send_str("nonsense")
        await page.say({"type": "dance"})
        await page.say({"type": "ping"})
        assert not page.socket.closed


async def test_only_our_own_pages_may_listen(desk: Desk) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with open_page(desk, origin="https://evil.example"):
            pass


async def test_a_page_that_never_got_in_leaves_nothing(database: Database) -> None:
    board = Board(database, Hub())
    account_id, stranger = uuid4(), Place("s1", uuid4(), "Maya")
    await board.leave(account_id, stranger)
    await board.enter(account_id, Place("s2", uuid4(), "Liam"))
    await board.leave(account_id, stranger)
    assert account_id in board._hub, "the page that is there still listens"


async def test_who_is_not_signed_in_is_told_and_closed(desk: Desk) -> None:
    desk.forget_cookies()
    async with open_page(desk) as page:
        await page.hears("signed_out")
        await asyncio.sleep(0.1)
        assert page.socket.close_code == 4401


async def closes(page: Page) -> int | None:
    async with asyncio.timeout(5):
        while not page.socket.closed:
            await asyncio.sleep(0.02)
    return page.socket.close_code


async def test_signing_out_ends_the_sessions_pages_and_no_others(desk: Desk, url: str) -> None:
    second = Desk(url)
    body = {"email": "maya@example.com", "password": "correct horse battery"}
    assert (await second.post("/api/sign-in", body)).status == 200
    async with open_page(desk) as here, open_page(desk) as same_browser, open_page(second) as there:
        for page in (here, same_browser, there):
            await page.hears("hello")
        await desk.post("/api/sign-out")
        await here.hears("signed_out")
        await same_browser.hears("signed_out")
        assert await closes(here) == 4401
        await there.say({"type": "ping"})
        await there.hears("pong")
        assert not any(event["type"] == "signed_out" for event in there.events)
        await second.post("/api/sign-out-everywhere")
        await there.hears("signed_out")
        assert await closes(there) == 4401
    await second.close()


async def test_one_account_hears_nothing_of_another(desk: Desk, url: str) -> None:
    other = Desk(url)
    await other.sign_up(email="other@example.com", brand="Other")
    async with open_page(desk) as page, open_page(other) as others:
        await page.hears("hello")
        await others.hears("hello")
        await page.say({"type": "viewing", "chat_id": str(uuid4())})
        await page.hears("presence")
        await asyncio.sleep(0.2)
        assert not any(event["type"] == "presence" for event in others.events)
    await other.close()


async def second_agent(settings: Settings, desk: Desk, url: str) -> Desk:
    """A colleague of the same account."""
    other = Desk(url)
    await other.sign_up(email="noor@example.com", name="Noor", brand="Aside")
    owner = await asyncpg.connect(settings.database_url)
    account = await owner.fetchrow("SELECT account_id, lane FROM sign_ins WHERE email = 'maya@example.com'")
    agent_id = await owner.fetchval("SELECT agent_id FROM sign_ins WHERE email = 'noor@example.com'")
    assert account is not None
    for table, column in (("agents", "id"), ("sign_ins", "agent_id"), ("sessions", "agent_id")):
        role = ", role = 'agent'" if table == "agents" else ""
        await owner.execute(
            f"UPDATE {table} SET account_id = $1, lane = $2{role} WHERE {column} = $3",
            account["account_id"],
            account["lane"],
            agent_id,
        )
    await owner.close()
    return other


async def test_agents_see_each_other_across_processes(settings: Settings, desk: Desk, url: str) -> None:
    chat = str(uuid4())
    async with serving(settings) as second_process:
        colleague = await second_agent(settings, desk, second_process)
        me = (await desk.get("/api/me")).json["agent"]
        them = (await colleague.get("/api/me")).json["agent"]
        async with open_page(desk) as page:
            await page.hears("hello")
            await page.say({"type": "viewing", "chat_id": chat})
            await page.hears("presence", agents=[{"agent_id": me["id"], "name": "Maya Ortiz", "typing": False}])
            async with open_page(colleague) as other:
                await page.hears("agent_presence", agents=[{"agent_id": them["id"], "online": True}])
                # Who comes later learns who is there already.
                await other.hears("presence", chat_id=chat)
                await other.say({"type": "typing", "chat_id": chat, "typing": True})
                both: list[Any] = [
                    {"agent_id": me["id"], "name": "Maya Ortiz", "typing": False},
                    {"agent_id": them["id"], "name": "Noor", "typing": True},
                ]
                await page.hears("presence", chat_id=chat, agents=both)
                await other.hears("presence", chat_id=chat, agents=both)
            await page.hears("presence", chat_id=chat, agents=both[:1])
            await page.hears("agent_presence", agents=[{"agent_id": them["id"], "online": False}])
        await colleague.close()


async def test_too_much_talk_ends_the_socket(desk: Desk) -> None:
    async with open_page(desk) as page:
        await page.hears("hello")
        for _ in range(150):
            if page.socket.closed:
                break
            await page.say({"type": "ping"})
        assert await closes(page) == 1008
