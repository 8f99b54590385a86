"""``POST /{number}/messages``: limits first, then the message's shape, then acceptance; what comes of it follows by webhook."""

from __future__ import annotations

from typing import Any

from hobnob.kernel.identity import is_user_id
from hobnob.whatsapp import limits

from . import statuses
from .checks import Fields, digits, fields, need, product
from .core import Simulator
from .faults import happens
from .payloads import check_payload, check_top
from .people import PHONE_KNOWN_FOR_S
from .refusal import Refusal, bad_value, invalid, missing
from .template_send import fill, read_template_name
from .world import Chat, Media, Message, Number, Phone, Template, new_wamid

OPAQUE_COUNTED_MAX = 500_000
RATE_BURST_S = 1.0


def messages(sim: Simulator, number: Number, body: Fields, *, marketing_only: bool = False) -> dict[str, Any]:
    """A send, or a read receipt with perhaps a typing indicator."""
    product(body)
    if body.get("status") is not None:
        return _read_receipt(sim, number, body)
    if not number.registered:
        raise Refusal(133010, "The account has not been registered.")
    kind = check_top(body)
    if marketing_only and kind != "template":
        raise Refusal(134100, "Only marketing templates may be sent here.")
    _throughput(sim, number)
    user, phone, shown_to = _recipient(sim, number, body)
    template, content = _content(sim, number, kind, body)
    if template is not None:
        _template_rules(template, body, marketing_only)
    _pair(sim, number, user)
    chat = sim.index.chat_of(user, number.id)
    late = template is None and not statuses.window_open(sim, chat)
    if late and sim.faults.mode_131047 == "sync":
        raise Refusal(131047, _LATE)
    message = _accept(sim, number, chat, body, kind=kind, content=content, template=template, shown_to=shown_to)
    _then(sim, phone, chat, message, late)
    return _answer(body, phone, message, template)


_LATE = "Message failed to send because more than 24 hours have passed since the customer last replied to this number."


def _throughput(sim: Simulator, number: Number) -> None:
    """A bucket per number that holds a second's worth of messages."""
    level = {"STANDARD": limits.THROUGHPUT_STANDARD_PER_S, "HIGH": limits.THROUGHPUT_HIGH_PER_S}
    per_s = sim.faults.rate_limit_per_second or level.get(number.throughput, limits.THROUGHPUT_STANDARD_PER_S)
    now = sim.clock.now_s()
    left, at = sim.rate_windows.get(number.id, (float(per_s), now))
    left = min(per_s * RATE_BURST_S, left + (now - at) * per_s)
    if left < 1:
        sim.rate_windows[number.id] = (left, now)
        raise Refusal(
            130429, f"Message failed to send because more than {per_s} messages a second were sent from this number."
        )
    sim.rate_windows[number.id] = (left - 1, now)


def _pair(sim: Simulator, number: Number, user: str) -> None:
    """One message each 6 seconds to one customer, with 45 on credit (a leaky bucket kept as one time)."""
    if not sim.faults.pair_limit:
        return
    now = sim.clock.now_s()
    due_s = max(now, sim.pair_tat_s.get((number.id, user), now)) + limits.PAIR_INTERVAL_S
    if due_s - now > limits.PAIR_BURST_MESSAGES * limits.PAIR_INTERVAL_S:
        raise Refusal(
            131056, "Message failed to send because too many messages were sent to this customer in a short time."
        )
    sim.pair_tat_s[number.id, user] = due_s


def _recipient(sim: Simulator, number: Number, body: Fields) -> tuple[str, Phone | None, str | None]:
    """(chat key, phone if it exists, the digits when the business named a phone). ``to`` goes before ``recipient``."""
    to = body.get("to")
    if to:
        named = digits(to, "to")
        if named == number.phone[1:]:
            raise Refusal(131021, "The recipient is the sending number itself.")
        phone = sim.index.phone_by_wa_id.get(named) or sim.index.phone_by_wa_id.get(_other_spelling(named))
        if phone is None and not str(to).startswith("+"):
            phone = sim.index.phone_by_wa_id.get(number.cc + named.lstrip("0"))
        return (phone.key if phone else named), phone, (phone.phone[1:] if phone else named)
    recipient = body.get("recipient")
    if not recipient:
        raise missing("to")
    if not isinstance(recipient, str) or not is_user_id(recipient):
        raise invalid("Param recipient is not a valid business-scoped user ID.")
    phone = sim.index.phone_by_user_id.get(recipient)
    return (phone.key if phone else recipient), phone, None


def _other_spelling(digits: str) -> str:
    """The other form of a mobile number of Argentina, Mexico or Brazil: WhatsApp knows each phone by one of the two."""
    for country, mobile, area_digits in (("54", "9", 0), ("52", "1", 0), ("55", "9", 2)):
        if digits.startswith(country):
            start = len(country) + area_digits
            long = len(digits) > len(country) + 10
            if long and digits[start : start + 1] == mobile:
                return digits[:start] + digits[start + 1 :]
            return digits if long else digits[:start] + mobile + digits[start:]
    return digits


