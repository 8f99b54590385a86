"""The only writers of ``media``: expecting a customer's file, keeping an agent's, noting what became of both."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Row, Tx
from hobnob.whatsapp import limits

from . import queries
from .errors import MediaNotFound, MediaNotReady
from .types import Fetched, IncomingMedia, MediaView, PendingFile, StoredFile, Upload

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


async def stored_file(tx: Tx, tenant: Tenant, media_id: UUID) -> StoredFile:
    """A file that can be sent or served. Raises MediaNotFound or MediaNotReady."""
    row = await tx.fetchrow(queries.ONE, tenant.lane, tenant.account_id, media_id)
    if row is None:
        raise MediaNotFound
    if row["state"] != "stored":
        raise MediaNotReady
    return _stored(row)


async def stored_files(tx: Tx, lane: int, ids: Collection[UUID]) -> dict[UUID, StoredFile]:
    """Files of a lane that can be sent; others are left out."""
    if not ids:
        return {}
    return {row["id"]: _stored(row) for row in await tx.fetch(queries.MANY_OF_LANE, lane, list(ids))}


async def keep_upload(tx: Tx, tenant: Tenant, file: StoredFile, now: datetime) -> MediaView:
    """Note a file that an agent uploaded and that lies in the store."""
    await tx.execute(
        queries.INSERT_UPLOADED,
        tenant.lane,
        tenant.account_id,
        file.id,
        file.mime_type,
        file.size_bytes,
        file.sha256,
        file.filename,
        file.width,
        file.height,
        file.storage_key,
        file.thumbnail_key,
        now,
    )
    return (await views(tx, tenant.lane, [file.id]))[file.id]


async def note_uploads(tx: Tx, lane: int, uploads: Sequence[Upload]) -> None:
    """Remember WhatsApp's ids of our files, so that the next send needs no upload."""
    if uploads:
        await tx.execute(
            queries.NOTE_UPLOADS,
            lane,
            [upload.id for upload in uploads],
            [upload.whatsapp_media_id for upload in uploads],
            [upload.phone_number_id for upload in uploads],
            [upload.expires_at for upload in uploads],
        )


async def claim_due(tx: Tx, lane: int, now: datetime, until: datetime, limit: int) -> list[PendingFile]:
    """Customers' files to be fetched now; they are due again at ``until`` unless something is recorded."""
    return [PendingFile(**row) for row in await tx.fetch(queries.CLAIM, lane, now, limit, until)]


async def record(tx: Tx, lane: int, outcomes: Sequence[Fetched]) -> list[UUID]:
    """Note what became of fetched files; answers with the messages that show them."""
    rows = await tx.fetch(
        queries.RECORD,
        lane,
        [outcome.file.id for outcome in outcomes],
        [outcome.state for outcome in outcomes],
        [outcome.error for outcome in outcomes],
        [outcome.due_at for outcome in outcomes],
        [outcome.mime_type for outcome in outcomes],
        [outcome.size_bytes for outcome in outcomes],
        [outcome.sha256 for outcome in outcomes],
        [outcome.width for outcome in outcomes],
        [outcome.height for outcome in outcomes],
        [outcome.storage_key for outcome in outcomes],
        [outcome.thumbnail_key for outcome in outcomes],
    )
    return [row["message_id"] for row in rows if row["message_id"] is not None]


def _stored(row: Row) -> StoredFile:
    fields = dict(row)
    del fields["state"]
    return StoredFile(**fields)


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
