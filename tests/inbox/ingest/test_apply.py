"""Every kind of message WhatsApp delivers, from the webhook to what the thread shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hobnob.inbox.views import chat_views, message_views
from hobnob.kernel.ids import new_id
from hobnob.platform.realtime import Hub
from hobnob.platform.watching import Watch
from tests.billing.books import NOW
from tests.inbox.ingest.wire import (
    ANA,
    BUSINESS_PHONE,
    EPOCH_S,
    NUMBER,
    Json,
    Shop,
    at,
    message,
    text,
    value,
    webhook,
    written,
)

PHOTO = {
    "caption": "Is this one still there?",
    "mime_type": "image/jpeg",
    "sha256": "rhYqvWO7Cd4kVvJ1gSPm0GvuhHkrL5dIoOPzkkkKVoM=",
    "id": "1003383421387256",
    "url": "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1003383421387256",
}
CARD = {
    "name": {"formatted_name": "Ben Okri", "first_name": "Ben"},
    "org": {"company": "Okri Ltd", "title": "Owner"},
    "phones": [{"phone": "+1 (555) 010-2030", "wa_id": "15550102030", "type": "WORK"}],
    "emails": [{"email": "ben@example.com", "type": "WORK"}],
}
QUOTED: dict[str, Any] = {"context": {"from": BUSINESS_PHONE, "id": "wamid.ours"}}
POLL: dict[str, Any] = {
    "errors": [
        {
            "code": 131051,
            "title": "Message type unknown",
            "message": "Message type unknown",
            "error_data": {"details": "Message type is currently not supported."},
        }
    ]
}

# (message, type in the thread, content, preview)
KINDS: list[tuple[Json, str, Json, str]] = [
    (text("Hi\nthere"), "text", {"body": "Hi\nthere"}, "Hi there"),
    (text("Yes", **QUOTED), "text", {"body": "Yes"}, "Yes"),
    (text("Fwd", context={"forwarded": True}), "text", {"body": "Fwd", "forwarded": True}, "Fwd"),
    (message("location", {"latitude": 37.44, "longitude": "-122.16", "name": "Office"}), "location",
     {"latitude": 37.44, "longitude": -122.16, "name": "Office"}, "Office"),
    (message("contacts", [CARD]), "contacts",
     {"contacts": [{"formatted_name": "Ben Okri", "phones": [{"phone": "+1 (555) 010-2030", "type": "WORK"}],
                    "emails": ["ben@example.com"], "org": "Okri Ltd"}]}, "Ben Okri"),
    (message("interactive", {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes, please"}}, **QUOTED),
     "interactive_reply", {"kind": "button_reply", "id": "yes", "title": "Yes, please"}, "Yes, please"),
    (message("interactive", {"type": "list_reply", "list_reply": {"id": "s", "title": "Small", "description": "EU 36"}}),
     "interactive_reply", {"kind": "list_reply", "id": "s", "title": "Small", "description": "EU 36"}, "Small"),
    (message("interactive", {"type": "nfm_reply", "nfm_reply": {
        "name": "flow", "body": "Sent", "response_json": '{"flow_token":"t","size":3}'}}),
     "interactive_reply", {"kind": "nfm_reply", "id": "flow", "title": "Sent", "data": {"flow_token": "t", "size": 3}}, "Sent"),
    (message("interactive", {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}),
     "interactive_reply", {"kind": "call_permission_reply", "data": {"response": "accept"}}, ""),
    (message("interactive", {"type": "brand_new_reply", "brand_new_reply": {"x": 1}}),
     "interactive_reply", {"kind": "brand_new_reply"}, ""),
    (message("button", {"payload": "STOP", "text": "Stop"}, **QUOTED), "button", {"text": "Stop", "payload": "STOP"}, "Stop"),
    (message("order", {"catalog_id": "7", "text": "For Friday", "product_items": [
        {"product_retailer_id": "tea-1", "quantity": 2, "item_price": 30, "currency": "USD"}]}),
     "order", {"catalog_id": "7", "text": "For Friday", "items": [
         {"product_retailer_id": "tea-1", "quantity": 2, "item_price": 30, "currency": "USD"}]}, "For Friday"),
    (message("system", {"body": "The group changed", "type": "group_changed"}), "system",
     {"kind": "group_changed", "body": "The group changed"}, "The group changed"),
    (message("unsupported", {"type": "poll"}, **POLL), "unsupported",
     {"kind": "poll", "title": "Message type unknown", "detail": "Message type is currently not supported."},
     "Message type is currently not supported."),
    (message("request_welcome", None), "system",
     {"kind": "request_welcome", "body": "The customer opened the chat for the first time."},
     "The customer opened the chat for the first time."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wire", "kind", "content", "preview"), KINDS, ids=[f"{k}-{n}" for n, (_, k, _, _) in enumerate(KINDS)]
)
async def test_a_message_is_shown(shop: Shop, wire: Json, kind: str, content: Json, preview: str) -> None:
    await shop.receive(written(wire))
    assert await shop.quarantined() == []
    [row] = await shop.messages()
    assert (row["type"], row["content"], row["preview"]) == (kind, content, preview)
    assert (row["direction"], row["hidden"], row["wamid"], row["at"]) == ("in", False, wire["id"], at(0))
    assert row["target_wamid"] == wire.get("context", {}).get("id")
    [chat] = await shop.chats()
    assert (chat["unread_count"], chat["last_message_id"], chat["last_message_at"]) == (1, row["id"], at(0))


@pytest.mark.parametrize(
    ("kind", "extra", "content"),
    [
        ("image", {}, {"caption": PHOTO["caption"]}),
        ("video", {"mime_type": "video/mp4"}, {"caption": PHOTO["caption"]}),
        ("audio", {"mime_type": "audio/ogg; codecs=opus", "voice": True, "caption": None}, {"voice": True}),
        ("document", {"filename": "order.pdf"}, {"caption": PHOTO["caption"], "filename": "order.pdf"}),
        ("sticker", {"mime_type": "image/webp", "animated": False, "caption": None}, {"animated": False}),
    ],
)
async def test_a_file_is_expected(shop: Shop, kind: str, extra: Json, content: Json) -> None:
    await shop.receive(written(message(kind, {**PHOTO, **extra}, "wamid.file")))
    [row] = await shop.messages()
    file = await shop.row("SELECT * FROM media WHERE lane = $1 AND account_id = $2")
    assert row["content"] == {**content, "media_id": str(file["id"])}
    assert (file["message_id"], file["state"], file["whatsapp_media_id"]) == (row["id"], "pending", PHOTO["id"])
    assert (file["phone_number_id"], file["source_url"]) == (NUMBER, PHOTO["url"])
    assert file["whatsapp_expires_at"] == at(0) + timedelta(days=7)
    assert row["raw"][kind]["sha256"] == PHOTO["sha256"]
    async with shop.database.lane(shop.tenant.lane) as tx:
        _, view = (await message_views(tx, shop.tenant.lane, [row["id"]]))[row["id"]]
    assert view.content["media"].state == "pending"


async def test_a_repeated_file_is_expected_once(shop: Shop) -> None:
    body = written(message("image", PHOTO, "wamid.file"))
    await shop.receive(body, body)
    await shop.receive(body)
    assert len(await shop.messages()) == 1
    await shop.row("SELECT * FROM media WHERE lane = $1 AND account_id = $2")


@pytest.mark.parametrize(
    "wire",
    [
        message("hologram", {"shape": [1, 2]}),
        message("text", "not an object"),
        message("location", {"latitude": "north"}),
    ],
)
async def test_what_is_not_known_is_kept_and_shown_raw(shop: Shop, wire: Json) -> None:
    await shop.receive(written(wire))
    [row] = await shop.messages()
    assert (row["type"], row["content"]) == ("unknown", {"raw": wire})
    assert row["raw"] == wire


async def test_raw_is_kept_of_what_the_columns_do_not_hold(shop: Shop) -> None:
    plain, odd = text("plain", "w1"), text("odd", "w2", sparkle=[1, 2])
    await shop.receive(written(plain, odd))
    assert [row["raw"] for row in await shop.messages()] == [None, odd]


async def test_odd_characters_do_not_cost_a_message(shop: Shop) -> None:
    body = written(text("a NUL and half: HERE", "w1")).replace(b"HERE", b"\\u0000 \\ud83d \\ud83d\\ude00")
    await shop.receive(body)
    [row] = await shop.messages()
    assert row["content"]["body"] == "a NUL and half: \ufffd \ufffd \U0001f600"


async def test_an_ad_leads_to_a_referral(shop: Shop) -> None:
    ad = {"source_url": "https://fb.me/1", "source_type": "ad", "headline": "Tea", "image_url": "https://x/1.jpg"}
    await shop.receive(written(text("I saw your ad", "w1", referral=ad)))
    [row] = await shop.messages()
    shown = {"headline": "Tea", "source_url": "https://fb.me/1", "source_type": "ad", "media_url": "https://x/1.jpg"}
    assert (row["content"]["referral"], row["referral"]) == (shown, True)
    referral = await shop.row("SELECT * FROM conversation_referrals WHERE lane = $1 AND account_id = $2")
    assert (referral["message_id"], referral["at"]) == (row["id"], at(0))


async def test_messages_of_one_second_keep_their_order(shop: Shop) -> None:
    await shop.receive(written(*(text(str(n), f"w{n}") for n in range(50))))
    assert [row["content"]["body"] for row in await shop.messages()] == [str(n) for n in range(50)]


async def test_the_chat_knows_its_last_message_and_window(shop: Shop) -> None:
    await shop.receive(written(text("second", "w2", 60)))
    await shop.receive(written(text("first", "w1", 0)))
    [chat] = await shop.chats()
    assert (chat["last_message_at"], chat["last_inbound_at"]) == (at(60), at(60))
    assert chat["window_expires_at"] == at(60) + timedelta(hours=24)
    assert (chat["unread_count"], chat["version"]) == (2, 2)
    async with shop.database.lane(shop.tenant.lane) as tx:
        _, view = (await chat_views(tx, shop.tenant.lane, [chat["id"]], NOW))[chat["id"]]
    assert view.last_message is not None
    assert (view.last_message.preview, view.customer.name, view.customer.country) == ("second", "Ana Ruiz", "US")


async def test_what_was_read_stays_read(shop: Shop) -> None:
    await shop.receive(written(text("one", "w1", 10)))
    async with shop.database.lane(shop.tenant.lane) as tx:
        await tx.execute("UPDATE chats SET unread_count = 0, read_until = $2 WHERE lane = $1", shop.tenant.lane, at(10))
    await shop.receive(written(text("late", "w0", 5), text("new", "w2", 11)))
    [chat] = await shop.chats()
    assert chat["unread_count"] == 1


@pytest.mark.parametrize("assigned", [True, False])
async def test_the_next_message_brings_a_closed_chat_back(shop: Shop, assigned: bool) -> None:
    agent = new_id() if assigned else None
    await shop.receive(written(text("one", "w1")))
    async with shop.database.lane(shop.tenant.lane) as tx:
        await tx.execute(
            "UPDATE chats SET state = 'closed', assigned_agent_id = $2 WHERE lane = $1", shop.tenant.lane, agent
        )
    await shop.receive(written(text("one", "w1")))
    assert [chat["state"] for chat in await shop.chats()] == ["closed"]
    await shop.receive(written(text("two", "w2", 1)))
    assert [chat["state"] for chat in await shop.chats()] == ["assigned" if assigned else "queue"]


async def test_a_system_message_opens_no_window(shop: Shop) -> None:
    await shop.receive(written(message("system", {"body": "Something", "type": "something"})))
    [chat] = await shop.chats()
    assert chat["window_expires_at"] is None


async def test_what_the_business_wrote_on_its_phone_is_ours(shop: Shop) -> None:
    await shop.receive(written(text("Hello", "w1")))
    echo = {**text("On our way", "w2", 30, sender={"from": BUSINESS_PHONE}), "to": ANA["wa_id"]}
    photo = {**message("image", PHOTO, "w3", 31, sender={"from": BUSINESS_PHONE}), "to_user_id": ANA["user_id"]}
    echoes = value(contacts=(), message_echoes=[echo, photo])
    await shop.receive(webhook(echoes, field="smb_message_echoes"), webhook(echoes, field="smb_message_echoes"))
    rows = await shop.messages()
    assert [(row["direction"], row["type"], row["sent_at"]) for row in rows[1:]] == [
        ("out", "text", at(30)),
        ("out", "image", at(31)),
    ]
    [chat] = await shop.chats()
    assert (chat["unread_count"], chat["last_message_id"]) == (1, rows[2]["id"])
    assert chat["window_expires_at"] == at(0) + timedelta(hours=24)


async def test_other_fields_are_kept_raw_and_once(shop: Shop) -> None:
    restriction = {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "X"}]}
    body = webhook(restriction, field="account_update", time=EPOCH_S)
    system_error = webhook(value(contacts=(), errors=[{"code": 130429, "title": "Rate limit hit"}]))
    await shop.receive(body, body, system_error, webhook({"a": 1}, field="field_of_tomorrow"))
    await shop.receive(body)
    rows = await shop.rows("SELECT * FROM whatsapp_notices WHERE lane = $1 AND account_id = $2 ORDER BY field")
    assert [row["field"] for row in rows] == ["account_update", "field_of_tomorrow", "messages.errors"]
    assert rows[0]["value"] == restriction


async def test_group_messages_stay_out_of_private_chats(shop: Shop) -> None:
    await shop.receive(written(text("in the group", "w1", group_id="g1"), text("to us", "w2")))
    assert [row["wamid"] for row in await shop.messages()] == ["w2"]
    notice = await shop.row("SELECT * FROM whatsapp_notices WHERE lane = $1 AND account_id = $2")
    assert (notice["field"], notice["value"]["group_id"]) == ("messages.group", "g1")


async def test_templates_and_numbers_hear_of_theirs(shop: Shop) -> None:
    template_id = new_id()
    async with shop.database.lane(shop.tenant.lane) as tx:
        await tx.execute(
            "INSERT INTO templates (lane, account_id, id, waba_id, whatsapp_template_id, name, language, category, status,"
            " components, synced_at) VALUES ($1, $2, $3, 'w', '594425479261596', 'hello', 'en', 'utility', 'pending', '[]', $4)",
            shop.tenant.lane,
            shop.tenant.account_id,
            template_id,
            NOW,
        )
    update = {"event": "APPROVED", "message_template_id": 594425479261596, "reason": "NONE"}
    flagged = {"display_phone_number": BUSINESS_PHONE, "event": "FLAGGED", "current_limit": "TIER_2K"}
    await shop.receive(
        webhook(update, field="message_template_status_update"), webhook(flagged, field="phone_number_quality_update")
    )
    template = await shop.row("SELECT status FROM templates WHERE lane = $1 AND account_id = $2")
    assert template["status"] == "approved"
    number = await shop.row("SELECT quality FROM numbers WHERE lane = $1 AND account_id = $2")
    assert number["quality"] is not None


async def test_accounts_of_one_lane_share_batches_and_nothing_else(shop: Shop) -> None:
    """The same customer, the same ids, two accounts: nothing touches."""
    other = await Shop.open(shop.database, lane=shop.tenant.lane)
    await shop.accept(written(text("to one", "same")))
    await other.accept(written(text("to two", "same")))
    await shop.work()
    [mine], [theirs] = await shop.messages(), await other.messages()
    assert (mine["content"]["body"], theirs["content"]["body"]) == ("to one", "to two")
    assert mine["chat_id"] != theirs["chat_id"]


async def test_browsers_are_told(shop: Shop) -> None:
    heard: list[str] = []

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        heard.append(str(payload))

    async with shop.database.ingest() as connection:
        await connection.add_listener("hobnob_events", hear)
        await shop.receive(written(text("nobody is there", "w0")))
        await Watch(shop.database, Hub()).begin(shop.tenant)
        await shop.receive(written(text("hello", "w1")))
        await connection.execute("SELECT 1")
        await connection.remove_listener("hobnob_events", hear)
    frames = [one.split(" ", 4) for one in heard]
    assert {UUID(frame[0]) for frame in frames} == {shop.tenant.account_id}
    events: list[Any] = msgspec.json.decode("".join(frame[4] for frame in frames))["events"]
    assert {event["type"] for event in events} == {"message", "chat", "customer"}
    assert "nobody is there" not in [event["message"]["content"]["body"] for event in events if "message" in event]
