"""Sign-up, sign-in and sessions through the whole web app."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import aiohttp
import msgspec
import pytest

from hobnob.kernel.clock import ManualClock
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from hobnob.team import rules
from tests.desk import PASSWORD, Desk, serving, sign_up_body

SIGN_IN = {"email": "maya@example.com", "password": PASSWORD}


async def test_a_new_account_is_signed_in_as_its_owner(desk: Desk) -> None:
    answer = await desk.post("/api/sign-up", sign_up_body(email=" Maya@Example.com "))
    assert answer.status == 201, answer.json
    assert answer.json["agent"]["role"] == "owner"
    assert answer.json["agent"]["email"] == "maya@example.com"
    me = await desk.get("/api/me")
    assert me.json["account"]["name"] == "Amber Tea"
    assert me.json["account"]["time_zone"] == "Europe/Madrid"
    assert me.json["account"]["now"].endswith("Z")
    assert me.headers["cache-control"] == "no-store"
    assert [agent["name"] for agent in (await desk.get("/api/agents")).json["items"]] == ["Maya Ortiz"]


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Desk) -> None:
    answer = await desk.post("/api/sign-up", sign_up_body())
    cookie = answer.cookies["hobnob_session"]
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "lax"
    assert not answer.cookies["hobnob_csrf"]["httponly"]


async def test_on_https_cookies_travel_encrypted_only(settings: Settings) -> None:
    secure = msgspec.structs.replace(settings, base_url="https://desk.example.com")
    async with serving(secure) as address:
        desk = Desk(address)
        answer = await desk.get("/api/me")
        assert answer.cookies["hobnob_csrf"]["secure"]
        await desk.close()


async def test_a_password_and_a_session_are_stored_as_hashes_only(desk: Desk, database: Database) -> None:
    await desk.sign_up()
    token = desk.cookie("hobnob_session")
    assert token
    async with database.unscoped() as tx:
        stored = await tx.fetchval("SELECT password_hash FROM sign_ins")
        hashes = await tx.fetch("SELECT token_hash FROM sessions")
    assert stored.startswith("$argon2id$")
    assert [len(row["token_hash"]) for row in hashes] == [32]
    assert token.encode() not in hashes[0]["token_hash"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": "maya@localhost"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "aaaaaaaaaaaa"}, "password"),
        ({"password": "maya@example.com"}, "password"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"brand": "   "}, "brand"),
        ({"name": "\x07"}, "name"),
        ({"locale": "english please"}, "locale"),
    ],
)
async def test_a_sign_up_that_cannot_work_names_the_field(desk: Desk, change: dict[str, str], field: str) -> None:
    answer = await desk.post("/api/sign-up", sign_up_body(**change))
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [problem["field"] for problem in answer.json["fields"]], answer.json


async def test_an_email_address_signs_in_to_one_account(desk: Desk) -> None:
    await desk.sign_up()
    again = await desk.post("/api/sign-up", sign_up_body(email="MAYA@example.com", brand="Other"))
    assert (again.status, again.json["code"]) == (409, "email_taken")


async def test_a_wrong_password_and_an_unknown_email_look_and_cost_the_same(desk: Desk) -> None:
    await desk.sign_up()
    desk.forget_cookies()
    await desk.post("/api/sign-in", {"email": "warm@example.com", "password": "anything at all"})
    took: dict[str, list[float]] = {"maya@example.com": [], "nobody@example.com": []}
    answers = []
    for _ in range(4):
        for email, times in took.items():
            started = time.perf_counter()
            answers.append(await desk.post("/api/sign-in", {"email": email, "password": "not the password"}))
            times.append(time.perf_counter() - started)
    bodies = [{key: value for key, value in answer.json.items() if key != "request_id"} for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["status"] == 401
    assert bodies[0]["code"] == "wrong_sign_in"
    best = [min(times) for times in took.values()]
    assert max(best) < 4 * min(best)


async def test_guessing_a_password_is_stopped_with_the_wait_in_words(desk: Desk) -> None:
    await desk.sign_up()
    desk.forget_cookies()
    for _ in range(rules.SIGN_IN_BY_EMAIL.attempts_max):
        wrong = await desk.post("/api/sign-in", {"email": "maya@example.com", "password": "a guess"})
        assert wrong.status == 401
    stopped = await desk.post("/api/sign-in", SIGN_IN)
    assert (stopped.status, stopped.json["code"]) == (429, "rate_limited")
    assert "Try again in 15 minutes." in stopped.json["detail"]
    assert 800 < int(stopped.headers["retry-after"]) <= 900
    other = await desk.post("/api/sign-up", sign_up_body(email="liam@example.com"))
    assert other.status == 201


async def test_signing_in_with_the_right_password_does_not_use_up_tries(desk: Desk) -> None:
    await desk.sign_up()
    for _ in range(rules.SIGN_IN_BY_EMAIL.attempts_max + 2):
        assert (await desk.post("/api/sign-in", SIGN_IN)).status == 200


async def test_changes_need_the_csrf_token(desk: Desk) -> None:
    refused = await desk.post("/api/sign-up", sign_up_body(), csrf=False)
    assert (refused.status, refused.json["code"]) == (403, "csrf_failed")
    first = await desk.get("/api/me")
    assert first.status == 401
    token = desk.cookie("hobnob_csrf")
    await desk.get("/api/me")
    assert desk.cookie("hobnob_csrf") == token
    planted = await desk.post("/api/sign-up", sign_up_body(), csrf=False, headers={"X-CSRF-Token": "planted.value"})
    assert planted.status == 403


@pytest.mark.parametrize("others", ['prefs={"a": [1, 2]}', "x@y=1", "theme=dark; broken; =; é=1"])
async def test_cookies_of_other_pages_on_the_host_change_nothing(desk: Desk, others: str) -> None:
    await desk.sign_up()
    session, token = desk.cookie("hobnob_session"), desk.cookie("hobnob_csrf")
    headers = {"Cookie": f"{others}; hobnob_session={session}; hobnob_csrf={token}", "X-CSRF-Token": str(token)}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:
        async with browser.patch(f"{desk.base}/api/me", json={"name": "Maya O."}, headers=headers) as answer:
            assert (answer.status, (await answer.json())["agent"]["name"]) == (200, "Maya O.")


async def test_a_token_that_is_no_text_is_refused(desk: Desk) -> None:
    headers = {"Cookie": "hobnob_csrf=nonce.é", "X-CSRF-Token": "nonce.é"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:
        async with browser.post(f"{desk.base}/api/sign-out", headers=headers) as answer:
            assert answer.status == 403


async def test_signing_out_ends_this_session_only(desk: Desk, web: str) -> None:
    await desk.sign_up()
    second = Desk(web)
    assert (await second.post("/api/sign-in", SIGN_IN)).status == 200
    token = desk.cookie("hobnob_session")
    assert (await desk.post("/api/sign-out")).status == 204
    assert (await desk.get("/api/me")).status == 401
    assert (await desk.get("/api/me", headers={"Cookie": f"hobnob_session={token}"})).status == 401
    assert (await second.get("/api/me")).status == 200
    await second.close()


async def test_signing_out_everywhere_ends_all_sessions_of_the_agent(desk: Desk, web: str) -> None:
    await desk.sign_up()
    second, stranger = Desk(web), Desk(web)
    await second.post("/api/sign-in", SIGN_IN)
    await stranger.sign_up(email="liam@example.com")
    assert (await second.post("/api/sign-out-everywhere")).status == 204
    assert [(await one.get("/api/me")).status for one in (desk, second, stranger)] == [401, 401, 200]
    await second.close()
    await stranger.close()


async def test_a_session_ends_by_itself(settings: Settings) -> None:
    clock = ManualClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
    async with serving(settings, clock) as address:
        desk = Desk(address)
        await desk.sign_up()
        clock.advance(timedelta(days=settings.session_days, seconds=-1))
        assert (await desk.get("/api/me")).status == 200
        clock.advance(timedelta(seconds=1))
        assert (await desk.get("/api/me")).status == 401
        await desk.close()


async def test_my_name_and_language_can_be_changed(desk: Desk) -> None:
    await desk.sign_up()
    changed = await desk.patch("/api/me", {"name": "مايا 🌿", "locale": "es"})
    assert changed.json["agent"]["name"] == "مايا 🌿"
    assert (await desk.get("/api/me")).json["agent"]["locale"] == "es"
    assert (await desk.patch("/api/me", {"name": " "})).status == 422


async def test_only_a_sandbox_account_has_a_clock_to_move(settings: Settings, desk: Desk) -> None:
    await desk.sign_up()
    refused = await desk.post("/api/sandbox/advance-clock", {"seconds": 60})
    assert (refused.status, refused.json["code"]) == (403, "not_sandbox")
    sandbox = msgspec.structs.replace(settings, simulator_url="http://127.0.0.1:9")
    async with serving(sandbox) as address:
        other = Desk(address)
        me = await other.sign_up(email="liam@example.com")
        assert me["account"]["sandbox"]
        moved = await other.post("/api/sandbox/advance-clock", {"seconds": 86_400})
        assert moved.json["clock_ahead_s"] == 86_400
        now = datetime.fromisoformat((await other.get("/api/me")).json["account"]["now"])
        assert timedelta(hours=23) < now - datetime.now(UTC) < timedelta(hours=25)
        assert (await other.post("/api/sandbox/advance-clock", {"seconds": -5})).status == 422
        await other.close()
