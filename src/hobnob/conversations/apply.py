"""Deliveries in any order, and the chain they make.

What was delivered is stored first, at the earliest time reported. Then each touched chat is looked at from the first
moment that changed: the chain from there on is computed anew by the pure rules, starting from the conversation that
opened before that moment, and compared with what stands. Equal means nothing to do; anything else is paid, or taken back
and paid again. In-order deliveries, nearly all of them, need only the last conversation of their chat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import cast
from uuid import UUID

from hobnob.billing import actions as billing
from hobnob.billing.types import Charged, ConversationCharge
from hobnob.platform.database import Tx

from . import queries, store
from .queries import StoredDelivery, StoredOpening
from .rules import Decision, Free, Joined, Key, Opened, Opening, RuleSetAt, decide, per_chat, replay
from .store import Decided
from .types import Applied, Delivery, Outcome, Referral

Pair = tuple[UUID, UUID]
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Change:
    """What a batch decided, before it is paid and written."""

    opened: list[tuple[StoredDelivery, Opening[UUID], int]] = field(default_factory=list)
    """Conversations to be charged: the opener, the opening, its revision."""
    taken_back: list[Pair] = field(default_factory=list)
    withdrawn: list[Pair] = field(default_factory=list)
    released: list[Pair] = field(default_factory=list)
    outcomes: dict[UUID, Decided] = field(default_factory=dict)

    def decided(self, delivery: StoredDelivery, decision: Decision[UUID]) -> None:
        """Note what a message did, if that is news; one that opened nothing needs no money set aside."""
        outcome, conversation_id = _stored_form(decision)
        if (delivery.outcome, delivery.conversation_id) == (outcome, conversation_id):
            return
        self.outcomes[delivery.message_id] = (delivery, outcome, conversation_id)
        if not isinstance(decision, Opened):
            self.released.append((delivery.account_id, delivery.message_id))


async def apply_deliveries(tx: Tx, lane: int, deliveries: Sequence[Delivery], now: datetime) -> Applied:
    """Store deliveries of many accounts and settle what they open. ``now`` is the machine's time. Idempotent; a message
    told again with an earlier time is corrected, with a later one passed over."""
    fresh, moved = await store.news(tx, lane, deliveries)
    return await _rechain(tx, lane, {}, now, fresh, moved)


async def note_referrals(tx: Tx, lane: int, referrals: Sequence[Referral], now: datetime) -> Applied:
    """Store customers' messages that came from a free entry point. A conversation that opened within 24 h after one is
    charged as such, even if the customer's message is reported later."""
    rows = await tx.fetch(
        "INSERT INTO conversation_referrals (lane, account_id, message_id, chat_id, at)"
        " SELECT DISTINCT ON (m) $1, a, m, c, t FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[])"
        " AS n (a, m, c, t) ORDER BY m, t ON CONFLICT DO NOTHING RETURNING chat_id, at",
        lane,
        [referral.account_id for referral in referrals],
        [referral.message_id for referral in referrals],
        [referral.chat_id for referral in referrals],
        [referral.at for referral in referrals],
    )
    starts: dict[UUID, datetime] = {}
    for row in rows:
        starts[row["chat_id"]] = min(starts.get(row["chat_id"], row["at"]), row["at"])
    return await _rechain(tx, lane, starts, now)


