"""Files over HTTP and against the simulator: uploaded, sent, received, served."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from PIL import Image

from hobnob.platform.settings import Settings
from tests.desk import Answer, Desk
from tests.inbox.send.shop import Shop, open_shop, until, working
from tests.media.files import OGG, PDF, office, picture, plain_zip


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with open_shop(settings) as shop, working(shop.settings):
        yield shop


async def upload(desk: Desk, content: bytes, name: str, declared: str = "application/octet-stream") -> Answer:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", io.BytesIO(content), filename=name, content_type=declared)
    return await desk.request("POST", "/api/media", data=form)


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


async def test_a_picture_goes_out_and_its_thumbnail_is_small(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    content = picture("PNG", (900, 600))
    kept = await upload(shop.desk, content, "photo.exe", "text/html")
    assert kept.status == 201, kept.json
    media = kept.json
    assert (media["mime_type"], media["state"]) == ("image/png", "stored")
    assert (media["width"], media["height"], media["size_bytes"]) == (900, 600, len(content))
    sent = await shop.send(chat, {"type": "media", "media_id": media["id"], "caption": "Fresh in"})
    assert sent.status == 202, sent.json
    assert sent.json["content"]["media"]["id"] == media["id"]
    await shop.reaches(chat, sent.json["id"], "delivered")
    (shown,) = await shop.on_phone(chat)
    assert (shown["type"], shown["content"]["caption"]) == ("image", "Fresh in")

    thumbnail = await shop.desk.get(media["thumbnail_url"])
    assert Image.open(io.BytesIO(thumbnail.body)).size == (480, 320)
    assert thumbnail.headers["content-type"] == "image/webp"


async def test_a_file_is_uploaded_to_whatsapp_once(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    media = (await upload(shop.desk, PDF, "menu.pdf")).json
    for _ in range(3):
        sent = await shop.send(chat, {"type": "media", "media_id": media["id"]})
        await shop.reaches(chat, sent.json["id"], "delivered")
    log = await shop.place.control("GET", "/log")
    calls = [one for one in (log["items"] if isinstance(log, dict) else log) if one["path"].endswith("/media")]
    assert len(calls) == 1
    assert [one["content"]["filename"] for one in await shop.on_phone(chat)] == ["menu.pdf"] * 3
    row = await shop.owner.fetchrow(
        "SELECT whatsapp_media_id, phone_number_id FROM media WHERE id = $1", UUID(media["id"])
    )
    assert row is not None
    assert row["phone_number_id"] == await shop.phone_number_id()


@pytest.mark.parametrize("size", [3_000_000, 20_000_000])
async def test_large_files_pass_in_pieces(shop: Shop, size: int) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    content = PDF + bytes(size)
    media = (await upload(shop.desk, content, "catalogue.pdf")).json
    sent = await shop.send(chat, {"type": "media", "media_id": media["id"]})
    await shop.reaches(chat, sent.json["id"], "delivered")
    (shown,) = await shop.on_phone(chat)
    async with (
        aiohttp.ClientSession() as session,
        session.get(shop.place.simulator_url + shown["content"]["url"]) as got,
    ):
        assert hashlib.sha256(await got.read()).digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (plain_zip(), "stuff.docx", "media_type_refused"),
        (b"\x7fELF" + bytes(100), "run.jpg", "media_type_refused"),
        (picture("GIF"), "moving.gif", "media_type_refused"),
        (picture("JPEG")[:400], "broken.jpg", "media_type_refused"),
        (b"\xff\xd8\xff" + bytes(5 * 1024 * 1024), "large.jpg", "media_too_large"),
        (b"", "empty.txt", "invalid_input"),
    ],
)
async def test_what_whatsapp_would_refuse_is_refused_at_once(shop: Shop, content: bytes, name: str, code: str) -> None:
    answer = await upload(shop.desk, content, name)
    assert answer.json["code"] == code
    assert len(answer.json["detail"]) > 10
    assert await shop.owner.fetchval("SELECT count(*) FROM media") == 0


async def test_office_files_and_text_are_taken(shop: Shop) -> None:
    assert (await upload(shop.desk, office("xl"), "prices")).json["mime_type"].endswith("spreadsheetml.sheet")
    assert (await upload(shop.desk, b"<script>", "x.html")).json["mime_type"] == "text/plain"


async def test_a_voice_note_must_be_a_recording(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    pdf = (await upload(shop.desk, PDF, "menu.pdf")).json
    assert problem(await shop.send(chat, {"type": "media", "media_id": pdf["id"], "voice": True})) == (
        422,
        "invalid_input",
    )
    ogg = (await upload(shop.desk, OGG, "note.ogg")).json
    sent = await shop.send(chat, {"type": "media", "media_id": ogg["id"], "voice": True})
    assert sent.json["content"]["voice"] is True
    await shop.reaches(chat, sent.json["id"], "delivered")


async def test_serving_is_safe_and_knows_ranges(shop: Shop) -> None:
    content = picture("PNG")
    media = (await upload(shop.desk, content, "Überraschung.png")).json
    whole = await shop.desk.get(media["url"])
    assert whole.body == content
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-disposition"] == "inline; filename*=UTF-8''%C3%9Cberraschung.png"
    assert "sandbox" in whole.headers["content-security-policy"]
    assert whole.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert "private" in whole.headers["cache-control"]

    part = await shop.desk.get(media["url"], headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert (await shop.desk.get(media["url"], headers={"Range": "bytes=-5"})).body == content[-5:]
    assert (await shop.desk.get(media["url"], headers={"Range": "bytes=5-"})).body == content[5:]
    assert (await shop.desk.get(media["url"], headers={"Range": "bytes=99999999-"})).status == 416
    unchanged = await shop.desk.get(media["url"], headers={"If-None-Match": whole.headers["etag"]})
    assert (unchanged.status, unchanged.body) == (304, b"")

    text = (await upload(shop.desk, b"<script>alert(1)</script>", "page.html")).json
    served = await shop.desk.get(text["url"])
    assert served.headers["content-type"].startswith("application/octet-stream")
    assert served.headers["content-disposition"].startswith("attachment")


async def test_files_are_their_accounts_own(shop: Shop) -> None:
    media = (await upload(shop.desk, PDF, "menu.pdf")).json
    other = shop.place.desk()
    await other.sign_up(email="other@example.com", brand="Other")
    assert (await other.get(media["url"])).status == 404
    assert (await other.get(f"/api/media/{media['id']}/thumbnail")).status == 404
    assert (await shop.place.desk().get(media["url"])).status == 401


async def received(shop: Shop, chat: Any, kind: str, state: str) -> Any:
    async def has_it() -> Any:
        for one in (await shop.thread(chat))["items"]:
            if one["type"] == kind and one["content"]["media"]["state"] == state:
                return one
        return None

    return await until(has_it, 20)


async def test_what_customers_send_is_fetched(shop: Shop) -> None:
    chat = await shop.customer()
    for kind in ("image", "document", "audio", "sticker", "video"):
        await shop.say(chat, {"type": kind, kind: {}})
        message = await received(shop, chat, kind, "stored")
        media = message["content"]["media"]
        assert media["size_bytes"] > 0
        assert (await shop.desk.get(media["url"])).status == 200
        if kind in ("image", "sticker"):
            assert media["width"] == 96
            assert (await shop.desk.get(media["thumbnail_url"])).status == 200


async def test_a_fetch_that_fails_is_tried_again(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.say(chat, {"type": "image", "image": {}})
    media_id = UUID((await received(shop, chat, "image", "stored"))["content"]["media"]["id"])
    await shop.faults(http_5xx=1.0)
    await shop.owner.execute(
        "UPDATE media SET state = 'pending', source_url = NULL, attempts = 0, due_at = now(), sha256 = NULL WHERE id = $1",
        media_id,
    )

    async def was_tried() -> bool:
        return bool(
            await shop.owner.fetchval(
                "SELECT error IS NOT NULL AND state = 'pending' FROM media WHERE id = $1", media_id
            )
        )

    await until(was_tried, 30)
    await shop.faults(http_5xx=0.0)
    await received(shop, chat, "image", "stored")


async def test_a_file_that_breaks_our_code_is_tried_again_and_holds_back_no_other(shop: Shop) -> None:
    chat = await shop.customer()
    for kind in ("image", "document"):
        await shop.say(chat, {"type": kind, kind: {}})
        await received(shop, chat, kind, "stored")
    # No address at all; an address is asked for afresh at the second try.
    await shop.owner.execute(
        "UPDATE media SET state = 'pending', attempts = 0, due_at = now(),"
        " source_url = CASE WHEN mime_type LIKE 'image/%' THEN 'https://[' END"
    )
    for kind in ("document", "image"):
        await received(shop, chat, kind, "stored")


async def test_a_slow_file_holds_back_no_other(shop: Shop) -> None:
    chat = await shop.customer()
    for kind in ("image", "document"):
        await shop.say(chat, {"type": kind, kind: {}})
        await received(shop, chat, kind, "stored")
    again = (
        "UPDATE media SET state = 'pending', attempts = 0, due_at = now(), source_url = NULL WHERE mime_type LIKE $1"
    )
    await shop.faults(slow_ms=6_000)
    await shop.owner.execute(again, "image/%")

    async def is_out() -> Any:
        return await shop.owner.fetchval("SELECT true FROM media WHERE state = 'pending' AND attempts = 1")

    await until(is_out)
    await asyncio.sleep(0.2)
    await shop.faults(slow_ms=0)
    await shop.owner.execute(again, "application/%")
    await received(shop, chat, "document", "stored")
    await received(shop, chat, "image", "pending")
    await received(shop, chat, "image", "stored")


async def test_a_file_that_is_gone_says_so(shop: Shop) -> None:
    chat = await shop.customer()
    await shop.writes(chat)
    row = await shop.owner.fetchrow("SELECT lane, account_id FROM accounts")
    assert row is not None
    message_id = UUID((await shop.thread(chat))["items"][0]["id"])
    await shop.owner.execute(
        "INSERT INTO media (lane, account_id, id, direction, state, mime_type, whatsapp_media_id, whatsapp_expires_at,"
        " message_id, due_at, attempts, created_at)"
        " VALUES ($1, $2, $3, 'in', 'pending', 'image/jpeg', '404404', now() + interval '7 days', $3, now(), 3, now())",
        row["lane"],
        row["account_id"],
        message_id,
    )
    await shop.owner.execute(
        "UPDATE messages SET type = 'image', content = jsonb_build_object('media_id', id) WHERE id = $1", message_id
    )
    message = await received(shop, chat, "image", "failed")
    assert "could not be fetched" in message["content"]["media"]["error"]
    assert message["content"]["media"]["url"] is None
