"""News for the meter: written with what happened, rated in a quiet moment, and found for what happened before there was one."""

from __future__ import annotations

from datetime import timedelta
from importlib import resources

import asyncpg
import pytest

from hobnob.billing.provider import news
from hobnob.billing.provider.jobs import ProviderJob
from hobnob.kernel.ids import new_id
from hobnob.platform.work import LaneScope, LeaseLost
from tests.billing.provider.meter import REGULAR, Meter
from tests.inbox.ingest.wire import status, text, ticked, written

MARKETING = {**REGULAR, "category": "marketing"}
QUEUE = "SELECT * FROM provider_queue WHERE lane = $1 AND account_id = $2 ORDER BY id"


async def test_one_row_for_an_accounts_part_of_a_batch(meter: Meter) -> None:
    ids = [await meter.shop.sent(f"wamid.{n}") for n in range(3)]
    await meter.shop.receive(
        written(text("a"), text("b")),
        ticked(*[status("delivered", f"wamid.{n}", 1) for n in range(3)]),
        ticked(*[status("delivered", f"wamid.{n}", 1) for n in range(3)]),
    )
    [row] = await meter.shop.rows(QUEUE)
    assert len(row["message_ids"]) == 5 and set(ids) < set(row["message_ids"])
    await meter.shop.receive(ticked(status("delivered", "wamid.0", 1), status("read", "wamid.0", 9)))
    assert len(await meter.shop.rows(QUEUE)) == 1, "what says nothing new is no news"


async def test_long_batches_are_cut(meter: Meter) -> None:
    ids = [new_id() for _ in range(2 * news.ROW_MAX_MESSAGES + 1)]
    async with meter.shop.database.lane(meter.shop.tenant.lane) as tx:
        await news.note(tx, meter.shop.tenant.lane, {meter.shop.tenant.account_id: ids})
    rows = await meter.shop.rows(QUEUE)
    assert [one for row in rows for one in row["message_ids"]] == ids
    assert max(len(row["message_ids"]) for row in rows) == news.ROW_MAX_MESSAGES
    await meter.rate()
    assert await meter.shop.rows(QUEUE) == [], "messages that are not there any more are no obstacle"


async def test_webhooks_go_first_but_not_for_ever(meter: Meter) -> None:
    message = await meter.deliver(0, MARKETING, category="marketing")
    await meter.shop.accept(written(text()))
    await meter.rate()
    assert await meter.items() == {}
    meter.job = ProviderJob(meter.shop.clock, patience=timedelta(0))
    await meter.rate()
    assert list(await meter.items()) == [message]


async def test_a_worker_that_lost_its_lane_leaves_the_news_there(meter: Meter) -> None:
    await meter.deliver(0, MARKETING, category="marketing")
    scope = LaneScope(meter.shop.database, meter.shop.tenant.lane, "another worker")
    with pytest.raises(LeaseLost):
        await meter.job.run(scope)
    assert len(await meter.shop.rows(QUEUE)) == 1
    await meter.rate()
    assert len(await meter.items()) == 1


async def test_what_was_there_before_the_meter(meter: Meter, postgres_url: str) -> None:
    """The migration's last statement queues it; the items are then the same."""
    await meter.write(0)
    ids = [await meter.deliver(60, MARKETING, category="marketing"), await meter.deliver(120, None)]
    await meter.shop.sent("wamid.undelivered")
    await meter.rate()
    before = await meter.items()
    assert set(before) == set(ids)
    sql = (resources.files("hobnob.migrations") / "0008_provider_meter.sql").read_text("utf-8")
    owner = await asyncpg.connect(postgres_url)
    await owner.execute(
        "TRUNCATE provider_queue, provider_inbounds, provider_items, provider_counters, provider_steps, provider_days"
    )
    await owner.execute(sql[sql.index("INSERT INTO provider_queue") :])
    await owner.close()
    await meter.rate()
    assert await meter.items() == before
    await meter.check()
