"""For everything that happens: the events, applied to what the page knew, give what a fresh fetch gives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from hobnob.platform.settings import Settings
from tests.inbox.send.shop import CUSTOMER, Shop, open_shop, working
from tests.media.files import picture
from tests.media.test_files import upload
from tests.realtime.page import Applier, Page, open_page
from tests.templates.test_sync import ORDER, approved

# Differ from fetch to fetch because time passes.
_PASSING = ("as_of", "runway_days")


@pytest.fixture(scope="module")
def applier() -> Iterator[Applier]:
    applier = Applier()
    yield applier
    applier.close()


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with open_shop(settings) as shop, working(shop.settings):
        yield shop


class World:
    """Everything a page may have loaded, fetched over HTTP."""

    def __init__(self, shop: Shop, page: Page, applier: Applier) -> None:
        self.shop = shop
        self.page = page
        self.applier = applier

    async def fetch(self) -> dict[str, Any]:
        desk = self.shop.desk

        async def get(path: str) -> Any:
            answer = await desk.get(path)
            assert answer.status == 200, answer.json
            return answer.json

        lists = [
            {"filter": name, **await get(f"/api/chats?filter={name}&limit=100")} for name in ("all", "unread", "closed")
        ]
        chats = {chat["id"]: chat for one in lists for chat in one["items"]}
        wallet = await get("/api/wallet")
        return {
            "chat_lists": lists,
            "chats": chats,
            "messages": {chat_id: await get(f"/api/chats/{chat_id}/messages?limit=100") for chat_id in chats},
            "customers": {
                chat["customer"]["id"]: await get(f"/api/customers/{chat['customer']['id']}") for chat in chats.values()
            },
            "numbers": (await get("/api/numbers"))["items"],
            "wallet": {name: value for name, value in wallet.items() if name not in _PASSING},
            "charge_lists": [await get("/api/billing/charges?limit=100")],
        }

    async def verify(self, action: Callable[[], Awaitable[Any]], *, timeout_s: float = 15) -> Any:
        """Does something, and waits until the page's state and the fresh one agree; answers with what it did."""
        before = await self.fetch()
        start = len(self.page.events)
        done = await action()
        after: Any = None
        shown: Any = None
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    after = await self.fetch()
                    shown = self.shown(before, self.page.events[start:])
                    if after != before and self.same(shown, after):
                        # And it stays so: nothing is still on its way that only one of the two has seen.
                        await asyncio.sleep(0.3)
                        if self.same(self.shown(before, self.page.events[start:]), await self.fetch()):
                            return done
                    await asyncio.sleep(0.05)
        except TimeoutError:
            for name in after:
                assert shown[name] == after[name], f"{name} differs after {self.page.events[start:]}"
            assert after != before, "nothing changed"
            raise

    def shown(self, state: Any, events: list[Any]) -> Any:
        shown = self.applier.apply(state, events)
        shown["wallet"] = {name: value for name, value in shown["wallet"].items() if name not in _PASSING}
        return shown

    @staticmethod
    def same(shown: Any, fresh: Any) -> bool:
        """New chats are not among the loaded ones: a page loads them when they are opened."""
        for name in ("chats", "messages", "customers"):
            if any(shown[name][key] != fresh[name].get(key) for key in shown[name]):
                return False
        return all(shown[name] == fresh[name] for name in ("chat_lists", "numbers", "wallet", "charge_lists"))


@pytest.fixture
async def world(shop: Shop, applier: Applier) -> AsyncIterator[World]:
    async with open_page(shop.desk) as page:
        await page.hears("hello")
        yield World(shop, page, applier)


async def test_what_customers_do(world: World) -> None:
    shop = world.shop
    chat = await world.verify(shop.customer)
    wamid = await world.verify(lambda: shop.writes(chat, "first"))
    await world.verify(lambda: shop.writes(chat, "second"))
    reaction = {"type": "reaction", "reaction": {"message_id": wamid, "emoji": "🙂"}}
    ours = await world.verify(lambda: shop.text(chat, "hello"))
    await shop.reaches(chat, ours["id"], "delivered", "read")
    target = (await shop.message(chat, ours["id"]))["wamid"]
    await world.verify(lambda: shop.say(chat, {**reaction, "reaction": {"message_id": target, "emoji": "❤️"}}))
    edit = {"original_message_id": wamid, "text": {"body": "first, mended"}}
    await world.verify(lambda: shop.say(chat, {"type": "edit", "edit": edit}))
    await world.verify(lambda: shop.say(chat, {"type": "revoke", "revoke": {"original_message_id": wamid}}))
    await world.verify(lambda: shop.say(chat, {"type": "image", "image": {}}))
    number_id = await shop.phone_number_id()
    await world.verify(lambda: shop.place.control("POST", f"/phones/{CUSTOMER}/read", {"phone_number_id": number_id}))


