"""What the media room hands out: files as the dashboard shows them, and what ingest knows of a file to be fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

MediaState = Literal["pending", "stored", "failed"]


class MediaView(Struct, frozen=True):
    """A file of a message. ``url`` and ``thumbnail_url`` are set once there is something to fetch."""

    id: UUID
    mime_type: str
    size_bytes: int | None
    filename: str | None
    width: int | None
    height: int | None
    state: MediaState
    url: str | None
    thumbnail_url: str | None
    error: str | None


class IncomingMedia(Struct, frozen=True, kw_only=True):
    """A file a customer sent, as the webhook names it. ``id`` is ours (chosen by the caller), ``at`` the message's time;
    ``url`` (if the webhook has one) saves a call. ``sha256`` is WhatsApp's base64 text."""

    account_id: UUID
    id: UUID
    message_id: UUID
    whatsapp_media_id: str
    mime_type: str
    phone_number_id: str
    at: datetime
    sha256: str | None = None
    filename: str | None = None
    url: str | None = None


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file that is here, ready to be sent or served. ``phone_number_id`` is the number that WhatsApp's id belongs to."""

    id: UUID
    mime_type: str
    size_bytes: int
    filename: str | None
    width: int | None
    height: int | None
    storage_key: str
    thumbnail_key: str | None
    sha256: bytes
    whatsapp_media_id: str | None
    whatsapp_expires_at: datetime | None
    phone_number_id: str | None


class Upload(Struct, frozen=True):
    """A file of ours that WhatsApp now knows by ``whatsapp_media_id``, for sends of one number, for 30 days."""

    id: UUID
    whatsapp_media_id: str
    phone_number_id: str
    expires_at: datetime


class PendingFile(Struct, frozen=True):
    """A customer's file that is due to be fetched."""

    account_id: UUID
    id: UUID
    message_id: UUID | None
    whatsapp_media_id: str
    phone_number_id: str | None
    source_url: str | None
    mime_type: str
    sha256: bytes | None
    whatsapp_expires_at: datetime
    attempts: int


class Fetched(Struct, frozen=True):
    """The outcome of fetching a file: ``stored`` with its figures, tried again at ``due_at``, or failed with ``error``."""

    file: PendingFile
    state: MediaState
    error: str | None = None
    due_at: datetime | None = None
    mime_type: str | None = None
    size_bytes: int | None = None
    sha256: bytes | None = None
    width: int | None = None
    height: int | None = None
    storage_key: str | None = None
    thumbnail_key: str | None = None
