"""Our totals of a day against WhatsApp's own: what matches, what is a matter of time, what is missing on either side. Pure.

Both are cells of (day, number, country, kind, category). Within one day, number and country the same messages may stand
under another kind or category on the other side: those are priced differently. What is left over on WhatsApp's side are
deliveries we were never told of, on ours deliveries WhatsApp does not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from .types import DayClass, StatementDay

# WhatsApp rounds; a cent or a thousandth of the cell is no difference of price.
TOLERANCE_MICROS = 10_000
TOLERANCE_PER_MILLE = 1


class Place(NamedTuple):
    """Where messages were delivered: a day of the account, a number (digits), a country."""

    day: date
    phone_number: str
    country: str


class Sum(NamedTuple):
    """Messages and what they cost; no cost when it is not known, or not in our currency."""

    messages: int
    cost_micros: int | None


Side = Mapping[tuple[Place, str, str], Sum]
"""By place, kind and category."""


class State(NamedTuple):
    """How far a number's figures are: days before ``fetched_before`` were fetched, those before ``final_before`` for good."""

    fetched_before: date
    final_before: date


def compare(ours: Side, theirs: Side, state_of: Callable[[str], State | None]) -> list[StatementDay]:
    """Day by day; ``state_of`` answers for a number, None while nothing was fetched for it."""
    places: dict[Place, tuple[dict[tuple[str, str], Sum], dict[tuple[str, str], Sum]]] = defaultdict(lambda: ({}, {}))
    for n, side in enumerate((ours, theirs)):
        for (place, kind, category), found in side.items():
            places[place][n][kind, category] = found
    days: dict[date, dict[DayClass, int]] = defaultdict(lambda: defaultdict(int))
    open_days = set()
    for place, (our_cells, their_cells) in places.items():
        state = state_of(place.phone_number)
        final = state is not None and place.day < state.final_before
        if not final:
            open_days.add(place.day)
        fetched = state is not None and place.day < state.fetched_before
        for name, messages in _classes(our_cells, their_cells if fetched else {}).items():
            # Until the day is final a difference is a matter of time.
            days[place.day][name if final or name == "match" else "timing"] += messages
    return [
        StatementDay(
            day=day,
            final=day not in open_days,
            match=found["match"],
            timing=found["timing"],
            missing_webhook=found["missing_webhook"],
            extra=found["extra"],
            price_differs=found["price_differs"],
        )
        for day, found in sorted(days.items())
    ]


def explained_percent(explained: int, messages: int) -> float | None:
    """Rounded down, so that 100 means all of them."""
    return explained * 1000 // messages / 10 if messages else None


def _classes(ours: Mapping[tuple[str, str], Sum], theirs: Mapping[tuple[str, str], Sum]) -> dict[DayClass, int]:
    found: dict[DayClass, int] = defaultdict(int)
    only_ours = only_theirs = 0
    for key in ours.keys() | theirs.keys():
        our, their = ours.get(key, Sum(0, 0)), theirs.get(key, Sum(0, 0))
        both = min(our.messages, their.messages)
        found["price_differs" if _costs_differ(our, their) else "match"] += both
        only_ours += our.messages - both
        only_theirs += their.messages - both
    otherwise = min(only_ours, only_theirs)
    found["price_differs"] += otherwise
    found["extra"] += only_ours - otherwise
    found["missing_webhook"] += only_theirs - otherwise
    return found


def _costs_differ(our: Sum, their: Sum) -> bool:
    """Whether the same number of messages cost something else."""
    if our.messages != their.messages or our.cost_micros is None or their.cost_micros is None:
        return False
    tolerance = max(TOLERANCE_MICROS, our.cost_micros * TOLERANCE_PER_MILLE // 1000)
    return abs(our.cost_micros - their.cost_micros) > tolerance
