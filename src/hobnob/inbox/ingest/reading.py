"""Reads accepted webhooks into plain lists of what they report, over all accounts of a batch. Touches no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from hobnob.kernel.clock import from_epoch
from hobnob.kernel.identity import phone_from_wa_id
from hobnob.numbers.types import QualityUpdate
from hobnob.templates.types import TemplateUpdate
from hobnob.whatsapp import events, inbound
from hobnob.whatsapp.webhooks import Change, parse, parse_message

from .mending import mend

ECHO_FIELDS = frozenset({"smb_message_echoes", "message_echoes"})
# Members of a value that list updates, each of which can stand alone.
UPDATE_MEMBERS = ("messages", "statuses", "errors", "message_echoes")
MOMENT_MAX_S = 4_102_444_800  # the year 2100: beyond it a timestamp is no time


class Event(NamedTuple):
    """A row of ``webhook_events``."""

    id: int
    account_id: UUID
    received_at: datetime
    attempts: int
    body: bytes


class Person(NamedTuple):
    """Somebody a webhook speaks of, as it knew them at ``at``. Either phone or user id may be missing, not both."""

    account_id: UUID
    at: datetime
    phone: str | None
    user_id: str | None
    parent_user_id: str | None = None
    profile_name: str | None = None
    username: str | None = None


class Written(NamedTuple):
    """A message of a customer, or (``echo``) of the business from its own phone."""

    account_id: UUID
    phone_number_id: str
    person: Person
    message: inbound.Message
    echo: bool
    event: Event
    change: Change

    def alone(self) -> bytes:
        """The message as a webhook of its own."""
        return single_update(self.change, "message_echoes" if self.echo else "messages", self.message.raw)


class Tick(NamedTuple):
    """A status of a message of ours. ``person`` is there when it names the customer both ways."""

    account_id: UUID
    at: datetime
    status: events.Status
    person: Person | None


class Moved(NamedTuple):
    """A customer got a new phone or user id: until ``new.at`` they were ``old``."""

    old: Person
    new: Person


class Notice(NamedTuple):
    """Something reported that has no room of its own yet: kept raw."""

    account_id: UUID
    received_at: datetime
    waba_id: str
    field: str
    value: str
    digest: bytes


class Rejected(NamedTuple):
    """An update that cannot be applied, as a webhook of its own."""

    event: Event
    error: str
    body: bytes


@dataclass(slots=True)
class Updates:
    """Everything a batch of webhooks reports, in the order it came."""

    written: list[Written] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    templates: list[TemplateUpdate] = field(default_factory=list)
    qualities: list[QualityUpdate] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


class _Echoes(Struct):
    metadata: events.Metadata = events.Metadata()
    contacts: list[events.Contact] = []
    message_echoes: list[Raw] = []


class _To(Struct):
    to: str | None = None
    to_user_id: str | None = None


_echoes_decoder = msgspec.json.Decoder(_Echoes)
_to_decoder = msgspec.json.Decoder(_To)


def read(batch: Sequence[Event]) -> Updates:
    """Read a batch. Raises MalformedWebhook when a body has no envelope, and whatever an impossible value causes."""
    updates = Updates()
    for event in batch:
        for change in parse(mend(event.body)):
            _Reader(updates, event, change).read()
    return updates


class _Reader:
    def __init__(self, updates: Updates, event: Event, change: Change) -> None:
        self._updates = updates
        self._event = event
        self._change = change

    def read(self) -> None:
        value = self._change.value
        match value:
            case events.MessagesValue():
                self._messages(value)
            case events.UserIdUpdate():
                self._user_ids(value)
            case events.NumberQualityUpdate() if value.display_phone_number:
                account_id = self._event.account_id
                update = QualityUpdate(account_id, value.display_phone_number, value.event)
                self._updates.qualities.append(update)
                self._notice()
            case events.UnknownValue() if self._change.field in ECHO_FIELDS:
                self._echoes()
            case events.UnknownValue() if self._change.field == "messages":
                self._reject_whole(value.problem)
            case _:
                if (update_of_template := _template_update(self._event.account_id, value)) is not None:
                    self._updates.templates.append(update_of_template)
                self._notice()

    def _messages(self, value: events.MessagesValue) -> None:
        number = value.metadata.phone_number_id
        for unreadable in value.unreadable:
            member = "statuses" if unreadable.kind == "status" else "messages"
            self._reject(f"{unreadable.kind}: {unreadable.problem}", member, unreadable.raw)
        for message in value.messages:
            if number is None:
                self._reject("the webhook names no number", "messages", message.raw)
            elif not message.id:
                self._reject("the message has no id", "messages", message.raw)
            elif message.group_id is not None:
                # A group is nobody's chat: kept until there is a place for it.
                self._notice("messages.group", message.raw)
            elif not message.from_ and not message.from_user_id:
                self._reject("the message names no sender", "messages", message.raw)
            else:
                self._message(number, value.contacts, message)
        for status in value.statuses:
            self._tick(value.contacts, status)
        if value.errors:
            self._notice("messages.errors")

    def _message(self, number: str, contacts: list[events.Contact], message: inbound.Message) -> None:
        event, at = self._event, _moment(message.timestamp_s, self._event)
        phone = _wa(message.from_)
        user_id = message.from_user_id or (message.from_ if phone is None else None) or None
        if isinstance(message.content, inbound.System):
            # It comes under the old number; the contact beside it may already be the new one.
            person = Person(event.account_id, at, phone, user_id)
            self._system(person, message.content)
        else:
            contact = _contact_of(contacts, message.from_, user_id)
            person = Person(
                event.account_id,
                at,
                phone or _wa(contact.wa_id),
                user_id or contact.user_id or None,
                message.from_parent_user_id or contact.parent_user_id,
                contact.profile.name or None,
                contact.profile.username or None,
            )
        self._updates.written.append(Written(event.account_id, number, person, message, False, event, self._change))

    def _system(self, person: Person, system: inbound.System) -> None:
        new_phone = _wa(system.wa_id or system.new_wa_id)
        if new_phone or system.user_id:
            new = Person(person.account_id, person.at, new_phone, system.user_id, system.parent_user_id)
            self._updates.moved.append(Moved(person, new))

    def _user_ids(self, value: events.UserIdUpdate) -> None:
        for update in value.user_id_update:
            if not isinstance(update.user_id, events.UserIdPair) or not update.user_id.current:
                continue
            at = _moment(update.timestamp or 0, self._event)
            parent = update.parent_user_id
            old = Person(self._event.account_id, at, None, update.user_id.previous or None)
            new = Person(
                self._event.account_id,
                at,
                _wa(update.wa_id),
                update.user_id.current,
                parent.current if isinstance(parent, events.UserIdPair) else parent,
            )
            if old.user_id is not None:
                self._updates.moved.append(Moved(old, new))
        self._notice()

    def _tick(self, contacts: list[events.Contact], status: events.Status) -> None:
        event = self._event
        at = _moment(status.timestamp, event)
        person = None
        if status.recipient_id and status.recipient_user_id:
            contact = _contact_of(contacts, status.recipient_id, status.recipient_user_id)
            person = Person(
                event.account_id,
                at,
                _wa(status.recipient_id),
                status.recipient_user_id,
                status.parent_recipient_user_id,
                contact.profile.name or None,
                contact.profile.username or None,
            )
        self._updates.ticks.append(Tick(event.account_id, at, status, person))

    def _echoes(self) -> None:
        """What the business wrote in its own app, on a number used by both."""
        try:
            value = _echoes_decoder.decode(self._change.raw)
        except msgspec.ValidationError as error:
            self._reject_whole(str(error))
            return
        for raw in value.message_echoes:
            try:
                message, to = parse_message(raw), _to_decoder.decode(raw)
            except msgspec.ValidationError as error:
                self._reject(str(error), "message_echoes", raw)
                continue
            number = value.metadata.phone_number_id
            if number is None or not message.id or not (to.to or to.to_user_id):
                self._reject("the message lacks its id, its customer or its number", "message_echoes", raw)
                continue
            contact = _contact_of(value.contacts, to.to, to.to_user_id)
            person = Person(
                self._event.account_id,
                _moment(message.timestamp_s, self._event),
                _wa(to.to),
                to.to_user_id or contact.user_id or None,
                contact.parent_user_id,
                contact.profile.name or None,
                contact.profile.username or None,
            )
            self._updates.written.append(
                Written(self._event.account_id, number, person, message, True, self._event, self._change)
            )

    def _notice(self, name: str | None = None, raw: bytes | Raw | None = None) -> None:
        change, event = self._change, self._event
        value = bytes(change.raw if raw is None else raw)
        what = name or change.field
        digest = sha256(b"\0".join((change.waba_id.encode(), what.encode(), str(change.entry_time_s).encode(), value)))
        self._updates.notices.append(
            Notice(event.account_id, event.received_at, change.waba_id, what, value.decode(), digest.digest())
        )

    def _reject_whole(self, problem: str | None) -> None:
        """There may be messages in it, so somebody has to see it."""
        body = single_change(self._change, self._change.raw)
        self._updates.rejected.append(Rejected(self._event, f"the lists cannot be read: {problem}", body))

    def _reject(self, error: str, member: str, raw: bytes | Raw) -> None:
        body = single_update(self._change, member, raw)
        self._updates.rejected.append(Rejected(self._event, error, body))


def single_update(change: Change, member: str, item: bytes | Raw) -> bytes:
    """A webhook that reports one item of a change and nothing else, with what stands around it."""
    members = msgspec.json.decode(change.raw, type=dict[str, Raw])
    value = {name: kept for name, kept in members.items() if name not in UPDATE_MEMBERS}
    value[member] = Raw(b"[" + bytes(item) + b"]")
    return single_change(change, msgspec.json.encode(value))


def single_change(change: Change, value: bytes | Raw) -> bytes:
    """A webhook of one change, with this value."""
    entry: dict[str, Any] = {"id": change.waba_id, "changes": [{"field": change.field, "value": Raw(value)}]}
    if change.entry_time_s is not None:
        entry["time"] = change.entry_time_s
    return msgspec.json.encode({"object": "whatsapp_business_account", "entry": [entry]})


def _template_update(account_id: UUID, value: events.Value) -> TemplateUpdate | None:
    match value:
        case events.TemplateStatusUpdate(message_template_id=id_) if id_:
            return TemplateUpdate(
                account_id=account_id, whatsapp_template_id=str(id_), status=value.event, reason=value.reason
            )
        case events.TemplateQualityUpdate(message_template_id=id_) if id_:
            return TemplateUpdate(account_id=account_id, whatsapp_template_id=str(id_), quality=value.new_quality_score)
        case events.TemplateCategoryUpdate(message_template_id=id_) if id_ and value.previous_category:
            return TemplateUpdate(account_id=account_id, whatsapp_template_id=str(id_), category=value.new_category)
    return None


def _contact_of(contacts: list[events.Contact], wa_id: str | None, user_id: str | None) -> events.Contact:
    """The contact beside a message that is its sender."""
    for contact in contacts:
        if (wa_id and contact.wa_id == wa_id) or (user_id and contact.user_id == user_id):
            return contact
    return _NOBODY


_NOBODY = events.Contact()


def _wa(wa_id: str | None) -> str | None:
    """E.164 of a ``wa_id``. Some webhooks print a user id in its place: then there is no phone."""
    if not wa_id or not wa_id.lstrip("+").isdigit():
        return None
    return phone_from_wa_id(wa_id)


def _moment(seconds: int | str, event: Event) -> datetime:
    """WhatsApp's time, or when the webhook came if that is no time."""
    value = int(seconds)
    return from_epoch(value) if 0 < value < MOMENT_MAX_S else event.received_at
