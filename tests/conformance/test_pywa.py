"""pywa, a public client library, drives the simulator: it sends all it can, and reads every webhook that comes back."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from PIL import Image
from pywa import WhatsApp, errors, types
from pywa.types import templates as t
from pywa.types.base_update import RawUpdate

from tests.simulator.support import (
    APP_ID,
    APP_SECRET,
    BUSINESS_PHONE,
    CUSTOMER_PHONE,
    PIN,
    TOKEN,
    VERIFY_TOKEN,
    Platform,
    Receiver,
)

TO = CUSTOMER_PHONE[1:]
REVIEWED = {"template_review_s": 0}


@pytest.fixture
def wa(platform: Platform) -> Any:
    """A client whose every call goes to the simulator."""
    session = httpx.Client(timeout=20)
    client = WhatsApp(
        phone_id=platform.number_id,
        token=TOKEN,
        session=session,
        server=None,
        verify_token=VERIFY_TOKEN,
        waba_id=platform.waba_id,
        app_id=int(APP_ID),
        app_secret=APP_SECRET,
    )
    client.api._session.base_url = f"{platform.url}/v26.0"
    yield client
    session.close()


def read(wa: WhatsApp, receiver: Receiver) -> list[Any]:
    """Every webhook so far, after pywa's own signature check, as pywa's objects. Fails on any it cannot read."""
    found = []
    for hook in list(receiver.hooks):
        assert wa.webhook_update_validator(hook.raw, hook.signature) is None
        update = RawUpdate(hook.raw, hmac_header=None, update_hash="")
        handler = wa._get_handler_type(update)
        if handler is not None:
            found.append(wa._handlers_to_updates[handler].from_update(client=wa, update=update))
    return found


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(out, "PNG")
    return out.getvalue()


def webp() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(out, "WEBP")
    return out.getvalue()


OGG = b"OggS" + bytes(60)
SECTIONS = types.SectionList(
    "Open",
    [
        types.Section("One", [types.SectionRow("First", "r1", "Best")]),
        types.Section("Two", [types.SectionRow("Second", "r2")]),
    ],
)
SHOP = "https://example.com/p.png"
BUTTONS = [types.Button("Yes", "yes"), types.Button("No", "no")]


def card(at: int, buttons: Any) -> types.ImageCarouselCard:
    return types.ImageCarouselCard(image=SHOP, body=f"Card {at}", buttons=buttons)


def test_every_send(wa: WhatsApp, platform: Platform, receiver: Receiver) -> None:
    first = platform.write()
    picture = wa.upload_media(png(), mime_type="image/png", filename="p.png").id
    contact = types.Contact(
        name=types.Contact.Name(formatted_name="Rahul Menon", first_name="Rahul"),
        phones=[types.Contact.Phone(phone="+919820055555", type="CELL")],
    )
    sent = [
        wa.send_message(TO, "Hello *there*", preview_url=True, tracker="track-1"),
        wa.send_message(TO, "quoted", reply_to_message_id=first),
        wa.send_message(TO, "Choose", header="Head", footer="Foot", buttons=BUTTONS),
        wa.send_message(TO, "Pick", buttons=SECTIONS),
        wa.send_message(TO, "Look", buttons=types.URLButton("Shop", "https://example.com")),
        wa.send_message(TO, "Call", buttons=types.VoiceCallButton("Call us", 60)),
        wa.send_message(TO, "May we call?", buttons=types.CallPermissionRequestButton()),
        wa.send_message(
            TO,
            "Fill in",
            buttons=types.FlowButton(
                title="Start",
                flow_id="123",
                flow_token="tok",
                flow_action_type=types.FlowActionType.NAVIGATE,
                flow_action_screen="FIRST",
            ),
        ),
        wa.send_image(TO, picture, caption="See"),
        wa.send_image(TO, SHOP),
        wa.send_image(TO, png(), mime_type="image/png", caption="With buttons", buttons=BUTTONS),
        wa.send_video(TO, b"\0\0\0\x18ftypmp42" + bytes(40), mime_type="video/mp4", caption="Film"),
        wa.send_document(TO, b"%PDF-1.4 x", filename="bill.pdf", mime_type="application/pdf", caption="Bill"),
        wa.send_audio(TO, OGG, mime_type="audio/ogg"),
        wa.send_voice(TO, OGG, mime_type="audio/ogg"),
        wa.send_sticker(TO, webp(), mime_type="image/webp"),
        wa.send_location(TO, 19.01, 72.84, "Shivaji Park", "Mumbai"),
        wa.request_location(TO, "Where are you?"),
        wa.request_contact_info(TO, "Your number?"),
        wa.send_contact(TO, contact),
        wa.send_catalog(TO, "Our things", thumbnail_product_sku="SKU1"),
        wa.send_product(TO, "1", "SKU1", "One thing"),
        wa.send_products(TO, "1", [types.ProductsSection("New", ["SKU1", "SKU2"])], "Things", "Have a look"),
        wa.send_carousel(TO, body="Look", cards=[card(at, types.URLButton("Go", SHOP)) for at in range(2)]),
        wa.send_carousel(TO, body="Choose", cards=[card(at, [types.Button("This", f"c{at}")]) for at in range(3)]),
        wa.send_reaction(TO, "\U0001f44d", first),
        wa.remove_reaction(TO, first),
    ]
    for each in sent:
        assert each.id.startswith("wamid.")
        receiver.status(each.id, "sent")
    receiver.status(sent[-3].id, "delivered")
    wa.mark_message_as_read(first)
    wa.indicate_typing(first)
    assert platform.thread()[0]["status"] == "read"
    assert len(platform.thread()) == 1 + len(sent) - 2
    hook = receiver.hooks[0]
    assert wa.webhook_update_validator(hook.raw + b" ", hook.signature) is not None
    updates = [update for update in read(wa, receiver) if isinstance(update, types.MessageStatus)]
    tracked = [update for update in updates if update.tracker == "track-1"]
    assert {update.status for update in tracked} >= {"sent", "delivered"}
    assert tracked[0].pricing is not None and tracked[0].pricing.type == "free_customer_service"
    assert tracked[0].from_user.wa_id == TO and tracked[0].from_user.bsuid.startswith("IN.")


def test_every_inbound_kind(wa: WhatsApp, platform: Platform, receiver: Receiver) -> None:
    """All a customer can do, as pywa's objects."""
    first = platform.write(text="caf\u00e9 / <b> 100%")
    for kind in ("image", "video", "audio", "document", "sticker"):
        body: dict[str, Any] = {"to": platform.number_id, "type": kind, kind: {}}
        platform.phone(CUSTOMER_PHONE, "/send", **body)
    platform.write(type="location", location={"latitude": 1.5, "longitude": 2.5, "name": "Here"})
    platform.write(
        type="contacts", contacts=[{"name": {"formatted_name": "R"}, "phones": [{"phone": "+1", "type": "CELL"}]}]
    )
    item = {"product_retailer_id": "A", "quantity": 2, "item_price": 30, "currency": "USD"}
    platform.write(type="order", order={"catalog_id": "1", "text": "please", "product_items": [item]})
    platform.write(type="reaction", reaction={"message_id": first, "emoji": "\U0001f44d"})
    platform.write(type="reaction", reaction={"message_id": first})
    platform.write(type="unsupported", unsupported={"type": "poll"})
    platform.write(text="ad", referral={"source_url": "https://fb.me/x", "source_id": "1", "source_type": "ad", "headline": "h", "body": "b", "ctwa_clid": "c"})  # fmt: skip
    platform.write(text="forwarded", context={"forwarded": True})
    platform.write(text="a quote", context={"message_id": first})
    platform.write(type="edit", edit={"message_id": first, "text": {"body": "mended"}})
    platform.write(type="revoke", revoke={"message_id": first})

    asked = wa.send_message(TO, "Choose", buttons=BUTTONS)
    listed = wa.send_message(TO, "Pick", buttons=SECTIONS)
    flow = wa.send_message(TO, "Fill", buttons=types.FlowButton("Go", flow_id="1", flow_token="tok"))
    call = wa.send_message(TO, "Call?", buttons=types.CallPermissionRequestButton())
    where = wa.request_location(TO, "Where?")
    who = wa.request_contact_info(TO, "Number?")
    platform.phone(CUSTOMER_PHONE, "/press", message_id=asked.id, button_id="yes")
    platform.phone(CUSTOMER_PHONE, "/press", message_id=listed.id, row_id="r2")
    for pressed in (flow, call, where, who):
        platform.phone(CUSTOMER_PHONE, "/press", message_id=pressed.id, index=0)
    platform.phone(CUSTOMER_PHONE, "/preferences", phone_number_id=platform.number_id, value="stop")
    platform.phone(CUSTOMER_PHONE, "/read", phone_number_id=platform.number_id)
    receiver.status(who.id, "read")
    platform.phone(CUSTOMER_PHONE, "/change-number", new_phone="+919820054321")
    receiver.wait(lambda: receiver.values("user_id_update"))
    receiver.wait(lambda: [one for one in receiver.messages() if one["type"] == "system"])

    updates = read(wa, receiver)
    kinds = {type(update).__name__ for update in updates}
    assert kinds >= {
        "Message", "MessageStatus", "CallbackButton", "CallbackSelection", "FlowCompletion", "CallPermissionUpdate",
        "EditedMessage", "DeletedMessage", "PhoneNumberChange", "UserMarketingPreferences",
    }  # fmt: skip
    messages = [update for update in updates if isinstance(update, types.Message)]
    assert {str(message.type.value) for message in messages} >= {
        "text", "image", "video", "audio", "document", "sticker", "location", "contacts", "order", "reaction", "unsupported",
    }  # fmt: skip
    assert messages[0].text == "caf\u00e9 / <b> 100%"
    button = next(update for update in updates if isinstance(update, types.CallbackButton))
    assert (button.data, button.title, button.reply_to_message.id) == ("yes", "Yes", asked.id)
    moved = next(update for update in updates if isinstance(update, types.PhoneNumberChange))
    assert (moved.old_wa_id, moved.new_wa_id) == (TO, "919820054321")


