"""The ``hobnob`` command: one subcommand per process and per operator's task.

Each command loads only what it needs. A wrong setting is answered with a sentence that names the variable and the fix,
and exit code 2; any other expected failure with a sentence and exit code 1.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn
from uuid import UUID

from cyclopts import App, Parameter

from hobnob import cli_cards, cli_invoices, cli_plans, cli_rate

if TYPE_CHECKING:
    from hobnob.platform.settings import Settings

app = App(
    name="hobnob",
    help="Hobnob, a self-hosted WhatsApp business desk. Configured by HOBNOB_* variables: see `hobnob settings`.",
    version_flags=["--version"],
)
cli_rate.join(app)
cli_invoices.join(app)
app.command(cli_cards.cards)
app.command(cli_plans.plans)


@app.command
def run(
    *,
    demo: Annotated[bool, Parameter(help="fill a demo shop at the first start")] = True,
    verbose: Annotated[bool, Parameter(negative=(), help="log to the terminal instead of files")] = False,
) -> None:
    """Start everything on this machine: PostgreSQL, the WhatsApp simulator, web, worker and a demo shop.

    Data lives in HOBNOB_DATA_DIR (./var) and survives a restart. HOBNOB_DATABASE_URL, when set, is used instead of the
    embedded PostgreSQL. With HOBNOB_WHATSAPP_TOKEN set it speaks to WhatsApp itself: no simulator, no demo shop.
    Listens on 127.0.0.1 only. Ctrl-C stops it.
    """
    from hobnob.run.supervisor import run as run_all

    sys.exit(run_all(_settings(), demo=demo, verbose=verbose))


@app.command
def serve() -> None:
    """Run a web process: dashboard, API, webhooks, realtime. Stateless: start as many as you like.

    Needs HOBNOB_DATABASE_URL and HOBNOB_SECRET_KEY. Listens on HOBNOB_HOST and HOBNOB_PORT.
    """
    from hobnob import app as web
    from hobnob.platform.telemetry import configure_logging

    settings = _settings("database_url", "secret_key")
    configure_logging(settings)
    web.serve(settings)


@app.command
def work() -> None:
    """Run a worker process: applies webhooks, sends messages, bills deliveries. Start as many as you like.

    Needs HOBNOB_DATABASE_URL and HOBNOB_SECRET_KEY.
    """
    from hobnob import worker
    from hobnob.platform.telemetry import configure_logging

    settings = _settings("database_url", "secret_key")
    configure_logging(settings)
    worker.work(settings)


@app.command
def migrate() -> None:
    """Bring the database to this version's schema, roles, plans and rate cards. Safe to run twice.

    Needs HOBNOB_DATABASE_URL of the tables' owner and HOBNOB_SECRET_KEY. Stop nothing: migrations hold no lock for long.
    """
    from hobnob.billing.actions import load_catalog
    from hobnob.kernel.clock import SystemClock
    from hobnob.kernel.errors import HobnobError
    from hobnob.platform.migrate import MigrationError
    from hobnob.platform.migrate import migrate as apply

    settings = _settings("database_url", "secret_key")
    try:
        applied = asyncio.run(apply(settings))
        rates = asyncio.run(load_catalog(settings, SystemClock()))
    except (MigrationError, HobnobError, OSError) as error:
        _fail(f"The database was not migrated: {error}")
    lines = [f"applied {name}" for name in applied] + ([f"loaded {rates} rows of plans and rates"] if rates else [])
    print("\n".join(lines) or "already up to date")


@app.command
def simulator(
    *,
    host: Annotated[str, Parameter(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="port to listen on")] = 8001,
    state: Annotated[Path | None, Parameter(help="folder that keeps numbers and chats over a restart")] = None,
    listen_fd: Annotated[
        int | None, Parameter(help="number of a listening socket that a supervisor hands over")
    ] = None,
) -> None:
    """Run a WhatsApp platform of our own: Graph API, signed webhooks, and phones in the browser."""
    import socket

    import uvloop

    from hobnob.simulator import server

    def say(url: str) -> None:
        print(f"The simulator listens at {url}", flush=True)

    listener = socket.socket(fileno=listen_fd) if listen_fd is not None else None
    uvloop.run(server.serve(host, port, state, ready=say, listener=listener))


@app.command
def advance_clock(
    by: Annotated[str, Parameter(help="how far, such as 90s, 30m, 24h or 2d")] = "",
    *,
    account: Annotated[
        UUID | None, Parameter(help="only this account's clock; its days are worked through at once")
    ] = None,
    days: Annotated[int, Parameter(help="how many days; with --account, or instead of BY")] = 0,
    simulator_url: Annotated[str, Parameter(help="the simulator's address; default: HOBNOB_SIMULATOR_URL")] = "",
) -> None:
    """Move the simulator's clock forward, and with it the clock of every sandbox account. It never goes back.

    Windows close, conversations end, and everything due in between happens in order.
    """
    import json
    import urllib.request

    if days > 0 and not by:
        by = f"{days}d"
    units = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
    if not by[:-1].isdigit() or by[-1] not in units or int(by[:-1]) == 0:
        _fail(f"{by!r} is not a length of time: write for example 90s, 30m, 24h or 2d.", code=2)
    if account is not None:
        if by[-1] != "d":
            _fail("One account's clock is moved by whole days: hobnob advance-clock --account ID --days 30.", code=2)
        print(f"It is now {cli_plans.advance(account, int(by[:-1]))[0]} in that account.")
        return
    url = simulator_url or _settings().simulator_url or "http://127.0.0.1:8001"
    request = urllib.request.Request(  # noqa: S310 - the operator's own address
        f"{url.rstrip('/')}/control/clock/advance",
        json.dumps({"seconds": int(by[:-1]) * units[by[-1]]}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            print(f"It is now {json.load(answer)['now']} on the simulator and in its accounts.")
    except OSError as error:
        _fail(f"The simulator at {url} does not answer: {error}. Is it running?")


quarantine = App(name="quarantine", help="Webhooks that could not be applied, or that nobody owned when they came.")
app.command(quarantine)


@quarantine.command(name="list")
def list_quarantine() -> None:
    """Show what waits: id, when it came, why it waits, and what it is about. Nothing else waits for it."""
    from hobnob.inbox.ingest import operating
    from hobnob.platform.database import ROLE_WORK, Database

    settings = _settings("database_url", "secret_key")

    async def show() -> int:
        database, count = await Database.open(settings, roles=(ROLE_WORK,)), 0
        try:
            async for one in operating.waiting(database):
                owner = f"account {one.account_id}" if one.account_id else "no owner"
                print(f"{one.id}  {one.received_at:%Y-%m-%d %H:%M:%S}  {owner}\n    {one.reason}\n    {one.summary}")
                count += 1
        finally:
            await database.close()
        return count

    if not asyncio.run(show()):
        print("The quarantine is empty.")


@quarantine.command(name="replay")
def replay_quarantine(
    id: Annotated[str | None, Parameter(help="one from `hobnob quarantine list`; all if left out")] = None, /
) -> None:
    """Apply again what waits: after an upgrade that understands it, or once the number it names is connected."""
    from hobnob.inbox.ingest import operating
    from hobnob.platform.database import ROLE_WORK, Database

    settings = _settings("database_url", "secret_key")
    try:
        chosen = UUID(id) if id else None
    except ValueError:
        _fail(f"{id!r} is not an id: take one from `hobnob quarantine list`, or leave it out for all.", code=2)

    async def put_back() -> None:
        database = await Database.open(settings, roles=(ROLE_WORK,))
        try:
            print(f"Queued again: {await operating.put_back(database, chosen)}.")
            if chosen is None:
                found, left = await operating.find_owners(database)
                print(f"Found the owner of {found}; {left} still have none.")
        finally:
            await database.close()

    asyncio.run(put_back())


ledger = App(name="ledger", help="The double-entry book under the wallets.")
app.command(ledger)


@ledger.command
def prove() -> None:
    """Prove that every account's book is right: sums, blocks, holds, charges, totals, the chain of hashes, and invoices.

    Of invoices: each charge is on exactly one, sums equal lines, tax matches, numbers have no gap. Workers run the same proof
    each night: a finding is an error in their log and counts in the metric hobnob_ledger_findings_total.

    Reads everything and changes nothing. Ends with exit code 1 and one line per finding when something is wrong.
    """
    from hobnob.billing.actions import prove as prove_all
    from hobnob.platform.database import ROLE_WORK, Database

    settings = _settings("database_url", "secret_key")

    async def run() -> int:
        wrong = 0
        database = await Database.open(settings, roles=(ROLE_WORK,))
        try:
            async for _, findings in prove_all(database):
                for finding in findings:
                    print(f"account {finding.account_id}: {finding.problem}")
                wrong += len(findings)
        finally:
            await database.close()
        return wrong

    wrong = asyncio.run(run())
    if wrong:
        _fail(f"The ledger is wrong in {wrong} places.")
    print("The ledger is right.")


@app.command
def grant(
    account: Annotated[str, Parameter(help="the account's id, or the e-mail of an agent of it")],
    amount: Annotated[str, Parameter(help="how much, in the account's currency, such as 25 or 0.50")],
    *,
    reason: Annotated[str, Parameter(help="what it is given for, as the owner reads it")],
    key: Annotated[str, Parameter(help="a word of yours for this gift: giving it twice with one key gives it once")],
    last_day: Annotated[
        str, Parameter(help="the last day it can be spent, such as 2026-12-31; for ever if left out")
    ] = "",
    priority: Annotated[int, Parameter(help="0 to 100: credit with the smaller number is spent first")] = 50,
) -> None:
    """Give an account promotional credit. It is spent before what was paid for, and is never paid out.

    The same key again gives nothing more; with another amount, reason, day or priority it is refused.
    """
    from datetime import date

    from hobnob.billing.payments.operating import Gift, give
    from hobnob.kernel.clock import SystemClock
    from hobnob.kernel.errors import HobnobError
    from hobnob.kernel.money import decimal_text
    from hobnob.platform.database import ROLE_WEB, Database

    settings = _settings("database_url", "secret_key")
    if not 0 <= priority <= 100:
        _fail("The priority is 0 to 100.", code=2)

    async def run() -> str:
        database = await Database.open(settings, roles=(ROLE_WEB,))
        try:
            gift = Gift(amount, reason, key, date.fromisoformat(last_day) if last_day else None, priority)
            wallet = await give(database, SystemClock(), account, gift)
        finally:
            await database.close()
        return f"{decimal_text(wallet.available_micros)} {wallet.currency}"

    try:
        print(f"Given. Available now: {asyncio.run(run())}.")
    except ValueError as error:
        _fail(f"{error}: write an amount as 25 or 0.50, and a day as 2026-12-31.", code=2)
    except HobnobError as error:
        _fail(f"Nothing was given: {error.detail}")


@app.command
def reset_demo(
    *, yes: Annotated[bool, Parameter(name=["--yes", "-y"], negative=(), help="do not ask")] = False
) -> None:
    """Delete everything under HOBNOB_DATA_DIR that `hobnob run` made, and start over with the demo shop.

    A running `hobnob run` restarts by itself. A database named by HOBNOB_DATABASE_URL is never touched.
    """
    from hobnob.run.supervisor import reset

    settings = _settings()
    if settings.database_url:
        _fail("HOBNOB_DATABASE_URL is set: empty that database yourself; only the embedded one is deleted here.")
    folder = settings.data_dir.absolute()
    if not yes and not _says_yes(f"Delete all data in {folder}? Type yes: "):
        _fail("Nothing was deleted. To be asked nothing: hobnob reset-demo --yes")
    print(reset(settings))


def _says_yes(question: str) -> bool:
    try:
        return input(question).strip().lower() == "yes"
    except (EOFError, KeyboardInterrupt):
        print()
        return False


@app.command
def bench(
    name: Literal["ingest", "inbox", "send", "rating", "billing"],
    /,
    *,
    json: Annotated[bool, Parameter(negative=(), help="end with one line of JSON")] = False,
) -> None:
    """Measure the product on a throw-away PostgreSQL of its own: ingest, inbox, send, rating or billing."""
    from hobnob.bench import harness

    harness.run(name, as_json=json)


@app.command
def export_openapi(output: Annotated[Path | None, Parameter(help="file; standard output if left out")] = None) -> None:
    """Write the description of the HTTP interface (OpenAPI 3.1)."""
    import json

    from hobnob import app as web

    text = json.dumps(web.openapi_document(), indent=2, sort_keys=True) + "\n"
    if output:
        output.write_text(text)
    else:
        print(text, end="")


@app.command
def settings(*, env: Annotated[bool, Parameter(negative=(), help="in the form of .env.example")] = False) -> None:
    """List every HOBNOB_* variable with its meaning and default."""
    from hobnob.platform.settings import descriptions

    for variable, (what, default) in descriptions().items():
        if env:
            print(f"# {what}\n#{variable}={default}\n")
        else:
            print(f"{variable}\n    {what}" + (f" (default: {default})" if default else ""))


def _settings(*required: str) -> Settings:
    from hobnob.platform.settings import SettingsError, load

    try:
        return load(require=required)
    except SettingsError as error:
        _fail(str(error), code=2)


def _fail(sentence: str, code: int = 1) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)


def main() -> None:
    """The console script's entry."""
    app()


if __name__ == "__main__":
    main()
