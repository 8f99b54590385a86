"""The operator sees what waits, over all accounts, and has it applied once the reason is gone."""

from __future__ import annotations

from typing import Any

import pytest

from hobnob import cli
from hobnob.inbox.ingest import operating
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.inbox.ingest.wire import NUMBER, Shop, text, written


async def _set_aside(shop: Shop, body: bytes) -> None:
    await shop.rows(
        "INSERT INTO quarantined_webhooks (lane, account_id, id, received_at, quarantined_at, attempts, error, body)"
        " VALUES ($1, $2, gen_random_uuid(), now(), now(), 1, 'it was too odd', $3) RETURNING id",
        body,
    )


async def _unowned(database: Database, owner: str, body: bytes) -> None:
    async with database.ingest() as connection:
        await connection.execute(
            "INSERT INTO unrouted_webhooks (owner, reason, body) VALUES ($1, 'unknown owner', $2)", owner, body
        )


async def _connect(shop: Shop) -> None:
    async with shop.database.account(shop.tenant) as tx:
        await tx.execute(
            "INSERT INTO routes (kind, external_id, account_id, lane) VALUES ('number', $1, $2, $3)",
            NUMBER,
            shop.tenant.account_id,
            shop.tenant.lane,
        )


async def test_what_waits_is_shown_over_all_accounts(database: Database) -> None:
    one, other = await Shop.open(database, lane=3), await Shop.open(database, lane=200)
    await _set_aside(one, written(text("first")))
    await _set_aside(other, written(text("second")))
    await _unowned(database, "", b"rubbish")
    seen = [waiting async for waiting in operating.waiting(database)]
    assert [waiting.account_id for waiting in seen] == [one.tenant.account_id, other.tenant.account_id, None]
    assert [waiting.reason for waiting in seen] == ["it was too odd", "it was too odd", "unknown owner"]
    assert seen[0].summary.startswith("messages: ") and "rubbish" in seen[2].summary


async def test_what_is_put_back_is_applied_once(database: Database) -> None:
    shop = await Shop.open(database)
    await _set_aside(shop, written(text("late but here")))
    assert await operating.put_back(database) == 1
    assert await operating.put_back(database) == 0
    await shop.work()
    assert [row["content"]["body"] for row in await shop.messages()] == ["late but here"]
    assert await shop.quarantined() == []


async def test_one_can_be_put_back_alone(database: Database) -> None:
    shop = await Shop.open(database)
    await _set_aside(shop, written(text("one")))
    await _set_aside(shop, written(text("two")))
    chosen = (await shop.quarantined())[0]["id"]
    assert await operating.put_back(database, chosen) == 1
    assert len(await shop.quarantined()) == 1


async def test_a_webhook_that_came_before_its_number_was_connected_finds_its_owner(database: Database) -> None:
    shop = await Shop.open(database)
    await _unowned(database, f"number:{NUMBER}", written(text("too early")))
    await _unowned(database, "", b"rubbish")
    assert await operating.find_owners(database) == (0, 2)
    await _connect(shop)
    assert await operating.find_owners(database) == (1, 1)
    assert await operating.find_owners(database) == (0, 1), "taken once"
    await shop.work()
    assert [row["content"]["body"] for row in await shop.messages()] == ["too early"]


def test_the_commands_say_what_they_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOBNOB_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("HOBNOB_SECRET_KEY", settings.secret_key)

    def said(*arguments: str) -> str:
        with pytest.raises(SystemExit):
            cli.app(arguments)
        shown: Any = capsys.readouterr()
        return str(shown.out + shown.err)

    assert said("quarantine", "list") == "The quarantine is empty.\n"
    assert said("quarantine", "replay") == "Queued again: 0.\nFound the owner of 0; 0 still have none.\n"
    assert "is not an id" in said("quarantine", "replay", "seven")
