"""Phones that WhatsApp writes otherwise than people dial them: Argentina, Mexico, Brazil."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from hobnob.platform.settings import Settings
from tests.inbox.send.shop import Shop, open_shop, until, working
from tests.templates.test_sync import ORDER, approved

DIALLED = "+541123456789"
ON_WHATSAPP = "+5491123456789"


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with open_shop(settings) as shop, working(shop.settings):
        yield shop


async def open_chat(shop: Shop, phone: str) -> Any:
    answer = await shop.desk.post("/api/chats", {"number_id": shop.number["id"], "phone": phone})
    assert answer.status == 201, answer.json
    return answer.json


async def greet(shop: Shop, chat: Any) -> Any:
    """Sends a template, as to everybody who has not written."""
    template = await approved(shop, ORDER)
    body = {"type": "template", "template_id": template["id"], "parameters": {"body": ["Lucia", "A-17"]}}
    answer = await shop.send(chat, body)
    while answer.status == 404:  # the worker's own first look at the templates began before this one was there
        await shop.desk.post("/api/templates/sync")
        listed = (await shop.desk.get("/api/templates")).json["items"]
        body["template_id"] = next((one["id"] for one in listed if one["name"] == ORDER["name"]), template["id"])
        answer = await shop.send(chat, body)
    assert answer.status == 202, answer.json
    return answer.json


async def answers(shop: Shop, text: str) -> UUID:
    """The customer writes; answers with the chat it came into."""
    said = await shop.place.control(
        "POST",
        f"/phones/{ON_WHATSAPP}/send",
        {"to": await shop.phone_number_id(), "type": "text", "text": {"body": text}},
    )

    async def has_come() -> Any:
        return await shop.owner.fetchval("SELECT chat_id FROM messages WHERE wamid = $1", said["id"])

    found: UUID = await until(has_come)
    return found


async def test_the_answer_comes_into_the_chat_that_was_opened(shop: Shop) -> None:
    await shop.place.control("POST", "/phones", {"phone": ON_WHATSAPP, "name": "Lucia"})
    chat = await open_chat(shop, DIALLED)
    sent = await greet(shop, chat)
    await shop.reaches(chat, sent["id"], "delivered")
    assert await answers(shop, "Hola") == UUID(chat["id"])
    reply = await shop.text(chat, "Here we are")
    await shop.reaches(chat, reply["id"], "delivered")
    assert len((await shop.desk.get("/api/chats")).json["items"]) == 1
    assert len((await shop.desk.get("/api/billing/charges")).json["items"]) == 1
    assert (await open_chat(shop, DIALLED))["id"] == chat["id"]
    assert (await open_chat(shop, ON_WHATSAPP))["id"] == chat["id"]


async def test_two_chats_opened_for_one_phone_become_one(shop: Shop) -> None:
    await shop.place.control("POST", "/phones", {"phone": ON_WHATSAPP, "name": "Lucia"})
    first = await answers(shop, "Hola")
    chat = await open_chat(shop, DIALLED)
    assert UUID(chat["id"]) != first
    await greet(shop, chat)

    async def is_one() -> bool:
        return len((await shop.desk.get("/api/chats")).json["items"]) == 1

    await until(is_one)
    [left] = (await shop.desk.get("/api/chats")).json["items"]
    assert await answers(shop, "Once more") == UUID(left["id"])
    assert left["customer"]["phone"] == ON_WHATSAPP
