"""What metering takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

Meter: TypeAlias = Literal["step", "flow_published", "flow_unpublished"]
MeterName: TypeAlias = Literal["conversation", "step", "flow_day", "agent"]
State: TypeAlias = Literal["within", "warned", "over", "capped"]


class MeterEvent(msgspec.Struct, frozen=True):
    """Something used, known for ever by its account, meter and ``event_id`` (of 1 to 200 characters, chosen by who reports).
    A step event counts ``quantity`` components that were executed, the trigger included. A flow's events say when it was
    published or taken down; ``ready_made`` flows are free."""

    account_id: UUID
    meter: Meter
    event_id: Annotated[str, Meta(min_length=1, max_length=200)]
    at: datetime
    quantity: Annotated[int, Meta(ge=0)] = 1
    flow_id: UUID | None = None
    ready_made: bool = False


class Metered(msgspec.Struct, frozen=True):
    """What became of a batch. ``quarantined``: ids of events that do not count, with the reason."""

    accepted: int
    repeated: int
    quarantined: dict[str, str]


class UsageMeter(msgspec.Struct, frozen=True):
    """A meter of the month. ``included`` None: without limit. ``pace`` is what the month comes to if it goes on like this;
    ``charged_micros`` what was charged beyond the included ones. ``limit`` is what cannot be passed on this plan."""

    meter: MeterName
    used: int
    included: int | None
    limit: int | None
    state: State
    pace: int
    unit_quantity: int
    overage_micros: int
    charged_micros: int


class CommitmentView(msgspec.Struct, frozen=True):
    """A promise of conversations. ``used`` and ``pace`` are those of its whole term; ``month_used`` and ``month_pace`` of the
    calendar month. ``shortfall_micros`` is what would be charged at its end at this pace."""

    starts_on: date
    ends_on: date
    monthly_quantity: int
    committed: int
    used: int
    pace: int
    month_used: int
    month_pace: int
    unit_micros: int
    overage_micros: int
    shortfall_micros: int


class Usage(msgspec.Struct, frozen=True):
    """The calendar month in the account's time zone, and what is used of the plan."""

    month: date
    plan: str
    plan_name: str
    currency: str
    as_of: datetime
    meters: list[UsageMeter]
    commitment: CommitmentView | None
