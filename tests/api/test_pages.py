"""The web app's files, the description of the interface, and the operators' endpoints."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import asyncpg
import msgspec
import pytest

from hobnob.api.health import ReadinessCheck
from hobnob.platform.settings import Settings
from tests.desk import Desk, serving


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Hobnob</title>")
    (folder / "assets" / "app-1a2b3c.js").write_text("console.log('hello');\n" * 200)
    (folder / "favicon.svg").write_text("<svg/>")
    return folder


@pytest.fixture
async def pages(settings: Settings, built: Path) -> AsyncIterator[Desk]:
    async with serving(settings, web_folder=built) as address:
        desk = Desk(address)
        yield desk
        await desk.close()


async def test_every_address_of_the_app_is_its_own_page(pages: Desk) -> None:
    for path in ("/", "/inbox", "/chats/0190f2a0-0000-7000-8000-000000000000"):
        answer = await pages.get(path)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
        assert answer.headers["cache-control"] == "no-cache"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"


async def test_assets_are_kept_for_ever_and_travel_compressed(pages: Desk) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        url = pages.base + "/assets/app-1a2b3c.js"
        async with session.get(url, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            assert "immutable" in answer.headers["cache-control"]
            assert gzip.decompress(await answer.read()).startswith(b"console.log")
            etag = answer.headers["etag"]
        async with session.get(url, headers={"If-None-Match": etag}) as answer:
            assert answer.status == 304


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/robots.txt", "/assets/..%2f..%2fsecret.txt", "/..%2findex.html", "/assets/%00.js"]
)
async def test_what_is_not_there_is_not_found(pages: Desk, path: str) -> None:
    assert (await pages.get(path)).status in (400, 404)


async def test_a_copy_without_the_web_app_says_what_to_do(settings: Settings, tmp_path: Path) -> None:
    async with serving(settings, web_folder=tmp_path / "nothing") as address:
        desk = Desk(address)
        answer = await desk.get("/")
        assert answer.status == 503
        assert b"make setup" in answer.body
        await desk.close()


async def test_an_unknown_call_is_a_problem_document(desk: Desk) -> None:
    answer = await desk.get("/api/nothing-here")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["code"] == "not_found"
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    wrong = await desk.request("PUT", "/api/me", json={})
    assert (wrong.status, wrong.headers["content-type"]) == (405, "application/problem+json")


async def test_the_readable_page_loads_nothing_from_elsewhere(desk: Desk) -> None:
    answer = await desk.get("/docs")
    assert answer.status == 200
    text = answer.body.decode()
    assert "/api/sign-in" in text
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", text)
    assert "<script" not in text


async def test_operators_see_life_readiness_and_metrics(desk: Desk) -> None:
    assert (await desk.get("/healthz")).json == {"status": "ok"}
    ready = await desk.get("/readyz")
    assert (ready.status, ready.json["status"]) == (200, "ready")
    metrics = await desk.get("/metrics")
    assert b"hobnob_http_request_seconds" in metrics.body


async def test_what_one_process_found_is_not_another_ones_answer(
    desk: Desk, settings: Settings, postgres_url: str
) -> None:
    assert (await desk.get("/readyz")).status == 200
    owner = await asyncpg.connect(postgres_url)
    await owner.execute("DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)")
    await owner.close()
    async with serving(settings) as address:
        other = Desk(address)
        answer = await other.get("/readyz")
        await other.close()
    assert (answer.status, answer.json["status"]) == (503, "not_ready")
    assert "hobnob migrate" in answer.json["reason"]


async def test_a_database_that_is_gone_makes_the_process_not_ready_but_alive(settings: Settings) -> None:
    gone = msgspec.structs.replace(settings, database_web_url="postgresql://hobnob_web:no@127.0.0.1:1/gone")
    readiness = await ReadinessCheck(gone).now()
    assert readiness.status == "not_ready"
    assert readiness.reason == "the database does not answer: ConnectionRefusedError"
