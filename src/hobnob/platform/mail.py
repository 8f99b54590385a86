"""Letters: queued in the transaction that gives the reason for them, sent by the lane's worker, tried again until the
mail server takes them.

A letter is known by its key, so the same reason queues it once. Sending is at least once: a worker that dies between the
server's yes and its own note sends again, with the same Message-ID, which mail programs show as one. Without a mail
server (``HOBNOB_SMTP_HOST``) letters are noted as failed and not kept for later: nobody wants last month's alerts.
"""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import NamedTuple
from uuid import UUID

import aiosmtplib
import structlog

from hobnob.kernel.ids import Tenant, new_id

from .database import Row, Tx
from .settings import Settings
from .work import LaneScope

log = structlog.get_logger()

JOB = "mail"
BATCH_MAX_COUNT = 20
ATTEMPTS_MAX_COUNT = 12
RETRY_FIRST_S = 30
RETRY_MAX_S = 6 * 3600
# While a letter is being sent it is not due: as long as the server may take, and some.
SENDING_S = 300
ERROR_MAX_CHARS = 500
_SENDER_DEFAULT = "Hobnob <hobnob@localhost>"


class Letter(NamedTuple):
    """What somebody is told. ``attachment`` is name, media type and contents."""

    recipient: str
    subject: str
    body: str
    attachment: tuple[str, str, bytes] | None = None


async def queue(tx: Tx, tenant: Tenant, key: str, letter: Letter) -> bool:
    """Have a letter sent once the transaction has committed; False when one with this key was queued before."""
    name, kind, contents = letter.attachment or (None, None, None)
    queued = await tx.execute(
        "INSERT INTO mail_outbox (lane, account_id, id, key, recipient, subject, body, attachment_name, attachment_type,"
        " attachment, state, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', now())"
        " ON CONFLICT DO NOTHING",
        tenant.lane,
        tenant.account_id,
        new_id(),
        key,
        letter.recipient,
        letter.subject,
        letter.body,
        name,
        kind,
        contents,
    )
    if queued:
        tx.wake(JOB, tenant.lane)
    return bool(queued)


class Refused(Exception):
    """The mail server will not take this letter, now or later."""


class Mailer:
    """The way to the mail server, one connection per letter: letters are few."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sender = settings.mail_from or _SENDER_DEFAULT

    async def send(self, id: UUID, letter: Letter) -> None:
        """Hand a letter over. Raises Refused, and OSError or aiosmtplib's errors when trying again may help."""
        settings = self._settings
        if not settings.smtp_host:
            raise Refused("no mail server is set: HOBNOB_SMTP_HOST is empty")
        try:
            await aiosmtplib.send(
                self._message(id, letter),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_username or None,
                password=settings.smtp_password or None,
                use_tls=settings.smtp_security == "tls",
                start_tls=settings.smtp_security == "starttls",
                timeout=settings.mail_timeout_s,
            )
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused) as error:
            if _final(error):
                raise Refused(str(error)) from error
            raise

    def _message(self, id: UUID, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = letter.recipient
        message["Subject"] = " ".join(letter.subject.split())
        message["Message-ID"] = f"<{id}@{parseaddr(self._sender)[1].rpartition('@')[2] or 'localhost'}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.body)
        if letter.attachment:
            name, kind, contents = letter.attachment
            maintype, _, subtype = kind.partition("/")
            message.add_attachment(contents, maintype=maintype, subtype=subtype, filename=name)
        return message


def _final(error: aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused) -> bool:
    """A 5xx answer stays; 4xx is a matter of time (RFC 5321, 4.2.1). A refused sign-in is the operator's to mend."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(refused.code >= 500 for refused in error.recipients)
    return error.code >= 500 and not isinstance(error, aiosmtplib.SMTPAuthenticationError)


class MailJob:
    """Sends the due letters of a lane, some at a time."""

    name = JOB

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    async def run(self, scope: LaneScope) -> bool:
        """One batch; True when more may be due."""
        async with scope.transaction() as tx:
            due = await tx.fetch(
                "UPDATE mail_outbox SET due_at = now() + $3, attempts = attempts + 1 WHERE lane = $1 AND id IN ("
                "  SELECT id FROM mail_outbox WHERE lane = $1 AND state = 'queued' AND due_at <= now()"
                "  ORDER BY due_at LIMIT $2)"
                " RETURNING account_id, id, recipient, subject, body, attachment_name, attachment_type, attachment, attempts",
                scope.lane,
                BATCH_MAX_COUNT,
                timedelta(seconds=SENDING_S),
            )
        for row in due:
            await self._send(scope, row)
        return len(due) == BATCH_MAX_COUNT

    async def _send(self, scope: LaneScope, row: Row) -> None:
        attachment = (row["attachment_name"], row["attachment_type"], row["attachment"]) if row["attachment"] else None
        letter = Letter(row["recipient"], row["subject"], row["body"], attachment)
        state, wait, problem = "sent", None, None
        try:
            await self._mailer.send(row["id"], letter)
        except Refused as error:
            state, problem = "failed", str(error)
        except (OSError, aiosmtplib.SMTPException) as error:
            problem = repr(error)
            if row["attempts"] >= ATTEMPTS_MAX_COUNT:
                state = "failed"
            else:
                state = "queued"
                wait = timedelta(seconds=min(RETRY_FIRST_S * 2 ** (row["attempts"] - 1), RETRY_MAX_S))
        if problem:
            log.warning("letter_not_sent", letter=str(row["id"]), state=state, error=problem[:ERROR_MAX_CHARS])
        async with scope.transaction() as tx:
            await tx.execute(
                "UPDATE mail_outbox SET state = $4, due_at = now() + $5::interval, last_error = $6,"
                " sent_at = CASE WHEN $4 = 'sent' THEN now() END WHERE lane = $1 AND account_id = $2 AND id = $3",
                scope.lane,
                row["account_id"],
                row["id"],
                state,
                wait,
                problem and problem[:ERROR_MAX_CHARS],
            )
