"""The catalogue between its shipped files, its tables and the `Catalog` that rating reads.

The files in ``data/`` are what this release ships; the tables hold that and whatever an operator added, and are the
truth once loaded. Loading adds what is missing and refuses to change what is there: a published version is history. A
process keeps its parsed copy until the digest changes.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

from hobnob.kernel.money import micros_from_text
from hobnob.platform.database import Tx

from . import card_files
from .errors import CatalogConflict
from .rating import ANY, CardVersion, Catalog, PlanVersion, Step
from .types import METER_META


class Table(NamedTuple):
    """Rows of one catalogue table; the first ``key_count`` columns are its key."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    key_count: int
    rows: list[tuple[Any, ...]]


_cached: Catalog | None = None


async def current(tx: Tx) -> Catalog:
    """The catalogue in force: the tables', or this release's own while nothing was loaded."""
    global _cached
    digest = await tx.fetchval("SELECT digest FROM catalog_state WHERE one")
    if digest is None:
        return shipped_catalog()
    if _cached is None or _cached.digest != digest:
        _cached = await _read(tx, digest)
    return _cached


@lru_cache(maxsize=1)
def shipped_catalog() -> Catalog:
    """The catalogue of this release, parsed."""
    tables = {table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in shipped()}
    return _parse("shipped", tables)


async def load(tx: Tx, tables: Sequence[Table], now: datetime) -> int:
    """Add catalogue rows that are not there yet; answers how many. ``tx`` is the owner's: no other role may write
    here. Raises CatalogConflict when a row that is there says something else."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('hobnob catalogue'))")
    added = 0
    for table in tables:
        added += await _load_table(tx, table)
    await tx.execute(
        "INSERT INTO catalog_state (digest, loaded_at) VALUES ($1, $2)"
        " ON CONFLICT (one) DO UPDATE SET digest = excluded.digest, loaded_at = excluded.loaded_at"
        " WHERE catalog_state.digest <> excluded.digest",
        await _digest(tx),
        now,
    )
    return added


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
            " extra_agent_micros bigint, included_call_minutes integer, extra_call_minute_micros bigint, source text",
            2,
            [_plan_row(p["code"], v) for p in plans for v in p["versions"]],
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


def _plan_row(plan: str, version: dict[str, Any]) -> tuple[Any, ...]:
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
        version["source"],
    )


def _table(name: str, columns: str, key_count: int, rows: list[tuple[Any, ...]]) -> Table:
    pairs = [column.strip().split(" ") for column in columns.split(",")]
    return Table(name, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs), key_count, rows)


async def _load_table(tx: Tx, table: Table) -> int:
    arrays = [list(column) for column in zip(*table.rows, strict=True)]
    shape = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(table.types, 1))
    columns = ", ".join(table.columns)
    added = await tx.execute(
        f"INSERT INTO {table.name} ({columns}) SELECT * FROM unnest({shape}) ON CONFLICT DO NOTHING", *arrays
    )
    # Names and sources may be reworded; what decides a price may not.
    decisive = [c for c in table.columns[table.key_count :] if c not in ("name", "source", "position")]
    if decisive:
        keys = " AND ".join(f"t.{c} = n.{c}" for c in table.columns[: table.key_count])
        differs = " OR ".join(f"t.{c} IS DISTINCT FROM n.{c}" for c in decisive)
        wrong = await tx.fetchrow(
            f"SELECT t.* FROM {table.name} t JOIN unnest({shape}) AS n ({columns}) ON {keys} WHERE {differs} LIMIT 1",
            *arrays,
        )
        if wrong is not None:
            key = ", ".join(str(wrong[c]) for c in table.columns[: table.key_count])
            raise CatalogConflict(
                f"{table.name} {key} is published with other figures: add a new version with a later date instead."
            )
    return added


async def _digest(tx: Tx) -> str:
    sums = hashlib.sha256()
    for table in ("markets", "rate_card_versions", "rates", "plan_versions"):
        row = await tx.fetchval(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
        sums.update(str(row).encode())
    return sums.hexdigest()


async def _read(tx: Tx, digest: str) -> Catalog:
    names = ("markets", "rate_card_versions", "rates", "plans", "plan_versions")
    rows = {name: await tx.fetch(f"SELECT * FROM {name}") for name in names}
    return _parse(digest, {name: [dict(row) for row in found] for name, found in rows.items()})


def _parse(digest: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Catalog:
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
