"""The private PostgreSQL: loopback only, never root, gone with its parent, and no commit lost to kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from hobnob.platform import embedded_files
from hobnob.platform.embedded import EmbeddedPostgres
from hobnob.platform.embedded_files import EmbeddedPostgresError
from hobnob.platform.processes import Identity, can_reach, is_alive

WRITERS = 4
COMMITS_BEFORE_KILL = 200


async def test_it_starts_answers_and_keeps_data_over_a_restart(own_postgres: EmbeddedPostgres) -> None:
    url = own_postgres.start()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('Ünïcode')")
    assert await connection.fetchval("SELECT lower(word) FROM kept") == "ünïcode"
    assert await connection.fetchval("SHOW synchronous_commit") == "on"
    await connection.close()
    own_postgres.stop()
    assert own_postgres.pid is None

    connection = await asyncpg.connect(own_postgres.start())
    assert await connection.fetchval("SELECT word FROM kept") == "Ünïcode"
    await connection.close()


async def test_it_listens_on_loopback_only_and_wants_the_password(own_postgres: EmbeddedPostgres) -> None:
    url = own_postgres.start()
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SHOW listen_addresses") == "127.0.0.1"
    assert await connection.fetchval("SHOW unix_socket_directories") == ""
    await connection.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url, password="guess")
    assert (own_postgres.data_dir / "password").stat().st_mode & 0o777 == 0o600


def test_it_never_runs_as_root(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()
    assert own_postgres.cluster.stat().st_uid != 0
    if Path("/proc").exists():
        assert Path(f"/proc/{own_postgres.pid}").stat().st_uid != 0


async def test_every_answered_commit_survives_kill_9(own_postgres: EmbeddedPostgres) -> None:
    url = own_postgres.start()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE promise (writer int, number int, PRIMARY KEY (writer, number))")
    await connection.close()
    answered: list[tuple[int, int]] = []

    async def write(writer: int) -> None:
        connection = await asyncpg.connect(url)
        for number in range(100_000):
            await connection.execute("INSERT INTO promise VALUES ($1, $2)", writer, number)
            answered.append((writer, number))
            if len(answered) == COMMITS_BEFORE_KILL:
                assert own_postgres.pid
                os.kill(own_postgres.pid, signal.SIGKILL)

    outcomes = await asyncio.gather(*(write(writer) for writer in range(WRITERS)), return_exceptions=True)
    cut_off = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
    assert all(isinstance(outcome, cut_off) for outcome in outcomes), outcomes
    assert own_postgres.start() == url, "the address stays the same, so that pools find it again"
    connection = await asyncpg.connect(url)
    kept = {(row["writer"], row["number"]) for row in await connection.fetch("SELECT writer, number FROM promise")}
    await connection.close()
    assert len(answered) >= COMMITS_BEFORE_KILL
    assert set(answered) <= kept


def test_it_dies_with_its_parent(own_postgres: EmbeddedPostgres) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child that its parent died")
    program = (
        "import sys, time, pathlib; from hobnob.platform.embedded import EmbeddedPostgres;"
        "e = EmbeddedPostgres(pathlib.Path(sys.argv[1])); e.start(); print(e.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(own_postgres.data_dir)], stdout=subprocess.PIPE)
    assert parent.stdout
    with parent, parent.stdout:
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    deadline = time.monotonic() + 15
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)
    own_postgres.start()  # and what it left behind does not stand in the way


def test_two_owners_of_one_folder_are_refused(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()
    with pytest.raises(EmbeddedPostgresError, match=f"process \\(id {os.getpid()}\\) already runs"):
        EmbeddedPostgres(own_postgres.data_dir).start()
    assert own_postgres.pid


def test_a_stale_pid_file_does_not_stop_the_start(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()
    pid_file = (own_postgres.cluster / "postmaster.pid").read_text()
    own_postgres.stop()
    stale = pid_file.splitlines()
    stale[0] = str(os.getpid())  # an id that was given to somebody else after a reboot
    (own_postgres.cluster / "postmaster.pid").write_text("\n".join(stale) + "\n")
    assert own_postgres.start()


def test_data_of_another_major_version_is_refused_with_advice(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()
    own_postgres.stop()
    (own_postgres.cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedPostgresError, match="made by PostgreSQL 15"):
        own_postgres.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give up its rights")
def test_a_folder_its_user_cannot_enter_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    elsewhere = Path("/var/tmp/hobnob-test-elsewhere") / str(os.getpid())
    monkeypatch.setattr(embedded_files, "FALLBACK_ROOT", elsewhere)
    server = EmbeddedPostgres(closed / "postgres")
    try:
        assert server.data_dir.parent == elsewhere
        server.start()
        assert closed.stat().st_mode & 0o777 == 0o700
        assert list(closed.iterdir()) == []
        assert EmbeddedPostgres(closed / "postgres").data_dir == server.data_dir
    finally:
        server.stop()
        subprocess.run(["rm", "-rf", str(elsewhere.parent)], check=True)


def test_reach_is_judged_by_every_folder_on_the_way(tmp_path: Path) -> None:
    stranger = Identity(54_321, 54_321)
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o001 == 0:
            assert not can_reach(stranger, inner)
            break
    (tmp_path / "outer").chmod(0o700)
    assert not can_reach(stranger, inner)
    assert can_reach(Identity(0, 0), inner)
