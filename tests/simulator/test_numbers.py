"""A number's way in: codes, PINs and everything that can go wrong with them."""

from __future__ import annotations

import pytest

from tests.simulator.support import BUSINESS_PHONE, PIN, Platform, Receiver, Refused

NEW = "+14155550142"


def add(platform: Platform, phone: str = NEW) -> str:
    path = f"{platform.waba_id}/phone_numbers"
    added: str = platform.graph("POST", path, cc="1", phone_number=phone[2:], verified_name="New")["id"]
    return added


def ask(platform: Platform, number_id: str, method: str = "SMS") -> None:
    platform.graph("POST", f"{number_id}/request_code", code_method=method, language="en_US")


def refused(platform: Platform, path: str, **body: str) -> Refused:
    with pytest.raises(Refused) as caught:
        platform.graph("POST", path, **body)
    return caught.value


def test_the_way_in(platform: Platform) -> None:
    number_id = add(platform)
    shown = platform.graph("GET", f"{number_id}?fields=status,code_verification_status,display_phone_number,throughput")
    assert shown == {
        "id": number_id,
        "status": "PENDING",
        "code_verification_status": "NOT_VERIFIED",
        "display_phone_number": "+1 415-555-0142",
        "throughput": {"level": "NOT_APPLICABLE"},
    }
    assert refused(platform, f"{number_id}/register", messaging_product="whatsapp", pin=PIN).code == 133006
    ask(platform, number_id)
    platform.graph("POST", f"{number_id}/verify_code", code=platform.code_of(NEW))
    platform.graph("POST", f"{number_id}/register", messaging_product="whatsapp", pin=PIN)
    shown = platform.graph("GET", f"{number_id}?fields=status,is_pin_enabled,throughput,platform_type")
    assert (shown["status"], shown["throughput"]["level"], shown["is_pin_enabled"]) == ("CONNECTED", "STANDARD", True)


def test_a_call_speaks_the_code(platform: Platform) -> None:
    number_id = add(platform)
    ask(platform, number_id, "VOICE")
    phone = next(each for each in platform.control("GET", "/state")["phones"] if each["phone"] == NEW)
    assert not phone["sms"]
    digits = "".join(letter for letter in phone["calls"][-1]["body"] if letter.isdigit())
    platform.graph("POST", f"{number_id}/verify_code", code=digits)


def test_wrong_expired_and_too_many_codes(platform: Platform) -> None:
    number_id = add(platform)
    path = f"{number_id}/verify_code"
    ask(platform, number_id)
    right = platform.code_of(NEW)
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        error = refused(platform, path, code=wrong)
        assert error.code == 136025 and "wrong" in error.body["error"]["error_user_msg"]
    assert "Too many" in refused(platform, path, code=right).body["error"]["error_user_msg"]
    ask(platform, number_id)
    platform.advance(minutes=10, seconds=1)
    assert "expired" in refused(platform, path, code=platform.code_of(NEW)).body["error"]["error_user_msg"]
    ask(platform, number_id)
    platform.graph("POST", path, code=platform.code_of(NEW))


def test_codes_cannot_be_asked_for_without_end(platform: Platform) -> None:
    number_id = add(platform)
    for _ in range(10):
        ask(platform, number_id)
    assert refused(platform, f"{number_id}/request_code", code_method="SMS", language="en").code == 136024
    platform.advance(hours=1)
    ask(platform, number_id)


def test_a_number_still_used_in_the_app(platform: Platform) -> None:
    """As Meta does: first the account on the phone must go."""
    number_id = add(platform)
    platform.control("POST", "/phones", phone=NEW, name="Owner", whatsapp_app=True)
    error = refused(platform, f"{number_id}/request_code", code_method="SMS", language="en_US")
    assert error.code == 136024 and "already in use with WhatsApp" in error.body["error"]["error_data"]["details"]
    platform.phone(NEW, method="PATCH", whatsapp_app=False)
    ask(platform, number_id)
    platform.graph("POST", f"{number_id}/verify_code", code=platform.code_of(NEW))
    platform.phone(NEW, method="PATCH", whatsapp_app=True)
    assert refused(platform, f"{number_id}/register", messaging_product="whatsapp", pin=PIN).code == 136024


def test_adding_twice_and_nonsense(platform: Platform) -> None:
    path = f"{platform.waba_id}/phone_numbers"
    error = refused(platform, path, cc="1", phone_number=BUSINESS_PHONE[2:], verified_name="Again")
    assert error.body["error"]["error_subcode"] == 2388012
    assert refused(platform, path, cc="1", phone_number="x", verified_name="n").code == 100
    assert refused(platform, path, cc="1", phone_number="4155550199").code == 131008
    number_id = add(platform)
    assert refused(platform, f"{number_id}/request_code", code_method="PIGEON", language="en").code == 100


def test_pins(platform: Platform) -> None:
    path = f"{platform.number_id}/register"
    assert refused(platform, path, messaging_product="whatsapp", pin="12345").code == 100
    platform.graph("POST", path, messaging_product="whatsapp", pin=PIN)
    for _ in range(5):
        assert refused(platform, path, messaging_product="whatsapp", pin="999999").code == 133005
    assert refused(platform, path, messaging_product="whatsapp", pin="999999").code == 133008
    platform.graph("POST", platform.number_id, pin="654321")
    platform.graph("POST", path, messaging_product="whatsapp", pin="654321")


def test_registering_too_often(platform: Platform) -> None:
    path = f"{platform.number_id}/register"
    for _ in range(9):
        platform.graph("POST", path, messaging_product="whatsapp", pin=PIN)
    assert refused(platform, path, messaging_product="whatsapp", pin=PIN).code == 133016
    platform.advance(hours=73)
    platform.graph("POST", path, messaging_product="whatsapp", pin=PIN)


def test_a_deregistered_number_sends_nothing(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    platform.graph("POST", f"{platform.number_id}/deregister")
    with pytest.raises(Refused) as caught:
        platform.send()
    assert caught.value.code == 133010
    with pytest.raises(Refused) as caught:
        platform.write()
    assert caught.value.status == 409
    events = [value["event"] for value in receiver.values("phone_number_quality_update")]
    assert events == ["ONBOARDING"]


def test_lists_come_in_pages(platform: Platform) -> None:
    for at in range(4):
        add(platform, f"+1415555020{at}")
    path = f"{platform.waba_id}/phone_numbers?limit=2"
    found, after = [], ""
    while True:
        page = platform.graph("GET", path + (f"&after={after}" if after else ""))
        found += [each["id"] for each in page["data"]]
        if "next" not in page["paging"]:
            break
        after = page["paging"]["cursors"]["after"]
    assert len(found) == len(set(found)) == 5


def test_throughput_upgrade(platform: Platform, receiver: Receiver) -> None:
    platform.control("PATCH", f"/numbers/{platform.number_id}", throughput="HIGH", quality="YELLOW")
    shown = platform.graph("GET", f"{platform.number_id}?fields=throughput,quality_rating")
    assert (shown["throughput"]["level"], shown["quality_rating"]) == ("HIGH", "YELLOW")
    receiver.wait(
        lambda: [v for v in receiver.values("phone_number_quality_update") if v["event"] == "THROUGHPUT_UPGRADE"]
    )
