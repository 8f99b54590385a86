"""What happens to an accepted message: sent, delivered, read, or failed; and the webhooks that say so."""

from __future__ import annotations

import random
from typing import Any

from hobnob.whatsapp import limits

from .core import Simulator
from .people import contact_of, shows_phone
from .pricing import count_free_service, entry_window_s, pricing
from .refusal import webhook_error
from .world import Chat, Message, Number, Phone


def fail(sim: Simulator, chat: Chat, message: Message, code: int, details: str | None = None) -> None:
    """The message ends here, with Meta's reason."""
    message.status = "failed"
    _tell(sim, chat, message, "failed", errors=[webhook_error(code, details)])


def mark_sent(sim: Simulator, chat: Chat, message: Message) -> None:
    message.status = "sent"
    _tell(sim, chat, message, "sent")


def deliver(sim: Simulator, phone: Phone, message: Message) -> None:
    """The message reaches the phone: two ticks, and Meta's price is fixed."""
    if sim.clock.now_s() - message.at_s > _ttl_s(sim, message):
        return
    chat = sim.index.chat_of(phone.key, message.number_id)
    number = sim.world.numbers[message.number_id]
    _open_entry_point(sim, chat, message)
    message.status = "delivered"
    chat.unread += 1
    price = _price(sim, chat, number, message)
    if price["category"] == "service" and price["type"] == "free_customer_service" and message.type != "reaction":
        count_free_service(sim.clock.now_s(), sim.waba_of(number), number)
    message.priced = price
    _tell(sim, chat, message, "delivered")
    if phone.open_chat == number.id:
        read(sim, phone, chat)
    sim.touch_chat(chat)


def read(sim: Simulator, phone: Phone, chat: Chat) -> int:
    """The customer looks at the chat. Without read receipts nobody is told. Returns how many were read."""
    chat.unread = 0
    count = 0
    unread = []
    for message_id in reversed(chat.message_ids):
        message = sim.message(message_id)
        if message is None or message.from_me or message.status in ("failed", None):
            continue
        if message.status in ("read", "played"):
            break
        if message.status == "delivered":
            unread.append(message)
    for message in reversed(unread):
        message.status = "read"
        count += 1
        if phone.read_receipts:
            _tell(sim, chat, message, "read")
    sim.touch_chat(chat)
    return count


def play(sim: Simulator, phone: Phone, message: Message) -> None:
    """The customer listens to a voice message for the first time."""
    if message.status == "played" or message.type != "audio" or message.from_me:
        return
    message.status = "played"
    chat = sim.index.chat_of(phone.key, message.number_id)
    if phone.read_receipts:
        _tell(sim, chat, message, "played")
    sim.touch_chat(chat)


def come_online(sim: Simulator, phone: Phone) -> None:
    """Everything that waited arrives, in order."""
    waiting, phone.waiting = phone.waiting, []
    for message_id in waiting:
        message = sim.message(message_id)
        if message is not None and message.status == "sent":
            deliver(sim, phone, message)


def window_open(sim: Simulator, chat: Chat) -> bool:
    """Within 24 hours of the customer's last message."""
    return chat.last_inbound_s is not None and sim.clock.now_s() - chat.last_inbound_s < limits.SERVICE_WINDOW_S


def _entry_open(sim: Simulator, chat: Chat) -> bool:
    return chat.entry_id is not None and sim.clock.now_s() < chat.entry_until_s


def _entry_may_open(sim: Simulator, chat: Chat) -> bool:
    """The customer came through an ad, and this answer is still in time to open the free entry point."""
    clicked_s = chat.ad_click_s
    return clicked_s is not None and sim.clock.now_s() - clicked_s <= limits.FREE_ENTRY_POINT_ANSWER_WITHIN_S


def _open_entry_point(sim: Simulator, chat: Chat, message: Message) -> None:
    if _entry_may_open(sim, chat) and not _entry_open(sim, chat) and message.type != "reaction":
        chat.entry_id = chat.entry_id or f"{random.getrandbits(128):032x}"
        chat.entry_until_s = sim.clock.now_s() + entry_window_s(sim.clock.now_s())
        chat.ad_click_s = None


def _ttl_s(sim: Simulator, message: Message) -> float:
    template = sim.world.templates.get(message.template_id or "")
    if template is not None and template.ttl_s is not None and template.ttl_s > 0:
        return template.ttl_s
    return limits.AUTHENTICATION_TTL_S if message.category == "authentication" else limits.MESSAGE_TTL_S


def _price(sim: Simulator, chat: Chat, number: Number, message: Message) -> dict[str, Any]:
    return pricing(
        at_s=sim.clock.now_s(),
        waba=sim.waba_of(number),
        number=number,
        category=message.category,
        template=message.type == "template",
        reaction=message.type == "reaction",
        window_open=window_open(sim, chat),
        entry_open=_entry_open(sim, chat) or (message.type != "reaction" and _entry_may_open(sim, chat)),
    )


def _tell(
    sim: Simulator, chat: Chat, message: Message, status: str, errors: list[dict[str, Any]] | None = None
) -> None:
    number = sim.world.numbers[message.number_id]
    phone = sim.world.phones.get(message.user)
    item: dict[str, Any] = {"id": message.id, "status": status, "timestamp": str(int(sim.clock.now_s()))}
    if phone is None:
        item["recipient_id"] = message.user
    else:
        if message.to_phone or shows_phone(sim, phone, chat):
            item["recipient_id"] = phone.phone[1:]
        item["recipient_user_id"] = phone.user_id
    if message.opaque is not None:
        item["biz_opaque_callback_data"] = message.opaque
    if errors is not None:
        item["errors"] = errors
    elif status == "sent" or (status in ("delivered", "read") and not message.pricing_told):
        _add_price(sim, chat, number, message, status, item)
    contact = contact_of(sim, phone, chat, known=message.to_phone) if phone else {"wa_id": message.user}
    sim.tell(number, "statuses", item, contact, chat)
    sim.touch_chat(chat)


def _add_price(sim: Simulator, chat: Chat, number: Number, message: Message, status: str, item: dict[str, Any]) -> None:
    """With ``sent`` and one of delivered and read. The conversation is told only inside a free entry point."""
    price = message.priced or _price(sim, chat, number, message)
    if status != "sent":
        message.pricing_told = True
    if price["type"] == "free_entry_point":
        chat.entry_id = chat.entry_id or f"{random.getrandbits(128):032x}"
        conversation: dict[str, Any] = {"id": chat.entry_id}
        if status == "sent":
            now_s = sim.clock.now_s()
            until_s = chat.entry_until_s if chat.entry_until_s > now_s else now_s + entry_window_s(now_s)
            conversation["expiration_timestamp"] = str(int(until_s))
        conversation["origin"] = {"type": "referral_conversion"}
        item["conversation"] = conversation
    item["pricing"] = price