def test_media_round_trip(wa: WhatsApp, platform: Platform, receiver: Receiver) -> None:
    uploaded = wa.upload_media(png(), mime_type="image/png", filename="p.png")
    address = wa.get_media_url(uploaded.id)
    assert (address.mime_type, address.file_size) == ("image/png", len(png()))
    assert wa.get_media_bytes(address.url) == png()
    assert httpx.get(address.url).status_code == 401
    platform.advance(minutes=6)
    with pytest.raises(httpx.HTTPStatusError):
        wa.get_media_bytes(address.url)
    assert wa.get_media_bytes(wa.get_media_url(uploaded.id).url) == png()
    wa.delete_media(uploaded.id)
    with pytest.raises(errors.WhatsAppError):
        wa.get_media_url(uploaded.id)

    platform.write(type="image", image={"caption": "mine"})
    receiver.wait(receiver.messages)
    message = next(update for update in read(wa, receiver) if isinstance(update, types.Message))
    assert message.image is not None
    assert len(message.image.get_bytes()) > 100


def test_templates_from_birth_to_send(wa: WhatsApp, platform: Platform, receiver: Receiver) -> None:
    platform.faults(template_review_s=1)
    order = t.Template(
        name="order_update",
        language=t.TemplateLanguage.ENGLISH_US,
        category=t.TemplateCategory.UTILITY,
        components=[
            t.HeaderText("Order {{1}}", "42"),
            body := t.BodyText("Hello {{1}}, your order {{2}} is on its way.", "Ada", "42"),
            t.FooterText(text="Thank you"),
            t.Buttons(
                buttons=[
                    track := t.URLButton(
                        text="Track", url="https://example.com/o/{{1}}", example="https://example.com/o/42"
                    ),
                    t.PhoneNumberButton(text="Call", phone_number="+14155550100"),
                    stop := t.QuickReplyButton(text="Stop"),
                ]
            ),
        ],
    )
    created = wa.create_template(order)
    assert created.status == t.TemplateStatus.PENDING
    with pytest.raises(errors.TemplateNotExists):
        wa.send_template(TO, "order_update", t.TemplateLanguage.ENGLISH_US, [])
    receiver.wait(lambda: receiver.values("message_template_status_update"))
    approved = next(update for update in read(wa, receiver) if isinstance(update, types.TemplateStatusUpdate))
    assert (str(approved.template_id), approved.new_status) == (created.id, t.TemplateStatus.APPROVED)
    assert wa.get_template(created.id).status == t.TemplateStatus.APPROVED
    assert [each.name for each in wa.get_templates()] == ["order_update"]

    header = order.components[0]
    params = [
        header.params("77"),
        body.params("Ada", "77"),
        track.params(url_variable="77", index=0),
        stop.params(callback_data="stop-77", index=2),
    ]
    sent = wa.send_template(TO, "order_update", t.TemplateLanguage.ENGLISH_US, params)
    status = receiver.status(sent.id, "delivered")
    assert status["pricing"] == {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
    shown = platform.thread()[-1]["content"]
    assert shown["body"] == "Hello Ada, your order 77 is on its way." and shown["header"]["text"] == "Order 77"
    assert shown["buttons"][0]["url"] == "https://example.com/o/77"
    platform.phone(CUSTOMER_PHONE, "/press", message_id=sent.id, index=2)
    pressed = receiver.wait(lambda: [u for u in read(wa, receiver) if isinstance(u, types.CallbackButton)])
    assert pressed[0].data == "stop-77"
    with pytest.raises(errors.TemplateParamCountMismatch):
        wa.send_template(TO, "order_update", t.TemplateLanguage.ENGLISH_US, params[:1])
    wa.delete_template("order_update")
    assert not list(wa.get_templates())


def test_other_templates(wa: WhatsApp, platform: Platform, receiver: Receiver) -> None:
    platform.faults(**REVIEWED)
    sale = t.Template(
        name="sale",
        language=t.TemplateLanguage.ENGLISH,
        category=t.TemplateCategory.MARKETING,
        parameter_format=t.ParamFormat.NAMED,
        components=[
            header := t.HeaderImage(example=png(), mime_type="image/png"),
            body := t.BodyText("Hi {{name}}, {{discount}} off everything today.", name="Ada", discount="20%"),
            t.Buttons(buttons=[code := t.CopyCodeButton(example="SALE20"), t.QuickReplyButton(text="No more")]),
        ],
    )
    login = t.Template(
        name="login",
        language=t.TemplateLanguage.ENGLISH_US,
        category=t.TemplateCategory.AUTHENTICATION,
        components=[
            auth := t.AuthenticationBody(add_security_recommendation=True),
            t.AuthenticationFooter(code_expiration_minutes=5),
            t.Buttons(buttons=[otp := t.CopyCodeOTPButton(text="Copy")]),
        ],
    )
    wa.create_template(sale)
    wa.create_template(login)
    refused = wa.create_template(
        t.Template(
            name="rejected_one",
            language=t.TemplateLanguage.ENGLISH_US,
            category=t.TemplateCategory.MARKETING,
            components=[t.BodyText("Buy now.")],
        )
    )
    receiver.wait(lambda: len(receiver.values("message_template_status_update")) == 3)
    events = [update for update in read(wa, receiver) if isinstance(update, types.TemplateStatusUpdate)]
    assert {str(event.template_id): str(event.new_status.value) for event in events}[refused.id] == "REJECTED"
    picture = wa.upload_media(png(), mime_type="image/png", filename="p.png")
    sent = wa.send_template(
        TO,
        "sale",
        t.TemplateLanguage.ENGLISH,
        [
            header.params(image=picture.id),
            body.params(name="Ada", discount="20%"),
            code.params(coupon_code="SALE20", index=0),
        ],
    )
    assert receiver.status(sent.id, "delivered")["pricing"]["category"] == "marketing"
    sent = wa.send_template(
        TO, "login", t.TemplateLanguage.ENGLISH_US, [auth.params(otp="123456"), otp.params(otp="123456")]
    )
    assert receiver.status(sent.id, "delivered")["pricing"]["category"] == "authentication"
    assert "*123456* is your verification code." in platform.thread()[-1]["content"]["body"]


def test_failures_are_pywas_errors(wa: WhatsApp, platform: Platform, receiver: Receiver) -> None:
    late = wa.send_message(TO, "too late")
    receiver.status(late.id, "failed")
    missing = wa.send_message("15550009999", "anybody?")
    assert receiver.status(missing.id, "failed")["errors"][0]["code"] == 131047
    platform.write()
    platform.faults(undeliverable=1)
    lost = wa.send_message(TO, "lost")
    receiver.status(lost.id, "failed")
    failed = [u for u in read(wa, receiver) if isinstance(u, types.MessageStatus) and u.status == "failed"]
    assert isinstance(failed[0].error, errors.ReEngagementMessage)
    assert isinstance(failed[-1].error, errors.MessageUndeliverable)
    platform.faults(undeliverable=0, rate_limit_per_second=1)
    wa.send_message(TO, "the only one this second")
    with pytest.raises(errors.RateLimitHit):
        wa.send_message(TO, "fast")
    platform.faults(rate_limit_per_second=None)
    with pytest.raises(errors.WhatsAppError) as caught:
        wa.send_message(TO, "x" * 4097)
    assert caught.value.code == 100
    wa.token = "wrong"
    with pytest.raises(errors.AuthorizationError):
        wa.send_message(TO, "who am I")


def test_number_account_and_profile(wa: WhatsApp, platform: Platform) -> None:
    number = wa.get_business_phone_number()
    assert number.verified_name == "Shop" and number.display_phone_number == "+1 415-555-0100"
    assert [one.id for one in wa.get_business_phone_numbers()] == [platform.number_id]
    assert wa.get_business_account().id == platform.waba_id
    wa.update_business_profile(about="We sell", industry=types.Industry.RETAIL, websites=["https://example.com"])
    profile = wa.get_business_profile()
    assert (profile.about, list(profile.websites or [])) == ("We sell", ["https://example.com"])
    code = wa.create_qr_code("Hello")
    assert wa.get_qr_code(code.code).prefilled_message == "Hello"
    assert wa.update_qr_code(code.code, "Bye").prefilled_message == "Bye"
    assert wa.delete_qr_code(code.code)
    assert wa.update_conversational_automation(ice_breakers=["Hi"], commands=[types.Command("order", "Order")])
    wa.get_business_phone_number_settings()
    wa.update_commerce_settings(is_cart_enabled=True)
    assert wa.get_commerce_settings().is_cart_enabled
    assert str(wa.set_username("the_shop").status.value) == "approved"
    assert wa.get_current_username().username == "the_shop"
    platform.write()
    blocked = wa.block_users([TO])
    assert blocked.added_users[0].wa_id == TO
    assert [user.wa_id for user in wa.get_blocked_users()] == [TO]
    wa.unblock_users([TO])
    wa.override_waba_callback_url(callback_url=platform_hook(platform), verify_token=VERIFY_TOKEN)
    wa.delete_waba_callback_url()

    fresh = wa.create_phone_number(country_calling_code=91, phone_number="9820099999", verified_name="Second")
    wa.request_verification_code(code_method="SMS", language_code="en", phone_id=fresh.id)
    wa.verify_phone_number(code=platform.code_of("+919820099999"), phone_id=fresh.id)
    assert wa.register_phone_number(pin=PIN, phone_id=fresh.id)
    assert wa.deregister_phone_number(phone_id=fresh.id)
    with pytest.raises(errors.WhatsAppError):
        wa.send_message(TO, "not there", sender=fresh.id)


def platform_hook(platform: Platform) -> str:
    """Where the app's webhooks go already."""
    apps: list[dict[str, Any]] = platform.control("GET", "/state")["apps"]
    return str(apps[0]["callback_url"])


def test_a_hidden_phone(wa: WhatsApp, platform: Platform, receiver: Receiver) -> None:
    """A customer with a username: known by the business-scoped user id alone, both ways."""
    hidden = platform.control("POST", "/phones", phone="+14155550177", name="Kim", username="kim.k", shares_phone=False)
    platform.write("+14155550177", "who am I")
    receiver.wait(receiver.messages)
    message = next(update for update in read(wa, receiver) if isinstance(update, types.Message))
    assert message.from_user.wa_id is None
    assert (message.from_user.bsuid, message.from_user.username) == (hidden["user_id"], "kim.k")
    answer = message.reply("Hello Kim")
    status = receiver.status(answer.id, "delivered")
    assert "recipient_id" not in status and status["recipient_user_id"] == hidden["user_id"]
    assert BUSINESS_PHONE[1:] != answer.to
    read(wa, receiver)
