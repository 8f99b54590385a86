"""The catalogue that this release ships: the files in ``data/`` as rows of the tables, and as the `Catalog`. Pure."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

from hobnob.kernel.money import micros_from_text

from . import card_files
from .rating import ANY, Addon, CardVersion, Catalog, PlanVersion, Step
from .types import METER_META


class Table(NamedTuple):
    """Rows of one catalogue table; the first ``key_count`` columns are its key."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    key_count: int
    rows: list[tuple[Any, ...]]


@lru_cache(maxsize=1)
def shipped_catalog() -> Catalog:
    """The catalogue of this release, parsed."""
    tables = {table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in shipped()}
    return parse("shipped", tables)


def shipped_versions() -> list[tuple[str, str, int, date, str, int, str]]:
    """Every version of every card: card, kind, version, from when, rule set, how many rates, source."""
    tables = {table.name: table for table in shipped()}
    kinds = {code: kind for code, _, kind in tables["rate_cards"].rows}
    counts = Counter(row[:2] for row in tables["rates"].rows)
    return [
        (card, kinds[card], version, since, rule_set, counts[card, version], source)
        for card, version, since, rule_set, source in tables["rate_card_versions"].rows
    ]


def shipped() -> list[Table]:
    """The catalogue of this release."""
    folder = resources.files("hobnob.billing") / "data"
    with (folder / "markets.csv").open(encoding="utf-8") as file:
        markets = [
            (row["prefix"], date.fromisoformat(row["effective_from"]), row["market"], row["source"])
            for row in csv.DictReader(file)
        ]
    catalog = json.loads((folder / "catalog.json").read_text("utf-8"))
    cards, plans = catalog["cards"], catalog["plans"]
    return [
        _table("markets", "prefix text, effective_from date, market text, source text", 2, markets),
        _table(
            "rate_cards",
            "code text, name text, kind text",
            1,
            [(card["code"], card["name"], card["kind"]) for card in cards],
        ),
        _table(
            "rate_card_versions",
            "card text, version integer, effective_from date, rule_set text, source text",
            2,
            [
                (c["code"], v["version"], date.fromisoformat(v["effective_from"]), v["rule_set"], v["source"])
                for c in cards
                for v in c["versions"]
            ],
        ),
        _table(
            "rates",
            "card text, version integer, meter text, market text, category text, currency text, from_quantity bigint,"
            " amount_micros bigint, source text",
            7,
            [
                *(
                    _rate_row(c["code"], v["version"], r)
                    for c in cards
                    for v in c["versions"]
                    for r in v.get("rates", ())
                ),
                *(row for c in cards if "files" in c for row in _rows_of_files(c)),
            ],
        ),
        _table(
            "plans",
            "code text, name text, position smallint",
            1,
            [(p["code"], p["name"], p["position"]) for p in plans],
        ),
        _table(
            "plan_versions",
            "plan text, version integer, effective_from date, currency text, monthly_micros bigint,"
            " yearly_micros bigint, card text, included_conversations bigint, included_agents integer,"
            " extra_agent_micros bigint, included_call_minutes integer, extra_call_minute_micros bigint, agents_max integer,"
            " committed_only boolean, source text",
            2,
            [plan_row(p["code"], v) for p in plans for v in p["versions"]],
        ),
        _table(
            "plan_addons",
            "plan text, version integer, meter text, included bigint, unit_quantity bigint, amount_micros bigint, source text",
            3,
            [
                addon_row(p["code"], v["version"], addon)
                for p in plans
                for v in p["versions"]
                for addon in v.get("addons", catalog["addons"])
            ],
        ),
    ]


def _rate_row(card: str, version: int, rate: dict[str, Any]) -> tuple[Any, ...]:
    return (
        card,
        version,
        rate["meter"],
        rate.get("market", ANY),
        rate.get("category", ANY),
        rate["currency"],
        rate.get("from_quantity", 0),
        micros_from_text(rate["amount"]),
        rate.get("source", ""),
    )


def _rows_of_files(card: dict[str, Any]) -> list[tuple[Any, ...]]:
    """A card whose rates are files beside the catalogue."""
    folder = resources.files("hobnob.billing") / "data"
    rates = [
        rate
        for name in card["files"]
        for rate in card_files.read((folder / name).read_text("utf-8").splitlines(), name)
    ]
    heads = [
        card_files.VersionHead(
            version["version"],
            date.fromisoformat(version["effective_from"]),
            version["rule_set"],
            version["source"],
            version.get("free_units", {}),
        )
        for version in card["versions"]
    ]
    return [rate_row(card["code"], rate) for rate in card_files.full_versions(heads, rates)]


