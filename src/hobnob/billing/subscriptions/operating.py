"""What whoever runs the installation does with plans: add a version, move subscribers to it, note an agreed promise."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hobnob.billing import catalog as catalogs
from hobnob.billing import ledger
from hobnob.billing.catalog import Table
from hobnob.billing.errors import CatalogConflict
from hobnob.billing.rating import Catalog, PlanVersion, zone_of
from hobnob.billing.shipped import addon_row, plan_row, shipped
from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.ids import LANE_COUNT, Tenant, lane_of
from hobnob.kernel.money import micros_from_text
from hobnob.platform.database import Database, Tx, owner_transaction
from hobnob.platform.settings import Settings
from hobnob.team import actions as team

from . import commitments, days, store
from .errors import ChangeRefused, UnknownPlan

TABLES = ("plans", "plan_versions", "plan_addons")


class AddonFile(msgspec.Struct, forbid_unknown_fields=True):
    """What a plan charges beside its fee: ``included`` units a month, then ``amount`` for each ``per``."""

    meter: str
    amount: str
    included: int = 0
    per: int = 1
    source: str = ""


class VersionFile(msgspec.Struct, forbid_unknown_fields=True):
    """A plan's version as an operator writes it: amounts are decimal texts, NULL agents are without limit."""

    plan: str
    name: str
    effective_from: date
    currency: str
    monthly: str
    card: str
    included_conversations: int
    source: str
    addons: list[AddonFile]
    yearly: str | None = None
    included_agents: int | None = None
    agents_max: int | None = None
    extra_agent: str = "0"
    included_call_minutes: int | None = None
    extra_call_minute: str = "0"
    committed_only: bool = False


def read_version(text: bytes) -> VersionFile:
    """A version from JSON. Raises InvalidInput, which names the field."""
    try:
        found = msgspec.json.decode(text, type=VersionFile)
        for amount in (found.monthly, found.yearly or "0", found.extra_agent, *(one.amount for one in found.addons)):
            if micros_from_text(amount) < 0:
                raise ValueError(f"{amount!r} is below zero")
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidInput(f"This is no version of a plan: {error}.") from None
    return found


def differences(old: PlanVersion | None, new: VersionFile) -> list[str]:
    """What a version changes, a line each."""
    if old is None:
        return [f"{new.plan}: a new plan"]
    yearly = micros_from_text(new.yearly) if new.yearly is not None else None
    pairs: list[tuple[str, Any, Any]] = [
        ("monthly", old.monthly_micros, micros_from_text(new.monthly)),
        ("yearly", old.yearly_micros, yearly),
        ("card", old.card, new.card),
        ("included conversations", old.included_conversations, new.included_conversations),
        ("included agents", old.included_agents, new.included_agents),
        ("agents at most", old.agents_max, new.agents_max),
        ("extra agent", old.extra_agent_micros, micros_from_text(new.extra_agent)),
    ]
    for addon in new.addons:
        known = old.addons.get(addon.meter)
        was = (known.included, known.unit_quantity, known.amount_micros) if known else None
        pairs.append((addon.meter, was, (addon.included, addon.per, micros_from_text(addon.amount))))
    return [f"{name}: {was} -> {now}" for name, was, now in pairs if was != now]


async def add_version(settings: Settings, clock: Clock, new: VersionFile, *, apply: bool) -> tuple[int, list[str]]:
    """A further version of a plan, or a new plan: its number and what it changes. Without ``apply`` nothing is written.
    Subscribers keep what they have. Raises CatalogConflict unless it is later than all there are."""
    async with owner_transaction(settings) as tx:
        found = await catalogs.current(tx)
        versions = found.plans.get(new.plan, ())
        if versions and new.effective_from <= versions[-1].effective_from:
            raise CatalogConflict(
                f"{new.plan} has a version from {versions[-1].effective_from}: a new one begins later, the past stays."
            )
        if new.card not in found.cards:
            raise InvalidInput(f"There is no rate card {new.card!r}: choose one of {', '.join(found.cards)}.")
        number = 1 + max((one.version for one in versions), default=0)
        lines = differences(versions[-1] if versions else None, new)
        if apply:
            await catalogs.load(tx, _tables(found, new, number), clock.now())
    return number, lines


