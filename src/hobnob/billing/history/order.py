"""Events once each and in the one order that counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from itertools import pairwise
from operator import itemgetter

from .types import Event

_AT = Event._fields.index("at")


def in_order(events: Iterable[Event]) -> list[Event]:
    """Of the same (event, message) the earliest, its time in UTC; by time, at one instant the customer's before the
    business's, then by message. Entries of one message at one instant that say different things are settled by what
    they say, so that the result never depends on the order of telling."""
    inbound: dict[str, Event] = {}
    delivered: dict[str, Event] = {}
    for told in events:
        event = told if told.at.tzinfo is UTC else told._replace(at=told.at.astimezone(UTC))
        seen = delivered if event.event == "delivered" else inbound
        known = seen.setdefault(event.message, event)
        if known is not event and _is_before(event, known):
            seen[event.message] = event
    ordered = [*inbound.values(), *delivered.values()]
    ordered.sort(key=itemgetter(_AT))
    _settle_ties(ordered)
    return ordered


def _is_before(event: Event, known: Event) -> bool:
    return event.at < known.at or (event.at == known.at and repr(event) < repr(known))


def _settle_ties(ordered: list[Event]) -> None:
    """Sort what happened at one instant; most instants have one event."""
    ties = [n for n, (one, other) in enumerate(pairwise(ordered)) if one.at == other.at]
    done = 0
    for start in ties:
        if start < done:
            continue
        done = start + 2
        while done < len(ordered) and ordered[done].at == ordered[start].at:
            done += 1
        ordered[start:done] = sorted(ordered[start:done], key=lambda event: (event.event != "inbound", event.message))
