"""What the payments routes take and give, and what browsers are told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from hobnob.billing.types import BlockKind, Payment, StatementKind

AMOUNT_MAX_MICROS = 100_000_000_000
Micros = Annotated[int, Meta(ge=1_000_000, le=AMOUNT_MAX_MICROS, description="In micros of the wallet's currency")]
Threshold = Annotated[int, Meta(ge=0, le=AMOUNT_MAX_MICROS)]
Thresholds = Annotated[list[Threshold], Meta(max_length=10)]
AlertKind = Literal[
    "low_balance",
    "month_spend",
    "credit_expiring",
    "fair_use",
    "auto_top_up_declined",
    "auto_top_up_off",
    "auto_top_up_capped",
    "auto_top_up_burst",
    "chargeback",
]


class PaymentMethod(msgspec.Struct, frozen=True):
    """A gateway of this installation. ``publishable_key`` is what its script in the browser wants."""

    name: str
    publishable_key: str


class PaymentMethods(msgspec.Struct, frozen=True):
    items: list[PaymentMethod]


class PaymentNow(msgspec.Struct, frozen=True):
    """``client_secret`` is there while the browser has something to do."""

    payment: Payment
    client_secret: str | None


class RefundWish(msgspec.Struct, frozen=True):
    amount_micros: (
        Annotated[int, Meta(ge=1, le=AMOUNT_MAX_MICROS, description="All that is left of it if left out")] | None
    ) = None


class Refund(msgspec.Struct, frozen=True):
    """``state`` is pending until the gateway has said what becomes of it; the credit is set aside from the start."""

    id: UUID
    payment_id: UUID
    state: Literal["pending", "succeeded", "failed"]
    amount_micros: int
    currency: str
    created_at: datetime
    failure_reason: str | None


class RefundList(msgspec.Struct, frozen=True):
    items: list[Refund]


class CardSetupWish(msgspec.Struct, frozen=True):
    method: Literal["test", "stripe"]


class CardSetup(msgspec.Struct, frozen=True):
    """What the gateway's script in the browser needs to take a card's number, which never comes here."""

    setup_id: str
    client_secret: str
    publishable_key: str


class CardSetupDone(msgspec.Struct, frozen=True):
    method: Literal["test", "stripe"]
    setup_id: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_]+$")]


class Card(msgspec.Struct, frozen=True):
    id: UUID
    method: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    is_default: bool
    created_at: datetime


class CardList(msgspec.Struct, frozen=True):
    items: list[Card]


class AutoTopUpWish(msgspec.Struct, frozen=True):
    """When what is available falls to ``threshold_micros``, buy ``amount_micros`` (fixed), or as much as brings it up to
    ``amount_micros`` (target), but not more than ``monthly_cap_micros`` in a calendar month of the account."""

    enabled: bool
    threshold_micros: Threshold
    mode: Literal["target", "fixed"]
    amount_micros: Micros
    card_id: UUID
    monthly_cap_micros: Micros | None = None


class AutoTopUp(msgspec.Struct, frozen=True):
    """``quiet_until``: after a decline it waits; ``state_reason`` says why it is off or frozen."""

    state: Literal["off", "on", "frozen"]
    state_reason: str | None
    threshold_micros: int
    mode: Literal["target", "fixed"]
    amount_micros: int
    monthly_cap_micros: int | None
    card_id: UUID
    failures: int
    quiet_until: datetime | None
    bought_this_month_micros: int
    version: int


class AutoTopUpNow(msgspec.Struct, frozen=True):
    """None until it was set up for the first time."""

    auto_top_up: AutoTopUp | None


class Alert(msgspec.Struct, frozen=True):
    """``payload`` is a snapshot of the moment: amounts in micros, thresholds, dates."""

    id: UUID
    kind: AlertKind
    payload: dict[str, Any]
    at: datetime
    seen_at: datetime | None


class AlertSettings(msgspec.Struct, frozen=True):
    """Balances and month's spends that people want to be told of, in the app and, if ``email``, by letter to the owner."""

    low_balance_micros: Thresholds
    month_spend_micros: Thresholds
    email: bool


class BlockLine(msgspec.Struct, frozen=True):
    """One movement of a credit block: taken is negative."""

    transaction_id: UUID
    at: datetime
    kind: StatementKind
    description: str
    amount_micros: int
    charge_id: UUID | None


class BlockStatement(msgspec.Struct, frozen=True):
    """A block with a page of its movements, newest first; ``next`` is the cursor of the following page."""

    id: UUID
    kind: BlockKind
    reason: str
    amount_micros: int
    remaining_micros: int
    priority: int
    effective_at: datetime
    expires_at: datetime | None
    items: list[BlockLine]
    next: str | None


class PaymentEvent(msgspec.Struct, frozen=True, tag_field="type", tag="payment"):
    payment: Payment


class AlertEvent(msgspec.Struct, frozen=True, tag_field="type", tag="alert"):
    alert: Alert


class CardsEvent(msgspec.Struct, frozen=True, tag_field="type", tag="cards"):
    cards: list[Card]


class AutoTopUpEvent(msgspec.Struct, frozen=True, tag_field="type", tag="auto_top_up"):
    auto_top_up: AutoTopUp
