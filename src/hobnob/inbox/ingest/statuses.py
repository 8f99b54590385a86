"""Applies statuses to messages of ours: ticks, failures, deliveries, and the proof that a send went out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from hobnob.billing import actions as billing
from hobnob.conversations import actions as conversations
from hobnob.conversations.types import Delivery, Kind
from hobnob.platform.database import Row, Tx
from hobnob.whatsapp import events

from .changes import Changes
from .chats import Chats
from .reading import Tick
from .ticks import STATUSES, Ticks, message_id_of

FAILED_REASON = "WhatsApp could not deliver the message."
# Long after the outbox can have learnt anything: what still waits speaks of messages that others sent.
EARLY_KEPT = timedelta(days=7)
EARLY_SWEPT_AT_ONCE_MAX = 2_000

_COLUMNS = """m.account_id, m.id, m.chat_id, m.type, m.category, m.wamid, m.target_wamid, m.hidden, m.queued_at, m.sent_at,
  m.delivered_at, m.read_at, m.played_at, m.failed_at, m.error, m.pricing"""
_BY_ID = f"SELECT {_COLUMNS} FROM messages m WHERE m.lane = $1 AND m.id = ANY ($2::uuid[]) AND m.direction = 'out'"
_BY_WAMID = f"""
SELECT {_COLUMNS} FROM unnest($2::uuid[], $3::text[]) AS k (account_id, wamid)
JOIN messages m ON m.lane = $1 AND m.account_id = k.account_id AND m.wamid = k.wamid WHERE m.direction = 'out'
"""
# Only what is news is written: an agent may have changed the row since it was read.
_UPDATE = """
UPDATE messages m SET wamid = coalesce(m.wamid, n.wamid), sent_at = least(m.sent_at, n.sent_at),
  delivered_at = least(m.delivered_at, n.delivered_at), read_at = least(m.read_at, n.read_at),
  played_at = least(m.played_at, n.played_at), failed_at = least(m.failed_at, n.failed_at),
  error = coalesce(n.error, m.error), pricing = coalesce(n.pricing, m.pricing), version = m.version + 1
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
  $8::timestamptz[], $9::timestamptz[], $10::jsonb[], $11::jsonb[])
  AS n (account_id, id, wamid, sent_at, delivered_at, read_at, played_at, failed_at, error, pricing)
WHERE m.lane = $1 AND m.account_id = n.account_id AND m.id = n.id
"""
_KEEP_EARLY = """
INSERT INTO early_statuses AS e (lane, account_id, wamid, status, at, body)
SELECT $1, n.account_id, n.wamid, n.status, n.at, jsonb_strip_nulls(n.body)
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::jsonb[]) AS n (account_id, wamid, status, at, body)
ON CONFLICT (lane, account_id, wamid, status) DO UPDATE SET at = least(e.at, excluded.at),
  body = CASE WHEN excluded.at < e.at THEN e.body || excluded.body ELSE excluded.body || e.body END
"""
_TAKE_EARLY = """
DELETE FROM early_statuses e USING unnest($2::uuid[], $3::text[]) AS k (account_id, wamid)
WHERE e.lane = $1 AND e.account_id = k.account_id AND e.wamid = k.wamid
RETURNING e.account_id, e.at, e.body
"""
_SWEEP = """
DELETE FROM early_statuses WHERE lane = $1 AND (account_id, wamid, status) IN (
  SELECT account_id, wamid, status FROM early_statuses WHERE lane = $1 AND at < $2 ORDER BY at LIMIT $3)
"""
_IDENTITIES = "SELECT id, phone, user_id FROM customers WHERE lane = $1 AND id = ANY ($2::uuid[])"


class Ours(NamedTuple):
    """A message of ours and what is known of its ticks now."""

    row: Row
    ticks: Ticks
    arrived_before: datetime | None
    failed_before: bool
    priced_before: dict[str, Any] | None

    @property
    def is_metered(self) -> bool:
        """Whether WhatsApp's meter has to look at it: it reached the customer, or its price was told since."""
        arrived_at = self.ticks.arrived_at
        if self.row["queued_at"] is None or arrived_at is None:
            return False
        return arrived_at != self.arrived_before or self.ticks.pricing != self.priced_before


@dataclass(slots=True)
class Matched:
    """Statuses and the messages they speak of."""

    ours: dict[UUID, Ours] = field(default_factory=dict)
    pairs: list[tuple[Tick, Ours]] = field(default_factory=list)
    learnt: dict[UUID, str] = field(default_factory=dict)
    """WhatsApp's ids of messages that had none: a status is the first we hear of them."""

    def add(self, other: Matched) -> None:
        """Join what speaks of other messages."""
        self.ours |= other.ours
        self.pairs += other.pairs

    @property
    def chat_ids(self) -> set[UUID]:
        return {ours.row["chat_id"] for ours in self.ours.values()}


