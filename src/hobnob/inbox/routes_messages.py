"""A chat's messages over HTTP: reading the thread, sending, sending again."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody

from hobnob.kernel.clock import Clock
from hobnob.kernel.pages import page_limit
from hobnob.platform.database import Database
from hobnob.platform.http import problems
from hobnob.platform.idempotency import once
from hobnob.platform.settings import Settings
from hobnob.team.types import Session

from . import lists
from .errors import BadIdempotencyKey
from .send import actions
from .send.actions import Times
from .types import MessagePage, MessageView, SendBody

IdempotencyKey = Annotated[
    str, HeaderParameter(name="Idempotency-Key", description="A fresh UUID; it becomes the new message's id")
]


@get("/chats/{chat_id:uuid}/messages", summary="A page of a chat's messages", responses=problems(401, 404, 422))
async def thread(
    *,
    chat_id: FromPath[UUID],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    before: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    around: FromQuery[UUID | None] = None,
    limit: FromQuery[int | None] = None,
) -> MessagePage:
    """Newest first. Pass ``next`` back as ``before`` for older messages, ``previous`` as ``after`` for newer ones;
    ``around`` centres on a message."""
    wanted = page_limit(limit)
    async with database.account(session.tenant) as tx:
        return await lists.thread(tx, session.tenant, chat_id, before=before, after=after, around=around, limit=wanted)


@post(
    "/chats/{chat_id:uuid}/messages",
    status_code=202,
    summary="Send a message",
    responses=problems(401, 402, 404, 409, 422),
)
async def send(
    *,
    chat_id: FromPath[UUID],
    data: JSONBody[SendBody],
    idempotency_key: IdempotencyKey,
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    settings: NamedDependency[Settings],
) -> Response[MessageView]:
    """Accepted means queued; ticks follow over realtime. A reaction answers with the message reacted to."""
    key = _key(idempotency_key)
    times = Times(clock.now(), clock.now(session.clock_ahead_s))

    async with database.account(session.tenant) as tx:

        async def run() -> tuple[int, Any]:
            view = await actions.send(tx, session, chat_id, key, data, times, hold_days=settings.hold_days)
            return 202, view

        request = {"send": msgspec.to_builtins(data), "chat_id": str(chat_id)}
        status, answer = await once(tx, session.tenant, key, request, run)
    return Response(answer, status_code=status)


@post(
    "/messages/{message_id:uuid}/resend",
    status_code=202,
    summary="Send a failed message again",
    responses=problems(401, 402, 404, 409, 422),
)
async def resend(
    *,
    message_id: FromPath[UUID],
    idempotency_key: IdempotencyKey,
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    settings: NamedDependency[Settings],
) -> Response[MessageView]:
    """As a new message, whose ``content.resend_of`` names the old one."""
    key = _key(idempotency_key)
    times = Times(clock.now(), clock.now(session.clock_ahead_s))

    async with database.account(session.tenant) as tx:

        async def run() -> tuple[int, Any]:
            view = await actions.resend(tx, session, message_id, key, times, hold_days=settings.hold_days)
            return 202, view

        status, answer = await once(tx, session.tenant, key, {"resend": str(message_id)}, run)
    return Response(answer, status_code=status)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadIdempotencyKey from None


handlers: list[Any] = [thread, send, resend]
