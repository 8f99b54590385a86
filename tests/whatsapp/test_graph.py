"""The Graph client against a server that misbehaves on demand: what is repeated, what never is, and what each failure means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from hobnob.whatsapp import errors, graph
from hobnob.whatsapp.graph import GraphClient, make_session

SENT = {
    "messaging_product": "whatsapp",
    "contacts": [{"wa_id": "1", "user_id": "US.1"}],
    "messages": [{"id": "wamid.1"}],
}


class Meta:
    """Plays a list of answers: (status, body), or what to do to the connection."""

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.calls: list[tuple[str, str, bytes]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.calls.append((request.method, request.path_qs, await request.read()))
        assert request.headers["Authorization"] == "Bearer T"
        step = self.script.pop(0)
        if step == "cut":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if step == "hang":
            await asyncio.sleep(5)
            return web.Response()
        status, body, *headers = step
        if isinstance(body, bytes):
            return web.Response(status=status, body=body)
        return web.json_response(body, status=status, headers=headers[0] if headers else None)


def refusal(code: int, details: str = "because") -> dict[str, Any]:
    return {"error": {"message": f"(#{code}) x", "code": code, "error_data": {"details": details}, "fbtrace_id": "T1"}}


@pytest.fixture
async def meta() -> AsyncIterator[Meta]:
    played = Meta()
    app = web.Application(client_max_size=1 << 22)
    app.router.add_route("*", "/{tail:.*}", played.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    played.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield played
    await runner.cleanup()


@pytest.fixture
async def client(meta: Meta, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GraphClient]:
    monkeypatch.setattr(graph, "BACKOFF_FIRST_S", 0.01)
    async with make_session() as session:
        yield GraphClient(meta.url, "v25.0", "T", session, answer_timeout_s=0.5)


async def test_a_send(meta: Meta, client: GraphClient) -> None:
    meta.script = [(200, SENT), (200, {**SENT, "contacts": []})]
    result = await client.send_message("9", {"type": "text"})
    assert (result.wamid, result.wa_id, result.user_id) == ("wamid.1", "1", "US.1")
    await client.send_message("9", b'{"type": "text"}')
    assert [call[:2] for call in meta.calls] == [("POST", "/v25.0/9/messages")] * 2


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ((400, refusal(130429)), errors.RateLimited),
        ((400, refusal(131056)), errors.PairRateLimited),
        ((429, b"slow down"), errors.RateLimited),
        ((500, refusal(131000)), errors.Temporary),
        ((503, b"<html>"), errors.Temporary),
        ((400, refusal(131047)), errors.WindowClosed),
        ((404, refusal(132001)), errors.TemplateError),
        ((401, refusal(190)), errors.AuthError),
        ((400, refusal(133010)), errors.NotRegistered),
        ((400, refusal(999999)), errors.InvalidParameter),
        ("cut", errors.SendUnknown),
        ("hang", errors.SendUnknown),
        ((200, b"{}"), errors.SendUnknown),
        ((200, {"messages": []}), errors.SendUnknown),
    ],
)
async def test_a_send_is_never_repeated(
    meta: Meta, client: GraphClient, step: Any, kind: type[errors.GraphError]
) -> None:
    meta.script = [step, (200, SENT)]
    with pytest.raises(kind) as caught:
        await client.send_message("9", {})
    assert type(caught.value) is kind
    assert len(meta.calls) == 1
    if isinstance(step, tuple) and isinstance(step[1], dict) and "error" in step[1]:
        assert (caught.value.meta_details, caught.value.trace_id) == ("because", "T1")
        assert caught.value.http_status == step[0]


async def test_no_connection_is_no_mystery() -> None:
    """Nothing was written, so the send certainly did not happen."""
    async with make_session() as session:
        with pytest.raises(errors.Temporary) as caught:
            await GraphClient("http://127.0.0.1:9", "v25.0", "T", session).send_message("9", {})
    assert not isinstance(caught.value, errors.SendUnknown)


async def test_reads_are_repeated(meta: Meta, client: GraphClient) -> None:
    meta.script = [(503, b""), "cut", (400, refusal(80007)), (200, {"id": "9", "status": "CONNECTED"})]
    assert (await client.phone_number("9")).status == "CONNECTED"
    assert len(meta.calls) == 4
    meta.script = [(503, b"")] * 4
    with pytest.raises(errors.Temporary):
        await client.phone_number("9")
    meta.calls.clear()
    meta.script = [(400, refusal(100))]
    with pytest.raises(errors.InvalidParameter):
        await client.phone_number("9")
    assert len(meta.calls) == 1


async def test_changes_are_repeated_only_when_nothing_was_accepted(meta: Meta, client: GraphClient) -> None:
    meta.script = [(429, refusal(130429)), (200, {"success": True})]
    await client.register("9", "123456")
    assert len(meta.calls) == 2
    meta.calls.clear()
    meta.script = [(500, refusal(131000)), (200, {"success": True})]
    with pytest.raises(errors.Temporary):
        await client.register("9", "123456")
    assert len(meta.calls) == 1
    meta.script = [(500, refusal(131000)), (200, {"success": True})]
    await client.mark_read("9", "wamid.1", typing=True)


async def test_a_long_wait_is_the_callers(meta: Meta, client: GraphClient) -> None:
    meta.script = [(429, refusal(4), {"Retry-After": "60"})]
    with pytest.raises(errors.RateLimited) as caught:
        await client.register("9", "123456")
    assert caught.value.retry_after_s == 60


async def test_templates_page_by_page(meta: Meta, client: GraphClient) -> None:
    item = {"id": "1", "name": "a", "language": "en", "status": "APPROVED", "surprise": True}
    first = {"data": [item, item], "paging": {"cursors": {"after": "c1"}, "next": "https://x"}}
    meta.script = [(200, first), (200, {"data": [item], "paging": {"cursors": {"after": "c2"}}})]
    assert len([template async for template in client.templates("5")]) == 3
    assert "after=c1" in meta.calls[1][1]


async def test_media(meta: Meta, client: GraphClient) -> None:
    meta.script = [(500, b""), (200, {"id": "77"})]
    assert await client.upload_media("9", b"abc", "image/png", "a.png") == "77"
    assert b'filename="a.png"' in meta.calls[-1][2] and b"Content-Type: image/png" in meta.calls[-1][2]

    async def chunks() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    meta.script = [(200, {"id": "78"})]
    assert await client.upload_media("9", chunks(), "image/png", "b.png") == "78"
    assert b"onetwo" in meta.calls[-1][2].replace(b"\r\n", b"")
    meta.script = [(200, {"id": "77", "url": f"{meta.url}/file", "mime_type": "image/png", "file_size": 6})]
    info = await client.media_info("77", "9")
    meta.script = [(200, b"abcdef")]
    assert b"".join([chunk async for chunk in client.download_media(info.url, 6)]) == b"abcdef"
    for script, most, kind in (
        ((200, b"abcdef"), 5, errors.FileTooLarge),
        ((404, b""), 5, errors.MediaError),
        ((500, b""), 5, errors.Temporary),
        ("cut", 5, errors.Temporary),
    ):
        meta.script = [script]
        with pytest.raises(kind):
            [chunk async for chunk in client.download_media(info.url, most)]


async def test_the_other_calls(meta: Meta, client: GraphClient) -> None:
    meta.script = [
        (200, {"id": "9"}),
        (200, {"success": True}),
        (200, {"success": True}),
        (200, {"success": True}),
        (200, {"data": []}),
    ]
    assert await client.create_phone_number("5", "1", "4155550100", "Shop") == "9"
    await client.request_code("9", "SMS")
    await client.verify_code("9", "123456")
    await client.subscribe_app("5", "https://example.com/hook", "word")
    assert await client.phone_numbers("5") == []
    assert json.loads(meta.calls[3][2]) == {"override_callback_uri": "https://example.com/hook", "verify_token": "word"}
