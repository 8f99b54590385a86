"""What the team room tells browsers."""

from __future__ import annotations

from uuid import UUID

import msgspec


class SignedOut(msgspec.Struct, frozen=True, tag_field="type", tag="signed_out"):
    """A session of this agent has ended, or all of them. The agent's pages look whether it was theirs."""

    agent_id: UUID


class Resync(msgspec.Struct, frozen=True, tag_field="type", tag="resync"):
    """Fetch everything afresh: more changed than is worth telling."""
