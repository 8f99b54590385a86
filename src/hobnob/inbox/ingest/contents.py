"""What a customer's message looks like in the thread: from WhatsApp's typed content to our type, content and preview."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from hobnob.inbox.send.draft import preview
from hobnob.whatsapp import inbound
from hobnob.whatsapp.webhooks import parse_content

MEDIA_TYPES = frozenset({"image", "video", "audio", "document", "sticker"})
# Reports of WhatsApp's; not written by the customer, so they open no service window.
_SYSTEM_KINDS = {"user_changed_number": "number_changed", "user_changed_user_id": "id_changed"}


class Shown(Struct):
    """A message as the thread keeps it. ``target_wamid`` is the message it quotes, reacts to, edits or revokes."""

    type: str
    content: dict[str, Any]
    preview: str = ""
    target_wamid: str | None = None
    media: inbound.Media | None = None
    by_customer: bool = True
    hidden: bool = False


def shown_of(message: inbound.Message) -> Shown:
    """Never fails: what cannot be read is shown as unknown, with the message as it came."""
    shown = _content(message)
    context = message.context
    if context is not None:
        if shown.target_wamid is None:
            shown.target_wamid = context.id
        if context.forwarded or context.frequently_forwarded:
            shown.content["forwarded"] = True
    if message.referral is not None:
        shown.content["referral"] = _referral(message.referral)
    return shown


def _content(message: inbound.Message) -> Shown:  # noqa: C901, PLR0911 - one case for each type, nothing nested
    content = message.content
    match content:
        case inbound.Text():
            return Shown("text", {"body": content.body}, preview(content.body))
        case inbound.Media():
            return _media(message.type, content)
        case inbound.Location() if (location := _location(content)) is not None:
            return Shown("location", location, preview(content.name or content.address or ""))
        case inbound.Contacts():
            cards = [_card(card) for card in content.cards]
            names = ", ".join(card["formatted_name"] for card in cards)
            return Shown("contacts", {"contacts": cards}, preview(names))
        case inbound.Interactive():
            return _answer(content)
        case inbound.Button():
            return Shown(
                "button", {"text": content.text or "", "payload": content.payload}, preview(content.text or "")
            )
        case inbound.Order():
            return _order(content)
        case inbound.System():
            return _system(content.type or "", content.body or "")
        case inbound.Reaction() | inbound.Edit() | inbound.Revoke():
            return _reference(content)
        case inbound.Unsupported():
            return _unsupported(content.kind, message.errors)
    if message.type == "request_welcome":
        return _system("request_welcome", "The customer opened the chat for the first time.")
    if message.errors:
        return _unsupported(message.type, message.errors)
    return Shown("unknown", {"raw": msgspec.json.decode(message.raw)})


def _media(kind: str, media: inbound.Media) -> Shown:
    content: dict[str, Any] = {}
    for name in ("caption", "filename"):
        if value := getattr(media, name):
            content[name] = value
    if kind == "audio":
        content["voice"] = bool(media.voice)
    if kind == "sticker":
        content["animated"] = bool(media.animated)
    text = media.caption or (media.filename if kind == "document" else None) or ""
    return Shown(kind, content, preview(text), media=media)


def _location(location: inbound.Location) -> dict[str, Any] | None:
    try:
        place: dict[str, Any] = {"latitude": float(location.latitude or 0), "longitude": float(location.longitude or 0)}
    except ValueError:
        return None
    for name in ("name", "address", "url"):
        if value := getattr(location, name):
            place[name] = value
    return place


def _card(card: inbound.ContactCard) -> dict[str, Any]:
    name = card.name.formatted_name or " ".join(filter(None, (card.name.first_name, card.name.last_name)))
    shown: dict[str, Any] = {
        "formatted_name": name or next((phone.phone for phone in card.phones if phone.phone), "") or "",
        "phones": [_without_none(phone=phone.phone or phone.wa_id, type=phone.type) for phone in card.phones],
        "emails": [email.email for email in card.emails if email.email],
    }
    if card.org is not None and card.org.company:
        shown["org"] = card.org.company
    return shown


def _answer(interactive: inbound.Interactive) -> Shown:
    content: dict[str, Any] = {"kind": interactive.type}
    text = ""
    if (choice := interactive.button_reply or interactive.list_reply) is not None:
        content |= _without_none(id=choice.id, title=choice.title, description=choice.description)
        text = choice.title or ""
    elif (flow := interactive.nfm_reply) is not None:
        content |= _without_none(id=flow.name, title=flow.body, data=_parsed(flow.response_json))
        text = flow.body or ""
    elif interactive.call_permission_reply is not None:
        content["data"] = interactive.call_permission_reply
    return Shown("interactive_reply", content, preview(text))


def _parsed(value: Any) -> Any:
    """A flow's answer is JSON in a string, by some accounts an object."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value


