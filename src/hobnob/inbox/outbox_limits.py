"""How fast WhatsApp lets messages go: per business number, and per number and customer. Pure; time is handed in.

A lane is worked by one process at a time, so what it remembers here is all there is; after a restart it starts with full
allowances and Meta's refusals (130429, 131056) set it right.
"""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from hobnob.whatsapp import limits

# In any second at most the burst plus a second's refill may go: together no more than the number's rate.
BURST_SHARE = 0.1
PAIRS_MAX = 50_000
PAUSE_FIRST_S = 1.0
PAUSE_MAX_S = 60.0


class Allowance:
    """A token bucket: ``capacity`` at once, then ``per_second``."""

    __slots__ = ("_at_s", "_tokens", "capacity", "per_second")

    def __init__(self, capacity: float, per_second: float, now_s: float) -> None:
        self.capacity = capacity
        self.per_second = per_second
        self._tokens = capacity
        self._at_s = now_s

    def available(self, now_s: float) -> int:
        """Whole tokens there are now."""
        self._refill(now_s)
        # A hair of tolerance: refills are sums of fractions.
        return int(self._tokens + 1e-9)

    def take(self, now_s: float, tokens: int = 1) -> None:
        """Use tokens; below zero means a longer wait."""
        self._refill(now_s)
        self._tokens -= tokens

    def wait_s(self, now_s: float) -> float:
        """Seconds until one token is there."""
        self._refill(now_s)
        return max(0.0, (1.0 - self._tokens) / self.per_second)

    def empty(self, now_s: float) -> None:
        """Meta said there is nothing left, whatever was counted here."""
        self._refill(now_s)
        self._tokens = min(self._tokens, 0.0)

    def is_full(self, now_s: float) -> bool:
        self._refill(now_s)
        return self._tokens >= self.capacity

    def _refill(self, now_s: float) -> None:
        if now_s > self._at_s:
            self._tokens = min(self.capacity, self._tokens + (now_s - self._at_s) * self.per_second)
            self._at_s = now_s


class NumberLimit:
    """One business number: its throughput, and the pause after WhatsApp said it was too much."""

    __slots__ = ("_allowance", "_pause_s", "_paused_until_s", "per_second")

    def __init__(self, per_second: int, now_s: float) -> None:
        self.per_second = per_second
        self._allowance = Allowance(max(1.0, per_second * BURST_SHARE), per_second * (1 - BURST_SHARE), now_s)
        self._paused_until_s = now_s
        self._pause_s = PAUSE_FIRST_S

    def available(self, now_s: float) -> int:
        return 0 if now_s < self._paused_until_s else self._allowance.available(now_s)

    def take(self, now_s: float, messages: int) -> None:
        self._allowance.take(now_s, messages)

    def wait_s(self, now_s: float) -> float:
        return max(self._paused_until_s - now_s, self._allowance.wait_s(now_s))

    def refused(self, now_s: float, retry_after_s: float | None) -> float:
        """Pause; longer each time until something goes through. Answers with the pause in seconds."""
        if now_s < self._paused_until_s:
            # Several sends of one burst are refused together: they are one refusal.
            return self._paused_until_s - now_s
        pause_s = max(retry_after_s or 0.0, self._pause_s)
        self._paused_until_s = now_s + pause_s
        self._pause_s = min(self._pause_s * 2, PAUSE_MAX_S)
        self._allowance.empty(now_s)
        return pause_s

    def accepted(self) -> None:
        self._pause_s = PAUSE_FIRST_S


class PairLimits:
    """All chats of a lane: one message each 6 seconds, with a burst borrowed from later."""

    def __init__(self) -> None:
        self._pairs: OrderedDict[UUID, Allowance] = OrderedDict()

    def wait_s(self, chat_id: UUID, now_s: float) -> float:
        """0 when a message may go to this chat now."""
        pair = self._pairs.get(chat_id)
        return 0.0 if pair is None or pair.available(now_s) >= 1 else pair.wait_s(now_s)

    def take(self, chat_id: UUID, now_s: float) -> None:
        pair = self._pairs.get(chat_id)
        if pair is None:
            pair = Allowance(limits.PAIR_BURST_MESSAGES, 1 / limits.PAIR_INTERVAL_S, now_s)
            self._pairs[chat_id] = pair
        pair.take(now_s)
        self._pairs.move_to_end(chat_id)
        while len(self._pairs) > PAIRS_MAX or self._oldest_is_full(now_s):
            self._pairs.popitem(last=False)

    def refused(self, chat_id: UUID, now_s: float) -> None:
        """WhatsApp said 131056: the burst is used up."""
        self._pairs.setdefault(chat_id, Allowance(limits.PAIR_BURST_MESSAGES, 1 / limits.PAIR_INTERVAL_S, now_s)).empty(
            now_s
        )

    def _oldest_is_full(self, now_s: float) -> bool:
        """A full allowance is the same as none: forget it."""
        return bool(self._pairs) and next(iter(self._pairs.values())).is_full(now_s)
