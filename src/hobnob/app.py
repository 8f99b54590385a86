"""The web process: dashboard, interface for programs, webhooks, realtime. Stateless; run as many as you like.

A webhook goes straight to the raw ASGI app of ``inbox.ingest``. Everything else passes the edge (request ids, CSRF,
security headers) and the metrics, and is then a file of the built web app or a handler of a room.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import aiohttp
import structlog
import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from hobnob.api import openapi, sandbox
from hobnob.api.health import ReadinessCheck, health_routers
from hobnob.api.presence import Board
from hobnob.api.realtime import realtime_routers
from hobnob.billing import actions as billing_actions
from hobnob.billing import routes as billing_routes
from hobnob.billing.invoices import routes as invoices_routes
from hobnob.billing.payments import routes as payments_routes
from hobnob.billing.payments.cashier import Cashier
from hobnob.billing.payments.gateways import open_gateways
from hobnob.billing.provider import routes as provider_routes
from hobnob.billing.subscriptions import routes as subscriptions_routes
from hobnob.inbox import routes as inbox_routes
from hobnob.inbox.ingest import accept
from hobnob.inbox.ingest import routes as quarantine_routes
from hobnob.inbox.ingest.unrouted import hand_over_to_new_number
from hobnob.kernel.clock import Clock, SystemClock
from hobnob.kernel.errors import HobnobError
from hobnob.media import routes as media_routes
from hobnob.media.pictures import PictureReader
from hobnob.media.upload import Uploader
from hobnob.numbers import routes as numbers_routes
from hobnob.numbers.types import NumberConnected
from hobnob.platform import memory, realtime
from hobnob.platform.database import CHANNEL_EVENTS, DATABASE_ERRORS, ROLE_WEB, Database
from hobnob.platform.http import EdgeMiddleware, handle_error
from hobnob.platform.listen import listen_forever
from hobnob.platform.realtime import Assembler, Hub, NatsBus
from hobnob.platform.settings import SECRET_KEY_MIN_CHARS, Settings
from hobnob.platform.storage import open_storage
from hobnob.platform.telemetry import MetricsMiddleware
from hobnob.platform.watching import Watch
from hobnob.platform.webfiles import WebFiles
from hobnob.team import actions as team_actions
from hobnob.team import routes as team_routes
from hobnob.team.types import AccountOpener
from hobnob.templates import routes as templates_routes
from hobnob.templates.jobs import sync_new_number
from hobnob.whatsapp.graph import GraphClient, make_session

log = structlog.get_logger()

BODY_MAX_BYTES = 1_000_000
GRAPH_CONNECTIONS_MAX = 100
SWEEP_EVERY_S = 600.0
SHUTDOWN_S = 10
WEBSOCKET_FRAME_MAX_BYTES = 64 * 1024
# What the framework answers; every other path is the web app's.
SERVER_PATHS = ("/api/", "/webhooks/", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics")
# Everything comes from here. Inline styles are the component library's own; scripts are files only.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Stripe's script takes the numbers of cards in frames of its own; it must come from Stripe.
_STRIPE_SOURCES = (
    ("script-src 'self'", "script-src 'self' https://js.stripe.com"),
    ("connect-src 'self'", "connect-src 'self' https://api.stripe.com"),
    ("object-src 'none'", "frame-src https://js.stripe.com https://hooks.stripe.com; object-src 'none'"),
)

# What other rooms prepare for a new account, inside the transaction that creates it.
ACCOUNT_OPENERS: tuple[AccountOpener, ...] = (billing_actions.open_wallet,)
# What rooms above the numbers do when one is connected.
CONNECTED_HOOKS: tuple[NumberConnected, ...] = (sync_new_number, hand_over_to_new_number)


def create_app(settings: Settings, *, clock: Clock | None = None, web_folder: Path | None = None) -> ASGIApp:
    """The whole web process as one ASGI app. Pools and listeners open with its lifespan."""
    litestar = Litestar(
        route_handlers=[
            openapi.openapi_json,
            *health_routers,
            *team_routes.routers,
            *numbers_routes.routers,
            *billing_routes.routers,
            *invoices_routes.routers,
            *payments_routes.routers,
            *provider_routes.routers,
            *subscriptions_routes.routers,
            *media_routes.routers,
            *templates_routes.routers,
            *inbox_routes.routers,
            *quarantine_routes.routers,
            *realtime_routers,
            *sandbox.routers,
        ],
        dependencies=_dependencies(),
        exception_handlers={
            HobnobError: handle_error,
            HTTPException: handle_error,
            Exception: handle_error,
        },
        lifespan=[_open_services],
        openapi_config=openapi.config(),
        logging_config=None,  # hobnob.platform.telemetry has set logging up
        request_max_body_size=BODY_MAX_BYTES,
        state=State(
            {
                "settings": settings,
                "clock": clock or SystemClock(),
                "readiness_check": ReadinessCheck(settings),
            }
        ),
    )
    folder = web_folder or Path(str(resources.files("hobnob") / "web_dist"))
    pages = WebFiles(litestar, folder, SERVER_PATHS)
    edge = EdgeMiddleware(
        MetricsMiddleware(pages),
        settings.secret_key,
        content_security_policy(settings),
        https_only=settings.cookies_secure,
    )
    return _Front(litestar, edge)


def content_security_policy(settings: Settings) -> str:
    """What a page may load: everything from here, and Stripe's script where cards are taken."""
    policy = CONTENT_SECURITY_POLICY
    for ours, with_stripe in _STRIPE_SOURCES if settings.stripe_publishable_key else ():
        policy = policy.replace(ours, with_stripe)
    return policy


