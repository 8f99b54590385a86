"""The only writers of ``templates``: syncing with Meta, taking in its decisions. And what others may read and fill in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Tx
from hobnob.whatsapp.graph_types import Template

from . import queries
from .errors import TemplateNotApproved, TemplateNotFound
from .events import TemplatesChanged
from .rules import fill
from .types import TemplateUpdate, TemplateView

__all__ = ["apply_status_updates", "approved_template", "fill", "request_sync", "store"]

JOB = "templates"
SENDABLE = ("approved", "flagged")
# Meta's words for an approved template that was something else for a while.
_BACK = {"reinstated": "approved", "unarchived": "approved"}


async def approved_template(tx: Tx, tenant: Tenant, template_id: UUID) -> TemplateView:
    """A template that may be sent. Raises TemplateNotFound or TemplateNotApproved."""
    template = await queries.one(tx, tenant, template_id)
    if template is None:
        raise TemplateNotFound
    if template.status not in SENDABLE:
        raise TemplateNotApproved(template.name, template.status)
    return template


async def request_sync(tx: Tx, tenant: Tenant, now: datetime) -> None:
    """Have the worker compare the account's templates with Meta's soon."""
    await tx.execute(
        "INSERT INTO template_syncs (lane, account_id, due_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (lane, account_id) DO UPDATE SET due_at = least(template_syncs.due_at, excluded.due_at), attempts = 0",
        tenant.lane,
        tenant.account_id,
        now,
    )
    tx.wake(JOB, tenant.lane)


async def store(tx: Tx, tenant: Tenant, found: dict[str, list[Template]], now: datetime) -> None:
    """Make our copies equal to what Meta holds: ``found`` is every template of every WhatsApp account, by its id."""
    # A list that changes while it is read page by page may name a template twice.
    flat = list({t.id: (waba_id, t) for waba_id, templates in found.items() for t in templates}.values())
    changed = await tx.execute(
        "INSERT INTO templates AS t (lane, account_id, id, waba_id, whatsapp_template_id, name, language, category,"
        " status, quality, rejected_reason, parameter_format, components, synced_at)"
        " SELECT $1, $2, r.id, r.waba, r.theirs, r.name, r.language, r.category, r.status, r.quality, r.reason, r.format,"
        " r.components::jsonb, $14 FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],"
        " $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])"
        " AS r (id, waba, theirs, name, language, category, status, quality, reason, format, components)"
        " ON CONFLICT (lane, account_id, whatsapp_template_id) DO UPDATE SET waba_id = excluded.waba_id,"
        " name = excluded.name, language = excluded.language, category = excluded.category, status = excluded.status,"
        " quality = excluded.quality, rejected_reason = excluded.rejected_reason,"
        " parameter_format = excluded.parameter_format, components = excluded.components, synced_at = excluded.synced_at",
        tenant.lane,
        tenant.account_id,
        [new_id() for _ in flat],
        [waba_id for waba_id, _ in flat],
        [template.id for _, template in flat],
        [template.name for _, template in flat],
        [template.language for _, template in flat],
        [template.category.lower() for _, template in flat],
        [_status(template.status) for _, template in flat],
        [_quality(template.quality_score.score if template.quality_score else None) for _, template in flat],
        [_reason(template.rejected_reason) for _, template in flat],
        [template.parameter_format.upper() for _, template in flat],
        # As text: the driver takes a list of lists for an array of two dimensions.
        [msgspec.json.encode(template.components).decode() for _, template in flat],
        now,
    )
    gone = await tx.execute(
        "DELETE FROM templates WHERE lane = $1 AND account_id = $2 AND waba_id = ANY ($3::text[])"
        " AND whatsapp_template_id <> ALL ($4::text[])",
        tenant.lane,
        tenant.account_id,
        list(found),
        [template.id for _, template in flat],
    )
    if changed or gone:
        tx.emit(tenant.account_id, TemplatesChanged())


async def apply_status_updates(tx: Tx, lane: int, updates: Sequence[TemplateUpdate], now: datetime) -> None:
    """Take in Meta's webhooks about templates, in the given order. One not known yet has its account synced."""
    latest: dict[tuple[UUID, str], TemplateUpdate] = {}
    for update in updates:
        latest[update.account_id, update.whatsapp_template_id] = _after(
            latest.get((update.account_id, update.whatsapp_template_id)), update
        )
    if not latest:
        return
    rows = await tx.fetch(
        "UPDATE templates t SET status = coalesce(u.status, t.status), quality = coalesce(u.quality, t.quality),"
        " category = coalesce(u.category, t.category),"
        " rejected_reason = CASE WHEN u.status IS NULL THEN t.rejected_reason ELSE u.reason END"
        " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])"
        " AS u (account_id, id, status, reason, quality, category)"
        " WHERE t.lane = $1 AND t.account_id = u.account_id AND t.whatsapp_template_id = u.id"
        " RETURNING t.account_id, t.whatsapp_template_id",
        lane,
        [update.account_id for update in latest.values()],
        [update.whatsapp_template_id for update in latest.values()],
        [_status(update.status) if update.status else None for update in latest.values()],
        [_reason(update.reason) for update in latest.values()],
        [_quality(update.quality) for update in latest.values()],
        [update.category.lower() if update.category else None for update in latest.values()],
    )
    known = {(row["account_id"], row["whatsapp_template_id"]) for row in rows}
    for account_id in sorted({account_id for account_id, _ in set(latest) - known}, key=str):
        await request_sync(tx, Tenant(account_id, lane), now)
    for account_id in sorted({account_id for account_id, _ in known}, key=str):
        tx.emit(account_id, TemplatesChanged())


def _after(earlier: TemplateUpdate | None, later: TemplateUpdate) -> TemplateUpdate:
    if earlier is None:
        return later
    return TemplateUpdate(
        account_id=later.account_id,
        whatsapp_template_id=later.whatsapp_template_id,
        status=later.status or earlier.status,
        reason=later.reason if later.status else earlier.reason,
        quality=later.quality or earlier.quality,
        category=later.category or earlier.category,
    )


def _status(status: str) -> str:
    return _BACK.get(status.lower(), status.lower())


def _reason(reason: str | None) -> str | None:
    return None if reason is None or reason.upper() in ("NONE", "") else reason


def _quality(score: str | None) -> str | None:
    return None if score is None or score.upper() == "UNKNOWN" else score.lower()
