"""What every benchmark needs: a durable throw-away PostgreSQL, child processes, percentiles, and the one line at the end."""

from __future__ import annotations

import importlib
import math
import multiprocessing
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Literal

import asyncpg
import msgspec
import uvicorn
from rich.console import Console

from hobnob.platform.embedded import EmbeddedPostgres
from hobnob.platform.migrate import migrate
from hobnob.platform.settings import Settings

NAMES = ("ingest", "inbox", "send", "rating", "billing")
ANSWER_TIMEOUT_S = 30.0
SECRET = "bench app secret"
console = Console(stderr=True)


class Result(msgspec.Struct, frozen=True):
    """The line a benchmark ends with."""

    bench: str
    value: float
    unit: str
    limit: float
    ratio: float
    p99_ms: float
    detail: dict[str, Any]


def run(name: str, *, as_json: bool) -> None:
    """Run one benchmark and print its result. Raises ValueError for an unknown name."""
    if name not in NAMES:
        raise ValueError(f"There is no benchmark {name!r}: choose one of {', '.join(NAMES)}.")
    measure: Callable[[], Result] = importlib.import_module(f"hobnob.bench.{name}").measure
    result = measure()
    line = msgspec.json.encode(result)
    print(line.decode() if as_json else msgspec.json.format(line).decode(), flush=True)


def say(text: str) -> None:
    """Progress for whoever watches; the result alone goes to standard output."""
    console.print(text, style="dim", highlight=False)


@contextmanager
def throwaway_settings() -> Iterator[Settings]:
    """Settings of a node on an empty, migrated and fully durable PostgreSQL, on the disk that real data would use."""
    parent = Settings().data_dir
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder)
    try:
        yield Settings(
            database_url=server.start(),
            secret_key="the secret of a benchmark, used by nobody else",
            data_dir=folder,
            whatsapp_app_secret=SECRET,
            whatsapp_verify_token="bench",
            log_level="warning",
        )
    finally:
        server.stop()
        shutil.rmtree(server.data_dir, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


async def prepare(settings: Settings) -> None:
    """The tables. Raises RuntimeError when a commit would not be on disk once it is answered."""
    await migrate(settings)
    connection = await asyncpg.connect(settings.database_url)
    row = await connection.fetchrow("SELECT current_setting('fsync') f, current_setting('synchronous_commit') s")
    await connection.close()
    if row is None or tuple(row) != ("on", "on"):
        raise RuntimeError("the benchmark's PostgreSQL is not durable: its figures would mean nothing")


@contextmanager
def child(target: Callable[..., None], *args: Any) -> Iterator[tuple[Any, Pipe]]:
    """A process of its own running ``target(pipe, *args)``; yields what it said first, and the pipe to it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(name=target.__name__, target=_run_child, args=(target, theirs, *args), daemon=True)
    process.start()
    theirs.close()
    try:
        yield answer_of(ours), ours
    finally:
        process.terminate()
        process.join()


def _run_child(target: Callable[..., None], pipe: Pipe, *args: Any) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    target(pipe, *args)


def _end_with_parent() -> None:
    """However the benchmark ends, its processes end with it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def answer_of(pipe: Pipe, timeout_s: float = ANSWER_TIMEOUT_S) -> Any:
    """What the process at the other end says next; TimeoutError when it stays silent."""
    if not pipe.poll(timeout_s):
        raise TimeoutError(f"a process of the benchmark did not answer within {timeout_s:.0f} s")
    return pipe.recv()


def child_pid(target: Callable[..., None]) -> int:
    """The process id of the child that runs ``target``."""
    return next(
        process.pid
        for process in multiprocessing.active_children()
        if process.name == target.__name__ and process.pid is not None
    )


def listening_socket() -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    return listening


def server_of(app: Any, lifespan: Literal["on", "off"] = "off") -> uvicorn.Server:
    """The server as the product runs it."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            lifespan=lifespan,
            access_log=False,
            log_level="warning",
            server_header=False,
        )
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` of all do not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * share) - 1, 0)] if ordered else 0.0


def resident_mb(pid: int) -> float | None:
    """Memory a process holds; None where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return round(int(line.split()[1]) / 1024, 1)
