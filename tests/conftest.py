"""A real PostgreSQL for every test that wants one.

One cluster serves the whole run (the xdist controller starts it, so it outlives every worker), a template database
is migrated once, and each test gets a fresh copy of it. Nothing is mocked and nothing leaves loopback.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import asyncpg
import hypothesis
import pytest
import structlog
from _pytest.nodeid import NodeId

from hobnob.billing.actions import load_catalog
from hobnob.kernel.clock import SystemClock
from hobnob.platform.database import Database
from hobnob.platform.embedded import EmbeddedPostgres
from hobnob.platform.migrate import migrate
from hobnob.platform.settings import Settings

if TYPE_CHECKING:
    from tests.desk import Desk

T = TypeVar("T")

TEMPLATE = "hobnob_template"
TEMPLATE_LOCK = 7_460_001
SECRET_KEY = "a secret key for tests, long enough to be accepted"
# Tests lose nothing when the machine stops: the cluster is made anew each time. Crash tests use `own_postgres`.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "max_connections": "300",
}
# A database of its own costs a test about 15 ms in memory, ten times that on a disk.
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 2_000_000_000
NEARBY = ("127.0.0.1", "::1", "localhost")

hypothesis.settings.register_profile("ci", deadline=None, max_examples=40, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("dev", deadline=None, max_examples=25)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

_cluster = pytest.StashKey["_Cluster"]()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Fresh ids differ between processes; the names of tests must not."""
    return argname if re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", str(val)) else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Write a test's group behind its id, as `--dist loadgroup` reads it: xdist 3.8 writes where pytest 9.2 no longer looks."""
    for item in items if getattr(config.option, "loadgroup", False) else ():
        groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
        if groups and "@" not in item.nodeid:
            item._id = NodeId.parse(f"{item.nodeid}@{'_'.join(groups)}")


class _Cluster:
    """A cluster in a folder that PostgreSQL's unprivileged user can enter (pytest's own are closed to others)."""

    def __init__(self, settings: dict[str, str], parent: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hobnob-tests-", dir=parent))
        self.folder.chmod(0o755)
        self.server = EmbeddedPostgres(self.folder, settings=settings)

    def close(self) -> None:
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _shared_cluster(config: pytest.Config) -> _Cluster:
    if _cluster not in config.stash:
        roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN
        cluster = config.stash[_cluster] = _Cluster(FAST, MEMORY if roomy else None)
        cluster.server.start()
    return config.stash[_cluster]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The xdist controller hands each worker the address of the one cluster."""
    node.workerinput["postgres_url"] = _shared_cluster(node.config).server.start()


def pytest_configure(config: pytest.Config) -> None:
    """Nothing leaves loopback: whoever tries finds out at once, and finds out who. Errors are logged as the product logs
    them: with every local variable, as the library would, one takes minutes to write."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, plain])
    connect = socket.socket.connect

    def connect_nearby(self: socket.socket, address: Any) -> None:
        far = self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in NEARBY
        assert not far, f"a test wants to reach {address}"
        connect(self, address)

    setattr(socket.socket, "connect", connect_nearby)  # noqa: B010 - a plain assignment would not type-check
    config.add_cleanup(lambda: setattr(socket.socket, "connect", connect))


def pytest_unconfigure(config: pytest.Config) -> None:
    if cluster := config.stash.get(_cluster, None):
        cluster.close()


class _Administrator:
    """A superuser's connection with an event loop of its own, so that plain fixtures can use it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._loop = asyncio.new_event_loop()
        self._connection = self.run(asyncpg.connect(url))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def execute(self, sql: str) -> None:
        self.run(self._connection.execute(sql))

    def url_of(self, database: str) -> str:
        return self.url.rpartition("/")[0] + "/" + database

    def make_template(self) -> None:
        """Prepare the template once, as `hobnob migrate` does; the other workers wait for it."""
        self.execute(f"SELECT pg_advisory_lock({TEMPLATE_LOCK})")
        try:
            if self.run(self._connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", TEMPLATE)):
                return
            self.execute(f"CREATE DATABASE {TEMPLATE}_new")
            fresh = _settings(self.url_of(f"{TEMPLATE}_new"), Path())
            self.run(migrate(fresh))
            self.run(load_catalog(fresh, SystemClock()))
            self.execute(f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")
        finally:
            self.execute(f"SELECT pg_advisory_unlock({TEMPLATE_LOCK})")

    def close(self) -> None:
        self.run(self._connection.close())
        self._loop.close()


def _settings(url: str, data_dir: Path) -> Settings:
    return Settings(
        database_url=url,
        secret_key=SECRET_KEY,
        data_dir=data_dir,
        database_pool_max_count=5,
        whatsapp_app_secret="app secret",
        whatsapp_verify_token="verify token",
        whatsapp_token="graph token",
        whatsapp_app_id="1000000000001",
        plan_fees=False,  # stories of subscriptions switch them on
        test_payments=True,
        log_format="console",
        log_level="warning",
    )


@pytest.fixture(scope="session")
def administrator(request: pytest.FixtureRequest) -> Iterator[_Administrator]:
    """A superuser of the run's cluster, with the migrated template ready."""
    given = getattr(request.config, "workerinput", {}).get("postgres_url")
    administrator = _Administrator(given or _shared_cluster(request.config).server.start())
    administrator.make_template()
    yield administrator
    administrator.close()


@pytest.fixture
def empty_postgres_url(administrator: _Administrator) -> Iterator[str]:
    """The owner's URL of a fresh database without any table."""
    yield from _fresh_database(administrator, "template0")


@pytest.fixture
def postgres_url(administrator: _Administrator) -> Iterator[str]:
    """The owner's URL of a fresh, migrated database of this test's own."""
    yield from _fresh_database(administrator, TEMPLATE)


def _fresh_database(administrator: _Administrator, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    administrator.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield administrator.url_of(name)
    administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> Settings:
    """Settings of a node on this test's database, with media in this test's folder."""
    return _settings(postgres_url, tmp_path)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The opened pools of this test's database."""
    database = await Database.open(settings)
    yield database
    await database.close()


@pytest.fixture
async def web(settings: Settings) -> AsyncIterator[str]:
    """The address of a web process on this test's database."""
    from tests.desk import serving  # it loads the whole app, which most tests do without

    async with serving(settings) as address:
        yield address


@pytest.fixture
async def desk(web: str) -> AsyncIterator[Desk]:
    """A browser that is not signed in yet."""
    from tests.desk import Desk

    desk = Desk(web)
    yield desk
    await desk.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's unprivileged user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="hobnob-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """A stopped, durable server of this test's own, to be started, killed and started again."""
    cluster = _Cluster({"shared_buffers": "32MB"})
    yield cluster.server
    cluster.close()
