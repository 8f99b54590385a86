"""When a batch cannot be applied: find the updates that are to blame, set them aside, apply all the others.

First one webhook at a time, then, within the one that fails, one update at a time, each in a savepoint. Everything is
still one transaction, so the events are taken from the queue exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec
import structlog

from hobnob.platform.database import Tx, is_transient
from hobnob.whatsapp.webhooks import MalformedWebhook, parse

from . import quarantine
from .apply import apply_events
from .mending import mend
from .reading import UPDATE_MEMBERS, Event, Rejected, single_change, single_update

log = structlog.get_logger()


async def apply_one_by_one(tx: Tx, lane: int, batch: Sequence[Event], now: datetime) -> None:
    """Apply what can be applied of a batch; the rest goes to the quarantine. Raises only transient errors."""
    for event in batch:
        if await _try(tx, lane, event, now) is None:
            continue
        for body in single_updates(event.body):
            one = event._replace(body=body)
            if (error := await _try(tx, lane, one, now)) is not None:
                log.warning("update_quarantined", lane=lane, account_id=str(event.account_id), error=repr(error))
                await quarantine.keep(tx, lane, [Rejected(one, _describe(error), body)], now)


async def _try(tx: Tx, lane: int, event: Event, now: datetime) -> Exception | None:
    error: Exception | None = None
    for _ in range(2):
        try:
            async with tx.savepoint():
                await apply_events(tx, lane, [event], now)
        except asyncpg.UniqueViolationError as clash:
            # An agent opened the same chat in this moment: the second try sees it.
            error = clash
        except Exception as failure:
            if is_transient(failure):
                raise
            return failure
        else:
            return None
    return error


def single_updates(body: bytes) -> list[bytes]:
    """A webhook cut into webhooks of one update each. What cannot be cut stays whole."""
    try:
        changes = parse(mend(body))
    except MalformedWebhook:
        return [body]
    singles = []
    for change in changes:
        try:
            members = msgspec.json.decode(change.raw, type=dict[str, msgspec.Raw])
            items = [
                (name, item)
                for name in UPDATE_MEMBERS
                if name in members
                for item in msgspec.json.decode(members[name], type=list[msgspec.Raw])
            ]
        except (msgspec.MsgspecError, RecursionError):
            items = []
        singles += [single_update(change, name, item) for name, item in items] or [single_change(change, change.raw)]
    return singles


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
