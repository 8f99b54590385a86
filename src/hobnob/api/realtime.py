"""``/api/realtime``: one WebSocket per open page. The server says what changed; the page says what it looks at.

Frames are ``{"events": [...]}``. First comes ``hello``; then whatever the account's transactions told, in their order.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.status_codes import WS_1008_POLICY_VIOLATION
from msgspec import Struct

from hobnob import __version__
from hobnob.kernel.clock import Clock
from hobnob.kernel.ids import new_id
from hobnob.platform.database import DATABASE_ERRORS, Database
from hobnob.platform.realtime import Frames, Hub
from hobnob.platform.settings import Settings
from hobnob.platform.watching import Watch
from hobnob.team import actions as team
from hobnob.team.routes import SESSION_COOKIE
from hobnob.team.types import Session

from .presence import Board, Place, is_internal

log = structlog.get_logger()

CLOSE_SIGNED_OUT = 4401
SESSION_CHECK_S = 60.0
FRAME_MAX_CHARS = 2_000
# A page says what it looks at and a ping now and then; more than this is a fault or an attack.
SAID_MAX_COUNT = 100
SAID_WINDOW_S = 10.0
_SIGNED_OUT = b'"type":"signed_out"'

Socket = WebSocket[Any, Any, Any]


class Hello(Struct, frozen=True, tag_field="type", tag="hello"):
    now: datetime
    version: str


class Pong(Struct, frozen=True, tag_field="type", tag="pong"):
    """The answer to a ping."""


class SignedOut(Struct, frozen=True, tag_field="type", tag="signed_out"):
    """The session of this page has ended."""


class Viewing(Struct, frozen=True, tag_field="type", tag="viewing"):
    chat_id: UUID | None = None


class Typing(Struct, frozen=True, tag_field="type", tag="typing"):
    chat_id: UUID
    typing: bool


class Ping(Struct, frozen=True, tag_field="type", tag="ping"):
    """Is anybody there."""


_said = msgspec.json.Decoder(Viewing | Typing | Ping)


class _Ended(Exception):
    """The socket has to close because its agent signed out."""


@websocket("/api/realtime")
async def realtime(
    socket: Socket,
    *,
    database: NamedDependency[Database],
    hub: NamedDependency[Hub],
    board: NamedDependency[Board],
    watch: NamedDependency[Watch],
    clock: NamedDependency[Clock],
    settings: NamedDependency[Settings],
) -> None:
    """Open until the page goes, the session ends, or the process stops."""
    if not _same_origin(socket, settings):
        await socket.close(WS_1008_POLICY_VIOLATION, reason="wrong origin")
        return
    token = socket.cookies.get(SESSION_COOKIE, "")
    session = await team.session_of(database, token, clock.now())
    await socket.accept()
    if session is None:
        await _say(socket, SignedOut())
        await socket.close(CLOSE_SIGNED_OUT)
        return
    page = _Page(socket, session, token, database=database, hub=hub, board=board, watch=watch, clock=clock)
    await page.run()


class _Page:
    """One open socket."""

    def __init__(
        self,
        socket: Socket,
        session: Session,
        token: str,
        *,
        database: Database,
        hub: Hub,
        board: Board,
        watch: Watch,
        clock: Clock,
    ) -> None:
        self._socket = socket
        self._session = session
        self._token = token
        self._database = database
        self._hub = hub
        self._board = board
        self._watch = watch
        self._clock = clock
        self._account_id = session.tenant.account_id
        self._place = Place(new_id().hex, session.agent_id, session.agent_name)

    async def run(self) -> None:
        # Listening starts before hello: what happens while the page fetches is in the frames that follow.
        frames = self._hub.subscribe(self._account_id)
        try:
            await self._watch.begin(self._session.tenant)
            await _say(self._socket, Hello(self._clock.now(self._session.clock_ahead_s), __version__))
            await self._board.enter(self._account_id, self._place)
            if known := self._board.snapshot(self._account_id):
                await _say(self._socket, *known)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tell(frames))
                tasks.create_task(self._hear())
                tasks.create_task(self._watch_session())
        except* WebSocketDisconnect:
            pass
        except* _Ended:
            with contextlib.suppress(WebSocketDisconnect):
                await _say(self._socket, SignedOut())
                await self._socket.close(CLOSE_SIGNED_OUT)
        finally:
            self._hub.unsubscribe(self._account_id, frames)
            await self._board.leave(self._account_id, self._place)

    async def _tell(self, frames: Frames) -> None:
        while True:
            frame = await frames.get()
            if is_internal(frame):
                continue
            if _SIGNED_OUT in frame:
                frame = await self._without_signed_out(frame)
                if not frame:
                    continue
            await self._socket.send_data(frame.decode(), mode="text")

    async def _without_signed_out(self, frame: bytes) -> bytes:
        """Ends this page if its own session is over; the end of another one is no news."""
        events = msgspec.json.decode(frame)["events"]
        outs = [event for event in events if event["type"] == "signed_out"]
        if any(event.get("agent_id") == str(self._session.agent_id) for event in outs):
            await self._check_session()
        rest = [event for event in events if event["type"] != "signed_out"]
        return msgspec.json.encode({"events": rest}) if rest else b""

    async def _hear(self) -> None:
        window_s, count = time.monotonic(), 0
        while True:
            text = await self._socket.receive_text()
            now_s = time.monotonic()
            if now_s - window_s > SAID_WINDOW_S:
                window_s, count = now_s, 0
            count += 1
            if count > SAID_MAX_COUNT or len(text) > FRAME_MAX_CHARS:
                await self._socket.close(WS_1008_POLICY_VIOLATION, reason="too much")
                raise WebSocketDisconnect(detail="too much", code=WS_1008_POLICY_VIOLATION)
            with contextlib.suppress(msgspec.MsgspecError):
                await self._answer(_said.decode(text))

    async def _answer(self, said: Viewing | Typing | Ping) -> None:
        match said:
            case Ping():
                await _say(self._socket, Pong())
            case Viewing(chat_id):
                await self._move(chat_id, typing=False)
            case Typing(chat_id, typing):
                await self._move(chat_id, typing=typing)

    async def _move(self, chat_id: UUID | None, *, typing: bool) -> None:
        place = msgspec.structs.replace(self._place, chat_id=chat_id, typing=typing)
        if place != self._place:
            self._place = place
            await self._board.move(self._account_id, place)

    async def _watch_session(self) -> None:
        while True:
            await asyncio.sleep(SESSION_CHECK_S)
            await self._check_session()

    async def _check_session(self) -> None:
        try:
            session = await team.session_of(self._database, self._token, self._clock.now())
        except DATABASE_ERRORS as error:
            # The page stays as it is; the next check decides.
            log.warning("session_not_checked", error=str(error))
            return
        if session is None:
            raise _Ended


async def _say(socket: Socket, *events: Struct) -> None:
    await socket.send_data(msgspec.json.encode({"events": events}).decode(), mode="text")


def _same_origin(socket: Socket, settings: Settings) -> bool:
    """Browsers always name the page's origin; only our own pages may listen with the agent's cookie."""
    origin = urlsplit(socket.headers.get("origin", ""))
    own = urlsplit(settings.base_url)
    return bool(origin.netloc) and (
        origin.netloc == socket.headers.get("host") or (origin.scheme, origin.netloc) == (own.scheme, own.netloc)
    )


realtime_routers: list[Any] = [realtime]