async def match_statuses(tx: Tx, lane: int, ticks: Sequence[Tick]) -> Matched:
    """Find the messages, by our id first, then by WhatsApp's. What speaks of none is kept until one learns its id."""
    matched = Matched()
    if not ticks:
        return matched
    known_ids = [message_id_of(tick.status) for tick in ticks]
    asked = list({message_id for message_id in known_ids if message_id is not None})
    rows = await tx.fetch(_BY_ID, lane, asked) if asked else []
    by_id = {(row["account_id"], row["id"]): row for row in rows}
    left: list[Tick] = []
    for tick, message_id in zip(ticks, known_ids, strict=True):
        row = by_id.get((tick.account_id, message_id)) if message_id is not None else None
        if row is None:
            left.append(tick)
        else:
            _pair(matched, tick, row)
    early = await _match_by_wamid(tx, lane, left, matched)
    if early:
        await _keep_early(tx, lane, early)
    if matched.learnt:
        await _take_early(tx, lane, matched)
    return matched


async def match_early(tx: Tx, lane: int, learnt: Sequence[tuple[UUID, UUID, str]]) -> Matched:
    """The statuses that waited for these (account, message, WhatsApp id), which the outbox has just learnt."""
    matched = Matched()
    waiting = await tx.fetch(_TAKE_EARLY, lane, [one[0] for one in learnt], [one[2] for one in learnt])
    if not waiting:
        return matched
    ids = {(account_id, wamid): message_id for account_id, message_id, wamid in learnt}
    rows = {row["id"]: row for row in await tx.fetch(_BY_ID, lane, list(ids.values()))}
    for one in waiting:
        tick = _tick(one)
        row = rows.get(ids[tick.account_id, tick.status.id])
        if row is not None:
            _pair(matched, tick, row)
    return matched


async def sweep_early(tx: Tx, lane: int, now: datetime) -> bool:
    """Forget statuses that no message will ever claim. True when there may be more."""
    swept = await tx.execute(_SWEEP, lane, now - EARLY_KEPT, EARLY_SWEPT_AT_ONCE_MAX)
    return swept >= EARLY_SWEPT_AT_ONCE_MAX


async def apply_statuses(
    tx: Tx, lane: int, matched: Matched, chats: Chats, changes: Changes, now: datetime
) -> set[tuple[UUID, str]]:
    """Write the ticks; tell the conversations room what was delivered and give back what was held for failures.
    Answers with the (account, WhatsApp id) of messages whose reactions have to be looked at."""
    news = {ours.row["id"]: ours for tick, ours in matched.pairs if _take(ours, tick)}
    news |= {message_id: matched.ours[message_id] for message_id in matched.learnt}
    if not news:
        return set()
    await _write(tx, lane, news, matched.learnt)
    for message_id, ours in news.items():
        if not ours.row["hidden"]:
            changes.wrote_message(ours.row["account_id"], message_id)
            chat = chats.by_id.get(ours.row["chat_id"])
            if chat is not None and chat.last_message_id == message_id:
                chat.changed = True
    await _settle(tx, lane, news.values(), chats, changes, now)
    for message_id, ours in news.items():
        if ours.is_metered:
            changes.metered[ours.row["account_id"]].append(message_id)
    targets = {(matched.ours[message_id].row["account_id"], wamid) for message_id, wamid in matched.learnt.items()}
    for ours in news.values():
        if ours.row["hidden"] and "failed" in ours.ticks.at and ours.row["target_wamid"] is not None:
            targets.add((ours.row["account_id"], ours.row["target_wamid"]))
    return targets


def _pair(matched: Matched, tick: Tick, row: Row) -> None:
    ours = matched.ours.get(row["id"])
    if ours is None:
        ticks = Ticks.of_row(row)
        ours = matched.ours[row["id"]] = Ours(row, ticks, ticks.arrived_at, "failed" in ticks.at, ticks.pricing)
        if row["wamid"] is None:
            matched.learnt[row["id"]] = tick.status.id
    matched.pairs.append((tick, ours))


async def _match_by_wamid(tx: Tx, lane: int, ticks: Sequence[Tick], matched: Matched) -> list[Tick]:
    """Pair what WhatsApp's id explains; answers with the rest."""
    if not ticks:
        return []
    keys = list({(tick.account_id, tick.status.id) for tick in ticks})
    rows = await tx.fetch(_BY_WAMID, lane, [account_id for account_id, _ in keys], [wamid for _, wamid in keys])
    by_wamid: dict[tuple[UUID, str], Row] = {(row["account_id"], row["wamid"]): row for row in rows}
    early = []
    for tick in ticks:
        row = by_wamid.get((tick.account_id, tick.status.id))
        if row is None:
            early.append(tick)
        else:
            _pair(matched, tick, row)
    return early


