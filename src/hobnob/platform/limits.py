"""Attempt windows: how often something may be tried, counted in the database so that all processes count together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from hobnob.kernel.errors import RateLimited

from .database import ROLE_WEB, Database


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """At most ``attempts_max`` in a window that opens with the first one. ``what`` completes "Too many ..."."""

    name: str
    what: str
    attempts_max: int
    window_s: int

    def key(self, subject: str) -> str:
        """The stored key. Hashed: the table holds no e-mail addresses or IP addresses in the clear."""
        return f"{self.name} {hashlib.sha256(subject.lower().encode()).hexdigest()[:40]}"


async def count_attempt(database: Database, limit: AttemptLimit, subject: str, now: datetime) -> None:
    """Count one attempt in a transaction of its own, whatever becomes of it. Raises RateLimited over the limit."""
    async with database.unscoped(ROLE_WEB) as tx:
        row = await tx.fetchrow(
            "INSERT INTO attempt_windows AS w (key, opened_at, attempts) VALUES ($1, $2, 1)"
            " ON CONFLICT (key) DO UPDATE SET"
            " attempts = CASE WHEN w.opened_at <= $3 THEN 1 ELSE w.attempts + 1 END,"
            " opened_at = CASE WHEN w.opened_at <= $3 THEN excluded.opened_at ELSE w.opened_at END"
            " RETURNING opened_at, attempts",
            limit.key(subject),
            now,
            now - timedelta(seconds=limit.window_s),
        )
    assert row is not None
    if row["attempts"] > limit.attempts_max:
        wait_s = max(1, int((row["opened_at"] - now).total_seconds()) + limit.window_s)
        raise RateLimited(f"Too many {limit.what}. Try again in {wait_text(wait_s)}.", retry_after_s=wait_s)


async def forgive_attempts(database: Database, *granted: tuple[AttemptLimit, str]) -> None:
    """Take back one attempt from each window: what succeeded does not count."""
    async with database.unscoped(ROLE_WEB) as tx:
        await tx.execute(
            "UPDATE attempt_windows SET attempts = greatest(attempts - 1, 0) WHERE key = ANY ($1::text[])",
            [limit.key(subject) for limit, subject in granted],
        )


async def forget_attempts(database: Database, limit: AttemptLimit, subject: str) -> None:
    """Start afresh, for example after the right password."""
    async with database.unscoped(ROLE_WEB) as tx:
        await tx.execute("DELETE FROM attempt_windows WHERE key = $1", limit.key(subject))


def wait_text(seconds: int) -> str:
    """A waiting time as people say it: ``45 seconds``, ``1 minute``, ``12 minutes``."""
    if seconds < 90:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return f"{minutes} minutes" if minutes < 90 else f"{-(-minutes // 60)} hours"
