"""The demo needs a whole house."""

from __future__ import annotations

from tests.scenarios.conftest import house

__all__ = ["house"]
