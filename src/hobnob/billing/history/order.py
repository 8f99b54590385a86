"""Events once each and in the one order that counts."""

from __future__ import annotations

from collections.abc import Iterable

from .types import Event


def in_order(events: Iterable[Event]) -> list[Event]:
    """Of the same (event, message) the earliest; by time, at one instant the customer's before the business's, then by
    message. Entries of one message at one instant that say different things are settled by what they say, so that the
    result never depends on the order of telling."""
    first: dict[tuple[str, str], Event] = {}
    for event in events:
        key = (event.event, event.message)
        known = first.get(key)
        if known is None or event.at < known.at or (event.at == known.at and _rank(event) < _rank(known)):
            first[key] = event
    return sorted(first.values(), key=_key)


def _key(event: Event) -> tuple[object, ...]:
    return (event.at, event.event != "inbound", event.message)


def _rank(event: Event) -> str:
    return repr(event)
