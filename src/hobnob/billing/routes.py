"""The wallet and the bill, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Stream

from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import Forbidden, InvalidInput, NotFound
from hobnob.kernel.ids import new_id
from hobnob.kernel.money import Money
from hobnob.kernel.pages import Cursor, Page, decode_cursor, page_limit, page_of
from hobnob.platform.database import Database, Tx
from hobnob.platform.http import problems
from hobnob.platform.idempotency import once
from hobnob.platform.settings import Settings
from hobnob.team.types import Session

from . import actions, period, queries, spending
from .csv_text import csv_text
from .errors import TestPaymentsOff
from .payments.cashier import Cashier
from .period import Period
from .rating import zone_of
from .spending import Breakdown, By, Month
from .types import Charge, ChargeCategory, Spend, StatementLine, TopUp, TopUpDone, Wallet

CSV_PAGE_COUNT = 1_000
SPEND_DAYS_MAX = 400

After = Annotated[str | None, QueryParameter(name="after", description="`next` of the page before")]
Limit = Annotated[int | None, QueryParameter(name="limit", description="1 to 100; 30 if left out")]
From = Annotated[str | None, QueryParameter(name="from", description="A day of the account (2026-11-23) or a moment")]
To = Annotated[
    str | None, QueryParameter(name="to", description="A day of the account, itself included, or a moment, excluded")
]
OfCategory = Annotated[ChargeCategory | None, QueryParameter(name="category", description="Only this category")]
OfMeter = Annotated[str | None, QueryParameter(name="meter", max_length=40, description="Only this meter")]
OfMarket = Annotated[str | None, QueryParameter(name="market", max_length=100, description="Only this market")]
OfNumber = Annotated[UUID | None, QueryParameter(name="number_id", description="Only of this number")]
OfFlow = Annotated[UUID | None, QueryParameter(name="flow_id", description="Only of this flow")]


class Wanted(NamedTuple):
    """Which lines of the bill are asked for."""

    only: Mapping[str, Any]
    span: Period


def provide_wanted(
    session: NamedDependency[Session],
    category: OfCategory = None,
    meter: OfMeter = None,
    market: OfMarket = None,
    number_id: OfNumber = None,
    flow_id: OfFlow = None,
    since: From = None,
    until: To = None,
) -> Wanted:
    """The filter of the two lists of charges."""
    asked = {"category": category, "meter": meter, "market": market, "number_id": number_id, "flow_id": flow_id}
    only = {name: value for name, value in asked.items() if value is not None}
    return Wanted(only, period.parse(since, until, session.time_zone))


@get("/wallet", summary="The wallet", responses=problems(401))
async def get_wallet(
    session: NamedDependency[Session], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> Wallet:
    """Balance, what is set aside for messages on their way, and the blocks of credit in the order they are spent."""
    async with database.account(session.tenant) as tx:
        return await actions.wallet(tx, session.tenant, clock.now(session.clock_ahead_s))


@post("/billing/top-ups", summary="Add credit", responses=problems(401, 403, 404, 409, 422))
async def top_up(
    data: JSONBody[TopUp],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Clock],
    cashier: NamedDependency[Cashier],
    key: Annotated[UUID | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Response[TopUpDone]:
    """With a saved card it is charged now; without one the answer's `client_secret` is for the browser to finish the
    payment. The payment may still be pending in the answer: what becomes of it comes over the socket. The test method
    pays at once and moves no real money; it exists where the operator switched it on. Only the owner adds credit."""
    if session.role != "owner":
        raise Forbidden("Only the owner of the account can add credit.")
    if data.method != "test" or data.card_id is not None:
        return Response(await cashier.top_up(session, data, str(key or new_id())), status_code=201)
    if not settings.test_payments:
        raise TestPaymentsOff("This installation takes no test payments: set HOBNOB_TEST_PAYMENTS=true to try them.")
    now = clock.now(session.clock_ahead_s)
    once_key = key or new_id()
    async with database.account(session.tenant) as tx:

        async def run() -> tuple[int, TopUpDone]:
            amount = Money(data.amount_micros, session.currency)
            payment = await actions.top_up(tx, session.tenant, amount, data.method, str(once_key), now)
            return 201, TopUpDone(payment, await actions.wallet(tx, session.tenant, now))

        status, answer = await once(tx, session.tenant, once_key, ["top-up", data], run)
    return Response(answer, status_code=status)


@get("/billing/charges", summary="Lines of the bill", responses=problems(401, 422))
async def list_charges(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    wanted: NamedDependency[Wanted],
    after: After = None,
    limit: Limit = None,
) -> Page[Charge]:
    """Newest first. A correction is a line of its own that names in `reverses_id` what it takes back."""
    count = page_limit(limit)
    async with database.account(session.tenant) as tx:
        found = await _charges(tx, session, wanted, decode_cursor(after), count + 1)
    return page_of(found, count, lambda charge: (charge.at, charge.id))


@get("/billing/charges.csv", summary="The bill as CSV", responses=problems(401, 422), media_type="text/csv")
async def charges_csv(
    session: NamedDependency[Session], database: NamedDependency[Database], wanted: NamedDependency[Wanted]
) -> Stream:
    """Every line, newest first, streamed."""
    return Stream(
        _csv_lines(database, session, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="charges.csv"', "Cache-Control": "no-store"},
    )


@get("/billing/charges/{charge_id:uuid}", summary="One line of the bill", responses=problems(401, 404))
async def get_charge(
    charge_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> Charge:
    """With its rule in words, its rate, and the message that opened the conversation."""
    async with database.account(session.tenant) as tx:
        found = await queries.charge(tx, session.tenant, charge_id)
    if found is None:
        raise NotFound("This charge does not exist.")
    return found


@get("/billing/spend", summary="Spend per day", responses=problems(401, 422))
async def get_spend(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    days: Annotated[
        int, QueryParameter(name="days", ge=1, le=SPEND_DAYS_MAX, description="How many, today included")
    ] = 30,
) -> Spend:
    """Oldest first, in the account's time zone; a day without charges is there with 0."""
    async with database.account(session.tenant) as tx:
        return await queries.spend(tx, session, days, clock.now(session.clock_ahead_s))


