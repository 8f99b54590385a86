"""What the billing room takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

Category = Literal["marketing", "utility", "authentication", "service", "referral_conversion"]
# A conversation's category, or for anything else its meter.
ChargeCategory = Literal[
    "marketing",
    "utility",
    "authentication",
    "service",
    "referral_conversion",
    "plan_fee",
    "agent",
    "flow_day",
    "step",
    "commitment",
    "tax",
]
BlockKind = Literal["paid", "promo"]
StatementKind = Literal[
    "top_up",
    "grant",
    "hold",
    "charge",
    "void",
    "reversal",
    "expiry",
    "refund",
    "refund_failed",
    "dispute",
    "dispute_won",
    "credit_note",
]
PaymentState = Literal["pending", "requires_action", "succeeded", "failed", "canceled", "refunded", "disputed"]
METER_CONVERSATION: Final = "conversation"
METER_META: Final = "meta"


class ConversationCharge(msgspec.Struct, frozen=True):
    """A conversation that opened and has to be paid. ``revision`` counts decisions about the same conversation."""

    account_id: UUID
    conversation_id: UUID
    revision: int
    message_id: UUID
    chat_id: UUID
    number_id: UUID
    customer_id: UUID
    customer_phone: str | None
    customer_user_id: str | None
    category: Category
    opener: Literal["template", "free_form"]
    opened_at: datetime
    expires_at: datetime


class Price(msgspec.Struct, frozen=True):
    """What a conversation costs and why. ``card`` is None when no card was in force: then nothing is charged."""

    amount_micros: int
    currency: str
    market: str
    plan: str
    card: str | None
    version: int
    effective_from: date | None
    rule: str


class Charged(msgspec.Struct, frozen=True):
    """The outcome of one ConversationCharge. ``amount_micros`` is None when no rate card was in force."""

    account_id: UUID
    conversation_id: UUID
    revision: int
    charge_id: UUID | None
    amount_micros: int | None
    currency: str
    rule: str


class ChargeBrief(msgspec.Struct, frozen=True):
    """What a message cost, as its bubble shows it."""

    amount_micros: int
    currency: str
    rule: str


class WalletBlock(msgspec.Struct, frozen=True):
    id: UUID
    kind: BlockKind
    amount_micros: int
    remaining_micros: int
    expires_at: datetime | None
    created_at: datetime


class Wallet(msgspec.Struct, frozen=True):
    """``available_micros`` is below zero while a conversation went on without credit: the next top-up repays it."""

    currency: str
    available_micros: int
    held_micros: int
    paid_micros: int
    promo_micros: int
    low_balance_micros: int
    version: int
    as_of: datetime
    runway_days: int | None
    spent_today_micros: int
    blocks: list[WalletBlock]


class Payment(msgspec.Struct, frozen=True):
    """``auto``: made by the automatic top-up. ``failure_*`` is the gateway's word for a payment that did not go through.
    ``block_id`` is the credit it bought; refunds and chargebacks are parts of its amount that went back."""

    id: UUID
    state: PaymentState
    amount_micros: int
    currency: str
    created_at: datetime
    method: str = "test"
    auto: bool = False
    card_id: UUID | None = None
    block_id: UUID | None = None
    failure_code: str | None = None
    failure_reason: str | None = None
    refunded_micros: int = 0
    disputed_micros: int = 0
    version: int = 1


class TopUp(msgspec.Struct, frozen=True):
    """``card_id``: a saved card to charge; without it the browser finishes the payment with a new one, which is kept if
    ``save_card`` says so."""

    amount_micros: Annotated[
        int, Meta(ge=1_000_000, le=100_000_000_000, description="In micros of the wallet's currency")
    ]
    method: Literal["test", "stripe"]
    card_id: UUID | None = None
    save_card: bool = False


class TopUpDone(msgspec.Struct, frozen=True):
    """``client_secret`` is there while the browser has something to do: bring a card, or let its bank ask the holder."""

    payment: Payment
    wallet: Wallet
    client_secret: str | None = None


class RateRef(msgspec.Struct, frozen=True):
    card: str
    version: int
    effective_from: date


class ChargedCustomer(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    phone_formatted: str | None


class Charge(msgspec.Struct, frozen=True):
    """One line of the bill. A correction has the contrary amount and names in ``reverses_id`` what it takes back. Only a
    conversation's has a message, chat, customer and number; any other is known by ``item``."""

    id: UUID
    at: datetime
    meter: str
    category: ChargeCategory
    market: str
    amount_micros: int
    currency: str
    quantity: int
    rule: str
    rate: RateRef
    conversation_id: UUID | None
    message_id: UUID | None
    chat_id: UUID | None
    customer: ChargedCustomer | None
    number_id: UUID | None
    item: str | None
    flow_id: UUID | None
    reverses_id: UUID | None


class StatementLine(msgspec.Struct, frozen=True):
    """One change of the spendable balance."""

    id: UUID
    at: datetime
    kind: StatementKind
    description: str
    amount_micros: int
    balance_after_micros: int
    message_id: UUID | None
    charge_id: UUID | None


class SpendDay(msgspec.Struct, frozen=True):
    day: date
    total_micros: int
    conversations: int
    by_category: dict[str, int]


class Spend(msgspec.Struct, frozen=True):
    currency: str
    time_zone: str
    days: list[SpendDay]


class WalletEvent(msgspec.Struct, frozen=True, tag_field="type", tag="wallet"):
    wallet: Wallet


class ChargeEvent(msgspec.Struct, frozen=True, tag_field="type", tag="charge"):
    charge: Charge
