"""The first wall alone: read as a worker, for whom row-level security hides no account of its lane."""

from __future__ import annotations

from hobnob.kernel.ids import new_id
from hobnob.numbers import actions as numbers
from hobnob.platform.database import Database
from hobnob.team import actions as team
from tests.billing.books import NOW, open_account

LANE = 9


async def test_agents_and_numbers_are_found_in_their_own_account_only(database: Database) -> None:
    ours, theirs = [await open_account(database, lane=LANE) for _ in range(2)]
    agent_id, number_id = new_id(), new_id()
    async with database.account(theirs) as tx:
        await tx.execute(
            "INSERT INTO agents (lane, account_id, id, name, email, role, created_at)"
            " VALUES ($1, $2, $3, 'Liam', 'liam@example.com', 'owner', $4)",
            LANE,
            theirs.account_id,
            agent_id,
            NOW,
        )
        await tx.execute(
            "INSERT INTO numbers (lane, account_id, id, phone, display_name, waba_id, status, created_at)"
            " VALUES ($1, $2, $3, '+12125550187', 'Amber Tea', '1', 'connected', $4)",
            LANE,
            theirs.account_id,
            number_id,
            NOW,
        )
    async with database.lane(LANE) as tx:
        assert await team.agent_names(tx, LANE, [ours.account_id], [agent_id]) == {}
        assert await team.agent_names(tx, LANE, [theirs.account_id], [agent_id]) == {agent_id: "Liam"}
        assert await numbers.number_ref(tx, ours, number_id) is None
        found = await numbers.number_ref(tx, theirs, number_id)
        assert found is not None and found.account_id == theirs.account_id
