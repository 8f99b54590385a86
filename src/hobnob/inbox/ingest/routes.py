"""The quarantine over HTTP."""

from __future__ import annotations

from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from hobnob.kernel.pages import Page, page_limit
from hobnob.platform.database import Database
from hobnob.platform.http import problems
from hobnob.team import actions as team
from hobnob.team.types import Session

from . import quarantine
from .quarantine import QuarantinedUpdate


@get("/quarantine", summary="List updates that could not be applied", responses=problems(401, 422))
async def list_quarantined(
    *,
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    after: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> Page[QuarantinedUpdate]:
    """The latest first. ``summary`` is the beginning of what WhatsApp sent, ``error`` why it could not be applied."""
    wanted = page_limit(limit)
    async with database.account(session.tenant) as tx:
        return await quarantine.list_quarantined(tx, session.tenant, after, wanted)


@post(
    "/quarantine/{update_id:uuid}/replay",
    status_code=202,
    summary="Try an update of the quarantine again",
    responses=problems(401, 404),
)
async def replay(
    update_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> None:
    """It leaves the quarantine, and comes back if it cannot be applied this time either."""
    async with database.account(session.tenant) as tx:
        await quarantine.replay(tx, session.tenant, update_id)
        await team.audit(tx, session.tenant, "quarantine.replayed", "webhook", update_id, session.agent_id)


routers = [Router("/api", route_handlers=[list_quarantined, replay], tags=["Quarantine"])]
