"""Webhooks on the wire: signed, ASCII, batched, overridden, retried; and each fault on demand."""

from __future__ import annotations

import json
import time

import pytest

from hobnob.whatsapp.signature import verify
from hobnob.whatsapp.webhooks import parse
from tests.simulator.support import APP_SECRET, VERIFY_TOKEN, Platform, Receiver, Refused, receiving


def texts(receiver: Receiver) -> list[str]:
    return [item["text"]["body"] for item in receiver.messages()]


def test_signed_and_escaped_as_meta_does(platform: Platform, receiver: Receiver) -> None:
    said = "caf\u00e9 \U0001f600 https://example.com/<b>?a=100%@"
    platform.write(text=said)
    receiver.wait(receiver.messages)
    hook = receiver.hooks[-1]
    assert verify(hook.raw, hook.signature, APP_SECRET)
    assert hook.raw.isascii()
    assert b"caf\\u00e9 \\ud83d\\ude00 https:\\/\\/example.com\\/\\u003Cb>?a=100\\u0025\\u0040" in hook.raw
    assert texts(receiver) == [said]


def test_retried_until_200(platform: Platform, receiver: Receiver) -> None:
    receiver.wait(lambda: receiver.hooks)
    answers = iter([500, 404, 302])
    receiver.answer = lambda: next(answers, 200)
    platform.write(text="again and again")
    receiver.wait(receiver.messages)
    assert receiver.refused == 3
    log = [entry for entry in platform.control("GET", "/log") if entry["kind"] == "webhook"]
    tries = [(entry["status"], entry["attempt"]) for entry in log if "again and again" in json.dumps(entry["request"])]
    assert tries == [(500, 1), (404, 2), (302, 3), (200, 4)]


def test_given_up_after_a_week(platform: Platform, receiver: Receiver) -> None:
    receiver.wait(lambda: receiver.hooks)
    receiver.answer = lambda: 500
    platform.write(text="nobody hears")
    receiver.wait(lambda: receiver.refused)
    for _ in range(500):
        platform.advance(hours=2)
        if platform.control("GET", "/sent")["pending_webhooks"] == 0:
            break
    receiver.answer = lambda: 200
    platform.write(text="later")
    receiver.wait(receiver.messages)
    assert texts(receiver) == ["later"]


def test_order_is_kept_per_chat_without_faults(platform: Platform, receiver: Receiver) -> None:
    for at in range(40):
        platform.write(text=str(at))
    receiver.wait(lambda: len(receiver.messages()) == 40)
    assert texts(receiver) == [str(at) for at in range(40)]


def test_delay_keeps_order_too(platform: Platform, receiver: Receiver) -> None:
    platform.faults(webhook_delay_ms=[10, 80])
    for at in range(10):
        platform.write(text=str(at))
    receiver.wait(lambda: len(receiver.messages()) == 10)
    assert texts(receiver) == [str(at) for at in range(10)]


def test_duplicates(platform: Platform, receiver: Receiver) -> None:
    platform.faults(duplicate=1)
    platform.write(text="twice")
    receiver.wait(lambda: len(receiver.messages()) == 2)
    assert len({item["id"] for item in receiver.messages()}) == 1


def test_reorder(platform: Platform, receiver: Receiver) -> None:
    platform.faults(reorder=True, webhook_delay_ms=[0, 300])
    for at in range(20):
        platform.write(text=str(at))
    receiver.wait(lambda: len(receiver.messages()) == 20)
    assert texts(receiver) != sorted(texts(receiver), key=int)


def slow() -> int:
    time.sleep(0.4)
    return 200


def test_batches(platform: Platform, receiver: Receiver) -> None:
    """What gathers while a webhook is under way goes out together, each kind in a value of its own."""
    receiver.answer = slow
    platform.faults(batch_max=1000)
    platform.control("POST", "/phones/bulk", first="+15550000000", count=30, window_with=platform.number_id)
    for at in range(30):
        platform.write(text=str(at))
        platform.send(f"+{15550000000 + at}")
    receiver.wait(lambda: len(receiver.messages()) == 30 and len(receiver.statuses()) == 60)
    sizes = [sum(len(v.get("messages", [])) + len(v.get("statuses", [])) for v in (c["value"] for c in hook.changes)) for hook in receiver.hooks]  # fmt: skip
    assert max(sizes) > 5
    for value in receiver.values():
        assert not ("messages" in value and "statuses" in value)
    for hook in receiver.hooks:
        for change in parse(hook.raw):
            assert not getattr(change.value, "unreadable", [])


