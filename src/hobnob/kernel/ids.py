"""Identifiers and lanes: time-ordered UUIDs (version 7) made here, so that rows of one moment lie together."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from uuid import UUID

LANE_COUNT = 256


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): 48 bits of unix milliseconds, then random bits. Sorts by creation time."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def new_ids(count: int) -> list[UUID]:
    """UUIDv7s that sort in the order of the list: a counter follows the milliseconds (RFC 9562, method 1)."""
    millis = time.time_ns() // 1_000_000
    ids = []
    for start in range(0, count, 4096):
        for n in range(min(4096, count - start)):
            random_bits = int.from_bytes(os.urandom(8), "big") >> 2
            ids.append(UUID(int=(millis << 80) | (0x7 << 76) | (n << 64) | (0x2 << 62) | random_bits))
        millis += 1
    return ids


def lane_of(account_id: UUID) -> int:
    """The lane (0-255) of a new account. Fixed at creation and stored; never derive it again afterwards."""
    return hashlib.blake2b(account_id.bytes, digest_size=1).digest()[0]


@dataclass(frozen=True, slots=True)
class Tenant:
    """Which account a statement speaks for, and the lane it lives in. Every tenant statement names both."""

    account_id: UUID
    lane: int
