"""WhatsApp's own figures, fetched from a simulator: days of the account, resuming, and going on after an error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hobnob.billing.provider import pulls
from hobnob.billing.provider.jobs import FiguresJob, lines_of
from hobnob.platform.work import LaneScope
from hobnob.simulator.faults import Faults
from hobnob.simulator.server import Running, running
from hobnob.simulator.world import App, Number, Tally, Waba
from hobnob.whatsapp.graph import GraphClient, make_session
from hobnob.whatsapp.graph_types import PricingPoint
from tests.billing.provider.meter import REGULAR, ZONE, Meter
from tests.inbox.ingest.wire import BUSINESS_PHONE, NUMBER, WABA, at

MARKETING = {**REGULAR, "category": "marketing"}
TODAY = date(2026, 11, 23)  # of the account, whose clock says 14:30


@pytest.fixture
async def platform(meter: Meter) -> AsyncIterator[Running]:
    """A simulator at the shop's own moment, which knows the shop's number."""
    async with running() as platform:
        world = platform.simulator.world
        platform.simulator.clock.ahead_s = meter.shop.clock.now().timestamp() - datetime.now(UTC).timestamp()
        platform.simulator.index.add_app(App("1", "secret", "token"))
        world.wabas[WABA] = Waba(WABA, "Shop", "b", time_zone=ZONE)
        platform.simulator.index.add_number(Number(NUMBER, WABA, "1", "+" + BUSINESS_PHONE, "Shop"))
        yield platform


def delivered_there(platform: Running, moment: datetime, volume: int, cost: float = 0.0) -> None:
    start = int(moment.timestamp()) // 1800 * 1800
    tallies = platform.simulator.world.wabas[WABA].tallies
    tallies[f"{start}"] = Tally(start, BUSINESS_PHONE, "US", "regular", "marketing", volume, cost)


async def fetch(meter: Meter, platform: Running, *, timeout_s: float = 5.0) -> int:
    """Make every call that is due; answers how many there were."""
    scope = LaneScope(meter.shop.database, meter.shop.tenant.lane, "test")
    calls = 0
    async with make_session() as session:
        graph = GraphClient(platform.url, "v25.0", "token", session, answer_timeout_s=timeout_s)
        job = FiguresJob(graph, meter.shop.clock, timeout_s=timeout_s)
        while await job.run(scope):
            calls += 1
    return calls


async def pull(meter: Meter) -> Any:
    return await meter.shop.row("SELECT * FROM provider_pulls WHERE lane = $1 AND account_id = $2")


async def lines(meter: Meter) -> list[tuple[Any, ...]]:
    rows = await meter.shop.rows(
        "SELECT day, phone_number, country, category, kind, volume, cost_micros FROM provider_statements"
        " WHERE lane = $1 AND account_id = $2 ORDER BY day"
    )
    return [tuple(row) for row in rows]


async def test_the_night_after_the_first_delivery(meter: Meter, platform: Running) -> None:
    await meter.deliver(0, MARKETING, category="marketing")
    await meter.rate()
    assert (await pull(meter))["first_day"] == TODAY
    assert await fetch(meter, platform) == 0  # nothing is due by day
    platform.simulator.world.rates = {"US/marketing": 0.025}
    delivered_there(platform, at(0), 1, 0.025)
    meter.shop.clock.advance(timedelta(hours=13))
    assert await fetch(meter, platform) == 1
    assert await lines(meter) == [(TODAY, BUSINESS_PHONE, "US", "marketing", "regular", 1, 25_000)]
    kept = await pull(meter)
    assert (kept["pulled_before"], kept["settled_before"], kept["next_day"], kept["currency"], kept["attempts"]) == (
        TODAY + timedelta(days=1),
        TODAY,
        TODAY,
        "USD",
        0,
    )
    assert kept["due_at"] == datetime(2026, 11, 25, 3, tzinfo=ZoneInfo(ZONE))


async def test_figures_that_still_grow_are_asked_for_again(meter: Meter, platform: Running) -> None:
    await meter.deliver(0, MARKETING, category="marketing")
    await meter.rate()
    for night, (there, kept) in enumerate([(1, 1), (2, 2), (3, 3), (4, 3)]):
        delivered_there(platform, at(0), there)
        meter.shop.clock.advance(timedelta(hours=24 if night else 13))
        platform.simulator.clock.ahead_s += (24 if night else 13) * 3600
        assert await fetch(meter, platform) == 1
        # After two days they are taken as they are.
        assert [line[5] for line in await lines(meter)] == [kept]
    assert (await pull(meter))["settled_before"] == TODAY + timedelta(days=2)


async def test_a_long_time_is_fetched_in_pieces_and_resumed(meter: Meter, platform: Running) -> None:
    first = -20 * 86_400
    await meter.deliver(first, MARKETING, category="marketing")
    await meter.rate()
    for days in (20, 12, 3):
        delivered_there(platform, at(-days * 86_400), days)
    meter.shop.clock.advance(timedelta(hours=13))
    scope = LaneScope(meter.shop.database, meter.shop.tenant.lane, "test")
    async with make_session() as session:
        job = FiguresJob(GraphClient(platform.url, "v25.0", "token", session), meter.shop.clock)
        assert await job.run(scope)
    assert [line[5] for line in await lines(meter)] == [20]
    assert (await pull(meter))["next_day"] == TODAY - timedelta(days=20) + timedelta(days=pulls.DAYS_PER_CALL)
    assert await fetch(meter, platform) == 2  # the rest, as if the worker had ended in between
    assert [line[5] for line in await lines(meter)] == [20, 12, 3]


async def test_an_error_is_kept_and_the_pauses_grow(meter: Meter, platform: Running) -> None:
    await meter.deliver(0, MARKETING, category="marketing")
    await meter.rate()
    delivered_there(platform, at(0), 1)
    meter.shop.clock.advance(timedelta(hours=13))
    platform.simulator.world.apps["1"].token = "another"
    platform.simulator.index.app_by_token.clear()
    waits = []
    for _ in range(3):
        assert await fetch(meter, platform) == 1
        kept = await pull(meter)
        waits.append((kept["due_at"] - meter.shop.clock.now()).total_seconds())
        assert "access token" in kept["last_error"].lower()
        meter.shop.clock.advance(timedelta(seconds=waits[-1]))
    assert waits == [60, 120, 240]
    platform.simulator.index.add_app(App("1", "secret", "token"))
    assert await fetch(meter, platform) == 1
    kept = await pull(meter)
    assert (kept["attempts"], kept["last_error"]) == (0, None)
    assert len(await lines(meter)) == 1


async def test_an_answer_that_takes_too_long_is_given_up(meter: Meter, platform: Running) -> None:
    await meter.deliver(0, MARKETING, category="marketing")
    await meter.rate()
    meter.shop.clock.advance(timedelta(hours=13))
    platform.simulator.set_faults(Faults(slow_ms=3_000))
    assert await fetch(meter, platform, timeout_s=0.2) == 1
    assert (await pull(meter))["attempts"] == 1


async def test_an_earlier_day_is_fetched_when_it_turns_up(meter: Meter, platform: Running) -> None:
    await meter.deliver(0, MARKETING, category="marketing")
    await meter.rate()
    meter.shop.clock.advance(timedelta(hours=13))
    await fetch(meter, platform)
    await meter.deliver(-5 * 86_400, MARKETING, category="marketing")
    await meter.rate()
    delivered_there(platform, at(-5 * 86_400), 1)
    meter.shop.clock.advance(timedelta(days=1))
    assert await fetch(meter, platform) == 1
    assert [line[0] for line in await lines(meter)] == [TODAY - timedelta(days=5)]


async def test_half_hours_add_up_to_days_of_the_account() -> None:
    zone = ZoneInfo(ZONE)
    midnight = int(datetime(2026, 11, 21, tzinfo=zone).timestamp())
    points = [
        PricingPoint(midnight + shift, midnight + shift + 1800, "+1", "IN", "REGULAR", "MARKETING_LITE", 1)
        for shift in (-1800, 0, 3600, 86_400 - 1800, 86_400)
    ]
    found = lines_of(points, zone, date(2026, 11, 20), date(2026, 11, 22))
    assert [(line[0].day, line[1], line[3], line[4], line[5], line[6]) for line in found] == [
        (20, "1", "marketing", "regular", 1, None),
        (21, "1", "marketing", "regular", 3, None),
    ]
