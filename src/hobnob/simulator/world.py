"""Everything the simulator knows: apps, accounts, numbers, templates, media, phones and their chats. Plain data with indexes."""

from __future__ import annotations

import base64
import random
from collections import OrderedDict
from typing import Any

from msgspec import Struct

MESSAGES_PER_CHAT_MAX = 500
MESSAGES_MAX = 200_000
SMS_PER_PHONE_MAX = 50


class App(Struct):
    """A Meta app: its token speaks for it, its secret signs its webhooks."""

    app_id: str
    app_secret: str
    token: str
    verify_token: str = ""
    callback_url: str = ""
    name: str = "Simulated app"
    handshake: str | None = None


class Subscription(Struct):
    app_id: str
    override_callback_uri: str | None = None
    verify_token: str | None = None


class Tally(Struct):
    """Messages of one kind and category that one number delivered to one country in the half-hour from ``start``."""

    start: int
    phone_number: str
    country: str
    type: str
    category: str
    volume: int = 0
    cost: float = 0.0


class Waba(Struct):
    id: str
    name: str
    business_id: str
    currency: str = "USD"
    time_zone: str = "UTC"
    subscriptions: dict[str, Subscription] = {}
    number_ids: list[str] = []
    template_ids: list[str] = []
    settings: dict[str, Any] = {}
    template_creations_s: list[float] = []
    tallies: dict[str, Tally] = {}
    free_conversations_used: dict[str, int] = {}


class Number(Struct):
    """A business number. ``phone`` is E.164; ``blocked`` holds the phones this business blocked."""

    id: str
    waba_id: str
    cc: str
    phone: str
    verified_name: str
    name_status: str = "APPROVED"
    new_name: str | None = None
    code_status: str = "NOT_VERIFIED"
    registered: bool = False
    pin: str | None = None
    pin_wrong: int = 0
    quality: str = "GREEN"
    throughput: str = "STANDARD"
    code: str | None = None
    code_at_s: float = 0.0
    code_wrong: int = 0
    code_requests_s: list[float] = []
    registrations_s: list[float] = []
    override_callback_uri: str | None = None
    verify_token: str | None = None
    profile: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    automation: dict[str, Any] = {}
    commerce: dict[str, Any] = {}
    encryption_key: str | None = None
    qr_codes: dict[str, dict[str, Any]] = {}
    username: str | None = None
    blocked: dict[str, float] = {}
    free_service_used: dict[str, int] = {}
    onboarded_s: float = 0.0


class Template(Struct):
    id: str
    waba_id: str
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]
    status: str = "PENDING"
    parameter_format: str = "POSITIONAL"
    rejected_reason: str = "NONE"
    previous_category: str | None = None
    quality: str = "UNKNOWN"
    ttl_s: int | None = None
    created_s: float = 0.0
    edits_s: list[float] = []


class Media(Struct):
    id: str
    mime_type: str
    sha256: str
    size: int
    created_s: float
    number_id: str | None = None
    filename: str | None = None
    inbound: bool = False


class Flow(Struct):
    id: str
    waba_id: str
    name: str
    categories: list[str]
    json: str | None = None
    endpoint_uri: str | None = None
    status: str = "DRAFT"


class Upload(Struct):
    """A resumable upload and, once complete, the handle it gives."""

    id: str
    file_name: str
    file_length: int
    file_type: str
    offset: int = 0
    handle: str | None = None


class Message(Struct):
    """One bubble. ``from_me`` is seen from the phone: True when the customer wrote it."""

    id: str
    user: str
    number_id: str
    from_me: bool
    type: str
    content: Any
    at_s: float
    status: str | None = None
    context_id: str | None = None
    reactions: dict[str, str] = {}
    opaque: str | None = None
    category: str = "service"
    to_phone: bool = True
    priced: dict[str, Any] | None = None
    pricing_told: bool = False
    conversation: dict[str, Any] | None = None
    conversation_id: str | None = None
    pressed: list[str | int] = []
    edited: bool = False
    deleted: bool = False
    template_id: str | None = None
    buttons: list[dict[str, Any]] = []


class Conversation(Struct):
    """24 hours (or a free entry point) that Meta charged as one, while it charged conversations."""

    id: str
    category: str
    opened_s: float
    until_s: float
    billable: bool


class Chat(Struct):
    """The thread of one phone with one number. ``user`` is the phone's lasting key; phones may change their number."""

    user: str
    number_id: str
    message_ids: list[str] = []
    last_inbound_s: float | None = None
    phone_known_until_s: float = 0.0
    unread: int = 0
    typing_until_s: float = 0.0
    ad_click_s: float | None = None
    entry_id: str | None = None
    entry_until_s: float = 0.0
    conversations: dict[str, Conversation] = {}
    marketing_stopped: bool = False


class Phone(Struct):
    """A customer's handset. ``key`` never changes, ``phone`` and ``user_id`` may."""

    key: str
    phone: str
    user_id: str
    name: str
    username: str | None = None
    shares_phone: bool = True
    online: bool = True
    read_receipts: bool = True
    whatsapp_app: bool = True
    is_business: bool = False
    open_chat: str | None = None
    blocked: list[str] = []
    sms: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    waiting: list[str] = []
    listed: bool = True


