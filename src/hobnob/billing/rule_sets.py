"""By which rule set an account's conversations open, at a moment: the plan's card says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TypeAlias
from uuid import UUID

from hobnob.platform.database import Tx
from hobnob.team import actions as team

from . import catalog
from .rating import PER_CHAT, Catalog, rule_set_at
from .subscriptions import store as subscriptions
from .subscriptions.store import Life

RuleSetAt: TypeAlias = Callable[[datetime], str]


async def rule_sets(tx: Tx, lane: int, account_ids: Iterable[UUID]) -> Mapping[UUID, RuleSetAt]:
    """For each account what answers the rule set at a moment. Empty while no plan's card has another than the usual."""
    found = await catalog.current(tx)
    if not _has_others(found):
        return {}
    accounts = await team.accounts_in(tx, lane, list(account_ids))
    lives = await subscriptions.lives(tx, lane, accounts.values())
    return {key: partial(_at, found, lives[key], account.time_zone) for key, account in accounts.items()}


def _at(found: Catalog, life: Life, time_zone: str, at: datetime) -> str:
    plan, version = life.at(at)
    return rule_set_at(found, plan, time_zone, at, version)


def _has_others(found: Catalog) -> bool:
    cards = {version.card for versions in found.plans.values() for version in versions}
    return any(version.rule_set != PER_CHAT for card in cards for version in found.cards.get(card, ()))
