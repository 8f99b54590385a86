"""Child processes that are kept running: started, watched, started again after a crash, stopped in order."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .processes import die_with_parent

BACK_OFF_FIRST_S = 0.5
BACK_OFF_MAX_S = 30.0
HEALTHY_AFTER_S = 30.0
LOG_BYTES_MAX = 16 * 1024 * 1024


class Child:
    """One process of ours. ``start`` once, then ``watch`` every moment, then ``ask_to_stop`` and ``end``."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log_file: Path | None,
        listener: socket.socket | None = None,
    ) -> None:
        """``listener`` is handed over open, so that its port stays ours, and callers wait, while the child restarts."""
        self.name = name
        self._listener = listener
        self.restarts = 0
        self._arguments = [sys.executable, "-m", "hobnob", *arguments]
        self._environment = dict(environment)
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at_s = 0.0
        self._back_off_s = BACK_OFF_FIRST_S
        self._start_at_s: float | None = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs or before its first start."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C in a terminal is for us alone, and we stop children in order."""
        self._start_at_s = None
        self._started_at_s = time.monotonic()
        self.limit_log()
        output = self._log_file.open("ab") if self._log_file else None
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self._arguments,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                pass_fds=[self._listener.fileno()] if self._listener else [],
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - started before there are threads
            )
        finally:
            if output:
                output.close()

    def watch(self) -> str | None:
        """Start it again when it has ended, later and later if it keeps ending; returns a sentence when it ended."""
        now = time.monotonic()
        if self._start_at_s is not None:
            if now >= self._start_at_s:
                self.restarts += 1
                self.start()
            return None
        if self.exit_code is None:
            return None
        if now - self._started_at_s > HEALTHY_AFTER_S:
            self._back_off_s = BACK_OFF_FIRST_S
        wait_s, self._back_off_s = self._back_off_s, min(self._back_off_s * 2, BACK_OFF_MAX_S)
        self._start_at_s = now + wait_s
        where = f" (log: {self._log_file})" if self._log_file else ""
        return f"The {self.name} process ended with {_how(self.exit_code)}; starting it again in {wait_s:g} s{where}."

    def ask_to_stop(self) -> None:
        """Let it finish what it does."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def end(self, deadline_s: float) -> None:
        """Wait for its end until the (monotonic) deadline, then kill it."""
        self._start_at_s = None
        if not self._process:
            return
        try:
            self._process.wait(max(0.0, deadline_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self, lines_max: int = 12) -> str:
        """The end of its log."""
        if not self._log_file or not self._log_file.exists():
            return ""
        return "\n".join(self._log_file.read_text(errors="replace").splitlines()[-lines_max:])

    def limit_log(self) -> None:
        """Keep one older log beside the present one. The child appends, so the file can be cut under it."""
        if self._log_file and self._log_file.exists() and self._log_file.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(self._log_file, self._log_file.with_suffix(".log.1"))
            os.truncate(self._log_file, 0)


def _how(exit_code: int) -> str:
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
