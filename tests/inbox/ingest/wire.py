"""WhatsApp's webhooks as it writes them, and a shop whose inbox takes them in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from hobnob.inbox.jobs import IngestJob
from hobnob.kernel.clock import ManualClock
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Database, Row
from hobnob.platform.work import LaneScope
from tests.billing.books import NOW, USD, open_account

WABA = "102290129340398"
NUMBER = "106540352242922"
BUSINESS_PHONE = "15550783881"
ANA: dict[str, Any] = {"wa_id": "16505551234", "user_id": "US.13491208655302741918", "profile": {"name": "Ana Ruiz"}}
EPOCH_S = 1_795_420_800  # 2026-11-23 08:00:00 UTC, an hour before the books' now

Json = dict[str, Any]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(EPOCH_S + seconds, UTC)


def message(kind: str, content: Any, wamid: str | None = None, seconds: int = 0, **more: Any) -> Json:
    """One message object; ``sender`` (default Ana's phone) and whatever else stands around the content."""
    sender = more.pop("sender", {"from": ANA["wa_id"], "from_user_id": ANA["user_id"]})
    item = {**sender, "id": wamid or f"wamid.{new_id().hex}", "timestamp": str(EPOCH_S + seconds), "type": kind}
    if content is not None:
        item[kind] = content
    return {**item, **more}


def text(body: str = "hello", wamid: str | None = None, seconds: int = 0, **more: Any) -> Json:
    return message("text", {"body": body}, wamid, seconds, **more)


def status(name: str, wamid: str, seconds: int = 0, opaque: UUID | None = None, **more: Any) -> Json:
    item = {"id": wamid, "status": name, "timestamp": str(EPOCH_S + seconds), "recipient_id": ANA["wa_id"], **more}
    if opaque is not None:
        item["biz_opaque_callback_data"] = str(opaque)
    return item


def value(*, contacts: Sequence[Json] = (ANA,), number: str = NUMBER, **lists: Any) -> Json:
    """The value of a ``messages`` change: ``messages=[...]``, ``statuses=[...]``, ``errors=[...]``."""
    metadata = {"display_phone_number": BUSINESS_PHONE, "phone_number_id": number}
    return {"messaging_product": "whatsapp", "metadata": metadata, "contacts": list(contacts), **lists}


def webhook(*values: Json, field: str = "messages", **entry: Any) -> bytes:
    """A whole webhook, one change per value."""
    changes = [{"field": field, "value": one} for one in values]
    body = {"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": changes, **entry}]}
    return json.dumps(body).encode()


def written(*messages: Json, contacts: Sequence[Json] = (ANA,)) -> bytes:
    return webhook(value(contacts=contacts, messages=list(messages)))


def ticked(*statuses: Json) -> bytes:
    return webhook(value(contacts=(), statuses=list(statuses)))


