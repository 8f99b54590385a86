"""The simulator itself: the world, its clock, its faults, the way out, and who is looking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from .clock import SimClock
from .dispatch import Dispatch, Update
from .faults import Faults
from .log import Log, Watchers
from .media_store import MediaStore
from .views import chat_view, phone_view, state_view
from .world import Chat, Index, Message, Number, Phone, Waba, World


class Simulator:
    """Everything that lives in one process. Rooms beside this file act on it; it holds no rules of its own."""

    def __init__(self, world: World | None = None, media_dir: Path | None = None) -> None:
        self.index = Index(world)
        self.clock = SimClock(self.index.world.ahead_s)
        self.faults = msgspec.convert(self.index.world.faults, Faults)
        self.watchers = Watchers()
        self.log = Log(self.watchers)
        self.dispatch = Dispatch(self.index, self.clock, self.log, self.faults)
        self.media = MediaStore(media_dir)
        self.base_url = "http://127.0.0.1"
        self.accepted = 0
        self.opaque: dict[str, int] = {}
        self.pair_tat_s: dict[tuple[str, str], float] = {}
        self.rate_windows: dict[str, tuple[float, float]] = {}
        self.dirty = False

    @property
    def world(self) -> World:
        return self.index.world

    def set_faults(self, faults: Faults) -> None:
        self.faults = faults
        self.dispatch.faults = faults
        self.rate_windows.clear()
        self.world.faults = msgspec.to_builtins(faults)
        self.touch_state()

    async def reset(self) -> None:
        """Back to an empty world; the clock and the connections stay."""
        self.dispatch.forget()
        self.log.clear()
        self.clock.close()
        self.index = Index(World(ahead_s=self.clock.ahead_s))
        await self.dispatch.close()
        self.dispatch = Dispatch(self.index, self.clock, self.log, Faults())
        self.media.clear()
        self.accepted = 0
        self.opaque.clear()
        self.pair_tat_s.clear()
        self.rate_windows.clear()
        self.set_faults(Faults())

    async def close(self) -> None:
        self.clock.close()
        self.watchers.close()
        await self.dispatch.close()

    def waba_of(self, number: Number) -> Waba:
        return self.world.wabas[number.waba_id]

    def tell(self, number: Number, kind: str, item: dict[str, Any], contact: dict[str, Any] | None, chat: Chat) -> None:
        """A ``messages`` webhook about one chat."""
        update = Update(number.waba_id, "messages", item, kind, number, contact)
        self.dispatch.emit(self.waba_of(number), update, chat.user + chat.number_id)

    def tell_account(self, waba: Waba, field: str, value: dict[str, Any], number: Number | None = None) -> None:
        """Any other webhook."""
        self.dispatch.emit(waba, Update(waba.id, field, value, None, number, None, int(self.clock.now_s())))

    def touch_chat(self, chat: Chat) -> None:
        """The chat changed: whoever watches sees it, and the snapshot is due."""
        self.dirty = True
        if self.watchers:
            self.watchers.mark(("chat", chat.user, chat.number_id), lambda: self._chat_frame(chat))

    def touch_phone(self, phone: Phone) -> None:
        self.dirty = True
        if self.watchers and phone.listed:
            self.watchers.mark(("phone", phone.key), lambda: {"type": "phone", "phone": phone_view(phone)})

    def touch_state(self) -> None:
        self.dirty = True
        if self.watchers:
            self.watchers.mark(("state",), lambda: {"type": "state", "state": state_view(self)})

    def _chat_frame(self, chat: Chat) -> dict[str, Any] | None:
        phone = self.world.phones.get(chat.user)
        if phone is None or not phone.listed or chat.number_id not in self.world.numbers:
            return None
        return {"type": "chat", "phone": phone.phone, "chat": chat_view(self, chat)}

    def message(self, message_id: str) -> Message | None:
        return self.index.messages.get(message_id)
