"""What agents do with chats and customers, besides sending: read, close, reopen, assign, open, rename."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hobnob.kernel.errors import InvalidInput, NotFound
from hobnob.kernel.identity import parse_phone
from hobnob.kernel.ids import Tenant, new_id
from hobnob.numbers import actions as numbers
from hobnob.platform.database import Row, Tx
from hobnob.team import actions as team
from hobnob.team.types import Session

from .errors import ChatNotFound, CustomerNotFound, NumberNotConnected
from .events import emit_changes
from .ingest.people import FOR_GOOD
from .lists import one_chat, one_customer
from .search import index_customers
from .types import ChatView, CustomerView

RECEIPTS_JOB = "receipts"


async def mark_read(tx: Tx, session: Session, chat_id: UUID, now: datetime) -> ChatView:
    """Nothing in the chat is unread any more; the customer's blue ticks follow. ``now`` is the real time throughout."""
    tenant = session.tenant
    chat = await _locked(tx, tenant, chat_id)
    if chat["unread_count"] == 0:
        return await one_chat(tx, tenant, chat_id, now)
    await tx.execute(
        "UPDATE chats SET unread_count = 0, read_until = greatest(read_until, last_inbound_at),"
        " version = version + 1, updated_at = $4 WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        chat_id,
        now,
    )
    await tx.execute(
        "INSERT INTO read_receipts (lane, account_id, chat_id, number_id, wamid, due_at)"
        " SELECT $1, $2, $3, $4, m.wamid, $5 FROM messages m WHERE m.lane = $1 AND m.account_id = $2 AND m.chat_id = $3"
        " AND NOT m.hidden AND m.direction = 'in' AND m.wamid IS NOT NULL ORDER BY m.at DESC, m.id DESC LIMIT 1"
        " ON CONFLICT (lane, chat_id) DO UPDATE SET wamid = excluded.wamid, due_at = excluded.due_at, attempts = 0",
        tenant.lane,
        tenant.account_id,
        chat_id,
        chat["number_id"],
        now,
    )
    tx.wake(RECEIPTS_JOB, tenant.lane)
    return await _changed(tx, tenant, chat_id, now)


async def close(tx: Tx, session: Session, chat_id: UUID, now: datetime) -> ChatView:
    """Put a chat away; the customer's next message brings it back."""
    return await _set_state(tx, session, chat_id, "closed", None, now, keep_agent=True)


async def reopen(tx: Tx, session: Session, chat_id: UUID, now: datetime) -> ChatView:
    """Bring a closed chat back to whom it was assigned, else to the queue."""
    chat = await _locked(tx, session.tenant, chat_id)
    if chat["state"] != "closed":
        return await one_chat(tx, session.tenant, chat_id, now)
    state = "assigned" if chat["assigned_agent_id"] else "queue"
    return await _set_state(tx, session, chat_id, state, None, now, keep_agent=True)


async def assign(tx: Tx, session: Session, chat_id: UUID, agent_id: UUID | None, now: datetime) -> ChatView:
    """Give a chat to an agent, or back to the queue. Raises NotFound when there is no such agent."""
    tenant = session.tenant
    if agent_id and agent_id not in await team.agent_names(tx, tenant.lane, [tenant.account_id], [agent_id]):
        raise NotFound("There is no such agent.")
    state = "assigned" if agent_id else "queue"
    return await _set_state(tx, session, chat_id, state, agent_id, now, keep_agent=False)


async def open_chat(tx: Tx, session: Session, number_id: UUID, phone_text: str, now: datetime) -> ChatView:
    """The chat between one of our numbers and a phone, made if it is new. Its first message must be a template."""
    tenant = session.tenant
    sender = await numbers.number_ref(tx, tenant, number_id)
    if sender is None:
        raise NotFound("There is no such number.")
    if sender.status != "connected":
        raise NumberNotConnected
    phone = parse_phone(phone_text, sender.country)
    if phone.e164 == sender.phone:
        hint = "A number cannot write to itself: give the customer's phone."
        raise InvalidInput(hint, fields=[("phone", hint)])
    customer_id = await _customer_with_phone(tx, tenant, phone.e164, now)
    made = await tx.fetchval(
        "INSERT INTO chats (lane, account_id, id, number_id, customer_id, state, assigned_agent_id, last_message_at,"
        " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'assigned', $6, $7, $8, $8) ON CONFLICT DO NOTHING"
        " RETURNING id",
        tenant.lane,
        tenant.account_id,
        new_id(),
        number_id,
        customer_id,
        session.agent_id,
        in_millis(now),
        now,
    )
    if made is not None:
        return await _changed(tx, tenant, made, now)
    known: UUID = await tx.fetchval(
        "SELECT id FROM chats WHERE lane = $1 AND account_id = $2 AND number_id = $3 AND customer_id = $4",
        tenant.lane,
        tenant.account_id,
        number_id,
        customer_id,
    )
    return await one_chat(tx, tenant, known, now)