async def _take_early(tx: Tx, lane: int, matched: Matched) -> None:
    """Pair the statuses that waited for these messages to learn their ids."""
    keys = {
        (matched.ours[learnt].row["account_id"], wamid): matched.ours[learnt]
        for learnt, wamid in matched.learnt.items()
    }
    rows = await tx.fetch(_TAKE_EARLY, lane, [key[0] for key in keys], [key[1] for key in keys])
    for row in rows:
        tick = _tick(row)
        matched.pairs.append((tick, keys[tick.account_id, tick.status.id]))


async def _keep_early(tx: Tx, lane: int, early: Sequence[Tick]) -> None:
    """Of each status the earliest report, completed with what only others say."""
    kept: dict[tuple[UUID, str, str], Tick] = {}
    for tick in sorted(early, key=lambda tick: tick.at):
        key = (tick.account_id, tick.status.id, tick.status.status)
        first = kept.setdefault(key, tick)
        if first.status.pricing is None and tick.status.pricing is not None:
            priced = msgspec.structs.replace(
                first.status, pricing=tick.status.pricing, conversation=tick.status.conversation
            )
            kept[key] = first._replace(status=priced)
    ticks = list(kept.values())
    await tx.execute(
        _KEEP_EARLY,
        lane,
        [tick.account_id for tick in ticks],
        [tick.status.id for tick in ticks],
        [tick.status.status for tick in ticks],
        [tick.at for tick in ticks],
        [tick.status for tick in ticks],
    )


def _tick(row: Row) -> Tick:
    return Tick(row["account_id"], row["at"], msgspec.convert(row["body"], events.Status), None)


def _take(ours: Ours, tick: Tick) -> bool:
    # Statuses we do not know (legacy ones such as "warning") change nothing a person could see.
    return tick.status.status in STATUSES and ours.ticks.take(tick.status, tick.at)


async def _write(tx: Tx, lane: int, news: dict[UUID, Ours], learnt: dict[UUID, str]) -> None:
    columns: list[list[Any]] = [[ours.ticks.at.get(status) for ours in news.values()] for status in STATUSES]
    await tx.execute(
        _UPDATE,
        lane,
        [ours.row["account_id"] for ours in news.values()],
        list(news),
        [learnt.get(message_id) for message_id in news],
        *columns,
        [_news(ours.ticks.error, ours.row["error"]) for ours in news.values()],
        [_news(ours.ticks.pricing, ours.row["pricing"]) for ours in news.values()],
    )
    if learnt:
        # A send whose answer never came is proved by its status: it must not be sent again.
        await tx.execute("DELETE FROM outbox WHERE lane = $1 AND message_id = ANY ($2::uuid[])", lane, list(learnt))


def _news(now: Any, before: Any) -> Any:
    return None if now == before else now


async def _settle(tx: Tx, lane: int, news: Iterable[Ours], chats: Chats, changes: Changes, now: datetime) -> None:
    """Conversations and money. Only what Hobnob sent counts: the business's own app is not billed."""
    sent = [ours for ours in news if ours.row["queued_at"] is not None]
    arrived = [ours for ours in sent if ours.ticks.arrived_at != ours.arrived_before]
    if arrived:
        customer_ids = list({chats.by_id[ours.row["chat_id"]].customer_id for ours in arrived})
        people = {row["id"]: row for row in await tx.fetch(_IDENTITIES, lane, customer_ids)}
        deliveries = [_delivery(ours, chats, people) for ours in arrived]
        changes.applied(await conversations.apply_deliveries(tx, lane, deliveries, now))
    failed = [
        ours.row["id"]
        for ours in sent
        if "failed" in ours.ticks.at and not ours.failed_before and ours.ticks.arrived_at is None
    ]
    if failed:
        await billing.void_holds(tx, lane, failed, FAILED_REASON, now)


def _delivery(ours: Ours, chats: Chats, people: dict[UUID, Row]) -> Delivery:
    row, chat = ours.row, chats.by_id[ours.row["chat_id"]]
    customer = people[chat.customer_id]
    arrived_at = ours.ticks.arrived_at
    assert arrived_at is not None
    kinds: dict[str, Kind] = {"template": "template", "reaction": "reaction"}
    return Delivery(
        account_id=row["account_id"],
        chat_id=chat.id,
        number_id=chat.number_id,
        customer_id=chat.customer_id,
        customer_phone=customer["phone"],
        customer_user_id=customer["user_id"],
        message_id=row["id"],
        delivered_at=arrived_at,
        kind=kinds.get(row["type"], "free_form"),
        category=row["category"] if row["type"] == "template" else None,
        sent_at=row["queued_at"],
    )
