"""The tables of docs/billing-scenarios.md are run: what the page says is what the rating does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hobnob.billing.history.rate import rate
from hobnob.billing.history.types import Event, Item, Term
from hobnob.billing.rating import amount_between, zone_of
from hobnob.billing.shipped import shipped, shipped_catalog
from hobnob.kernel.money import decimal_text, micros_from_text
from tests.billing.history.events import NUMBER, TEMPLATES, per_category

PAGE = (Path(__file__).parents[3] / "docs" / "billing-scenarios.md").read_text()
CATALOG = shipped_catalog()
LONG_AGO = datetime.min.replace(tzinfo=UTC)
NOTHING = ("nothing", "none")
STEP = re.compile(r"(\d+) ([\d:]+) (\w+)(?: x(\d+))?(?: to (\d+) customers)?")


class Scenario(NamedTuple):
    name: str
    day_1: date
    time_zone: str
    per_category: bool
    happens: str
    conversations: str
    charges: str
    free: str


def tables(second_column: str) -> Iterator[tuple[str, list[str]]]:
    """Rows of the tables whose second column has this name, each with the sentence about its first day."""
    header, day_1 = ["", ""], ""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if found := re.search(r"Day 1 is .*", line):
            day_1 = found[0]
        elif line.startswith("| # "):
            header = cells
        elif line.startswith("| ") and header[1] == second_column:
            yield day_1, cells


def scenarios() -> Iterator[Scenario]:
    for day_1, cells in tables("What happens"):
        found = re.search(r"Day 1 is (\d{4}-\d{2}-\d{2}), in ([\w/]+)(, per category)?\.", day_1)
        assert found, cells
        yield Scenario(cells[0], date.fromisoformat(found[1]), found[2], found[3] is not None, *cells[1:])


SCENARIOS = list(scenarios())


def events_of(scenario: Scenario) -> list[Event]:
    events: list[Event] = []
    if scenario.happens in NOTHING:
        return events
    for n, step in enumerate(scenario.happens.split(", ")):
        found = STEP.fullmatch(step)
        assert found, step
        day, clock, what, times, customers = found.groups()
        local = datetime.combine(scenario.day_1 + timedelta(days=int(day) - 1), time.fromisoformat(clock))
        start = local.replace(tzinfo=zone_of(scenario.time_zone))
        events += [
            event(what, start + timedelta(seconds=second), f"m{n:02}-{second:04}-{customer:04}", customer)
            for second in range(int(times or 1))
            for customer in range(int(customers or 1))
        ]
    return events


def event(what: str, at: datetime, message: str, customer: int) -> Event:
    name = f"+91987650{customer:04}"
    if what in ("in", "ad"):
        return Event("inbound", at, NUMBER, name, message, "free_form", None, what == "ad")
    if what in TEMPLATES:
        return Event("delivered", at, NUMBER, name, message, "template", TEMPLATES[what])
    assert what in ("text", "reaction"), what
    return Event("delivered", at, NUMBER, name, message, "free_form" if what == "text" else "reaction")


def counted(words: Iterator[str]) -> str:
    """``a, b x3``: words in their order, repetitions counted."""
    runs = [(word, len(list(run))) for word, run in groupby(words)]
    return ", ".join(word if count == 1 else f"{word} x{count}" for word, count in runs)


def unfolded(text: str) -> str:
    """Repetitions in the page counted, however they are written there."""
    words = []
    for part in [] if text in NOTHING else text.split(", "):
        word, _, count = part.partition(" x")
        words += [word] * int(count or 1)
    return counted(iter(words))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[f"{s.day_1} {s.name}" for s in SCENARIOS])
def test_scenario(scenario: Scenario) -> None:
    catalog = per_category(CATALOG) if scenario.per_category else CATALOG
    terms = [Term(LONG_AGO, "starter")]
    items = rate(events_of(scenario), catalog, time_zone=scenario.time_zone, terms=terms, all_items=True)
    ours = [item for item in items if item.meter == "conversation" and item.opens]
    meta = [item for item in items if item.meter == "meta"]
    assert counted(item.category or "" for item in ours) == unfolded(scenario.conversations)
    assert {item.amount_micros for item in ours} <= {15_000}
    assert counted(told(item) for item in meta if item.amount_micros) == unfolded(scenario.charges)
    assert counted(item.rule for item in meta if item.amount_micros == 0) == unfolded(scenario.free)
    assert all(item.amount_micros is not None for item in meta)


def told(item: Item) -> str:
    return f"{item.category} {decimal_text(item.amount_micros or 0, 4)}"


def test_every_case_of_the_facts_is_there() -> None:
    names = {re.split(r"[, ]", scenario.name)[0] for scenario in SCENARIOS}
    assert names >= {f"C{n}" for n in (1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 13)}
    assert names >= {f"P{n}" for n in (1, 2, 3, 6, 7, 8)} | {f"O{n}" for n in (1, 3, 4, 5)}
    assert names >= {"A5", *(f"B{n}" for n in range(1, 6))}
    assert len(SCENARIOS) > 45
    totals = {cells[0].split(",")[0] for _, cells in tables("Plan")}
    assert totals == {"B6", "B7", "B8", "B9", "B10", "B11", "A6", "A7"}


def _plan(name: str) -> dict[str, Any]:
    table = next(table for table in shipped() if table.name == "plan_versions")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return max((row for row in rows if row["plan"] == name.lower()), key=lambda row: row["effective_from"])


@pytest.mark.parametrize("cells", [cells for _, cells in tables("Plan") if len(cells) == 5], ids=" ".join)
def test_what_a_month_costs(cells: list[str]) -> None:
    _, name, agents, conversations, total = cells
    plan = _plan(name)
    card = CATALOG.card_version(plan["card"], date(2026, 11, 1))
    assert card is not None
    extra = 0 if plan["included_agents"] is None else max(0, int(agents) - plan["included_agents"])
    steps = card.steps("conversation", "India", "service", "USD")
    used = amount_between(steps, 0, int(conversations.replace(",", "")))
    assert decimal_text(plan["monthly_micros"] + extra * plan["extra_agent_micros"] + used) == total


@pytest.mark.parametrize("cells", [cells for _, cells in tables("Plan") if len(cells) == 6], ids=" ".join)
def test_a_conversation_under_the_card_of_june_2023(cells: list[str]) -> None:
    _, plan, category, before, ours, meta = cells
    start = datetime(2023, 6, 5, tzinfo=UTC)
    count = int(before.replace(",", ""))
    events = [event("text", start + timedelta(seconds=n), f"a{n:04}", n) for n in range(count)]
    last = event("text" if category == "service" else category, start + timedelta(days=9), "last", 0)
    items = rate([*events, last], CATALOG, terms=[Term(LONG_AGO, plan)], all_items=True)
    amounts = {item.meter: item.amount_micros for item in items if item.message == "last"}
    assert amounts == {"conversation": micros_from_text(ours), "meta": micros_from_text(meta)}
    assert next(item.rule for item in items if item.message == "last") == "included"
