"""Two customers turn out to be one: their deliveries are rated as one chat's, as if it had been known all along."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.billing.provider.meter import Meter
from tests.inbox.ingest.wire import Json, at, status, text, ticked, written

PHONE, USER_ID = "16505551111", "US.1000000001"
THEN = -2 * 365 * 86_400  # while conversations were charged
CHARGED = {"billable": True, "pricing_model": "CBP", "category": "marketing"}


def said(seconds: int, phone: str | None, user_id: str | None) -> bytes:
    named = {"wa_id": phone, "user_id": user_id}
    contact: Json = {**{name: it for name, it in named.items() if it}, "profile": {"name": "Ana"}}
    sender = {name: it for name, it in {"from": phone, "from_user_id": user_id}.items() if it}
    return written(text(seconds=seconds, sender=sender), contacts=[contact])


@pytest.mark.parametrize("rate_before", [True, False])
async def test_what_joins_when_two_chats_become_one(meter: Meter, rate_before: bool) -> None:
    shop = meter.shop
    await shop.receive(said(THEN, PHONE, None))
    await shop.receive(said(THEN + 1, None, USER_ID))
    chats = {row["at"]: row["chat_id"] for row in await shop.messages()}
    by_phone, by_id = chats[at(THEN)], chats[at(THEN + 1)]
    sent: dict[str, UUID] = {}
    for name, chat, seconds in (("first", by_id, 60), ("second", by_phone, 120), ("third", by_id, 86_400 + 90)):
        wamid = f"wamid.{name}"
        sent[name] = await shop.sent(
            wamid, kind="template", category="marketing", seconds=THEN + seconds, wa_id=PHONE, chat_id=chat
        )
        await shop.receive(ticked(status("delivered", wamid, THEN + seconds, pricing=CHARGED)))
    if rate_before:
        await meter.rate()
        before = await meter.items()
        assert [before[sent[name]]["outcome"] for name in ("first", "second", "third")] == ["opened"] * 3
    await shop.receive(said(THEN + 90_000, PHONE, USER_ID))
    assert len(await shop.chats()) == 1
    await meter.rate()
    items = await meter.items()
    found = [
        (items[sent[name]]["outcome"], items[sent[name]]["conversation_id"]) for name in ("first", "second", "third")
    ]
    assert found == [("opened", sent["first"]), ("joined", sent["first"]), ("opened", sent["third"])]
    assert {row["chat_id"] for row in items.values()} == {(await shop.chats())[0]["id"]}
    inbounds = await shop.rows("SELECT DISTINCT chat_id FROM provider_inbounds WHERE lane = $1 AND account_id = $2")
    assert len(inbounds) == 1
    await meter.check()
