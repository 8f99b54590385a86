"""The one command: everything starts, stays up, listens on loopback only, stops cleanly, and keeps its data."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hobnob.platform.embedded import EmbeddedPostgres
from hobnob.platform.processes import is_alive

START_MAX_S = 60.0
SECOND_START_MAX_S = 20.0  # 2 s on an idle machine
STOP_MAX_S = 10.0
READY_KEPT_S = 1.1  # /readyz remembers its answer for a second
PROC = Path("/proc")

pytestmark = [
    pytest.mark.skipif(not PROC.exists(), reason="looks at processes through /proc"),
    pytest.mark.xdist_group("run"),  # each start is a whole house: one at a time
]


class Terminal:
    """`hobnob run` as a person starts it, and what they read."""

    def __init__(self, data_dir: Path, *options: str, **variables: str) -> None:
        self.options = options
        self.data_dir = data_dir
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("HOBNOB_")}
        self.environment |= {"HOBNOB_DATA_DIR": str(data_dir), "HOBNOB_PORT": str(_free_port())} | variables
        self.process: subprocess.Popen[str] | None = None
        self.said = ""

    def start(self) -> float:
        """Start and wait until it says that it is ready; returns how long that took."""
        began = time.monotonic()
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hobnob", "run", *self.options],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C stops it" in line:
                return time.monotonic() - began
        raise AssertionError(f"it ended before it was ready:\n{self.said}")

    def read_until(self, words: str) -> None:
        assert self.process and self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return
        raise AssertionError(f"it never said {words!r}:\n{self.said}")

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        assert self.process and self.process.stdout
        self.process.send_signal(signal.SIGINT)
        with self.process.stdout:
            self.said += self.process.stdout.read()
        return self.process.wait(STOP_MAX_S)

    def end(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process and self.process.stdout and not self.process.stdout.closed:
            self.process.stdout.close()

    @property
    def address(self) -> str:
        return next(line.split()[1] for line in self.said.splitlines() if line.strip().startswith("Desk"))

    def family(self) -> dict[int, str]:
        """Process id -> command line of every descendant."""
        assert self.process
        parents = {}
        for entry in PROC.iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text().rpartition(")")[2].split()
                    command = (entry / "cmdline").read_text().replace("\0", " ")
                except OSError:
                    continue
                parents[int(entry.name)] = (int(stat[1]), command)
        found: dict[int, str] = {}
        wanted = {self.process.pid}
        while wanted:
            wanted = {pid for pid, (parent, _) in parents.items() if parent in wanted and pid not in found}
            found |= {pid: parents[pid][1] for pid in wanted}
        return found

    def pid_of(self, words: str) -> int:
        return next(pid for pid, command in self.family().items() if words in command)


@pytest.fixture
def terminal(open_folder: Path) -> Iterator[Terminal]:
    """A terminal of this test's own, nothing started."""
    terminal = Terminal(open_folder / "var", "--no-demo")
    yield terminal
    terminal.end()


@pytest.fixture(scope="module")
def running() -> Iterator[Terminal]:
    """One that runs, shared by the tests that leave it running."""
    folder = Path(tempfile.mkdtemp(prefix="hobnob-tests-"))
    folder.chmod(0o755)
    terminal = Terminal(folder / "var")
    try:
        terminal.start()
        yield terminal
        assert terminal.interrupt() == 0
    finally:
        terminal.end()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _get(url: str, seconds_max: float = 5) -> int:
    with urllib.request.urlopen(url, timeout=seconds_max) as answer:
        return int(answer.status)


def _until(what: str, done: Callable[[], Any], seconds_max: float = 20.0) -> None:
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        try:
            if done():
                return
        except (OSError, StopIteration):
            pass
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds_max} s for {what}")


