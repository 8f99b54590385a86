"""Runs a private PostgreSQL on this machine from its bare binaries, for a first try, a small shop and the tests.

Owns: one cluster folder, one server process, its superuser's password. Listens on 127.0.0.1 only.
Does not own: schemas and roles (``migrate``), or any server it did not start.
Invariants: a commit that was answered survives kill -9; the server never outlives this process for long;
no permission of a folder that it did not make is ever changed.
"""

from __future__ import annotations

import contextlib
import fcntl
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
from typing import IO, Self
from urllib.parse import quote

import structlog

from .embedded_files import (
    EmbeddedPostgresError,
    bundled_bin_dir,
    is_postgres,
    read_postmaster,
    usable_bin_dir,
    usable_folder,
    write_secret,
)
from .processes import die_with_parent, is_alive

SUPERUSER = "postgres"
START_MAX_S = 60.0
STOP_MAX_S = 30.0
START_ATTEMPTS_MAX = 5
POLL_S = 0.02
LOG_BYTES_MAX = 8 * 1024 * 1024

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
        self.data_dir, self._who = usable_folder(data_dir.absolute())
        self._bin = usable_bin_dir(bin_dir or bundled_bin_dir(), self._who, self.data_dir)
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
                process.wait(STOP_MAX_S)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)  # gives up at once; recovery at the next start keeps every commit
                process.wait(STOP_MAX_S)
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

    def __exit__(self, *_: object) -> None:
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
        write_secret(self.data_dir / "password", secrets.token_urlsafe(32))
        write_secret(secret_file, self._password())
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
        if not (left := read_postmaster(self.cluster)) or not is_alive(pid := left.pid):
            return
        if not is_postgres(pid):
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)
            return
        log.warning("postgres_leftover_stopped", pid=pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        _wait_for(lambda: not is_alive(pid), STOP_MAX_S)
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
        _wait_for(lambda: self.pid is None or self._is_ready(), START_MAX_S)
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
            preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - one system call, no locks
            user=who.uid if who else None,
            group=who.gid if who else None,
            extra_groups=[] if who else None,
        )

    def _run(self, program: str, *options: str) -> subprocess.CompletedProcess[str]:
        process = self._popen([str(self._bin / program), *options], subprocess.PIPE)
        output, _ = process.communicate()
        return subprocess.CompletedProcess(program, process.returncode, output.decode(errors="replace"))

    def _is_ready(self) -> bool:
        told = read_postmaster(self.cluster)
        return told is not None and told.is_ready and self._process is not None and told.pid == self._process.pid

    def _password(self) -> str:
        return (self.data_dir / "password").read_text()

    def _log_file(self) -> Path:
        return self.data_dir / "postgres.log"

    def _last_words(self) -> str:
        lines = self._log_file().read_text(errors="replace").splitlines()
        return "\n".join(lines[-10:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _url(password: str, port: int, database: str) -> str:
    return f"postgresql://{SUPERUSER}:{quote(password)}@127.0.0.1:{port}/{quote(database)}"


def _wait_for(done: Callable[[], bool], seconds_max: float) -> None:
    deadline = time.monotonic() + seconds_max
    while not done() and time.monotonic() < deadline:
        time.sleep(POLL_S)
