"""What a customer does on the phone: write, press, react, edit, block, read, change the number."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from hobnob.kernel.errors import Conflict, InvalidInput, NotFound
from hobnob.kernel.identity import country_of, parse_phone

from .core import Simulator
from .dispatch import Update
from .people import contact_of, shows_phone
from .refusal import webhook_error
from .samples import sample
from .world import Chat, Media, Message, Number, Phone, new_user_id, new_wamid

Fields = dict[str, Any]
MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
PLAIN_TYPES = ("text", "location", "contacts", "interactive", "button", "order")
INBOUND_URL = "/media/{id}?mid={id}&ext={until}"
INBOUND_URL_LIFETIME_S = 7 * 24 * 3600


def write(sim: Simulator, phone: Phone, body: Fields) -> Message:
    """The customer sends something. Raises InvalidInput, NotFound or Conflict with a sentence for the page."""
    number = _reachable(sim, phone, body)
    kind = str(body.get("type", "text"))
    chat = sim.index.chat_of(phone.key, number.id)
    special: dict[str, Callable[[Simulator, Phone, Number, Chat, Fields], Message]] = {
        "reaction": _react,
        "edit": _edit,
        "revoke": _revoke,
        "unsupported": _unsupported,
    }
    if kind in special:
        return special[kind](sim, phone, number, chat, body)
    if kind in MEDIA_TYPES:
        wire, shown = _media(sim, number, kind, body.get(kind) or {})
    elif kind in PLAIN_TYPES:
        wire = shown = body.get(kind) or {}
        if not wire or (kind == "text" and not str(wire.get("body", "")).strip()):
            raise InvalidInput(f"There is nothing to send: {kind} is empty.", fields=[(kind, "empty")])
    else:
        raise InvalidInput(f"A phone cannot send {kind!r} here.", fields=[("type", "unknown")])
    return _send(sim, phone, number, chat, kind, wire, shown, body)


def _reachable(sim: Simulator, phone: Phone, body: Fields) -> Number:
    number = sim.world.numbers.get(str(body.get("to", "")))
    if number is None:
        raise NotFound("There is no business number with that id.", fields=[("to", "unknown")])
    if not number.registered:
        raise Conflict("This number is not on WhatsApp yet.")
    if not phone.whatsapp_app:
        raise Conflict("This phone has no WhatsApp account.")
    if number.id in phone.blocked:
        raise Conflict("Unblock the business first.")
    return number


def _send(
    sim: Simulator, phone: Phone, number: Number, chat: Chat, kind: str, wire: Any, shown: Any, body: Fields,
    extra: Fields | None = None,
) -> Message:  # fmt: skip
    """Keeps the message, opens the service window and tells the business (unless it blocked this customer)."""
    context = body.get("context") or {}
    context_id = context.get("message_id") or context.get("id")
    message = Message(
        id=new_wamid(number.phone[1:]),
        user=phone.key,
        number_id=number.id,
        from_me=True,
        type=kind,
        content=shown,
        at_s=sim.clock.now_s(),
        context_id=context_id,
        status="delivered",
    )
    sim.index.add_message(chat, message)
    item = _item(sim, phone, chat, message.id, kind, wire)
    if context_id or context.get("forwarded") or context.get("referred_product"):
        item["context"] = _context(sim, number, phone, context, context_id)
    referral = body.get("referral")
    if referral:
        item["referral"] = referral
        chat.ad_click_s = message.at_s
    item.update(extra or {})
    if phone.key in number.blocked:
        message.status = "sent"
    else:
        chat.last_inbound_s = message.at_s
        sim.tell(number, "messages", item, contact_of(sim, phone, chat), chat)
    sim.touch_chat(chat)
    return message


def _item(sim: Simulator, phone: Phone, chat: Chat, message_id: str, kind: str, wire: Any) -> Fields:
    item: Fields = {}
    if shows_phone(sim, phone, chat):
        item["from"] = phone.phone[1:]
    item["from_user_id"] = phone.user_id
    item["id"] = message_id
    item["timestamp"] = str(int(sim.clock.now_s()))
    item["type"] = kind
    if wire is not None:
        item[kind] = wire
    return item


def _context(sim: Simulator, number: Number, phone: Phone, context: Fields, context_id: str | None) -> Fields:
    if context_id is None:
        return {
            key: context[key]
            for key in ("forwarded", "frequently_forwarded", "referred_product", "from")
            if key in context
        }
    quoted = sim.message(context_id)
    own = quoted is not None and quoted.from_me
    return {"from": phone.phone[1:] if own else number.phone[1:], "id": context_id}


def _media(sim: Simulator, number: Number, kind: str, given: Fields) -> tuple[Fields, Fields]:
    """(as the webhook tells it, as the phone shows it). Without an id a small sample is sent."""
    source = sim.world.media.get(str(given.get("id", "")))
    if given.get("id") and source is None:
        raise NotFound("Upload the file first: there is none with that id.", fields=[(kind, "unknown id")])
    if source is None:
        content, mime_type = sample(kind)
        digest, size, filename = sim.media.put(content), len(content), None
    else:
        mime_type, digest, size, filename = source.mime_type, source.sha256, source.size, source.filename
    mime_type = str(given.get("mime_type") or mime_type)
    media = Media(sim.index.new_id(), mime_type, digest, size, sim.clock.now_s(), number.id, filename, inbound=True)
    sim.world.media[media.id] = media
    until_s = int(sim.clock.now_s()) + INBOUND_URL_LIFETIME_S
    wire: Fields = {}
    if given.get("caption"):
        wire["caption"] = given["caption"]
    if kind == "document":
        wire["filename"] = given.get("filename") or filename or "document.pdf"
    wire["mime_type"] = mime_type
    wire["sha256"] = base64.b64encode(bytes.fromhex(digest)).decode()
    wire["id"] = media.id
    wire["url"] = sim.base_url + INBOUND_URL.format(id=media.id, until=until_s)
    if kind == "audio":
        wire["voice"] = bool(given.get("voice", True))
    if kind == "sticker":
        wire["animated"] = bool(given.get("animated", False))
    return wire, {**wire, "url": f"/control/media/{media.id}"}


def _react(sim: Simulator, phone: Phone, number: Number, chat: Chat, body: Fields) -> Message:
    given = body.get("reaction") or {}
    target = _own_chat_message(sim, chat, str(given.get("message_id", "")))
    emoji = given.get("emoji") or ""
    wire = {"message_id": target.id}
    if emoji:
        target.reactions["customer"] = wire["emoji"] = emoji
    else:
        target.reactions.pop("customer", None)
    message_id = new_wamid(number.phone[1:])
    if phone.key not in number.blocked:
        chat.last_inbound_s = sim.clock.now_s()
        item = _item(sim, phone, chat, message_id, "reaction", wire)
        sim.tell(number, "messages", item, contact_of(sim, phone, chat), chat)
    sim.touch_chat(chat)
    return Message(message_id, phone.key, number.id, True, "reaction", wire, sim.clock.now_s())


def _edit(sim: Simulator, phone: Phone, number: Number, chat: Chat, body: Fields) -> Message:
    """A changed text (or caption): told as an ``edit`` with an id of its own."""
    given = body.get("edit") or {}
    target = _own_chat_message(sim, chat, str(given.get("message_id") or given.get("original_message_id") or ""))
    if not target.from_me or target.deleted:
        raise Conflict("Only your own messages can be edited.")
    new = {key: given[key] for key in ("text", "image", "video", "document") if key in given}
    if not new:
        raise InvalidInput("Say what the message should read now.", fields=[("edit", "empty")])
    kind = next(iter(new))
    inner = {"context": {"id": target.id}, "type": kind, kind: new[kind]}
    target.content = {**(target.content if isinstance(target.content, dict) else {}), **new[kind]}
    target.edited = True
    return _silent(sim, phone, number, chat, "edit", {"original_message_id": target.id, "message": inner})


def _revoke(sim: Simulator, phone: Phone, number: Number, chat: Chat, body: Fields) -> Message:
    given = body.get("revoke") or {}
    target = _own_chat_message(sim, chat, str(given.get("message_id") or given.get("original_message_id") or ""))
    if not target.from_me:
        raise Conflict("Only your own messages can be deleted for everyone.")
    target.deleted = True
    return _silent(sim, phone, number, chat, "revoke", {"original_message_id": target.id})


def _unsupported(sim: Simulator, phone: Phone, number: Number, chat: Chat, body: Fields) -> Message:
    wire = body.get("unsupported") or {"type": "poll"}
    errors = [webhook_error(131051, "Message type is currently not supported.")]
    return _send(sim, phone, number, chat, "unsupported", wire, wire, body, {"errors": errors})


def _silent(sim: Simulator, phone: Phone, number: Number, chat: Chat, kind: str, wire: Fields) -> Message:
    """Told to the business, but no bubble of its own."""
    message_id = new_wamid(number.phone[1:])
    if phone.key not in number.blocked:
        item = _item(sim, phone, chat, message_id, kind, wire)
        sim.tell(number, "messages", item, contact_of(sim, phone, chat), chat)
    sim.touch_chat(chat)
    return Message(message_id, phone.key, number.id, True, kind, wire, sim.clock.now_s())


def _own_chat_message(sim: Simulator, chat: Chat, message_id: str) -> Message:
    message = sim.message(message_id)
    if message is None or message.user != chat.user or message.number_id != chat.number_id:
        raise NotFound("There is no such message in this chat.")
    return message


def press(sim: Simulator, phone: Phone, body: Fields) -> Message | None:
    """Presses a button or list row of a message the business sent. None when it only opens something on the phone."""
    message = sim.message(str(body.get("message_id", "")))
    if message is None or message.user != phone.key or message.from_me:
        raise NotFound("There is no such message on this phone.")
    number = _reachable(sim, phone, {"to": message.number_id})
    chat = sim.index.chat_of(phone.key, number.id)
    if message.type == "template":
        answer = _press_template(message, body)
    elif message.type == "interactive":
        answer = _press_interactive(message, body, phone)
    else:
        raise Conflict("There is nothing to press on this message.")
    message.pressed.append(body.get("button_id") or body.get("row_id") or body.get("index") or 0)
    sim.touch_chat(chat)
    if answer is None:
        return None
    kind, wire = answer
    extra = {"origin": "contact_request"} if kind == "contacts" else None
    return _send(sim, phone, number, chat, kind, wire, wire, {"context": {"message_id": message.id}}, extra)


def _press_template(message: Message, body: Fields) -> tuple[str, Any] | None:
    index = body.get("index")
    if index is None:
        index = body.get("button_id")
    for button in message.content.get("buttons") or []:
        if index is not None and str(button["index"]) == str(index):
            if button["type"] == "QUICK_REPLY":
                return "button", {"payload": button["payload"], "text": button["text"]}
            if button["type"] == "FLOW":
                return "interactive", _flow_reply({})
            return None
    raise NotFound("The message has no such button.")


def _press_interactive(message: Message, body: Fields, phone: Phone) -> tuple[str, Any] | None:
    content, action = message.content, message.content.get("action") or {}
    kind = content["type"]
    if kind == "button":
        for button in action["buttons"]:
            if button["reply"]["id"] == body.get("button_id"):
                return "interactive", {"type": "button_reply", "button_reply": dict(button["reply"])}
    elif kind == "list":
        for section in action["sections"]:
            for row in section["rows"]:
                if row["id"] == body.get("row_id"):
                    return "interactive", {"type": "list_reply", "list_reply": dict(row)}
    elif kind == "carousel":
        for card in action["cards"]:
            for button in card["action"].get("buttons") or []:
                if button["quick_reply"]["id"] == body.get("button_id"):
                    return "interactive", {"type": "button_reply", "button_reply": dict(button["quick_reply"])}
        return None
    elif kind == "flow":
        return "interactive", _flow_reply(action.get("parameters") or {})
    elif kind == "call_permission_request":
        accepted = body.get("index", 0) in (0, "0")
        reply = {
            "response": "accept" if accepted else "reject",
            "is_permanent": False,
            "response_source": "user_action",
        }
        return "interactive", {"type": "call_permission_reply", "call_permission_reply": reply}
    elif kind == "location_request_message":
        return "location", {"latitude": 37.44, "longitude": -122.16}
    elif kind == "request_contact_info":
        return "contacts", [_own_card(phone)]
    else:
        return None
    raise NotFound("The message has no such button.")


def _flow_reply(parameters: Fields) -> Fields:
    token = str(parameters.get("flow_token") or "unused")
    response = '{"flow_token": "' + token.replace('"', "") + '"}'
    return {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": response}}


def _own_card(phone: Phone) -> Fields:
    vcard = f"BEGIN:VCARD\nVERSION:3.0\nFN:{phone.name}\nTEL;type=CELL:{phone.phone}\nEND:VCARD"
    name = {"formatted_name": phone.name, "first_name": phone.name}
    return {"vcard": vcard, "name": name, "phones": [{"phone": phone.phone, "wa_id": phone.phone[1:], "type": "CELL"}]}


def change_number(sim: Simulator, phone: Phone, new_phone: str) -> None:
    """The customer moves to another SIM: every business they wrote with is told under the old number."""
    new = parse_phone(new_phone).e164
    if sim.index.phone_at(new) is not None or new in sim.index.number_by_phone:
        raise Conflict("That number is already in use.")
    old_phone, old_user_id = phone.phone, phone.user_id
    new_id = new_user_id(country_of(new))
    chats = [chat for chat in sim.index.chats_of.get(phone.key, []) if chat.message_ids]
    told = [(chat, shows_phone(sim, phone, chat), contact_of(sim, phone, chat)) for chat in chats]
    sim.index.rename_phone(phone, new, new_id)
    now_s = int(sim.clock.now_s())
    for chat, shown, contact in told:
        number = sim.world.numbers[chat.number_id]
        system: Fields = {"body": f"User {phone.name} changed from {old_phone[1:]} to {new[1:]}"}
        if shown:
            system["wa_id"] = new[1:]
        else:
            system["body"] = f"User {phone.name} changed their user id"
        system["user_id"] = new_id
        system["type"] = "user_changed_number" if shown else "user_changed_user_id"
        item: Fields = {"from": old_phone[1:]} if shown else {}
        item |= {"from_user_id": old_user_id, "id": new_wamid(number.phone[1:]), "timestamp": str(now_s)}
        item |= {"type": "system", "system": system}
        sim.tell(number, "messages", item, None, chat)
        change = {"detail": system["body"], "user_id": {"previous": old_user_id, "current": new_id}, "timestamp": now_s}
        if shown:
            change = {"wa_id": new[1:], **change}
        metadata = {"display_phone_number": number.phone[1:], "phone_number_id": number.id}
        new_contact = {**contact, "user_id": new_id, **({"wa_id": new[1:]} if shown else {})}
        value = {
            "messaging_product": "whatsapp",
            "metadata": metadata,
            "contacts": [new_contact],
            "user_id_update": [change],
        }
        sim.dispatch.emit(
            sim.waba_of(number),
            Update(number.waba_id, "user_id_update", value, None, number, None, now_s),
            chat.user + number.id,
        )
        sim.touch_chat(chat)
    sim.touch_state()


def set_preference(sim: Simulator, phone: Phone, number: Number, value: str) -> None:
    """The customer stops or resumes marketing from this business."""
    if value not in ("stop", "resume"):
        raise InvalidInput("value is stop or resume.", fields=[("value", "unknown")])
    chat = sim.index.chat_of(phone.key, number.id)
    chat.marketing_stopped = value == "stop"
    contact = contact_of(sim, phone, chat)
    preference: Fields = {key: contact[key] for key in ("wa_id", "user_id") if key in contact}
    detail = (
        "User requested to stop marketing messages"
        if value == "stop"
        else "User requested to resume marketing messages"
    )
    preference |= {"detail": detail, "category": "marketing_messages", "value": value}
    preference["timestamp"] = int(sim.clock.now_s())
    metadata = {"display_phone_number": number.phone[1:], "phone_number_id": number.id}
    body = {
        "messaging_product": "whatsapp",
        "metadata": metadata,
        "contacts": [contact],
        "user_preferences": [preference],
    }
    sim.tell_account(sim.waba_of(number), "user_preferences", body, number)
