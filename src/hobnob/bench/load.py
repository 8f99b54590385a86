"""A cheap load generator: requests made and signed beforehand, raw sockets, one request in flight per connection.

It shares the machine with what it measures, so all it does while the clock runs is write bytes and look for the end
of the answer.
"""

from __future__ import annotations

import asyncio
import time
from multiprocessing.connection import Connection as Pipe
from typing import cast

import msgspec
import uvloop

from hobnob.inbox.ingest.accept import PATH
from hobnob.whatsapp.signature import HEADER, sign

from .harness import percentile

EPOCH_S = 1_750_000_000


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: ``webhooks`` of ``messages_per_webhook``, spread over the numbers and their customers."""

    port: int
    secret: str
    webhooks: int
    numbers: list[str]
    messages_per_webhook: int = 1
    customers_per_number: int = 1_000
    connections: int = 32
    seconds_max: float = 10.0
    first: int = 0
    repeat_every: int = 0


class Answered(msgspec.Struct, frozen=True):
    """How it went: ``requests`` include repeated ``webhooks``. Times are of whole requests, first byte out to last byte in."""

    seconds: float
    requests: int
    webhooks: int
    failed: int
    p50_ms: float
    p99_ms: float
    max_ms: float


def message_of(load: Load, n: int) -> tuple[str, bytes, bytes]:
    """The number that gets message ``n``, its contact and its message object, as WhatsApp writes them."""
    number = load.numbers[n % len(load.numbers)]
    customer = 15_550_000_000 + (n // len(load.numbers)) % load.customers_per_number
    contact = b'{"profile":{"name":"Customer %d"},"wa_id":"%d"}' % (customer % 100_000, customer)
    wamid = f"wamid.HBgLMTU1NTAwMDAwMDAVAgASGBQzQTdGMkQ{n:020d}A"
    message = (
        b'{"from":"%d","id":"%s","timestamp":"%d","type":"text",'
        b'"text":{"body":"Hello, is the blue one still there in size %d? I would take two."}}'
        % (customer, wamid.encode(), EPOCH_S + n // 100, n % 50)
    )
    return number, contact, message


def body_of(load: Load, webhook: int) -> bytes:
    """One webhook; a batch holds consecutive messages of one number."""
    size = load.messages_per_webhook
    count = len(load.numbers)
    contacts: dict[bytes, None] = {}
    messages = []
    base = webhook // count * size * count + webhook % count
    number = load.numbers[webhook % count]
    for k in range(size):
        _, contact, message = message_of(load, base + k * count)
        contacts[contact] = None
        messages.append(message)
    return (
        b'{"object":"whatsapp_business_account","entry":[{"id":"waba-%s","changes":[{"value":{"messaging_product":"whatsapp",'
        b'"metadata":{"display_phone_number":"15550783881","phone_number_id":"%s"},"contacts":[%s],"messages":[%s]},'
        b'"field":"messages"}]}]}' % (number.encode(), number.encode(), b",".join(contacts), b",".join(messages))
    )


def request_of(body: bytes, secret: str, port: int) -> bytes:
    """A complete HTTP request with its signature."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: facebookexternalua\r\n"
        f"Content-Type: application/json\r\n{HEADER}: {sign(body, secret)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """Sends one request after another from a shared supply."""

    def __init__(self, supply: _Supply) -> None:
        self._supply = supply
        self._transport: asyncio.Transport | None = None
        self._sent_at = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports do not inherit from asyncio's
        self._supply.connected(self)

    def send_next(self) -> None:
        assert self._transport is not None
        request = self._supply.next()
        if request is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        # Every answer measured here has an empty or short body that comes with its head in one piece.
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end or len(rest) < _content_length(head):
            return
        self._received = b""
        self._supply.times.append(time.perf_counter() - self._sent_at)
        if head[9:12] != b"200":
            self._supply.failed += 1
        self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        self._supply.lost(error)


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


class _Supply:
    def __init__(self, requests: list[bytes], connections: int) -> None:
        self._requests = iter(requests)
        self._until = 0.0
        self._open = connections
        self._idle: list[_Connection] = []
        self.all_connected = asyncio.Event()
        self.done = asyncio.Event()
        self.times: list[float] = []
        self.failed = 0

    def next(self) -> bytes | None:
        return next(self._requests, None) if time.perf_counter() < self._until else None

    def connected(self, connection: _Connection) -> None:
        self._idle.append(connection)
        if len(self._idle) == self._open:
            self.all_connected.set()

    def go(self, seconds_max: float) -> None:
        self._until = time.perf_counter() + seconds_max
        for connection in self._idle:
            connection.send_next()

    def lost(self, error: Exception | None) -> None:
        self.failed += error is not None
        self._open -= 1
        if not self._open:
            self.done.set()


async def _send_all(load: Load, requests: list[bytes]) -> Answered:
    supply = _Supply(requests, load.connections)
    loop = asyncio.get_running_loop()
    for _ in range(load.connections):
        await loop.create_connection(lambda: _Connection(supply), "127.0.0.1", load.port)
    await supply.all_connected.wait()
    started = time.perf_counter()
    supply.go(load.seconds_max)
    await supply.done.wait()
    seconds = time.perf_counter() - started
    times = supply.times
    return Answered(
        seconds=seconds,
        requests=len(times),
        webhooks=len(times) - len(times) // (load.repeat_every + 1) if load.repeat_every else len(times),
        failed=supply.failed,
        p50_ms=percentile(times, 0.5) * 1000,
        p99_ms=percentile(times, 0.99) * 1000,
        max_ms=max(times, default=0.0) * 1000,
    )


def generate(pipe: Pipe, load: Load) -> None:
    """A process: makes the requests, says so, waits for the word, sends them all, reports."""
    requests = []
    for n in range(load.webhooks):
        requests.append(request_of(body_of(load, load.first + n), load.secret, load.port))
        if load.repeat_every and (n + 1) % load.repeat_every == 0:
            requests.append(requests[-1])
    pipe.send(len(requests))
    pipe.recv()
    pipe.send(uvloop.run(_send_all(load, requests)))
    pipe.recv()
