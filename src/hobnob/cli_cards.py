"""The commands `hobnob cards`: rate cards shown and imported. Joined to the others by `cli`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from hobnob.billing.card_changes import Request, VersionChange
    from hobnob.billing.card_files import Rate
    from hobnob.billing.cards import VersionLine
    from hobnob.billing.market_changes import Market, MarketChange
    from hobnob.billing.rating import Catalog
    from hobnob.platform.settings import Settings

USAGE = 2
NO_DATABASE = "HOBNOB_DATABASE_URL is not set: these are the cards of the release."

cards = App(name="cards", help="Rate cards: what is in force from when, and importing one.")


@cards.command(name="list")
def list_cards() -> None:
    """Show every card with its versions: from when, what is billable under it, how many rates, and their source."""
    for line in asyncio.run(_versions()):
        print(f"{line.card} {line.version}  from {line.effective_from}  {line.rule_set}, {line.rate_count} rates")
        print(f"    {line.source}")


@cards.command(name="show")
def show_card(
    card: Annotated[str, Parameter(help="its code, such as meta")] = "meta",
    /,
    *,
    on: Annotated[str, Parameter(help="a date such as 2026-10-01; today if left out")] = "",
    market: Annotated[str, Parameter(help="one market only, such as India")] = "",
    currency: Annotated[str, Parameter(help="currency of the rates")] = "USD",
) -> None:
    """Show the rates of a card on a day: market, category, and what a unit costs, by steps of the month's quantity."""
    from hobnob.billing.card_changes import text_of

    catalog = asyncio.run(_catalog())
    if card not in catalog.cards:
        _fail(f"There is no card {card!r}: choose one of {', '.join(catalog.cards)}.", USAGE)
    version = catalog.card_version(card, _date(on))
    if version is None:
        _fail(f"The card {card!r} begins on {catalog.cards[card][0].effective_from}.")
    print(f"{card} {version.version} from {version.effective_from}, {version.rule_set}, {currency.upper()}")
    for (_, name, category, priced_in), steps in sorted(version.rates.items()):
        if priced_in == currency.upper() and market.lower() in ("", name.lower()):
            print(f"{name:32} {category:28} {text_of(steps)}")


@cards.command(name="import")
def import_card(
    file: Annotated[
        Path,
        Parameter(help="CSV: region, category, currency, rate, effective_from, source, and from_quantity for tiers"),
    ],
    /,
    *,
    card: Annotated[str, Parameter(help="the card it belongs to")] = "meta",
    rule_set: Annotated[str, Parameter(help="what is billable; that of the version before if left out")] = "",
    free: Annotated[list[str] | None, Parameter(negative=(), help="free each month, such as service=1000")] = None,
    whole: Annotated[bool, Parameter(negative=(), help="rates that the file does not name end")] = False,
    apply: Annotated[bool, Parameter(negative=(), help="write it; else only show what would change")] = False,
) -> None:
    """Show what a file changes in a rate card, and with --apply import it. Each date in the file is a version.

    A version in force is history: what would change it is refused. A rate that the file does not name stays as it is in the
    version before. --apply needs HOBNOB_DATABASE_URL of the tables' owner.
    """
    from hobnob.billing.card_files import CardFileError, read
    from hobnob.kernel.errors import HobnobError

    try:
        rates = read(file.read_text("utf-8-sig").splitlines(), str(file))
        request = _request(file, card, rule_set, free, whole=whole)
        found = asyncio.run(_import(request, rates, apply=apply))
    except (OSError, UnicodeDecodeError, CardFileError) as error:
        _fail(str(error), USAGE)
    except HobnobError as error:
        _fail(error.detail)
    _tell([f"{card} " + "\n".join(change.lines()) for change in found], f"The card {card!r}", apply=apply)


@cards.command(name="import-markets")
def import_markets(
    file: Annotated[Path, Parameter(help="CSV: prefix, effective_from, market, source")],
    /,
    *,
    apply: Annotated[bool, Parameter(negative=(), help="write it; else only show what would change")] = False,
) -> None:
    """Show which calling codes a file leads to which market from when, and with --apply import it.

    What has begun is history and is refused. --apply needs HOBNOB_DATABASE_URL of the tables' owner.
    """
    from hobnob.billing.card_files import CardFileError
    from hobnob.billing.market_changes import read
    from hobnob.kernel.errors import HobnobError

    try:
        rows = read(file.read_text("utf-8-sig").splitlines(), str(file))
        found = asyncio.run(_import_markets(rows, apply=apply))
    except (OSError, UnicodeDecodeError, CardFileError) as error:
        _fail(str(error), USAGE)
    except HobnobError as error:
        _fail(error.detail)
    _tell([change.line() for change in found], "The table of markets", apply=apply)


