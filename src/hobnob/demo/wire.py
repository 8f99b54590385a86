"""Lines of the story in WhatsApp's words: what a webhook says of them, and what a phone shows."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from .story import Customer, Line

UNDELIVERABLE = {
    "code": 131026,
    "title": "Message undeliverable",
    "message": "Message undeliverable",
    "error_data": {"details": "Message Undeliverable."},
}
SENT_AFTER, DELIVERED_AFTER, READ_AFTER = timedelta(seconds=1), timedelta(seconds=3), timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class File:
    """A picture on the platform."""

    media_id: str
    sha256: str

    @property
    def wire(self) -> dict[str, str]:
        return {"id": self.media_id, "mime_type": "image/jpeg", "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Told:
    """A line with its moment and its ids, which follow from the story alone."""

    line: Line
    at: datetime
    message_id: UUID
    wamid: str
    customer: Customer
    user_id: str

    @property
    def inbound(self) -> bool:
        return self.line.by is None


def file_of(media_id: str, content: bytes) -> File:
    return File(media_id, base64.b64encode(hashlib.sha256(content).digest()).decode())


def contact(told: Told) -> dict[str, Any]:
    """The person, as a webhook introduces them: without a phone when they hide it."""
    profile: dict[str, str] = {"name": told.customer.name}
    if told.customer.username is not None:
        return {"profile": {**profile, "username": told.customer.username}, "user_id": told.user_id}
    return {"profile": profile, "wa_id": told.customer.phone[1:], "user_id": told.user_id}


def inbound_item(
    told: Told, targets: dict[str, Told], files: dict[str, File], referral: dict[str, str]
) -> dict[str, Any]:
    """One entry of ``messages``."""
    item: dict[str, Any] = {
        "from_user_id": told.user_id,
        "id": told.wamid,
        "timestamp": str(int(told.at.timestamp())),
    }
    if told.customer.username is None:
        item["from"] = told.customer.phone[1:]
    kind, content = _said(told.line, targets, files)
    item |= {"type": kind, kind: content}
    asked = told.line.quotes or (told.line.data["to"] if told.line.kind == "pressed" else "")
    if asked:
        item["context"] = {"id": targets[asked].wamid}
    if referral:
        item["referral"] = referral
    return item


def _said(line: Line, targets: dict[str, Told], files: dict[str, File]) -> tuple[str, dict[str, Any]]:
    match line.kind:
        case "picture":
            caption = {"caption": line.data["caption"]} if line.data["caption"] else {}
            return "image", {**files[line.data["picture"]].wire, **caption}
        case "reaction":
            return "reaction", {"message_id": targets[line.data["to"]].wamid, "emoji": line.data["emoji"]}
        case "pressed" if targets[line.data["to"]].line.kind == "template":
            return "button", {"payload": line.data["choice"], "text": line.data["choice"]}
        case "pressed":
            choice = line.data["choice"]
            return "interactive", {"type": "button_reply", "button_reply": {"id": slug(choice), "title": choice}}
        case kind:
            return kind, dict(line.data)


def delivered_at(told: Told, now: datetime) -> datetime:
    """When an outbound line reached the customer: not later than ``now``."""
    return min(told.at + DELIVERED_AFTER, now)


def status_items(told: Told, now: datetime, price: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of ``statuses`` of an outbound line, none later than ``now``. ``price`` is what WhatsApp says of it."""
    times = {"sent": SENT_AFTER}
    if told.line.tick in ("delivered", "read"):
        times["delivered"] = DELIVERED_AFTER
    if told.line.tick == "read":
        times["read"] = READ_AFTER
    if told.line.tick == "failed":
        times = {"failed": SENT_AFTER}
    items: list[dict[str, Any]] = []
    for status, after in times.items():
        item: dict[str, Any] = {
            "id": told.wamid,
            "status": status,
            "timestamp": str(int(min(told.at + after, now).timestamp())),
            "recipient_user_id": told.user_id,
            "biz_opaque_callback_data": str(told.message_id),
        }
        if told.customer.username is None:
            item["recipient_id"] = told.customer.phone[1:]
        if status == "failed":
            item["errors"] = [UNDELIVERABLE]
        elif status != "read":
            item |= price
        items.append(item)
    return items


def envelope(waba_id: str, phone: str, phone_number_id: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    """A webhook with many changes of one number."""
    metadata = {"display_phone_number": phone[1:], "phone_number_id": phone_number_id}
    changes = [
        {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
        for value in values
    ]
    return {"object": "whatsapp_business_account", "entry": [{"id": waba_id, "changes": changes}]}


def on_phone(
    told: Told, shown: dict[str, Any], targets: dict[str, Told], files: dict[str, File], reactions: dict[str, str]
) -> dict[str, Any]:
    """A line as the phone remembers it. ``shown`` is what Hobnob shows of an outbound one."""
    if told.inbound:
        kind, content = _said(told.line, targets, files)
    else:
        kind, content = _outbound(told.line, shown, files)
    if kind == "image":
        content = {**content, "url": f"/control/media/{content['id']}"}
    quoted = told.line.quotes or (told.line.data["to"] if told.line.kind == "pressed" else "")
    return {
        "id": told.wamid,
        "from_me": told.inbound,
        "type": kind,
        "content": content,
        "at": told.at.isoformat(),
        "status": None if told.inbound else told.line.tick,
        "context_id": targets[quoted].wamid if quoted else None,
        "reactions": reactions,
    }


def _outbound(line: Line, shown: dict[str, Any], files: dict[str, File]) -> tuple[str, dict[str, Any]]:
    match line.kind:
        case "picture":
            caption = {"caption": line.data["caption"]} if line.data["caption"] else {}
            return "image", {**files[line.data["picture"]].wire, **caption}
        case "buttons":
            replies = [{"type": "reply", "reply": {"id": slug(one), "title": one}} for one in line.data["choices"]]
            body = {"type": "button", "body": {"text": line.data["body"]}, "action": {"buttons": replies}}
            return "interactive", body
        case "template":
            return "template", _template(shown)
        case kind:
            return kind, dict(line.data)


def _template(shown: dict[str, Any]) -> dict[str, Any]:
    header = shown.get("header")
    labels = [button["text"] for button in shown.get("buttons") or []]
    return {
        "name": shown["name"],
        "language": shown["language"],
        "category": str(shown["category"]).upper(),
        "header": {"type": "text", "text": header} if isinstance(header, str) else header,
        "body": shown["body"],
        "footer": shown.get("footer"),
        "buttons": [
            {"type": "QUICK_REPLY", "text": label, "index": n, "payload": label} for n, label in enumerate(labels)
        ],
    }


def slug(text: str) -> str:
    """A button's id from its label."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "choice"
