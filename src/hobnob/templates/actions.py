"""The only writers of ``templates``: syncing with Meta and taking in its decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hobnob.platform.database import Tx

from .types import TemplateUpdate


async def apply_status_updates(tx: Tx, lane: int, updates: Sequence[TemplateUpdate], now: datetime) -> None:
    """Take in Meta's webhooks about templates, in the given order. A template not synced yet is left to the next sync."""
