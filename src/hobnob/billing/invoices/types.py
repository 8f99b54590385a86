"""What invoices are made of, and how the API shows them. Amounts are micros of the invoice's currency."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta

TaxKind = Literal["none", "single", "india"]
InvoiceState = Literal["draft", "issued"]
NAME_MAX_CHARS = 200
ADDRESS_MAX_CHARS = 500


class Party(msgspec.Struct, frozen=True):
    """Who sells or buys, as it stands on an invoice. ``address`` has line breaks; ``state`` is an Indian GST state code, or
    whatever the country calls its parts."""

    legal_name: str
    address: str = ""
    country: str = ""
    state: str = ""
    tax_id: str = ""
    email: str = ""


class Seller(msgspec.Struct, frozen=True):
    """The operator's company. ``year_starts`` is the first month of its fiscal year."""

    code: str
    party: Party
    time_zone: str
    year_starts: int
    prefix: str
    credit_prefix: str
    note: str = ""


class TaxRule(msgspec.Struct, frozen=True):
    """What tax a seller charges from a day on. ``rate_ppm``: parts per million, 18 % is 180,000. ``domestic``: only for buyers
    in the seller's country. ``code`` names the service for the authority (such as the SAC)."""

    effective_from: date
    kind: TaxKind
    name: str = ""
    rate_ppm: int = 0
    domestic: bool = True
    code: str = ""
    note: str = ""


class Tax(NamedTuple):
    """One tax in force for a line. ``type`` names its account in the book: tax_payable.<type>."""

    type: str
    name: str
    rate_ppm: int


class Group(NamedTuple):
    """Charges of one kind and price, added up: what a line is made of. ``rule`` is theirs when they share one."""

    late: bool
    meter: str
    category: str
    market: str
    plan: str
    card: str
    card_version: int
    card_effective_from: date
    unit_micros: int | None
    quantity: int
    charged_micros: int
    first_day: date
    last_day: date
    rule: str | None


class TaxPart(msgspec.Struct, frozen=True):
    type: str
    name: str
    rate_ppm: int
    amount_micros: int


class InvoiceLine(msgspec.Struct, frozen=True):
    """``charged_micros`` is what the wallet paid, to the micro; ``amount_micros`` the same rounded to what the currency has
    coins for. ``unit_micros`` times ``quantity`` is ``charged_micros`` where there is one price. ``late``: used before this
    month and received after its invoice was issued. ``tax_from``: since when the line's tax rule is in force."""

    n: int
    late: bool
    meter: str
    category: str
    market: str
    description: str
    quantity: int
    unit_micros: int | None
    charged_micros: int
    amount_micros: int
    first_day: date
    last_day: date
    plan: str
    card: str
    card_version: int
    card_effective_from: date
    tax_from: date | None = None
    taxes: list[TaxPart] = []


class TaxTotal(msgspec.Struct, frozen=True):
    type: str
    name: str
    rate_ppm: int
    base_micros: int
    amount_micros: int


class CreditNoteLine(msgspec.Struct, frozen=True):
    line_n: int
    description: str
    amount_micros: int
    taxes: list[TaxPart]


class CreditNote(msgspec.Struct, frozen=True):
    """Takes back a part of an invoice: names its lines, never more than they are, with their tax at the rate they had."""

    id: UUID
    number: str
    invoice_id: UUID
    invoice_number: str
    reason: str
    currency: str
    lines: list[CreditNoteLine]
    net_micros: int
    tax_micros: int
    total_micros: int
    issued_at: datetime
    issued_on: date


class InvoiceBrief(msgspec.Struct, frozen=True):
    id: UUID
    number: str
    month: date
    currency: str
    net_micros: int
    tax_micros: int
    total_micros: int
    credited_micros: int
    issued_at: datetime
    issued_on: date
    sandbox: bool


