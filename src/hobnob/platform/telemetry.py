"""What a running process tells its operator: log lines without secrets, and Prometheus metrics.

Every line carries the request id and the account id that were bound (`structlog.contextvars`) when it was written.
Rooms write with ``structlog.get_logger()`` and make their metrics with `counter` and `histogram`.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from structlog.types import EventDict, Processor, WrappedLogger

from .settings import Settings

REDACTED = "[redacted]"
METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
DEPTH_MAX = 6

_SECRET_NAME = re.compile(
    r"(password|passwd|secret|token|authorization|cookie|api_?key|private_?key|signature|credential)s?$|^(pin|code)$",
    re.IGNORECASE,
)
_SECRET_TEXT = (
    re.compile(r"(?P<keep>://[^\s:/@]+:)[^\s@/]+(?=@)"),  # the password of a URL
    re.compile(r"(?P<keep>\b(?:Bearer|OAuth|Basic)\s+)[A-Za-z0-9._~+/=|-]{8,}", re.IGNORECASE),
    re.compile(
        r"(?P<keep>\b[\w-]*(?:access_token|app_?secret|password|verify_token|api_?key|appsecret_proof)"
        r"[\"']?\s*[=:]\s*[\"']?)[^\s&\"',}]+",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>\b)EAA[A-Za-z0-9]{20,}"),  # the form of every token of Meta's
)

_registry = CollectorRegistry()
GCCollector(_registry)
PlatformCollector(_registry)
ProcessCollector(registry=_registry)


def configure_logging(settings: Settings) -> None:
    """Send our own and the libraries' log lines through one pipeline to standard error, one line each."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    finish: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if settings.log_format == "json":
        finish += [structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer(default=str)]
    else:
        finish += [structlog.processors.format_exc_info, redact, structlog.dev.ConsoleRenderer(sys.stderr.isatty())]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=finish))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "aiohttp", "litestar"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
        library.setLevel(max(logging.WARNING, root.level))


def bind_account(account_id: UUID) -> None:
    """Name the account in every further log line of this request or job."""
    structlog.contextvars.bind_contextvars(account_id=str(account_id))


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last step before a line is written: what looks like a secret, by name or by form, is taken out."""
    return {name: _clean(name, value, 0) for name, value in event.items()}


def _clean(name: str, value: Any, depth: int) -> Any:
    if _SECRET_NAME.search(name) and isinstance(value, (str, bytes)) and value:
        return REDACTED
    if depth >= DEPTH_MAX:
        return value
    if isinstance(value, str):
        for pattern in _SECRET_TEXT:
            value = pattern.sub(rf"\g<keep>{REDACTED}", value)
        return value
    if isinstance(value, bytes):
        return _clean(name, value.decode(errors="replace"), depth + 1)
    if isinstance(value, Mapping):
        return {key: _clean(str(key), inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(name, inner, depth + 1) for inner in value]
    return value


def counter(name: str, what: str, labels: Iterable[str] = ()) -> Counter:
    """A number that only grows; ``name`` without the prefix ``hobnob_`` and the suffix ``_total``."""
    return Counter(f"hobnob_{name}", what, tuple(labels), registry=_registry)


def histogram(name: str, what: str, labels: Iterable[str] = ()) -> Histogram:
    """How long something takes; ``name`` without the prefix ``hobnob_``, with the suffix ``_seconds``."""
    return Histogram(f"hobnob_{name}", what, tuple(labels), registry=_registry, buckets=LATENCY_BUCKETS_S)


def render_metrics() -> bytes:
    """This process's metrics in Prometheus's text form (`METRICS_MEDIA_TYPE`)."""
    return generate_latest(_registry)


_requests = histogram("http_request_seconds", "Time to answer a request", ("method", "route", "status"))


class MetricsMiddleware:
    """Times every HTTP request by route template, so that ids in paths do not make endless series."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            route = scope.get("path_template") or "unmatched"
            _requests.labels(scope["method"], route, status).observe(time.perf_counter() - started)
