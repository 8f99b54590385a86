"""What can be done in the billing room; money moves nowhere else.

Functions that take a Tenant work in that account's transaction and in the account's own time. Functions that take a
lane work for many accounts at once, in the machine's time: each account's clock is looked up. None of them commits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from hobnob.kernel.clock import Clock
from hobnob.kernel.ids import LANE_COUNT
from hobnob.platform.database import Database, Tx, owner_transaction
from hobnob.platform.settings import Settings

from . import catalog
from .prove import Finding, prove_lane
from .settle import move_charges, price_of_conversation, settle
from .types import Charged, ConversationCharge
from .wallet import expire, grant, open_wallet, place_hold, top_up, void_holds, wallet

__all__ = [
    "Finding",
    "charge_conversations",
    "expire",
    "grant",
    "load_catalog",
    "move_charges",
    "open_wallet",
    "place_hold",
    "price_of_conversation",
    "prove",
    "prove_lane",
    "release_joined",
    "reverse_charges",
    "settle",
    "top_up",
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


async def charge_conversations(
    tx: Tx, lane: int, charges: Sequence[ConversationCharge], now: datetime
) -> list[Charged]:
    """Post the charges of conversations that opened: from the message's hold, else from credit, else as a debt.
    A charge is posted once per (conversation, revision)."""
    return await settle(tx, lane, charges=charges, now=now)


async def reverse_charges(tx: Tx, lane: int, conversations: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Take back what these conversations (pairs of account and conversation id) were charged, to the same blocks."""
    await settle(tx, lane, reversals=conversations, now=now)


async def release_joined(tx: Tx, lane: int, messages: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Give back what was set aside for messages (pairs of account and message id) that opened nothing."""
    await settle(tx, lane, releases=messages, now=now)
