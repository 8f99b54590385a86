"""The simulator's clock: real time plus what it was moved ahead, with timers that fire in order when it moves."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime

Action = Callable[[], None]


class SimClock:
    """Timers sleep in real time; ``advance`` runs those it passes, each at its own moment."""

    def __init__(self, ahead_s: float = 0.0) -> None:
        self.ahead_s = ahead_s
        self._frozen_at_s: float | None = None
        self._heap: list[tuple[float, int, Action]] = []
        self._count = itertools.count()
        self._wake: asyncio.TimerHandle | None = None
        self._wake_at_s = 0.0

    def now_s(self) -> float:
        """Unix seconds by this clock."""
        return self._frozen_at_s if self._frozen_at_s is not None else time.time() + self.ahead_s

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_s(), UTC)

    def after(self, delay_s: float, action: Action) -> None:
        """Runs ``action`` in ``delay_s`` seconds of this clock; at once, but not re-entrantly, when that is zero."""
        due_s = self.now_s() + max(0.0, delay_s)
        heapq.heappush(self._heap, (due_s, next(self._count), action))
        if self._frozen_at_s is None:
            self._sleep()

    def advance(self, seconds: float) -> datetime:
        """Moves ahead, running everything due on the way in order."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        target_s = self.now_s() + seconds
        self._run_until(target_s)
        self.ahead_s += seconds
        self._sleep(again=True)
        return self.now()

    def close(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
        self._wake = None
        self._heap.clear()

    def _run_until(self, target_s: float) -> None:
        try:
            while self._heap and self._heap[0][0] <= target_s:
                due_s, _, action = heapq.heappop(self._heap)
                self._frozen_at_s = max(due_s, self._frozen_at_s or due_s)
                action()
        finally:
            self._frozen_at_s = None

    def _sleep(self, again: bool = False) -> None:
        """Sets the one real timer to the earliest action; ``again`` when the clock itself moved."""
        if self._wake is not None:
            if not again and (not self._heap or self._heap[0][0] >= self._wake_at_s):
                return
            self._wake.cancel()
            self._wake = None
        if self._heap:
            self._wake_at_s = self._heap[0][0]
            delay_s = max(0.0, self._wake_at_s - self.now_s())
            self._wake = asyncio.get_running_loop().call_later(delay_s, self._fire)

    def _fire(self) -> None:
        self._wake = None
        while self._heap and self._heap[0][0] <= self.now_s():
            _, _, action = heapq.heappop(self._heap)
            action()
        self._sleep()


def iso(seconds: float) -> str:
    """RFC 3339 with a Z, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
