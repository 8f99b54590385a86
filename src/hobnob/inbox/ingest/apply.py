"""Applies a batch of accepted webhooks to the inbox: a fixed number of statements for all accounts of the lane.

    who spoke (customers) ▶ which messages of ours (statuses) ▶ lock the chats ▶ add messages ▶ reactions, edits, revokes
    ▶ ticks ▶ conversations and money ▶ write the chats ▶ templates, numbers, notices, files ▶ tell the browsers

Everything happens in the caller's transaction, so a batch is applied once or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hobnob.billing import actions as billing
from hobnob.conversations import actions as conversations
from hobnob.inbox.events import emit_changes, touch
from hobnob.kernel.ids import new_ids
from hobnob.media import actions as media
from hobnob.numbers import actions as numbers
from hobnob.platform.database import Tx
from hobnob.platform.watching import watched_in
from hobnob.templates import actions as templates

from . import notices, quarantine
from .changes import Changes
from .chats import Chats, lock_chats, save_chats
from .contents import shown_of
from .customers import load_people, save_people
from .messages import Entry, entry_of, files_of, insert_messages, referrals_of
from .people import Customer, People
from .reading import Event, Moved, Person, Rejected, Updates, Written, read
from .references import refresh_if_referred_to, refresh_targets
from .statuses import Matched, apply_statuses, match_early, match_statuses


async def apply_events(tx: Tx, lane: int, batch: Sequence[Event], now: datetime) -> None:
    """Apply a batch. Raises when anything in it cannot be applied; then nothing of it was. ``now`` is the machine's."""
    updates = read(batch)
    changes = Changes()
    number_ids = await _number_ids(tx, lane, updates)
    people = await load_people(tx, lane, updates)
    senders = _identify(people, updates)
    await save_people(tx, lane, people, changes, now)
    matched = await match_statuses(tx, lane, updates.ticks)
    chats = await _lock(tx, lane, updates, senders, number_ids, matched)
    entries = _entries(updates.written, senders, number_ids, chats)
    await _apply_messages(tx, lane, entries, matched, chats, changes, now)
    await templates.apply_status_updates(tx, lane, updates.templates, now)
    await numbers.apply_quality_updates(tx, lane, updates.qualities)
    await notices.keep(tx, lane, updates.notices)
    await quarantine.keep(tx, lane, updates.rejected, now)
    await tell(tx, lane, changes, now)


async def adopt_early(tx: Tx, lane: int, learnt: Sequence[tuple[UUID, UUID, str]], now: datetime) -> None:
    """The outbox has learnt the WhatsApp ids of these (account, message, WhatsApp id): apply what came before."""
    changes = Changes()
    matched = await match_early(tx, lane, learnt)
    chats = await lock_chats(tx, lane, (), matched.chat_ids) if matched.ours else Chats([])
    await apply_statuses(tx, lane, matched, chats, changes, now)
    await billing.note_for_provider(tx, lane, changes.metered)
    targets = {(account_id, wamid) for account_id, _, wamid in learnt}
    await refresh_if_referred_to(tx, lane, targets, changes)
    changes.wrote_chats(await save_chats(tx, lane, chats, now))
    await tell(tx, lane, changes, now)


async def respell(tx: Tx, lane: int, pairs: Sequence[tuple[Person, Person]], now: datetime) -> None:
    """WhatsApp writes these phones otherwise than we did, (ours, theirs): their customers become one."""
    changes = Changes()
    people = await load_people(tx, lane, Updates(moved=[Moved(ours, theirs) for ours, theirs in pairs]))
    for ours, theirs in pairs:
        people.respell(ours, theirs)
    await save_people(tx, lane, people, changes, now)
    await tell(tx, lane, changes, now)


async def tell(tx: Tx, lane: int, changes: Changes, now: datetime) -> None:
    """Tell the browsers what changed, once it is committed: those of accounts that somebody looks at."""
    message_ids, chat_ids = changes.messages.keys() - changes.raised, changes.chats.keys() - changes.written
    await touch(tx, lane, now, message_ids=message_ids, chat_ids=chat_ids)
    if watched := await watched_in(tx, lane):
        messages, chats, customers = changes.seen_by(watched)
        await emit_changes(tx, lane, now, messages, chats, customers)


