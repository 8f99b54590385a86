"""Argon2id in a few threads: each hash takes 64 MiB and tens of milliseconds, so the number at once is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hobnob.kernel.errors import Unavailable

T = TypeVar("T")

HASHES_AT_ONCE_MAX = 2
HASHES_WAITING_MAX = 100

_hasher = PasswordHasher()
_pool = ThreadPoolExecutor(HASHES_AT_ONCE_MAX, thread_name_prefix="argon2")
_waiting = 0
# Verified for unknown e-mails, so that they cost what known ones cost. The password of it is thrown away.
_nobody: str | None = None


async def hash_password(password: str) -> str:
    """The hash to store. Raises Unavailable when too many wait."""
    return await _run(lambda: _hasher.hash(password))


async def password_fits(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one. ``None`` (an unknown e-mail) takes the same work and never fits."""
    return await _run(lambda: _verify(stored, password))


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    global _nobody
    if stored is None and _nobody is None:
        _nobody = _hasher.hash("nobody's password")
    try:
        _hasher.verify(stored or _nobody or "", password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


async def _run(work: Callable[[], T]) -> T:
    global _waiting
    if _waiting >= HASHES_WAITING_MAX:
        raise Unavailable("Many people are signing in just now. Try again in a few seconds.", retry_after_s=5)
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_pool, work)
    finally:
        _waiting -= 1