def test_drop_then_retry(platform: Platform, receiver: Receiver) -> None:
    platform.faults(drop_then_retry=1)
    platform.write(text="late but there")
    receiver.wait(receiver.messages)
    log = [entry for entry in platform.control("GET", "/log") if entry["kind"] == "webhook"]
    assert any(entry.get("fault") == "dropped" and entry["status"] is None for entry in log)


def test_graph_errors_and_lost_answers(platform: Platform, receiver: Receiver) -> None:
    platform.write()
    before = platform.control("GET", "/sent")["accepted"]
    platform.faults(http_5xx=1)
    with pytest.raises(Refused) as caught:
        platform.send()
    assert (caught.value.status, caught.value.code) == (500, 131000)
    assert platform.control("GET", "/sent")["accepted"] == before
    platform.faults(http_5xx=0, lost_answers=1)
    with pytest.raises(OSError):
        platform.send(biz_opaque_callback_data="lost")
    assert platform.control("GET", "/sent?opaque=1")["opaque"]["lost"] == 1
    receiver.wait(lambda: [item for item in receiver.statuses() if item.get("biz_opaque_callback_data") == "lost"])


def test_overrides_of_account_and_number(platform: Platform, receiver: Receiver) -> None:
    """The number's own address goes before the account's, and that before the app's."""
    with receiving() as account, receiving() as number:
        platform.graph(
            "POST", f"{platform.waba_id}/subscribed_apps", override_callback_uri=account.url, verify_token=VERIFY_TOKEN
        )  # fmt: skip
        platform.write(text="to the account")
        account.wait(account.messages)
        own = {"override_callback_uri": number.url, "verify_token": VERIFY_TOKEN}
        platform.graph("POST", platform.number_id, webhook_configuration=own)
        platform.write(text="to the number")
        number.wait(number.messages)
        shown = platform.graph("GET", f"{platform.number_id}?fields=webhook_configuration")["webhook_configuration"]
        assert (shown["phone_number"], shown["whatsapp_business_account"]) == (number.url, account.url)
        platform.graph("POST", platform.number_id, webhook_configuration={"override_callback_uri": ""})
        platform.graph("POST", f"{platform.waba_id}/subscribed_apps")
        platform.write(text="to the app")
        receiver.wait(lambda: "to the app" in texts(receiver))
        assert texts(account) == ["to the account"] and texts(number) == ["to the number"]


def test_an_address_that_does_not_shake_hands_is_refused(platform: Platform, receiver: Receiver) -> None:
    with pytest.raises(Refused) as caught:
        platform.graph(
            "POST", f"{platform.waba_id}/subscribed_apps", override_callback_uri=receiver.url, verify_token="no"
        )
    assert caught.value.code == 2200
    said = platform.control(
        "POST", "/apps", app_id="7", app_secret="s", token="t7", verify_token="no", callback_url=receiver.url
    )
    assert said["handshake"] == "failed" and "403" in said["problem"]


def test_an_unsubscribed_app_hears_nothing(platform: Platform, receiver: Receiver) -> None:
    platform.graph("DELETE", f"{platform.waba_id}/subscribed_apps")
    platform.write(text="silence")
    platform.graph("POST", f"{platform.waba_id}/subscribed_apps")
    platform.write(text="sound")
    receiver.wait(receiver.messages)
    assert texts(receiver) == ["sound"]


def test_any_webhook_by_hand(platform: Platform, receiver: Receiver) -> None:
    value = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    platform.control("POST", "/webhook", waba_id=platform.waba_id, field="account_update", value=value)
    assert receiver.wait(lambda: receiver.values("account_update")) == [value]