async def _number_ids(tx: Tx, lane: int, updates: Updates) -> dict[tuple[UUID, str], UUID]:
    """Our numbers by account and WhatsApp's id; messages of others are set aside until the number is known."""
    wanted = list({(written.account_id, written.phone_number_id) for written in updates.written})
    if not wanted:
        return {}
    found = await numbers.numbers_by_phone_number_id(tx, lane, [key[0] for key in wanted], [key[1] for key in wanted])
    ids = {key: number.id for key, number in found.items()}
    known: list[Written] = []
    for written in updates.written:
        if (written.account_id, written.phone_number_id) in ids:
            known.append(written)
        else:
            error = f"the account has no number with WhatsApp's id {written.phone_number_id}"
            updates.rejected.append(Rejected(written.event, error, written.alone()))
    updates.written = known
    return ids


def _identify(people: People, updates: Updates) -> list[Customer]:
    """The customer of each message, in order. Messages make customers, statuses only add to what is known."""
    for moved in updates.moved:
        people.move(moved)
    senders = []
    for written in updates.written:
        customer = people.see(written.person)
        assert customer is not None
        senders.append(customer)
        if not written.echo:
            people.seen(customer, written.person.at)
    for tick in updates.ticks:
        if tick.person is not None:
            people.see(tick.person, create=False)
    return [people.final(customer) for customer in senders]


async def _lock(
    tx: Tx,
    lane: int,
    updates: Updates,
    senders: Sequence[Customer],
    number_ids: dict[tuple[UUID, str], UUID],
    matched: Matched,
) -> Chats:
    wanted = {
        (written.account_id, number_ids[written.account_id, written.phone_number_id], customer.id)
        for written, customer in zip(updates.written, senders, strict=True)
    }
    if not wanted and not matched.ours:
        return Chats([])
    return await lock_chats(tx, lane, wanted, matched.chat_ids)


async def _apply_messages(
    tx: Tx,
    lane: int,
    entries: Sequence[Entry],
    matched: Matched,
    chats: Chats,
    changes: Changes,
    now: datetime,
) -> None:
    added: list[Entry] = []
    targets: set[tuple[UUID, str]] = set()
    if entries:
        added, targets = await insert_messages(tx, lane, entries)
        _place(added, changes)
        if echoed := [entry for entry in added if entry.written.echo]:
            learnt = [(entry.written.account_id, entry.id, entry.written.message.id) for entry in echoed]
            matched.add(await match_early(tx, lane, learnt))
    targets |= await apply_statuses(tx, lane, matched, chats, changes, now)
    for chat_id, message_id in await refresh_targets(tx, lane, targets, changes):
        chat = chats.by_id.get(chat_id)
        if chat is not None and chat.last_message_id == message_id:
            chat.changed = True
    if referrals := referrals_of(added):
        changes.applied(await conversations.note_referrals(tx, lane, referrals, now))
    await billing.note_for_provider(tx, lane, changes.metered)
    await media.expect(tx, lane, files_of(added), now)
    for chat_id in changes.chats:
        if (chat := chats.by_id.get(chat_id)) is not None:
            chat.changed = True
    changes.wrote_chats(await save_chats(tx, lane, chats, now))


def _entries(
    written: Sequence[Written],
    senders: Sequence[Customer],
    number_ids: dict[tuple[UUID, str], UUID],
    chats: Chats,
) -> list[Entry]:
    """The batch's messages with their chats, each once."""
    entries: dict[tuple[UUID, str], Entry] = {}
    for message_id, one, customer in zip(new_ids(len(written)), written, senders, strict=True):
        key = (one.account_id, one.message.id)
        if key not in entries:
            chat = chats.between(number_ids[one.account_id, one.phone_number_id], customer)
            entries[key] = entry_of(message_id, chat, one, shown_of(one.message))
    return list(entries.values())


def _place(added: Sequence[Entry], changes: Changes) -> None:
    """Let the chats know of their new messages."""
    for entry in added:
        at, shown = entry.written.person.at, entry.shown
        if not entry.written.echo:
            changes.customers[entry.chat.customer_id] = entry.chat.account_id
            # A reaction opens the window as any other message does, though it has no bubble.
            opens_window = shown.by_customer
            entry.chat.received(entry.id, at, shown=not shown.hidden, opens_window=opens_window)
            if opens_window:
                changes.metered[entry.chat.account_id].append(entry.id)
        elif shown.hidden:
            entry.chat.holds(at)
        else:
            entry.chat.shows(entry.id, at)
        if not shown.hidden:
            changes.wrote_message(entry.written.account_id, entry.id)
