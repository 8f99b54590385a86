"""Templates over HTTP: the list, and syncing it now."""

from __future__ import annotations

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from hobnob.kernel.clock import Clock
from hobnob.kernel.pages import Page, page_limit
from hobnob.platform.database import Database
from hobnob.platform.http import problems
from hobnob.team.types import Session
from hobnob.whatsapp.graph import GraphClient

from . import jobs, queries
from .types import TemplateList, TemplateView

TEMPLATES_SHOWN_MAX_COUNT = 6_000


@get("/templates", summary="List templates", responses=problems(401, 422))
async def list_templates(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    status: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
) -> Page[TemplateView]:
    """By name and language. ``status`` such as ``approved`` picks those of one status."""
    async with database.account(session.tenant) as tx:
        return await queries.page(tx, session.tenant, status, after, page_limit(limit))


@post(
    "/templates/sync", status_code=200, summary="Fetch templates from WhatsApp now", responses=problems(401, 422, 503)
)
async def sync_templates(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    graph: NamedDependency[GraphClient],
    clock: NamedDependency[Clock],
) -> TemplateList:
    """Compares our copies with what WhatsApp holds and answers with all of them."""
    await jobs.sync_now(database, graph, session.tenant, clock.now())
    async with database.account(session.tenant) as tx:
        return TemplateList(await queries.every(tx, session.tenant, TEMPLATES_SHOWN_MAX_COUNT))


routers = [Router("/api", route_handlers=[list_templates, sync_templates], tags=["Templates"])]