async def merge_chats(
    tx: Tx,
    lane: int,
    account_id: UUID,
    from_chat: UUID,
    into_chat: UUID,
    now: datetime,
    *,
    customer_id: UUID | None = None,
) -> Applied:
    """Two chats turned out to be one: join their deliveries and compute one chain. ``customer_id`` is the customer that
    stays; without it, that of the chat that stays is taken where known."""
    customer = customer_id or await tx.fetchval(
        "SELECT customer_id FROM conversation_deliveries WHERE lane = $1 AND account_id = $2 AND chat_id = $3 LIMIT 1",
        lane,
        account_id,
        into_chat,
    )
    first = await tx.fetchval(
        "SELECT delivered_at FROM conversation_deliveries WHERE lane = $1 AND account_id = $2 AND chat_id = $3"
        " ORDER BY delivered_at LIMIT 1",
        lane,
        account_id,
        from_chat,
    )
    for table in ("conversation_deliveries", "conversations"):
        await tx.execute(
            f"UPDATE {table} SET chat_id = $4, customer_id = coalesce($5, customer_id)"
            " WHERE lane = $1 AND account_id = $2 AND chat_id = $3",
            lane,
            account_id,
            from_chat,
            into_chat,
            customer,
        )
    referred = await tx.fetchval(
        "WITH moved AS (UPDATE conversation_referrals SET chat_id = $4"
        " WHERE lane = $1 AND account_id = $2 AND chat_id = $3 RETURNING at) SELECT min(at) FROM moved",
        lane,
        account_id,
        from_chat,
        into_chat,
    )
    await billing.move_charges(tx, lane, account_id, from_chat, into_chat, customer)
    starts = [moment for moment in (first, referred) if moment is not None]
    return await _rechain(tx, lane, {into_chat: min(starts)} if starts else {}, now)


async def _rechain(
    tx: Tx,
    lane: int,
    starts: Mapping[UUID, datetime],
    now: datetime,
    fresh: Mapping[UUID, StoredDelivery] = MappingProxyType({}),
    moved: Sequence[StoredDelivery] = (),
) -> Applied:
    """Bring the chains of chats up to date: ``starts`` names chats to look at from a moment on, ``fresh`` are deliveries
    that are new and not kept yet, ``moved`` those that turned out to be earlier."""
    changed = sorted((*fresh.values(), *moved), key=lambda d: d.delivered.key)
    by_chat: dict[UUID, list[StoredDelivery]] = {}
    for delivery in changed:
        by_chat.setdefault(delivery.chat_id, []).append(delivery)
    since = {**{chat_id: news[0].delivered_at for chat_id, news in by_chat.items()}, **starts}
    if not since:
        return Applied()
    standing = await queries.standing_since(tx, lane, since)
    referrals = await queries.referrals_since(tx, lane, since)
    rules = await _rule_sets(tx, lane, changed, standing)
    change = _Change()
    again: dict[UUID, Key[UUID]] = {chat_id: (start, LONG_AGO, UUID(int=0)) for chat_id, start in starts.items()}
    for chat_id, news in by_chat.items():
        facts = (standing.get(chat_id, []), referrals.get(chat_id, []), rules(chat_id))
        if chat_id not in again and not _in_order(change, news, *facts):
            again[chat_id] = news[0].delivered.key
    kept = [delivery for delivery in fresh.values() if delivery.chat_id in again]
    if kept:
        await store.insert_undecided(tx, lane, kept)
    if again:
        await _replay_chats(tx, lane, change, again, standing, referrals, rules)
    await _write(tx, lane, change, fresh.keys() - {delivery.message_id for delivery in kept}, now)
    return _applied(change, standing)


async def _rule_sets(
    tx: Tx, lane: int, changed: Sequence[StoredDelivery], standing: Mapping[UUID, Sequence[StoredOpening]]
) -> Callable[[UUID], RuleSetAt]:
    """For each chat what answers the rule set of its account's plan at a moment."""
    account_of = {chat_id: stored.account_id for chat_id, found in standing.items() for stored in found[:1]}
    account_of.update((delivery.chat_id, delivery.account_id) for delivery in changed)
    known = await billing.rule_sets(tx, lane, set(account_of.values()))

    def of_chat(chat_id: UUID) -> RuleSetAt:
        account_id = account_of.get(chat_id)
        return cast("RuleSetAt", known.get(account_id, per_chat) if account_id else per_chat)

    return of_chat


