"""What the provider's meter keeps, and what its pages show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

Class: TypeAlias = Literal["match", "timing", "missing", "price_differs"]
DayClass: TypeAlias = Literal["match", "timing", "missing_webhook", "extra", "price_differs"]
Kind: TypeAlias = Literal["regular", "free_customer_service", "free_entry_point", "conversation", "reaction", "unknown"]
Percent = Annotated[float, Meta(ge=0, le=100, description="0 to 100, rounded down to a tenth")]


class ItemRow(msgspec.Struct):
    """A row of ``provider_items``: a delivered message on WhatsApp's meter."""

    account_id: UUID
    message_id: UUID
    chat_id: UUID
    number_id: UUID
    delivered_at: datetime
    day: date
    country: str
    market: str
    category: str
    kind: Kind
    billable: bool | None
    outcome: str
    reason: str
    rule: str
    conversation_id: UUID | None
    counts_in_allowance: bool
    counter: str | None
    month: date
    amount_micros: int | None
    currency: str
    told: dict[str, Any] | None
    class_: Class
    recheck_at: datetime | None

    @property
    def key(self) -> tuple[datetime, UUID]:
        """The order in which the messages of a month are counted."""
        return self.delivered_at, self.message_id


class ClassTotal(msgspec.Struct, frozen=True):
    """Messages of one class. ``amount_micros`` is what they should cost by our reckoning."""

    class_: Class = msgspec.field(name="class")
    messages: int
    amount_micros: int


class ReconciledDay(msgspec.Struct, frozen=True):
    """One day of the account's time zone, message by message."""

    day: date
    messages: int
    match: int
    timing: int
    missing: int
    price_differs: int


class StatementDay(msgspec.Struct, frozen=True):
    """One day of WhatsApp's own figures against ours, in messages. ``final`` is false while WhatsApp may still add to it."""

    day: date
    final: bool
    match: int
    timing: int
    missing_webhook: int
    extra: int
    price_differs: int


class Statement(msgspec.Struct, frozen=True):
    """The comparison with WhatsApp's figures per day. ``fetched_before``: days before it were fetched. ``problem`` says why
    the last fetching failed."""

    explained_percent: Percent | None
    fetched_at: datetime | None
    fetched_before: date | None
    problem: str | None
    days: list[StatementDay]


class Reconciliation(msgspec.Struct, frozen=True):
    """How much of what WhatsApp charges we can explain. ``explained_percent`` counts messages that match or that only wait
    for their price; None when there are no messages."""

    since: date
    until: date
    currency: str
    messages: int
    explained_percent: Percent | None
    classes: list[ClassTotal]
    days: list[ReconciledDay]
    statement: Statement


class Reckoned(msgspec.Struct, frozen=True):
    """What a message is by our reckoning. ``rule`` is a code of docs/rating.md; no amount when no card was in force."""

    kind: Kind
    category: str
    market: str
    billable: bool | None
    amount_micros: int | None
    currency: str
    rule: str


class Told(msgspec.Struct, frozen=True):
    """What WhatsApp said of a message, with which status, and of which conversation, when it named one."""

    type: str | None = None
    category: str | None = None
    billable: bool | None = None
    pricing_model: str | None = None
    reported_with: str | None = None
    conversation: dict[str, Any] | None = None


class ReconciledMessage(msgspec.Struct, frozen=True):
    """A delivered message. ``differences`` names the members of WhatsApp's pricing object that are not as we reckon."""

    message_id: UUID
    chat_id: UUID
    number_id: UUID
    customer: str
    delivered_at: datetime
    class_: Class = msgspec.field(name="class")
    reckoned: Reckoned
    told: Told | None
    differences: list[str]


class CostPart(msgspec.Struct, frozen=True):
    """A part of the cost. ``unpriced`` counts messages among ``messages`` for which no rate was in force."""

    name: str
    messages: int
    unpriced: int
    amount_micros: int


class CostDay(msgspec.Struct, frozen=True):
    """One day of the account's time zone."""

    day: date
    messages: int
    unpriced: int
    amount_micros: int


class ProviderCost(msgspec.Struct, frozen=True):
    """What WhatsApp should charge, by our reckoning of its rules and its published rates."""

    since: date
    until: date
    currency: str
    messages: int
    unpriced: int
    amount_micros: int
    days: list[CostDay]
    categories: list[CostPart]
    markets: list[CostPart]
