"""WhatsApp's own meter over HTTP: the comparison with what WhatsApp says, and what it should cost."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, NamedTuple
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from hobnob.billing.period import start_of
from hobnob.billing.rating import zone_of
from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.pages import Page, decode_cursor, page_limit, page_of
from hobnob.platform.database import Database
from hobnob.platform.http import problems
from hobnob.team.types import Session

from . import queries
from .queries import Days
from .types import Class, ProviderCost, ReconciledMessage, Reconciliation

DAYS_DEFAULT = 30
DAYS_MAX = 400

FirstDay = Annotated[
    date | None, QueryParameter(name="from", description="The first day; 30 days up to the last if left out")
]
LastDay = Annotated[
    date | None, QueryParameter(name="to", description="The last day, itself included; today if left out")
]


class Asked(NamedTuple):
    """Which days are asked for, of whom."""

    days: Days
    session: Session


def provide_asked(
    session: NamedDependency[Session],
    clock: NamedDependency[Clock],
    since: FirstDay = None,
    until: LastDay = None,
) -> Asked:
    """Days of the account. Raises InvalidInput when there are none, or too many."""
    last = until or clock.now(session.clock_ahead_s).astimezone(zone_of(session.time_zone)).date()
    first = since or last - timedelta(days=DAYS_DEFAULT - 1)
    if not 0 <= (last - first).days < DAYS_MAX:
        hint = f"Ask for 1 to {DAYS_MAX} days, the first one first."
        raise InvalidInput(hint, fields=[("from", hint)])
    return Asked(Days(first, last), session)


@get("/reconciliation", summary="WhatsApp's prices against ours", responses=problems(401, 422))
async def get_reconciliation(asked: NamedDependency[Asked], database: NamedDependency[Database]) -> Reconciliation:
    """Every delivered message is priced by WhatsApp's rules as we know them, and compared with the price WhatsApp told
    with its statuses: `match`; `timing` (not told yet); `missing` (never told); `price_differs`. `statement` compares
    the same days with WhatsApp's own figures, which are fetched every night: `missing_webhook` are deliveries that we
    were never told of, `extra` those that WhatsApp does not count. Matching and waiting ones are explained."""
    async with database.account(asked.session.tenant) as tx:
        return await queries.reconciliation(tx, asked.session.tenant, asked.days)


@get("/reconciliation/messages", summary="Messages of one class", responses=problems(401, 422))
async def list_messages(
    asked: NamedDependency[Asked],
    database: NamedDependency[Database],
    class_: Annotated[Class, QueryParameter(name="class", description="Which class")] = "price_differs",
    after: Annotated[str | None, QueryParameter(name="after", description="`next` of the page before")] = None,
    limit: Annotated[int | None, QueryParameter(name="limit", description="1 to 100; 30 if left out")] = None,
) -> Page[ReconciledMessage]:
    """Newest delivery first: what we reckon, what WhatsApp told, and where the two differ."""
    count = page_limit(limit)
    zone = asked.session.time_zone
    async with database.account(asked.session.tenant) as tx:
        found = await queries.messages(
            tx,
            asked.session.tenant,
            class_,
            since=start_of(asked.days.since, zone),
            until=start_of(asked.days.until + timedelta(days=1), zone),
            after=decode_cursor(after),
            limit=count + 1,
        )
    return page_of(found, count, _key)


@get("/provider-cost", summary="What WhatsApp should charge", responses=problems(401, 422))
async def get_provider_cost(asked: NamedDependency[Asked], database: NamedDependency[Database]) -> ProviderCost:
    """By day, category and market, in the currency of WhatsApp's published card. WhatsApp bills this to whoever owns the
    WhatsApp account: nothing of it is taken from the wallet."""
    async with database.account(asked.session.tenant) as tx:
        return await queries.provider_cost(tx, asked.session.tenant, asked.days)


def _key(message: ReconciledMessage) -> tuple[datetime, UUID]:
    return message.delivered_at, message.message_id


routers = [
    Router(
        "/api/billing",
        route_handlers=[get_reconciliation, list_messages, get_provider_cost],
        dependencies={"asked": Provide(provide_asked, sync_to_thread=False)},
        tags=["Billing"],
    )
]
