"""What a subscription is, takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from .calendar import Bounds, Interval

Status: TypeAlias = Literal["none", "chosen", "active", "ended"]
When: TypeAlias = Literal["now", "period_end"]
Reason: TypeAlias = Literal["start", "upgrade", "change", "migration", "reactivation"]
Action: TypeAlias = Literal["change", "cancel", "reactivate", "undo"]
PlanCode = Annotated[str, Meta(max_length=40, description="A plan's code, such as plus")]

Quantity = Annotated[
    int, Meta(ge=1, le=1_000_000_000, description="Conversations a month, promised for a year; Enterprise needs it")
]


class Subscription(msgspec.Struct):
    """A row of ``subscriptions``: what an account has now, and what changes at the end of the period."""

    account_id: UUID
    id: UUID
    status: Literal["chosen", "active", "ended"]
    plan: str
    plan_version: int
    interval: Interval
    anchor: date | None = None
    period_n: int = 0
    starts_on: date | None = None
    ends_on: date | None = None
    started_on: date | None = None
    seats: int = 0
    term_n: int = 0
    pending_kind: Literal["change", "cancel"] | None = None
    pending_plan: str | None = None
    pending_version: int | None = None
    pending_interval: Interval | None = None
    migrate_version: int | None = None
    version: int = 1

    @property
    def bounds(self) -> Bounds:
        """The running period."""
        assert self.starts_on is not None
        assert self.ends_on is not None
        return Bounds(self.starts_on, self.ends_on)

    def forget_pending(self) -> None:
        self.pending_kind = self.pending_plan = self.pending_version = self.pending_interval = None


class PlanOffer(msgspec.Struct, frozen=True):
    """A plan as it can be bought today. NULL agents: without limit; NULL yearly price: monthly only. Steps beyond the
    included ones cost ``step_overage_micros`` for each ``step_overage_quantity`` begun; a custom flow costs
    ``flow_month_micros`` a month, by the days on which it was published."""

    code: str
    name: str
    position: int
    version: int
    effective_from: date
    currency: str
    monthly_micros: int
    yearly_micros: int | None
    included_conversations: int
    conversation_overage_micros: int
    included_agents: int | None
    agents_max: int | None
    extra_agent_micros: int
    included_steps: int
    step_overage_micros: int
    step_overage_quantity: int
    flow_month_micros: int
    committed_only: bool


class PlanList(msgspec.Struct, frozen=True):
    items: list[PlanOffer]


class PeriodView(msgspec.Struct, frozen=True):
    """``ends_on`` is the first day that no longer belongs to it."""

    starts_on: date
    ends_on: date
    days: int
    days_left: int


class PendingView(msgspec.Struct, frozen=True):
    """What happens on the first day of the next period."""

    kind: Literal["change", "cancel", "migration"]
    on: date
    plan: str | None = None
    plan_name: str | None = None
    interval: Interval | None = None


class SubscriptionView(msgspec.Struct, frozen=True):
    """``none``: nothing was chosen yet; ``chosen``: it begins when the first number is verified. ``fee_micros`` is the price
    of a whole period with the agents there are."""

    status: Status
    plan: str
    plan_name: str
    plan_version: int
    interval: Interval
    currency: str
    fee_micros: int
    agents: int
    included_agents: int | None
    agents_max: int | None
    started_on: date | None
    period: PeriodView | None
    next_fee_on: date | None
    next_fee_micros: int
    pending: PendingView | None
    version: int


class Choice(msgspec.Struct, frozen=True):
    """What to begin with when the first number is verified."""

    plan: PlanCode
    interval: Interval = "monthly"


class Change(msgspec.Struct, frozen=True):
    """``expected_micros``: what the preview said it charges now; another amount is refused with what it would be."""

    plan: PlanCode
    interval: Interval
    monthly_conversations: Quantity | None = None
    expected_micros: int | None = None


class PreviewOf(msgspec.Struct, frozen=True):
    action: Action
    plan: PlanCode | None = None
    interval: Interval | None = None
    monthly_conversations: Quantity | None = None


class Preview(msgspec.Struct, frozen=True):
    """What would happen, and what it costs. ``amount_micros`` is charged at once; ``enough_credit`` says whether it can be
    paid now, which a change that costs something needs."""

    action: Action
    when: When
    on: date
    plan: str
    plan_name: str
    interval: Interval
    amount_micros: int
    currency: str
    rule: str
    next_fee_on: date | None
    next_fee_micros: int
    available_micros: int
    enough_credit: bool


class TermView(msgspec.Struct, frozen=True):
    since: datetime
    plan: str
    plan_version: int
    interval: Interval
    reason: Reason
