"""Sign-up, sign-in and sessions through the whole web app."""

from __future__ import annotations

from tests.desk import Desk, sign_up_body


async def test_a_new_account_is_signed_in_as_its_owner(desk: Desk) -> None:
    answer = await desk.post("/api/sign-up", sign_up_body(email="Maya@Example.com"))
    assert answer.status == 201, answer.json
    assert answer.json["agent"]["role"] == "owner"
    assert answer.json["agent"]["email"] == "maya@example.com"
    assert (await desk.get("/api/me")).json["account"]["name"] == "Amber Tea"
