"""The command `hobnob rate`. Joined to the others by `cli`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NoReturn

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from hobnob.billing.history.types import Event, Term
    from hobnob.billing.rating import Catalog

BAD_LINES_SHOWN_MAX_COUNT = 20
USAGE = 2


def join(app: App) -> None:
    """Add the command."""
    app.command(rate)


def rate(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True, help="JSON lines, one event each; - is standard input")],
    /,
    *,
    account_timezone: Annotated[str, Parameter(help="the account's time zone, such as Asia/Kolkata")] = "UTC",
    plan: Annotated[str, Parameter(help="price our conversations by this plan, such as plus")] = "",
    card: Annotated[str, Parameter(help="WhatsApp's rate card")] = "meta",
    currency: Annotated[str, Parameter(help="currency of the rates")] = "USD",
    skip_bad: Annotated[bool, Parameter(negative=(), help="tell lines that cannot be read, and go on")] = False,
    all: Annotated[bool, Parameter(negative=(), help="also items that open nothing and cost nothing")] = False,
) -> None:
    """Rate a history of messages on both meters, ours and WhatsApp's, by the rules and prices of each day. Needs no database.

    Each line in is an event, in any order, duplicates allowed:

    {"event": "inbound" or "delivered", "at": "2026-11-23T09:00:00Z", "number": "+15550100", "customer": "+919876543210",
    "message": "id", "kind": "template", "free_form" or "reaction", "category": "marketing", "utility", "authentication"
    or null, "referral": true or false}

    Each line out is a charge or a free item, in time order:

    {"message", "meter": "conversation" or "meta", "at", "opens", "conversation", "category", "market", "amount_micros",
    "currency", "rule"}

    Fields and rules are explained in docs/rating.md. A line that cannot be read ends the command with exit code 1 and its
    number on standard error, before anything is written; an option that cannot be used ends it with exit code 2.
    """
    from hobnob.billing.history.rate import iterate
    from hobnob.billing.history.reading import write
    from hobnob.billing.shipped import shipped_catalog

    catalog = shipped_catalog()
    _check_zone(account_timezone)
    _check_card(catalog, card)
    terms = _terms(catalog, plan)
    with _opened(file) as source:
        # What is read stays until the end: looking for garbage would cost a quarter of the time, and find none.
        gc.disable()
        items = iterate(
            _events(source, skip_bad=skip_bad),
            catalog,
            time_zone=account_timezone,
            terms=terms,
            card=card,
            currency=currency.upper(),
            all_items=all,
        )
        _print_lines(write(items))


def _events(source: BinaryIO, *, skip_bad: bool) -> Iterator[Event]:
    from hobnob.billing.history.reading import BadLine, read

    bad = 0

    def on_bad_line(line: BadLine) -> None:
        nonlocal bad
        bad += 1
        if not skip_bad:
            _fail(f"{line}. Mend it, or go on without such lines with --skip-bad.")
        if bad <= BAD_LINES_SHOWN_MAX_COUNT:
            print(f"{line}. Skipped.", file=sys.stderr)

    yield from read(source, on_bad_line)
    if bad > BAD_LINES_SHOWN_MAX_COUNT:
        print(f"Skipped {bad:,} lines; the first {BAD_LINES_SHOWN_MAX_COUNT} are told above.", file=sys.stderr)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        source = file.open("rb")
    except OSError as error:
        _fail(f"{file} cannot be read: {error.strerror}.", USAGE)
    with source:
        yield source


def _terms(catalog: Catalog, plan: str) -> tuple[Term, ...]:
    from datetime import UTC, datetime

    from hobnob.billing.history.types import Term

    if not plan:
        return ()
    if plan.lower() not in catalog.plans:
        _fail(f"There is no plan {plan!r}: choose one of {', '.join(catalog.plans)}.", USAGE)
    return (Term(datetime.min.replace(tzinfo=UTC), plan),)


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        _fail(f"{name!r} is no time zone: write it such as Asia/Kolkata or UTC.", USAGE)


def _check_card(catalog: Catalog, card: str) -> None:
    from hobnob.billing.history.meta import RULE_SETS

    cards = [code for code, versions in catalog.cards.items() if versions[0].rule_set in RULE_SETS]
    if card not in cards:
        _fail(f"There is no card {card!r} of WhatsApp's prices: choose one of {', '.join(cards)}.", USAGE)


def _print_lines(lines: Iterable[bytes]) -> None:
    output = sys.stdout.buffer
    try:
        for line in lines:
            output.write(line)
        output.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough; what is still buffered has nowhere to go.
        sys.stderr.close()
        sys.exit(0)


def _fail(sentence: str, code: int = 1) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)
