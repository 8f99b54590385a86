"""The audit trail: who did what, written in the transaction that does it. In real time, also where a sandbox runs ahead."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Tx
from hobnob.platform.http import request_id


async def audit(
    tx: Tx,
    tenant: Tenant,
    action: str,
    object_type: str,
    object_id: object,
    agent_id: UUID | None = None,
    *,
    detail: dict[str, Any] | None = None,
) -> None:
    """Note an action such as ``number.added``. ``detail`` must hold no secrets."""
    await tx.execute(
        "INSERT INTO audit_events (lane, account_id, id, at, agent_id, action, object_type, object_id, detail, request_id)"
        " VALUES ($1, $2, $3, now(), $4, $5, $6, $7, $8, $9)",
        tenant.lane,
        tenant.account_id,
        new_id(),
        agent_id,
        action,
        object_type,
        str(object_id),
        detail or {},
        request_id.get() or None,
    )
