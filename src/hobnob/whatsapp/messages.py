"""Builds the body of ``POST /{phone number id}/messages`` from what somebody wants to say, within WhatsApp's limits.

A broken limit raises InvalidInput naming the field, before anything leaves the house.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from hobnob.kernel.errors import InvalidInput

from . import limits

MediaKind: TypeAlias = Literal["image", "video", "audio", "document", "sticker"]
ButtonKind: TypeAlias = Literal["url", "quick_reply", "copy_code", "flow"]


class OutText(Struct, frozen=True, tag="text"):
    body: str
    preview_url: bool = False


class OutMedia(Struct, frozen=True, tag="media"):
    """A file uploaded before; ``media_id`` is Meta's."""

    kind: MediaKind
    media_id: str
    caption: str | None = None
    filename: str | None = None
    voice: bool = False


class OutReaction(Struct, frozen=True, tag="reaction"):
    """``emoji`` empty takes the reaction back."""

    wamid: str
    emoji: str


class ReplyButton(Struct, frozen=True):
    id: str
    title: str


class ListRow(Struct, frozen=True):
    id: str
    title: str
    description: str | None = None


class ListSection(Struct, frozen=True):
    rows: list[ListRow]
    title: str | None = None


class OutButtons(Struct, frozen=True, tag="buttons"):
    body: str
    buttons: list[ReplyButton]
    header: str | None = None
    footer: str | None = None


class OutList(Struct, frozen=True, tag="list"):
    body: str
    button: str
    sections: list[ListSection]
    header: str | None = None
    footer: str | None = None


class NamedValue(Struct, frozen=True):
    """A filled-in variable; ``name`` only for templates with named parameters."""

    value: str
    name: str | None = None


class HeaderMedia(Struct, frozen=True):
    kind: Literal["image", "video", "document"]
    media_id: str
    filename: str | None = None


class ButtonValue(Struct, frozen=True):
    index: int
    value: str
    kind: ButtonKind = "url"


class OutTemplate(Struct, frozen=True, tag="template"):
    name: str
    language: str
    header: list[NamedValue] = []
    header_media: HeaderMedia | None = None
    body: list[NamedValue] = []
    buttons: list[ButtonValue] = []


Outbound: TypeAlias = OutText | OutMedia | OutReaction | OutButtons | OutList | OutTemplate


def message_body(
    content: Outbound,
    *,
    to: str | None = None,
    user_id: str | None = None,
    reply_to: str | None = None,
    opaque: str | None = None,
) -> dict[str, Any]:
    """The request body. ``to`` is the phone (E.164 or digits) and goes before ``user_id``; ``reply_to`` is a wamid;
    ``opaque`` comes back in every status as ``biz_opaque_callback_data``.
    """
    if not to and not user_id:
        raise InvalidInput("There is neither a phone nor a user id to write to.", fields=[("to", "missing")])
    body: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    if to:
        body["to"] = to
    else:
        body["recipient"] = user_id
    kind, payload = _payload(content)
    body["type"] = kind
    body[kind] = payload
    if reply_to is not None:
        if kind == "reaction":
            raise InvalidInput("A reaction cannot quote a message.", fields=[("reply_to", "not allowed here")])
        body["context"] = {"message_id": reply_to}
    if opaque is not None:
        body["biz_opaque_callback_data"] = _text(opaque, "opaque", limits.OPAQUE_DATA_MAX_CHARS)
    return body


def read_body(wamid: str, *, typing: bool = False) -> dict[str, Any]:
    """Marks a message and all before it as read; with ``typing`` the customer also sees the typing dots."""
    body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    if typing:
        body["typing_indicator"] = {"type": "text"}
    return body


def _payload(content: Outbound) -> tuple[str, dict[str, Any]]:
    match content:
        case OutText():
            text: dict[str, Any] = {"body": _text(content.body, "body", limits.TEXT_MAX_CHARS)}
            if content.preview_url:
                text["preview_url"] = True
            return "text", text
        case OutMedia():
            return content.kind, _media(content)
        case OutReaction():
            return "reaction", {"message_id": content.wamid, "emoji": content.emoji}
        case OutButtons():
            return "interactive", _buttons(content)
        case OutList():
            return "interactive", _list(content)
        case OutTemplate():
            return "template", _template(content)


def _media(content: OutMedia) -> dict[str, Any]:
    media: dict[str, Any] = {"id": content.media_id}
    if content.caption:
        if content.kind in ("audio", "sticker"):
            raise InvalidInput(
                f"WhatsApp shows no caption under {content.kind}.", fields=[("caption", "not allowed here")]
            )
        media["caption"] = _text(content.caption, "caption", limits.CAPTION_MAX_CHARS)
    if content.filename and content.kind == "document":
        media["filename"] = content.filename
    if content.voice and content.kind == "audio":
        media["voice"] = True
    return media


def _frame(kind: str, header: str | None, body: str, body_max: int, footer: str | None) -> dict[str, Any]:
    frame: dict[str, Any] = {"type": kind, "body": {"text": _text(body, "body", body_max)}}
    if header:
        frame["header"] = {"type": "text", "text": _text(header, "header", limits.HEADER_TEXT_MAX_CHARS)}
    if footer:
        frame["footer"] = {"text": _text(footer, "footer", limits.FOOTER_TEXT_MAX_CHARS)}
    return frame


