"""What the control face shows: phones, chats and the whole state as plain JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .clock import iso
from .world import App, Chat, Message, Number, Phone, Template, Waba

if TYPE_CHECKING:
    from .core import Simulator

MESSAGES_SHOWN_MAX = 200


def phone_view(phone: Phone) -> dict[str, Any]:
    return {
        "phone": phone.phone,
        "user_id": phone.user_id,
        "name": phone.name,
        "username": phone.username,
        "shares_phone": phone.shares_phone,
        "online": phone.online,
        "read_receipts": phone.read_receipts,
        "whatsapp_app": phone.whatsapp_app,
        "is_business": phone.is_business,
        "blocked": phone.blocked,
        "sms": phone.sms,
        "calls": phone.calls,
        "open_chat": phone.open_chat,
    }


def message_view(message: Message) -> dict[str, Any]:
    reactions = [{"emoji": emoji, "from_me": by == "customer"} for by, emoji in message.reactions.items()]
    shown: dict[str, Any] = {
        "id": message.id,
        "from_me": message.from_me,
        "type": message.type,
        "content": message.content,
        "at": iso(message.at_s),
        "status": message.status,
        "reactions": reactions,
        "context": {"id": message.context_id} if message.context_id else None,
        "edited": message.edited,
        "deleted": message.deleted,
        "pressed": message.pressed,
    }
    if message.opaque is not None:
        shown["biz_opaque_callback_data"] = message.opaque
    return shown


def chat_view(sim: Simulator, chat: Chat) -> dict[str, Any]:
    """The chat as the phone shows it: what has not reached the phone is not in it."""
    number = sim.world.numbers[chat.number_id]
    phone = sim.world.phones.get(chat.user)
    waiting = set(phone.waiting) if phone else set()
    shown = []
    for message_id in chat.message_ids[-MESSAGES_SHOWN_MAX:]:
        message = sim.message(message_id)
        if message is None:
            continue
        if message.from_me or (message.status not in (None, "failed") and message_id not in waiting):
            shown.append(message_view(message))
    return {
        "phone_number_id": number.id,
        "display_phone_number": number.phone[1:],
        "name": number.verified_name,
        "unread": chat.unread,
        "typing": chat.typing_until_s > sim.clock.now_s(),
        "blocked": bool(phone and number.id in phone.blocked),
        "messages": shown,
    }


def number_view(number: Number) -> dict[str, Any]:
    return {
        "id": number.id,
        "display_phone_number": number.phone[1:],
        "phone": number.phone,
        "verified_name": number.verified_name,
        "status": "CONNECTED" if number.registered else "PENDING",
        "code_verification_status": number.code_status,
        "throughput": number.throughput,
        "quality_rating": number.quality,
        "free_service_used": number.free_service_used,
    }


def waba_view(sim: Simulator, waba: Waba) -> dict[str, Any]:
    return {
        "id": waba.id,
        "name": waba.name,
        "phone_numbers": [number_view(sim.world.numbers[each]) for each in waba.number_ids],
        "templates": len(waba.template_ids),
        "apps": list(waba.subscriptions),
    }


def app_view(app: App) -> dict[str, Any]:
    return {
        "app_id": app.app_id,
        "name": app.name,
        "callback_url": app.callback_url or None,
        "handshake": app.handshake,
    }


def template_view(template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "waba_id": template.waba_id,
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status,
        "components": template.components,
        "rejected_reason": None if template.rejected_reason == "NONE" else template.rejected_reason,
    }


def state_view(sim: Simulator) -> dict[str, Any]:
    world = sim.world
    return {
        "now": iso(sim.clock.now_s()),
        "clock_ahead_s": round(sim.clock.ahead_s, 3),
        "apps": [app_view(app) for app in world.apps.values()],
        "wabas": [waba_view(sim, waba) for waba in world.wabas.values()],
        "phones": [phone_view(phone) for phone in world.phones.values() if phone.listed],
        "faults": world.faults,
    }
