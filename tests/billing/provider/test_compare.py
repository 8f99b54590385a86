"""Our totals of a day against WhatsApp's figures, as a table of cases."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import pytest

from hobnob.billing.provider.compare import Place, Side, State, Sum, compare, explained_percent
from hobnob.billing.provider.queries import CLASSES, EXPLAINED

DAY = date(2026, 11, 20)
FINAL = State(fetched_before=date(2026, 11, 24), final_before=date(2026, 11, 22))
HERE = Place(DAY, "15550783881", "IN")
REGULAR, UTILITY, FREE = ("regular", "marketing"), ("regular", "utility"), ("free_customer_service", "service")


def side(*cells: tuple[tuple[str, str], int, int | None], place: Place = HERE) -> Side:
    return {(place, *key): Sum(messages, cost) for key, messages, cost in cells}


def counted(ours: Side, theirs: Side, state: State | None = FINAL) -> dict[str, int]:
    days = compare(ours, theirs, lambda _: state)
    names = ("match", "timing", "missing_webhook", "extra", "price_differs")
    found = {name: sum(getattr(day, name) for day in days) for name in names}
    return {name: messages for name, messages in found.items() if messages}


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param((REGULAR, 5, 100), (REGULAR, 5, 100), {"match": 5}, id="the same"),
        pytest.param((REGULAR, 5, 100), (REGULAR, 5, None), {"match": 5}, id="cost withheld"),
        pytest.param((REGULAR, 5, None), (REGULAR, 5, 9_999_999), {"match": 5}, id="cost unknown here"),
        pytest.param((REGULAR, 5, 1_000_000), (REGULAR, 5, 1_010_000), {"match": 5}, id="a cent is rounding"),
        pytest.param((REGULAR, 5, 1_000_000), (REGULAR, 5, 1_010_001), {"price_differs": 5}, id="more is not"),
        pytest.param(
            (REGULAR, 5_000_000, 10**11), (REGULAR, 5_000_000, 10**11 + 10**8), {"match": 5_000_000}, id="a thousandth"
        ),
        pytest.param((REGULAR, 3, 60), (REGULAR, 5, 100), {"match": 3, "missing_webhook": 2}, id="never told"),
        pytest.param((REGULAR, 5, 100), (REGULAR, 3, 60), {"match": 3, "extra": 2}, id="not counted there"),
        pytest.param((REGULAR, 5, 100), (UTILITY, 5, 20), {"price_differs": 5}, id="another category"),
        pytest.param((REGULAR, 5, 100), (UTILITY, 7, 20), {"price_differs": 5, "missing_webhook": 2}, id="both"),
        pytest.param((FREE, 1, 0), (FREE, 1, 0), {"match": 1}, id="free"),
    ],
)
def test_one_place(
    ours: tuple[tuple[str, str], int, int | None],
    theirs: tuple[tuple[str, str], int, int | None],
    expected: dict[str, int],
) -> None:
    assert counted(side(ours), side(theirs)) == expected


def test_places_do_not_make_up_for_each_other() -> None:
    elsewhere = HERE._replace(country="BR")
    assert counted(side((REGULAR, 5, 1)), side((REGULAR, 5, 1), place=elsewhere)) == {"extra": 5, "missing_webhook": 5}


def test_what_is_not_final_is_a_matter_of_time() -> None:
    ours, theirs = side((REGULAR, 5, 100)), side((REGULAR, 3, 60))
    fetched = State(fetched_before=date(2026, 11, 21), final_before=DAY)
    assert counted(ours, theirs, fetched) == {"match": 3, "timing": 2}
    assert counted(ours, {}, State(fetched_before=DAY, final_before=DAY)) == {"timing": 5}
    assert counted(ours, {}, None) == {"timing": 5}
    [day] = compare(ours, theirs, lambda _: fetched)
    assert (day.day, day.final) == (DAY, False)


def test_a_day_is_final_when_every_number_is() -> None:
    other = HERE._replace(phone_number="15550783882")
    ours = {**side((REGULAR, 1, 1)), **side((REGULAR, 1, 1), place=other)}
    states = {HERE.phone_number: FINAL, other.phone_number: None}
    [day] = compare(ours, ours, states.get)
    assert (day.final, day.match, day.timing) == (False, 1, 1)


@pytest.mark.parametrize(
    ("explained", "messages", "percent"), [(0, 0, None), (1, 3, 33.3), (9_999, 10_000, 99.9), (7, 7, 100.0)]
)
def test_the_percentage_is_rounded_down(explained: int, messages: int, percent: float | None) -> None:
    assert explained_percent(explained, messages) == percent


PAGE = (Path(__file__).parents[3] / "docs" / "billing.md").read_text()


def table(header: str) -> list[list[str]]:
    """The rows under a header of docs/billing.md."""
    lines = PAGE.splitlines()
    start = lines.index(header) + 2
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines[start:])
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@pytest.mark.parametrize(
    ("name", "theirs", "ours"), [row[:3] for row in table("| Class | WhatsApp says | We say | What it means |")]
)
def test_what_the_page_says_of_a_day(name: str, theirs: str, ours: str) -> None:
    here, there = (
        side(((kind, category), int(messages), None))
        for messages, kind, category in (said.split()[:3] for said in (ours, theirs))
    )
    state = FINAL if "so far" not in theirs else State(fetched_before=FINAL.fetched_before, final_before=DAY)
    found = counted(here, there, state)
    assert name.strip("`") in found
    assert set(found) <= {"match", name.strip("`")}


def test_what_the_page_says_is_explained() -> None:
    rows = table("| Class | What it means | Explained |")
    assert [row[0].strip("`") for row in rows] == list(CLASSES)
    assert {row[0].strip("`") for row in rows if row[2] == "yes"} == set(EXPLAINED)
