"""The world on disk, so that numbers and chats survive a restart."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path

import msgspec

from .core import Simulator
from .world import World

FILE = "world.json"
MEDIA = "media"
SAVE_EVERY_S = 2.0
SAVE_SHARE_MAX = 0.05


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
    """Saves what changed, until cancelled; a large world less often, so that saving never takes more than its share."""
    pause_s = SAVE_EVERY_S
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(pause_s)
            if sim.dirty:
                started = time.perf_counter()
                save(sim, folder)
                pause_s = max(SAVE_EVERY_S, (time.perf_counter() - started) / SAVE_SHARE_MAX)
