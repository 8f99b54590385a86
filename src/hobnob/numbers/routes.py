"""A number's way in, over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from hobnob.kernel.clock import Clock
from hobnob.platform.database import Database
from hobnob.platform.http import problems
from hobnob.platform.settings import Settings
from hobnob.team.types import Session
from hobnob.whatsapp.graph import GraphClient

from . import actions
from .types import (
    NewNumber,
    Number,
    NumberConnected,
    NumberList,
    PhoneCheck,
    Register,
    RequestCode,
    Tools,
    VerifyCode,
)


def provide_tools(
    database: NamedDependency[Database],
    graph: NamedDependency[GraphClient],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Clock],
) -> Tools:
    """What the steps work with."""
    return Tools(database, graph, settings, clock)


@get("/numbers", summary="List the account's numbers", responses=problems(401))
async def list_numbers(session: NamedDependency[Session], database: NamedDependency[Database]) -> NumberList:
    """Oldest first."""
    async with database.account(session.tenant) as tx:
        return NumberList(await actions.numbers_of(tx, session.tenant))


@get("/numbers/{number_id:uuid}", summary="One number", responses=problems(401, 404))
async def get_number(
    number_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> Number:
    """With the step it has reached, and why the last one failed if it did."""
    async with database.account(session.tenant) as tx:
        return await actions.number_of(tx, session.tenant, number_id)


@post("/numbers", summary="Bring a number", responses=problems(401, 409, 422, 429, 502, 503))
async def add_number(
    data: JSONBody[NewNumber],
    session: NamedDependency[Session],
    tools: NamedDependency[Tools],
    key: Annotated[UUID | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Number:
    """Notes the number and makes it known to WhatsApp. Bringing one that is not connected yet goes on with it."""
    return await actions.add(tools, session, data, key)


@post(
    "/numbers/{number_id:uuid}/request-code",
    status_code=200,
    summary="Have the one-time code sent",
    responses=problems(401, 404, 409, 422, 429, 502, 503),
)
async def request_code(
    number_id: FromPath[UUID],
    data: JSONBody[RequestCode],
    session: NamedDependency[Session],
    tools: NamedDependency[Tools],
) -> Number:
    """By SMS or voice call. `next_code_at` says when another can be asked for, `code_expires_at` how long this one is good."""
    return await actions.request_code(tools, session, number_id, data)


@post(
    "/numbers/{number_id:uuid}/verify-code",
    status_code=200,
    summary="Enter the one-time code",
    responses=problems(401, 404, 409, 422, 429, 502, 503),
)
async def verify_code(
    number_id: FromPath[UUID],
    data: JSONBody[VerifyCode],
    session: NamedDependency[Session],
    tools: NamedDependency[Tools],
) -> Number:
    """Refused with `code_wrong`, `code_expired` or `code_too_many`."""
    return await actions.verify_code(tools, session, number_id, data)


@post(
    "/numbers/{number_id:uuid}/register",
    status_code=200,
    summary="Register the number with a PIN and connect it",
    responses=problems(401, 404, 409, 422, 429, 502, 503),
)
async def register(
    number_id: FromPath[UUID],
    data: JSONBody[Register],
    session: NamedDependency[Session],
    tools: NamedDependency[Tools],
    connected_hooks: NamedDependency[tuple[NumberConnected, ...]],
) -> Number:
    """Registers, subscribes webhooks and syncs templates. Safe to repeat: it goes on where it stopped."""
    return await actions.register(tools, session, number_id, data, connected_hooks)


@delete("/numbers/{number_id:uuid}", summary="Remove a number that is not connected", responses=problems(401, 404, 409))
async def remove_number(
    number_id: FromPath[UUID], session: NamedDependency[Session], tools: NamedDependency[Tools]
) -> None:
    """Connected numbers stay: their chats hang on them."""
    await actions.remove(tools, session, number_id)


@get("/phone-check", summary="Is this a phone number", responses=problems(401, 422), sync_to_thread=False)
def phone_check(
    session: NamedDependency[Session],  # noqa: ARG001 - only the signed in may ask
    phone: Annotated[str, QueryParameter(max_length=40)],
    country: Annotated[str | None, QueryParameter(pattern="^[A-Za-z]{2}$")] = None,
) -> PhoneCheck:
    """As people write it: with a plus sign and the country code, or nationally together with the country."""
    return actions.check_phone(phone, country)


routers = [
    Router(
        "/api",
        route_handlers=[
            list_numbers,
            get_number,
            add_number,
            request_code,
            verify_code,
            register,
            remove_number,
            phone_check,
        ],
        tags=["Numbers"],
    )
]
