"""WhatsApp's meter: any order, duplication and batching of the same webhooks gives the rows of one walk in order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hobnob.billing.rating import Catalog
from hobnob.kernel.ids import new_id
from hobnob.platform.database import Database
from tests.billing.provider.meter import REGULAR, Happened, Meter, cards_of, few_free, in_one_walk
from tests.inbox.ingest.wire import EPOCH_S, Shop, status, text, ticked, written

FREE_UNITS = 3
CHATS = ("16505551234", "919820012345")
PHONES = {chat: "+" + chat for chat in CHATS}
PRICING = {**REGULAR, "category": "marketing"}
# Around the dates on which the rules changed, at midnight in India, and a quiet month.
ERAS = tuple(
    int(datetime.fromisoformat(f"{day}T18:30:00+00:00").astimezone(UTC).timestamp()) - EPOCH_S
    for day in ("2024-10-31", "2025-06-30", "2026-09-30", "2026-03-10")
)
QUARTER_DAY_S = 21_600

WHAT = ("reply", "reaction", "marketing", "utility", "authentication", "inbound", "referral")

happenings = st.lists(
    st.tuples(
        st.sampled_from(CHATS),
        st.integers(-4, 14),  # quarters of a day, so that windows end exactly where something happens
        st.sampled_from(WHAT),
        st.integers(0, 2),
        st.booleans(),
    ),
    min_size=4,
    max_size=16,
)


class _Story:
    """What happened in two chats, as webhooks; ``repeats`` of each delivery are told again, later or with its price."""

    def __init__(self, era: int) -> None:
        self.era = era
        self.happened: list[Happened] = []
        self.webhooks: list[bytes] = []
        self.told: dict[UUID, bool] = {}

    async def tell(self, shop: Shop, happened: Sequence[tuple[Any, ...]]) -> None:
        for chat, quarters, what, repeats, priced in happened:
            seconds = self.era + quarters * QUARTER_DAY_S
            if what in ("inbound", "referral"):
                self._inbound(chat, seconds, what == "referral", repeats)
            else:
                await self._delivery(shop, chat, seconds, what, repeats, priced)

    def _inbound(self, chat: str, seconds: int, referral: bool, repeats: int) -> None:
        wamid = f"wamid.{new_id().hex}"
        more: dict[str, Any] = {"referral": {"source_type": "ad", "source_id": "1"}} if referral else {}
        contact = {"wa_id": chat, "profile": {"name": "Somebody"}}
        item = text(wamid=wamid, seconds=seconds, sender={"from": chat}, **more)
        self.webhooks += [written(item, contacts=[contact])] * (1 + repeats)
        self.happened.append(Happened(chat, "inbound", seconds, new_id(), referral=referral))

    async def _delivery(self, shop: Shop, chat: str, seconds: int, what: str, repeats: int, priced: bool) -> None:
        wamid = f"wamid.{new_id().hex}"
        template = what not in ("reply", "reaction")
        kind = "template" if template else "reaction" if what == "reaction" else "text"
        category = what if template else None
        message = await shop.sent(wamid, kind=kind, seconds=seconds - 5, category=category, wa_id=chat)
        for n in range(1 + repeats):
            told: dict[str, Any] = {"pricing": PRICING} if priced and n == repeats else {}
            name = "delivered" if n != 1 else "read"
            self.webhooks.append(ticked(status(name, wamid, seconds + n * 3_000, recipient_id=chat, **told)))
        self.told[message] = priced
        self.happened.append(
            Happened(
                chat, "delivered", seconds, message, "template" if template else "reaction" if what == "reaction" else "free_form",
                category,
            )
        )  # fmt: skip


async def _shop(database: Database, postgres_url: str) -> tuple[Meter, Catalog]:
    """A shop in a catalogue with few free units, which is prepared once per database."""
    cards = await cards_of(database)
    if cards.digest.split()[0] != "free":
        await few_free(postgres_url, FREE_UNITS)
        cards = await cards_of(database)
    return Meter(await Shop.open(database)), cards


async def _compare(meter: Meter, cards: Catalog, story: _Story) -> None:
    await meter.rate()
    items = await meter.items()
    expected = in_one_walk(cards, str(meter.shop.number_id), PHONES, story.happened)
    found = {
        message: (row["outcome"], row["category"], row["rule"], row["amount_micros"], row["conversation_id"])
        for message, row in items.items()
    }
    assert found == {message: tuple(one) for message, one in expected.items()}
    assert {message: row["told"] is not None for message, row in items.items()} == story.told
    await meter.check()
    assert await meter.shop.rows("SELECT * FROM provider_queue WHERE lane = $1 AND account_id = $2") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), era=st.sampled_from(ERAS), happened=happenings)
async def test_any_order_gives_the_rows_of_one_walk(
    database: Database, postgres_url: str, data: st.DataObject, era: int, happened: list[tuple[Any, ...]]
) -> None:
    meter, cards = await _shop(database, postgres_url)
    story = _Story(era)
    await story.tell(meter.shop, happened)
    left = data.draw(st.permutations(story.webhooks))
    while left:
        size = data.draw(st.integers(1, len(left)))
        await meter.shop.receive(*left[:size])
        left = left[size:]
        if data.draw(st.booleans()):
            await meter.rate()
    await _compare(meter, cards, story)


@pytest.mark.parametrize("order", ["as it happened", "backwards", "by chance"])
@pytest.mark.parametrize("era", ERAS)
async def test_a_long_story_rated_report_by_report(database: Database, postgres_url: str, era: int, order: str) -> None:
    """What is open is found again at every report, not only within a batch."""
    meter, cards = await _shop(database, postgres_url)
    chance = random.Random(era)
    story = _Story(era)
    happened = sorted(
        ((chance.choice(CHATS), chance.randint(-8, 32), chance.choice(WHAT), 0, False) for _ in range(60)),
        key=lambda one: one[1],
    )
    await story.tell(meter.shop, happened)
    webhooks = list(story.webhooks)
    if order == "backwards":
        webhooks.reverse()
    elif order == "by chance":
        chance.shuffle(webhooks)
    for webhook in webhooks:
        await meter.shop.receive(webhook)
        await meter.rate()
    await _compare(meter, cards, story)