def _in_order(
    change: _Change,
    news: Sequence[StoredDelivery],
    standing: Sequence[StoredOpening],
    referrals: Sequence[datetime],
    rule_set_at: RuleSetAt,
) -> bool:
    """Decide new deliveries one after the other, if each of them only joins a conversation or opens one after all
    others. False, with nothing noted, when the chain has to be computed again."""
    openings = [stored.opening for stored in standing]
    steps: list[tuple[StoredDelivery, Decision[UUID]]] = []
    for delivery in news:
        if delivery.outcome is not None:
            return False
        message = delivery.delivered
        before = [opening for opening in openings if opening.key < message.key]
        decision = decide(before, referrals, message, rule_set_at(message.at))
        if isinstance(decision, Opened):
            if len(before) != len(openings):
                return False
            openings.append(decision.conversation)
        steps.append((delivery, decision))
    for delivery, decision in steps:
        change.decided(delivery, decision)
        if isinstance(decision, Opened):
            change.opened.append((delivery, decision.conversation, 1))
    return True


async def _replay_chats(
    tx: Tx,
    lane: int,
    change: _Change,
    again: Mapping[UUID, Key[UUID]],
    standing: Mapping[UUID, Sequence[StoredOpening]],
    referrals: Mapping[UUID, Sequence[datetime]],
    rules: Callable[[UUID], RuleSetAt],
) -> None:
    deliveries = await queries.deliveries_since(tx, lane, {chat_id: key[0] for chat_id, key in again.items()})
    replays = []
    ids: list[UUID] = []
    for chat_id, key in again.items():
        replays.append(_Replay(key, deliveries.get(chat_id, []), standing.get(chat_id, [])))
        ids += replays[-1].run(referrals.get(chat_id, []), rules(chat_id))
    known = await queries.openings_by_id(tx, lane, ids)
    for computed in replays:
        computed.compare(change, known)


class _Replay:
    """One chat's chain computed again from the first key that changed. Whatever opened before it stands as it is."""

    def __init__(self, key: Key[UUID], deliveries: Sequence[StoredDelivery], standing: Sequence[StoredOpening]) -> None:
        self._after = [stored.opening for stored in standing if stored.opening.key < key]
        self._deliveries = {d.message_id: d for d in deliveries if d.delivered.key >= key}
        self._standing = {stored.id: stored for stored in standing if stored.opening.key >= key}
        self._decisions: Mapping[UUID, Decision[UUID]] = {}

    def run(self, referrals: Sequence[datetime], rule_set_at: RuleSetAt) -> list[UUID]:
        """Compute the chain; answers the ids of its conversations."""
        chain = replay((d.delivered for d in self._deliveries.values()), referrals, self._after, rule_set_at)
        self._decisions = chain.decisions
        return [opening.id for opening in chain.openings]

    def compare(self, change: _Change, known: Mapping[UUID, StoredOpening]) -> None:
        """Note what differs from what stands."""
        openings: dict[UUID, Opening[UUID]] = {}
        for message_id, decision in self._decisions.items():
            delivery = self._deliveries[message_id]
            change.decided(delivery, decision)
            if isinstance(decision, Opened):
                openings[message_id] = decision.conversation
        for key, stored in self._standing.items():
            if openings.get(key) != stored.opening:
                change.taken_back.append((stored.account_id, key))
                if key not in openings:
                    change.withdrawn.append((stored.account_id, key))
        for key, opening in openings.items():
            before = known.get(key)
            if before is None or before.withdrawn or before.opening != opening:
                change.opened.append((self._deliveries[key], opening, before.revision + 1 if before else 1))


async def _write(tx: Tx, lane: int, change: _Change, new: set[UUID], now: datetime) -> None:
    """Pay and write what was decided; the messages in ``new`` are not kept yet."""
    charged = await billing.settle(
        tx,
        lane,
        charges=[_charge(*opened) for opened in change.opened],
        reversals=change.taken_back,
        releases=change.released,
        now=now,
    )
    if change.withdrawn:
        await tx.execute(
            "UPDATE conversations SET withdrawn = true, charge_id = NULL"
            " WHERE lane = $1 AND account_id = ANY ($2::uuid[]) AND id = ANY ($3::uuid[])",
            lane,
            list({account_id for account_id, _ in change.withdrawn}),
            [key for _, key in change.withdrawn],
        )
    if change.opened:
        await _write_openings(tx, lane, change, {outcome.conversation_id: outcome for outcome in charged})
    decided = list(change.outcomes.values())
    if fresh := [one for one in decided if one[0].message_id in new]:
        await store.insert(tx, lane, fresh)
    if again := [one for one in decided if one[0].message_id not in new]:
        await store.decide_again(tx, lane, again)


