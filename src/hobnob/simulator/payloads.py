"""Checks the body of a send, type by type, and says what the phone will show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hobnob.whatsapp import limits

from .checks import Fields, choice, fields, need, need_fields, need_list, number, text
from .interactive import check_interactive
from .refusal import Refusal, bad_value, invalid, missing
from .world import Media

MediaLookup = Callable[[str], Media | None]

TOP_KEYS = frozenset(
    {
        "messaging_product",
        "recipient_type",
        "to",
        "recipient",
        "type",
        "context",
        "biz_opaque_callback_data",
        "recipient_identity_key_hash",
        "category",
        "message_send_ttl_seconds",
        "paid_messaging_account_id",
        "product_policy",
        "message_activity_sharing",
        "messaging_account_id",
        "status",
    }
)
TYPES = frozenset(
    "text image video audio document sticker location contacts reaction interactive template".split()  # noqa: SIM905
)
_MEDIA_KEYS = {
    "image": ("id", "link", "caption"),
    "video": ("id", "link", "caption"),
    "audio": ("id", "link", "voice"),
    "document": ("id", "link", "caption", "filename"),
    "sticker": ("id", "link"),
}


def check_top(body: Fields) -> str:
    """The envelope of a send; returns its type."""
    kind = body.get("type", "text")
    if kind not in TYPES:
        choice(kind, "type", TYPES)
    for key in body:
        if key not in TOP_KEYS and key != kind:
            if key in TYPES:
                raise invalid(f'Param {key} does not go with type "{kind}".')
            raise invalid(f'Unexpected key "{key}" on param "message".')
    choice(body.get("recipient_type", "individual"), "recipient_type", ("individual", "group"))
    opaque = body.get("biz_opaque_callback_data")
    if opaque is not None and (not isinstance(opaque, str) or len(opaque) > limits.OPAQUE_DATA_MAX_CHARS):
        raise invalid(
            f"Param biz_opaque_callback_data must be a string of at most {limits.OPAQUE_DATA_MAX_CHARS} characters."
        )
    if body.get("context") is not None:
        context = fields(body["context"], "context", ("message_id",))
        need(context, "message_id", "context")
        if kind == "reaction":
            raise invalid("Param context is not allowed with type reaction.")
    return str(kind)


def check_payload(kind: str, body: Fields, media_of: MediaLookup) -> Any:
    """Everything but templates. Returns the content as the phone shows it."""
    if kind == "contacts":
        return _contacts(body)
    payload = need_fields(body, kind, "")
    match kind:
        case "text":
            return _text(payload)
        case "reaction":
            return _reaction(payload)
        case "location":
            return _location(payload)
        case "interactive":
            return check_interactive(payload, lambda kind, item, where: check_media(kind, item, where, media_of))
        case _:
            return check_media(kind, payload, kind, media_of)


def check_media(kind: str, payload: Any, where: str, media_of: MediaLookup) -> Fields:
    """A media object by id or link. The link is not fetched: nothing leaves this machine."""
    media = fields(payload, where, _MEDIA_KEYS[kind])
    if bool(media.get("id")) == bool(media.get("link")):
        raise invalid(f"Param {where} must have one of 'id' and 'link'.")
    text(media, "caption", where, limits.CAPTION_MAX_CHARS, required=False)
    text(media, "filename", where, 240, required=False)
    if media.get("link"):
        if not str(media["link"]).startswith(("http://", "https://")):
            raise invalid(f"Param {where}['link'] is not a valid URI.")
        return dict(media)
    stored = media_of(str(media["id"]))
    if stored is None:
        raise invalid(f"Param {where}['id'] is not a valid whatsapp business account media attachment ID")
    return {**media, "url": f"/control/media/{stored.id}", "mime_type": stored.mime_type, "sha256": stored.sha256}


def _text(payload: Fields) -> Fields:
    fields(payload, "text", ("body", "preview_url"))
    text(payload, "body", "text", limits.TEXT_MAX_CHARS)
    if not isinstance(payload.get("preview_url", False), bool):
        raise invalid("Param text['preview_url'] must be a boolean.")
    return payload


def _reaction(payload: Fields) -> Fields:
    fields(payload, "reaction", ("message_id", "emoji"))
    need(payload, "message_id", "reaction")
    if not isinstance(payload.get("emoji"), str):
        raise missing("reaction['emoji']")
    if len(payload["emoji"]) > 20 or (payload["emoji"].isascii() and payload["emoji"]):
        raise bad_value("Param reaction['emoji'] must be a single emoji.")
    return payload


def _location(payload: Fields) -> Fields:
    fields(payload, "location", ("latitude", "longitude", "name", "address"))
    number(need(payload, "latitude", "location"), "location['latitude']", -90, 90)
    number(need(payload, "longitude", "location"), "location['longitude']", -180, 180)
    return payload


def _contacts(body: Fields) -> list[Any]:
    cards = need_list(body, "contacts", "", 1, limits.CONTACT_CARDS_MAX)
    for at, card in enumerate(cards):
        where = f"contacts[{at}]"
        holder = fields(card, where, ("addresses", "birthday", "emails", "name", "org", "phones", "urls"))
        name = need_fields(holder, "name", where)
        text(name, "formatted_name", f"{where}['name']", 1024)
        for part in ("phones", "emails", "addresses", "urls"):
            if not isinstance(holder.get(part, []), list):
                raise invalid(f"Param {where}['{part}'] must be an array.")
    return cards


def check_upload(kind: str | None, size: int, mime_type: str, animated: bool = False) -> None:
    """A file's type and size, as the upload endpoint checks them."""
    if kind is None:
        allowed = sorted({mime for limit in limits.MEDIA.values() for mime in limit.mime_types})
        raise Refusal(
            100,
            f'Param file must be a file with one of the following types: {", ".join(allowed)}. Received file of type "{mime_type}".',
        )
    most = limits.MEDIA[kind].max_bytes
    if kind == "sticker" and not animated:
        most = limits.STICKER_STATIC_MAX_BYTES
    if size > most:
        raise Refusal(131053, f"File size is too big. Max file size supported: {most} bytes.")
    if size == 0:
        raise Refusal(131053, "The file is empty.")
