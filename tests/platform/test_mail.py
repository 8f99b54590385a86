"""Letters, sent to a real SMTP server in this process: once per key, tried again, given up when refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiosmtpd.controller import Controller

from hobnob.kernel.ids import Tenant
from hobnob.platform import mail
from hobnob.platform.database import Database
from hobnob.platform.mail import Letter, Mailer, MailJob
from hobnob.platform.settings import Settings
from hobnob.platform.work import Worker
from tests.billing.books import open_account
from tests.scenarios.house import free_port


class PostOffice:
    """Keeps what it is given; refuses with the answers it was told to give first."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answers: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.answers:
            return self.answers.pop(0)
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def office() -> Iterator[tuple[PostOffice, int]]:
    office, port = PostOffice(), free_port()
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    yield office, port
    controller.stop()


@pytest.fixture
async def posting(settings: Settings, database: Database, office: tuple[PostOffice, int]) -> AsyncIterator[Settings]:
    """Settings with the mail server, and a worker that sends."""
    set_up = msgspec.structs.replace(
        settings, smtp_host="127.0.0.1", smtp_port=office[1], smtp_security="none", mail_from="Desk <desk@example.com>"
    )
    task = asyncio.create_task(Worker(database, set_up, [MailJob(Mailer(set_up))]).run())
    yield set_up
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def queue(database: Database, tenant: Tenant, key: str, letter: Letter) -> bool:
    async with database.account(tenant) as tx:
        return await mail.queue(tx, tenant, key, letter)


async def outbox(database: Database, tenant: Tenant) -> list[tuple[UUID, str, int, str | None]]:
    async with database.account(tenant) as tx:
        rows = await tx.fetch("SELECT id, state, attempts, last_error FROM mail_outbox ORDER BY queued_at, id")
    return [tuple(row) for row in rows]


async def settled(database: Database, tenant: Tenant, *states: str) -> list[tuple[UUID, str, int, str | None]]:
    async with asyncio.timeout(20):
        while [row[1] for row in await outbox(database, tenant)] != list(states):
            await asyncio.sleep(0.05)
    return await outbox(database, tenant)


async def make_due(database: Database, tenant: Tenant) -> None:
    """As if the wait before the next try were over."""
    async with database.lane(tenant.lane) as tx:
        await tx.execute("UPDATE mail_outbox SET due_at = now() WHERE lane = $1 AND state = 'queued'", tenant.lane)
        tx.wake(mail.JOB, tenant.lane)


async def test_a_letter_goes_out_once(posting: Settings, database: Database, office: tuple[PostOffice, int]) -> None:
    tenant = await open_account(database)
    letter = Letter(
        "maya@example.com", "Tu saldo\nbaja", "Quedan 4,99 €.\n", ("bill.pdf", "application/pdf", b"%PDF-1")
    )
    assert await queue(database, tenant, "low:1", letter)
    assert not await queue(database, tenant, "low:1", letter)
    ((letter_id, _, attempts, error),) = await settled(database, tenant, "sent")
    (message,) = office[0].messages
    assert (message["To"], message["From"]) == ("maya@example.com", "Desk <desk@example.com>")
    assert message["Subject"] == "Tu saldo baja"
    assert message["Message-ID"] == f"<{letter_id}@example.com>"
    body, (attachment,) = message.get_body(), list(message.iter_attachments())
    assert body is not None
    assert "Quedan 4,99 €." in body.get_content()
    assert (attachment.get_filename(), attachment.get_content()) == ("bill.pdf", b"%PDF-1")
    assert (attempts, error) == (1, None)


async def test_a_letter_of_a_transaction_that_failed_is_not_sent(database: Database) -> None:
    tenant = await open_account(database)
    with pytest.raises(RuntimeError):
        async with database.account(tenant) as tx:
            await mail.queue(tx, tenant, "low:1", Letter("maya@example.com", "Low", "Low"))
            raise RuntimeError
    assert await outbox(database, tenant) == []


async def test_a_busy_server_is_asked_again(
    posting: Settings, database: Database, office: tuple[PostOffice, int]
) -> None:
    tenant = await open_account(database)
    office[0].answers = ["451 Try later", "421 Closing"]
    await queue(database, tenant, "low:1", Letter("maya@example.com", "Low", "Low"))
    for attempt in (1, 2):
        async with asyncio.timeout(20):
            while [(row[2], row[3] is not None) for row in await outbox(database, tenant)] != [(attempt, True)]:
                await asyncio.sleep(0.05)
        assert office[0].messages == []
        await make_due(database, tenant)
    ((_, _, attempts, error),) = await settled(database, tenant, "sent")
    assert (attempts, error) == (3, None)
    assert len(office[0].messages) == 1


async def test_a_letter_that_is_refused_is_given_up_and_holds_up_no_other(
    posting: Settings, database: Database, office: tuple[PostOffice, int]
) -> None:
    tenant = await open_account(database)
    office[0].answers = ["550 No such person here"]
    await queue(database, tenant, "low:1", Letter("nobody@example.com", "Low", "Low"))
    await settled(database, tenant, "failed")
    await queue(database, tenant, "low:2", Letter("maya@example.com", "Low", "Low"))
    refused, _ = await settled(database, tenant, "failed", "sent")
    assert "550" in str(refused[3])
    assert [message["To"] for message in office[0].messages] == ["maya@example.com"]


async def test_without_a_mail_server_letters_do_not_pile_up(settings: Settings, database: Database) -> None:
    tenant = await open_account(database)
    task = asyncio.create_task(Worker(database, settings, [MailJob(Mailer(settings))]).run())
    try:
        await queue(database, tenant, "low:1", Letter("maya@example.com", "Low", "Low"))
        ((_, _, _, error),) = await settled(database, tenant, "failed")
        assert "HOBNOB_SMTP_HOST" in str(error)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
