"""Realtime: what changed, told to every browser of an account once it is committed.

Between the processes of one node the events ride on PostgreSQL's NOTIFY, inside the transaction that made them, so an
event exists exactly if its change does. With ``HOBNOB_NATS_URL`` they go over NATS right after the commit instead.
Inside a process the `Hub` hands them to the open sockets; a socket that cannot keep up is told to fetch afresh.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Protocol
from uuid import UUID

import structlog

log = structlog.get_logger()

QUEUE_MAX_FRAMES = 500
NOTIFY_MAX_CHARS = 7_500
RESYNC_FRAME = b'{"events":[{"type":"resync"}]}'
SUBJECT = "hobnob.events"

Frames = asyncio.Queue[bytes]


class Publisher(Protocol):
    """Carries events to the other processes after a commit."""

    async def publish(self, account_id: UUID, frame: bytes) -> None: ...


_publisher: Publisher | None = None


def use_publisher(publisher: Publisher | None) -> None:
    """Choose how events leave this process: None is PostgreSQL."""
    global _publisher
    _publisher = publisher


def events_travel_by_postgres() -> bool:
    return _publisher is None


async def publish_committed(events: list[tuple[UUID, bytes]]) -> None:
    """Send events over NATS. A failure here costs liveness, not data: browsers fetch afresh when they reconnect."""
    if _publisher is None or not events:
        return
    for account_id, frame in _frames(events):
        try:
            await _publisher.publish(account_id, frame)
        except Exception as error:  # noqa: BLE001 - the commit stands whatever the bus does
            log.warning("realtime_publish_failed", account_id=str(account_id), error=repr(error))


def _frames(events: Iterable[tuple[UUID, bytes]]) -> list[tuple[UUID, bytes]]:
    grouped: dict[UUID, list[bytes]] = defaultdict(list)
    for account_id, event in events:
        grouped[account_id].append(event)
    return [(account_id, b'{"events":[' + b",".join(parts) + b"]}") for account_id, parts in grouped.items()]


def notify_payloads(events: list[tuple[UUID, bytes]]) -> list[str]:
    """Frames as NOTIFY payloads. A frame longer than a payload may be is cut; `Assembler` joins it again."""
    payloads = []
    for account_id, frame in _frames(events):
        text = frame.decode()
        parts = [text[i : i + NOTIFY_MAX_CHARS] for i in range(0, len(text), NOTIFY_MAX_CHARS)]
        # NOTIFY counts bytes: cut again where characters are wide.
        if any(len(part.encode()) > NOTIFY_MAX_CHARS for part in parts):
            narrow = NOTIFY_MAX_CHARS // 4
            parts = [text[i : i + narrow] for i in range(0, len(text), narrow)]
        token = os.urandom(6).hex()
        payloads += [f"{account_id} {token} {n} {len(parts)} {part}" for n, part in enumerate(parts)]
    return payloads


class Assembler:
    """Joins cut frames. Parts of one transaction arrive in order, so a missing part means a lost connection."""

    def __init__(self) -> None:
        self._open: dict[str, list[str]] = {}

    def forget(self) -> None:
        """After a lost connection the rest of an open frame never comes."""
        self._open.clear()

    def take(self, payload: str) -> tuple[UUID, bytes] | None:
        account, token, n, total, part = payload.split(" ", 4)
        if total == "1":
            return UUID(account), part.encode()
        parts = self._open.setdefault(token, [])
        parts.append(part)
        if int(n) + 1 < int(total):
            return None
        del self._open[token]
        return UUID(account), "".join(parts).encode()


class Hub:
    """The open sockets of this process, by account."""

    def __init__(self) -> None:
        self._sockets: dict[UUID, set[Frames]] = defaultdict(set)

    def subscribe(self, account_id: UUID) -> Frames:
        queue: Frames = asyncio.Queue(QUEUE_MAX_FRAMES)
        self._sockets[account_id].add(queue)
        return queue

    def unsubscribe(self, account_id: UUID, queue: Frames) -> None:
        self._sockets[account_id].discard(queue)
        if not self._sockets[account_id]:
            del self._sockets[account_id]

    def deliver(self, account_id: UUID, frame: bytes) -> None:
        """Hand a frame to every socket of the account; one that cannot take it is told to fetch afresh."""
        for queue in self._sockets.get(account_id, ()):
            _put(queue, frame)

    def __contains__(self, account_id: UUID) -> bool:
        """Whether a page of the account is open here."""
        return account_id in self._sockets

    def resync(self, account_id: UUID) -> None:
        """Events of an account may have been missed: its browsers fetch afresh."""
        self.deliver(account_id, RESYNC_FRAME)

    def resync_all(self) -> None:
        """After events may have been missed: every browser fetches afresh."""
        for account_id in self._sockets:
            self.deliver(account_id, RESYNC_FRAME)

    @property
    def sockets_count(self) -> int:
        return sum(len(queues) for queues in self._sockets.values())


def _put(queue: Frames, frame: bytes) -> None:
    try:
        queue.put_nowait(frame)
    except asyncio.QueueFull:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(RESYNC_FRAME)


class NatsBus:
    """Events between nodes over NATS core. Open with `connect`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @classmethod
    async def connect(cls, url: str) -> NatsBus:
        """Connect; reconnects for ever by itself. Raises OSError when NATS cannot be reached at start."""
        import nats  # noqa: PLC0415 - an optional extra

        return cls(await nats.connect(url, max_reconnect_attempts=-1, name="hobnob"))

    async def publish(self, account_id: UUID, frame: bytes) -> None:
        await self._client.publish(f"{SUBJECT}.{account_id}", frame)

    async def subscribe(self, deliver: Callable[[UUID, bytes], None]) -> None:
        async def handle(message: Any) -> None:
            deliver(UUID(message.subject.rsplit(".", 1)[1]), message.data)

        await self._client.subscribe(f"{SUBJECT}.*", cb=handle)

    async def close(self) -> None:
        await self._client.drain()