async def _write_openings(tx: Tx, lane: int, change: _Change, charged: Mapping[UUID, Charged]) -> None:
    await tx.execute(
        "INSERT INTO conversations (lane, account_id, id, chat_id, number_id, customer_id, category, opened_at, expires_at,"
        " opener_sent_at, revision, amount_micros, currency, rule, charge_id) SELECT $1, n.* FROM unnest($2::uuid[],"
        " $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::timestamptz[], $9::timestamptz[],"
        " $10::timestamptz[], $11::integer[], $12::bigint[], $13::text[], $14::text[], $15::uuid[]) AS n"
        " ON CONFLICT (lane, id) DO UPDATE SET chat_id = excluded.chat_id, customer_id = excluded.customer_id,"
        " category = excluded.category, opened_at = excluded.opened_at, expires_at = excluded.expires_at,"
        " opener_sent_at = excluded.opener_sent_at, revision = excluded.revision, withdrawn = false, amount_micros = excluded.amount_micros,"
        " currency = excluded.currency, rule = excluded.rule, charge_id = excluded.charge_id",
        lane,
        [delivery.account_id for delivery, _, _ in change.opened],
        [opening.id for _, opening, _ in change.opened],
        [delivery.chat_id for delivery, _, _ in change.opened],
        [delivery.number_id for delivery, _, _ in change.opened],
        [delivery.customer_id for delivery, _, _ in change.opened],
        [opening.category for _, opening, _ in change.opened],
        [opening.opened_at for _, opening, _ in change.opened],
        [opening.expires_at for _, opening, _ in change.opened],
        [opening.sent_at for _, opening, _ in change.opened],
        [revision for _, _, revision in change.opened],
        [charged[opening.id].amount_micros for _, opening, _ in change.opened],
        [charged[opening.id].currency for _, opening, _ in change.opened],
        [charged[opening.id].rule for _, opening, _ in change.opened],
        [charged[opening.id].charge_id for _, opening, _ in change.opened],
    )


def _charge(delivery: StoredDelivery, opening: Opening[UUID], revision: int) -> ConversationCharge:
    return ConversationCharge(
        account_id=delivery.account_id,
        conversation_id=opening.id,
        revision=revision,
        message_id=delivery.message_id,
        chat_id=delivery.chat_id,
        number_id=delivery.number_id,
        customer_id=delivery.customer_id,
        customer_phone=delivery.customer_phone,
        customer_user_id=delivery.customer_user_id,
        category=opening.category,
        opener="template" if delivery.kind == "template" else "free_form",
        opened_at=opening.opened_at,
        expires_at=opening.expires_at,
    )


def _applied(change: _Change, standing: Mapping[UUID, Sequence[StoredOpening]]) -> Applied:
    chats = {(delivery.account_id, delivery.chat_id) for delivery, _, _ in change.opened}
    chat_of = {stored.id: (stored.account_id, chat_id) for chat_id, found in standing.items() for stored in found}
    chats |= {chat_of[key] for _, key in change.taken_back}
    messages = {(delivery.account_id, message_id) for message_id, (delivery, _, _) in change.outcomes.items()}
    messages |= {(delivery.account_id, delivery.message_id) for delivery, _, _ in change.opened}
    messages |= set(change.taken_back)
    return Applied(frozenset(chats), frozenset(messages))


def _stored_form(decision: Decision[UUID]) -> tuple[Outcome, UUID | None]:
    match decision:
        case Opened(conversation):
            return "opened", conversation.id
        case Joined(conversation):
            return "joined", conversation.id
        case Free():
            return "free", None
