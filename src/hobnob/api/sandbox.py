"""The clock of a sandbox: accounts on the simulator share its time, whoever moves it forward, the phones' page or the desk."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import structlog
from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from hobnob.kernel.clock import Clock
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Database
from hobnob.platform.http import problems
from hobnob.team import actions as team
from hobnob.team.types import AdvanceClock, ClockView, Session

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
CATCH_UP_EVERY_S = 5.0
TIMEOUT_S = 5.0


class SandboxClock:
    """Keeps sandbox accounts and the simulator at one time. Without a simulator it does nothing."""

    def __init__(self, simulator_url: str, database: Database, session: aiohttp.ClientSession) -> None:
        self._url = simulator_url.rstrip("/")
        self._database = database
        self._session = session
        self._known_s = 0
        self._caught_up_at = -CATCH_UP_EVERY_S
        self._met = False

    async def follow_forever(self) -> None:
        """Look at the simulator's clock again and again; accounts that are behind catch up."""
        while self._url:
            try:
                await self._look()
            except (aiohttp.ClientError, TimeoutError) as error:
                log.debug("simulator_clock_unknown", error=repr(error))
            except Exception as error:  # noqa: BLE001 - a database or a simulator in trouble ends no loop
                log.warning("sandbox_clock_not_followed", error=repr(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def reach(self, ahead_s: int) -> None:
        """Move the simulator forward to where an account is; never back."""
        if not self._url:
            return
        behind_s = ahead_s - await self._ahead_s()
        if behind_s > 0:
            await self._call("POST", "/clock/advance", {"seconds": behind_s})
        self._caught_up_at = -CATCH_UP_EVERY_S

    async def _look(self) -> None:
        ahead_s = await self._ahead_s()
        if not self._met:
            # A simulator that lost its state starts at the real time: the accounts cannot follow it back.
            self._met = True
            await self.reach(max([0, *(await self._accounts_ahead()).values()]))
            ahead_s = await self._ahead_s()
        stale = time.monotonic() - self._caught_up_at > CATCH_UP_EVERY_S
        if ahead_s > 0 and (stale or ahead_s != self._known_s):
            await self._catch_up(ahead_s)
            self._known_s, self._caught_up_at = ahead_s, time.monotonic()

    async def _catch_up(self, ahead_s: int) -> None:
        for tenant, theirs in (await self._accounts_ahead()).items():
            if theirs < ahead_s:
                async with self._database.account(tenant) as tx:
                    await team.catch_up_clock(tx, tenant, ahead_s)

    async def _accounts_ahead(self) -> dict[Tenant, int]:
        """How far each sandbox account with a number is ahead."""
        found = {}
        for tenant in await team.accounts_with_numbers(self._database):
            async with self._database.account(tenant) as tx:
                account = await team.account_of(tx, tenant)
            if account.sandbox:
                found[tenant] = account.clock_ahead_s
        return found

    async def _ahead_s(self) -> int:
        return int((await self._call("GET", "/clock"))["clock_ahead_s"])

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with self._session.request(method, f"{self._url}/control{path}", json=body, timeout=timeout) as answer:
            answer.raise_for_status()
            return await answer.json()


@post(
    "/sandbox/advance-clock",
    status_code=200,
    summary="Move a sandbox account's clock forward",
    responses=problems(401, 403, 422),
)
async def advance_clock(
    data: JSONBody[AdvanceClock],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    sandbox_clock: NamedDependency[SandboxClock],
) -> ClockView:
    """For accounts on the simulator, which comes along: windows close and conversations end as if the time had passed.
    It never goes back."""
    async with database.account(session.tenant) as tx:
        ahead_s = await team.advance_clock(tx, session.tenant, data.seconds, session.agent_id)
    try:
        await sandbox_clock.reach(ahead_s)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("simulator_clock_not_moved", error=repr(error))
    return ClockView(clock.now(ahead_s), ahead_s)


routers = [Router("/api", route_handlers=[advance_clock], tags=["Sandbox"])]
