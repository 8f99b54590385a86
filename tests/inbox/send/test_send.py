"""Sending, from the composer to the customer's phone, against the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from hobnob.platform.settings import Settings
from tests.desk import Answer
from tests.inbox.send.shop import CUSTOMER, Shop, open_shop, until, working


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with open_shop(settings) as shop, working(shop.settings):
        yield shop


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


async def test_a_reply_reaches_the_phone(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    sent = await shop.text(chat, "Buenas, how can I help?")
    assert (sent["status"], sent["sent_by"]["name"], sent["wamid"]) == ("queued", "Maya Ortiz", None)
    await shop.all_gone()
    (shown,) = await shop.on_phone(chat)
    assert shown["content"]["body"] == "Buenas, how can I help?"
    now = await shop.message(chat, sent["id"])
    assert now["status"] in ("sending", "sent", "delivered")
    assert now["wamid"] == shown["id"]
    assert now["version"] > sent["version"]
    assert await shop.sent() == {sent["id"]: 1}
    listed = (await shop.desk.get("/api/chats")).json["items"][0]
    assert listed["last_message"]["id"] == sent["id"]
    assert listed["last_message"]["preview"] == "Buenas, how can I help?"


async def test_same_key_same_answer_other_body_conflict(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    key = str(uuid4())
    first = await shop.send(chat, {"type": "text", "body": "one"}, key)
    again = await shop.send(chat, {"type": "text", "body": "one"}, key)
    assert (first.status, again.status) == (202, 202)
    assert first.json == again.json
    assert first.json["id"] == key
    assert problem(await shop.send(chat, {"type": "text", "body": "two"}, key)) == (409, "idempotency_conflict")
    await shop.all_gone()
    assert await shop.sent() == {key: 1}


async def test_a_closed_window_refuses_everything_but_templates(shop: Shop) -> None:
    chat = await shop.customer()
    refused = await shop.send(chat, {"type": "text", "body": "Hello?"})
    assert problem(refused) == (409, "window_closed")
    assert "template" in refused.json["detail"]
    await shop.writes(chat)
    await shop.close_window(chat)
    assert problem(await shop.send(chat, {"type": "text", "body": "Hello?"})) == (409, "window_closed")
    inbound = (await shop.thread(chat))["items"][0]
    reaction = {"type": "reaction", "message_id": inbound["id"], "emoji": "👍"}
    assert problem(await shop.send(chat, reaction)) == (409, "window_closed")
    assert await shop.outbox() == []


async def test_without_credit_nothing_that_may_cost_leaves(settings: Settings) -> None:
    async with open_shop(settings, credit_micros=0) as shop, working(shop.settings):
        chat = await shop.customer()
        await shop.writes(chat)
        refused = await shop.send(chat, {"type": "text", "body": "Hi"})
        assert problem(refused) == (402, "insufficient_credit")
        assert refused.json["needed_micros"] > refused.json["available_micros"] == 0
        assert await shop.outbox() == []
        assert [one["direction"] for one in (await shop.thread(chat))["items"]] == ["in"]
        await shop.credit(5_000_000)
        assert (await shop.send(chat, {"type": "text", "body": "Hi"})).status == 202
        # Set aside, or paid if the worker has been quick.
        assert (await shop.desk.get("/api/wallet")).json["available_micros"] < 5_000_000


async def test_inside_an_open_conversation_nothing_is_set_aside(settings: Settings) -> None:
    async with open_shop(settings, credit_micros=1_000_000) as shop:
        chat = await shop.customer()
        async with working(shop.settings):
            await shop.writes(chat)
            opening = await shop.text(chat, "opens it")
            await shop.reaches(chat, opening["id"], "delivered", "read")
            wallet = (await shop.desk.get("/api/wallet")).json
            assert wallet["held_micros"] == 0
        await shop.owner.execute(
            "UPDATE ledger_accounts SET balance_micros = 0 WHERE code = 'available' AND account_id = $1",
            shop.account_id,
        )
        assert (await shop.send(chat, {"type": "text", "body": "goes on without credit"})).status == 202
        assert (await shop.desk.get("/api/wallet")).json["held_micros"] == 0


async def test_every_kind_of_message(shop: Shop) -> None:
    chat = await shop.customer()
    wamid = await shop.writes(chat)
    inbound = (await shop.thread(chat))["items"][0]
    buttons = [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]
    rows = [{"id": "s", "title": "Small"}, {"id": "l", "title": "Large", "description": "50 cl"}]
    bodies: list[Any] = [
        {"type": "text", "body": "quoting", "reply_to": inbound["id"]},
        {"type": "reaction", "message_id": inbound["id"], "emoji": "🎉"},
        {"type": "interactive", "kind": "button", "body": "Agree?", "footer": "tap one", "buttons": buttons},
        {"type": "interactive", "kind": "list", "body": "Size?", "button": "Choose", "sections": [{"rows": rows}]},
    ]
    answers = [await shop.send(chat, body) for body in bodies]
    assert [answer.status for answer in answers] == [202] * 4, [answer.json for answer in answers]
    await shop.all_gone()
    shown = await shop.on_phone(chat)
    assert [one["type"] for one in shown] == ["text", "interactive", "interactive"]
    assert shown[0]["context"]["id"] == wamid
    assert answers[0].json["context"] == {"message_id": inbound["id"], "wamid": wamid, "preview": "Hola"}
    assert answers[1].json["id"] == inbound["id"]
    assert answers[1].json["reactions"] == [{"by": "business", "emoji": "🎉"}]
    assert len((await shop.thread(chat))["items"]) == 4
    taken_back = await shop.send(chat, {"type": "reaction", "message_id": inbound["id"], "emoji": ""})
    assert taken_back.json["reactions"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "text", "body": ""}, None),
        ({"type": "text", "body": "x" * 4097}, None),
        ({"type": "text", "body": "x", "surprise": 1}, None),
        ({"type": "interactive", "kind": "button", "body": "b", "buttons": []}, "buttons"),
        ({"type": "interactive", "kind": "button", "body": "b", "buttons": [{"id": "1", "title": "x" * 21}]}, None),
        ({"type": "interactive", "kind": "list", "body": "b", "button": "Go"}, "sections"),
        ({"type": "fax"}, None),
    ],
)
async def test_broken_limits_are_named_before_anything_leaves(shop: Shop, body: Any, field: str | None) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    answer = await shop.send(chat, body)
    assert problem(answer) == (422, "invalid_input")
    if field:
        assert field in [one["field"] for one in answer.json["fields"]]
    assert await shop.outbox() == []


async def test_a_key_is_needed_and_must_be_a_uuid(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    path = f"/api/chats/{chat['id']}/messages"
    assert (await shop.desk.post(path, {"type": "text", "body": "x"})).status == 422
    wrong = await shop.desk.post(path, {"type": "text", "body": "x"}, headers={"Idempotency-Key": "nonsense"})
    assert problem(wrong) == (422, "invalid_input")


async def test_a_failed_message_can_be_sent_again_once(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    await shop.faults(undeliverable=1.0)
    failed = await shop.text(chat, "are you there?")
    message = await shop.reaches(chat, failed["id"], "failed")
    assert message["error"]["code"] == 131026
    assert message["error"]["can_resend"] is True
    assert (await shop.desk.get("/api/wallet")).json["held_micros"] == 0
    await shop.faults(undeliverable=0.0)

    again = f"/api/messages/{failed['id']}/resend"
    resent = await shop.desk.post(again, headers={"Idempotency-Key": str(uuid4())})
    assert resent.status == 202, resent.json
    assert resent.json["content"] == {"body": "are you there?", "resend_of": failed["id"]}
    await shop.reaches(chat, resent.json["id"], "delivered")
    assert (await shop.message(chat, failed["id"]))["error"]["can_resend"] is False
    twice = await shop.desk.post(again, headers={"Idempotency-Key": str(uuid4())})
    assert problem(twice) == (409, "not_resendable")


async def test_what_arrived_after_all_is_not_sent_again(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    await shop.faults(undeliverable=1.0)
    failed = await shop.text(chat, "are you there?")
    await shop.reaches(chat, failed["id"], "failed")
    await shop.faults(undeliverable=0.0)
    await shop.owner.execute("UPDATE messages SET delivered_at = now() WHERE id = $1", UUID(failed["id"]))
    again = await shop.desk.post(f"/api/messages/{failed['id']}/resend", headers={"Idempotency-Key": str(uuid4())})
    assert problem(again) == (409, "not_resendable")


async def test_a_character_that_cannot_be_stored_is_named(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    answer = await shop.send(chat, {"type": "text", "body": "half\0way"})
    assert problem(answer) == (422, "invalid_input")


async def test_a_refusal_says_why_and_gives_the_credit_back(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    await shop.faults(mode_131047="sync")
    await shop.place.control("POST", "/clock/advance", {"seconds": 25 * 3600})
    # Here it seems open still, so that WhatsApp has to say no.
    await shop.owner.execute("UPDATE chats SET window_expires_at = now() + interval '3 days'")
    refused = await shop.text(chat, "too late")
    message = await shop.reaches(chat, refused["id"], "failed")
    assert (message["error"]["code"], message["error"]["can_resend"]) == (131047, False)
    assert "template" in message["error"]["advice"]
    assert message["wamid"] is None
    assert (await shop.desk.get("/api/wallet")).json["held_micros"] == 0
    inbound = (await shop.thread(chat))["items"][-1]
    reaction = {"type": "reaction", "message_id": inbound["id"], "emoji": "👍"}
    reacted = await shop.send(chat, reaction)
    assert reacted.status == 202, reacted.json
    assert reacted.json["reactions"] == [{"by": "business", "emoji": "👍"}]
    await shop.all_gone()
    assert (await shop.message(chat, inbound["id"]))["reactions"] == []


async def test_blue_ticks_follow_reading(shop: Shop) -> None:
    chat = await shop.customer()
    wamid = await shop.writes(chat)
    read = (await shop.desk.post(f"/api/chats/{chat['id']}/read")).json
    assert read["unread_count"] == 0

    async def is_blue() -> bool:
        chats = await shop.place.control("GET", f"/phones/{CUSTOMER}/chats")
        return any(m["id"] == wamid and m["status"] == "read" for one in chats for m in one["messages"])

    await until(is_blue)

    async def is_done() -> bool:
        return not await shop.owner.fetchval("SELECT count(*) FROM read_receipts")

    await until(is_done)
