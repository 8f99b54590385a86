"""The phones: what customers do on them, what they show, and that all of it survives a restart."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hobnob.simulator import app as app_module
from hobnob.simulator.app import create_app
from hobnob.simulator.server import running
from tests.simulator.support import CUSTOMER_PHONE, TOKEN, Platform, Receiver, Refused, simulating

BUTTONS = {"buttons": [{"type": "reply", "reply": {"id": "yes", "title": "Yes"}}]}
ASK: dict[str, Any] = {
    "type": "interactive",
    "interactive": {"type": "button", "body": {"text": "?"}, "action": BUTTONS},
}


def last(receiver: Receiver, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = receiver.wait(
        lambda: next((item for item in reversed(receiver.messages()) if item["type"] == kind), None)
    )
    return found


def test_writing_shows_on_both_sides(platform: Platform, receiver: Receiver) -> None:
    wamid = platform.write(text="hello")
    item = last(receiver, "text")
    assert (item["id"], item["from"], item["text"]) == (wamid, CUSTOMER_PHONE[1:], {"body": "hello"})
    assert item["from_user_id"].startswith("IN.") and item["timestamp"].isdigit()
    assert receiver.values()[-1]["contacts"][0]["profile"] == {"name": "Ash\u00e4"}
    [bubble] = platform.thread()
    assert (bubble["from_me"], bubble["content"], bubble["type"]) == (True, {"body": "hello"}, "text")


def test_what_a_phone_cannot_do(platform: Platform) -> None:
    for body, status in (
        ({"to": "1", "type": "text", "text": {"body": "x"}}, 404),
        ({"to": platform.number_id, "type": "text", "text": {"body": " "}}, 422),
        ({"to": platform.number_id, "type": "dream"}, 422),
        ({"to": platform.number_id, "type": "image", "image": {"id": "none"}}, 404),
        ({"to": platform.number_id, "type": "reaction", "reaction": {"message_id": "none"}}, 404),
    ):
        with pytest.raises(Refused) as caught:
            platform.phone(CUSTOMER_PHONE, "/send", **body)
        assert caught.value.status == status and caught.value.body["detail"].endswith(".")
    with pytest.raises(Refused) as caught:
        platform.phone("+15550001234", "/send")
    assert caught.value.status == 404
    with pytest.raises(Refused) as caught:
        platform.control("POST", "/phones", phone="12")
    assert caught.value.status == 422


def test_media_from_the_phone(platform: Platform, receiver: Receiver) -> None:
    platform.write(type="image", image={"caption": "look"})
    image = last(receiver, "image")["image"]
    assert image["mime_type"] == "image/jpeg" and image["caption"] == "look"
    info = platform.graph("GET", image["id"])
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(info["url"])
    caught.value.close()
    assert caught.value.code == 401
    request = urllib.request.Request(info["url"], headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request) as answer:
        content = answer.read()
    assert len(content) == info["file_size"] and content[:2] == b"\xff\xd8"
    with urllib.request.urlopen(platform.url + platform.thread()[0]["content"]["url"]) as answer:
        assert answer.read() == content
    platform.advance(days=8)
    with pytest.raises(Refused):
        platform.graph("GET", image["id"])


def test_pressing_and_quoting(platform: Platform, receiver: Receiver) -> None:
    first = platform.write()
    asked = platform.send(**ASK)
    platform.phone(CUSTOMER_PHONE, "/press", message_id=asked, button_id="yes")
    item = last(receiver, "interactive")
    assert item["interactive"] == {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}
    assert item["context"] == {"from": "14155550100", "id": asked}
    assert platform.thread()[1]["pressed"] == ["yes"]
    with pytest.raises(Refused):
        platform.phone(CUSTOMER_PHONE, "/press", message_id=asked, button_id="no")
    with pytest.raises(Refused):
        platform.phone(CUSTOMER_PHONE, "/press", message_id=first, button_id="yes")
    quoted = platform.send(context={"message_id": first})
    assert platform.thread()[-1]["context"] == {"id": first} and quoted


def test_edits_and_deletions(platform: Platform, receiver: Receiver) -> None:
    wamid = platform.write(text="helo")
    platform.write(type="edit", edit={"message_id": wamid, "text": {"body": "hello"}})
    edit = last(receiver, "edit")
    assert edit["edit"]["original_message_id"] == wamid and edit["edit"]["message"]["text"] == {"body": "hello"}
    platform.write(type="revoke", revoke={"message_id": wamid})
    assert last(receiver, "revoke")["revoke"] == {"original_message_id": wamid}
    [bubble] = platform.thread()
    assert (bubble["edited"], bubble["deleted"], bubble["content"]["body"]) == (True, True, "hello")


def test_a_new_number(platform: Platform, receiver: Receiver) -> None:
    """Told under the old number, with the new number and the new user id; the chat goes on."""
    platform.write()
    old = platform.control("GET", "/phones")
    user_id = next(each["user_id"] for each in old if each["phone"] == CUSTOMER_PHONE)
    changed = platform.phone(CUSTOMER_PHONE, "/change-number", new_phone="+919820054321")
    system = last(receiver, "system")
    assert (system["from"], system["from_user_id"]) == (CUSTOMER_PHONE[1:], user_id)
    assert system["system"]["type"] == "user_changed_number" and system["system"]["wa_id"] == "919820054321"
    update = receiver.wait(lambda: receiver.values("user_id_update"))[0]["user_id_update"][0]
    assert update["user_id"] == {"previous": user_id, "current": changed["user_id"]}
    platform.write("+919820054321", "new phone, same me")
    assert len(platform.thread("+919820054321")) == 2
    with pytest.raises(Refused):
        platform.phone("+919820054321", "/change-number", new_phone="+14155550100")


def test_a_username_hides_the_phone(platform: Platform, receiver: Receiver) -> None:
    hidden = "+14155550177"
    made = platform.control("POST", "/phones", phone=hidden, name="Kim", username="kim", shares_phone=False)
    platform.write(hidden, "guess who")
    item = last(receiver, "text")
    assert "from" not in item and item["from_user_id"] == made["user_id"]
    contact = receiver.values()[-1]["contacts"][0]
    assert contact == {"profile": {"name": "Kim", "username": "kim"}, "user_id": made["user_id"]}
    answer = platform.graph(
        "POST", f"{platform.number_id}/messages", messaging_product="whatsapp", recipient=made["user_id"], type="text",
        text={"body": "hi"},
    )  # fmt: skip
    assert answer["contacts"] == [{"input": made["user_id"], "user_id": made["user_id"]}]
    status = receiver.status(answer["messages"][0]["id"], "delivered")
    assert "recipient_id" not in status
    platform.phone(hidden, method="PATCH", shares_phone=True)
    platform.write(hidden, "here is my number")
    assert receiver.wait(lambda: receiver.messages()[-1].get("from")) == hidden[1:]


def test_writing_to_a_known_phone_reveals_it(platform: Platform, receiver: Receiver) -> None:
    """Who wrote to a number within 30 days knows it."""
    hidden = "+14155550177"
    platform.control("POST", "/phones", phone=hidden, name="Kim", username="kim", shares_phone=False)
    platform.write(hidden)
    receiver.status(platform.send(hidden), "delivered")
    platform.write(hidden, "you know me")
    assert receiver.wait(lambda: receiver.messages()[-1]["text"]["body"] == "you know me")
    assert receiver.messages()[-1]["from"] == hidden[1:]
    platform.advance(days=31)
    platform.write(hidden, "forgotten")
    assert receiver.wait(lambda: receiver.messages()[-1]["text"]["body"] == "forgotten")
    assert "from" not in receiver.messages()[-1]


def test_a_business_blocks_a_customer(platform: Platform, receiver: Receiver) -> None:
    path = f"{platform.number_id}/block_users"
    body: dict[str, Any] = {"messaging_product": "whatsapp", "block_users": [{"user": CUSTOMER_PHONE}]}
    with pytest.raises(Refused) as caught:
        platform.graph("POST", path, **body)
    assert caught.value.code == 139100 and caught.value.body["block_users"]["failed_users"]
    platform.write(text="heard")
    last(receiver, "text")
    platform.graph("POST", path, **body)
    platform.write(text="not heard")
    platform.graph("DELETE", path, **body)
    platform.write(text="heard again")
    receiver.wait(lambda: len(receiver.messages()) == 2)
    assert [item["text"]["body"] for item in receiver.messages()] == ["heard", "heard again"]


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    with simulating(tmp_path) as first:
        first.open(None)
        first.write(text="before", type="image", image={})
        first.write(text="also")
        first.phone(CUSTOMER_PHONE, method="PATCH", online=False)
        waiting = first.send()
        first.advance(hours=1)
        first.faults(duplicate=0.5)
        ids = (first.waba_id, first.number_id)
    with simulating(tmp_path) as second:
        second.waba_id, second.number_id = ids
        state = second.control("GET", "/state")
        assert round(state["clock_ahead_s"]) == 3600 and state["faults"]["duplicate"] == 0.5
        assert len(second.thread()) == 2
        with urllib.request.urlopen(second.url + second.thread()[0]["content"]["url"]) as answer:
            assert answer.read(2) == b"\xff\xd8"
        second.phone(CUSTOMER_PHONE, method="PATCH", online=True)
        assert second.thread()[-1]["id"] == waiting and second.thread()[-1]["status"] == "delivered"
        second.send()


def test_a_spoilt_snapshot_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text("{not json")
    create_app(tmp_path)
    assert (tmp_path / "world.unreadable").exists()


async def test_watching_live(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In this very process: frames of calls, phones and chats reach a watcher; the page is served when it is built."""
    monkeypatch.setattr(app_module, "PAGE_DIR", tmp_path)
    async with running() as served, aiohttp.ClientSession(served.url) as http:
        async with http.get("/") as page:
            assert "has not been built" in await page.text()
        (tmp_path / "assets").mkdir()
        (tmp_path / "assets" / "a.js").write_text("1")
        (tmp_path.parent / "secret.txt").write_text("no")
        (tmp_path / "simulator.html").write_text("<p>phones</p>")
        async with http.get("/") as page:
            assert await page.text() == "<p>phones</p>"
        async with http.get("/assets/a.js") as asset:
            assert asset.status == 200
        async with http.get("/assets/..%2F..%2Fsecret.txt") as asset:
            assert asset.status == 404
        async with http.ws_connect("/control/live") as live:
            async with http.post("/control/phones", json={"phone": CUSTOMER_PHONE, "name": "Asha"}) as made:
                assert made.status == 200
            frame = json.loads(await asyncio.wait_for(live.receive_str(), 5))
            assert (frame["type"], frame["phone"]["phone"]) == ("phone", CUSTOMER_PHONE)
            async with http.get("/v25.0/1") as refused:
                assert refused.status == 401
            frame = json.loads(await asyncio.wait_for(live.receive_str(), 5))
            assert (frame["type"], frame["entry"]["path"], frame["entry"]["status"]) == ("log", "/v25.0/1", 401)


def test_bad_faults_are_refused(platform: Platform) -> None:
    for wrong in ({"duplicate": 2}, {"batch_max": 0}, {"mode_131047": "maybe"}, {"webhook_delay_ms": [1]}):
        with pytest.raises(Refused) as caught:
            platform.faults(**wrong)
        assert caught.value.status == 422
