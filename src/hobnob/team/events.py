"""What the team room tells browsers."""

from __future__ import annotations

from uuid import UUID

import msgspec


class SignedOut(msgspec.Struct, frozen=True, tag_field="type", tag="signed_out"):
    """Every session of this agent has ended. Only that agent's browsers act on it."""

    agent_id: UUID


class Resync(msgspec.Struct, frozen=True, tag_field="type", tag="resync"):
    """Fetch everything afresh: more changed than is worth telling."""
