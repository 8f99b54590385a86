"""What the numbers room takes and gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from hobnob.kernel.clock import Clock
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Database
from hobnob.platform.http import Problem
from hobnob.platform.settings import Settings
from hobnob.whatsapp.graph import GraphClient

NumberStatus = Literal["added", "code_sent", "verified", "connected", "failed"]
CodeMethod = Literal["sms", "voice"]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the steps work with."""

    database: Database
    graph: GraphClient
    settings: Settings
    clock: Clock


class Number(msgspec.Struct, frozen=True):
    """A business number as the dashboard shows it. ``last_error`` is why the last step did not go through."""

    id: UUID
    phone: str
    phone_formatted: str
    country: str | None
    display_name: str
    status: NumberStatus
    code_method: CodeMethod | None
    code_sent_at: datetime | None
    code_expires_at: datetime | None
    next_code_at: datetime | None
    quality: str | None
    throughput_per_second: int
    connected_at: datetime | None
    last_error: Problem | None
    created_at: datetime


class NumberList(msgspec.Struct, frozen=True):
    items: list[Number]


class NumberRef(msgspec.Struct, frozen=True):
    """What other rooms and processes need of a number."""

    id: UUID
    account_id: UUID
    waba_id: str
    phone: str
    country: str | None
    phone_number_id: str | None
    status: NumberStatus
    throughput_per_second: int


# Called when a number is connected, outside any transaction: (tools, tenant, waba_id).
NumberConnected: TypeAlias = Callable[[Tools, Tenant, str], Awaitable[None]]


class QualityUpdate(msgspec.Struct, frozen=True):
    """One report of WhatsApp's about a number's standing."""

    account_id: UUID
    display_phone_number: str
    event: str | None = None


class NewNumber(msgspec.Struct, frozen=True):
    phone: Annotated[str, Meta(min_length=1, max_length=40, description="As people write it; with + or with country")]
    display_name: Annotated[str, Meta(min_length=1, max_length=200, description="The name customers see")]
    country: Annotated[str, Meta(pattern="^[A-Za-z]{2}$")] | None = None


class RequestCode(msgspec.Struct, frozen=True):
    method: CodeMethod
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}([_-][A-Za-z]{2,4})?$", description="Such as en_US")] | None = (
        None
    )


class VerifyCode(msgspec.Struct, frozen=True):
    code: Annotated[str, Meta(min_length=1, max_length=20, description="Six digits; spaces and hyphens are ignored")]


class Register(msgspec.Struct, frozen=True):
    pin: Annotated[str, Meta(pattern="^[0-9]{6}$", description="Six digits, asked again if the number moves")]


class PhoneCheck(msgspec.Struct, frozen=True):
    """Whether a text is a phone number. ``reason`` says what is wrong with it."""

    valid: bool
    e164: str | None
    formatted: str | None
    country: str | None
    reason: str | None