class Invoice(msgspec.Struct, frozen=True):
    """An issued invoice, or the draft of one: the same, computed now, without id and number. ``rounding_micros`` is how much
    the lines differ from what the wallet paid, because each is rounded to the currency's smallest coin. ``due_at``: when a
    draft will be issued."""

    state: InvoiceState
    month: date
    first_day: date
    last_day: date
    currency: str
    lines: list[InvoiceLine]
    charged_micros: int
    net_micros: int
    rounding_micros: int
    taxes: list[TaxTotal]
    tax_micros: int
    total_micros: int
    seller: Party
    buyer: Party
    place_of_supply: str
    notes: list[str]
    time_zone: str
    sandbox: bool
    id: UUID | None = None
    number: str | None = None
    issued_at: datetime | None = None
    issued_on: date | None = None
    due_at: datetime | None = None
    credit_notes: list[CreditNote] = []
    credited_micros: int = 0


class Drafts(msgspec.Struct, frozen=True):
    """The running month's draft, and before it those of earlier months that are still open for late charges."""

    items: list[Invoice]


class ProfileChange(msgspec.Struct, frozen=True):
    """Who the invoices are for. ``state``: for India the GST state code (27) or its letters (MH)."""

    legal_name: Annotated[str, Meta(min_length=1, max_length=NAME_MAX_CHARS)]
    address: Annotated[str, Meta(max_length=ADDRESS_MAX_CHARS, description="Lines as on an envelope")]
    country: Annotated[str, Meta(pattern="^[A-Za-z]{2}$", description="ISO 3166, such as IN")]
    state: Annotated[str, Meta(max_length=60)] = ""
    tax_id: Annotated[
        str, Meta(max_length=40, description="GSTIN, VAT number, ...; checked where its form is known")
    ] = ""
    email: Annotated[str, Meta(max_length=254, description="Where invoices go; empty: to the owner")] = ""


class Profile(msgspec.Struct, frozen=True):
    """``tax_id_checked``: its form and check digits were verified; a country whose form is not known is taken as it is."""

    legal_name: str
    address: str
    country: str
    state: str
    tax_id: str
    email: str
    tax_id_checked: bool
    version: int


class CreditAsked(msgspec.Struct, frozen=True):
    """A line of an invoice and how much of it to take back, before tax; None is all that is left of it."""

    line_n: Annotated[int, Meta(ge=1)]
    amount_micros: Annotated[int, Meta(ge=1)] | None = None


class CreditNoteAsked(msgspec.Struct, frozen=True):
    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    lines: Annotated[list[CreditAsked], Meta(min_length=1, max_length=200)]


class ReratedLine(msgspec.Struct, frozen=True):
    """Conversations of one category, market and price."""

    category: str
    market: str
    quantity: int
    unit_micros: int | None
    amount_micros: int


class MeterTotal(msgspec.Struct, frozen=True):
    category: str
    market: str
    quantity: int
    amount_micros: int


class WhatIf(msgspec.Struct, frozen=True):
    """A month's stored history under a plan and WhatsApp's rate card. ``lines`` are our conversations; ``meta_lines`` what
    WhatsApp charges for the same messages. ``actual_micros`` is what stands charged for conversations; ``unpriced`` counts
    what no card had a price for."""

    month: date
    plan: str
    plan_name: str
    is_actual: bool
    card: str
    currency: str
    lines: list[ReratedLine]
    conversations: int
    amount_micros: int
    actual_micros: int
    difference_micros: int
    meta_lines: list[MeterTotal]
    meta_micros: int
    unpriced: int


class PlanCost(msgspec.Struct, frozen=True):
    """What a plan would have cost over the days compared: its monthly fee by days, agents beyond those included by days, and
    conversations beyond those included. ``difference_micros``: against the plan in force now. ``warning``: why this plan
    would not have fitted."""

    plan: str
    name: str
    is_current: bool
    monthly_micros: int
    fee_micros: int
    agents_micros: int
    conversations_micros: int
    total_micros: int
    difference_micros: int
    included_conversations: int
    warning: str | None


class PlanComparison(msgspec.Struct, frozen=True):
    """Every plan on the same real days, the cheapest first."""

    first_day: date
    last_day: date
    days: int
    currency: str
    conversations: int
    agents: int
    plans: list[PlanCost]
