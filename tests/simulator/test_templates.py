"""Templates as strictly as Meta reviews and fills them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.support import Platform, Receiver, Refused

BODY = {
    "type": "BODY",
    "text": "Hello {{1}}, your order {{2}} is on its way.",
    "example": {"body_text": [["Ada", "42"]]},
}
PLAIN = {"type": "BODY", "text": "Hello from the shop."}
URL = {"type": "URL", "text": "Track", "url": "https://example.com/{{1}}", "example": ["https://example.com/42"]}


def create(platform: Platform, *components: dict[str, Any], **more: Any) -> Any:
    body = {
        "name": "order",
        "language": "en_US",
        "category": "UTILITY",
        "components": list(components) or [BODY],
        **more,
    }
    return platform.graph("POST", f"{platform.waba_id}/message_templates", **body)


def text_of(*values: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": value} for value in values]


def fill(name: str = "order", **components: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [{"type": kind, "parameters": parameters} for kind, parameters in components.items()]
    return {"type": "template", "template": {"name": name, "language": {"code": "en_US"}, "components": parts}}


def buttons(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "BUTTONS", "buttons": list(items)}


def quick(text: str) -> dict[str, str]:
    return {"type": "QUICK_REPLY", "text": text}


def body(text: str, *examples: str) -> dict[str, Any]:
    return {"type": "BODY", "text": text, **({"example": {"body_text": [list(examples)]}} if examples else {})}


REFUSED: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    ([PLAIN], {"name": "Has Capitals"}),
    ([PLAIN], {"language": "english"}),
    ([PLAIN], {"category": "SPAM"}),
    ([{"type": "FOOTER", "text": "no body"}], {}),
    ([PLAIN, PLAIN], {}),
    ([body("x" * 1025)], {}),
    ([body("Hello {{1}} there.")], {}),
    ([body("Hello {{2}} there.", "a")], {}),
    ([body("{{1}} begins with a variable", "a")], {}),
    ([body("Ends with {{1}}", "a")], {}),
    ([body("So {{1}} {{2}} close together", "a", "b")], {}),
    ([body("{{a}} named")], {}),
    ([body("a {{1}} {{2}}b {{3}} c", "a", "b", "c")], {}),
    ([PLAIN, {"type": "FOOTER", "text": "x" * 61}], {}),
    ([PLAIN, {"type": "FOOTER", "text": "with {{1}}"}], {}),
    ([PLAIN, {"type": "HEADER", "format": "TEXT", "text": "x" * 61}], {}),
    ([PLAIN, {"type": "HEADER", "format": "IMAGE"}], {}),
    ([PLAIN, {"type": "HEADER", "format": "HOLOGRAM"}], {}),
    ([PLAIN, buttons(*[quick(str(at)) for at in range(11)])], {}),
    ([PLAIN, buttons(quick("a"), URL, quick("b"))], {}),
    ([PLAIN, buttons(URL, URL, URL)], {}),
    ([PLAIN, buttons(quick("x" * 26))], {}),
    ([PLAIN, buttons({**URL, "example": None})], {}),
    ([PLAIN, buttons({**URL, "url": "https://{{1}}/x"})], {}),
    ([PLAIN, buttons({"type": "COPY_CODE", "example": "x" * 16})], {}),
    (
        [{"type": "BODY", "text": "own text"}, buttons({"type": "OTP", "otp_type": "COPY_CODE"})],
        {"category": "AUTHENTICATION"},
    ),
]


@pytest.mark.parametrize(("components", "more"), REFUSED)
def test_what_is_not_even_reviewed(platform: Platform, components: list[dict[str, Any]], more: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        create(platform, *components, **more)
    assert caught.value.code in (100, 131008, 131009)


def test_review_takes_its_time(platform: Platform, receiver: Receiver) -> None:
    platform.faults(template_review_s=60)
    made = create(platform)
    assert made["status"] == "PENDING"
    with pytest.raises(Refused) as caught:
        platform.send(**fill(body=text_of("Ada", "42")))
    assert caught.value.code == 132001
    platform.advance(seconds=61)
    event = receiver.wait(lambda: receiver.values("message_template_status_update"))[0]
    assert event["event"] == "APPROVED" and str(event["message_template_id"]) == made["id"]
    assert event["message_template_language"] == "en_US" and event["reason"] == "NONE"
    assert platform.graph("GET", made["id"])["status"] == "APPROVED"


def test_decisions_by_hand(platform: Platform, receiver: Receiver) -> None:
    platform.faults(template_review_s=None)
    made = create(platform)
    platform.advance(days=1)
    assert platform.graph("GET", made["id"])["status"] == "PENDING"
    send = fill(body=text_of("Ada", "42"))
    for status, code in (("REJECTED", 132001), ("PAUSED", 132015), ("DISABLED", 132016)):
        platform.control("POST", f"/templates/{made['id']}/decide", status=status)
        with pytest.raises(Refused) as caught:
            platform.send(**send)
        assert caught.value.code == code
    platform.control("POST", f"/templates/{made['id']}/decide", status="APPROVED")
    receiver.status(platform.send(**send), "delivered")
    events = [value["event"] for value in receiver.values("message_template_status_update")]
    assert events == ["REJECTED", "PAUSED", "DISABLED", "APPROVED"]
    assert receiver.values("message_template_status_update")[0]["reason"] == "INVALID_FORMAT"


SENDS: list[tuple[dict[str, Any], int]] = [
    (fill(), 132000),
    (fill(body=text_of("Ada")), 132000),
    (fill(body=text_of("Ada", "42", "more")), 132000),
    (fill(body=text_of("Ada", "42"), header=text_of("no header")), 132000),
    (fill(body=[{"type": "image", "image": {"link": "https://example.com/a.png"}}, *text_of("x")]), 132012),
    (fill(body=text_of("Ada", "line\nbreak")), 132018),
    (fill(body=text_of("Ada", "     many")), 132018),
    (fill(body=text_of("Ada", "x" * 1020)), 132005),
    (fill(body=[{"type": "text"}, *text_of("x")]), 131008),
    (fill("other", body=text_of("Ada", "42")), 132001),
]


@pytest.mark.parametrize(("send", "code"), SENDS)
def test_what_does_not_fit(platform: Platform, send: dict[str, Any], code: int) -> None:
    platform.faults(template_review_s=0)
    create(platform)
    with pytest.raises(Refused) as caught:
        platform.send(**send)
    assert caught.value.code == code


def test_buttons_and_headers_are_filled(platform: Platform, receiver: Receiver) -> None:
    platform.faults(template_review_s=0)
    header = {"type": "HEADER", "format": "DOCUMENT", "example": {"header_handle": ["4:abc"]}}
    create(platform, header, BODY, buttons(URL, quick("Stop")))
    document = {"type": "document", "document": {"link": "https://example.com/bill.pdf", "filename": "bill.pdf"}}
    send = fill(header=[document], body=text_of("Ada", "42"))
    url = {"type": "button", "sub_type": "url", "index": "0", "parameters": text_of("42")}
    with pytest.raises(Refused) as caught:
        platform.send(**send)
    assert caught.value.code == 132000
    send["template"]["components"].append({**url, "sub_type": "copy_code"})
    with pytest.raises(Refused) as caught:
        platform.send(**send)
    assert caught.value.code == 132012
    send["template"]["components"][-1] = url
    receiver.status(platform.send(**send), "delivered")
    shown = platform.thread()[-1]["content"]
    assert shown["header"]["url"] == "https://example.com/bill.pdf"
    assert [button["type"] for button in shown["buttons"]] == ["URL", "QUICK_REPLY"]
    wrong = fill(header=[{"type": "image", "image": {"link": "https://example.com/a.png"}}], body=text_of("Ada", "42"))
    with pytest.raises(Refused) as caught:
        platform.send(**wrong)
    assert caught.value.code == 132012


def test_named_parameters(platform: Platform, receiver: Receiver) -> None:
    platform.faults(template_review_s=0)
    params = [{"param_name": "first", "example": "Ada"}, {"param_name": "order", "example": "42"}]
    named = {
        "type": "BODY",
        "text": "Hi {{first}}, order {{order}} is here.",
        "example": {"body_text_named_params": params},
    }
    create(platform, named, parameter_format="NAMED")
    given = [
        {**one, "parameter_name": name} for one, name in zip(text_of("42", "Ada"), ("order", "first"), strict=True)
    ]
    receiver.status(platform.send(**fill(body=given)), "delivered")
    assert platform.thread()[-1]["content"]["body"] == "Hi Ada, order 42 is here."
    with pytest.raises(Refused) as caught:
        platform.send(**fill(body=text_of("42", "Ada")))
    assert caught.value.code == 132012


def test_authentication_needs_a_phone(platform: Platform, receiver: Receiver) -> None:
    platform.faults(template_review_s=0)
    create(
        platform, {"type": "BODY", "add_security_recommendation": True}, {"type": "FOOTER", "code_expiration_minutes": 5},
        buttons({"type": "OTP", "otp_type": "COPY_CODE"}), name="login", category="AUTHENTICATION",
    )  # fmt: skip
    code = {"type": "button", "sub_type": "url", "index": 0, "parameters": text_of("123456")}
    send = fill("login", body=text_of("123456"))
    send["template"]["components"].append(code)
    receiver.status(platform.send(**send), "delivered")
    user_id = receiver.statuses()[-1]["recipient_user_id"]
    with pytest.raises(Refused) as caught:
        platform.send("", recipient=user_id, **send)
    assert caught.value.code == 131062


def test_edits_duplicates_and_deletion(platform: Platform) -> None:
    platform.faults(template_review_s=0)
    made = create(platform)
    platform.advance(seconds=1)
    with pytest.raises(Refused) as caught:
        create(platform)
    assert caught.value.body["error"]["error_subcode"] == 2388024
    create(platform, language="es")
    platform.graph("POST", made["id"], components=[PLAIN])
    platform.advance(seconds=1)
    with pytest.raises(Refused):
        platform.graph("POST", made["id"], components=[PLAIN])
    with pytest.raises(Refused):
        platform.graph("POST", made["id"], category="MARKETING")
    path = f"{platform.waba_id}/message_templates"
    listed = platform.graph("GET", f"{path}?fields=name,language,status&status=APPROVED")["data"]
    assert {(each["name"], each["language"]) for each in listed} == {("order", "en_US"), ("order", "es")}
    platform.graph("DELETE", f"{path}?name=order&hsm_id={made['id']}")
    assert len(platform.graph("GET", path)["data"]) == 1
    platform.graph("DELETE", f"{path}?name=order")
    assert platform.graph("GET", path)["data"] == []
    with pytest.raises(Refused):
        platform.graph("DELETE", f"{path}?name=order")


def test_a_hundred_creations_an_hour(platform: Platform) -> None:
    for at in range(100):
        create(platform, PLAIN, name=f"t{at}")
    with pytest.raises(Refused) as caught:
        create(platform, PLAIN, name="one_more")
    assert caught.value.code == 80007