def _buttons(content: OutButtons) -> dict[str, Any]:
    _count(content.buttons, "buttons", limits.BUTTONS_MAX)
    _unique([button.id for button in content.buttons], "buttons", "id")
    _unique([button.title for button in content.buttons], "buttons", "title")
    frame = _frame("button", content.header, content.body, limits.BODY_TEXT_MAX_CHARS, content.footer)
    frame["action"] = {
        "buttons": [
            {
                "type": "reply",
                "reply": {
                    "id": _text(button.id, f"buttons[{at}].id", limits.BUTTON_ID_MAX_CHARS),
                    "title": _text(button.title, f"buttons[{at}].title", limits.BUTTON_TITLE_MAX_CHARS),
                },
            }
            for at, button in enumerate(content.buttons)
        ]
    }
    return frame


def _list(content: OutList) -> dict[str, Any]:
    _count(content.sections, "sections", limits.LIST_SECTIONS_MAX)
    rows = [row for section in content.sections for row in section.rows]
    _count(rows, "sections", limits.LIST_ROWS_MAX)
    _unique([row.id for row in rows], "sections", "id")
    frame = _frame("list", content.header, content.body, limits.LIST_BODY_TEXT_MAX_CHARS, content.footer)
    many = len(content.sections) > 1
    frame["action"] = {
        "button": _text(content.button, "button", limits.LIST_BUTTON_MAX_CHARS),
        "sections": [_section(section, at, many) for at, section in enumerate(content.sections)],
    }
    return frame


def _section(section: ListSection, at: int, title_needed: bool) -> dict[str, Any]:
    where = f"sections[{at}]"
    if not section.rows:
        raise InvalidInput("Every section needs a row.", fields=[(where, "no rows")])
    out: dict[str, Any] = {}
    if section.title or title_needed:
        out["title"] = _text(section.title or "", f"{where}.title", limits.SECTION_TITLE_MAX_CHARS)
    out["rows"] = []
    for row_at, row in enumerate(section.rows):
        here = f"{where}.rows[{row_at}]"
        shown = {
            "id": _text(row.id, f"{here}.id", limits.ROW_ID_MAX_CHARS),
            "title": _text(row.title, f"{here}.title", limits.ROW_TITLE_MAX_CHARS),
        }
        if row.description:
            shown["description"] = _text(row.description, f"{here}.description", limits.ROW_DESCRIPTION_MAX_CHARS)
        out["rows"].append(shown)
    return out


def _template(content: OutTemplate) -> dict[str, Any]:
    components: list[dict[str, Any]] = []
    if content.header_media is not None:
        media = content.header_media
        shown: dict[str, Any] = {"id": media.media_id}
        if media.filename and media.kind == "document":
            shown["filename"] = media.filename
        components.append({"type": "header", "parameters": [{"type": media.kind, media.kind: shown}]})
    elif content.header:
        components.append({"type": "header", "parameters": _values(content.header, "parameters.header")})
    if content.body:
        components.append({"type": "body", "parameters": _values(content.body, "parameters.body")})
    components += [_button(button) for button in content.buttons]
    template: dict[str, Any] = {"name": content.name, "language": {"code": content.language}}
    if components:
        template["components"] = components
    return template


def _values(values: list[NamedValue], where: str) -> list[dict[str, Any]]:
    out = []
    for at, given in enumerate(values):
        parameter = {"type": "text", "text": _text(given.value, f"{where}[{at}]", limits.TEMPLATE_BODY_MAX_CHARS)}
        if given.name:
            parameter["parameter_name"] = given.name
        out.append(parameter)
    return out


def _button(button: ButtonValue) -> dict[str, Any]:
    where = f"parameters.buttons[{button.index}]"
    parameter: dict[str, Any]
    match button.kind:
        case "url":
            parameter = {"type": "text", "text": _text(button.value, where, 2000)}
        case "quick_reply":
            parameter = {"type": "payload", "payload": _text(button.value, where, limits.BUTTON_ID_MAX_CHARS)}
        case "copy_code":
            parameter = {"type": "coupon_code", "coupon_code": _text(button.value, where, limits.COUPON_CODE_MAX_CHARS)}
        case "flow":
            parameter = {"type": "action", "action": {"flow_token": button.value}}
    return {"type": "button", "sub_type": button.kind, "index": str(button.index), "parameters": [parameter]}


def _text(value: str, where: str, max_chars: int) -> str:
    if not value.strip():
        raise InvalidInput(f"{where} is empty.", fields=[(where, "empty")])
    if len(value) > max_chars:
        hint = f"{len(value)} characters; WhatsApp takes {max_chars}"
        raise InvalidInput(f"{where} is too long: {hint}.", fields=[(where, hint)])
    return value


def _count(items: list[Any], where: str, most: int) -> None:
    if not 1 <= len(items) <= most:
        hint = f"{len(items)} given; WhatsApp takes 1 to {most}"
        raise InvalidInput(f"{where}: {hint}.", fields=[(where, hint)])


def _unique(values: list[str], where: str, what: str) -> None:
    if len(set(values)) != len(values):
        raise InvalidInput(f"Two {where} have the same {what}.", fields=[(where, f"same {what} twice")])
