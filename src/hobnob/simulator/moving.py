"""What a customer changes about themselves: the phone number, and whether they want marketing."""

from __future__ import annotations

from hobnob.kernel.errors import Conflict, InvalidInput
from hobnob.kernel.identity import country_of, parse_phone

from .checks import Fields
from .core import Simulator
from .dispatch import Update
from .people import contact_of, shows_phone
from .world import Number, Phone, new_user_id, new_wamid


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
