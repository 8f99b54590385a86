"""What a business may send, and how the platform says no: at once or by webhook, with Meta's codes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.support import BUSINESS_PHONE, CUSTOMER_PHONE, Platform, Receiver, Refused

STRANGER = "+15550009999"
BUTTON = {"type": "reply", "reply": {"id": "a", "title": "A"}}


def interactive(**parts: Any) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"body": {"text": "b"}, **parts}}


def rows(count: int, title: str = "Row") -> list[dict[str, str]]:
    return [{"id": f"r{at}", "title": f"{title} {at}"} for at in range(count)]


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"type": "text", "text": {}}, 131008),
    ({"type": "text", "text": {"body": "x" * 4097}}, 100),
    ({"type": "text", "text": {"body": "x", "bold": True}}, 100),
    ({"type": "text"}, 131008),
    ({"type": "telepathy"}, 100),
    ({"type": "text", "text": {"body": "x"}, "surprise": 1}, 100),
    ({"type": "text", "text": {"body": "x"}, "context": {}}, 131008),
    ({"type": "image", "image": {}}, 100),
    ({"type": "image", "image": {"id": "1"}}, 100),
    ({"type": "image", "image": {"id": "1", "link": "https://example.com/a.png"}}, 100),
    ({"type": "image", "image": {"link": "file:///etc/passwd"}}, 100),
    ({"type": "audio", "audio": {"link": "https://example.com/a.mp3", "caption": "no"}}, 100),
    ({"type": "location", "location": {"latitude": 91, "longitude": 0}}, 131009),
    ({"type": "location", "location": {"latitude": 1}}, 131008),
    ({"type": "contacts", "contacts": []}, 131009),
    ({"type": "contacts", "contacts": [{"phones": []}]}, 131008),
    ({"type": "reaction", "reaction": {"emoji": "\U0001f44d"}}, 131008),
    ({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "ok"}}, 131009),
    (interactive(type="button", action={"buttons": [BUTTON] * 4}), 131009),
    (interactive(type="button", action={"buttons": [BUTTON] * 2}), 131009),
    (
        interactive(type="button", action={"buttons": [{"type": "reply", "reply": {"id": "a", "title": "x" * 21}}]}),
        131009,
    ),
    (interactive(type="button", action={"buttons": [BUTTON]}, footer={"text": "x" * 61}), 100),
    (interactive(type="list", action={"button": "Open", "sections": [{"rows": rows(11)}]}), 131009),
    (interactive(type="list", action={"button": "Open", "sections": [{"rows": rows(1)}, {"rows": rows(1)}]}), 131008),
    (interactive(type="list", action={"button": "Open", "sections": []}), 131009),
    (
        interactive(type="cta_url", action={"name": "cta_url", "parameters": {"display_text": "Go", "url": "no"}}),
        131009,
    ),
    (interactive(type="magic", action={}), 100),
    ({"type": "template", "template": {"name": "nope", "language": {"code": "en_US"}}}, 132001),
]


@pytest.mark.parametrize(("body", "code"), REFUSED)
def test_what_is_refused_at_once(platform: Platform, body: dict[str, Any], code: int) -> None:
    platform.write()
    with pytest.raises(Refused) as caught:
        platform.send(**body)
    assert caught.value.code == code
    assert caught.value.status == (404 if code == 132001 else 400)
    error = caught.value.body["error"]
    assert error["message"].startswith(f"(#{code})") and error["fbtrace_id"] and error["type"] == "OAuthException"
    assert error["error_data"]["messaging_product"] == "whatsapp" and error["error_data"]["details"]


def test_the_envelope_of_a_send(platform: Platform) -> None:
    for to, code in (("", 131008), ("12", 100), ("not a phone", 100), (BUSINESS_PHONE, 131021)):
        with pytest.raises(Refused) as caught:
            platform.send(to)
        assert caught.value.code == code
    with pytest.raises(Refused) as caught:
        platform.graph("POST", f"{platform.number_id}/messages", to=CUSTOMER_PHONE, type="text", text={"body": "x"})
    assert caught.value.code == 131008


def test_the_recipient_however_it_is_written(platform: Platform) -> None:
    platform.write()
    for to in ("+91 98200-12345", "919820012345", "(91) 9820012345"):
        answer = platform.graph(
            "POST", f"{platform.number_id}/messages", messaging_product="whatsapp", to=to, type="text", text={"body": "x"}
        )  # fmt: skip
        assert answer["contacts"][0]["input"] == to
        assert answer["contacts"][0]["wa_id"] == "919820012345"


def test_outside_the_window(platform: Platform, receiver: Receiver) -> None:
    """Accepted, then failed by webhook; or refused at once when asked for that."""
    wamid = platform.send()
    failed = receiver.status(wamid, "failed")
    assert failed["errors"][0]["code"] == 131047
    assert "pricing" not in failed and "conversation" not in failed
    assert [item["status"] for item in receiver.statuses(wamid)] == ["failed"]
    platform.faults(mode_131047="sync")
    with pytest.raises(Refused) as caught:
        platform.send()
    assert caught.value.code == 131047


def test_the_window_lasts_24_hours_from_the_last_message(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    platform.advance(hours=23)
    platform.write()
    platform.advance(hours=23, minutes=59)
    receiver.status(platform.send(), "delivered")
    platform.advance(minutes=1)
    receiver.status(platform.send(), "failed")


def test_who_cannot_be_reached(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    platform.faults(mode_131047="async")
    platform.phone(CUSTOMER_PHONE, "/block", phone_number_id=platform.number_id, blocked=True)
    assert receiver.status(platform.send(), "failed")["errors"][0]["code"] == 131026
    platform.phone(CUSTOMER_PHONE, "/block", phone_number_id=platform.number_id, blocked=False)
    receiver.status(platform.send(), "delivered")
    platform.phone(CUSTOMER_PHONE, method="PATCH", whatsapp_app=False)
    assert receiver.status(platform.send(), "failed")["errors"][0]["code"] == 131026
    assert receiver.status(platform.send(STRANGER), "failed")["recipient_id"] == STRANGER[1:]


def test_throughput(platform: Platform) -> None:
    """80 a second by default, from a bucket that holds one second."""
    platform.write()
    platform.faults(pair_limit=False)
    codes = []
    for _ in range(200):
        try:
            platform.send()
        except Refused as refused:
            codes.append(refused.code)
    platform.faults(rate_limit_per_second=5)
    for _ in range(20):
        try:
            platform.send()
        except Refused as refused:
            codes.append(refused.code)
    assert set(codes) == {130429}


def test_the_pair_limit_lends_45_messages(platform: Platform) -> None:
    platform.write()
    for _ in range(45):
        platform.send()
    with pytest.raises(Refused) as caught:
        platform.send()
    assert caught.value.code == 131056
    platform.advance(seconds=6)
    platform.send()
    with pytest.raises(Refused):
        platform.send()
    platform.advance(minutes=10)
    for _ in range(45):
        platform.send()


def test_tokens_and_objects(platform: Platform) -> None:
    with pytest.raises(Refused) as caught:
        platform.graph("GET", platform.number_id, token="wrong")
    assert (caught.value.status, caught.value.code) == (401, 190)
    with pytest.raises(Refused) as caught:
        platform.graph("GET", "999")
    assert (caught.value.code, caught.value.body["error"]["error_subcode"]) == (100, 33)
    with pytest.raises(Refused) as caught:
        platform.graph("POST", f"{platform.number_id}/nonsense")
    assert caught.value.code == 100


def test_marketing_messages_takes_marketing_templates_only(platform: Platform) -> None:
    platform.write()
    with pytest.raises(Refused) as caught:
        platform.graph(
            "POST", f"{platform.number_id}/marketing_messages", messaging_product="whatsapp", to=CUSTOMER_PHONE,
            type="text", text={"body": "x"},
        )  # fmt: skip
    assert caught.value.code == 134100


def test_reading_and_typing(platform: Platform) -> None:
    first, second = platform.write(), platform.write(text="again")
    body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": second}
    assert platform.graph("POST", f"{platform.number_id}/messages", **body, typing_indicator={"type": "text"}) == {
        "success": True
    }
    assert [bubble["status"] for bubble in platform.thread()] == ["read", "read"]
    chat = platform.phone(CUSTOMER_PHONE, "/chats", "GET")[0]
    assert chat["typing"] is True
    platform.advance(seconds=26)
    assert platform.phone(CUSTOMER_PHONE, "/chats", "GET")[0]["typing"] is False
    assert first != second
    with pytest.raises(Refused):
        platform.graph("POST", f"{platform.number_id}/messages", **{**body, "message_id": "wamid.none"})


def test_sends_are_counted_by_their_opaque_data(platform: Platform) -> None:
    platform.write()
    before = platform.control("GET", "/sent")["accepted"]
    for opaque in ("a", "b", "a"):
        platform.send(biz_opaque_callback_data=opaque)
    counted = platform.control("GET", "/sent?opaque=1")
    assert counted["accepted"] == before + 3
    assert counted["opaque"] == {"a": 2, "b": 1}
