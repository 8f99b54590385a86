"""A number's way in, against the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from hobnob.kernel.clock import ManualClock
from hobnob.kernel.ids import Tenant
from hobnob.platform import secrets
from hobnob.platform.database import ROLE_WEB, Database
from hobnob.platform.settings import Settings
from hobnob.team import actions as team
from tests.desk import PASSWORD, Answer, Desk
from tests.town import Town, town

PHONE = "+919876543210"
NEW = {"phone": "98765 43210", "country": "in", "display_name": "Amber Tea"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.now(UTC))


@pytest.fixture
async def place(settings: Settings, clock: ManualClock) -> AsyncIterator[Town]:
    async with town(settings, clock=clock) as place:
        yield place


@pytest.fixture
async def desk(place: Town) -> Desk:
    desk = place.desk()
    await desk.sign_up()
    return desk


async def added(desk: Desk, **changes: Any) -> Any:
    answer = await desk.post("/api/numbers", {**NEW, **changes})
    assert answer.status == 201, answer.json
    return answer.json


async def step(desk: Desk, number: Any, name: str, body: Any) -> Answer:
    return await desk.post(f"/api/numbers/{number['id']}/{name}", body)


async def verified(place: Town, desk: Desk, **changes: Any) -> Any:
    number = await added(desk, **changes)
    assert (await step(desk, number, "request-code", {"method": "sms"})).status == 200
    answer = await step(desk, number, "verify-code", {"code": await place.code_sent_to(number["phone"])})
    assert answer.status == 200, answer.json
    return answer.json


async def connected(place: Town, desk: Desk, **changes: Any) -> Any:
    number = await verified(place, desk, **changes)
    answer = await step(desk, number, "register", {"pin": "482913"})
    assert answer.status == 200, answer.json
    return answer.json


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


async def test_a_number_moves_in(place: Town, desk: Desk, database: Database, settings: Settings) -> None:
    number = await added(desk)
    assert (number["phone"], number["phone_formatted"], number["country"]) == (PHONE, "+91 98765 43210", "IN")
    assert number["status"] == "added"

    asked = (await step(desk, number, "request-code", {"method": "sms"})).json
    assert (asked["status"], asked["code_method"]) == ("code_sent", "sms")
    life = datetime.fromisoformat(asked["code_expires_at"]) - datetime.fromisoformat(asked["code_sent_at"])
    assert life == timedelta(minutes=10)

    code = await place.code_sent_to(PHONE)
    assert (await step(desk, number, "verify-code", {"code": f"{code[:3]}-{code[3:]}"})).json["status"] == "verified"

    done = (await step(desk, number, "register", {"pin": "482913"})).json
    assert done["status"] == "connected"
    assert done["quality"] == "GREEN"
    assert done["last_error"] is None
    assert (await desk.get("/api/numbers")).json["items"] == [done]

    state = await place.control("GET", "/state")
    theirs = [one for waba in state["wabas"] for one in waba["phone_numbers"]]
    assert [(one["phone"], one["status"]) for one in theirs] == [(PHONE, "CONNECTED")]
    async with database.unscoped(ROLE_WEB) as tx:
        kinds = [row["kind"] for row in await tx.fetch("SELECT kind FROM routes ORDER BY kind")]
    assert kinds == ["number", "waba"]


async def test_the_pin_is_sealed(place: Town, desk: Desk, database: Database, settings: Settings) -> None:
    number = await connected(place, desk)
    async with database.unscoped() as tx:
        route = await tx.fetchrow("SELECT account_id, lane FROM routes WHERE kind = 'number'")
    assert route
    async with database.lane(route["lane"]) as tx:
        sealed = await tx.fetchval("SELECT pin_encrypted FROM numbers WHERE lane = $1", route["lane"])
    assert b"482913" not in sealed
    assert secrets.open_sealed(settings.secret_key, "number pin", number["id"], sealed) == "482913"


async def test_a_code_may_come_by_voice_call(place: Town, desk: Desk) -> None:
    number = await added(desk)
    asked = await step(desk, number, "request-code", {"method": "voice"})
    assert asked.json["code_method"] == "voice"
    phones = (await place.control("GET", "/state"))["phones"]
    said = next(one for one in phones if one["phone"] == PHONE)["calls"][-1]["body"]
    code = "".join(char for char in said if char.isdigit())
    assert (await step(desk, number, "verify-code", {"code": code})).status == 200


async def test_wrong_expired_and_too_many_codes_each_say_so(place: Town, desk: Desk, clock: ManualClock) -> None:
    number = await added(desk)
    await step(desk, number, "request-code", {"method": "sms"})
    right = await place.code_sent_to(PHONE)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    sentences = []

    malformed = await step(desk, number, "verify-code", {"code": "12"})
    assert problem(malformed) == (422, "code_wrong")
    refused = await step(desk, number, "verify-code", {"code": wrong})
    assert problem(refused) == (422, "code_wrong")
    assert "4 more tries" in refused.json["detail"]
    assert refused.json["fields"][0]["field"] == "code"
    sentences.append(refused.json["detail"])
    assert (await desk.get(f"/api/numbers/{number['id']}")).json["last_error"]["code"] == "code_wrong"

    clock.advance(timedelta(minutes=10))
    expired = await step(desk, number, "verify-code", {"code": right})
    assert problem(expired) == (422, "code_expired")
    sentences.append(expired.json["detail"])

    await step(desk, number, "request-code", {"method": "sms"})
    for _ in range(5):
        refused = await step(desk, number, "verify-code", {"code": wrong})
    assert problem(refused) == (422, "code_too_many")
    sentences.append(refused.json["detail"])
    assert problem(await step(desk, number, "verify-code", {"code": await place.code_sent_to(PHONE)}))[0] == 422
    assert len(set(sentences)) == 3

    clock.advance(timedelta(minutes=2))
    assert (await step(desk, number, "request-code", {"method": "sms"})).status == 200
    answer = await step(desk, number, "verify-code", {"code": await place.code_sent_to(PHONE)})
    assert answer.json["status"] == "verified"


async def test_a_second_code_has_to_wait_a_minute(desk: Desk, clock: ManualClock) -> None:
    number = await added(desk)
    first = await step(desk, number, "request-code", {"method": "sms"})
    soon = await step(desk, number, "request-code", {"method": "voice"})
    assert problem(soon) == (429, "code_too_soon")
    assert int(soon.headers["retry-after"]) <= 60
    wait = datetime.fromisoformat(first.json["next_code_at"]) - clock.now()
    clock.advance(wait)
    assert (await step(desk, number, "request-code", {"method": "voice"})).status == 200


async def test_whatsapp_stops_sending_codes_at_some_point(desk: Desk, clock: ManualClock) -> None:
    number = await added(desk)
    for _ in range(10):
        assert (await step(desk, number, "request-code", {"method": "sms"})).status == 200
        clock.advance(timedelta(minutes=1))
    stopped = await step(desk, number, "request-code", {"method": "sms"})
    assert problem(stopped) == (422, "code_too_many")
    again = await step(desk, number, "request-code", {"method": "sms"})
    assert problem(again) == (422, "code_too_many")


async def test_a_number_still_in_the_app_is_explained(place: Town, desk: Desk) -> None:
    await place.control("POST", "/phones", {"phone": PHONE, "name": "Maya's phone", "whatsapp_app": True})
    number = await added(desk)
    refused = await step(desk, number, "request-code", {"method": "sms"})
    assert problem(refused) == (409, "number_in_use_in_app")
    assert "Delete account" in refused.json["detail"]
    shown = (await desk.get(f"/api/numbers/{number['id']}")).json
    assert shown["last_error"]["code"] == "number_in_use_in_app"
    await place.control("PATCH", f"/phones/{PHONE}", {"whatsapp_app": False})
    assert (await step(desk, number, "request-code", {"method": "sms"})).json["last_error"] is None


async def test_a_number_of_somebody_else_is_refused_and_not_kept(place: Town, desk: Desk) -> None:
    await connected(place, desk)
    other = place.desk()
    await other.sign_up(email="liam@example.com")
    refused = await other.post("/api/numbers", NEW)
    assert problem(refused) == (409, "number_taken")
    assert (await other.get("/api/numbers")).json["items"] == []


async def test_each_account_has_a_whatsapp_account_of_its_own_and_they_run_out(place: Town, desk: Desk) -> None:
    await added(desk)
    await added(desk, phone="+34 612 34 56 78", country=None)
    second, third = place.desk(), place.desk()
    await second.sign_up(email="b@example.com")
    await third.sign_up(email="c@example.com")
    await added(second, phone="+5511961234567")
    refused = await third.post("/api/numbers", {**NEW, "phone": "+447400123456"})
    assert problem(refused) == (409, "no_whatsapp_account_left")
    state = await place.control("GET", "/state")
    assert sorted(len(waba["phone_numbers"]) for waba in state["wabas"]) == [1, 2]


async def test_bringing_the_same_number_again_goes_on_with_it(place: Town, desk: Desk) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = await desk.post("/api/numbers", NEW, headers=key)
    assert (await desk.post("/api/numbers", NEW, headers=key)).json == first.json
    assert (await desk.post("/api/numbers", NEW)).json["id"] == first.json["id"]
    other = await desk.post("/api/numbers", {**NEW, "display_name": "Other"}, headers=key)
    assert problem(other) == (409, "idempotency_conflict")


async def test_a_step_out_of_turn_is_refused(place: Town, desk: Desk) -> None:
    number = await added(desk)
    assert problem(await step(desk, number, "verify-code", {"code": "123456"})) == (409, "wrong_step")
    assert problem(await step(desk, number, "register", {"pin": "482913"})) == (409, "wrong_step")
    assert (await step(desk, number, "register", {"pin": "12"})).status == 422


async def test_whatsapp_away_is_said_and_the_step_can_be_repeated(place: Town, desk: Desk) -> None:
    await place.control("PUT", "/faults", {"http_5xx": 1})
    refused = await desk.post("/api/numbers", NEW)
    assert problem(refused) == (503, "whatsapp_unreachable")
    kept = (await desk.get("/api/numbers")).json["items"]
    assert [one["last_error"]["code"] for one in kept] == ["whatsapp_unreachable"]
    await place.control("PUT", "/faults", {"http_5xx": 0})
    number = await verified(place, desk)
    assert number["id"] == kept[0]["id"]


async def test_a_registration_broken_off_half_way_goes_on(place: Town, desk: Desk) -> None:
    number = await verified(place, desk)
    await place.control("PUT", "/faults", {"http_5xx": 1})
    assert problem(await step(desk, number, "register", {"pin": "482913"}))[0] == 503
    await place.control("PUT", "/faults", {"http_5xx": 0})
    assert (await step(desk, number, "register", {"pin": "482913"})).json["status"] == "connected"
    again = await step(desk, number, "register", {"pin": "000000"})
    assert again.json["status"] == "connected"


async def test_only_a_number_that_is_not_connected_can_be_removed(place: Town, desk: Desk) -> None:
    number = await added(desk)
    assert (await desk.delete(f"/api/numbers/{number['id']}")).status == 204
    assert (await desk.get("/api/numbers")).json["items"] == []
    number = await connected(place, desk)
    assert problem(await desk.delete(f"/api/numbers/{number['id']}")) == (409, "wrong_step")


async def test_a_number_that_customers_can_write_to_cannot_be_removed(place: Town, desk: Desk) -> None:
    number = await connected(place, desk)
    owner = await asyncpg.connect(place.settings.database_url)
    await owner.execute("UPDATE numbers SET status = 'verified', connected_at = NULL")
    await owner.close()
    assert problem(await desk.delete(f"/api/numbers/{number['id']}")) == (409, "wrong_step")
    assert (await step(desk, number, "register", {"pin": "482913"})).json["status"] == "connected"


async def test_what_follows_a_connection_is_not_left_out_by_a_crash(place: Town, desk: Desk) -> None:
    number = await verified(place, desk)
    owner = await asyncpg.connect(place.settings.database_url)
    await owner.execute("REVOKE INSERT ON template_syncs FROM hobnob_web")
    assert (await step(desk, number, "register", {"pin": "482913"})).status == 500
    assert await owner.fetchval("SELECT count(*) FROM template_syncs") == 0
    await owner.execute("GRANT INSERT ON template_syncs TO hobnob_web")
    assert (await step(desk, number, "register", {"pin": "482913"})).json["status"] == "connected"
    assert await owner.fetchval("SELECT count(*) FROM template_syncs") == 1
    await owner.close()


async def test_nobody_sees_or_moves_another_accounts_number(place: Town, desk: Desk) -> None:
    number = await added(desk)
    other = place.desk()
    await other.sign_up(email="liam@example.com")
    assert problem(await other.get(f"/api/numbers/{number['id']}")) == (404, "not_found")
    assert problem(await step(other, number, "request-code", {"method": "sms"})) == (404, "not_found")
    assert problem(await other.delete(f"/api/numbers/{number['id']}")) == (404, "not_found")
    assert (await other.get("/api/numbers")).json["items"] == []


async def test_agents_do_not_bring_numbers(place: Town, desk: Desk, database: Database) -> None:
    async with database.unscoped() as tx:
        row = await tx.fetchrow("SELECT account_id, lane FROM sign_ins")
    assert row
    tenant = Tenant(row["account_id"], row["lane"])
    await team.add_agent(
        database, tenant, "Sofía", "sofia@example.com", "agent", password=PASSWORD, now=datetime.now(UTC)
    )
    sofia = place.desk()
    assert (await sofia.post("/api/sign-in", {"email": "sofia@example.com", "password": PASSWORD})).status == 200
    assert problem(await sofia.post("/api/numbers", NEW)) == (403, "forbidden")
    number = await added(desk)
    assert problem(await step(sofia, number, "request-code", {"method": "sms"})) == (403, "forbidden")
    assert [one["id"] for one in (await sofia.get("/api/numbers")).json["items"]] == [number["id"]]


@pytest.mark.parametrize(
    ("phone", "country", "e164"),
    [
        ("98765 43210", "IN", PHONE),
        ("+34 612 34 56 78", None, "+34612345678"),
        ("0049 1512 3456789", "DE", "+4915123456789"),
        ("12", "IN", None),
        ("hello", None, None),
        ("612345678", None, None),
    ],
)
async def test_a_phone_is_checked_as_it_is_typed(desk: Desk, phone: str, country: str | None, e164: str | None) -> None:
    params = {"phone": phone, **({"country": country} if country else {})}
    answer = (await desk.get("/api/phone-check", params=params)).json
    assert answer["valid"] is (e164 is not None)
    assert answer["e164"] == e164
    assert (answer["reason"] is None) is answer["valid"]
