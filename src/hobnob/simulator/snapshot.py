"""The world on disk, so that numbers and chats survive a restart."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import msgspec

from .core import Simulator
from .world import World

FILE = "world.json"
MEDIA = "media"
SAVE_EVERY_S = 2.0


def load(folder: Path) -> World | None:
    """The saved world, or None when there is none. One that cannot be read is set aside, not lost."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=World)
    except msgspec.MsgspecError:
        path.rename(path.with_suffix(".unreadable"))
        return None


def save(sim: Simulator, folder: Path) -> None:
    """Written beside and moved into place, so that a crash leaves the old one whole."""
    folder.mkdir(parents=True, exist_ok=True)
    sim.dirty = False
    sim.world.ahead_s = sim.clock.ahead_s
    beside = folder / (FILE + ".new")
    with beside.open("wb") as out:
        out.write(msgspec.json.encode(sim.index.dump()))
        out.flush()
        os.fsync(out.fileno())
    beside.replace(folder / FILE)


async def keep_saving(sim: Simulator, folder: Path) -> None:
    """Saves what changed, until cancelled."""
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            if sim.dirty:
                save(sim, folder)
