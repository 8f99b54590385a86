"""From what an agent sends to a draft: checked against WhatsApp's limits, with the content as the thread will show it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hobnob.inbox.errors import MessageNotFound, NotResendable, TargetNotSent
from hobnob.inbox.types import (
    SendBody,
    SendInteractive,
    SendMedia,
    SendReaction,
    SendTemplate,
    SendText,
    TemplateParameters,
)
from hobnob.kernel.errors import Conflict, InvalidInput
from hobnob.kernel.ids import Tenant
from hobnob.media import actions as media
from hobnob.platform.database import Row, Tx
from hobnob.templates import actions as templates
from hobnob.templates.types import HeaderFile, Values
from hobnob.whatsapp import limits
from hobnob.whatsapp.messages import (
    ListRow,
    ListSection,
    OutButtons,
    OutList,
    OutMedia,
    OutReaction,
    OutText,
    ReplyButton,
)

from .types import Draft, FileSlot

PREVIEW_MAX_CHARS = 200


async def draft_of(tx: Tx, tenant: Tenant, chat_id: UUID, body: SendBody, now: datetime) -> Draft:
    """Check what is to be sent. Raises InvalidInput, NotFound or Conflict; ``now`` is the account's time."""
    match body:
        case SendText():
            content: dict[str, Any] = {"body": body.body, **({"preview_url": True} if body.preview_url else {})}
            out = OutText(body.body, body.preview_url)
            wamid = await _quoted(tx, tenant, chat_id, body.reply_to)
            return Draft(type="text", content=content, preview=preview(body.body), out=out, target_wamid=wamid)
        case SendMedia():
            return await _media(tx, tenant, chat_id, body)
        case SendReaction():
            return await _reaction(tx, tenant, chat_id, body, now)
        case SendInteractive():
            wamid = await _quoted(tx, tenant, chat_id, body.reply_to)
            return Draft(
                type="interactive",
                content=_without_none(msgspec.to_builtins(body), leave_out=("type", "reply_to")),
                preview=preview(body.body),
                out=_interactive(body),
                target_wamid=wamid,
            )
        case SendTemplate():
            return await _template(tx, tenant, body)


def preview(text: str) -> str:
    """One line of a text for the chat list."""
    return " ".join(text[: PREVIEW_MAX_CHARS * 2].split())[:PREVIEW_MAX_CHARS]


async def _media(tx: Tx, tenant: Tenant, chat_id: UUID, body: SendMedia) -> Draft:
    file = await media.stored_file(tx, tenant, body.media_id)
    kind = limits.media_kind_of(file.mime_type)
    if kind is None:
        raise InvalidInput("WhatsApp does not take this kind of file.", fields=[("media_id", "type refused")])
    if body.voice and file.mime_type != "audio/ogg":
        raise InvalidInput("A voice note must be an Ogg recording.", fields=[("voice", "not an Ogg recording")])
    content: dict[str, Any] = {"media_id": str(body.media_id)}
    if body.caption:
        content["caption"] = body.caption
    if file.filename:
        content["filename"] = file.filename
    if body.voice:
        content["voice"] = True
    return Draft(
        type=kind,
        content=content,
        preview=preview(body.caption or (file.filename if kind == "document" else None) or ""),
        out=OutMedia(kind, "", body.caption, file.filename, body.voice),  # type: ignore[arg-type]
        file=FileSlot(body.media_id, "message"),
        target_wamid=await _quoted(tx, tenant, chat_id, body.reply_to),
    )


async def _reaction(tx: Tx, tenant: Tenant, chat_id: UUID, body: SendReaction, now: datetime) -> Draft:
    target = await _message(tx, tenant, chat_id, body.message_id)
    if target["wamid"] is None:
        raise TargetNotSent
    if body.emoji and body.emoji.isascii():
        raise InvalidInput("A reaction is one emoji.", fields=[("emoji", "not an emoji")])
    if now - target["at"] > timedelta(seconds=limits.REACTION_TARGET_MAX_AGE_S):
        raise Conflict("WhatsApp takes reactions only to messages of the last 30 days.", code="target_too_old")
    return Draft(
        type="reaction",
        content={"emoji": body.emoji, "message_id": str(body.message_id)},
        preview="",
        out=OutReaction(target["wamid"], body.emoji),
        target_wamid=target["wamid"],
        hidden=True,
    )


