"""Last step: the number is registered with its PIN and its webhooks come here. Part of `actions`."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from uuid import UUID

import structlog

from hobnob.kernel.errors import HobnobError
from hobnob.platform import secrets
from hobnob.platform.database import Tx
from hobnob.team import actions as team
from hobnob.team.types import Session
from hobnob.whatsapp.errors import GraphError

from . import errors, queries, rules, store
from .events import NumberChanged
from .types import Number, NumberConnected, QualityUpdate, Register, Tools

log = structlog.get_logger()

PIN_PURPOSE = "number pin"


async def register(
    tools: Tools, session: Session, number_id: UUID, request: Register, hooks: Sequence[NumberConnected]
) -> Number:
    """Register, subscribe webhooks, and let the rooms above prepare (templates). A part that failed is tried again by
    registering again. Raises WrongStep, PinWrong and WhatsApp's own refusals."""
    team.require_admin(session, rules.FOR_ADMINS)
    tenant, now = session.tenant, tools.clock.now(session.clock_ahead_s)
    row = await store.read(tools.database, tenant, number_id)
    if row["status"] == "connected":
        return queries.view(row)
    if row["verified_at"] is None:
        raise errors.WrongStep("Verify the number with its code first.")
    if row["registered_at"] is None:
        sealed = secrets.seal(tools.settings.secret_key, PIN_PURPOSE, str(number_id), request.pin)
        await _step(tools, session, number_id, pin_encrypted=sealed)
        await _ask(tools, session, number_id, tools.graph.register(row["phone_number_id"], request.pin))
        await _step(tools, session, number_id, registered_at=now, last_error=None)
    subscribed = tools.graph.subscribe_app(
        row["waba_id"], tools.settings.callback_url, tools.settings.whatsapp_verify_token
    )
    await _ask(tools, session, number_id, subscribed)
    # Before the number counts as connected: what a crash leaves out here is done when it is registered again.
    for hook in hooks:
        try:
            await hook(tools, tenant, row["waba_id"])
        except HobnobError as error:
            # The number works without it; the page offers it again.
            log.warning("number_hook_failed", number_id=str(number_id), error=str(error))
    return await _connected(tools, session, number_id, row["phone_number_id"])


async def apply_quality_updates(tx: Tx, lane: int, updates: Sequence[QualityUpdate]) -> None:
    """Take in what WhatsApp reported about numbers of a lane, the last update of a number counting."""
    quality: dict[tuple[UUID, str], str] = {}
    throughput: dict[tuple[UUID, str], int] = {}
    for update in updates:
        number = (update.account_id, "+" + _digits(update.display_phone_number))
        if rated := rules.quality_after(update.event):
            quality[number] = rated
        if per_second := rules.throughput_after(update.event):
            throughput[number] = per_second
    known = list(quality.keys() | throughput.keys())
    if not known:
        return
    rows = await tx.fetch(
        "UPDATE numbers n SET quality = coalesce(u.quality, n.quality), version = n.version + 1,"
        " throughput_per_second = coalesce(u.throughput, n.throughput_per_second)"
        " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::integer[]) AS u (account_id, phone, quality, throughput)"
        " WHERE n.lane = $1 AND n.account_id = u.account_id AND n.phone = u.phone AND (n.quality, n.throughput_per_second)"
        " IS DISTINCT FROM (coalesce(u.quality, n.quality), coalesce(u.throughput, n.throughput_per_second)) RETURNING n.*",
        lane,
        [account_id for account_id, _ in known],
        [phone for _, phone in known],
        [quality.get(number) for number in known],
        [throughput.get(number) for number in known],
    )
    for row in rows:
        tx.emit(row["account_id"], NumberChanged(queries.view(row)))


async def _connected(tools: Tools, session: Session, number_id: UUID, phone_number_id: str) -> Number:
    """Note the connection, with what WhatsApp says of the number's standing (or without, when it does not say)."""
    values: dict[str, object] = {}
    try:
        known = await tools.graph.phone_number(phone_number_id)
        values = {
            "quality": known.quality_rating,
            "throughput_per_second": rules.THROUGHPUT_PER_SECOND.get(
                known.throughput.level or "", rules.THROUGHPUT_DEFAULT
            ),
        }
    except GraphError as error:
        log.info("number_standing_unknown", number_id=str(number_id), error=str(error))
    async with tools.database.account(session.tenant) as tx:
        await team.audit(tx, session.tenant, "number.connected", "number", number_id, session.agent_id)
        return await store.change(
            tx,
            session.tenant,
            number_id,
            status="connected",
            connected_at=tools.clock.now(session.clock_ahead_s),
            last_error=None,
            **values,
        )


async def _ask(tools: Tools, session: Session, number_id: UUID, call: Awaitable[None]) -> None:
    """Await a call to WhatsApp; a refusal is kept with the number and raised in our words."""
    try:
        await call
    except GraphError as error:
        problem = errors.explain(error, "register")
        await store.note_error(tools.database, session.tenant, number_id, problem)
        raise problem from error


async def _step(tools: Tools, session: Session, number_id: UUID, **values: object) -> None:
    async with tools.database.account(session.tenant) as tx:
        await store.change(tx, session.tenant, number_id, **values)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
