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
    told = [event if event.at.tzinfo is UTC else event._replace(at=event.at.astimezone(UTC)) for event in events]
    ordered = [*_once(told, "inbound"), *_once(told, "delivered")]
    ordered.sort(key=itemgetter(_AT))
    _settle_ties(ordered)
    return ordered


def _once(told: list[Event], name: str) -> Iterable[Event]:
    mine = [event for event in told if event.event == name]
    last = {event.message: event for event in mine}
    if len(last) < len(mine):
        for event in mine:
            known = last[event.message]
            if event.at < known.at or (event.at == known.at and repr(event) < repr(known)):
                last[event.message] = event
    return last.values()


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
