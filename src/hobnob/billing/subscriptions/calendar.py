"""Periods of a subscription and shares of a price. Pure.

Every period is counted from one anchor, never from the period before it: from 31 January they begin on 28 February and
31 March. These functions can never change: what was charged was charged by them.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

Interval: TypeAlias = Literal["monthly", "yearly"]
MONTHS: dict[Interval, int] = {"monthly": 1, "yearly": 12}
CENT_MICROS = 10_000


class Bounds(NamedTuple):
    """From ``starts_on`` up to, but not including, ``ends_on``."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days

    def days_from(self, day: date) -> int:
        """How many days are left, the day itself included."""
        return (self.ends_on - day).days


def add_months(anchor: date, months: int) -> date:
    """The anchor's day of the month so many months later, or the month's last day where it has no such day."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def period(anchor: date, interval: Interval, n: int) -> Bounds:
    """The n-th period (the first is 0)."""
    months = MONTHS[interval]
    return Bounds(add_months(anchor, n * months), add_months(anchor, (n + 1) * months))


def share(amount_micros: int, part: int, whole: int) -> int:
    """``part`` of ``whole`` of a price, rounded once, to the cent, half up (away from zero)."""
    assert whole > 0
    sign = -1 if amount_micros < 0 else 1
    exact, unit = abs(amount_micros) * part, whole * CENT_MICROS
    return sign * ((2 * exact + unit) // (2 * unit)) * CENT_MICROS


def up_to(amount_micros: int, part: int, whole: int) -> int:
    """What ``part`` of ``whole`` of a price comes to in micros, half up: differences of these add up exactly."""
    return (2 * amount_micros * part + whole) // (2 * whole)


def day_share(amount_micros: int, day: date) -> int:
    """A day's part of a monthly price. The days of a month add up to the price, to the micro, whoever has which."""
    days = monthrange(day.year, day.month)[1]
    return up_to(amount_micros, day.day, days) - up_to(amount_micros, day.day - 1, days)
