"""The quarantine in the dashboard's API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from hobnob.kernel.ids import new_id
from hobnob.platform.settings import Settings
from tests.desk import Desk, serving
from tests.inbox.ingest.wire import text, written


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with serving(settings) as url:
        desk = Desk(url)
        await desk.sign_up()
        yield desk
        await desk.close()


async def set_aside(owner: asyncpg.Connection[asyncpg.Record], account_id: UUID) -> UUID:
    update_id = new_id()
    await owner.execute(
        "INSERT INTO quarantined_webhooks (lane, account_id, id, received_at, quarantined_at, error, body)"
        " SELECT lane, account_id, $2, now(), now(), 'too odd', $3 FROM accounts WHERE account_id = $1",
        account_id,
        update_id,
        written(text("hello")),
    )
    return update_id


async def test_the_quarantine_is_listed_and_replayed(desk: Desk, postgres_url: str) -> None:
    owner = await asyncpg.connect(postgres_url)
    account_id = UUID((await desk.get("/api/me")).json["account"]["id"])
    update_id = await set_aside(owner, account_id)
    [listed] = (await desk.get("/api/quarantine")).json["items"]
    assert (listed["id"], listed["error"], listed["attempts"]) == (str(update_id), "too odd", 1)
    assert listed["summary"].startswith("messages: ") and listed["received_at"].endswith("Z")
    assert (await desk.post(f"/api/quarantine/{update_id}/replay")).status == 202
    assert (await desk.get("/api/quarantine")).json == {"items": [], "next": None}
    row = await owner.fetchrow("SELECT account_id, attempts FROM webhook_events")
    assert row is not None and tuple(row) == (account_id, 1)
    answer = await desk.post(f"/api/quarantine/{update_id}/replay")
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert await owner.fetchval("SELECT count(*) FROM audit_events WHERE action = 'quarantine.replayed'") == 1
    await owner.close()


async def test_others_cannot_see_it(desk: Desk, settings: Settings, postgres_url: str) -> None:
    owner = await asyncpg.connect(postgres_url)
    update_id = await set_aside(owner, UUID((await desk.get("/api/me")).json["account"]["id"]))
    await owner.close()
    stranger = Desk(desk.base)
    assert (await stranger.get("/api/quarantine")).status == 401
    await stranger.sign_up(email="other@example.com")
    assert (await stranger.get("/api/quarantine")).json["items"] == []
    assert (await stranger.post(f"/api/quarantine/{update_id}/replay")).status == 404
    await stranger.close()
