"""What the numbers room tells browsers."""

from __future__ import annotations

import msgspec

from .types import Number


class NumberChanged(msgspec.Struct, frozen=True, tag_field="type", tag="number"):
    number: Number


class NumbersResync(msgspec.Struct, frozen=True, tag_field="type", tag="resync"):
    """A number was removed: fetch the list afresh."""
