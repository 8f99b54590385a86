"""What can be done in metering: report what was used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from hobnob.billing import ledger
from hobnob.billing.rating import zone_of
from hobnob.billing.subscriptions import store as subscriptions
from hobnob.billing.wallet import accounts_and_times
from hobnob.kernel.errors import InvalidInput
from hobnob.platform.database import Tx
from hobnob.team.types import Account

from . import flows, steps, store
from .rules import why_not
from .types import Metered, MeterEvent

EVENTS_MAX_COUNT = 1_000


async def meter(tx: Tx, lane: int, events: Sequence[MeterEvent], now: datetime) -> Metered:
    """Count what was used, of many accounts of a lane, and charge what fair use does not include. ``now`` is the machine's
    time; each account's own is respected. An event counts once; one of more than 35 days ago or more than 5 minutes
    ahead is kept aside with the reason. Raises InvalidInput for a batch that is too large or an event without its flow."""
    if len(events) > EVENTS_MAX_COUNT:
        raise InvalidInput(f"At most {EVENTS_MAX_COUNT:,} events at once; these are {len(events):,}.")
    if any(event.meter != "step" and event.flow_id is None for event in events):
        raise InvalidInput("An event of a flow names the flow.", fields=[("flow_id", "missing")])
    accounts, nows = await accounts_and_times(tx, lane, {event.account_id for event in events}, now)
    known = [event for event in events if event.account_id in accounts]
    if not known:
        return Metered(0, 0, {})
    await ledger.lock(tx, lane, accounts)
    reasons = [why_not(event.at, nows[event.account_id]) for event in known]
    new = await store.add_events(tx, lane, known, [nows[event.account_id] for event in known], reasons)
    counted: list[MeterEvent] = []
    aside: dict[str, str] = {}
    for event, reason in zip(known, reasons, strict=True):
        key = (event.account_id, event.meter, event.event_id)
        if key in new:
            new.discard(key)  # the same one may be in the batch twice
            if reason is None:
                counted.append(event)
            else:
                aside[event.event_id] = reason
    for account_id in sorted({event.account_id for event in counted}):
        mine = [event for event in counted if event.account_id == account_id]
        await _count(tx, lane, accounts[account_id], mine, nows[account_id])
    return Metered(len(counted), len(known) - len(counted) - len(aside), aside)


async def _count(tx: Tx, lane: int, account: Account, events: Sequence[MeterEvent], now: datetime) -> None:
    months: dict[date, list[MeterEvent]] = defaultdict(list)
    switched: dict[UUID, list[MeterEvent]] = defaultdict(list)
    for event in events:
        if event.meter == "step":
            months[_day(account, event.at).replace(day=1)].append(event)
        elif event.flow_id is not None and not event.ready_made:
            switched[event.flow_id].append(event)
    for month, found in sorted(months.items()):
        last = max(event.at for event in found)
        await steps.count(tx, lane, account, month, sum(event.quantity for event in found), last, now)
    if switched:
        await subscriptions.open_days(tx, lane, account, _day(account, now) + timedelta(days=1))
        worked = await subscriptions.next_day(tx, lane, account.id)
        assert worked is not None
        for flow_id, found in sorted(switched.items()):
            await _switch(tx, lane, account, flow_id, found, worked - timedelta(days=1), now)


async def _switch(
    tx: Tx, lane: int, account: Account, flow_id: UUID, events: Sequence[MeterEvent], worked: date, now: datetime
) -> None:
    """A flow was switched: its days from the first switch on are reckoned anew, as far as days were worked through."""
    first = min(_day(account, event.at) for event in events)
    last = max(worked, *(_day(account, event.at) for event in events))
    toggles = await store.toggles(tx, lane, account.id, flow_id, min(event.at for event in events))
    await store.set_flow(tx, lane, account.id, flow_id, toggles[-1].published)
    await flows.reckon(tx, lane, account, flow_id, first, last, now)


def _day(account: Account, at: datetime) -> date:
    return at.astimezone(zone_of(account.time_zone)).date()
