"""Saved cards: what is stored of them, which is the default, and their end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hobnob.kernel.errors import NotFound
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Tx

from . import auto_top_up, store
from .gateway import CardFacts
from .types import Card, CardsEvent

CARDS_MAX_COUNT = 20
_CARD = "id, gateway AS method, brand, last4, exp_month, exp_year, is_default, created_at"


async def listed(tx: Tx, tenant: Tenant) -> list[Card]:
    """The default first, then the newest."""
    rows = await tx.fetch(
        f"SELECT {_CARD} FROM cards WHERE lane = $1 AND account_id = $2 AND removed_at IS NULL"
        " ORDER BY is_default DESC, created_at DESC, id DESC LIMIT $3",
        tenant.lane,
        tenant.account_id,
        CARDS_MAX_COUNT,
    )
    return [Card(**dict(row)) for row in rows]


async def gateway_card(tx: Tx, tenant: Tenant, card_id: UUID, method: str | None = None) -> tuple[str, str]:
    """Method and the gateway's id of a card that is still kept. Raises NotFound, also when it is of another method."""
    row = await tx.fetchrow(
        "SELECT gateway, gateway_card FROM cards WHERE lane = $1 AND account_id = $2 AND id = $3 AND removed_at IS NULL",
        tenant.lane,
        tenant.account_id,
        card_id,
    )
    if row is None or method not in (None, row["gateway"]):
        raise NotFound("This card is not saved here, or no longer. Choose another one.")
    return row["gateway"], row["gateway_card"]


async def keep(tx: Tx, tenant: Tenant, method: str, card: CardFacts, now: datetime, *, again: bool = False) -> UUID:
    """Save a card; one that is saved already stays as it is. One that was removed stays so, however late and often the
    gateway tells of it, unless somebody wants it ``again``. The first is the default."""
    await store.lock_wallet(tx, tenant)
    has_default = await tx.fetchval(
        "SELECT true FROM cards WHERE lane = $1 AND account_id = $2 AND is_default", tenant.lane, tenant.account_id
    )
    card_id: UUID = await tx.fetchval(
        "INSERT INTO cards AS c (lane, account_id, id, gateway, gateway_card, brand, last4, exp_month, exp_year, is_default,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (lane, account_id, gateway, gateway_card) DO UPDATE SET"
        " removed_at = CASE WHEN $12 THEN NULL ELSE c.removed_at END,"
        " is_default = c.is_default OR (excluded.is_default AND ($12 OR c.removed_at IS NULL)) RETURNING id",
        tenant.lane,
        tenant.account_id,
        new_id(),
        method,
        *card,
        not has_default,
        now,
        again,
    )
    await _tell(tx, tenant)
    return card_id


async def make_default(tx: Tx, tenant: Tenant, card_id: UUID) -> list[Card]:
    """The card offered first. Raises NotFound."""
    await store.lock_wallet(tx, tenant)
    await gateway_card(tx, tenant, card_id)
    for value, condition in ((False, "is_default AND id <> $3"), (True, "id = $3")):
        await tx.execute(
            f"UPDATE cards SET is_default = $4 WHERE lane = $1 AND account_id = $2 AND {condition}",
            tenant.lane,
            tenant.account_id,
            card_id,
            value,
        )
    return await _tell(tx, tenant)


async def remove(tx: Tx, tenant: Tenant, card_id: UUID, now: datetime) -> tuple[str, str]:
    """Keep a card no longer; the automatic top-up that used it is off. Answers method and the gateway's id of it. Raises
    NotFound."""
    await store.lock_wallet(tx, tenant)
    found = await gateway_card(tx, tenant, card_id)
    await tx.execute(
        "UPDATE cards SET removed_at = $4, is_default = false WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        card_id,
        now,
    )
    await tx.execute(
        "UPDATE cards SET is_default = true WHERE lane = $1 AND account_id = $2 AND id = ("
        "  SELECT id FROM cards WHERE lane = $1 AND account_id = $2 AND removed_at IS NULL"
        "  ORDER BY is_default DESC, created_at DESC, id DESC LIMIT 1)",
        tenant.lane,
        tenant.account_id,
    )
    await auto_top_up.card_removed(tx, tenant, card_id)
    await _tell(tx, tenant)
    return found


async def _tell(tx: Tx, tenant: Tenant) -> list[Card]:
    found = await listed(tx, tenant)
    tx.emit(tenant.account_id, CardsEvent(found))
    return found