def _listening(pids: set[int]) -> set[str]:
    """The addresses these processes listen on, as the kernel knows them."""
    inodes = set()
    for pid in pids:
        for descriptor in (PROC / str(pid) / "fd").iterdir():
            try:
                target = str(descriptor.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(fields[1].split(":")[0])
    return found


def test_everything_listens_on_loopback_only(running: Terminal) -> None:
    family = running.family()
    assert _get(f"{running.address}/readyz") == 200
    assert {"serve", "work", "simulator"} <= {word for command in family.values() for word in command.split()}
    assert running.process
    assert _listening({running.process.pid, *family}) == {"0100007F"}


def test_the_terminal_says_where_and_how_to_sign_in(running: Terminal) -> None:
    assert "Hobnob is ready" in running.said
    assert "sign in with " in running.said
    assert "Phones" in running.said
    assert str(running.data_dir) in running.said


def test_no_child_knows_the_database_owners_password(running: Terminal) -> None:
    password = (running.data_dir / "postgres" / "password").read_text()
    family = running.family()
    assert len(family) > 3, "web, worker, simulator and PostgreSQL's own"
    for pid, command in family.items():
        assert password not in command
        assert password not in (PROC / str(pid) / "environ").read_text()


@pytest.mark.parametrize("victim", ["hobnob serve", "hobnob work", "hobnob simulator", "postgres -D"])
def test_what_is_killed_comes_back(running: Terminal, victim: str) -> None:
    pid = running.pid_of(victim)
    os.kill(pid, signal.SIGKILL)
    running.read_until("starting it again")
    _until("another process", lambda: running.pid_of(victim) != pid)
    time.sleep(READY_KEPT_S)
    _until("an answer", lambda: _get(f"{running.address}/readyz") == 200)


def test_a_request_waits_while_the_web_process_restarts(running: Terminal) -> None:
    os.kill(running.pid_of("hobnob serve"), signal.SIGKILL)
    assert _get(f"{running.address}/healthz", seconds_max=60) == 200
    running.read_until("starting it again")


def test_a_second_start_on_the_same_folder_is_refused(running: Terminal) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "hobnob", "run"], env=running.environment, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert "already runs" in second.stdout and running.address in second.stdout
    assert _get(f"{running.address}/healthz") == 200


def test_every_log_line_of_every_process_is_json(running: Terminal) -> None:
    logs = [path for path in (running.data_dir / "logs").iterdir() if path.name in ("web.log", "worker.log")]
    lines = [line for path in logs for line in path.read_text().splitlines()]
    assert lines, "killed databases left their trace"
    assert [line for line in lines if not line.startswith("{")] == []
    assert all("event" in json.loads(line) for line in lines)


def test_ctrl_c_stops_all_and_a_second_start_is_quick_and_keeps_everything(terminal: Terminal) -> None:
    terminal.options = ()
    terminal.start()
    secrets_file = terminal.data_dir / "secrets.json"
    assert secrets_file.stat().st_mode & 0o777 == 0o600
    before, said_before = secrets_file.read_text(), terminal.said
    family = terminal.family()

    began = time.monotonic()
    assert terminal.interrupt() == 0
    assert time.monotonic() - began < STOP_MAX_S
    assert "Stopped. The data is kept." in terminal.said
    assert not [command for pid, command in family.items() if is_alive(pid)]

    assert terminal.start() < SECOND_START_MAX_S
    assert secrets_file.read_text() == before
    assert "Prepared the database" in said_before
    assert "Prepared the database" not in terminal.said
    sign_in = [line for line in said_before.splitlines() if "sign in with" in line]
    assert len(sign_in) == 1
    assert [line for line in terminal.said.splitlines() if "sign in with" in line] == sign_in