@get("/billing/breakdown", summary="Spend per day, by one thing or another", responses=problems(401, 422))
async def get_breakdown(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    by: Annotated[By, QueryParameter(name="by", description="What the days are divided by")] = "meter",
    days: Annotated[
        int, QueryParameter(name="days", ge=1, le=SPEND_DAYS_MAX, description="How many, today included")
    ] = 30,
) -> Breakdown:
    """Oldest day first, in the account's time zone; a day without charges is there with 0."""
    today = clock.now(session.clock_ahead_s).astimezone(zone_of(session.time_zone)).date()
    since = today - timedelta(days=days - 1)
    async with database.account(session.tenant) as tx:
        return await spending.breakdown(tx, session.tenant, by, since, today, session.currency, session.time_zone)


@get("/billing/month", summary="The month so far, and its forecast", responses=problems(401))
async def get_month(
    session: NamedDependency[Session], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> Month:
    """The calendar month in the account's time zone."""
    zone = zone_of(session.time_zone)
    today = clock.now(session.clock_ahead_s).astimezone(zone).date()
    opened = session.account_created_at.astimezone(zone).date()
    async with database.account(session.tenant) as tx:
        return await spending.month(tx, session.tenant, today, opened, session.currency)


@get("/billing/statement", summary="Changes of the balance", responses=problems(401, 422))
async def get_statement(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    after: After = None,
    limit: Limit = None,
) -> Page[StatementLine]:
    """Newest first. `amount_micros` is what it did to the spendable balance."""
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise InvalidInput(
            "This page address is not valid: start again from the first page.", fields=[("after", "bad")]
        )
    count = page_limit(limit)
    async with database.account(session.tenant) as tx:
        found = await queries.statement(tx, session.tenant, before_seq=int(after) if after else None, limit=count + 1)
    shown = found[:count]
    return Page([line for _, line in shown], str(shown[-1][0]) if len(found) > count else None)


async def _charges(tx: Tx, session: Session, wanted: Wanted, after: Cursor | None, limit: int) -> list[Charge]:
    return await queries.charges(
        tx,
        session.tenant,
        after=after,
        limit=limit,
        only=wanted.only,
        since=wanted.span.since,
        until=wanted.span.until,
    )


async def _csv_lines(database: Database, session: Session, wanted: Wanted) -> AsyncIterator[bytes]:
    yield csv_text([queries.CSV_HEADER])
    after: Cursor | None = None
    while True:
        # A transaction per page: a long download holds no connection while the browser reads.
        async with database.account(session.tenant) as tx:
            page = await _charges(tx, session, wanted, after, CSV_PAGE_COUNT)
        if page:
            yield csv_text([queries.csv_line(charge) for charge in page])
            after = Cursor(page[-1].at, page[-1].id)
        if len(page) < CSV_PAGE_COUNT:
            return


routers = [
    Router(
        "/api",
        route_handlers=[
            get_wallet,
            top_up,
            list_charges,
            charges_csv,
            get_charge,
            get_spend,
            get_breakdown,
            get_month,
            get_statement,
        ],
        dependencies={"wanted": Provide(provide_wanted, sync_to_thread=False)},
        tags=["Billing"],
    )
]