def _interactive(body: SendInteractive) -> OutButtons | OutList:
    if body.kind == "button":
        if body.button is not None or body.sections is not None or not body.buttons:
            raise InvalidInput("Reply buttons need buttons and nothing of a list.", fields=[("buttons", "needed")])
        return OutButtons(
            body.body, [ReplyButton(given.id, given.title) for given in body.buttons], body.header, body.footer
        )
    if body.buttons is not None or not body.sections or not body.button:
        raise InvalidInput(
            "A list needs sections and the label of its button, and no reply buttons.", fields=[("sections", "needed")]
        )
    sections = [
        ListSection([ListRow(row.id, row.title, row.description) for row in section.rows], section.title)
        for section in body.sections
    ]
    return OutList(body.body, body.button, sections, body.header, body.footer)


async def _template(tx: Tx, tenant: Tenant, body: SendTemplate) -> Draft:
    template = await templates.approved_template(tx, tenant, body.template_id)
    header_file = None
    if body.header_media_id is not None:
        file = await media.stored_file(tx, tenant, body.header_media_id)
        header_file = HeaderFile(limits.media_kind_of(file.mime_type) or file.mime_type, file.filename)
    given = body.parameters
    values = Values(given.header, given.body, {button.index: button.value for button in given.buttons})
    filled = templates.fill(template, values, header_file)
    content: dict[str, Any] = {
        "name": filled.name,
        "language": filled.language,
        "category": filled.category,
        "header": filled.header,
        "body": filled.body,
        "footer": filled.footer,
        "buttons": msgspec.to_builtins(filled.buttons),
        "parameters": msgspec.to_builtins(given),
    }
    if body.header_media_id is not None:
        content["header_media_id"] = str(body.header_media_id)
    return Draft(
        type="template",
        content=content,
        preview=preview(filled.body),
        out=filled.out,
        file=FileSlot(body.header_media_id, "header") if body.header_media_id else None,
        template_id=template.id,
        category=template.category,
    )


async def _quoted(tx: Tx, tenant: Tenant, chat_id: UUID, message_id: UUID | None) -> str | None:
    """The WhatsApp id of the message a reply quotes."""
    if message_id is None:
        return None
    wamid: str | None = (await _message(tx, tenant, chat_id, message_id))["wamid"]
    if wamid is None:
        raise TargetNotSent
    return wamid


async def _message(tx: Tx, tenant: Tenant, chat_id: UUID, message_id: UUID) -> Row:
    row = await tx.fetchrow(
        "SELECT wamid, at FROM messages"
        " WHERE lane = $1 AND account_id = $2 AND chat_id = $3 AND id = $4 AND NOT hidden",
        tenant.lane,
        tenant.account_id,
        chat_id,
        message_id,
    )
    if row is None:
        raise MessageNotFound
    return row


def body_again(row: Row, quoted_id: UUID | None) -> SendBody:
    """What was sent with a message of ours, so that it can be sent once more. Raises NotResendable."""
    content = row["content"]
    match row["type"]:
        case "text":
            return SendText(content["body"], quoted_id, content.get("preview_url", False))
        case "image" | "video" | "audio" | "document" | "sticker":
            return SendMedia(UUID(content["media_id"]), content.get("caption"), quoted_id, content.get("voice", False))
        case "interactive":
            return msgspec.convert({**content, "type": "interactive", "reply_to": quoted_id}, SendInteractive)
        case "template" if row["template_id"] is not None:
            header = content.get("header_media_id")
            parameters = msgspec.convert(content["parameters"], TemplateParameters)
            return SendTemplate(row["template_id"], parameters, UUID(header) if header else None)
        case _:
            raise NotResendable("This kind of message cannot be sent again: write it anew.")


def _without_none(values: dict[str, Any], leave_out: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and name not in leave_out}
