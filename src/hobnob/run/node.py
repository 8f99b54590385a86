"""The processes of one start, in their order: simulator, database, web and worker, and the demo shop."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
import urllib.request
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from hobnob.platform.children import Child
from hobnob.platform.embedded import EmbeddedPostgres
from hobnob.platform.migrate import migrate
from hobnob.platform.settings import PREFIX, Settings

from .folder import StartError, kept_secrets, write_secrets

T = TypeVar("T")

HOST = "127.0.0.1"
SIMULATOR_PORT = 8001
PORTS_TRIED_MAX = 50
BACKLOG_MAX = 2_048
READY_MAX_S = 60.0
STOP_MAX_S = 6.0
WATCH_S = 0.2
LOG_CHECK_S = 60.0
WABAS_COUNT = 20
DATABASE = "hobnob"
STOPPED_EARLY = "Stopped before it was ready. The next start goes on from here."


class Node:
    """The processes of one start."""

    def __init__(self, settings: Settings, *, demo: bool, verbose: bool, stop: threading.Event) -> None:
        self._data_dir = settings.data_dir.absolute()
        self._settings = msgspec.structs.replace(settings, data_dir=self._data_dir)
        self._demo = demo
        self._verbose = verbose
        self._stop = stop
        self._postgres: EmbeddedPostgres | None = None
        self._children: list[Child] = []
        self._listeners: dict[str, socket.socket] = {}
        self.address = ""

    def start(self) -> None:
        began = time.monotonic()
        kept = kept_secrets(self._data_dir)
        simulated = not self._settings.whatsapp_token
        self._settings = self._with_defaults(kept, simulated=simulated)
        simulator = self._spawn_simulator() if simulated else None  # it needs no database: both start at once
        self._start_database()
        applied = asyncio.run(migrate(self._settings))
        asyncio.run(_load_catalog(self._settings))
        if applied:
            print(f"Prepared the database ({len(applied)} migrations).", flush=True)
        place = _without_owner(self._settings.database_url)
        self._settings = msgspec.structs.replace(self._settings, database_url=place)
        if simulator:
            self._claim_wabas(simulator, kept)
        web = self._spawn("web", ["serve"])
        self._spawn("worker", ["work"])
        self._wait_until_answers(web, f"http://{HOST}:{self._settings.port}/readyz")
        sign_in = "sign up to begin"
        if simulated:
            self._connect_simulator()
            if self._demo:
                sign_in = self._fill_shop(first="waba_ids" not in kept)
        self.address = self._settings.base_url
        self._greet(sign_in, time.monotonic() - began)

    def watch(self) -> None:
        """Keep everything running until told to stop."""
        log_check_at = time.monotonic() + LOG_CHECK_S
        while not self._stop.wait(WATCH_S):
            if self._postgres and self._postgres.pid is None:
                print("PostgreSQL ended; starting it again. Every answered commit is kept.", flush=True)
                self._postgres.start()
            for child in self._children:
                if said := child.watch():
                    print(said, flush=True)
            if time.monotonic() > log_check_at:
                log_check_at += LOG_CHECK_S
                for child in self._children:
                    child.limit_log()

    def stop(self) -> None:
        """Stop in order: who takes work first, the database last."""
        print("Stopping ...", flush=True)
        deadline_s = time.monotonic() + STOP_MAX_S
        for child in reversed(self._children):
            child.ask_to_stop()
        for child in reversed(self._children):
            child.end(deadline_s)
        self._children.clear()
        for listener in self._listeners.values():
            listener.close()
        if self._postgres:
            self._postgres.stop()
        print("Stopped. The data is kept.", flush=True)

    def _with_defaults(self, kept: dict[str, Any], *, simulated: bool) -> Settings:
        given = self._settings
        port = self._listen("web", given.port, "the desk")
        values: dict[str, Any] = {
            "port": port,
            "listen_fd": self._listeners["web"].fileno(),
            "secret_key": given.secret_key or kept["secret_key"],
            "base_url": given.base_url if f"{PREFIX}BASE_URL" in os.environ else f"http://{HOST}:{port}",
        }
        if simulated:
            simulator = f"http://{HOST}:{self._listen('simulator', SIMULATOR_PORT, 'the simulator')}"
            values |= {
                "whatsapp_graph_url": simulator,
                "simulator_url": simulator,
                "webhook_url": given.webhook_url or f"http://{HOST}:{port}/webhooks/whatsapp",
                "whatsapp_token": kept["whatsapp_token"],
                "whatsapp_app_id": kept["whatsapp_app_id"],
                "whatsapp_app_secret": kept["whatsapp_app_secret"],
                "whatsapp_verify_token": kept["whatsapp_verify_token"],
                "test_payments": True,
            }
        return msgspec.structs.replace(given, **values)

    def _listen(self, name: str, wanted: int, whose: str) -> int:
        """Take ``wanted``, or the next port that is free, and hold it for as long as we run; returns the port."""
        for port in range(wanted, min(wanted + PORTS_TRIED_MAX, 65536)):
            try:
                self._listeners[name] = socket.create_server((HOST, port), backlog=BACKLOG_MAX)
            except OSError:
                continue
            if port != wanted:
                print(f"Port {wanted} is taken; {whose} uses {port}.", flush=True)
            return port
        raise StartError(f"No free port from {wanted} on: set HOBNOB_PORT to another one.")

    def _start_database(self) -> None:
        if self._settings.database_url:
            return
        if not (self._data_dir / "postgres").exists():
            print("Creating the database ...", flush=True)
        self._postgres = EmbeddedPostgres(self._data_dir / "postgres")
        self._postgres.start()
        asyncio.run(_create_database(self._postgres))
        self._settings = msgspec.structs.replace(self._settings, database_url=self._postgres.url_of(DATABASE))

    def _spawn_simulator(self) -> Child:
        listen_fd = str(self._listeners["simulator"].fileno())
        state = self._data_dir / "simulator"
        state.mkdir(exist_ok=True)
        return self._spawn("simulator", ["simulator", "--listen-fd", listen_fd, "--state", str(state)])

    def _claim_wabas(self, simulator: Child, kept: dict[str, Any]) -> None:
        """Have a WhatsApp Business Account ready for the demo shop and for each brand that signs up."""
        url = self._settings.simulator_url
        self._wait_until_answers(simulator, f"{url}/control/state")
        known = {waba["id"] for waba in _call(f"{url}/control/state")["wabas"]}
        wabas = [waba for waba in kept.get("waba_ids", []) if waba in known]
        while len(wabas) < WABAS_COUNT:
            wabas.append(_call(f"{url}/control/wabas", {"name": f"Business {len(wabas) + 1}"})["id"])
        if wabas != kept.get("waba_ids"):
            write_secrets(self._data_dir, {**kept, "waba_ids": wabas})
        self._settings = msgspec.structs.replace(self._settings, whatsapp_waba_ids=",".join(wabas))

    def _connect_simulator(self) -> None:
        """Tell the simulator where webhooks go."""
        mine = self._settings
        app = {
            "app_id": mine.whatsapp_app_id,
            "app_secret": mine.whatsapp_app_secret,
            "token": mine.whatsapp_token,
            "verify_token": mine.whatsapp_verify_token,
            "callback_url": mine.callback_url,
        }
        _call(f"{mine.simulator_url}/control/apps", app)

    def _fill_shop(self, *, first: bool) -> str:
        """The demo shop, once; returns how to sign in."""
        from hobnob.demo import actions as demo  # noqa: PLC0415 - loads the whole business, which else only children do

        if first:
            print("Filling the demo shop ...", flush=True)
        sign_in = asyncio.run(self._unless_stopped(demo.seed(self._settings, self._settings.simulator_url)))
        return f"sign in with {sign_in.email} and the password {sign_in.password}"

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """Long work of a start, given up when the person at the terminal stops us."""
        task = asyncio.create_task(work)
        while not (await asyncio.wait({task}, timeout=WATCH_S))[0]:
            if self._stop.is_set():
                task.cancel()
                await asyncio.wait({task})
                raise StartError(STOPPED_EARLY)
        return task.result()

    def _spawn(self, name: str, arguments: list[str]) -> Child:
        logs = self._data_dir / "logs"
        logs.mkdir(exist_ok=True)
        log_file = None if self._verbose else logs / f"{name}.log"
        child = Child(name, arguments, _environment(self._settings), log_file, self._listeners.get(name))
        child.start()
        self._children.append(child)
        return child

    def _wait_until_answers(self, child: Child, url: str) -> None:
        deadline = time.monotonic() + READY_MAX_S
        while not self._stop.is_set():
            with suppress(OSError):
                _call(url)
                return
            if child.exit_code is not None:
                raise StartError(f"The {child.name} process did not start:\n{child.last_words()}")
            if time.monotonic() > deadline:
                raise StartError(f"The {child.name} process does not answer at {url}:\n{child.last_words()}")
            time.sleep(0.03)
        raise StartError(STOPPED_EARLY)

    def _greet(self, sign_in: str, seconds: float) -> None:
        print(f"\nHobnob is ready ({seconds:.1f} s).\n")
        print(f"  Desk     {self.address}   {sign_in}")
        if self._settings.simulator_url:
            print(f"  Phones   {self._settings.simulator_url}   the WhatsApp simulator: write as a customer")
        print(f"  Data     {self._data_dir}   (logs in logs/; `hobnob reset-demo` starts over)")
        print("\nCtrl-C stops it.", flush=True)


def _environment(settings: Settings) -> dict[str, str]:
    """The environment of a child: ours, with the settings as they are now."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    defaults = Settings()
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        if value != getattr(defaults, field.name):
            kept[PREFIX + field.name.upper()] = str(value).lower() if isinstance(value, bool) else str(value)
    return kept


def _without_owner(database_url: str) -> str:
    """The same place without the owner's name and password: the application's roles bring their own."""
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


async def _load_catalog(settings: Settings) -> None:
    from hobnob.billing.actions import load_catalog  # noqa: PLC0415 - loads the whole business, which else only children do
    from hobnob.kernel.clock import SystemClock  # noqa: PLC0415

    await load_catalog(settings, SystemClock())


async def _create_database(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.url_of("postgres"))
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


def _call(url: str, body: dict[str, Any] | None = None) -> Any:
    """One small JSON call to a process of ours on loopback."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - http, loopback
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text.startswith((b"{", b"[")) else None
