"""The simulator's fixtures, for clients from outside."""

from __future__ import annotations

from tests.simulator.conftest import _process, platform, receiver

__all__ = ["_process", "platform", "receiver"]
