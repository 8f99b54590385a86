"""Reactions, edits and revokes: messages that change another message, in whatever order they and it arrive.

Each is kept as a hidden message of its own; what the target shows is computed afresh from all that refer to it, so the
latest of each actor counts and nothing depends on which came first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hobnob.platform.database import Row, Tx

from .changes import Changes

Target = tuple[UUID, str]

_REFERENCES = """
SELECT r.account_id, r.target_wamid, r.type, r.direction, r.at, coalesce(r.wamid, r.id::text) AS tie, r.content
FROM unnest($2::uuid[], $3::text[]) AS k (account_id, wamid)
JOIN messages r ON r.lane = $1 AND r.account_id = k.account_id AND r.target_wamid = k.wamid
WHERE r.type IN ('reaction', 'edit', 'revoke') AND r.failed_at IS NULL
"""
_TARGETS = """
SELECT m.account_id, m.id, m.chat_id, m.wamid, m.direction, m.content, m.preview, m.reactions, m.edited_at, m.revoked_at
FROM unnest($2::uuid[], $3::text[]) AS k (account_id, wamid)
JOIN messages m ON m.lane = $1 AND m.account_id = k.account_id AND m.wamid = k.wamid
ORDER BY m.id FOR NO KEY UPDATE OF m
"""
_UPDATE = """
UPDATE messages m SET content = n.content, preview = n.preview, reactions = n.reactions::jsonb, edited_at = n.edited_at,
  revoked_at = n.revoked_at, version = m.version + 1
FROM unnest($2::uuid[], $3::uuid[], $4::jsonb[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])
  AS n (account_id, id, content, preview, reactions, edited_at, revoked_at)
WHERE m.lane = $1 AND m.account_id = n.account_id AND m.id = n.id
"""
_ACTORS = {"in": "customer", "out": "business"}


class _Now:
    """What a target shows, given all that refers to it."""

    def __init__(self, target: Row, references: Sequence[Row]) -> None:
        ordered = sorted(references, key=lambda row: (row["at"], row["tie"]))
        # Only who wrote a message can change or take it back.
        own = [row for row in ordered if row["direction"] == target["direction"]]
        latest = {row["direction"]: row for row in ordered if row["type"] == "reaction"}
        self.reactions = [
            {"by": actor, "emoji": latest[direction]["content"]["emoji"]}
            for direction, actor in _ACTORS.items()
            if direction in latest and latest[direction]["content"]["emoji"]
        ]
        edits = [row for row in own if row["type"] == "edit"]
        self.content: dict[str, Any] = target["content"]
        self.preview: str = target["preview"]
        self.edited_at: datetime | None = None
        if edits:
            edit = edits[-1]
            self.content = {**self.content, **edit["content"]["content"]}
            self.preview = edit["content"].get("preview", self.preview)
            self.edited_at = edit["at"]
        self.revoked_at: datetime | None = next((row["at"] for row in own if row["type"] == "revoke"), None)
        if self.revoked_at is not None:
            self.preview = ""

    def differs(self, target: Row) -> bool:
        shown = (self.content, self.preview, self.reactions, self.edited_at, self.revoked_at)
        kept = [{"by": given["by"], "emoji": given["emoji"]} for given in target["reactions"]]
        return shown != (target["content"], target["preview"], kept, target["edited_at"], target["revoked_at"])


async def refresh_if_referred_to(tx: Tx, lane: int, targets: Collection[Target], changes: Changes) -> None:
    """As `refresh_targets`, for messages that nearly always nothing refers to yet."""
    keys = [account_id for account_id, _ in targets], [wamid for _, wamid in targets]
    if rows := await tx.fetch(_REFERENCES, lane, *keys):
        await refresh_targets(tx, lane, {(row["account_id"], row["target_wamid"]) for row in rows}, changes)


async def refresh_targets(tx: Tx, lane: int, targets: Collection[Target], changes: Changes) -> list[tuple[UUID, UUID]]:
    """Bring these messages up to date with what refers to them; answers with the (chat, message) that changed."""
    if not targets:
        return []
    keys = [account_id for account_id, _ in targets], [wamid for _, wamid in targets]
    # Locked before the references are read: an agent who reacts in this moment waits for us, or we see the reaction.
    found = await tx.fetch(_TARGETS, lane, *keys)
    references: dict[Target, list[Row]] = defaultdict(list)
    for row in await tx.fetch(_REFERENCES, lane, *keys) if found else ():
        references[row["account_id"], row["target_wamid"]].append(row)
    pairs = [(target, _Now(target, references[target["account_id"], target["wamid"]])) for target in found]
    differing = [(target, shown) for target, shown in pairs if shown.differs(target)]
    if differing:
        await tx.execute(
            _UPDATE,
            lane,
            [target["account_id"] for target, _ in differing],
            [target["id"] for target, _ in differing],
            [shown.content for _, shown in differing],
            [shown.preview for _, shown in differing],
            # As text: a list of lists would be taken for an array of two dimensions.
            [msgspec.json.encode(shown.reactions).decode() for _, shown in differing],
            [shown.edited_at for _, shown in differing],
            [shown.revoked_at for _, shown in differing],
        )
    for target, _ in differing:
        changes.wrote_message(target["account_id"], target["id"])
    return [(target["chat_id"], target["id"]) for target, _ in differing]
