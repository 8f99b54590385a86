"""Sends webhooks: to every subscribed app, signed, in order per chat, batched, and again until they are answered with 200."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import deque
from typing import Any

import aiohttp
from msgspec import Struct

from hobnob.whatsapp import limits, signature

from .clock import SimClock
from .faults import Faults, happens
from .log import Entry, Log
from .world import App, Index, Number, Waba

LANES = 32
LANES_WHEN_BATCHING = 4
ANSWER_TIMEOUT_S = 20
RETRY_FIRST_S = 0.5
RETRY_MAX_S = 3_600.0
CONNECTIONS_MAX = 64
WAITING_MAX = 1_000_000
IN_FLIGHT_RETRIES_MAX = 64


class Update(Struct):
    """One thing to tell. ``kind`` names the list inside a ``messages`` value; None means ``item`` is the whole value."""

    waba_id: str
    field: str
    item: dict[str, Any]
    kind: str | None = None
    number: Number | None = None
    contact: dict[str, Any] | None = None
    at_s: int = 0


class _Lane:
    __slots__ = ("later", "queue", "running")

    def __init__(self) -> None:
        self.queue: deque[Update] = deque()
        self.running = False
        self.later: deque[tuple[float, Update]] = deque()


class _Destination:
    """One app at one address."""

    __slots__ = ("app", "lanes", "url")

    def __init__(self, app: App, url: str) -> None:
        self.app = app
        self.url = url
        self.lanes: dict[int, _Lane] = {}


class Dispatch:
    """The way out. ``emit`` never waits; sending happens in tasks of its own."""

    def __init__(self, index: Index, clock: SimClock, log: Log, faults: Faults) -> None:
        self.faults = faults
        self._index = index
        self._clock = clock
        self._log = log
        self._destinations: dict[tuple[str, str], _Destination] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._retry_slots = asyncio.Semaphore(IN_FLIGHT_RETRIES_MAX)
        self.delivered = 0
        self.pending = 0

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def forget(self) -> None:
        """Drops everything not yet told."""
        for destination in self._destinations.values():
            for lane in destination.lanes.values():
                self.pending -= len(lane.queue) + len(lane.later)
                lane.queue.clear()
                lane.later.clear()
        self._destinations.clear()

    def emit(self, waba: Waba, update: Update, chat_key: str = "") -> None:
        """Tells every app subscribed to the account; ``chat_key`` keeps a chat's updates in order."""
        for subscription in waba.subscriptions.values():
            app = self._index.world.apps.get(subscription.app_id)
            if app is None:
                continue
            number = update.number
            url = (
                (number.override_callback_uri if number is not None else None)
                or subscription.override_callback_uri
                or app.callback_url
            )
            if url:
                self._enqueue(self._destination(app, url), update, chat_key)

    def _destination(self, app: App, url: str) -> _Destination:
        found = self._destinations.get((app.app_id, url))
        if found is None or found.app is not app:
            found = self._destinations[app.app_id, url] = _Destination(app, url)
        return found

    def _enqueue(self, to: _Destination, update: Update, chat_key: str) -> None:
        lanes = LANES if self.faults.batch_max == 1 else LANES_WHEN_BATCHING
        number = hash(chat_key) % lanes
        lane = to.lanes.get(number)
        if lane is None:
            lane = to.lanes[number] = _Lane()
        if self.pending >= WAITING_MAX:
            self._note(to, encode([update]), None, b"too many webhooks wait", ms=0.0, attempt=1, fault="lost")
            return
        self.pending += 1
        low, high = self.faults.webhook_delay_ms
        if high <= 0 and not lane.later:
            self._push(to, lane, update)
            return
        due_s = time.monotonic() + random.uniform(min(low, high), high) / 1000
        if self.faults.reorder:
            asyncio.get_running_loop().call_later(due_s - time.monotonic(), self._push, to, lane, update)
            return
        lane.later.append((due_s, update))
        if len(lane.later) == 1:
            self._wait(to, lane)

    def _wait(self, to: _Destination, lane: _Lane) -> None:
        """One timer per lane, so that what is late is late in order."""
        delay_s = max(0.0, lane.later[0][0] - time.monotonic())
        asyncio.get_running_loop().call_later(delay_s, self._release, to, lane)

    def _release(self, to: _Destination, lane: _Lane) -> None:
        now_s = time.monotonic() + 0.001
        while lane.later and lane.later[0][0] <= now_s:
            self._push(to, lane, lane.later.popleft()[1])
        if lane.later:
            self._wait(to, lane)

    def _push(self, to: _Destination, lane: _Lane, update: Update) -> None:
        lane.queue.append(update)
        if not lane.running:
            lane.running = True
            self._start(self._drain(to, lane))

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, to: _Destination, lane: _Lane) -> None:
        """Sends what is waiting, a batch at a time; while one is on its way the next gathers."""
        try:
            while lane.queue:
                if self.faults.reorder and len(lane.queue) > 1:
                    shuffled = list(lane.queue)
                    random.shuffle(shuffled)
                    lane.queue = deque(shuffled)
                size = min(self.faults.batch_max, len(lane.queue))
                batch = [lane.queue.popleft() for _ in range(size)]
                raw = encode(batch)
                if happens(self.faults.duplicate):
                    self._start(self._repeat(to, raw))
                if happens(self.faults.drop_then_retry):
                    self._note(to, raw, None, b"", ms=0.0, attempt=1, fault="dropped")
                    self._retry(to, raw, 1, self._clock.now_s(), size)
                elif await self._post(to, raw, 1):
                    self.delivered += size
                    self.pending -= size
                else:
                    self._retry(to, raw, 1, self._clock.now_s(), size)
        finally:
            lane.running = False

    async def _repeat(self, to: _Destination, raw: bytes) -> None:
        await asyncio.sleep(random.uniform(0, 0.2))
        await self._post(to, raw, 1, "duplicate")

    def _retry(self, to: _Destination, raw: bytes, attempt: int, first_s: float, size: int) -> None:
        delay_s = min(RETRY_FIRST_S * 2 ** (attempt - 1), RETRY_MAX_S) * random.uniform(0.8, 1.2)
        if self._clock.now_s() + delay_s - first_s > limits.WEBHOOK_RETRY_S:
            self.pending -= size
            return
        self._clock.after(delay_s, lambda: self._start(self._again(to, raw, attempt + 1, first_s, size)))

    async def _again(self, to: _Destination, raw: bytes, attempt: int, first_s: float, size: int) -> None:
        async with self._retry_slots:
            done = await self._post(to, raw, attempt)
        if done:
            self.delivered += size
            self.pending -= size
        else:
            self._retry(to, raw, attempt, first_s, size)

    async def _post(self, to: _Destination, raw: bytes, attempt: int, fault: str | None = None) -> bool:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=30),
                timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept", "Accept-Encoding"),
                headers={"User-Agent": "facebookexternalua", "Content-Type": "application/json"},
            )
        started = time.perf_counter()
        headers = {signature.HEADER: signature.sign(raw, to.app.app_secret)}
        status: int | None = None
        try:
            async with self._session.post(to.url, data=raw, headers=headers, allow_redirects=False) as answer:
                status = answer.status
                said = await answer.read()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            said = f"{type(error).__name__}: {error}".encode()
        ms = (time.perf_counter() - started) * 1000
        self._note(to, raw, status, said, ms=ms, attempt=attempt, fault=fault)
        return status == 200

    def _note(self, to: _Destination, raw: bytes, status: int | None, said: bytes, **more: Any) -> None:
        self._log.add(Entry("webhook", "POST", to.url, status, raw, said[:500], self._clock.now_s(), **more))