def _tell(lines: Sequence[str], what: str, *, apply: bool) -> None:
    for line in lines:
        print(line)
    if not lines:
        print(f"{what} holds all of this already.")
    elif apply:
        print("Imported.")
    else:
        print("Nothing was written: add --apply to import this.")


def _today() -> date:
    """A day has begun somewhere on earth up to 14 hours before it does in UTC."""
    from hobnob.kernel.clock import SystemClock

    return (SystemClock().now() + timedelta(hours=14)).date()


def _request(file: Path, card: str, rule_set: str, free: list[str] | None, *, whole: bool) -> Request:
    from hobnob.billing.card_changes import Request
    from hobnob.billing.history.meta import RULE_SETS

    if rule_set and rule_set not in RULE_SETS:
        _fail(f"There is no rule set {rule_set!r}: choose one of {', '.join(RULE_SETS)}.", USAGE)
    units: dict[str, int] = {}
    for entry in free or ():
        category, _, count = entry.partition("=")
        if not count.isdigit():
            _fail(f"{entry!r} does not say what is free: write for example service=1000.", USAGE)
        units[category] = int(count)
    return Request(
        card, _today(), f"Imported from {file.name}", rule_set or None, None if free is None else units, is_whole=whole
    )


async def _import(request: Request, rates: Sequence[Rate], *, apply: bool) -> list[VersionChange]:
    """What is news in a file; written where that is asked for, in the transaction that looked."""
    from hobnob.billing import cards as room
    from hobnob.billing import catalog
    from hobnob.billing.card_changes import changes
    from hobnob.kernel.clock import SystemClock
    from hobnob.platform.database import owner_transaction

    if not apply:
        return changes(request, (await _catalog()).cards.get(request.card, ()), rates)
    async with owner_transaction(_settings("database_url")) as tx:
        await catalog.lock(tx)
        found = changes(request, (await catalog.current(tx)).cards.get(request.card, ()), rates)
        await room.apply(tx, request.card, found, SystemClock().now())
    return found


async def _import_markets(rows: Sequence[Market], *, apply: bool) -> list[MarketChange]:
    """The same for the table of markets."""
    from hobnob.billing import cards as room
    from hobnob.billing import catalog
    from hobnob.billing.market_changes import changes
    from hobnob.kernel.clock import SystemClock
    from hobnob.platform.database import owner_transaction

    if not apply:
        return changes((await _catalog()).markets, rows, _today())
    async with owner_transaction(_settings("database_url")) as tx:
        await catalog.lock(tx)
        found = changes((await catalog.current(tx)).markets, rows, _today())
        if found:
            await room.apply_markets(tx, found, SystemClock().now())
    return found


async def _versions() -> list[VersionLine]:
    from hobnob.billing import cards as room
    from hobnob.billing.shipped import shipped_versions
    from hobnob.platform.database import owner_transaction

    settings = _settings()
    if not settings.database_url:
        print(NO_DATABASE, file=sys.stderr)
        return [room.VersionLine(*line) for line in shipped_versions()]
    async with owner_transaction(settings) as tx:
        return await room.versions(tx)


async def _catalog() -> Catalog:
    """The tables' catalogue where a database is named, else the release's."""
    from hobnob.billing import catalog
    from hobnob.billing.shipped import shipped_catalog
    from hobnob.platform.database import owner_transaction

    settings = _settings()
    if not settings.database_url:
        print(NO_DATABASE, file=sys.stderr)
        return shipped_catalog()
    async with owner_transaction(settings) as tx:
        return await catalog.current(tx)


def _date(text: str) -> date:
    from hobnob.kernel.clock import SystemClock

    try:
        return date.fromisoformat(text) if text else SystemClock().now().date()
    except ValueError:
        _fail(f"{text!r} is no date: write it such as 2026-10-01.", USAGE)


def _settings(*required: str) -> Settings:
    from hobnob.platform.settings import SettingsError, load

    try:
        return load(require=required)
    except SettingsError as error:
        _fail(str(error), USAGE)


def _fail(sentence: str, code: int = 1) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)
