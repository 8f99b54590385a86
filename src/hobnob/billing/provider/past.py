"""What WhatsApp tells of messages that are told of afterwards: a story with a past needs prices that fit its dates. Pure but
for the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hobnob.billing import catalog as catalogs
from hobnob.billing.history.meta import meta_decisions
from hobnob.billing.history.prices import rule_sets_of
from hobnob.billing.history.types import Event, Kind, MetaDecision
from hobnob.platform.database import Tx

from .told import expected_of

# A story is short: its messages are among the month's free ones.
_WHILE_FREE = {"service_message": "service_allowance", "reply_opens": "free_tier"}


class PastMessage(NamedTuple):
    """A message of one chat: a customer's, or one of ours at the moment of its delivery. ``category`` is a template's."""

    id: str
    at: datetime
    by_customer: bool
    kind: Kind
    category: str | None = None
    referral: bool = False


async def told_of_past(tx: Tx, time_zone: str, messages: Sequence[PastMessage]) -> dict[str, dict[str, Any]]:
    """The members ``pricing`` and, where WhatsApp names one, ``conversation`` of the statuses of each delivered message of
    one chat."""
    rule_sets = rule_sets_of(await catalogs.current(tx), time_zone)
    events = [
        Event(
            "inbound" if one.by_customer else "delivered",
            one.at,
            "",
            "",
            one.id,
            one.kind,
            one.category,
            one.referral,
        )
        for one in messages
    ]
    return {one.message: members for one in meta_decisions(events, rule_sets) if (members := _members(one))}


def _members(decision: MetaDecision) -> dict[str, Any]:
    expected = expected_of(decision, _WHILE_FREE.get(decision.reason, decision.reason))
    if expected.kind in ("reaction", "unknown"):
        return {}
    if expected.kind == "conversation":
        pricing = {"billable": bool(expected.billable), "pricing_model": "CBP", "category": expected.category}
    else:
        pricing = {
            "billable": expected.kind == "regular",
            "pricing_model": "PMP",
            "type": expected.kind,
            "category": expected.category,
        }
    if decision.conversation is None:
        return {"pricing": pricing}
    return {"pricing": pricing, "conversation": {"id": decision.conversation, "origin": {"type": expected.category}}}