async def migrate(database: Database, plan: str, version: int, *, apply: bool) -> list[UUID]:
    """Move a plan's subscribers to one of its versions, each when the next period begins: who they are. The only way on which
    a change of prices reaches them. Raises UnknownPlan."""
    moved: list[UUID] = []
    for lane in range(LANE_COUNT):
        async with database.lane(lane) as tx:
            if (await catalogs.current(tx)).plan_version(plan, date.max, version) is None:
                raise UnknownPlan(f"The plan {plan!r} has no version {version}.")
            found = await store.subscribers(tx, lane, plan, version)
            moved += found
            for account_id in found if apply else ():
                await _move(tx, lane, account_id, plan, version)
    return moved


async def agree(
    database: Database, clock: Clock, account_id: UUID, monthly: int, prices: tuple[int, int] | None
) -> None:
    """Note a promise of conversations, at the plan's prices or at those agreed (promised, beyond). Raises ChangeRefused."""
    tenant = Tenant(account_id, lane_of(account_id))
    async with database.lane(tenant.lane) as tx:
        await ledger.lock(tx, tenant.lane, [account_id])
        account = await team.account_of(tx, tenant)
        now = clock.now(account.clock_ahead_s)
        await days.catch_up(tx, tenant.lane, account, now)
        have = await store.read(tx, tenant.lane, account_id)
        if have is None or have.status != "active" or have.interval != "yearly":
            raise ChangeRefused("A promise of conversations needs a yearly subscription that runs.")
        today = now.astimezone(zone_of(account.time_zone)).date()
        plan = (await catalogs.current(tx)).plan_version(have.plan, today, have.plan_version)
        assert plan is not None
        await commitments.promise(tx, tenant, account, plan, monthly, now, prices)


async def advance(database: Database, clock: Clock, account_id: UUID, by: timedelta) -> tuple[datetime, int]:
    """Move one sandbox account's clock forward and work through its days: what time it is there, and how far ahead that is
    in seconds. Raises NotSandbox."""
    tenant = Tenant(account_id, lane_of(account_id))
    async with database.lane(tenant.lane) as tx:
        ahead_s = await team.advance_clock(tx, tenant, int(by.total_seconds()), None)
    while True:
        async with database.lane(tenant.lane) as tx:
            account = await team.account_of(tx, tenant)
            if not await days.work_day(tx, tenant.lane, account, clock.now(ahead_s)):
                return clock.now(ahead_s), ahead_s


async def _move(tx: Tx, lane: int, account_id: UUID, plan: str, version: int) -> None:
    await ledger.lock(tx, lane, [account_id])
    have = await store.read(tx, lane, account_id)
    if have is not None and have.status == "active" and have.plan == plan:
        have.migrate_version = version
        await store.write(tx, lane, have)
        detail = {"plan": plan, "version": version, "on": str(have.ends_on)}
        await team.audit(
            tx, Tenant(account_id, lane), "subscription.migrated", "subscription", have.id, None, detail=detail
        )


def _tables(found: Catalog, new: VersionFile, number: int) -> list[Table]:
    """The version as rows of the catalogue's tables, in the shape of those of this release."""
    shapes = {table.name: table for table in shipped() if table.name in TABLES}
    known = found.plans.get(new.plan)
    position = known[-1].position if known else 1 + max(one[-1].position for one in found.plans.values())
    version = {**msgspec.to_builtins(new), "version": number, "effective_from": new.effective_from.isoformat()}
    addons = [addon_row(new.plan, number, msgspec.to_builtins(addon)) for addon in new.addons]
    rows: dict[str, list[tuple[Any, ...]]] = {
        "plans": [(new.plan, new.name, position)],
        "plan_versions": [plan_row(new.plan, version)],
        "plan_addons": addons,
    }
    return [shapes[name]._replace(rows=rows[name]) for name in TABLES]
