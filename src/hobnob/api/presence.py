"""Who looks at which chat, and who types: told between processes over the realtime bus, kept in memory, forgotten soon.

Each process announces its own sockets when something changes and every ``REPEAT_S``; what is not repeated is forgotten
after ``FORGET_S``. Announcements are events of their own (`Here`, `Who`) that never reach a browser: the board turns them
into ``presence`` and ``agent_presence`` for the sockets of its process.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct

from hobnob.platform.database import DATABASE_ERRORS, Database
from hobnob.platform.realtime import Frames, Hub

log = structlog.get_logger()

REPEAT_S = 20.0
FORGET_S = 50.0
# Internal events travel alone in their frame, so that looking at its beginning is enough.
_INTERNAL = (b'{"events":[{"type":"here"', b'{"events":[{"type":"who"')


class Place(Struct, frozen=True):
    """One socket: whose it is, the chat it shows, whether its agent types there."""

    socket: str
    agent_id: UUID
    name: str
    chat_id: UUID | None = None
    typing: bool = False
    gone: bool = False


class Here(Struct, frozen=True, tag_field="type", tag="here"):
    """These sockets are so now."""

    places: list[Place]


class Who(Struct, frozen=True, tag_field="type", tag="who"):
    """A process has its first socket of the account and wants to know of the others."""


class Viewer(Struct, frozen=True):
    agent_id: UUID
    name: str
    typing: bool


class Presence(Struct, frozen=True, tag_field="type", tag="presence"):
    chat_id: UUID
    agents: list[Viewer]


class Online(Struct, frozen=True):
    agent_id: UUID
    online: bool


class AgentPresence(Struct, frozen=True, tag_field="type", tag="agent_presence"):
    agents: list[Online]


class _Frame(Struct):
    events: list[Here | Who]


_decoder = msgspec.json.Decoder(_Frame)


def is_internal(frame: bytes) -> bool:
    """Whether a frame is between processes only."""
    return frame.startswith(_INTERNAL)


class _Room:
    """One account: the sockets of this process, and all that is known."""

    def __init__(self) -> None:
        self.ours: dict[str, Place] = {}
        self.known: dict[str, tuple[Place, float]] = {}

    def viewers(self, chat_id: UUID) -> list[Viewer]:
        """Agents in a chat, each once, by name."""
        found: dict[UUID, Viewer] = {}
        for place, _ in self.known.values():
            if place.chat_id == chat_id:
                typing = place.typing or (place.agent_id in found and found[place.agent_id].typing)
                found[place.agent_id] = Viewer(place.agent_id, place.name, typing)
        return sorted(found.values(), key=lambda viewer: (viewer.name, str(viewer.agent_id)))

    def online(self) -> set[UUID]:
        return {place.agent_id for place, _ in self.known.values()}

    def chats(self) -> set[UUID]:
        return {place.chat_id for place, _ in self.known.values() if place.chat_id is not None}

    def take(self, places: list[Place], now_s: float) -> None:
        for place in places:
            if place.gone:
                self.known.pop(place.socket, None)
            else:
                self.known[place.socket] = (place, now_s)

    def forget_before(self, limit_s: float) -> None:
        for socket in [socket for socket, (_, heard_s) in self.known.items() if heard_s < limit_s]:
            del self.known[socket]


class Board:
    """Presence of every account with sockets in this process. `run` repeats and forgets until cancelled."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._rooms: dict[UUID, _Room] = defaultdict(_Room)
        self._ears: dict[UUID, tuple[Frames, asyncio.Task[None]]] = {}

    async def enter(self, account_id: UUID, place: Place) -> None:
        """A socket opened."""
        if account_id not in self._ears:
            queue = self._hub.subscribe(account_id)
            self._ears[account_id] = (queue, asyncio.create_task(self._hear(account_id, queue)))
            self._rooms[account_id].ours[place.socket] = place
            await self._announce(account_id, Who())
        await self.move(account_id, place)

    async def move(self, account_id: UUID, place: Place) -> None:
        """A socket shows another chat, or its agent types or stops."""
        self._rooms[account_id].ours[place.socket] = place
        await self._announce(account_id, Here([place]))

    async def leave(self, account_id: UUID, place: Place) -> None:
        """A socket closed. One that never got as far as entering is passed over."""
        room = self._rooms.get(account_id)
        if room is None or room.ours.pop(place.socket, None) is None:
            return
        if not room.ours:
            queue, task = self._ears.pop(account_id)
            task.cancel()
            self._hub.unsubscribe(account_id, queue)
            del self._rooms[account_id]
        await self._announce(account_id, Here([msgspec.structs.replace(place, gone=True)]))

    def snapshot(self, account_id: UUID) -> list[Presence | AgentPresence]:
        """All that is known now, for a socket that has just opened."""
        room = self._rooms[account_id]
        events: list[Presence | AgentPresence] = [
            Presence(chat_id, room.viewers(chat_id)) for chat_id in sorted(room.chats())
        ]
        if online := room.online():
            events.append(AgentPresence([Online(agent_id, True) for agent_id in sorted(online)]))
        return events

    async def run(self) -> None:
        """Repeat what is ours and forget what is no longer repeated, until cancelled."""
        while True:
            await asyncio.sleep(REPEAT_S)
            for account_id, room in list(self._rooms.items()):
                with _Changes(self._hub, account_id, room):
                    room.forget_before(time.monotonic() - FORGET_S)
                if room.ours:
                    await self._announce(account_id, Here(list(room.ours.values())))

    async def _hear(self, account_id: UUID, queue: Frames) -> None:
        while True:
            frame = await queue.get()
            if not is_internal(frame):
                continue
            room = self._rooms[account_id]
            try:
                events = _decoder.decode(frame).events
            except msgspec.MsgspecError as error:
                # A process of another version speaks otherwise.
                log.info("presence_not_understood", error=str(error))
                continue
            for event in events:
                if isinstance(event, Who):
                    await self._announce(account_id, Here(list(room.ours.values())))
                else:
                    with _Changes(self._hub, account_id, room):
                        room.take(event.places, time.monotonic())

    async def _announce(self, account_id: UUID, event: Here | Who) -> None:
        try:
            async with self._database.unscoped() as tx:
                tx.emit(account_id, event)
        except DATABASE_ERRORS as error:
            # Presence is a courtesy: it is repeated soon.
            log.info("presence_not_told", account_id=str(account_id), error=str(error))


class _Changes:
    """Tells this process's sockets what a change of the room altered."""

    def __init__(self, hub: Hub, account_id: UUID, room: _Room) -> None:
        self._hub = hub
        self._account_id = account_id
        self._room = room

    def __enter__(self) -> None:
        self._viewers = {chat_id: self._room.viewers(chat_id) for chat_id in self._room.chats()}
        self._online = self._room.online()

    def __exit__(self, *_: object) -> None:
        events: list[Presence | AgentPresence] = []
        for chat_id in sorted(self._viewers.keys() | self._room.chats()):
            viewers = self._room.viewers(chat_id)
            if viewers != self._viewers.get(chat_id, []):
                events.append(Presence(chat_id, viewers))
        online = self._room.online()
        if changed := sorted(online ^ self._online):
            events.append(AgentPresence([Online(agent_id, agent_id in online) for agent_id in changed]))
        if events:
            self._hub.deliver(self._account_id, msgspec.json.encode({"events": events}))
