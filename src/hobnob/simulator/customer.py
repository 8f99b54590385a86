"""What a customer writes on the phone: messages of every type, reactions, edits, deletions."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from hobnob.kernel.errors import Conflict, InvalidInput, NotFound
from hobnob.whatsapp import limits

from .checks import Fields
from .core import Simulator
from .people import contact_of, shows_phone
from .refusal import webhook_error
from .samples import sample
from .world import Chat, Media, Message, Number, Phone, new_wamid

MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
PLAIN_TYPES = ("text", "location", "contacts", "interactive", "button", "order")
INBOUND_URL = "/media/{id}?mid={id}&ext={until}"


def write(sim: Simulator, phone: Phone, body: Fields) -> Message:
    """The customer sends something. Raises InvalidInput, NotFound or Conflict with a sentence for the page."""
    number = reachable(sim, phone, body)
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
    written = Written(kind, wire, shown, body.get("context") or {}, body.get("referral"))
    return deliver_to_business(sim, phone, number, chat, written)


def reachable(sim: Simulator, phone: Phone, body: Fields) -> Number:
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


class Written(Struct):
    """Something the customer wrote: as the webhook tells it (``wire``), as the phone shows it, and what stands around it."""

    kind: str
    wire: Any
    shown: Any
    context: Fields = {}
    referral: Fields | None = None
    extra: Fields = {}


def deliver_to_business(sim: Simulator, phone: Phone, number: Number, chat: Chat, written: Written) -> Message:
    """Keeps the message, opens the service window and tells the business (unless it blocked this customer)."""
    context = written.context
    context_id = context.get("message_id") or context.get("id")
    message = Message(
        id=new_wamid(number.phone[1:]),
        user=phone.key,
        number_id=number.id,
        from_me=True,
        type=written.kind,
        content=written.shown,
        at_s=sim.clock.now_s(),
        context_id=context_id,
        status="delivered",
    )
    sim.index.add_message(chat, message)
    item = _item(sim, phone, chat, message.id, written.kind, written.wire)
    if context_id or context.get("forwarded") or context.get("referred_product"):
        item["context"] = _context(sim, number, phone, context, context_id)
    if written.referral:
        item["referral"] = written.referral
        chat.ad_click_s = message.at_s
    item.update(written.extra)
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
    until_s = int(sim.clock.now_s()) + limits.INBOUND_MEDIA_LIFETIME_S
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
    return deliver_to_business(sim, phone, number, chat, Written("unsupported", wire, wire, extra={"errors": errors}))


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