def _order(order: inbound.Order) -> Shown:
    items = [
        {
            "product_retailer_id": item.product_retailer_id,
            "quantity": item.quantity,
            "item_price": item.item_price,
            "currency": item.currency,
        }
        for item in order.product_items
    ]
    content = {"catalog_id": order.catalog_id, **_without_none(text=order.text), "items": items}
    return Shown("order", content, preview(order.text or ""))


def _system(kind: str, body: str) -> Shown:
    return Shown("system", {"kind": _SYSTEM_KINDS.get(kind, kind), "body": body}, preview(body), by_customer=False)


def _reference(content: inbound.Reaction | inbound.Edit | inbound.Revoke) -> Shown:
    match content:
        case inbound.Reaction():
            return Shown("reaction", {"emoji": content.emoji or ""}, target_wamid=content.message_id, hidden=True)
        case inbound.Revoke():
            return Shown("revoke", {}, target_wamid=content.original_message_id, by_customer=False, hidden=True)
        case inbound.Edit():
            return Shown(
                "edit",
                _edited(content.message),
                target_wamid=content.original_message_id,
                by_customer=False,
                hidden=True,
            )


def _edited(raw: Raw) -> dict[str, Any]:
    """The members of the target's content that read differently now, and its preview."""
    content = parse_content(raw)
    match content:
        case inbound.Text():
            return {"content": {"body": content.body}, "preview": preview(content.body)}
        case inbound.Media():
            # Only a caption can be edited; the file stays.
            return {"content": {"caption": content.caption or ""}, "preview": preview(content.caption or "")}
    return {"content": {}}


def _unsupported(kind: str | None, errors: list[inbound.WireError]) -> Shown:
    error = errors[0] if errors else inbound.WireError()
    content = _without_none(kind=kind, title=error.title or error.message, detail=error.details)
    return Shown("unsupported", content, preview(error.details or error.title or ""))


def _referral(referral: inbound.Referral) -> dict[str, Any]:
    return _without_none(
        headline=referral.headline,
        body=referral.body,
        source_url=referral.source_url,
        source_type=referral.source_type,
        media_url=referral.image_url or referral.video_url or referral.thumbnail_url,
    )


def _without_none(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


class _PlainText(Struct, forbid_unknown_fields=True):
    body: str


class _Plain(Struct, forbid_unknown_fields=True):
    """A text message of which our columns hold everything."""

    id: str
    timestamp: int | str
    type: str
    text: _PlainText
    from_: str = msgspec.field(name="from", default="")
    from_user_id: str | None = None
    from_parent_user_id: str | None = None


_plain_decoder = msgspec.json.Decoder(_Plain)


def says_more(message: inbound.Message) -> bool:
    """Whether the message says more than its row will. Then it is kept as it came: whatever WhatsApp adds is not lost."""
    try:
        _plain_decoder.decode(message.raw)
    except msgspec.ValidationError:
        return True
    return False
