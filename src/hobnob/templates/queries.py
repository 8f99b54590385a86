"""SQL of the templates room, and rows to views."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID

import msgspec

from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.ids import Tenant
from hobnob.kernel.pages import Page
from hobnob.platform.database import Row, Tx

from . import rules
from .types import TemplateView

_COLUMNS = "id, name, language, category, status, quality, rejected_reason, parameter_format, components, synced_at"


class _Key(msgspec.Struct, frozen=True, array_like=True):
    name: str
    language: str
    id: UUID


async def page(tx: Tx, tenant: Tenant, status: str | None, after: str | None, limit: int) -> Page[TemplateView]:
    """One page of the account's templates, by name and language."""
    key = _decode(after)
    parameters: list[Any] = [tenant.lane, tenant.account_id, limit + 1, status]
    beyond = ""
    if key is not None:
        beyond = " AND (name, language, id) > ($5, $6, $7)"
        parameters += [key.name, key.language, key.id]
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM templates WHERE lane = $1 AND account_id = $2"
        f" AND ($4::text IS NULL OR status = $4){beyond} ORDER BY name, language, id LIMIT $3",
        *parameters,
    )
    shown = rows[:limit]
    return Page([view(row) for row in shown], _encode(shown[-1]) if len(rows) > limit else None)


async def every(tx: Tx, tenant: Tenant, limit: int) -> list[TemplateView]:
    """The account's templates by name, at most ``limit``."""
    return (await page(tx, tenant, None, None, limit)).items


async def one(tx: Tx, tenant: Tenant, template_id: UUID) -> TemplateView | None:
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM templates WHERE lane = $1 AND account_id = $2 AND id = $3",
        tenant.lane,
        tenant.account_id,
        template_id,
    )
    return view(row) if row else None


def view(row: Row) -> TemplateView:
    """A row as the dashboard shows it."""
    components = row["components"]
    header = rules.component(components, "HEADER")
    return TemplateView(
        id=row["id"],
        name=row["name"],
        language=row["language"],
        category=row["category"],
        status=row["status"],
        quality=row["quality"],
        rejected_reason=row["rejected_reason"],
        parameter_format=row["parameter_format"],
        components=components,
        header_format=str(header.get("format", "TEXT")).upper() if header else None,
        header=header.get("text") if header else None,
        body=(rules.component(components, "BODY") or {}).get("text") or "",
        footer=(rules.component(components, "FOOTER") or {}).get("text"),
        buttons=rules.buttons_of(components),
        parameters=rules.variables_of(components),
        synced_at=row["synced_at"],
    )


def _encode(row: Row) -> str:
    raw = msgspec.msgpack.encode(_Key(row["name"], row["language"], row["id"]))
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str | None) -> _Key | None:
    if not text:
        return None
    try:
        return msgspec.msgpack.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=_Key)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise InvalidInput(
            "This page address is not valid: start again from the first page.", fields=[("after", "bad cursor")]
        ) from None
