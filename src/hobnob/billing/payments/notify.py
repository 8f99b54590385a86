"""Telling people: an alert is stored once per key, shown in the app, and, if they want it, sent to the owner by letter."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform import mail
from hobnob.platform.database import Tx

from . import letters
from .types import Alert, AlertEvent, AlertKind


async def tell(
    tx: Tx, tenant: Tenant, kind: AlertKind, key: str, facts: dict[str, Any], now: datetime, *, by_letter: bool = True
) -> bool:
    """Store an alert and say it; False when this key was told before. ``facts`` are kept as they are now."""
    payload = msgspec.to_builtins(facts)
    alert_id: UUID | None = await tx.fetchval(
        "INSERT INTO alerts (lane, account_id, id, kind, key, payload, at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT DO NOTHING RETURNING id",
        tenant.lane,
        tenant.account_id,
        new_id(),
        kind,
        key,
        payload,
        now,
    )
    if alert_id is None:
        return False
    tx.emit(tenant.account_id, AlertEvent(Alert(alert_id, kind, payload, now, None)))
    if by_letter:
        await _write(tx, tenant, kind, key, payload)
    return True


async def _write(tx: Tx, tenant: Tenant, kind: AlertKind, key: str, payload: dict[str, Any]) -> None:
    """A letter to the owner, who looks after the money."""
    owner = await tx.fetchrow(
        "SELECT g.email, g.locale, a.name, a.time_zone FROM agents g"
        " JOIN accounts a ON a.lane = g.lane AND a.account_id = g.account_id"
        " LEFT JOIN alert_settings s ON s.lane = g.lane AND s.account_id = g.account_id"
        " WHERE g.lane = $1 AND g.account_id = $2 AND g.role = 'owner' AND coalesce(s.email, true)",
        tenant.lane,
        tenant.account_id,
    )
    if owner is not None:
        letter = letters.letter(kind, payload, owner["locale"], owner["name"], owner["time_zone"])
        await mail.queue(tx, tenant, f"alert:{key}", mail.Letter(owner["email"], *letter))
