"""Reads Meta's webhooks: ``split_by_owner`` for the door, ``parse`` for the worker behind it.

Each update is decoded alone, so one that cannot be read costs only itself. Timestamps may be numbers or decimal strings.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from . import events, inbound
from .envelope import MalformedWebhook, OwnerSlice, mended, split_by_owner

__all__ = [
    "Change",
    "MalformedWebhook",
    "OwnerSlice",
    "parse",
    "parse_content",
    "parse_message",
    "split_by_owner",
]


class Change(Struct, frozen=True):
    """One change of a webhook: which account, which field, its typed value, and the value as it came."""

    waba_id: str
    field: str
    value: events.Value
    raw: Raw
    entry_time_s: int | None = None


class _Change(Struct):
    value: Raw
    field: str = ""


class _Entry(Struct):
    id: str | int = ""
    time: int | float | str | None = None
    changes: list[_Change] = []


class _Envelope(Struct):
    entry: list[_Entry]


class _MessagesValue(Struct):
    metadata: events.Metadata = events.Metadata()
    contacts: list[Raw] = []
    messages: list[Raw] = []
    statuses: list[Raw] = []
    errors: list[Raw] = []


class _WideMessage(Struct):
    """Every content a message may have, side by side; ``type`` says which one counts."""

    id: str = ""
    type: str = "unknown"
    timestamp: int | str = 0
    from_: str | None = field(name="from", default=None)
    from_user_id: str | None = None
    from_parent_user_id: str | None = None
    group_id: str | None = None
    context: inbound.Context | None = None
    referral: inbound.Referral | None = None
    errors: list[inbound.WireError] = []
    text: inbound.Text | None = None
    image: inbound.Media | None = None
    audio: inbound.Media | None = None
    video: inbound.Media | None = None
    document: inbound.Media | None = None
    sticker: inbound.Media | None = None
    location: inbound.Location | None = None
    contacts: list[inbound.ContactCard] | None = None
    origin: str | None = None
    reaction: inbound.Reaction | None = None
    interactive: inbound.Interactive | None = None
    button: inbound.Button | None = None
    order: inbound.Order | None = None
    system: inbound.System | None = None
    edit: inbound.Edit | None = None
    revoke: inbound.Revoke | None = None
    unsupported: dict[str, Any] | None = None


class _BareMessage(Struct):
    """What is left to rely on when the rest of a message cannot be read."""

    id: str
    type: str = "unknown"
    timestamp: int | str = 0
    from_: str | None = field(name="from", default=None)
    from_user_id: str | None = None


# Types whose member has the type's own name. Others ("contacts", "unsupported") are built by hand in _content.
_NAMED = frozenset(
    [
        "text",
        "image",
        "audio",
        "video",
        "document",
        "sticker",
        "location",
        "reaction",
        "interactive",
        "button",
        "order",
        "system",
        "edit",
        "revoke",
    ]
)
_FIELDS: dict[str, type[events.Value]] = {
    "message_template_status_update": events.TemplateStatusUpdate,
    "message_template_quality_update": events.TemplateQualityUpdate,
    "message_template_components_update": events.TemplateComponentsUpdate,
    "template_category_update": events.TemplateCategoryUpdate,
    "phone_number_quality_update": events.NumberQualityUpdate,
    "phone_number_name_update": events.NumberNameUpdate,
    "business_capability_update": events.BusinessCapabilityUpdate,
    "account_update": events.AccountUpdate,
    "account_review_update": events.AccountReviewUpdate,
    "security": events.Security,
    "business_username_update": events.BusinessUsernameUpdate,
    "user_preferences": events.UserPreferences,
    "user_id_update": events.UserIdUpdate,
}

# What a piece of JSON can be wrong with: its shape, a timestamp that is no number, nesting without end.
UNREADABLE = (msgspec.ValidationError, ValueError, RecursionError)

_envelope_decoder = msgspec.json.Decoder(_Envelope)
_messages_decoder = msgspec.json.Decoder(_MessagesValue)
_wide_decoder = msgspec.json.Decoder(_WideMessage)
_bare_decoder = msgspec.json.Decoder(_BareMessage)
_status_decoder = msgspec.json.Decoder(events.Status)
_contact_decoder = msgspec.json.Decoder(events.Contact)
_error_decoder = msgspec.json.Decoder(inbound.WireError)
_field_decoders = {name: msgspec.json.Decoder(kind) for name, kind in _FIELDS.items()}


def parse(body: bytes) -> list[Change]:
    """Every change of a webhook, typed. Raises MalformedWebhook only when the envelope itself cannot be read."""
    try:
        envelope = _envelope_decoder.decode(body)
    except (msgspec.ValidationError, RecursionError) as error:
        raise MalformedWebhook(f"no webhook envelope: {error}") from None
    except msgspec.DecodeError:
        return parse(mended(body))
    return [
        Change(str(entry.id), change.field, _value(change), change.value, _seconds(entry.time))
        for entry in envelope.entry
        for change in entry.changes
    ]


def parse_message(raw: bytes | Raw) -> inbound.Message:
    """One message object. Raises msgspec.ValidationError when it has no id."""
    kept = raw if isinstance(raw, Raw) else Raw(raw)
    try:
        wide = _wide_decoder.decode(raw)
        if not wide.id:
            raise msgspec.ValidationError("the message has no id")
        seconds = int(wide.timestamp)
    except UNREADABLE as error:
        bare = _bare_decoder.decode(raw)
        return inbound.Message(
            id=bare.id,
            type=bare.type,
            timestamp_s=_seconds(bare.timestamp) or 0,
            content=inbound.Unknown(bare.type, str(error)),
            raw=kept,
            from_=bare.from_,
            from_user_id=bare.from_user_id,
        )
    return inbound.Message(
        id=wide.id,
        type=wide.type,
        timestamp_s=seconds,
        content=_content(wide),
        raw=kept,
        from_=wide.from_,
        from_user_id=wide.from_user_id,
        from_parent_user_id=wide.from_parent_user_id,
        group_id=wide.group_id,
        context=wide.context,
        referral=wide.referral,
        errors=wide.errors,
    )


def parse_content(raw: bytes | Raw) -> inbound.Content:
    """The content of a message object that may lack an id, such as the new text inside an edit."""
    try:
        return _content(_wide_decoder.decode(raw))
    except (*UNREADABLE, msgspec.DecodeError) as error:
        return inbound.Unknown("unknown", str(error))


def _value(change: _Change) -> events.Value:
    if change.field == "messages":
        return _messages(change.value)
    decoder = _field_decoders.get(change.field)
    if decoder is None:
        return events.UnknownValue()
    try:
        return decoder.decode(change.value)
    except UNREADABLE as error:
        return events.UnknownValue(str(error))


def _messages(raw: Raw) -> events.Value:
    try:
        value = _messages_decoder.decode(raw)
    except UNREADABLE as error:
        return events.UnknownValue(str(error))
    unreadable: list[events.Unreadable] = []
    messages: list[inbound.Message] = []
    for item in value.messages:
        try:
            messages.append(parse_message(item))
        except UNREADABLE as error:
            unreadable.append(events.Unreadable("message", str(error), item))
    statuses: list[events.Status] = []
    for item in value.statuses:
        try:
            status = _status_decoder.decode(item)
            int(status.timestamp)
            statuses.append(status)
        except UNREADABLE as error:
            unreadable.append(events.Unreadable("status", str(error), item))
    return events.MessagesValue(
        value.metadata,
        [_contact(item) for item in value.contacts],
        messages,
        statuses,
        [_error(item) for item in value.errors],
        unreadable,
    )


def _content(wide: _WideMessage) -> inbound.Content:
    kind = wide.type
    if kind in _NAMED:
        content: inbound.Content | None = getattr(wide, kind)
        if content is not None:
            return content
    elif kind == "contacts" and wide.contacts is not None:
        return inbound.Contacts(wide.contacts, wide.origin)
    elif kind == "unsupported":
        what = (wide.unsupported or {}).get("type")
        return inbound.Unsupported(what if isinstance(what, str) else None)
    return inbound.Unknown(kind)


def _contact(raw: Raw) -> events.Contact:
    """A contact that cannot be read is no reason to lose the message beside it: it is in the raw value anyway."""
    try:
        return _contact_decoder.decode(raw)
    except UNREADABLE:
        return events.Contact()


def _error(raw: Raw) -> inbound.WireError:
    try:
        return _error_decoder.decode(raw)
    except UNREADABLE as error:
        return inbound.WireError(message=str(error))


def _seconds(value: float | str | None) -> int | None:
    try:
        return None if value is None else int(value)
    except ValueError:
        return None
