"""The price Meta puts on a message, on both sides of every date on which its rules changed.

A world whose clock stands in the past, without a process: statuses are caught on their way out.
"""

from __future__ import annotations

from datetime import datetime
from time import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hobnob.simulator import statuses
from hobnob.simulator.core import Simulator
from hobnob.simulator.world import Chat, Message, Number, Phone, Waba, World

ZONE = "Asia/Kolkata"


class Past:
    """One chat on a platform whose clock shows ``at`` in the account's zone."""

    def __init__(self, at: str) -> None:
        moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(ZONE))
        self.sim = Simulator(World(ahead_s=moment.timestamp() - time()))
        self.sim.world.wabas["w"] = Waba("w", "Shop", "b", time_zone=ZONE)
        self.number = Number("n", "w", "1", "+14155550100", "Shop")
        self.sim.index.add_number(self.number)
        self.phone = Phone("k", "+919820012345", "IN.1", "Asha")
        self.sim.index.index_phone(self.phone)
        self.told: list[dict[str, Any]] = []
        self.sim.tell = lambda number, kind, item, contact, chat: self.told.append(item)  # type: ignore[method-assign]

    @property
    def chat(self) -> Chat:
        return self.sim.index.chat_of("k", "n")

    def forward(self, hours: float) -> None:
        self.sim.clock.ahead_s += hours * 3600

    def write(self, *, ad: bool = False) -> None:
        self.chat.last_inbound_s = self.sim.clock.now_s()
        if ad:
            self.chat.ad_click_s = self.sim.clock.now_s()

    def send(self, category: str = "service", kind: str | None = None) -> tuple[Any, ...]:
        """Deliver one message; its (billable, model, type, category, conversation id) as ``delivered`` tells it."""
        kind = kind or ("text" if category == "service" else "template")
        message = Message(f"m{len(self.told)}", "k", "n", False, kind, {}, self.sim.clock.now_s(), category=category)
        self.sim.index.add_message(self.chat, message)
        statuses.mark_sent(self.sim, self.chat, message)
        statuses.deliver(self.sim, self.phone, message)
        sent, delivered = self.told[-2:]
        assert sent["pricing"] == delivered["pricing"]
        assert sent.get("conversation", {}).get("id") == delivered.get("conversation", {}).get("id")
        price = delivered["pricing"]
        conversation = delivered.get("conversation", {}).get("id")
        return price["billable"], price["pricing_model"], price.get("type"), price["category"], conversation


async def test_conversations_by_category() -> None:
    past = Past("2023-06-01T00:00:01")
    first = past.send("marketing")
    assert first[:4] == (True, "CBP", None, "marketing")
    past.forward(4)
    utility = past.send("utility")
    assert utility[:4] == (True, "CBP", None, "utility")
    past.write()
    assert past.send() == utility  # a free-form message joins what is open
    past.forward(19)
    assert past.send("marketing") == first
    past.forward(1)
    assert past.send("marketing")[4] != first[4]  # exactly at its end


async def test_a_thousand_service_conversations_then_all() -> None:
    past = Past("2024-10-31T10:00:00")
    past.sim.world.wabas["w"].free_conversations_used = {"2024-10": 999}
    past.write()
    assert past.send()[:4] == (False, "CBP", None, "service")
    past.forward(-1)
    past.chat.conversations = {}
    assert past.send()[:4] == (True, "CBP", None, "service")
    free = Past("2024-11-01T00:00:01")
    free.sim.world.wabas["w"].free_conversations_used = {"2024-11": 5_000}
    free.write()
    assert free.send()[:4] == (False, "CBP", None, "service")


async def test_an_entry_point_closes_the_others() -> None:
    past = Past("2025-01-10T10:00:00")
    opened = past.send("marketing")
    past.write(ad=True)
    past.forward(12)
    entry = past.send("utility")
    assert entry[:4] == (False, "CBP", None, "referral_conversion")
    past.forward(71.9)
    assert past.send("marketing") == entry
    past.forward(0.2)
    after = past.send("marketing")
    assert after[:4] == (True, "CBP", None, "marketing") and after[4] not in (opened[4], entry[4])


async def test_what_was_open_when_messages_began_to_be_charged() -> None:
    past = Past("2025-06-30T23:00:00")
    opened = past.send("utility")
    past.forward(2)
    assert past.send("utility") == opened
    assert past.send("marketing") == (True, "PMP", "regular", "marketing", None)
    past.forward(22)
    assert past.send("utility") == (True, "PMP", "regular", "utility", None)
    past.write()
    assert past.send("utility") == (False, "PMP", "free_customer_service", "utility", None)
    assert past.send() == (False, "PMP", "free_customer_service", "service", None)
    assert past.send("authentication") == (True, "PMP", "regular", "authentication", None)


async def test_the_switch_is_at_midnight_of_the_account() -> None:
    before, after = Past("2026-09-30T23:59:58"), Past("2026-10-01T00:00:01")
    for past in (before, after):
        past.write()
    assert before.send("utility")[:4] == (False, "PMP", "free_customer_service", "utility")
    assert after.send("utility")[:4] == (True, "PMP", "regular", "utility")
    before.number.free_service_used = after.number.free_service_used = {"2026-09": 1_000, "2026-10": 1_000}
    assert before.send()[:4] == (False, "PMP", "free_customer_service", "service")
    assert after.send()[:4] == (True, "PMP", "regular", "service")
    assert after.send(kind="reaction")[:4] == (False, "PMP", "free_customer_service", "service")


@pytest.mark.parametrize(("at", "hours"), [("2026-09-30T23:00:00", 72), ("2026-10-01T00:00:01", 168)])
async def test_how_long_a_free_entry_point_lasts(at: str, hours: int) -> None:
    past = Past(at)
    past.write(ad=True)
    entry = past.send()
    assert entry[:4] == (False, "PMP", "free_entry_point", "referral_conversion")
    past.forward(hours - 0.1)
    assert past.send("marketing") == entry
    past.forward(0.2)
    assert past.send("marketing")[2] == "regular"
    past.write(ad=True)
    assert past.send()[4] not in (None, entry[4])  # the next one has its own id


async def test_an_answer_exactly_a_day_later_is_too_late() -> None:
    past = Past("2026-11-01T10:00:00")
    past.write(ad=True)
    past.chat.ad_click_s = past.sim.clock.now_s() - 24 * 3600
    assert past.send("marketing")[2] == "regular"
