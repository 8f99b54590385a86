"""What happens to an accepted message: sent, delivered, read, or failed; and the webhooks that say so."""

from __future__ import annotations

from typing import Any

from hobnob.whatsapp import limits

from . import pricing_analytics
from . import pricing_conversations as conversations
from .core import Simulator
from .faults import happens
from .people import contact_of, shows_phone
from .pricing import another_price, by_conversation, count_free_service, entry_window_s, pricing
from .refusal import webhook_error
from .world import Chat, Conversation, Message, Number, Phone, Waba


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
    _fix_price(sim, chat, number, phone, message)
    if sim.faults.late_price_s:
        at_s = sim.clock.now_s()
        _tell(sim, chat, message, "delivered", priced=False)
        sim.clock.after(sim.faults.late_price_s, lambda: _tell(sim, chat, message, "delivered", at_s=at_s))
    else:
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
    return clicked_s is not None and sim.clock.now_s() - clicked_s < limits.FREE_ENTRY_POINT_ANSWER_WITHIN_S


def _open_entry_point(sim: Simulator, chat: Chat, message: Message) -> None:
    if _entry_may_open(sim, chat) and not _entry_open(sim, chat) and message.type != "reaction":
        entry = _entry(sim, chat, sim.waba_of(sim.world.numbers[chat.number_id]), message)
        chat.entry_id, chat.entry_until_s, chat.ad_click_s = entry.id, entry.until_s, None


def _ttl_s(sim: Simulator, message: Message) -> float:
    template = sim.world.templates.get(message.template_id or "")
    if template is not None and template.ttl_s is not None and template.ttl_s > 0:
        return template.ttl_s
    return limits.AUTHENTICATION_TTL_S if message.category == "authentication" else limits.MESSAGE_TTL_S


def _fix_price(sim: Simulator, chat: Chat, number: Number, phone: Phone, message: Message) -> None:
    """The price of a delivery, counted where Meta counts: the month's free ones, and the figures it answers with."""
    price, conversation = _price(sim, chat, number, message, delivered=True)
    if happens(sim.faults.other_price):
        price = another_price(price, message.category)
    if price.get("type") == "free_customer_service" and price["category"] == "service" and message.type != "reaction":
        count_free_service(sim.clock.now_s(), sim.waba_of(number), number)
    message.priced, message.conversation = price, conversation
    if not happens(sim.faults.uncounted):
        pricing_analytics.count(sim, number, phone, price)


def _price(
    sim: Simulator, chat: Chat, number: Number, message: Message, *, delivered: bool = False
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The ``pricing`` and ``conversation`` objects of a status at this moment."""
    at_s, waba = sim.clock.now_s(), sim.waba_of(number)
    entry_open = _entry_open(sim, chat) or (message.type != "reaction" and _entry_may_open(sim, chat))
    priced_by_message = entry_open or message.type == "reaction"
    if not priced_by_message and (by_conversation(at_s, waba) or conversations.open_at(chat, message, at_s)):
        step = conversations.join if delivered else conversations.conversation_of
        found = step(chat, waba, message, at_s)
        return conversations.price_in(found), conversations.told(found, with_end=not delivered)
    price = pricing(
        at_s=at_s,
        waba=waba,
        number=number,
        category=message.category,
        template=message.type == "template",
        reaction=message.type == "reaction",
        window_open=window_open(sim, chat),
        entry_open=entry_open,
    )
    if price["type"] != "free_entry_point":
        return {**price, **conversations.MODEL} if by_conversation(at_s, waba) else price, None
    entry = _entry(sim, chat, waba, message)
    if by_conversation(at_s, waba):
        price = conversations.price_in(entry)
        chat.conversations = {} if delivered else chat.conversations
    return price, conversations.told(entry, with_end=not delivered)


def _entry(sim: Simulator, chat: Chat, waba: Waba, message: Message) -> Conversation:
    """The free entry point that is open, or the one that the message is about to open."""
    now_s = sim.clock.now_s()
    if _entry_open(sim, chat):
        assert chat.entry_id is not None
        return Conversation(chat.entry_id, conversations.ENTRY, now_s, chat.entry_until_s, False)
    message.conversation_id = message.conversation_id or conversations.new_id()
    until_s = conversations.promised_end_s(message, now_s) or now_s + entry_window_s(now_s, waba)
    return Conversation(message.conversation_id, conversations.ENTRY, now_s, until_s, False)


def _tell(
    sim: Simulator, chat: Chat, message: Message, status: str, errors: list[dict[str, Any]] | None = None, *,
    priced: bool = True, at_s: float | None = None,
) -> None:  # fmt: skip
    number = sim.world.numbers[message.number_id]
    phone = sim.world.phones.get(message.user)
    item: dict[str, Any] = {"id": message.id, "status": status, "timestamp": str(int(at_s or sim.clock.now_s()))}
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
    elif priced and (
        (status == "sent" and not sim.faults.late_price_s)
        or (status in ("delivered", "read") and not message.pricing_told)
    ):
        _add_price(sim, chat, number, message, status, item)
    contact = contact_of(sim, phone, chat, known=message.to_phone) if phone else {"wa_id": message.user}
    if not happens(sim.faults.lost_statuses):
        sim.tell(number, "statuses", item, contact, chat)
    sim.touch_chat(chat)


def _add_price(sim: Simulator, chat: Chat, number: Number, message: Message, status: str, item: dict[str, Any]) -> None:
    """With ``sent`` and one of delivered and read. The conversation is told while conversations are charged, and later
    only inside a free entry point."""
    price, conversation = message.priced, message.conversation
    if price is None:
        price, conversation = _price(sim, chat, number, message)
        message.conversation = conversation
    if status != "sent":
        message.pricing_told = True
    if happens(sim.faults.untold_price):
        return
    if conversation is not None:
        item["conversation"] = conversation
    item["pricing"] = price
