"""Periods never drift, and shares of prices add up."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnob.billing.subscriptions.calendar import MONTHS, Interval, add_months, day_share, period, share, up_to

intervals: st.SearchStrategy[Interval] = st.sampled_from(("monthly", "yearly"))
anchors = st.dates(date(2023, 1, 1), date(2040, 12, 31))
prices = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("anchor", "interval", "starts"),
    [
        ("2027-01-31", "monthly", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ("2028-01-31", "monthly", ["2028-01-31", "2028-02-29", "2028-03-31"]),
        ("2027-12-30", "monthly", ["2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"]),
        ("2028-02-29", "yearly", ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
    ],
)
def test_the_anchor_never_drifts(anchor: str, interval: Literal["monthly", "yearly"], starts: list[str]) -> None:
    found = [period(date.fromisoformat(anchor), interval, n).starts_on.isoformat() for n in range(len(starts))]
    assert found == starts


@given(anchors, intervals, st.integers(0, 60))
def test_periods_follow_each_other_without_gap_or_overlap(anchor: date, interval: Interval, n: int) -> None:
    this, following = period(anchor, interval, n), period(anchor, interval, n + 1)
    assert this.ends_on == following.starts_on > this.starts_on
    assert 28 * MONTHS[interval] <= this.days <= 31 * MONTHS[interval]
    last = monthrange(this.starts_on.year, this.starts_on.month)[1]
    assert this.starts_on.day == min(anchor.day, last)


@given(anchors, st.integers(0, 600))
def test_months_are_added_to_the_anchor(anchor: date, months: int) -> None:
    later = add_months(anchor, months)
    assert (later.year - anchor.year) * 12 + later.month - anchor.month == months


@given(prices, st.integers(1, 366), st.data())
def test_a_share_is_the_exact_part_to_the_cent(amount: int, whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    found = share(amount, part, whole)
    assert found % 10_000 == 0
    assert abs(found * whole - amount * part) * 2 <= 10_000 * whole
    assert share(-amount, part, whole) == -found


@given(prices, st.integers(1, 400), st.data())
def test_split_periods_add_up(amount: int, whole: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, whole), max_size=5)))
    edges = [0, *cuts, whole]
    parts = [up_to(amount, end, whole) - up_to(amount, start, whole) for start, end in pairwise(edges)]
    assert sum(parts) == amount
    assert min(parts) >= 0


@given(prices, st.dates(date(2023, 1, 1), date(2040, 12, 31)), st.data())
def test_flow_days_add_up(amount: int, day: date, data: st.DataObject) -> None:
    first = day.replace(day=1)
    days = [first + timedelta(days=n) for n in range(monthrange(day.year, day.month)[1])]
    owner = data.draw(st.lists(st.integers(0, 2), min_size=len(days), max_size=len(days)))
    of_flow = [sum(day_share(amount, one) for one, who in zip(days, owner, strict=True) if who == n) for n in range(3)]
    assert sum(of_flow) == amount
