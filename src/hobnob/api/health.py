"""For operators: is the process alive, is it ready, what does it measure."""

from __future__ import annotations

import time
from typing import Any, Literal

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec

from hobnob.platform.database import DATABASE_ERRORS
from hobnob.platform.migrate import pending
from hobnob.platform.settings import Settings
from hobnob.platform.telemetry import METRICS_MEDIA_TYPE, render_metrics

READY_KEPT_S = 1.0


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """``reason`` says what is missing when the process is not ready."""

    status: Literal["ready", "not_ready"]
    reason: str | None = None


class ReadinessCheck:
    """Asks the database at most once a second, however many ask us."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._last: tuple[float, Readiness] | None = None

    async def now(self) -> Readiness:
        """What was found within the last second, else what is found now."""
        if self._last is None or time.monotonic() - self._last[0] > READY_KEPT_S:
            self._last = (time.monotonic(), await _readiness(self._settings))
        return self._last[1]


@get("/healthz", summary="Is the process alive", security=[{}], sync_to_thread=False)
def healthz() -> Health:
    """Always 200 while the process answers at all."""
    return Health()


@get(
    "/readyz",
    summary="Is the process ready for requests",
    security=[{}],
    responses={503: ResponseSpec(Readiness, generate_examples=False, description="Not ready, and why")},
)
async def readyz(readiness_check: NamedDependency[ReadinessCheck]) -> Response[Readiness]:
    """200 when the database answers and all migrations are applied, else 503 with the reason."""
    readiness = await readiness_check.now()
    return Response(readiness, status_code=200 if readiness.status == "ready" else 503)


@get(
    "/metrics",
    summary="Prometheus metrics of this process",
    security=[{}],
    sync_to_thread=False,
    responses={200: ResponseSpec(str, generate_examples=False, description="The metrics", media_type="text/plain")},
)
def metrics() -> Response[bytes]:
    """Text form 0.0.4."""
    # The framework adds the charset by itself.
    return Response(render_metrics(), media_type=METRICS_MEDIA_TYPE.removesuffix("; charset=utf-8"))


async def _readiness(settings: Settings) -> Readiness:
    try:
        missing = await pending(settings)
    except DATABASE_ERRORS as error:
        return Readiness("not_ready", f"the database does not answer: {type(error).__name__}")
    if missing:
        return Readiness("not_ready", f"migrations are missing: {', '.join(missing)}; run `hobnob migrate`")
    return Readiness("ready")


health_routers: list[Any] = [Router("/", route_handlers=[healthz, readyz, metrics], tags=["Health"])]
