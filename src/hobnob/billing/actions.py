"""What can be done in the billing room; money moves nowhere else.

Functions that take a Tenant work in that account's transaction and in the account's own time. Functions that take a
lane work for many accounts at once, in the machine's time: each account's clock is looked up. Only `load_catalog` and
`prove` open transactions of their own; no other commits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from hobnob.kernel.clock import Clock
from hobnob.kernel.ids import LANE_COUNT
from hobnob.platform.database import Database, owner_transaction
from hobnob.platform.settings import Settings

from . import catalog
from .metering.actions import meter
from .metering.types import Metered, MeterEvent
from .metering.usage import usage
from .prove import Finding, prove_lane
from .provider.news import merge_chats as merge_provider_chats
from .provider.news import note as note_for_provider
from .provider.past import PastMessage, told_of_past
from .rule_sets import rule_sets
from .settle import move_charges, price_of_conversation, settle
from .subscriptions.actions import (
    cancel,
    change_plan,
    check_agents,
    choose,
    number_verified,
    preview,
    reactivate,
    subscription,
    undo_change,
)
from .wallet import accounts_expiring, expire, expire_of, grant, open_wallet, place_hold, top_up, void_holds, wallet

__all__ = [
    "Finding",
    "MeterEvent",
    "Metered",
    "PastMessage",
    "accounts_expiring",
    "cancel",
    "change_plan",
    "check_agents",
    "choose",
    "expire",
    "expire_of",
    "grant",
    "load_catalog",
    "merge_provider_chats",
    "meter",
    "move_charges",
    "note_for_provider",
    "number_verified",
    "open_wallet",
    "place_hold",
    "preview",
    "price_of_conversation",
    "prove",
    "prove_lane",
    "reactivate",
    "rule_sets",
    "settle",
    "subscription",
    "told_of_past",
    "top_up",
    "undo_change",
    "usage",
    "void_holds",
    "wallet",
]


async def load_catalog(settings: Settings, clock: Clock) -> int:
    """Put the plans and rate cards of this release into the tables, as the tables' owner; answers how many rows were
    new. Raises CatalogConflict when a published version would change."""
    async with owner_transaction(settings) as tx:
        return await catalog.load(tx, catalog.shipped(), clock.now())


async def prove(database: Database) -> AsyncIterator[tuple[int, list[Finding]]]:
    """The proof of every lane's books, lane by lane: yields the lane and what is wrong with it."""
    for lane in range(LANE_COUNT):
        async with database.lane(lane) as tx:
            findings = await prove_lane(tx, lane)
        yield lane, findings
