"""The one source of time. Sandbox accounts may run ahead of the real clock; nobody runs behind it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable


@runtime_checkable
class Clock(Protocol):
    """Says what time it is. ``ahead_s`` is how far an account's own (sandbox) clock runs ahead, in seconds."""

    def now(self, ahead_s: int = 0) -> datetime: ...


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self, ahead_s: int = 0) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead_s)


class ManualClock:
    """A clock that stands still until it is moved; forward only."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self, ahead_s: int = 0) -> datetime:
        return self._now + timedelta(seconds=ahead_s)

    def advance(self, by: timedelta) -> datetime:
        if by < timedelta(0):
            raise ValueError("a clock only moves forward")
        self._now += by
        return self._now


def from_epoch(seconds: float | str) -> datetime:
    """A moment from WhatsApp's unix seconds (number or decimal string)."""
    return datetime.fromtimestamp(int(seconds), UTC)
