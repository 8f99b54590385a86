"""Keyset pages: a list goes on after the last key it showed, never by counting rows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from .errors import InvalidInput

T = TypeVar("T")
LIMIT_DEFAULT = 30
LIMIT_MAX = 100


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; ``next`` is the cursor of the following page or None at the end."""

    items: list[T]
    next: str | None


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The sort key of the last row shown: a moment and an id that breaks ties."""

    at: datetime
    id: UUID


def encode_cursor(at: datetime, id: UUID) -> str:
    """An opaque, URL-safe cursor."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(Cursor(at, id))).rstrip(b"=").decode()


def decode_cursor(text: str | None) -> Cursor | None:
    """The cursor's key, None for the first page. Raises InvalidInput for anything we did not make."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.msgpack.decode(raw, type=Cursor)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise InvalidInput(
            "This page address is not valid: start again from the first page.", fields=[("after", "bad cursor")]
        ) from None


def page_limit(limit: int | None) -> int:
    """The page size to use. Raises InvalidInput outside 1 to 100."""
    if limit is None:
        return LIMIT_DEFAULT
    if not 1 <= limit <= LIMIT_MAX:
        raise InvalidInput(f"limit must be between 1 and {LIMIT_MAX}.", fields=[("limit", "out of range")])
    return limit


def page_of(rows: Sequence[T], limit: int, key: Callable[[T], tuple[datetime, UUID]]) -> Page[T]:
    """A page from up to ``limit + 1`` rows: the extra row only says that there is more."""
    shown = list(rows[:limit])
    more = len(rows) > limit
    return Page(shown, encode_cursor(*key(shown[-1])) if more and shown else None)
