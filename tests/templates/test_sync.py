"""Templates against the simulator: synced, decided upon, sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from hobnob.kernel.ids import Tenant, lane_of
from hobnob.platform.database import ROLE_WEB, Database
from hobnob.platform.settings import Settings
from hobnob.templates import actions
from hobnob.whatsapp.graph_types import Template
from tests.inbox.send.shop import Shop, open_shop, until, working

ORDER = {
    "name": "order_ready",
    "language": "en_US",
    "category": "UTILITY",
    "components": [
        {
            "type": "BODY",
            "text": "Hello {{1}}, your order {{2}} is ready to be fetched.",
            "example": {"body_text": [["Ana", "A-17"]]},
        },
        {"type": "FOOTER", "text": "Amber Tea"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "On my way"}]},
    ],
}


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with open_shop(settings) as shop, working(shop.settings):
        await shop.faults(template_review_s=None)
        yield shop


async def create(shop: Shop, template: Any) -> str:
    """As a brand does in Meta's own tool; answers with Meta's id."""
    waba = await shop.owner.fetchval("SELECT waba_id FROM numbers WHERE id = $1", UUID(shop.number["id"]))
    path = f"{shop.place.simulator_url}/v25.0/{waba}/message_templates"
    headers = {"Authorization": f"Bearer {shop.settings.whatsapp_token}"}
    async with aiohttp.ClientSession() as session, session.post(path, json=template, headers=headers) as answer:
        said = await answer.json()
        assert answer.status == 200, said
        return str(said["id"])


async def listed(shop: Shop, name: str) -> Any:
    items = (await shop.desk.get("/api/templates", params={"limit": 100})).json["items"]
    return next((one for one in items if one["name"] == name), None)


async def approved(shop: Shop, template: Any) -> Any:
    meta_id = await create(shop, template)
    await shop.place.control("POST", f"/templates/{meta_id}/decide", {"status": "APPROVED"})
    answer = await shop.desk.post("/api/templates/sync")
    assert answer.status == 200, answer.json
    return next(one for one in answer.json["items"] if one["name"] == template["name"])


async def test_a_decision_of_metas_arrives_by_webhook(shop: Shop) -> None:
    meta_id = await create(shop, ORDER)
    await shop.desk.post("/api/templates/sync")
    pending = await listed(shop, "order_ready")
    assert (pending["status"], pending["category"]) == ("pending", "utility")
    assert [one["name"] for one in pending["parameters"]["body"]] == ["1", "2"]
    chat = await shop.customer()
    body = {"type": "template", "template_id": pending["id"], "parameters": {"body": ["Ana", "A-17"]}}
    refused = await shop.send(chat, body)
    assert (refused.status, refused.json["code"]) == (409, "template_not_approved")

    await shop.place.control("POST", f"/templates/{meta_id}/decide", {"status": "APPROVED"})

    async def is_approved() -> bool:
        return bool((await listed(shop, "order_ready"))["status"] == "approved")

    await until(is_approved)


async def test_a_template_opens_a_chat_whose_window_is_closed(shop: Shop) -> None:
    template = await approved(shop, ORDER)
    chat = await shop.customer()
    body = {"type": "template", "template_id": template["id"], "parameters": {"body": ["Ana", "A-17"]}}
    sent = await shop.send(chat, body)
    assert sent.status == 202, sent.json
    assert sent.json["content"]["body"] == "Hello Ana, your order A-17 is ready to be fetched."
    assert sent.json["content"]["footer"] == "Amber Tea"
    await shop.reaches(chat, sent.json["id"], "delivered")
    (shown,) = await shop.on_phone(chat)
    assert shown["content"]["body"] == sent.json["content"]["body"]
    charged = await shop.message(chat, sent.json["id"])
    assert charged["charge"]["amount_micros"] > 0
    conversation = (await shop.desk.get(f"/api/chats/{chat['id']}")).json["conversation"]
    assert (conversation["category"], conversation["opening_message_id"]) == ("utility", sent.json["id"])


async def test_wrong_parameters_are_named(shop: Shop) -> None:
    template = await approved(shop, ORDER)
    chat = await shop.customer()
    answer = await shop.send(
        chat, {"type": "template", "template_id": template["id"], "parameters": {"body": ["only one"]}}
    )
    assert (answer.status, answer.json["code"]) == (422, "invalid_input")
    assert answer.json["fields"][0]["field"] == "parameters.body"
    unknown = await shop.send(chat, {"type": "template", "template_id": str(uuid4()), "parameters": {}})
    assert unknown.status == 404


async def test_pages_by_name_and_forgets_what_meta_deleted(shop: Shop) -> None:
    for n in range(5):
        await create(shop, {**ORDER, "name": f"order_{n}"})
    names = [one["name"] for one in (await shop.desk.post("/api/templates/sync")).json["items"]]
    assert names == sorted(names)
    walked: list[str] = []
    after = None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = (await shop.desk.get("/api/templates", params=query)).json
        walked += [one["name"] for one in page["items"]]
        if (after := page["next"]) is None:
            break
    assert walked == names
    waba = await shop.owner.fetchval("SELECT waba_id FROM numbers WHERE id = $1", UUID(shop.number["id"]))
    headers = {"Authorization": f"Bearer {shop.settings.whatsapp_token}"}
    path = f"{shop.place.simulator_url}/v25.0/{waba}/message_templates?name=order_3"
    async with aiohttp.ClientSession() as session, session.delete(path, headers=headers) as answer:
        assert answer.status == 200
    left = [one["name"] for one in (await shop.desk.post("/api/templates/sync")).json["items"]]
    assert "order_3" not in left
    only = (await shop.desk.get("/api/templates", params={"status": "approved"})).json["items"]
    assert all(one["status"] == "approved" for one in only)


async def test_what_cannot_be_stored_waits_longer_each_time(shop: Shop) -> None:
    await shop.owner.execute("ALTER TABLE templates ADD CONSTRAINT poison CHECK (name <> 'order_ready')")
    await create(shop, ORDER)
    await shop.owner.execute("UPDATE template_syncs SET due_at = now()")

    async def is_put_off() -> Any:
        return await shop.owner.fetchrow("SELECT * FROM template_syncs WHERE attempts = 1 AND due_at > now()")

    # A sync that stays due would keep the next account of its lane waiting for ever.
    await until(is_put_off)


async def test_a_list_that_changed_while_it_was_read_is_stored(shop: Shop) -> None:
    tenant = Tenant(shop.account_id, lane_of(shop.account_id))
    twice = [
        Template("100", "twice", "en_US", status, "UTILITY", [{"type": "BODY", "text": "Hello"}])
        for status in ("APPROVED", "REJECTED")
    ]
    database = await Database.open(shop.settings, roles=(ROLE_WEB,))
    async with database.account(tenant) as tx:
        await actions.store(tx, tenant, {"another": twice}, datetime.now(UTC))
    await database.close()
    assert (await listed(shop, "twice"))["status"] == "rejected"


async def test_only_ones_own(shop: Shop) -> None:
    template = await approved(shop, ORDER)
    other = shop.place.desk()
    await other.sign_up(email="other@example.com", brand="Other")
    assert (await other.get("/api/templates")).json["items"] == []
    assert (await other.get("/api/chats")).json["items"] == []
    assert template["id"]