async def test_what_agents_do(world: World) -> None:
    shop = world.shop
    chat = await world.verify(shop.customer)
    await world.verify(lambda: shop.writes(chat))
    me = shop.me["agent"]["id"]
    path = f"/api/chats/{chat['id']}"
    await world.verify(lambda: shop.desk.post(f"{path}/read"))
    await world.verify(lambda: shop.desk.post(f"{path}/assign", {"agent_id": None}))
    await world.verify(lambda: shop.desk.post(f"{path}/assign", {"agent_id": me}))
    await world.verify(lambda: shop.desk.post(f"{path}/close"))
    await world.verify(lambda: shop.writes(chat, "me again"))
    await world.verify(lambda: shop.desk.post(f"{path}/close"))
    await world.verify(lambda: shop.desk.post(f"{path}/reopen"))
    customer = f"/api/customers/{chat['customer']['id']}"
    await world.verify(lambda: shop.desk.patch(customer, {"name": "Ana of the blue door"}))
    await world.verify(lambda: shop.desk.patch(customer, {"name": None}))


async def test_what_is_sent(world: World) -> None:
    shop = world.shop
    chat = await world.verify(shop.customer)
    await world.verify(lambda: shop.writes(chat))
    first = await world.verify(lambda: shop.text(chat, "opens a conversation"))
    await world.verify(lambda: shop.text(chat, "joins it"))
    inbound = (await shop.thread(chat))["items"][-1]
    await world.verify(lambda: shop.send(chat, {"type": "reaction", "message_id": inbound["id"], "emoji": "👍"}))
    media = (await upload(shop.desk, picture(), "photo.png")).json
    await world.verify(lambda: shop.send(chat, {"type": "media", "media_id": media["id"], "reply_to": first["id"]}))
    await shop.faults(undeliverable=1.0)
    failed = await world.verify(lambda: shop.text(chat, "never arrives"))
    await shop.reaches(chat, failed["id"], "failed")
    await shop.faults(undeliverable=0.0)
    again = f"/api/messages/{failed['id']}/resend"
    await world.verify(lambda: shop.desk.post(again, headers={"Idempotency-Key": str(uuid4())}))
    template = await approved(shop, ORDER)
    body = {"type": "template", "template_id": template["id"], "parameters": {"body": ["Ana", "A-17"]}}
    other = await world.verify(lambda: shop.customer("+14155550177", "Bo"))
    await world.verify(lambda: shop.send(other, body))
    assert any(event["type"] == "templates_changed" for event in world.page.events)


async def test_what_money_does(world: World) -> None:
    await world.verify(lambda: world.shop.credit(7_000_000))


async def test_two_people_who_are_one(world: World) -> None:
    """Known by phone to one chat, by user id to another, until both come together."""
    shop = world.shop
    chat = await world.verify(shop.customer)
    phones = (await shop.place.control("GET", "/state"))["phones"]
    user_id = next(one["user_id"] for one in phones if one["phone"] == CUSTOMER)
    await shop.place.control("PATCH", f"/phones/{CUSTOMER}", {"shares_phone": False, "username": "ana"})
    await world.verify(lambda: shop.writes(chat, "without a number"))
    await shop.place.control("PATCH", f"/phones/{CUSTOMER}", {"shares_phone": True})
    start = len(world.page.events)
    await shop.writes(chat, "with one")
    await world.page.hears("chat_removed")
    items = (await shop.desk.get("/api/chats")).json["items"]
    assert len(items) == 1
    assert items[0]["customer"]["user_id"] == user_id
    assert items[0]["customer"]["phone"] == CUSTOMER
    removed = [event for event in world.page.events[start:] if event["type"] == "chat_removed"]
    assert removed[0]["merged_into"] == items[0]["id"]
