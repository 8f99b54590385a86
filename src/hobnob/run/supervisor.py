"""The supervisor: one per data folder, until Ctrl-C; starts over when it is told to."""

from __future__ import annotations

import os
import signal
import threading
import time

from hobnob.platform.embedded_files import EmbeddedPostgresError
from hobnob.platform.migrate import MigrationError
from hobnob.platform.settings import Settings

from .folder import Lock, StartError, delete_data, running_on
from .node import HOST, WATCH_S, Node

RESET_MAX_S = 120.0


def run(settings: Settings, *, demo: bool, verbose: bool) -> int:
    """Start all and stay until Ctrl-C; returns the exit code."""
    if settings.host != HOST:
        print(f"HOBNOB_HOST={settings.host}: `hobnob run` listens on {HOST} only. Put a proxy in front of it, or use")
        print("`hobnob serve` and `hobnob work` with a PostgreSQL of your own.")
        return 2
    stop, reset_wanted = threading.Event(), threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            reset_wanted.set()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        with Lock(settings.data_dir) as lock:
            while True:
                node = Node(settings, demo=demo, verbose=verbose, stop=stop)
                try:
                    node.start()
                    lock.note(node.address)
                    node.watch()
                finally:
                    lock.note("")
                    node.stop()
                if not reset_wanted.is_set():
                    return 0
                reset_wanted.clear()
                stop.clear()
                delete_data(settings.data_dir)
    except (StartError, EmbeddedPostgresError, MigrationError) as error:
        print(error)
        return 1


def reset(settings: Settings) -> str:
    """Delete what `run` made. A running one is told to do it itself and start over; returns what happened."""
    try:
        with Lock(settings.data_dir):
            delete_data(settings.data_dir)
        return "Deleted. The next start makes a new demo shop."
    except StartError:
        pid, _ = running_on(settings.data_dir)
        if pid is None:
            raise
    os.kill(pid, signal.SIGHUP)
    deadline = time.monotonic() + RESET_MAX_S
    was_down = False
    while time.monotonic() < deadline:
        address = running_on(settings.data_dir)[1]
        was_down = was_down or not address
        if was_down and address:
            return f"Started over: {address}"
        time.sleep(WATCH_S)
    return "The running Hobnob was told to start over, but is not ready yet: look at its terminal."
