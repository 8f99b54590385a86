"""The catalogue between its shipped files, its tables and the `Catalog` that rating reads.

The files in ``data/`` are what this release ships (`shipped`); the tables hold that and whatever an operator added, and are
the truth once loaded. Loading adds what is missing and refuses to change what is there: a published version is history. A
process keeps its parsed copy until the digest changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from hobnob.platform.database import Tx

from .errors import CatalogConflict
from .rating import Catalog
from .shipped import Table, parse, shipped, shipped_catalog

__all__ = ["Table", "current", "load", "shipped", "shipped_catalog"]

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


async def load(tx: Tx, tables: Sequence[Table], now: datetime) -> int:
    """Add catalogue rows that are not there yet; answers how many. ``tx`` is the owner's: no other role may write
    here. Raises CatalogConflict when a row that is there says something else."""
    await lock(tx)
    added = 0
    for table in tables:
        added += await _load_table(tx, await _without_replaced(tx, table))
    await note_change(tx, now)
    return added


async def lock(tx: Tx) -> None:
    """Be the only one who changes the catalogue, until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('hobnob catalogue'))")


async def note_change(tx: Tx, now: datetime) -> None:
    """Let every process read the tables again."""
    await tx.execute(
        "INSERT INTO catalog_state (digest, loaded_at) VALUES ($1, $2)"
        " ON CONFLICT (one) DO UPDATE SET digest = excluded.digest, loaded_at = excluded.loaded_at"
        " WHERE catalog_state.digest <> excluded.digest",
        await _digest(tx),
        now,
    )


async def _without_replaced(tx: Tx, table: Table) -> Table:
    """Without the rates of versions that an operator imported for their date before this release brought them."""
    if table.name != "rates":
        return table
    known = {tuple(row) for row in await tx.fetch("SELECT card, version FROM rate_card_versions")}
    return table._replace(rows=[row for row in table.rows if row[:2] in known])


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
    for table in ("markets", "rate_card_versions", "rates", "plan_versions", "plan_addons"):
        row = await tx.fetchval(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
        sums.update(str(row).encode())
    return sums.hexdigest()


async def _read(tx: Tx, digest: str) -> Catalog:
    names = ("markets", "rate_card_versions", "rates", "plans", "plan_versions", "plan_addons")
    rows = {name: await tx.fetch(f"SELECT * FROM {name}") for name in names}
    return parse(digest, {name: [dict(row) for row in found] for name, found in rows.items()})
