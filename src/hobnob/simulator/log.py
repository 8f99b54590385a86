"""The last calls and webhooks, kept as they were and only decoded when somebody looks; and who is watching live."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from .clock import iso

ENTRIES_MAX = 2_000
BODY_SHOWN_MAX_BYTES = 20_000
FLUSH_S = 0.04
WATCHERS_MAX = 50
WAITING_FRAMES_MAX = 1_000

_encoder = msgspec.json.Encoder()


@dataclass(slots=True)
class Entry:
    """One call or webhook."""

    kind: str
    method: str
    path: str
    status: int | None
    request: bytes
    response: bytes
    at_s: float
    ms: float
    attempt: int | None = None
    fault: str | None = None
    seq: int = 0

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "seq": self.seq,
            "at": iso(self.at_s),
            "kind": self.kind,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "request": _body(self.request),
            "response": _body(self.response),
            "ms": round(self.ms, 1),
        }
        if self.attempt is not None:
            shown["attempt"] = self.attempt
        if self.fault is not None:
            shown["fault"] = self.fault
        return shown


def _body(raw: bytes) -> Any:
    if not raw:
        return None
    if len(raw) > BODY_SHOWN_MAX_BYTES:
        return f"({len(raw)} bytes)"
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return raw[:500].decode("utf-8", "replace")


class Watchers:
    """Live sockets. Changes are marked and told together a few times a second, so that load costs watchers, not senders."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()
        self._marked: dict[tuple[str, ...], Callable[[], dict[str, Any] | None]] = {}
        self._flush: asyncio.TimerHandle | None = None

    def __bool__(self) -> bool:
        return bool(self._queues)

    def join(self) -> asyncio.Queue[bytes] | None:
        """A queue of frames, or None when too many are watching."""
        if len(self._queues) >= WATCHERS_MAX:
            return None
        queue: asyncio.Queue[bytes] = asyncio.Queue(WAITING_FRAMES_MAX)
        self._queues.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[bytes]) -> None:
        self._queues.discard(queue)

    def mark(self, key: tuple[str, ...], frame: Callable[[], dict[str, Any] | None]) -> None:
        """Something changed; ``frame`` is asked once, at the next flush, for its then state."""
        if not self._queues:
            return
        self._marked[key] = frame
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(FLUSH_S, self._tell)

    def close(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None

    def _tell(self) -> None:
        self._flush = None
        frames, self._marked = list(self._marked.values()), {}
        for frame in frames:
            shown = frame()
            if shown is None:
                continue
            raw = _encoder.encode(shown)
            for queue in self._queues:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(raw)


class Log:
    """The ring of entries."""

    def __init__(self, watchers: Watchers) -> None:
        self._entries: deque[Entry] = deque(maxlen=ENTRIES_MAX)
        self._seq = 0
        self._watchers = watchers

    def add(self, entry: Entry) -> None:
        self._seq += 1
        entry.seq = self._seq
        self._entries.append(entry)
        if self._watchers:
            self._watchers.mark(("log", str(entry.seq)), lambda: {"type": "log", "entry": entry.shown()})

    def after(self, seq: int, limit: int) -> Iterable[dict[str, Any]]:
        found = [entry for entry in self._entries if entry.seq > seq]
        return [entry.shown() for entry in found[-limit:]]

    def clear(self) -> None:
        self._entries.clear()
