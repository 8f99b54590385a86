"""How far WhatsApp's own figures are fetched, per WhatsApp account: which days are due, and when to ask again.

A day is asked for until it is two days over, because the figures of the newest days still grow. Progress is kept after
every answer, so that a fetching that ends anywhere goes on where it stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from hobnob.billing.period import start_of
from hobnob.billing.rating import zone_of
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

JOB = "provider_figures"
# At this hour of the account the day before is asked for.
ASKED_AT = timedelta(hours=3)
SETTLED_AFTER_DAYS = 2
DAYS_PER_CALL = 7
LOOKBACK_DAYS = 360
RETRY_FIRST_S = 60
RETRY_MAX_S = 6 * 3600
ERROR_MAX_CHARS = 500


class FirstDay(NamedTuple):
    """The earliest day that is wanted, and the account's time and zone."""

    day: date
    now: datetime
    time_zone: str


class Pull(NamedTuple):
    """One call to make: days ``[since, until)`` of a WhatsApp account. ``today`` is the account's day."""

    tenant: Tenant
    waba_id: str
    since: date
    until: date
    today: date
    time_zone: str
    now: datetime
    attempts: int
    first_day: date

    @property
    def span(self) -> tuple[datetime, datetime]:
        return start_of(self.since, self.time_zone), start_of(self.until, self.time_zone)


async def expect(tx: Tx, lane: int, first_days: Mapping[tuple[UUID, UUID], FirstDay]) -> None:
    """Figures are wanted from these days on: by account and number, which lead to the WhatsApp account."""
    if not first_days:
        return
    rows = await tx.fetch(
        "SELECT account_id, id, waba_id FROM numbers WHERE lane = $1 AND id = ANY ($2::uuid[])",
        lane,
        list({number_id for _, number_id in first_days}),
    )
    wanted: dict[tuple[UUID, str], list[FirstDay]] = defaultdict(list)
    for row in rows:
        wanted[row["account_id"], row["waba_id"]].append(first_days[row["account_id"], row["id"]])
    firsts = {key: min(found) for key, found in wanted.items()}
    starts = [max(one.day, _today(one) - timedelta(days=LOOKBACK_DAYS)) for one in firsts.values()]
    # Earlier than was known: begin again from there. What is due waits for the night, as ever.
    await tx.execute(
        "INSERT INTO provider_pulls AS p (lane, account_id, waba_id, first_day, next_day, settled_before, pulled_before,"
        " due_at) SELECT $1, a, w, d, d, d, d, t FROM unnest($2::uuid[], $3::text[], $4::date[], $5::timestamptz[])"
        " AS n (a, w, d, t)"
        " ON CONFLICT (lane, account_id, waba_id) DO UPDATE SET first_day = excluded.first_day, next_day = excluded.next_day"
        " WHERE excluded.first_day < p.first_day",
        lane,
        [account_id for account_id, _ in firsts],
        [waba_id for _, waba_id in firsts],
        starts,
        [_next_night(one.now, one.time_zone) for one in firsts.values()],
    )


async def due(tx: Tx, lane: int, now: datetime) -> Pull | None:
    """The next call to make in a lane, if one is due. ``now`` is the machine's time."""
    row = await tx.fetchrow(
        "SELECT p.account_id, p.waba_id, p.next_day, p.first_day, p.attempts, a.time_zone, a.clock_ahead_s"
        " FROM provider_pulls p JOIN accounts a ON a.lane = $1 AND a.account_id = p.account_id"
        " WHERE p.lane = $1 AND p.due_at <= $2::timestamptz + make_interval(secs => a.clock_ahead_s)"
        " ORDER BY p.due_at, p.waba_id LIMIT 1",
        lane,
        now,
    )
    if row is None:
        return None
    account_now = now + timedelta(seconds=row["clock_ahead_s"])
    today = account_now.astimezone(zone_of(row["time_zone"])).date()
    since = max(row["next_day"], today - timedelta(days=LOOKBACK_DAYS))
    until = max(min(since + timedelta(days=DAYS_PER_CALL), today), since)
    return Pull(
        tenant=Tenant(row["account_id"], lane),
        waba_id=row["waba_id"],
        since=since,
        until=until,
        today=today,
        time_zone=row["time_zone"],
        now=account_now,
        attempts=row["attempts"],
        first_day=row["first_day"],
    )


async def done(tx: Tx, pull: Pull, currency: str | None) -> None:
    """The call was answered: go on with the next days at once, or with tomorrow night."""
    complete = pull.until >= pull.today
    settled = max(pull.first_day, min(pull.until, pull.today - timedelta(days=SETTLED_AFTER_DAYS)))
    await tx.execute(
        "UPDATE provider_pulls SET next_day = $4, settled_before = greatest(settled_before, $5),"
        " pulled_before = greatest(pulled_before, $6), pulled_at = $7, currency = coalesce($8, currency), due_at = $9,"
        " attempts = 0, last_error = NULL WHERE lane = $1 AND account_id = $2 AND waba_id = $3",
        pull.tenant.lane,
        pull.tenant.account_id,
        pull.waba_id,
        settled if complete else pull.until,
        settled,
        pull.until,
        pull.now,
        currency,
        _next_night(pull.now, pull.time_zone) if complete else pull.now,
    )


async def failed(tx: Tx, pull: Pull, error: str) -> None:
    """The call was not answered: ask again later, and later still the next time."""
    wait_s = min(RETRY_FIRST_S * 2**pull.attempts, RETRY_MAX_S)
    await tx.execute(
        "UPDATE provider_pulls SET attempts = $4, last_error = $5, due_at = $6"
        " WHERE lane = $1 AND account_id = $2 AND waba_id = $3",
        pull.tenant.lane,
        pull.tenant.account_id,
        pull.waba_id,
        pull.attempts + 1,
        error[:ERROR_MAX_CHARS],
        pull.now + timedelta(seconds=wait_s),
    )


async def store(tx: Tx, pull: Pull, lines: Sequence[tuple[date, str, str, str, str, int, int | None]]) -> None:
    """Put the answer in the place of what those days had: (day, phone, country, category, kind, volume, cost)."""
    await tx.execute(
        "DELETE FROM provider_statements WHERE lane = $1 AND account_id = $2 AND waba_id = $3 AND day >= $4 AND day < $5",
        pull.tenant.lane,
        pull.tenant.account_id,
        pull.waba_id,
        pull.since,
        pull.until,
    )
    if lines:
        await tx.execute(
            "INSERT INTO provider_statements (lane, account_id, waba_id, day, phone_number, country, category, kind, volume,"
            " cost_micros) SELECT $1, $2, $3, n.* FROM unnest($4::date[], $5::text[], $6::text[], $7::text[], $8::text[],"
            " $9::bigint[], $10::bigint[]) AS n",
            pull.tenant.lane,
            pull.tenant.account_id,
            pull.waba_id,
            *(list(column) for column in zip(*lines, strict=True)),
        )


def _today(one: FirstDay) -> date:
    return one.now.astimezone(zone_of(one.time_zone)).date()


def _next_night(now: datetime, time_zone: str) -> datetime:
    tomorrow = now.astimezone(zone_of(time_zone)).date() + timedelta(days=1)
    return start_of(tomorrow, time_zone) + ASKED_AT
