"""Usage between the database and memory. Whoever writes holds the accounts' wallet rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from hobnob.platform.database import Tx

from .rules import Toggle
from .types import MeterEvent


async def add_events(
    tx: Tx, lane: int, events: Sequence[MeterEvent], received: Sequence[datetime], reasons: Sequence[str | None]
) -> set[tuple[UUID, str, str]]:
    """Keep events that are new; answers their keys (account, meter, id)."""
    rows = await tx.fetch(
        "INSERT INTO metering_events (lane, account_id, meter, event_id, at, received_at, quantity, flow_id, ready_made,"
        " quarantined) SELECT $1, n.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[],"
        " $6::timestamptz[], $7::bigint[], $8::uuid[], $9::boolean[], $10::text[]) AS n"
        " ON CONFLICT DO NOTHING RETURNING account_id, meter, event_id",
        lane,
        [event.account_id for event in events],
        [event.meter for event in events],
        [event.event_id for event in events],
        [event.at for event in events],
        list(received),
        [event.quantity for event in events],
        [event.flow_id for event in events],
        [event.ready_made for event in events],
        list(reasons),
    )
    return {(row["account_id"], row["meter"], row["event_id"]) for row in rows}


async def month_of(tx: Tx, lane: int, account_id: UUID, meter: str, month: date) -> tuple[int, int]:
    """How much a month used, and up to which unit it was charged."""
    row = await tx.fetchrow(
        "SELECT quantity, charged_to FROM usage_months WHERE lane = $1 AND account_id = $2 AND meter = $3 AND month = $4",
        lane,
        account_id,
        meter,
        month,
    )
    return (row["quantity"], row["charged_to"]) if row else (0, 0)


async def save_month(
    tx: Tx, lane: int, account_id: UUID, meter: str, month: date, quantity: int, charged_to: int
) -> None:
    await tx.execute(
        "INSERT INTO usage_months (lane, account_id, meter, month, quantity, charged_to) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (lane, account_id, meter, month)"
        " DO UPDATE SET quantity = excluded.quantity, charged_to = excluded.charged_to",
        lane,
        account_id,
        meter,
        month,
        quantity,
        charged_to,
    )


async def set_flow(tx: Tx, lane: int, account_id: UUID, flow_id: UUID, published: bool) -> None:
    await tx.execute(
        "INSERT INTO flow_states (lane, account_id, flow_id, published) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (lane, account_id, flow_id) DO UPDATE SET published = excluded.published",
        lane,
        account_id,
        flow_id,
        published,
    )


async def flows_since(tx: Tx, lane: int, account_id: UUID, since: datetime) -> list[UUID]:
    """Custom flows that are published now, or were switched since a moment."""
    rows = await tx.fetch(
        "SELECT flow_id FROM flow_states WHERE lane = $1 AND account_id = $2 AND published UNION"
        " SELECT flow_id FROM metering_events WHERE lane = $1 AND account_id = $2 AND meter <> 'step'"
        "  AND quarantined IS NULL AND NOT ready_made AND flow_id IS NOT NULL AND at >= $3 ORDER BY 1",
        lane,
        account_id,
        since,
    )
    return [row["flow_id"] for row in rows]


async def toggles(tx: Tx, lane: int, account_id: UUID, flow_id: UUID, since: datetime) -> list[Toggle]:
    """A flow's switches from a moment on, in order, with the last one before it."""
    rows = await tx.fetch(
        "SELECT at, meter FROM metering_events WHERE lane = $1 AND account_id = $2 AND flow_id = $3 AND meter <> 'step'"
        " AND quarantined IS NULL AND at >= coalesce((SELECT max(at) FROM metering_events WHERE lane = $1"
        "  AND account_id = $2 AND flow_id = $3 AND meter <> 'step' AND quarantined IS NULL AND at < $4), $4)"
        " ORDER BY at, meter",
        lane,
        account_id,
        flow_id,
        since,
    )
    return [Toggle(row["at"], row["meter"] == "flow_published") for row in rows]


async def flow_days(
    tx: Tx, lane: int, account_id: UUID, flow_id: UUID, first: date, last: date
) -> dict[date, tuple[int, bool]]:
    """Days of a flow that were ever charged, with their revision and whether they stand."""
    rows = await tx.fetch(
        "SELECT day, revision, standing FROM flow_days"
        " WHERE lane = $1 AND account_id = $2 AND flow_id = $3 AND day BETWEEN $4 AND $5",
        lane,
        account_id,
        flow_id,
        first,
        last,
    )
    return {row["day"]: (row["revision"], row["standing"]) for row in rows}


async def save_flow_day(
    tx: Tx, lane: int, account_id: UUID, flow_id: UUID, day: date, revision: int, *, standing: bool
) -> None:
    await tx.execute(
        "INSERT INTO flow_days (lane, account_id, flow_id, day, revision, standing) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (lane, account_id, flow_id, day)"
        " DO UPDATE SET revision = excluded.revision, standing = excluded.standing",
        lane,
        account_id,
        flow_id,
        day,
        revision,
        standing,
    )
