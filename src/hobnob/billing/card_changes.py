"""What importing a card's file would change: version by version what is added, changed and removed. Pure.

A version that is in force anywhere on earth is history: nothing of it changes, and none is put before it. A version that is
still to come may be corrected. Whatever the file does not name is carried over from the version before, unless the file is
said to be the whole card.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from hobnob.kernel.errors import Conflict, InvalidInput
from hobnob.kernel.money import decimal_text

from .card_files import FullRate, Key, Rate, VersionHead, rates_of_version, same_model
from .rating import CardVersion, Step
from .types import METER_META

# Versions that an operator imports are numbered from here, those of a release below.
IMPORTED_FROM = 1_001
Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class VersionChange:
    """One version of the card as it would be. ``rates`` are all its rates; ``replaces``: it stands, and is corrected."""

    head: VersionHead
    replaces: bool
    rates: tuple[FullRate, ...]
    added: Mapping[Key, Steps] = field(default_factory=dict)
    changed: Mapping[Key, tuple[Steps, Steps]] = field(default_factory=dict)
    removed: Mapping[Key, Steps] = field(default_factory=dict)
    unchanged_count: int = 0

    @property
    def is_news(self) -> bool:
        return not self.replaces or bool(self.added or self.changed or self.removed)

    def lines(self) -> list[str]:
        """The change in words, one line each."""
        what = "corrected" if self.replaces else "new"
        lines = [f"version {self.head.version} from {self.head.effective_from}, {self.head.rule_set} ({what}):"]
        lines += [f"  + {_name(key)}  {text_of(steps)}" for key, steps in sorted(self.added.items())]
        lines += [
            f"  ~ {_name(key)}  {text_of(old)} -> {text_of(new)}" for key, (old, new) in sorted(self.changed.items())
        ]
        lines += [f"  - {_name(key)}  {text_of(steps)}" for key, steps in sorted(self.removed.items())]
        counts = f"{len(self.added)} added, {len(self.changed)} changed, {len(self.removed)} removed"
        return [*lines, f"  {counts}, {self.unchanged_count} as before"]


@dataclass(frozen=True, slots=True)
class Request:
    """How a file is to be understood. ``rule_set`` and ``free_units`` of None are those of the version before;
    ``is_whole``: what the file does not name ends. ``today`` is the last date that has begun anywhere on earth."""

    card: str
    today: date
    source: str
    rule_set: str | None = None
    free_units: Mapping[str, int] | None = None
    is_whole: bool = False


def changes(request: Request, standing: Sequence[CardVersion], rates: Iterable[Rate]) -> list[VersionChange]:
    """What the file changes, version by version in order of time; nothing where it says nothing new. ``standing`` are the card's versions, sorted by date. Raises Conflict for
    what would change history, InvalidInput for what cannot be understood."""
    if any(version.rule_set.startswith("conversation_") for version in standing):
        raise InvalidInput(f"{request.card!r} is the card of a plan: a file of WhatsApp's rates does not belong to it.")
    by_date: dict[date, list[Rate]] = defaultdict(list)
    for rate in rates:
        by_date[rate.effective_from].append(rate)
    if not by_date:
        raise InvalidInput("The file holds no rate.")
    found: list[VersionChange] = []
    versions = list(standing)
    for on in sorted(by_date):
        change, version = _version_change(request, versions, on, by_date[on])
        if change.is_news:
            found.append(change)
        versions = [*(one for one in versions if one.effective_from != on), version]
    return found


def _version_change(
    request: Request, versions: Sequence[CardVersion], on: date, rates: Sequence[Rate]
) -> tuple[VersionChange, CardVersion]:
    there = next((one for one in versions if one.effective_from == on), None)
    before = next((one for one in reversed(versions) if one.effective_from < on), None)
    if any(one.effective_from > on for one in versions) and there is None:
        raise Conflict(
            f"The card has a version from {versions[-1].effective_from}: none can be put before it, on {on}.",
            code="catalog_conflict",
        )
    head = _head(request, versions, there, before, on)
    carried = before.rates if before is not None and same_model(before.rule_set, head.rule_set) else {}
    named: dict[Key, list[Rate]] = defaultdict(list)
    for rate in rates:
        named[rate.key].append(rate)
    if there is not None:
        carried = there.rates
    kept = _keys(carried)
    new = {key: _with_tiers(rates_of_version(head, steps), kept.get(key, ())) for key, steps in named.items()}
    full = [row for rows in new.values() for row in rows]
    if not request.is_whole:
        full += [row for key, steps in kept.items() if key not in new for row in _rows(head, key, steps)]
    version = CardVersion(request.card, head.version, on, head.rule_set, _steps(full))
    base = there or (before if before is not None and same_model(before.rule_set, head.rule_set) else None)
    change = _compared(head, tuple(full), _keys(base.rates) if base else {}, _keys(version.rates), there is not None)
    if there is not None and on <= request.today and change.is_news:
        first = "\n".join(change.lines()[1:4])
        raise Conflict(
            f"The version from {on} is in force, so it is history and does not change:\n{first}\n"
            "Give these rates the date from which they hold.",
            code="catalog_conflict",
        )
    return change, version


def _with_tiers(rows: list[FullRate], standing: Steps) -> list[FullRate]:
    """A file that names the list rate alone says nothing of its tiers: they stay while the list rate is the same."""
    named = tuple(Step(row.from_quantity, row.amount_micros) for row in rows)
    if len(standing) <= len(named) or standing[: len(named)] != named:
        return rows
    head = rows[0]
    return rows + [
        head._replace(from_quantity=q, amount_micros=a, source="") for q, a in _pairs(standing[len(named) :])
    ]


def _rows(head: VersionHead, key: Key, steps: Steps) -> list[FullRate]:
    """Rates as they were; their source is written when they are."""
    return [FullRate(head.version, *key, quantity, amount, "") for quantity, amount in _pairs(steps)]


def _pairs(steps: Steps) -> list[tuple[int, int]]:
    return [(step.from_quantity, step.amount_micros) for step in steps]


def _head(
    request: Request,
    versions: Sequence[CardVersion],
    there: CardVersion | None,
    before: CardVersion | None,
    on: date,
) -> VersionHead:
    model = there or before
    rule_set = request.rule_set or (model.rule_set if model else None)
    if rule_set is None:
        raise InvalidInput(f"The card {request.card!r} is new: say with --rule-set what is billable under it.")
    if there is not None and rule_set != there.rule_set:
        raise Conflict(f"The version from {on} stands with the rule set {there.rule_set}.", code="catalog_conflict")
    free = request.free_units
    if free is None:
        free = _free_units(model.rates) if model is not None and model.rule_set == rule_set else {}
    number = there.version if there else max([IMPORTED_FROM - 1, *(one.version for one in versions)]) + 1
    return VersionHead(number, on, rule_set, request.source, free)


def _compared(
    head: VersionHead, rates: tuple[FullRate, ...], old: Mapping[Key, Steps], new: Mapping[Key, Steps], replaces: bool
) -> VersionChange:
    return VersionChange(
        head=head,
        replaces=replaces,
        rates=rates,
        added={key: steps for key, steps in new.items() if key not in old},
        changed={key: (old[key], steps) for key, steps in new.items() if key in old and old[key] != steps},
        removed={key: steps for key, steps in old.items() if key not in new},
        unchanged_count=sum(old.get(key) == steps for key, steps in new.items()),
    )


def _free_units(rates: Mapping[tuple[str, str, str, str], Steps]) -> dict[str, int]:
    """What a version gives for nothing each month, read from its steps."""
    return {
        category: steps[1].from_quantity
        for (_, _, category, _), steps in rates.items()
        if category == "service" and len(steps) > 1 and steps[0].amount_micros == 0
    }


def _keys(rates: Mapping[tuple[str, str, str, str], Steps]) -> dict[Key, Steps]:
    return {(market, category, currency): steps for (_, market, category, currency), steps in rates.items()}


def _steps(rows: Iterable[FullRate]) -> dict[tuple[str, str, str, str], Steps]:
    found: dict[tuple[str, str, str, str], Steps] = {}
    for row in sorted(rows, key=lambda row: row.from_quantity):
        key = (METER_META, row.market, row.category, row.currency)
        found[key] = (*found.get(key, ()), Step(row.from_quantity, row.amount_micros))
    return found


def _name(key: Key) -> str:
    market, category, currency = key
    return f"{market}, {category}, {currency}"


def text_of(steps: Steps) -> str:
    """Such as ``0.0000, 0.0014 after 1,000``."""
    return ", ".join(
        decimal_text(step.amount_micros, 4) + (f" after {step.from_quantity:,}" if step.from_quantity else "")
        for step in steps
    )
