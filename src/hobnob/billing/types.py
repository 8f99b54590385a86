"""What the billing room takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
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
StatementKind = Literal["top_up", "grant", "hold", "charge", "void", "reversal", "expiry"]
METER_CONVERSATION = "conversation"
METER_META = "meta"


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
    id: UUID
    state: Literal["pending", "succeeded", "failed", "refunded"]
    amount_micros: int
    currency: str
    created_at: datetime


class TopUp(msgspec.Struct, frozen=True):
    amount_micros: Annotated[
        int, Meta(ge=1_000_000, le=100_000_000_000, description="In micros of the wallet's currency")
    ]
    method: Literal["test"]


class TopUpDone(msgspec.Struct, frozen=True):
    payment: Payment
    wallet: Wallet


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