def _content(sim: Simulator, number: Number, kind: str, body: Fields) -> tuple[Template | None, Any]:
    def media_of(media_id: str) -> Media | None:
        media = sim.world.media.get(media_id)
        if media is None or media.number_id not in (None, number.id):
            return None
        life_s = limits.INBOUND_MEDIA_LIFETIME_S if media.inbound else limits.UPLOADED_MEDIA_LIFETIME_S
        return media if sim.clock.now_s() - media.created_s < life_s else None

    if kind != "template":
        return None, check_payload(kind, body, media_of)
    name, language, payload = read_template_name(need(body, "template", ""))
    template = sim.index.templates.get((number.waba_id, name, language))
    if template is None:
        there = sim.index.template_names.get((number.waba_id, name), 0)
        said = (
            f"template name ({name}) does not exist in {language}"
            if there
            else f"template name ({name}) does not exist"
        )
        raise Refusal(132001, said)
    if template.status == "PAUSED":
        raise Refusal(132015, "The template is paused because of low quality.")
    if template.status == "DISABLED":
        raise Refusal(132016, "The template is disabled.")
    if template.status not in ("APPROVED", "FLAGGED", "REINSTATED", "PENDING_DELETION"):
        raise Refusal(132001, f"template name ({name}) is not approved in {language}")
    return template, fill(template, payload, media_of)


def _template_rules(template: Template, body: Fields, marketing_only: bool) -> None:
    if marketing_only and template.category != "MARKETING":
        raise Refusal(134100, "Only marketing templates may be sent here.")
    if template.category == "AUTHENTICATION" and not body.get("to"):
        raise Refusal(131062, "Authentication templates cannot be sent to a business-scoped user ID.")


def _accept(
    sim: Simulator, number: Number, chat: Chat, body: Fields, *, kind: str, content: Any, template: Template | None,
    shown_to: str | None,
) -> Message:  # fmt: skip
    opaque = body.get("biz_opaque_callback_data")
    context = body.get("context") or {}
    message = Message(
        id=new_wamid(shown_to or number.phone[1:]),
        user=chat.user,
        number_id=number.id,
        from_me=False,
        type=kind,
        content=content,
        at_s=sim.clock.now_s(),
        context_id=context.get("message_id"),
        opaque=opaque,
        category=template.category.lower() if template else "service",
        to_phone=shown_to is not None,
        template_id=template.id if template else None,
    )
    if shown_to is not None:
        chat.phone_known_until_s = message.at_s + PHONE_KNOWN_FOR_S
    if kind != "reaction":
        sim.index.add_message(chat, message)
    chat.typing_until_s = 0.0
    sim.accepted += 1
    if opaque is not None and (opaque in sim.opaque or len(sim.opaque) < OPAQUE_COUNTED_MAX):
        sim.opaque[opaque] = sim.opaque.get(opaque, 0) + 1
    sim.dirty = True
    return message


def _then(sim: Simulator, phone: Phone | None, chat: Chat, message: Message, late: bool) -> None:
    """The message's fate, in the order Meta's webhooks tell it."""
    number = sim.world.numbers[message.number_id]
    if late:
        statuses.fail(sim, chat, message, 131047, _LATE)
    elif phone is None or not phone.whatsapp_app or number.id in phone.blocked or happens(sim.faults.undeliverable):
        statuses.fail(sim, chat, message, 131026, "Message Undeliverable.")
    elif message.category == "marketing" and chat.marketing_stopped:
        statuses.fail(sim, chat, message, 131050, "User has stopped receiving marketing messages from this business.")
    elif message.type == "reaction":
        _react(sim, chat, message)
    else:
        statuses.mark_sent(sim, chat, message)
        if phone.online:
            statuses.deliver(sim, phone, message)
        else:
            phone.waiting.append(message.id)


def _react(sim: Simulator, chat: Chat, message: Message) -> None:
    """A reaction lands on its target at once; only ``sent`` is told."""
    target = sim.message(message.content["message_id"])
    if (
        target is None
        or target.user != chat.user
        or target.number_id != chat.number_id
        or target.deleted
        or message.at_s - target.at_s > limits.REACTION_TARGET_MAX_AGE_S
    ):
        statuses.fail(sim, chat, message, 131009, "The message to react to is too old, deleted, or not of this chat.")
        return
    if message.content["emoji"]:
        target.reactions["business"] = message.content["emoji"]
    else:
        target.reactions.pop("business", None)
    statuses.mark_sent(sim, chat, message)


def _answer(body: Fields, phone: Phone | None, message: Message, template: Template | None) -> dict[str, Any]:
    if body.get("to"):
        wa_id = phone.phone[1:] if phone else digits(body["to"], "to")
        contact = {"input": str(body["to"]), "wa_id": wa_id}
        if phone is not None:
            contact["user_id"] = phone.user_id
    else:
        contact = {"input": str(body["recipient"]), "user_id": str(body["recipient"])}
    said = {"id": message.id}
    if template is not None:
        said["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [said]}


def _read_receipt(sim: Simulator, number: Number, body: Fields) -> dict[str, Any]:
    if body["status"] != "read":
        raise bad_value('Param status must be one of {READ} - got "' + str(body["status"]) + '".')
    message = sim.message(str(need(body, "message_id", "")))
    if message is None or not message.from_me or message.number_id != number.id:
        raise invalid("Param message_id is not the id of a message received by this number.")
    chat = sim.index.chat_of(message.user, number.id)
    for message_id in reversed(chat.message_ids):
        earlier = sim.message(message_id)
        if earlier is not None and earlier.from_me and earlier.at_s <= message.at_s:
            if earlier.status == "read":
                break
            earlier.status = "read"
    if body.get("typing_indicator") is not None:
        need(fields(body["typing_indicator"], "typing_indicator"), "type", "typing_indicator")
        chat.typing_until_s = sim.clock.now_s() + limits.TYPING_INDICATOR_S
        sim.clock.after(limits.TYPING_INDICATOR_S, lambda: sim.touch_chat(chat))
    sim.touch_chat(chat)
    return {"success": True}
