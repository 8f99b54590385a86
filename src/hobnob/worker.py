"""The worker process: leases lanes and runs every room's jobs in them. Run as many as you like."""

from __future__ import annotations

import asyncio
import signal
import sys

import aiohttp
import structlog
import uvloop

from hobnob.billing.invoices.jobs import InvoicesJob, ProofJob
from hobnob.billing.jobs import HoldsJob
from hobnob.billing.payments.gateway import Gateways
from hobnob.billing.payments.gateways import open_gateways
from hobnob.billing.payments.jobs import AlertsJob, PaymentsJob
from hobnob.billing.provider.jobs import FiguresJob, ProviderJob
from hobnob.billing.subscriptions.jobs import SubscriptionsJob
from hobnob.inbox.events import files_ready
from hobnob.inbox.jobs import IngestJob
from hobnob.inbox.outbox import OutboxJob
from hobnob.inbox.outbox_call import Sender
from hobnob.inbox.receipts import ReceiptsJob
from hobnob.kernel.clock import Clock, SystemClock
from hobnob.kernel.ids import new_id
from hobnob.media.fetch import Fetcher
from hobnob.media.jobs import MediaJob
from hobnob.media.pictures import PictureReader
from hobnob.platform import memory, realtime
from hobnob.platform.database import DATABASE_ERRORS, ROLE_WORK, Database
from hobnob.platform.idempotency import TidyJob
from hobnob.platform.mail import Mailer, MailJob
from hobnob.platform.realtime import NatsBus
from hobnob.platform.settings import Settings
from hobnob.platform.storage import open_storage
from hobnob.platform.work import LaneJob, Worker
from hobnob.templates.jobs import TemplatesJob
from hobnob.whatsapp.graph import GraphClient, make_session

log = structlog.get_logger()


def work(settings: Settings) -> None:
    """Run the worker process until it is told to stop."""
    memory.settle()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_until_told(settings))
        except DATABASE_ERRORS as error:
            log.error("worker_stopped", error=str(error), fix="check HOBNOB_DATABASE_URL and run `hobnob migrate`")
            sys.exit(3)


async def run(settings: Settings, *, clock: Clock | None = None) -> None:
    """Work until cancelled."""
    clock = clock or SystemClock()
    database = await Database.open(settings, roles=(ROLE_WORK,))
    bus = await NatsBus.connect(settings.nats_url) if settings.nats_url else None
    realtime.use_publisher(bus)
    try:
        async with make_session(settings.send_concurrency_max_count) as session, aiohttp.ClientSession() as paying:
            graph = GraphClient(
                settings.whatsapp_graph_url,
                settings.whatsapp_graph_version,
                settings.whatsapp_token,
                session,
                answer_timeout_s=settings.whatsapp_timeout_s,
            )
            gateways = open_gateways(settings, paying)
            await Worker(database, settings, [*_jobs(settings, clock, graph, gateways), ProofJob(database)]).run()
    finally:
        realtime.use_publisher(None)
        if bus is not None:
            await bus.close()
        await database.close()


def _jobs(settings: Settings, clock: Clock, graph: GraphClient, gateways: Gateways) -> list[LaneJob]:
    storage = open_storage(settings)
    sender = Sender(
        graph,
        storage,
        clock,
        at_once_max=settings.send_concurrency_max_count,
        attempts_max=settings.send_attempts_max_count,
    )
    fetcher = Fetcher(
        graph,
        storage,
        PictureReader(),
        clock,
        graph_url=settings.whatsapp_graph_url,
        max_bytes=settings.media_max_bytes,
    )

    return [
        IngestJob(clock),
        HoldsJob(clock),
        SubscriptionsJob(clock),
        InvoicesJob(clock),
        PaymentsJob(gateways, clock, settings.payment_doubt_wait_s),
        AlertsJob(clock),
        MailJob(Mailer(settings)),
        ProviderJob(clock),
        FiguresJob(graph, clock),
        TidyJob(),
        TemplatesJob(graph, clock),
        MediaJob(fetcher, clock, files_ready),
        ReceiptsJob(graph, clock),
        OutboxJob(
            sender,
            clock,
            new_id().hex,
            call_timeout_s=settings.whatsapp_timeout_s,
            doubt_wait_s=settings.send_doubt_wait_s,
        ),
    ]


async def _until_told(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM, then let what runs come to its end."""
    task = asyncio.create_task(run(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("worker_ended")
