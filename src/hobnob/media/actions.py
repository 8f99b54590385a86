"""The only writers of ``media``: expecting a customer's file."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hobnob.platform.database import Row, Tx
from hobnob.whatsapp import limits

from . import queries
from .types import IncomingMedia, MediaView

JOB = "media"


async def expect(tx: Tx, lane: int, rows: Sequence[IncomingMedia], now: datetime) -> None:
    """Note files that customers sent, to be fetched at once. Safe to repeat: an id already known is left alone."""
    if not rows:
        return
    lifetime = timedelta(seconds=limits.INBOUND_MEDIA_LIFETIME_S)
    await tx.execute(
        queries.INSERT_INCOMING,
        lane,
        [row.account_id for row in rows],
        [row.id for row in rows],
        [row.message_id for row in rows],
        [row.whatsapp_media_id for row in rows],
        [row.mime_type for row in rows],
        [row.phone_number_id for row in rows],
        [row.at + lifetime for row in rows],
        [_digest(row.sha256) for row in rows],
        [row.filename for row in rows],
        [row.url for row in rows],
        now,
    )
    tx.wake(JOB, lane)


async def views(tx: Tx, lane: int, ids: Collection[UUID]) -> dict[UUID, MediaView]:
    """Files as messages show them."""
    if not ids:
        return {}
    return {row["id"]: _view(row) for row in await tx.fetch(queries.VIEWS, lane, list(ids))}


def _view(row: Row) -> MediaView:
    address = f"/api/media/{row['id']}"
    return MediaView(
        id=row["id"],
        mime_type=row["mime_type"],
        size_bytes=row["size_bytes"],
        filename=row["filename"],
        width=row["width"],
        height=row["height"],
        state=row["state"],
        url=address if row["state"] == "stored" else None,
        thumbnail_url=f"{address}/thumbnail" if row["thumbnail_key"] else None,
        error=row["error"],
    )


def _digest(text: str | None) -> bytes | None:
    """WhatsApp's base64 SHA-256; None when it is missing or not one (then the bytes are not compared)."""
    try:
        raw = base64.b64decode(text or "", validate=True)
    except binascii.Error:
        return None
    return raw if len(raw) == 32 else None
