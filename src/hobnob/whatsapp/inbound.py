"""What a customer can send: the typed contents of ``value.messages[]``.

Every field may be missing, because Meta adds, renames and omits fields without notice; only ``type`` and ``id`` are relied upon.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Raw, Struct, field


class WireError(Struct, frozen=True, omit_defaults=True):
    """An error as it stands inside webhooks (``statuses[].errors``, ``messages[].errors``, ``value.errors``)."""

    code: int = 0
    title: str | None = None
    message: str | None = None
    error_data: dict[str, Any] | None = None
    href: str | None = None

    @property
    def details(self) -> str | None:
        """Meta's own explanation, the part worth showing."""
        details = (self.error_data or {}).get("details")
        return details if isinstance(details, str) else None


class Text(Struct, frozen=True):
    body: str = ""


class Media(Struct, frozen=True):
    """Image, audio, video, document or sticker. ``url`` came in late 2025; ``id`` works for 7 days."""

    id: str | None = None
    mime_type: str | None = None
    sha256: str | None = None
    url: str | None = None
    caption: str | None = None
    filename: str | None = None
    voice: bool | None = None
    animated: bool | None = None


class Location(Struct, frozen=True):
    latitude: float | str | None = None
    longitude: float | str | None = None
    name: str | None = None
    address: str | None = None
    url: str | None = None


class ContactName(Struct, frozen=True):
    formatted_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    suffix: str | None = None
    prefix: str | None = None


class ContactPhone(Struct, frozen=True):
    phone: str | None = None
    wa_id: str | None = None
    type: str | None = None


class ContactEmail(Struct, frozen=True):
    email: str | None = None
    type: str | None = None


class ContactOrg(Struct, frozen=True):
    company: str | None = None
    department: str | None = None
    title: str | None = None


class ContactCard(Struct, frozen=True):
    name: ContactName = ContactName()
    phones: list[ContactPhone] = []
    emails: list[ContactEmail] = []
    org: ContactOrg | None = None
    addresses: list[dict[str, Any]] = []
    urls: list[dict[str, Any]] = []
    birthday: str | None = None
    vcard: str | None = None


class Contacts(Struct, frozen=True):
    """Shared contact cards. ``origin`` is ``contact_request`` when the customer answered a request for their number."""

    cards: list[ContactCard] = []
    origin: str | None = None


class Reaction(Struct, frozen=True):
    """``emoji`` missing or empty means the reaction was taken back."""

    message_id: str | None = None
    emoji: str | None = None


class Choice(Struct, frozen=True):
    """A pressed reply button or list row."""

    id: str | None = None
    title: str | None = None
    description: str | None = None


class FlowReply(Struct, frozen=True):
    name: str | None = None
    body: str | None = None
    response_json: Any = None


class Interactive(Struct, frozen=True):
    """An answer to an interactive message; ``type`` names the member that is filled in."""

    type: str = ""
    button_reply: Choice | None = None
    list_reply: Choice | None = None
    nfm_reply: FlowReply | None = None
    call_permission_reply: dict[str, Any] | None = None


class Button(Struct, frozen=True):
    """A pressed quick-reply button of a template."""

    text: str | None = None
    payload: str | None = None


class OrderItem(Struct, frozen=True):
    product_retailer_id: str | None = None
    quantity: int | float | str | None = None
    item_price: int | float | str | None = None
    currency: str | None = None


class Order(Struct, frozen=True):
    catalog_id: str | None = None
    text: str | None = None
    product_items: list[OrderItem] = []


class System(Struct, frozen=True):
    """The customer changed their number (``user_changed_number``) or user id (``user_changed_user_id``), and the like."""

    type: str | None = None
    body: str | None = None
    wa_id: str | None = None
    new_wa_id: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    identity: str | None = None
    customer: str | None = None


class Edit(Struct, frozen=True):
    """The message as it reads after the edit, still raw (empty when missing): read it with ``webhooks.parse_content``."""

    original_message_id: str | None = None
    message: Raw = Raw()


class Revoke(Struct, frozen=True):
    original_message_id: str | None = None


class Unsupported(Struct, frozen=True):
    """Something Meta does not pass on; ``errors`` (of the message) say why and ``kind`` what it was, when Meta knows."""

    kind: str | None = None


class Unknown(Struct, frozen=True):
    """A type this build does not know, or a known one in a shape it cannot read. Nothing is lost: see ``Message.raw``."""

    type: str
    problem: str | None = None


Content: TypeAlias = (
    Text
    | Media
    | Location
    | Contacts
    | Reaction
    | Interactive
    | Button
    | Order
    | System
    | Edit
    | Revoke
    | Unsupported
    | Unknown
)


class ReferredProduct(Struct, frozen=True):
    catalog_id: str | None = None
    product_retailer_id: str | None = None


class Context(Struct, frozen=True):
    """What the message refers to: a quoted message (``id``), a product, or that it was forwarded."""

    from_: str | None = field(name="from", default=None)
    id: str | None = None
    forwarded: bool = False
    frequently_forwarded: bool = False
    referred_product: ReferredProduct | None = None


class Referral(Struct, frozen=True):
    """The ad or post the customer came from."""

    source_url: str | None = None
    source_id: str | None = None
    source_type: str | None = None
    headline: str | None = None
    body: str | None = None
    media_type: str | None = None
    image_url: str | None = None
    video_url: str | None = None
    thumbnail_url: str | None = None
    ctwa_clid: str | None = None
    welcome_message: dict[str, Any] | None = None


class Identity(Struct, frozen=True):
    acknowledged: bool | None = None
    created_timestamp: int | str | None = None
    hash: str | None = None


class Message(Struct, frozen=True):
    """One inbound message. ``from_`` (digits) or ``from_user_id`` names the sender; either may be missing, not both."""

    id: str
    type: str
    timestamp_s: int
    content: Content
    raw: Raw
    from_: str | None = None
    from_user_id: str | None = None
    from_parent_user_id: str | None = None
    group_id: str | None = None
    context: Context | None = None
    referral: Referral | None = None
    errors: list[WireError] = []
