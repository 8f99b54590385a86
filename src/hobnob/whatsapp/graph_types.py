"""What the Graph API answers, typed. Unknown fields are ignored and missing ones are None."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")
CodeMethod = Literal["SMS", "VOICE"]


class Success(Struct, frozen=True):
    success: bool = True


class CreatedId(Struct, frozen=True):
    id: str


class SendResult(Struct, frozen=True):
    """Accepted, not delivered. ``message_status`` says when a template is held back or paused."""

    wamid: str
    wa_id: str | None = None
    user_id: str | None = None
    message_status: str | None = None


class Throughput(Struct, frozen=True):
    level: str | None = None


class PhoneNumber(Struct, frozen=True):
    id: str
    display_phone_number: str | None = None
    verified_name: str | None = None
    code_verification_status: str | None = None
    quality_rating: str | None = None
    status: str | None = None
    platform_type: str | None = None
    throughput: Throughput = Throughput()
    name_status: str | None = None
    is_on_biz_app: bool | None = None
    account_mode: str | None = None
    whatsapp_business_manager_messaging_limit: str | None = None


class MediaInfo(Struct, frozen=True):
    id: str
    url: str
    mime_type: str = "application/octet-stream"
    sha256: str | None = None
    file_size: int | None = None


class QualityScore(Struct, frozen=True):
    score: str | None = None


class Template(Struct, frozen=True):
    id: str
    name: str
    language: str
    status: str = "PENDING"
    category: str = ""
    components: list[dict[str, Any]] = []
    parameter_format: str = "POSITIONAL"
    quality_score: QualityScore | None = None
    rejected_reason: str | None = None
    previous_category: str | None = None


class _Cursors(Struct, frozen=True):
    after: str | None = None


class _PagingLinks(Struct, frozen=True):
    cursors: _Cursors = _Cursors()
    next: str | None = None


class Paging(Struct, Generic[T], frozen=True):
    """One page. Meta gives a cursor on the last page too; only ``next`` says that more follows."""

    data: list[T] = []
    paging: _PagingLinks | None = None

    @property
    def after(self) -> str | None:
        return self.paging.cursors.after if self.paging and self.paging.next else None


class PricingPoint(Struct, frozen=True):
    """Messages of one kind and category that were delivered between two moments (UNIX seconds), and what they cost. No cost
    where WhatsApp withholds it."""

    start: int
    end: int
    phone_number: str | None = None
    country: str | None = None
    pricing_type: str | None = None
    pricing_category: str | None = None
    volume: int | None = None
    cost: Decimal | None = None


class _PricingGroup(Struct, frozen=True):
    data_points: list[PricingPoint] = []


class _PricingAnalytics(Struct, frozen=True):
    data: list[_PricingGroup] = []


class PricingFigures(Struct, frozen=True):
    """A WhatsApp account's own figures, and the currency of their costs."""

    currency: str | None = None
    pricing_analytics: _PricingAnalytics = _PricingAnalytics()

    @property
    def points(self) -> list[PricingPoint]:
        return [point for group in self.pricing_analytics.data for point in group.data_points]


class ErrorInside(Struct, frozen=True):
    message: str = "no message"
    type: str | None = None
    code: int | None = None
    error_subcode: int | None = None
    error_data: Any = None
    error_user_title: str | None = None
    error_user_msg: str | None = None
    fbtrace_id: str | None = None


class ErrorBody(Struct, frozen=True):
    error: ErrorInside


class _SentContact(Struct, frozen=True):
    wa_id: str | None = None
    user_id: str | None = None


class _SentMessage(Struct, frozen=True):
    id: str
    message_status: str | None = None


class _Sent(Struct, frozen=True):
    messages: list[_SentMessage]
    contacts: list[_SentContact] = []


_sent_decoder = msgspec.json.Decoder(_Sent)


def send_result(body: bytes) -> SendResult:
    """Reads the answer to a send. Raises msgspec.ValidationError when it names no message."""
    sent = _sent_decoder.decode(body)
    if not sent.messages:
        raise msgspec.ValidationError("the answer names no message")
    contact = sent.contacts[0] if sent.contacts else _SentContact()
    message = sent.messages[0]
    return SendResult(message.id, contact.wa_id, contact.user_id, message.message_status)
