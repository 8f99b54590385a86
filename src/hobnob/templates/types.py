"""What the templates room hands out and takes in."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct


class TemplateUpdate(Struct, frozen=True, kw_only=True):
    """One webhook about a template. None leaves a value as it is. Statuses and categories in Meta's capitals or not."""

    account_id: UUID
    whatsapp_template_id: str
    status: str | None = None
    reason: str | None = None
    quality: str | None = None
    category: str | None = None
