"""Chats and customers over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET

from hobnob.kernel.clock import Clock
from hobnob.kernel.pages import Page, page_limit
from hobnob.platform.database import Database
from hobnob.platform.http import problems
from hobnob.team.types import Session

from . import actions, lists, routes_messages
from .types import Assign, ChatFilter, ChatView, CustomerChanges, CustomerView, OpenChat


@get("/chats", summary="List chats", responses=problems(401, 422))
async def list_chats(
    *,
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    filter: FromQuery[ChatFilter] = "all",
    number_id: FromQuery[UUID | None] = None,
    q: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> Page[ChatView]:
    """Newest last message first. ``all`` leaves out closed chats; ``unread`` has every chat with something unread.
    ``q`` finds by the beginnings of the customer's names, username or phone."""
    wanted = page_limit(limit)
    async with database.account(session.tenant) as tx:
        return await lists.list_chats(
            tx, session.tenant, clock.now(), filter=filter, number_id=number_id, q=q, after=after, limit=wanted
        )


@post("/chats", summary="Open a chat with a phone", responses=problems(401, 404, 409, 422))
async def open_chat(
    data: JSONBody[OpenChat],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> ChatView:
    """Finds the chat with that customer or makes it. Until the customer answers, only templates can be sent."""
    async with database.account(session.tenant) as tx:
        return await actions.open_chat(tx, session, data.number_id, data.phone, clock.now())


@get("/chats/{chat_id:uuid}", summary="One chat", responses=problems(401, 404))
async def one_chat(
    chat_id: FromPath[UUID],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> ChatView:
    """As the list shows it, with its open conversation if there is one."""
    async with database.account(session.tenant) as tx:
        return await lists.one_chat(tx, session.tenant, chat_id, clock.now())


@post("/chats/{chat_id:uuid}/read", status_code=200, summary="Mark a chat as read", responses=problems(401, 404))
async def mark_read(
    chat_id: FromPath[UUID],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> ChatView:
    """Nothing in it is unread any more, and the customer sees blue ticks."""
    async with database.account(session.tenant) as tx:
        return await actions.mark_read(tx, session, chat_id, clock.now())


@post("/chats/{chat_id:uuid}/close", status_code=200, summary="Close a chat", responses=problems(401, 404))
async def close(
    chat_id: FromPath[UUID],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> ChatView:
    """The customer's next message brings it back."""
    async with database.account(session.tenant) as tx:
        return await actions.close(tx, session, chat_id, clock.now())


@post("/chats/{chat_id:uuid}/reopen", status_code=200, summary="Reopen a chat", responses=problems(401, 404))
async def reopen(
    chat_id: FromPath[UUID],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> ChatView:
    """Back to whom it was assigned, else to the queue."""
    async with database.account(session.tenant) as tx:
        return await actions.reopen(tx, session, chat_id, clock.now())


@post("/chats/{chat_id:uuid}/assign", status_code=200, summary="Assign a chat", responses=problems(401, 404, 422))
async def assign(
    chat_id: FromPath[UUID],
    data: JSONBody[Assign],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> ChatView:
    """To an agent, or with null back to the queue."""
    async with database.account(session.tenant) as tx:
        return await actions.assign(tx, session, chat_id, data.agent_id, clock.now())


@get("/customers/{customer_id:uuid}", summary="One customer", responses=problems(401, 404))
async def one_customer(
    customer_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> CustomerView:
    """Everything known of a person: phone, user name, profile, first and last seen."""
    async with database.account(session.tenant) as tx:
        return await lists.one_customer(tx, session.tenant, customer_id)


@patch("/customers/{customer_id:uuid}", summary="Rename a customer", responses=problems(401, 404, 422))
async def change_customer(
    customer_id: FromPath[UUID],
    data: JSONBody[CustomerChanges],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> CustomerView:
    """With null the profile's own name is shown again."""
    async with database.account(session.tenant) as tx:
        if data.name is UNSET:
            return await lists.one_customer(tx, session.tenant, customer_id)
        return await actions.rename_customer(tx, session, customer_id, data.name, clock.now())


routers: list[Any] = [
    Router(
        "/api",
        route_handlers=[
            list_chats,
            open_chat,
            one_chat,
            mark_read,
            close,
            reopen,
            assign,
            one_customer,
            change_customer,
            *routes_messages.handlers,
        ],
        tags=["Inbox"],
    )
]