def test_a_killed_supervisor_takes_all_with_it_and_the_next_start_passes_over_a_taken_port(terminal: Terminal) -> None:
    terminal.start()
    family = terminal.family()
    terminal.end()
    _until("all to end", lambda: not any(is_alive(pid) for pid in family))

    port = int(terminal.environment["HOBNOB_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        terminal.start()
    assert f"Port {port} is taken; the desk uses {port + 1}." in terminal.said
    assert _get(f"{terminal.address}/readyz") == 200


def test_an_address_beyond_loopback_is_refused(terminal: Terminal) -> None:
    environment = terminal.environment | {"HOBNOB_HOST": "0.0.0.0"}
    refused = subprocess.run(
        [sys.executable, "-m", "hobnob", "run"], env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "127.0.0.1 only" in refused.stdout


def test_reset_demo_starts_over_while_it_runs_and_while_it_does_not(terminal: Terminal) -> None:
    terminal.start()
    command = [sys.executable, "-m", "hobnob", "reset-demo", "--yes"]
    before = (terminal.data_dir / "secrets.json").read_text()
    done = subprocess.run(command, env=terminal.environment, capture_output=True, text=True, check=True)
    assert "Started over" in done.stdout
    assert (terminal.data_dir / "secrets.json").read_text() != before
    assert _get(f"{terminal.address}/readyz") == 200
    assert terminal.interrupt() == 0

    done = subprocess.run(command, env=terminal.environment, capture_output=True, text=True, check=True)
    assert "Deleted" in done.stdout
    assert not (terminal.data_dir / "postgres").exists()


def test_a_database_of_ones_own_is_used_instead(open_folder: Path, own_postgres: EmbeddedPostgres) -> None:
    # A server of its own: the roles' passwords, which follow the secret key, belong to a whole server.
    terminal = Terminal(open_folder / "var", "--no-demo", HOBNOB_DATABASE_URL=own_postgres.start())
    try:
        terminal.start()
        assert not (terminal.data_dir / "postgres").exists()
        assert _get(f"{terminal.address}/readyz") == 200
        assert terminal.interrupt() == 0
    finally:
        terminal.end()


def test_reset_demo_never_touches_a_database_of_ones_own(terminal: Terminal) -> None:
    environment = terminal.environment | {"HOBNOB_DATABASE_URL": "postgresql://127.0.0.1/shop"}
    refused = subprocess.run(
        [sys.executable, "-m", "hobnob", "reset-demo", "--yes"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "HOBNOB_DATABASE_URL is set" in refused.stderr


@pytest.mark.parametrize(
    ("command", "variable", "value", "words"),
    [
        ("run", "HOBNOB_PORT", "eighty", "set it to a number from 0 to 65535"),
        ("run", "HOBNOB_DATABASE_URI", "x", "Did you mean HOBNOB_DATABASE_URL?"),
        ("serve", "HOBNOB_LOG_FORMAT", "xml", "set it to one of json, console"),
        ("serve", "HOBNOB_DATABASE_URL", "", "is not set"),
        ("work", "HOBNOB_SECRET_KEY", "short", "too short"),
        ("migrate", "HOBNOB_SECRET_KEY", "", "is not set"),
    ],
)
def test_a_wrong_setting_names_itself_and_the_fix(command: str, variable: str, value: str, words: str) -> None:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("HOBNOB_")}
    environment |= {"HOBNOB_DATABASE_URL": "postgresql://127.0.0.1:1/none", "HOBNOB_SECRET_KEY": "k" * 40}
    refused = subprocess.run(
        [sys.executable, "-m", "hobnob", command],
        env=environment | {variable: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert variable in refused.stderr and words in refused.stderr
    assert "Traceback" not in refused.stderr


def test_secrets_are_different_on_every_machine(open_folder: Path) -> None:
    from hobnob.run.folder import kept_secrets

    one, other = (open_folder / "one"), (open_folder / "other")
    one.mkdir()
    other.mkdir()
    made = [kept_secrets(folder) for folder in (one, one, other)]
    assert made[0] == made[1] == json.loads((one / "secrets.json").read_text())
    assert not set(made[0].values()) & set(made[2].values())
