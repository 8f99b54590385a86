"""Which account a part of a webhook belongs to: the routes, kept in memory.

Owners change rarely, and webhooks come thousands a second. A known owner is asked again after a minute, an unknown one
after a few seconds, so that a number registered a moment ago is found and a stranger's cannot keep the database busy.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from uuid import UUID

from hobnob.platform.database import Database
from hobnob.whatsapp.webhooks import OwnerSlice

KNOWN_S = 60.0
UNKNOWN_S = 3.0
KEPT_MAX_COUNT = 200_000
ID_MAX_CHARS = 100

_FIND = "SELECT account_id, lane FROM routes WHERE kind = $1 AND external_id = $2"


class Owner(NamedTuple):
    account_id: UUID
    lane: int


class _Kept(NamedTuple):
    owner: Owner | None
    until: float


def key_of(part: OwnerSlice) -> tuple[str, str]:
    """A part that names a number belongs to whoever has the number; only the rest goes by the WhatsApp account.

    A WhatsApp account may hold numbers that are not ours, so it never stands in for an unknown number.
    """
    return ("waba", part.waba_id) if part.phone_number_id is None else ("number", part.phone_number_id)


class Owners:
    """The routes of this process. ``known`` answers from memory, ``find`` asks the database if it has to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loop = asyncio.get_running_loop()
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[Owner | None]] = {}

    def known(self, key: tuple[str, str]) -> Owner | None:
        """The owner if it is known at this moment; None may still mean that there is one."""
        kept = self._kept.get(key)
        return kept.owner if kept is not None and kept.until > self._loop.time() else None

    async def find(self, key: tuple[str, str]) -> Owner | None:
        """The owner, or None when nobody has this number or WhatsApp account."""
        if len(key[1]) > ID_MAX_CHARS or not key[1].isprintable():
            return None
        kept = self._kept.get(key)
        if kept is not None and kept.until > self._loop.time():
            return kept.owner
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._ask(key))
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(asking)

    async def _ask(self, key: tuple[str, str]) -> Owner | None:
        async with self._database.ingest() as connection:
            row = await connection.fetchrow(_FIND, *key)
        owner = Owner(row["account_id"], row["lane"]) if row else None
        if len(self._kept) >= KEPT_MAX_COUNT:
            self._kept.clear()
        self._kept[key] = _Kept(owner, self._loop.time() + (KNOWN_S if owner else UNKNOWN_S))
        return owner
