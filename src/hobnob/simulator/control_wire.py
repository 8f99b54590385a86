"""How the control face speaks: JSON in, JSON out, and refusals as problem documents with a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from hobnob.kernel.errors import HobnobError, NotFound

from .checks import Fields
from .core import Simulator
from .refusal import Refusal
from .world import Number

Handler = Callable[[web.Request, Fields], Awaitable[Any]]


def answering(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            body: Fields = {}
            if request.can_read_body and not request.content_type.startswith("multipart/"):
                raw = await request.read()
                body = msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}
            said = await handler(request, body)
        except HobnobError as error:
            return problem(error.status, error.code, error.detail)
        except Refusal as refusal:
            return problem(refusal.http, str(refusal.code), refusal.details or refusal.message)
        except msgspec.MsgspecError as error:
            return problem(422, "invalid_input", str(error))
        if said is None:
            return web.Response(status=204)
        return web.Response(body=msgspec.json.encode(said), content_type="application/json")

    return answer


def problem(status: int, code: str, detail: str) -> web.Response:
    body = {"type": "about:blank", "title": "Not done", "status": status, "code": code, "detail": detail}
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/problem+json")


def number_of(sim: Simulator, number_id: Any) -> Number:
    number = sim.world.numbers.get(str(number_id))
    if number is None:
        raise NotFound("There is no business number with that id.")
    return number