def openapi_document() -> dict[str, Any]:
    """The description of the HTTP interface, without a database."""
    app = create_app(Settings(secret_key="-" * SECRET_KEY_MIN_CHARS))
    assert isinstance(app, _Front)
    return openapi.document(app.litestar)


def serve(settings: Settings) -> None:
    """Run the web process until it is told to stop."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=WEBSOCKET_FRAME_MAX_BYTES,
            lifespan="on",
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
    )
    memory.settle()
    server.run(sockets=[socket.socket(fileno=settings.listen_fd)] if settings.listen_fd >= 0 else None)
    if not server.started:
        sys.exit(3)


class _Front:
    """Webhooks go straight to their own app, everything else through the edge."""

    def __init__(self, litestar: Litestar, edge: ASGIApp) -> None:
        self.litestar = litestar
        self._edge = edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["path"] == accept.PATH:
            await self.litestar.state.webhooks(scope, receive, send)
        elif scope["type"] in (ScopeType.HTTP, ScopeType.WEBSOCKET):
            await self._edge(scope, receive, send)
        else:
            await self.litestar(scope, receive, send)


@asynccontextmanager
async def _open_services(app: Litestar) -> AsyncIterator[None]:
    """Open what the handlers are given, in order, and close it in the opposite order."""
    state, settings = app.state, app.state.settings
    async with AsyncExitStack() as stack:
        try:
            state.database = await Database.open(settings)
        except DATABASE_ERRORS as error:
            log.error(
                "database_unreachable", error=str(error), fix="check HOBNOB_DATABASE_URL and run `hobnob migrate`"
            )
            raise
        stack.push_async_callback(state.database.close)
        session = await stack.enter_async_context(make_session(GRAPH_CONNECTIONS_MAX))
        state.graph = GraphClient(
            settings.whatsapp_graph_url,
            settings.whatsapp_graph_version,
            settings.whatsapp_token,
            session,
            answer_timeout_s=settings.whatsapp_timeout_s,
        )
        gateways = open_gateways(settings, await stack.enter_async_context(aiohttp.ClientSession()))
        state.cashier = Cashier(state.database.account, gateways, state.clock, settings.payment_doubt_wait_s)
        state.storage = open_storage(settings)
        state.uploader = Uploader(state.database, state.storage, PictureReader(), settings.media_max_bytes)
        state.hub = Hub()
        await _open_realtime(stack, settings, state.hub)
        state.watch = Watch(state.database, state.hub)
        _background(stack, state.watch.renew_forever())
        state.board = Board(state.database, state.hub)
        _background(stack, state.board.run())
        state.webhooks = accept.WebhookApp(settings, state.database)
        await state.webhooks.start()
        stack.push_async_callback(state.webhooks.stop)
        state.sandbox_clock = sandbox.SandboxClock(settings.simulator_url, state.database, session)
        _background(stack, state.sandbox_clock.follow_forever())
        _background(stack, _sweep_forever(state.database, state.clock))
        yield


async def _open_realtime(stack: AsyncExitStack, settings: Settings, hub: Hub) -> None:
    """Hear events of all processes: over NATS when it is set, else through PostgreSQL."""
    if settings.nats_url:
        bus = await NatsBus.connect(settings.nats_url)
        stack.push_async_callback(bus.close)
        realtime.use_publisher(bus)
        stack.callback(realtime.use_publisher, None)
        await bus.subscribe(hub.deliver)
        return
    assembler = Assembler()

    def on_payload(payload: str) -> None:
        if (frame := assembler.take(payload)) is not None:
            hub.deliver(*frame)

    def on_connected() -> None:
        assembler.forget()
        hub.resync_all()

    _background(stack, listen_forever(settings, ROLE_WEB, CHANNEL_EVENTS, on_payload, on_connected))


async def _sweep_forever(database: Database, clock: Clock) -> None:
    while True:
        try:
            await team_actions.sweep_expired(database, clock.now())
        except Exception as error:  # noqa: BLE001 - a database in trouble ends no loop
            log.warning("sweep_failed", error=str(error))
        await asyncio.sleep(SWEEP_EVERY_S)


def _background(stack: AsyncExitStack, work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    task.add_done_callback(_say_if_broken)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


def _say_if_broken(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background_work_ended", exc_info=error)


def _dependencies() -> dict[str, Provide]:
    from_state = (
        "database",
        "settings",
        "clock",
        "readiness_check",
        "graph",
        "hub",
        "board",
        "watch",
        "storage",
        "uploader",
        "cashier",
        "sandbox_clock",
    )
    return {
        **{name: Provide(_from_state(name), sync_to_thread=False) for name in from_state},
        "account_openers": Provide(lambda: ACCOUNT_OPENERS, sync_to_thread=False),
        "connected_hooks": Provide(lambda: CONNECTED_HOOKS, sync_to_thread=False),
        "session": Provide(team_routes.provide_session),
        "tools": Provide(numbers_routes.provide_tools, sync_to_thread=False),
    }


def _from_state(name: str) -> Callable[[State], Any]:
    def provide(state: State) -> Any:
        return state[name]

    return provide
