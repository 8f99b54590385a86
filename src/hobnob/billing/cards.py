"""Rate cards as an operator sees and changes them: what is in force, and importing a file into the tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from hobnob.platform.database import Tx

from . import catalog
from .card_changes import VersionChange
from .card_files import FullRate, VersionHead
from .market_changes import MarketChange
from .shipped import rate_row
from .types import METER_META

_RATE_COLUMNS = "card, version, meter, market, category, currency, from_quantity, amount_micros, source"


class VersionLine(NamedTuple):
    """A version of a card in a list."""

    card: str
    kind: str
    version: int
    effective_from: date
    rule_set: str
    rate_count: int
    source: str


async def versions(tx: Tx) -> list[VersionLine]:
    """Every version of every card, by card and date."""
    rows = await tx.fetch(
        "SELECT c.code, c.kind, v.version, v.effective_from, v.rule_set, count(r.*) AS rates, v.source FROM rate_cards c"
        " JOIN rate_card_versions v ON v.card = c.code LEFT JOIN rates r ON r.card = v.card AND r.version = v.version"
        " GROUP BY c.code, c.kind, v.version, v.effective_from, v.rule_set, v.source ORDER BY c.kind, c.code, v.effective_from"
    )
    return [VersionLine(*row) for row in rows]


async def apply(tx: Tx, card: str, changes: Sequence[VersionChange], now: datetime) -> None:
    """Write what an import changes; ``tx`` is the owner's. Running processes take it up with their next look."""
    await tx.execute(
        "INSERT INTO rate_cards (code, name, kind) VALUES ($1, $1, 'provider') ON CONFLICT DO NOTHING", card
    )
    for change in changes:
        await _write(tx, card, change)
    await catalog.note_change(tx, now)


async def apply_markets(tx: Tx, changes: Sequence[MarketChange], now: datetime) -> None:
    """Write what an import of markets changes; ``tx`` is the owner's."""
    await tx.execute(
        "INSERT INTO markets (prefix, effective_from, market, source) SELECT * FROM unnest($1::text[], $2::date[], $3::text[],"
        " $4::text[]) ON CONFLICT (prefix, effective_from) DO UPDATE SET market = excluded.market, source = excluded.source",
        *(list(column) for column in zip(*(change.row for change in changes), strict=True)),
    )
    await catalog.note_change(tx, now)


async def _write(tx: Tx, card: str, change: VersionChange) -> None:
    head = change.head
    sources = await _sources(tx, card, head.effective_from)
    if change.replaces:
        await tx.execute("DELETE FROM rates WHERE card = $1 AND version = $2", card, head.version)
    else:
        await tx.execute(
            "INSERT INTO rate_card_versions (card, version, effective_from, rule_set, source) VALUES ($1, $2, $3, $4, $5)",
            card,
            head.version,
            head.effective_from,
            head.rule_set,
            head.source,
        )
    rows = [
        rate_row(card, rate if rate.source else rate._replace(source=_carried(rate, head, sources)))
        for rate in change.rates
    ]
    await tx.execute(
        f"INSERT INTO rates ({_RATE_COLUMNS}) SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[],"
        " $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[])",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def _sources(tx: Tx, card: str, on: date) -> dict[tuple[str, str, str, int], tuple[date, str]]:
    """Where the rates that are carried over into a version were read."""
    rows = await tx.fetch(
        "SELECT r.market, r.category, r.currency, r.from_quantity, v.effective_from, r.source FROM rates r"
        " JOIN (SELECT version, effective_from FROM rate_card_versions WHERE card = $1 AND effective_from <= $2"
        "  ORDER BY effective_from DESC LIMIT 1) v ON v.version = r.version WHERE r.card = $1 AND r.meter = $3",
        card,
        on,
        METER_META,
    )
    return {tuple(row)[:4]: (row["effective_from"], row["source"]) for row in rows}


def _carried(rate: FullRate, head: VersionHead, sources: dict[tuple[str, str, str, int], tuple[date, str]]) -> str:
    since, source = sources[rate.market, rate.category, rate.currency, rate.from_quantity]
    if since == head.effective_from or source.startswith("Carried over"):
        return source
    return f"Carried over from the card of {since}: {source}"
