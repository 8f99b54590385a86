"""The plan, its changes, and what is used of it, over HTTP. Everybody sees them; only the owner changes anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody

from hobnob.billing import catalog
from hobnob.billing.metering.types import Usage
from hobnob.billing.metering.usage import usage
from hobnob.billing.rating import zone_of
from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import Forbidden
from hobnob.kernel.ids import new_id
from hobnob.platform.database import Database, Tx
from hobnob.platform.http import problems
from hobnob.platform.idempotency import once
from hobnob.platform.settings import Settings
from hobnob.team.types import Session

from . import actions
from .types import Change, Choice, PlanList, Preview, PreviewOf, SubscriptionView
from .view import offers

Key = Annotated[
    UUID | None,
    HeaderParameter(name="Idempotency-Key", description="The same key does the same command once"),
]


@get("/plans", summary="Plans and their prices", responses=problems(401))
async def list_plans(
    session: NamedDependency[Session], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> PlanList:
    """As they are sold today in the account's currency, the smallest first. Prices are micros. `committed_only`: with a
    promise of conversations for a year. A subscriber keeps the version that was bought."""
    today = clock.now(session.clock_ahead_s).astimezone(zone_of(session.time_zone)).date()
    async with database.account(session.tenant) as tx:
        return PlanList(offers(await catalog.current(tx), session.currency, today))


@get("/subscription", summary="The account's plan", responses=problems(401))
async def get_subscription(
    session: NamedDependency[Session], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> SubscriptionView:
    """What is paid until when, what comes next, and what is to change at the end of the period. It begins on the day on
    which the first number's code is verified; until then `status` is `none`, or `chosen` once a plan was picked."""
    async with database.account(session.tenant) as tx:
        return await actions.subscription(tx, session.tenant, clock.now(session.clock_ahead_s))


@patch("/subscription", summary="Choose what to begin with", responses=problems(401, 402, 403, 404, 409, 422))
async def choose_plan(
    data: JSONBody[Choice],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    settings: NamedDependency[Settings],
) -> SubscriptionView:
    """Before the first number is verified: nothing is charged yet. Once it has begun it is refused with `change_refused`. An
    account with a verified number that never had a plan begins at once, if the fee can be paid."""
    _owner(session)
    async with database.account(session.tenant) as tx:
        now = clock.now(session.clock_ahead_s)
        return await actions.choose(tx, session.tenant, data, now, session.agent_id, begin=settings.plan_fees)


@post(
    "/subscription/preview",
    status_code=200,
    summary="What a change would do and cost",
    responses=problems(401, 403, 404, 409, 422),
)
async def preview_change(
    data: JSONBody[PreviewOf],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Preview:
    """For `change`, `undo`, `cancel` and `reactivate`. The change then charges exactly `amount_micros`, as long as it is
    made on the same day. `enough_credit` is false when it would be refused for want of credit."""
    _owner(session)
    async with database.account(session.tenant) as tx:
        return await actions.preview(tx, session.tenant, data, clock.now(session.clock_ahead_s))


@post(
    "/subscription/change",
    status_code=200,
    summary="Change the plan",
    responses=problems(401, 402, 403, 404, 409, 422),
)
async def change_plan(
    data: JSONBody[Change],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    key: Key = None,
) -> Response[SubscriptionView]:
    """A dearer plan holds at once, for the days that are left, and only if it can be paid (402 `change_not_paid`). A cheaper
    one, and months after a year, wait for the end of the period and can be undone until then. Months to a year: at once,
    less what is unused. Send the preview's amount as `expected_micros` to be refused with `price_moved` if it changed."""

    async def run(tx: Tx) -> SubscriptionView:
        return await actions.change_plan(tx, session.tenant, data, clock.now(session.clock_ahead_s), session.agent_id)

    return await _once(database, session, key, ["change-plan", data], run)


@post(
    "/subscription/undo",
    status_code=200,
    summary="Forget what was to change at the end of the period",
    responses=problems(401, 403, 409),
)
async def undo_change(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    key: Key = None,
) -> Response[SubscriptionView]:
    """A downgrade or a cancellation that has not come yet. Nothing is charged."""

    async def run(tx: Tx) -> SubscriptionView:
        return await actions.undo_change(tx, session.tenant, clock.now(session.clock_ahead_s), session.agent_id)

    return await _once(database, session, key, ["undo-change"], run)


@post(
    "/subscription/cancel",
    status_code=200,
    summary="End the subscription with the period that is paid",
    responses=problems(401, 403, 409),
)
async def cancel(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    key: Key = None,
) -> Response[SubscriptionView]:
    """Until then everything goes on. Afterwards no new conversation is opened (402 `subscription_ended`); customers can still
    write, and credit stays."""

    async def run(tx: Tx) -> SubscriptionView:
        return await actions.cancel(tx, session.tenant, clock.now(session.clock_ahead_s), session.agent_id)

    return await _once(database, session, key, ["cancel"], run)


@post(
    "/subscription/reactivate",
    status_code=200,
    summary="Go on, or start again",
    responses=problems(401, 402, 403, 404, 409),
)
async def reactivate(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    key: Key = None,
) -> Response[SubscriptionView]:
    """While the period runs: takes the cancellation back. After its end: starts again today, if the fee can be paid."""

    async def run(tx: Tx) -> SubscriptionView:
        return await actions.reactivate(tx, session.tenant, clock.now(session.clock_ahead_s), session.agent_id)

    return await _once(database, session, key, ["reactivate"], run)


@get("/usage", summary="What is used of the plan this month", responses=problems(401))
async def get_usage(
    session: NamedDependency[Session], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> Usage:
    """Conversations, steps, flow-days and agents: what is included, what was used, what the month comes to at this pace, and
    what was charged beyond. `state` is `within`, `warned` (80 % or more), `over` (the excess is charged; nothing stops), or
    `capped` (the plan allows no more). `commitment` is there while conversations are promised for a year."""
    async with database.account(session.tenant) as tx:
        return await usage(tx, session.tenant, clock.now(session.clock_ahead_s))


def _owner(session: Session) -> None:
    if session.role != "owner":
        raise Forbidden("Only the owner of the account can change its plan.")


async def _once(
    database: Database,
    session: Session,
    key: UUID | None,
    request: list[object],
    run: Callable[[Tx], Awaitable[SubscriptionView]],
) -> Response[SubscriptionView]:
    _owner(session)
    async with database.account(session.tenant) as tx:

        async def command() -> tuple[int, SubscriptionView]:
            return 200, await run(tx)

        status, answer = await once(tx, session.tenant, key or new_id(), request, command)
    return Response(answer, status_code=status)


routers = [
    Router(
        "/api/billing",
        route_handlers=[
            list_plans,
            get_subscription,
            choose_plan,
            preview_change,
            change_plan,
            undo_change,
            cancel,
            reactivate,
            get_usage,
        ],
        tags=["Plan"],
    )
]