@dataclass
class Shop:
    """An account with one connected number, and the worker that applies its webhooks."""

    database: Database
    tenant: Tenant
    number_id: UUID
    clock: ManualClock
    job: IngestJob

    @classmethod
    async def open(
        cls, database: Database, *, number: str = NUMBER, paid_micros: int = USD, lane: int | None = None
    ) -> Self:
        tenant = await open_account(database, paid_micros=paid_micros, lane=lane)
        number_id = new_id()
        async with database.account(tenant) as tx:
            await tx.execute(
                "INSERT INTO numbers (lane, account_id, id, phone, country, display_name, waba_id, phone_number_id,"
                " status, created_at) VALUES ($1, $2, $3, $4, 'US', 'Shop', $5, $6, 'connected', $7)",
                tenant.lane,
                tenant.account_id,
                number_id,
                "+" + BUSINESS_PHONE,
                WABA,
                number,
                NOW,
            )
        clock = ManualClock(NOW)
        return cls(database, tenant, number_id, clock, IngestJob(clock, pace_s=0))

    async def receive(self, *bodies: bytes) -> None:
        """Accept these webhooks and apply them, as one batch where they fit."""
        await self.accept(*bodies)
        await self.work()

    async def accept(self, *bodies: bytes) -> None:
        async with self.database.ingest() as connection:
            await connection.execute(
                "INSERT INTO webhook_events (lane, account_id, body) SELECT $1, $2, * FROM unnest($3::bytea[])",
                self.tenant.lane,
                self.tenant.account_id,
                list(bodies),
            )

    async def work(self) -> None:
        """Apply all that was accepted."""
        async with self.database.lane(self.tenant.lane) as tx:
            await tx.execute(
                "INSERT INTO lane_leases VALUES ($1, 'test', now() + interval '1 hour')"
                " ON CONFLICT (lane) DO UPDATE SET expires_at = excluded.expires_at",
                self.tenant.lane,
            )
        scope = LaneScope(self.database, self.tenant.lane, "test")
        while await self.job.run(scope):
            pass

    async def rows(self, sql: str, *args: Any) -> list[Row]:
        """Rows of the account; $1 and $2 are its lane and id."""
        async with self.database.lane(self.tenant.lane) as tx:
            return await tx.fetch(sql, self.tenant.lane, self.tenant.account_id, *args)

    async def row(self, sql: str, *args: Any) -> Row:
        [row] = await self.rows(sql, *args)
        return row

    async def messages(self) -> list[Row]:
        """All messages, hidden ones too, in thread order."""
        return await self.rows("SELECT * FROM messages WHERE lane = $1 AND account_id = $2 ORDER BY at, id")

    async def chats(self) -> list[Row]:
        return await self.rows("SELECT * FROM chats WHERE lane = $1 AND account_id = $2 ORDER BY id")

    async def customers(self) -> list[Row]:
        """The customers that stand for themselves."""
        return await self.rows(
            "SELECT * FROM customers WHERE lane = $1 AND account_id = $2 AND merged_into IS NULL ORDER BY id"
        )

    async def quarantined(self) -> list[Row]:
        return await self.rows("SELECT * FROM quarantined_webhooks WHERE lane = $1 AND account_id = $2")

    async def sent(self, wamid: str | None = None, kind: str = "text", seconds: int = 0, **more: Any) -> UUID:
        """A message of ours (to Ana), with its chat, as the outbox leaves it (``wamid`` None: not answered yet)."""
        chat = await self._chat_with(more.pop("wa_id", ANA["wa_id"]))
        row = {
            "lane": self.tenant.lane,
            "account_id": self.tenant.account_id,
            "id": new_id(),
            "chat_id": chat,
            "direction": "out",
            "type": kind,
            "wamid": wamid,
            "at": at(seconds),
            "content": {"body": "Here you are"},
            "queued_at": at(seconds),
            **more,
        }
        async with self.database.lane(self.tenant.lane) as tx:
            places = ", ".join(f"${n + 1}" for n in range(len(row)))
            await tx.execute(f"INSERT INTO messages ({', '.join(row)}) VALUES ({places})", *row.values())
            await tx.execute(
                "UPDATE chats SET last_message_id = $3, last_message_at = $4 WHERE lane = $1 AND id = $2"
                " AND (last_message_id IS NULL OR last_message_at <= $4) AND NOT $5",
                self.tenant.lane,
                chat,
                row["id"],
                row["at"],
                row.get("hidden", False),
            )
        message_id: UUID = row["id"]
        return message_id

    async def _chat_with(self, wa_id: str) -> UUID:
        async with self.database.lane(self.tenant.lane) as tx:
            known: UUID | None = await tx.fetchval(
                "SELECT c.id FROM chats c JOIN customers u ON u.lane = c.lane AND u.id = c.customer_id"
                " WHERE c.lane = $1 AND c.account_id = $2 AND u.phone = $3",
                self.tenant.lane,
                self.tenant.account_id,
                "+" + wa_id,
            )
            if known is not None:
                return known
            customer, chat = new_id(), new_id()
            await tx.execute(
                "INSERT INTO customers (lane, account_id, id, phone, first_seen_at, created_at) VALUES ($1, $2, $3, $4, $5, $5)",
                self.tenant.lane,
                self.tenant.account_id,
                customer,
                "+" + wa_id,
                NOW,
            )
            await tx.execute(
                "INSERT INTO chats (lane, account_id, id, number_id, customer_id, last_message_at, created_at, updated_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $6, $6)",
                self.tenant.lane,
                self.tenant.account_id,
                chat,
                self.number_id,
                customer,
                at(-3600),
            )
            return chat
