"""Spares the garbage collector of a long-lived process work that finds nothing."""

from __future__ import annotations

import gc

# Requests and batches make many short-lived containers; the usual 700 would have them looked through all the time.
YOUNG_OBJECTS_MAX = 10_000


def settle() -> None:
    """Call once a process is up. What is loaded by then stays for good: looking through it again and again takes a
    tenth of a second each time, in the middle of whatever is being answered."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, 20, 20)