_escapes = str.maketrans({"/": "\\/", "<": "\\u003C", "%": "\\u0025", "@": "\\u0040"})


def to_wire(body: Any) -> bytes:
    """JSON as Meta writes it: ASCII only, and a few signs escaped that need not be."""
    return json.dumps(body, separators=(",", ":")).translate(_escapes).encode()


def encode(batch: list[Update]) -> bytes:
    """One webhook body. Neighbours of the same account, field, number and kind share a change."""
    entries: list[dict[str, Any]] = []
    last: Update | None = None
    introduced: set[tuple[Any, Any]] = set()
    for update in batch:
        if last is None or last.waba_id != update.waba_id or update.kind is None:
            entry: dict[str, Any] = {"id": update.waba_id}
            if update.kind is None:
                entry["time"] = update.at_s
            entry["changes"] = []
            entries.append(entry)
            last = None
        changes = entries[-1]["changes"]
        if update.kind is None:
            changes.append({"value": update.item, "field": update.field})
            last = None
            continue
        if last is None or last.kind != update.kind or last.number is not update.number or last.field != update.field:
            changes.append({"value": _value(update), "field": update.field})
            introduced.clear()
        value = changes[-1]["value"]
        if update.contact is not None:
            who = (update.contact.get("wa_id"), update.contact.get("user_id"))
            if who not in introduced:
                introduced.add(who)
                value.setdefault("contacts", []).append(update.contact)
        value.setdefault(update.kind, []).append(update.item)
        last = update
    return to_wire({"object": "whatsapp_business_account", "entry": entries})


def _value(update: Update) -> dict[str, Any]:
    number = update.number
    assert number is not None
    metadata = {"display_phone_number": number.phone[1:], "phone_number_id": number.id}
    return {"messaging_product": "whatsapp", "metadata": metadata}
