"""What the inbox says and hears: chats, customers, messages, realtime events, and what an agent may send.

A message's ``content`` is a JSON object whose shape follows the message's ``type``; in the database it is the same but for
three private members that the views resolve: ``media_id`` and ``header_media_id`` become ``media``, and ``forwarded``
moves to the message itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from hobnob.billing.types import ChargeBrief
from hobnob.conversations.types import Conversation
from hobnob.kernel.pages import Page
from hobnob.whatsapp import limits

ChatState = Literal["queue", "assigned", "closed"]
ChatFilter = Literal["all", "unread", "closed"]
Direction = Literal["in", "out"]
Status = Literal["queued", "sending", "sent", "delivered", "read", "played", "failed", "received"]

# Views


class CustomerBrief(Struct, frozen=True):
    """Who a chat is with. ``name`` is the best name known: given by an agent, else the profile's, else the phone."""

    id: UUID
    name: str
    phone: str | None
    phone_formatted: str | None
    user_id: str | None
    username: str | None
    country: str | None


class CustomerView(CustomerBrief, frozen=True, kw_only=True):
    profile_name: str | None
    created_at: datetime
    chats_count: int
    first_seen_at: datetime
    last_seen_at: datetime | None
    language: str | None
    blocked: bool


class LastMessage(Struct, frozen=True):
    id: UUID
    direction: Direction
    type: str
    preview: str
    status: Status | None
    at: datetime


class ChatView(Struct, frozen=True):
    id: UUID
    number_id: UUID
    customer: CustomerBrief
    state: ChatState
    assigned_agent_id: UUID | None
    unread_count: int
    last_message: LastMessage | None
    last_message_at: datetime
    window_expires_at: datetime | None
    conversation: Conversation | None
    version: int
    updated_at: datetime


class Quote(Struct, frozen=True):
    """The message a reply quotes; ``message_id`` is None when we never had it."""

    message_id: UUID | None
    wamid: str | None
    preview: str | None


class SentBy(Struct, frozen=True):
    agent_id: UUID
    name: str


class SendProblem(Struct, frozen=True):
    """Why a message failed, in Meta's terms, and what to do about it. Stored as it is in ``messages.error``."""

    code: int | None
    title: str
    detail: str
    advice: str
    can_resend: bool


class ReactionView(Struct, frozen=True):
    by: Literal["customer", "business"]
    emoji: str


class MessageView(Struct, frozen=True):
    """``status`` is the furthest tick: queued (waits here), sending (given to WhatsApp), sent, delivered, read, played."""

    id: UUID
    chat_id: UUID
    direction: Direction
    type: str
    content: dict[str, Any]
    context: Quote | None
    at: datetime
    sent_by: SentBy | None
    status: Status
    statuses: dict[str, datetime]
    error: SendProblem | None
    reactions: list[ReactionView]
    edited_at: datetime | None
    revoked_at: datetime | None
    forwarded: bool
    conversation_id: UUID | None
    charge: ChargeBrief | None
    wamid: str | None
    version: int


class MessagePage(Page[MessageView], frozen=True, kw_only=True):
    """Newest first. ``next`` goes on to older messages; ``previous`` to newer ones, None once the newest is shown."""

    previous: str | None = None


# Realtime events


class MessageEvent(Struct, frozen=True, tag_field="type", tag="message"):
    message: MessageView


class ChatEvent(Struct, frozen=True, tag_field="type", tag="chat"):
    chat: ChatView


class CustomerEvent(Struct, frozen=True, tag_field="type", tag="customer"):
    customer: CustomerView


class ChatRemovedEvent(Struct, frozen=True, tag_field="type", tag="chat_removed"):
    """The chat's customer turned out to be another one; its messages live on in ``merged_into``."""

    chat_id: UUID
    merged_into: UUID | None


# What an agent sends

ShortText = Annotated[str, Meta(min_length=1, max_length=limits.LIST_BODY_TEXT_MAX_CHARS)]


class SendText(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="text"):
    body: Annotated[str, Meta(min_length=1, max_length=limits.TEXT_MAX_CHARS)]
    reply_to: UUID | None = None
    preview_url: bool = False


class SendMedia(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="media"):
    """A file uploaded before. ``voice`` sends an ogg recording as a voice note."""

    media_id: UUID
    caption: Annotated[str, Meta(max_length=limits.CAPTION_MAX_CHARS)] | None = None
    reply_to: UUID | None = None
    voice: bool = False


class SendReaction(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="reaction"):
    """An emoji under a message; an empty one takes the reaction back."""

    message_id: UUID
    emoji: Annotated[str, Meta(max_length=32)]


class ButtonIn(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str


class RowIn(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    description: str | None = None


class SectionIn(Struct, frozen=True, forbid_unknown_fields=True):
    rows: Annotated[list[RowIn], Meta(max_length=limits.LIST_ROWS_MAX)]
    title: str | None = None


class SendInteractive(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="interactive"):
    """Reply buttons (``kind`` button with ``buttons``) or a list (``kind`` list with ``button`` and ``sections``)."""

    kind: Literal["button", "list"]
    body: ShortText
    header: str | None = None
    footer: str | None = None
    buttons: Annotated[list[ButtonIn], Meta(max_length=limits.BUTTONS_MAX)] | None = None
    button: str | None = None
    sections: Annotated[list[SectionIn], Meta(max_length=limits.LIST_SECTIONS_MAX)] | None = None
    reply_to: UUID | None = None


class ButtonParameter(Struct, frozen=True, forbid_unknown_fields=True):
    index: Annotated[int, Meta(ge=0, lt=limits.TEMPLATE_BUTTONS_MAX)]
    value: str


class TemplateParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """Values in the order the template lists its variables."""

    header: Annotated[list[str], Meta(max_length=1)] = []
    body: Annotated[list[str], Meta(max_length=100)] = []
    buttons: Annotated[list[ButtonParameter], Meta(max_length=limits.TEMPLATE_BUTTONS_MAX)] = []


class SendTemplate(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="template"):
    template_id: UUID
    parameters: TemplateParameters = field(default_factory=TemplateParameters)
    header_media_id: UUID | None = None


SendBody = SendText | SendMedia | SendReaction | SendInteractive | SendTemplate

# Other commands


class OpenChat(Struct, frozen=True, forbid_unknown_fields=True):
    number_id: UUID
    phone: str


class Assign(Struct, frozen=True, forbid_unknown_fields=True):
    agent_id: UUID | None


class CustomerChanges(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET
