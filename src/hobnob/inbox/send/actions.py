"""The send command: one transaction from the checks to the outbox row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from hobnob.billing import actions as billing
from hobnob.conversations import actions as conversations
from hobnob.conversations.rules import category_of
from hobnob.inbox.actions import in_millis
from hobnob.inbox.errors import ChatNotFound, MessageNotFound, NotResendable, NumberNotConnected, WindowClosed
from hobnob.inbox.lists import one_message
from hobnob.inbox.types import ChatEvent, MessageEvent, MessageView, SendBody
from hobnob.inbox.views import chat_views, message_views
from hobnob.kernel.errors import Conflict
from hobnob.kernel.ids import Tenant
from hobnob.numbers import actions as numbers
from hobnob.platform.database import Row, Tx
from hobnob.team.types import Session
from hobnob.whatsapp.messages import message_body

from .draft import body_again, draft_of
from .types import Draft, Payload

OUTBOX_JOB = "outbox"
PRIORITY_CHAT = 0


class Times(msgspec.Struct, frozen=True):
    """``real`` is the machine's time; ``account`` what the account's own clock says, which a sandbox may have moved."""

    real: datetime
    account: datetime


async def send(
    tx: Tx, session: Session, chat_id: UUID, message_id: UUID, body: SendBody, times: Times, *, hold_days: int
) -> MessageView:
    """Queue a message. Answers with it, or, for a reaction, with the message reacted to.

    Raises WindowClosed, InsufficientCredit, and whatever is wrong with what is to be sent.
    """
    chat = await _locked_chat(tx, session.tenant, chat_id)
    return await _send(tx, session, chat, message_id, body, times, hold_days=hold_days)


async def resend(
    tx: Tx, session: Session, failed_id: UUID, message_id: UUID, times: Times, *, hold_days: int
) -> MessageView:
    """Send a failed message once more, as a new message that names the old one. Raises NotResendable."""
    tenant = session.tenant
    chat_id = await tx.fetchval(
        "SELECT chat_id FROM messages WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        failed_id,
    )
    if chat_id is None:
        raise MessageNotFound
    chat = await _locked_chat(tx, tenant, chat_id)
    row = await _failed(tx, tenant, failed_id)
    # Once only: the next failure is offered on the new message.
    await tx.execute(
        "UPDATE messages SET error = error || '{\"can_resend\": false}', version = version + 1"
        " WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        failed_id,
    )
    body = body_again(row, row["quoted_id"])
    view = await _send(tx, session, chat, message_id, body, times, hold_days=hold_days, resend_of=failed_id)
    tx.emit(tenant.account_id, MessageEvent(await one_message(tx, tenant, failed_id)))
    return view


async def _send(
    tx: Tx,
    session: Session,
    chat: Row,
    message_id: UUID,
    body: SendBody,
    times: Times,
    *,
    hold_days: int,
    resend_of: UUID | None = None,
) -> MessageView:
    tenant = session.tenant
    number = await numbers.number_ref(tx, tenant, chat["number_id"])
    if number is None or number.status != "connected" or number.phone_number_id is None:
        raise NumberNotConnected
    draft = await draft_of(tx, tenant, chat["id"], body, times.account)
    if draft.free_form and (chat["window_expires_at"] is None or chat["window_expires_at"] <= times.account):
        raise WindowClosed
    graph_body = message_body(
        draft.out,
        to=chat["phone"],
        user_id=chat["user_id"],
        reply_to=None if draft.hidden else draft.target_wamid,
        opaque=str(message_id),
    )
    if not draft.hidden:
        await _set_credit_aside(tx, tenant, chat, message_id, draft, now=times.account, hold_days=hold_days)
    at = in_millis(times.account)
    content = draft.content if resend_of is None else {**draft.content, "resend_of": str(resend_of)}
    await _write_message(tx, session, message_id, draft, chat_id=chat["id"], content=content, at=at)
    await tx.execute(
        "INSERT INTO outbox (lane, account_id, message_id, number_id, chat_id, priority, due_at, payload, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7)",
        tenant.lane,
        tenant.account_id,
        message_id,
        chat["number_id"],
        chat["id"],
        PRIORITY_CHAT,
        times.real,
        Payload(graph_body, draft.file),
    )
    tx.wake(OUTBOX_JOB, tenant.lane)
    if draft.hidden:
        return await _react(tx, tenant, chat["id"], draft)
    return await _tell(tx, session, chat["id"], message_id, at, times.real)


async def _locked_chat(tx: Tx, tenant: Tenant, chat_id: UUID) -> Row:
    chat = await tx.fetchrow(
        "SELECT c.id, c.number_id, c.window_expires_at, u.phone, u.user_id FROM chats c"
        " JOIN customers u ON u.lane = c.lane AND u.account_id = c.account_id AND u.id = c.customer_id"
        " WHERE c.lane = $1 AND c.account_id = $2 AND c.id = $3 FOR UPDATE OF c",
        tenant.lane,
        tenant.account_id,
        chat_id,
    )
    if chat is None:
        raise ChatNotFound
    return chat


async def _failed(tx: Tx, tenant: Tenant, message_id: UUID) -> Row:
    row = await tx.fetchrow(
        "SELECT m.type, m.content, m.template_id, m.error, m.direction, m.failed_at, q.id AS quoted_id,"
        " coalesce(m.delivered_at, m.read_at, m.played_at) AS arrived_at FROM messages m"
        " LEFT JOIN messages q ON q.lane = m.lane AND q.account_id = m.account_id AND q.wamid = m.target_wamid"
        " WHERE m.lane = $1 AND m.account_id = $2 AND m.id = $3",
        tenant.lane,
        tenant.account_id,
        message_id,
    )
    if row is None:
        raise MessageNotFound
    if row["direction"] != "out" or row["failed_at"] is None:
        raise NotResendable("Only a message that failed can be sent again.")
    if row["arrived_at"] is not None:
        raise NotResendable("This message reached the customer after all.")
    if not (row["error"] or {}).get("can_resend", False):
        raise NotResendable("This message would fail again, or was sent again already: write a new one.")
    return row


async def _set_credit_aside(
    tx: Tx, tenant: Tenant, chat: Row, message_id: UUID, draft: Draft, *, now: datetime, hold_days: int
) -> None:
    """Inside an open conversation nothing: it is paid, and goes on even without credit."""
    opener: Literal["template", "free_form"] = "free_form" if draft.free_form else "template"
    if await conversations.conversation_at(tx, tenant, chat["id"], now, opener, draft.category) is not None:
        return
    category = "service" if draft.free_form else category_of(draft.category)
    price = await billing.price_of_conversation(
        tx, tenant, category, chat["phone"], chat["user_id"], now, opener=opener
    )
    await billing.place_hold(tx, tenant, message_id, price.amount_micros, now + timedelta(days=hold_days), now)


async def _write_message(
    tx: Tx, session: Session, message_id: UUID, draft: Draft, *, chat_id: UUID, content: dict[str, object], at: datetime
) -> None:
    written = await tx.execute(
        "INSERT INTO messages (lane, account_id, id, chat_id, direction, type, at, content, preview, target_wamid,"
        " agent_id, template_id, category, hidden, queued_at)"
        " VALUES ($1, $2, $3, $4, 'out', $5, $6, $7, $8, $9, $10, $11, $12, $13, $6) ON CONFLICT DO NOTHING",
        session.tenant.lane,
        session.tenant.account_id,
        message_id,
        chat_id,
        draft.type,
        at,
        content,
        draft.preview,
        draft.target_wamid,
        session.agent_id,
        draft.template_id,
        draft.category,
        draft.hidden,
    )
    if not written:
        raise Conflict(
            "A message with this Idempotency-Key exists already: use a new key.", code="idempotency_conflict"
        )


async def _react(tx: Tx, tenant: Tenant, chat_id: UUID, draft: Draft) -> MessageView:
    """Show the reaction under its target at once."""
    emoji = draft.content["emoji"]
    ours = [{"by": "business", "emoji": emoji}] if emoji else []
    target_id = UUID(draft.content["message_id"])
    await tx.execute(
        "UPDATE messages SET version = version + 1, reactions = coalesce((SELECT jsonb_agg(r) FROM"
        " jsonb_array_elements(reactions) r WHERE r ->> 'by' <> 'business'), '[]') || $5::jsonb"
        " WHERE lane = $1 AND account_id = $2 AND chat_id = $3 AND id = $4",
        tenant.lane,
        tenant.account_id,
        chat_id,
        target_id,
        ours,
    )
    view = await one_message(tx, tenant, target_id)
    tx.emit(tenant.account_id, MessageEvent(view))
    return view


async def _tell(tx: Tx, session: Session, chat_id: UUID, message_id: UUID, at: datetime, now: datetime) -> MessageView:
    """The chat's last message, and the events. Writing in a closed chat brings it back."""
    tenant = session.tenant
    await tx.execute(
        "UPDATE chats SET version = version + 1, updated_at = $6,"
        " last_message_id = CASE WHEN newer THEN $4 ELSE last_message_id END,"
        " last_message_at = CASE WHEN newer THEN $5 ELSE last_message_at END,"
        " assigned_agent_id = CASE WHEN state = 'closed' THEN coalesce(assigned_agent_id, $7) ELSE assigned_agent_id END,"
        " state = CASE WHEN state = 'closed' THEN 'assigned' ELSE state END"
        " FROM (SELECT last_message_id IS NULL OR (last_message_at, last_message_id) < ($5, $4::uuid) AS newer FROM chats"
        "  WHERE lane = $1 AND account_id = $2 AND id = $3) n"
        " WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        chat_id,
        message_id,
        at,
        now,
        session.agent_id,
    )
    _, message = (await message_views(tx, tenant.lane, [message_id]))[message_id]
    _, chat = (await chat_views(tx, tenant.lane, [chat_id], now))[chat_id]
    tx.emit(tenant.account_id, MessageEvent(message))
    tx.emit(tenant.account_id, ChatEvent(chat))
    return message


__all__ = ["OUTBOX_JOB", "PRIORITY_CHAT", "Times", "resend", "send"]
