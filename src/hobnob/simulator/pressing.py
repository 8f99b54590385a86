"""What happens when a customer presses something on a message: a reply of the right kind, or nothing but on the phone."""

from __future__ import annotations

from typing import Any

import msgspec

from hobnob.kernel.errors import Conflict, NotFound

from .checks import Fields
from .core import Simulator
from .customer import Written, deliver_to_business, reachable
from .world import Message, Phone

Reply = tuple[str, Any]


def press(sim: Simulator, phone: Phone, body: Fields) -> Message | None:
    """Presses a button or list row of a message the business sent. None when it only opens something on the phone."""
    message = sim.message(str(body.get("message_id", "")))
    if message is None or message.user != phone.key or message.from_me:
        raise NotFound("There is no such message on this phone.")
    number = reachable(sim, phone, {"to": message.number_id})
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
    extra = {"origin": "contact_request"} if kind == "contacts" else {}
    written = Written(kind, wire, wire, {"message_id": message.id}, extra=extra)
    return deliver_to_business(sim, phone, number, chat, written)


def _press_template(message: Message, body: Fields) -> Reply | None:
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


def _press_interactive(message: Message, body: Fields, phone: Phone) -> Reply | None:
    action = message.content.get("action") or {}
    pressed = str(body.get("button_id") or body.get("row_id") or "")
    match message.content["type"]:
        case "button":
            return _chosen("button_reply", [button["reply"] for button in action["buttons"]], pressed)
        case "list":
            return _chosen("list_reply", [row for section in action["sections"] for row in section["rows"]], pressed)
        case "carousel":
            buttons = [button for card in action["cards"] for button in card["action"].get("buttons") or []]
            return _chosen("button_reply", [each["quick_reply"] for each in buttons], pressed) if buttons else None
        case "flow":
            return "interactive", _flow_reply(action.get("parameters") or {})
        case "call_permission_request":
            answer = "accept" if body.get("index", 0) in (0, "0") else "reject"
            reply = {"response": answer, "is_permanent": False, "response_source": "user_action"}
            return "interactive", {"type": "call_permission_reply", "call_permission_reply": reply}
        case "location_request_message":
            return "location", {"latitude": 37.44, "longitude": -122.16}
        case "request_contact_info":
            return "contacts", [_own_card(phone)]
        case _:
            return None


def _chosen(kind: str, choices: list[Fields], pressed: str) -> Reply:
    for choice in choices:
        if choice["id"] == pressed:
            return "interactive", {"type": kind, kind: dict(choice)}
    raise NotFound("The message has no such button.")


def _flow_reply(parameters: Fields) -> Fields:
    token = str(parameters.get("flow_token") or "unused")
    response = msgspec.json.encode({"flow_token": token}).decode()
    return {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": response}}


def _own_card(phone: Phone) -> Fields:
    vcard = f"BEGIN:VCARD\nVERSION:3.0\nFN:{phone.name}\nTEL;type=CELL:{phone.phone}\nEND:VCARD"
    name = {"formatted_name": phone.name, "first_name": phone.name}
    return {"vcard": vcard, "name": name, "phones": [{"phone": phone.phone, "wa_id": phone.phone[1:], "type": "CELL"}]}