class World(Struct):
    """All of it, as it is saved. While it lives, chats and messages are in its `Index` and the two lists are empty."""

    apps: dict[str, App] = {}
    wabas: dict[str, Waba] = {}
    numbers: dict[str, Number] = {}
    templates: dict[str, Template] = {}
    media: dict[str, Media] = {}
    uploads: dict[str, Upload] = {}
    flows: dict[str, Flow] = {}
    phones: dict[str, Phone] = {}
    chats: list[Chat] = []
    messages: list[Message] = []
    ahead_s: float = 0.0
    next_id: int = 0
    faults: dict[str, Any] = {}
    rates: dict[str, float] = {}


class Index:
    """The world with its look-ups. The only writer of the world's collections."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.app_by_token: dict[str, App] = {}
        self.number_by_phone: dict[str, Number] = {}
        self.phone_by_wa_id: dict[str, Phone] = {}
        self.phone_by_user_id: dict[str, Phone] = {}
        self.chats: dict[tuple[str, str], Chat] = {}
        self.chats_of: dict[str, list[Chat]] = {}
        self.messages: OrderedDict[str, Message] = OrderedDict()
        self.templates: dict[tuple[str, str, str], Template] = {}
        self.template_names: dict[tuple[str, str], int] = {}
        self._rebuild()

    def _rebuild(self) -> None:
        world = self.world
        for app in world.apps.values():
            self.app_by_token[app.token] = app
        for number in world.numbers.values():
            self.number_by_phone[number.phone] = number
        for phone in world.phones.values():
            self.index_phone(phone)
        for chat in world.chats:
            self._index_chat(chat)
        for message in world.messages:
            self.messages[message.id] = message
        for template in world.templates.values():
            self.index_template(template)
        world.chats, world.messages = [], []

    def dump(self) -> World:
        """The world with its chats and messages put back, ready to be saved."""
        world = self.world
        return World(
            **{
                **{name: getattr(world, name) for name in World.__struct_fields__},
                "chats": list(self.chats.values()),
                "messages": list(self.messages.values()),
            }
        )

    def new_id(self) -> str:
        """A decimal id as Meta's: long, unique, and growing."""
        self.world.next_id += 1
        return str(100_000_000_000_000 + self.world.next_id * 1_000_003 + random.randrange(1_000_000))

    def add_app(self, app: App) -> None:
        old = self.world.apps.get(app.app_id)
        if old is not None:
            self.app_by_token.pop(old.token, None)
        self.world.apps[app.app_id] = app
        self.app_by_token[app.token] = app

    def add_number(self, number: Number) -> None:
        self.world.numbers[number.id] = number
        self.number_by_phone[number.phone] = number
        self.world.wabas[number.waba_id].number_ids.append(number.id)

    def index_phone(self, phone: Phone) -> None:
        self.world.phones[phone.key] = phone
        self.phone_by_wa_id[phone.phone[1:]] = phone
        self.phone_by_user_id[phone.user_id] = phone

    def rename_phone(self, phone: Phone, new_phone: str, new_user_id: str) -> None:
        self.phone_by_wa_id.pop(phone.phone[1:], None)
        self.phone_by_user_id.pop(phone.user_id, None)
        phone.phone, phone.user_id = new_phone, new_user_id
        self.index_phone(phone)

    def remove_phone(self, phone: Phone) -> None:
        self.world.phones.pop(phone.key, None)
        self.phone_by_wa_id.pop(phone.phone[1:], None)
        self.phone_by_user_id.pop(phone.user_id, None)
        for chat in self.chats_of.pop(phone.key, []):
            self.chats.pop((chat.user, chat.number_id), None)
            for message_id in chat.message_ids:
                self.messages.pop(message_id, None)

    def phone_at(self, phone: str) -> Phone | None:
        return self.phone_by_wa_id.get(phone.lstrip("+"))

    def index_template(self, template: Template) -> None:
        self.world.templates[template.id] = template
        self.templates[template.waba_id, template.name, template.language] = template
        name = (template.waba_id, template.name)
        self.template_names[name] = self.template_names.get(name, 0) + 1

    def remove_template(self, template: Template) -> None:
        self.world.templates.pop(template.id, None)
        self.templates.pop((template.waba_id, template.name, template.language), None)
        name = (template.waba_id, template.name)
        self.template_names[name] = self.template_names.get(name, 1) - 1

    def chat_of(self, user: str, number_id: str) -> Chat:
        chat = self.chats.get((user, number_id))
        if chat is None:
            chat = Chat(user, number_id)
            self._index_chat(chat)
        return chat

    def _index_chat(self, chat: Chat) -> None:
        self.chats[chat.user, chat.number_id] = chat
        self.chats_of.setdefault(chat.user, []).append(chat)

    def add_message(self, chat: Chat, message: Message) -> None:
        """Keeps a message; the oldest of a very long chat, and of a very long run, are forgotten."""
        self.messages[message.id] = message
        chat.message_ids.append(message.id)
        if len(chat.message_ids) > MESSAGES_PER_CHAT_MAX:
            self.messages.pop(chat.message_ids.pop(0), None)
        while len(self.messages) > MESSAGES_MAX:
            self.messages.popitem(last=False)


def new_wamid(wa_id: str) -> str:
    """A message id that looks like Meta's: the recipient's digits and random bits behind ``wamid.``."""
    digits = wa_id[:32].encode()
    raw = b"\x1c\x18" + bytes([len(digits)]) + digits + b"\x15\x02\x00\x11\x18\x12"
    return "wamid." + base64.b64encode(raw + f"{random.getrandbits(72):018X}".encode() + b"\x00").decode()


def new_user_id(country: str | None) -> str:
    return f"{country or 'US'}.{random.randrange(10**19, 10**20)}"
