"""The commands `hobnob plans`: the catalogue of plans shown and extended, subscribers moved, promises noted."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from uuid import UUID

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from hobnob.billing.rating import Catalog, PlanVersion
    from hobnob.platform.database import Database
    from hobnob.platform.settings import Settings

USAGE = 2

plans = App(name="plans", help="Plans: what they cost, a new version, and who moves to it.")


@plans.command(name="list")
def list_plans() -> None:
    """Show every plan with its versions: from when, and its price by the month and by the year."""
    for version in _versions(_catalog()):
        print(
            f"{version.plan:12} {version.version}  from {version.effective_from}  {_money(version.monthly_micros)} a month,"
            f" {_money(version.yearly_micros)} a year {version.currency}"
        )


@plans.command(name="show")
def show_plan(
    plan: Annotated[str, Parameter(help="its code, such as plus")],
    /,
    *,
    version: Annotated[int, Parameter(help="the newest if left out")] = 0,
) -> None:
    """Show everything about a version of a plan."""
    found = [one for one in _versions(_catalog()) if one.plan == plan and version in (0, one.version)]
    if not found:
        _fail(f"There is no such plan or version: {plan!r}. See `hobnob plans list`.", USAGE)
    shown = found[-1]
    print(f"{shown.name} {shown.version} from {shown.effective_from}, {shown.currency}")
    print(f"    {_money(shown.monthly_micros)} a month, {_money(shown.yearly_micros)} a year")
    print(f"    {shown.included_conversations:,} conversations included, then by the card {shown.card!r}")
    print(f"    agents: {_limit(shown.included_agents)} included, {_limit(shown.agents_max)} at most,", end=" ")
    print(f"{_money(shown.extra_agent_micros)} for one more")
    for meter, addon in sorted(shown.addons.items()):
        print(
            f"    {meter}: {addon.included:,} included, then {_money(addon.amount_micros)} for {addon.unit_quantity:,}"
        )


@plans.command(name="add-version")
def add_version(
    file: Annotated[Path, Parameter(help="JSON; docs/operator-guide.md has an example")],
    /,
    *,
    dry_run: Annotated[bool, Parameter(negative=(), help="only show what it changes")] = False,
) -> None:
    """Add a version of a plan, or a new plan. It must begin later than those there are: the past is never changed.

    New subscribers get it from its date on. Those who have the plan keep their version until `hobnob plans migrate`.
    Needs HOBNOB_DATABASE_URL of the tables' owner.
    """
    from hobnob.billing.subscriptions import operating
    from hobnob.kernel.clock import SystemClock
    from hobnob.kernel.errors import HobnobError

    settings = _settings("database_url", "secret_key")
    try:
        new = operating.read_version(file.read_bytes())
        number, lines = asyncio.run(operating.add_version(settings, SystemClock(), new, apply=not dry_run))
    except (HobnobError, OSError) as error:
        _fail(f"Nothing was added: {error}")
    print("\n".join(lines) or "It changes nothing.")
    print(f"{new.plan} {number} {'would begin' if dry_run else 'begins'} on {new.effective_from}.")


@plans.command
def migrate(
    plan: Annotated[str, Parameter(help="its code, such as plus")],
    version: Annotated[int, Parameter(help="the version they get")],
    /,
    *,
    dry_run: Annotated[bool, Parameter(negative=(), help="only show who")] = False,
) -> None:
    """Move the subscribers of a plan to one of its versions, each on the first day of the next period."""
    from hobnob.billing.subscriptions import operating

    async def run(database: Database) -> list[UUID]:
        return await operating.migrate(database, plan, version, apply=not dry_run)

    moved = _with_database(run)
    for account_id in moved:
        print(account_id)
    verb = "would move" if dry_run else "will move"
    print(f"{len(moved)} {verb} to {plan} {version} when the next period begins.")


@plans.command
def promise(
    account: Annotated[UUID, Parameter(help="the account's id")],
    conversations: Annotated[int, Parameter(help="how many a month, for a year from today on")],
    /,
    *,
    price: Annotated[str, Parameter(help="what each promised one costs, if agreed; else by the plan's card")] = "",
    beyond: Annotated[str, Parameter(help="what each one beyond costs; with --price")] = "",
) -> None:
    """Note that an account promises conversations. It needs a yearly subscription."""
    from hobnob.billing.subscriptions import operating
    from hobnob.kernel.clock import SystemClock
    from hobnob.kernel.money import micros_from_text

    if bool(price) != bool(beyond):
        _fail("Give both --price and --beyond, or neither.", USAGE)
    try:
        agreed = (micros_from_text(price), micros_from_text(beyond)) if price else None
    except ValueError as error:
        _fail(f"{error}.", USAGE)

    async def run(database: Database) -> None:
        await operating.agree(database, SystemClock(), account, conversations, agreed)

    _with_database(run)
    print(f"{conversations:,} conversations a month are promised for a year.")


def advance(account: UUID, days: int) -> tuple[str, int]:
    """Move one account's clock: its new time as text, and how far ahead it is in seconds."""
    from datetime import timedelta

    from hobnob.billing.subscriptions import operating
    from hobnob.kernel.clock import SystemClock

    async def run(database: Database) -> tuple[Any, int]:
        return await operating.advance(database, SystemClock(), account, timedelta(days=days))

    now, ahead_s = _with_database(run)
    return now.isoformat(timespec="seconds"), ahead_s


def _with_database(run: Callable[[Database], Awaitable[Any]]) -> Any:
    from hobnob.kernel.errors import HobnobError
    from hobnob.platform.database import ROLE_WORK, Database

    settings = _settings("database_url", "secret_key")

    async def opened() -> Any:
        database = await Database.open(settings, roles=(ROLE_WORK,))
        try:
            return await run(database)
        finally:
            await database.close()

    try:
        return asyncio.run(opened())
    except (HobnobError, OSError) as error:
        _fail(str(error))


def _catalog() -> Catalog:
    """The tables' when there is a database, else that of the release."""
    from hobnob.billing import catalog
    from hobnob.billing.shipped import shipped_catalog
    from hobnob.platform.database import owner_transaction

    settings = _settings()
    if not settings.database_url:
        print("HOBNOB_DATABASE_URL is not set: these are the plans of the release.", file=sys.stderr)
        return shipped_catalog()

    async def read() -> Catalog:
        async with owner_transaction(settings) as tx:
            return await catalog.current(tx)

    return asyncio.run(read())


def _versions(catalog: Catalog) -> list[PlanVersion]:
    by_position = sorted(catalog.plans.values(), key=lambda versions: versions[-1].position)
    return [version for versions in by_position for version in versions]


def _money(micros: int | None) -> str:
    from hobnob.kernel.money import decimal_text

    return "none" if micros is None else decimal_text(micros)


def _limit(agents: int | None) -> str:
    return "any number" if agents is None else str(agents)


def _settings(*required: str) -> Settings:
    from hobnob.platform.settings import SettingsError, load

    try:
        return load(require=required)
    except SettingsError as error:
        _fail(str(error), USAGE)


def _fail(sentence: str, code: int = 1) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)
