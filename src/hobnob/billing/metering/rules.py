"""Fair use in figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from hobnob.billing.rating import Addon

from .types import State

TOO_OLD = timedelta(days=35)
TOO_EARLY = timedelta(minutes=5)
WARNED_PERCENT = 80


class Toggle(NamedTuple):
    """A flow was published (True) or taken down at a moment."""

    at: datetime
    published: bool


class Slice(NamedTuple):
    """Units from ``start`` up to ``end`` of a month, charged together."""

    start: int
    end: int
    amount_micros: int


def why_not(at: datetime, now: datetime) -> str | None:
    """Why an event does not count, if so."""
    if at < now - TOO_OLD:
        return f"It happened {(now - at).days} days ago: events count for {TOO_OLD.days} days."
    if at > now + TOO_EARLY:
        return "It lies in the future: events may be at most 5 minutes ahead."
    return None


def overage(addon: Addon, quantity: int, charged_to: int) -> Slice | None:
    """What is now to be charged of a month that used ``quantity`` units and was charged up to ``charged_to``: each unit
    quantity beyond the included ones when its first unit is used. None: nothing new."""
    beyond = quantity - addon.included
    if beyond <= 0:
        return None
    start = max(charged_to, addon.included)
    blocks = -(-(quantity - start) // addon.unit_quantity)
    if blocks <= 0:
        return None
    return Slice(start, start + blocks * addon.unit_quantity, blocks * addon.amount_micros)


def published_days(toggles: Iterable[Toggle], starts: Sequence[tuple[date, datetime, datetime]]) -> set[date]:
    """The days (each with its first moment and the next day's) on which a flow was published at any moment. Toggles are in
    the order of time; published and taken down at once is a moment of its day."""
    known = list(toggles)
    found = set()
    for day, since, until in starts:
        before = [toggle for toggle in known if toggle.at < since]
        within = [toggle for toggle in known if since <= toggle.at < until]
        # Taken down at its very first moment, it was not published on that day.
        open_at_start = bool(before and before[-1].published) and not (
            within and within[0].at == since and not within[0].published
        )
        if open_at_start or any(toggle.published for toggle in within):
            found.add(day)
    return found


def state(used: int, included: int | None, limit: int | None = None) -> State:
    """Where a meter stands. Being over is charged; only a limit of the plan caps."""
    if limit is not None and used >= limit:
        return "capped"
    if included is None:
        return "within"
    if used > included:
        return "over"
    return "warned" if included > 0 and used * 100 >= included * WARNED_PERCENT else "within"


def pace(used: int, since: datetime, until: datetime, now: datetime) -> int:
    """What a span comes to if it goes on as it did until now; a first day counts as a whole one."""
    whole = until - since
    passed = max(now - since, min(timedelta(days=1), whole))
    if passed >= whole:
        return used
    return used * (whole // timedelta(seconds=1)) // (passed // timedelta(seconds=1))
