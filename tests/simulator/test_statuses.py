"""Ticks, and the price Meta puts on them."""

from __future__ import annotations

from typing import Any

from tests.simulator.support import CUSTOMER_PHONE, Platform, Receiver

REFERRAL = {"source_url": "https://fb.me/x", "source_id": "1", "source_type": "ad", "headline": "Sale", "body": "b"}


def template(platform: Platform, category: str, name: str = "hello") -> dict[str, Any]:
    """An approved template without variables, and the body that sends it."""
    platform.faults(template_review_s=0)
    platform.graph(
        "POST", f"{platform.waba_id}/message_templates", name=name, language="en_US", category=category,
        components=[{"type": "BODY", "text": "Hello from the shop."}],
    )  # fmt: skip
    return {"type": "template", "template": {"name": name, "language": {"code": "en_US"}}}


def test_a_message_is_sent_delivered_and_read(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    wamid = platform.send(biz_opaque_callback_data="row-7")
    platform.phone(CUSTOMER_PHONE, "/read", phone_number_id=platform.number_id)
    receiver.status(wamid, "read")
    told = receiver.statuses(wamid)
    assert [item["status"] for item in told] == ["sent", "delivered", "read"]
    assert {item["biz_opaque_callback_data"] for item in told} == {"row-7"}
    assert ["pricing" in item for item in told] == [True, True, False]
    assert all("conversation" not in item for item in told)
    value = receiver.values()[-1]
    assert value["contacts"][0]["wa_id"] == CUSTOMER_PHONE[1:] == told[0]["recipient_id"]
    assert value["contacts"][0]["user_id"] == told[0]["recipient_user_id"]


def test_offline_waits_and_arrives_in_order(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    platform.phone(CUSTOMER_PHONE, method="PATCH", online=False)
    wamids = [platform.send(text={"body": str(at)}, type="text") for at in range(3)]
    for wamid in wamids:
        receiver.status(wamid, "sent")
    assert len(platform.thread()) == 1
    platform.advance(hours=2)
    assert not [item for item in receiver.statuses() if item["status"] == "delivered"]
    platform.phone(CUSTOMER_PHONE, method="PATCH", online=True)
    for wamid in wamids:
        receiver.status(wamid, "delivered")
    assert [bubble["content"]["body"] for bubble in platform.thread()[1:]] == ["0", "1", "2"]


def test_what_waits_too_long_is_dropped(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    platform.phone(CUSTOMER_PHONE, method="PATCH", online=False)
    wamid = platform.send()
    platform.advance(days=31)
    platform.phone(CUSTOMER_PHONE, method="PATCH", online=True)
    platform.write()
    after = platform.send()
    receiver.status(after, "delivered")
    assert [item["status"] for item in receiver.statuses(wamid)] == ["sent"]


def test_without_read_receipts_nobody_is_told(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    platform.phone(CUSTOMER_PHONE, method="PATCH", read_receipts=False)
    wamid = platform.send()
    assert platform.phone(CUSTOMER_PHONE, "/read", phone_number_id=platform.number_id)["read"] == 1
    receiver.status(platform.send(), "delivered")
    assert [item["status"] for item in receiver.statuses(wamid)] == ["sent", "delivered"]


def test_an_open_chat_reads_at_once(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    platform.phone(CUSTOMER_PHONE, method="PATCH", open_chat=platform.number_id)
    receiver.status(platform.send(), "read")


def test_a_reaction_is_only_sent_and_costs_nothing(platform: Platform, receiver: Receiver) -> None:
    theirs = platform.write()
    wamid = platform.send(type="reaction", reaction={"message_id": theirs, "emoji": "\U0001f44d"})
    assert receiver.status(wamid, "sent")["pricing"]["billable"] is False
    assert platform.thread()[0]["reactions"] == [{"emoji": "\U0001f44d", "from_me": False}]
    lost = platform.send(type="reaction", reaction={"message_id": "wamid.none", "emoji": "\U0001f44d"})
    assert receiver.status(lost, "failed")["errors"][0]["code"] == 131009
    platform.send(type="reaction", reaction={"message_id": theirs, "emoji": ""})
    assert platform.thread()[0]["reactions"] == []
    assert [item["status"] for item in receiver.statuses(wamid)] == ["sent"]


def test_service_is_free_a_thousand_times_a_month(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    platform.faults(rate_limit_per_second=100_000, pair_limit=False, batch_max=500)
    last_free = [platform.send() for _ in range(1000)][-1]
    first_paid = platform.send()
    free, paid = receiver.status(last_free, "delivered")["pricing"], receiver.status(first_paid, "delivered")["pricing"]
    assert free == {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
    assert paid == {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"}
    platform.advance(days=31)
    platform.write()
    assert receiver.status(platform.send(), "delivered")["pricing"]["type"] == "free_customer_service"


def test_templates_are_charged_inside_the_window_too(platform: Platform, receiver: Receiver) -> None:
    utility = template(platform, "UTILITY", "note")
    marketing = template(platform, "MARKETING", "sale")
    platform.write()
    for body, category in ((utility, "utility"), (marketing, "marketing")):
        pricing = receiver.status(platform.send(**body), "delivered")["pricing"]
        assert pricing == {"billable": True, "pricing_model": "PMP", "type": "regular", "category": category}


def test_a_free_entry_point(platform: Platform, receiver: Receiver) -> None:
    """From an ad: the answer opens seven free days; its end is told with ``sent``."""
    marketing = template(platform, "MARKETING", "sale")
    platform.write(text="I saw your ad", referral=REFERRAL)
    wamid = platform.send()
    sent, delivered = receiver.status(wamid, "sent"), receiver.status(wamid, "delivered")
    expected = {
        "billable": False,
        "pricing_model": "PMP",
        "type": "free_entry_point",
        "category": "referral_conversion",
    }
    assert sent["pricing"] == delivered["pricing"] == expected
    assert sent["conversation"]["id"] == delivered["conversation"]["id"]
    assert sent["conversation"]["origin"] == {"type": "referral_conversion"}
    assert int(sent["conversation"]["expiration_timestamp"]) - int(sent["timestamp"]) == 7 * 86400
    assert "expiration_timestamp" not in delivered["conversation"]
    platform.advance(days=6, hours=23)
    assert receiver.status(platform.send(**marketing), "delivered")["pricing"] == expected
    assert receiver.status(platform.send(), "failed")["errors"][0]["code"] == 131047
    platform.advance(hours=2)
    assert receiver.status(platform.send(**marketing), "delivered")["pricing"]["type"] == "regular"


def test_an_answer_after_a_day_opens_no_free_entry(platform: Platform, receiver: Receiver) -> None:
    marketing = template(platform, "MARKETING", "sale")
    platform.write(referral=REFERRAL)
    platform.advance(hours=25)
    assert receiver.status(platform.send(**marketing), "delivered")["pricing"]["type"] == "regular"


def test_stopped_marketing(platform: Platform, receiver: Receiver) -> None:
    marketing, utility = template(platform, "MARKETING", "sale"), template(platform, "UTILITY", "note")
    platform.phone(CUSTOMER_PHONE, "/preferences", phone_number_id=platform.number_id, value="stop")
    told = receiver.wait(lambda: receiver.values("user_preferences"))[0]["user_preferences"][0]
    assert told["value"] == "stop" and isinstance(told["timestamp"], int)
    assert receiver.status(platform.send(**marketing), "failed")["errors"][0]["code"] == 131050
    receiver.status(platform.send(**utility), "delivered")


def test_a_voice_message_is_played(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    wamid = platform.send(type="audio", audio={"link": "https://example.com/a.ogg", "voice": True})
    platform.phone(CUSTOMER_PHONE, "/play", message_id=wamid)
    receiver.status(wamid, "played")
