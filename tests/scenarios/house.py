"""A whole house of real processes: simulator, web and worker, on the test's own database, killable and restartable."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

START_WAIT_S = 90.0
WABA_COUNT = 8


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, read: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    """Ask until the answer is truthy; a failure says what was awaited and what came last."""
    deadline = time.monotonic() + timeout_s
    last: object = None
    while time.monotonic() < deadline:
        try:
            last = read()
            if last:
                return last
        except httpx.HTTPError as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"waited {timeout_s} s for {what}; last: {last!r}")


class House:
    """Start with `start`; addresses are `web_url` and `simulator_url`."""

    def __init__(self, database_url: str, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.web_port, self.simulator_port = free_port(), free_port()
        self.web_url = f"http://127.0.0.1:{self.web_port}"
        self.simulator_url = f"http://127.0.0.1:{self.simulator_port}"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[Path] = []
        self._on_stop: list[Callable[[], None]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HOBNOB_")},
            "HOBNOB_DATABASE_URL": database_url,
            "HOBNOB_SECRET_KEY": "a secret key for tests, long enough to be accepted",
            "HOBNOB_DATA_DIR": str(folder),
            "HOBNOB_BASE_URL": self.web_url,
            "HOBNOB_PORT": str(self.web_port),
            "HOBNOB_WHATSAPP_GRAPH_URL": self.simulator_url,
            "HOBNOB_WHATSAPP_TOKEN": "graph token",
            "HOBNOB_WHATSAPP_APP_ID": "1000000000001",
            "HOBNOB_WHATSAPP_APP_SECRET": "app secret",
            "HOBNOB_WHATSAPP_VERIFY_TOKEN": "verify token",
            "HOBNOB_SIMULATOR_URL": self.simulator_url,
            "HOBNOB_TEST_PAYMENTS": "true",
            "HOBNOB_PLAN_FEES": "false",
            "HOBNOB_LOG_FORMAT": "console",
            **{f"HOBNOB_{name.upper()}": value for name, value in settings.items()},
        }

    def start(self) -> House:
        self.start_simulator()
        wabas = [self.control("POST", "/wabas", {"name": f"Messaging account {n}"})["id"] for n in range(WABA_COUNT)]
        self.environment["HOBNOB_WHATSAPP_WABA_IDS"] = ",".join(wabas)
        self.start_web()
        self.start_worker()
        self.connect_app()
        return self

    def connect_app(self) -> None:
        """Tell the simulator who the app is and where its webhooks go."""
        self.control(
            "POST",
            "/apps",
            {
                "app_id": "1000000000001",
                "app_secret": "app secret",
                "token": "graph token",
                "verify_token": "verify token",
                "callback_url": f"{self.web_url}/webhooks/whatsapp",
            },
        )

    def start_simulator(self) -> None:
        self._start("simulator", "simulator", "--port", str(self.simulator_port))
        until(
            "the simulator", lambda: httpx.get(f"{self.simulator_url}/control/state").status_code == 200, START_WAIT_S
        )

    def start_web(self) -> None:
        self._start("web", "serve")
        until("the web process", self._web_is_ready, START_WAIT_S)

    def _web_is_ready(self) -> bool:
        assert "web" in self.alive(), self.logs()  # one that died will not answer, so nobody waits for it
        return httpx.get(f"{self.web_url}/readyz").status_code == 200

    def start_worker(self) -> None:
        self._start("worker", "work")

    def kill(self, name: str) -> None:
        """kill -9, then collect the body."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def on_stop(self, close: Callable[[], None]) -> None:
        self._on_stop.append(close)

    def stop(self) -> None:
        for close in self._on_stop:
            close()
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def alive(self) -> list[str]:
        return [name for name, process in self._running.items() if process.poll() is None]

    def logs(self, lines_per_process: int = 40) -> str:
        """The ends of the logs, for a failing test's report."""
        return "\n".join(f"--- {log.name}\n" + tail(log, lines_per_process) for log in self._logs)

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Speak to the simulator's control face."""
        answer = httpx.request(method, f"{self.simulator_url}/control{path}", json=body, timeout=20)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def _start(self, name: str, *arguments: str) -> None:
        log = self.folder / f"{name}.log"
        if log not in self._logs:
            self._logs.append(log)
        with log.open("ab") as output:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "hobnob.cli", *arguments],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )


def tail(log: Path, lines: int) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