async def rename_customer(tx: Tx, session: Session, customer_id: UUID, name: str | None, now: datetime) -> CustomerView:
    """Call a customer what the team calls them; None goes back to the profile's name. Raises CustomerNotFound."""
    tenant = session.tenant
    touched = await tx.execute(
        "UPDATE customers SET name = $4, version = version + 1"
        " WHERE lane = $1 AND account_id = $2 AND id = $3 AND merged_into IS NULL",
        tenant.lane,
        tenant.account_id,
        customer_id,
        (name or "").strip() or None,
    )
    if not touched:
        raise CustomerNotFound
    await index_customers(tx, tenant.lane, [customer_id])
    await team.audit(tx, tenant, "customer.renamed", "customer", customer_id, session.agent_id)
    await emit_changes(tx, tenant.lane, now, (), (), [customer_id])
    return await one_customer(tx, tenant, customer_id)


def in_millis(moment: datetime) -> datetime:
    """Cut to whole milliseconds: what browsers can tell apart, so that both sides sort alike."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


async def _locked(tx: Tx, tenant: Tenant, chat_id: UUID) -> Row:
    chat = await tx.fetchrow(
        "SELECT state, assigned_agent_id, unread_count, number_id FROM chats"
        " WHERE lane = $1 AND account_id = $2 AND id = $3 FOR UPDATE",
        tenant.lane,
        tenant.account_id,
        chat_id,
    )
    if chat is None:
        raise ChatNotFound
    return chat


async def _set_state(
    tx: Tx, session: Session, chat_id: UUID, state: str, agent_id: UUID | None, now: datetime, *, keep_agent: bool
) -> ChatView:
    tenant = session.tenant
    chat = await _locked(tx, tenant, chat_id)
    agent = chat["assigned_agent_id"] if keep_agent else agent_id
    if (chat["state"], chat["assigned_agent_id"]) == (state, agent):
        return await one_chat(tx, tenant, chat_id, now)
    await tx.execute(
        "UPDATE chats SET state = $4, assigned_agent_id = $5, version = version + 1, updated_at = $6"
        " WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        chat_id,
        state,
        agent,
        now,
    )
    detail = {"state": state, "agent_id": str(agent) if agent else None}
    await team.audit(tx, tenant, "chat.state_changed", "chat", chat_id, session.agent_id, detail=detail)
    return await _changed(tx, tenant, chat_id, now)


async def _changed(tx: Tx, tenant: Tenant, chat_id: UUID, now: datetime) -> ChatView:
    await emit_changes(tx, tenant.lane, now, (), [chat_id])
    return await one_chat(tx, tenant, chat_id, now)


async def _customer_with_phone(tx: Tx, tenant: Tenant, phone: str, now: datetime) -> UUID:
    spelled: UUID | None = await tx.fetchval(
        "SELECT customer_id FROM customer_aliases WHERE lane = $1 AND account_id = $2 AND value = $3 AND until = $4",
        tenant.lane,
        tenant.account_id,
        phone,
        FOR_GOOD,
    )
    if spelled is not None:
        return spelled
    made: UUID | None = await tx.fetchval(
        "INSERT INTO customers (lane, account_id, id, phone, first_seen_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING RETURNING id",
        tenant.lane,
        tenant.account_id,
        new_id(),
        phone,
        now,
    )
    if made is not None:
        await index_customers(tx, tenant.lane, [made])
        return made
    known: UUID = await tx.fetchval(
        "SELECT id FROM customers WHERE lane = $1 AND account_id = $2 AND phone = $3 AND merged_into IS NULL",
        tenant.lane,
        tenant.account_id,
        phone,
    )
    return known
