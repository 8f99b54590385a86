"""Spans of time as people ask for them: days of the account, or exact moments. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from hobnob.kernel.errors import InvalidInput

from .rating import zone_of


class Period(NamedTuple):
    """From ``since`` up to, but not including, ``until``; None is open."""

    since: datetime | None
    until: datetime | None


def parse(since: str | None, until: str | None, time_zone: str) -> Period:
    """A span from query parameters. Days are the account's, and the last day is included. Raises InvalidInput."""
    return Period(_moment(since, "from", time_zone, 0), _moment(until, "to", time_zone, 1))


def start_of(day: date, time_zone: str) -> datetime:
    """The first moment of a day in a time zone."""
    return datetime.combine(day, time.min, zone_of(time_zone))


def _moment(text: str | None, field: str, time_zone: str, days_after: int) -> datetime | None:
    if not text:
        return None
    try:
        if len(text) == len("2026-11-23"):
            return start_of(date.fromisoformat(text) + timedelta(days=days_after), time_zone)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        hint = "Use a day such as 2026-11-23, or a moment such as 2026-11-23T09:00:00Z."
        raise InvalidInput(hint, fields=[(field, hint)]) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone_of(time_zone))
