"""What the team room takes and gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

Role = Literal["owner", "admin", "agent", "limited_agent"]
Email = Annotated[str, Meta(min_length=3, max_length=254, description="An e-mail address")]
NewPassword = Annotated[str, Meta(min_length=10, max_length=200, description="At least 10 characters")]
PersonName = Annotated[str, Meta(min_length=1, max_length=200)]
Locale = Annotated[str, Meta(pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$", max_length=35, description="Such as en")]

# Called inside the transaction that creates an account: (tx, tenant, currency, now).
AccountOpener: TypeAlias = Callable[[Tx, Tenant, str, datetime], Awaitable[None]]


class Account(msgspec.Struct, frozen=True):
    """One brand."""

    id: UUID
    name: str
    time_zone: str
    currency: str
    plan: str
    sandbox: bool
    clock_ahead_s: int
    created_at: datetime


class Session(msgspec.Struct, frozen=True):
    """Who asks: an agent, signed in, and what every request needs to know of the account."""

    agent_id: UUID
    agent_name: str
    email: str
    role: Role
    locale: str
    tenant: Tenant
    account_name: str
    time_zone: str
    currency: str
    plan: str
    sandbox: bool
    clock_ahead_s: int
    account_created_at: datetime


class NewSession(msgspec.Struct, frozen=True):
    """A sign-in that succeeded. ``token`` is shown to the browser once and stored only as a hash."""

    token: str
    session: Session


class SignUp(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    brand: Annotated[str, Meta(min_length=1, max_length=200, description="The brand customers know")]
    name: PersonName
    email: Email
    password: NewPassword
    time_zone: Annotated[str, Meta(max_length=64, description="IANA name, such as Europe/Madrid")] = "UTC"
    locale: Locale = "en"


class SignIn(msgspec.Struct, frozen=True):
    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=200)]


class MeChange(msgspec.Struct, frozen=True):
    name: PersonName | None = None
    locale: Locale | None = None


class AgentView(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    email: str
    role: Role


class AgentList(msgspec.Struct, frozen=True):
    items: list[AgentView]


class MeAgent(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    email: str
    role: Role
    locale: str


class MeAccount(msgspec.Struct, frozen=True):
    """``now`` is the account's own time: a sandbox account's clock may run ahead."""

    id: UUID
    name: str
    time_zone: str
    currency: str
    sandbox: bool
    plan: str
    now: datetime
    created_at: datetime


class Features(msgspec.Struct, frozen=True):
    test_payments: bool


class Me(msgspec.Struct, frozen=True):
    agent: MeAgent
    account: MeAccount
    simulator_url: str | None
    features: Features


class AdvanceClock(msgspec.Struct, frozen=True):
    seconds: Annotated[int, Meta(ge=1, le=90 * 86_400, description="How far to move the account's clock forward")]


class ClockView(msgspec.Struct, frozen=True):
    now: datetime
    clock_ahead_s: int