def rate_row(card: str, rate: card_files.FullRate) -> tuple[Any, ...]:
    """A provider's rate as a row of ``rates``."""
    return (
        card,
        rate.version,
        METER_META,
        rate.market,
        rate.category,
        rate.currency,
        rate.from_quantity,
        rate.amount_micros,
        rate.source,
    )


def plan_row(plan: str, version: dict[str, Any]) -> tuple[Any, ...]:
    """A plan's version as a row of ``plan_versions``."""
    yearly = version.get("yearly")
    return (
        plan,
        version["version"],
        date.fromisoformat(version["effective_from"]),
        version["currency"],
        micros_from_text(version["monthly"]),
        None if yearly is None else micros_from_text(yearly),
        version["card"],
        version["included_conversations"],
        version["included_agents"],
        micros_from_text(version["extra_agent"]),
        version["included_call_minutes"],
        micros_from_text(version["extra_call_minute"]),
        version.get("agents_max"),
        version.get("committed_only", False),
        version["source"],
    )


def addon_row(plan: str, version: int, addon: dict[str, Any]) -> tuple[Any, ...]:
    """What a plan's version costs beside its fee, as a row of ``plan_addons``."""
    return (
        plan,
        version,
        addon["meter"],
        addon["included"],
        addon["per"],
        micros_from_text(addon["amount"]),
        addon["source"],
    )


def _table(name: str, columns: str, key_count: int, rows: list[tuple[Any, ...]]) -> Table:
    pairs = [column.strip().split(" ") for column in columns.split(",")]
    return Table(name, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs), key_count, rows)


def parse(digest: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Catalog:
    """The catalogue from the rows of its tables."""
    markets: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in _by_date(tables["markets"]):
        markets[row["prefix"]].append((row["effective_from"], row["market"]))
    steps = _steps(tables["rates"])
    cards: dict[str, list[CardVersion]] = defaultdict(list)
    for row in _by_date(tables["rate_card_versions"]):
        rates = steps[row["card"], row["version"]]
        cards[row["card"]].append(
            CardVersion(row["card"], row["version"], row["effective_from"], row["rule_set"], rates)
        )
    names = {row["code"]: row["name"] for row in tables["plans"]}
    addons: dict[tuple[str, int], dict[str, Addon]] = defaultdict(dict)
    for row in tables["plan_addons"]:
        addon = Addon(row["included"], row["unit_quantity"], row["amount_micros"])
        addons[row["plan"], row["version"]][row["meter"]] = addon
    positions = {row["code"]: row["position"] for row in tables["plans"]}
    plans: dict[str, list[PlanVersion]] = defaultdict(list)
    for row in _by_date(tables["plan_versions"]):
        plans[row["plan"]].append(
            PlanVersion(
                plan=row["plan"],
                name=names[row["plan"]],
                version=row["version"],
                effective_from=row["effective_from"],
                card=row["card"],
                included_conversations=row["included_conversations"],
                currency=row["currency"],
                monthly_micros=row["monthly_micros"],
                yearly_micros=row["yearly_micros"],
                included_agents=row["included_agents"],
                agents_max=row["agents_max"],
                extra_agent_micros=row["extra_agent_micros"],
                committed_only=row["committed_only"],
                addons=addons[row["plan"], row["version"]],
                position=positions[row["plan"]],
            )
        )
    return Catalog(digest, _frozen(markets), _frozen(cards), _frozen(plans))


def _by_date(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: row["effective_from"])


def _steps(
    rates: Sequence[Mapping[str, Any]],
) -> dict[tuple[str, int], dict[tuple[str, str, str, str], tuple[Step, ...]]]:
    found: dict[tuple[str, int], dict[tuple[str, str, str, str], tuple[Step, ...]]] = defaultdict(dict)
    for row in sorted(rates, key=lambda row: row["from_quantity"]):
        steps = found[row["card"], row["version"]]
        key = (row["meter"], row["market"], row["category"], row["currency"])
        steps[key] = (*steps.get(key, ()), Step(row["from_quantity"], row["amount_micros"]))
    return found


def _frozen(lists: dict[str, list[Any]]) -> dict[str, tuple[Any, ...]]:
    return {key: tuple(values) for key, values in lists.items()}
