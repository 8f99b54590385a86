"""Message by message: what we reckon against what WhatsApp told, in each class, and how a class changes with time."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from tests.billing.provider.meter import ENTRY, FREE, REGULAR, Meter, few_free
from tests.inbox.ingest.wire import Shop, at, status, ticked

MARKETING = {**REGULAR, "category": "marketing"}
SERVICE = {**FREE, "category": "service"}
DAY = 86_400


async def test_a_template_that_costs_what_was_told(meter: Meter) -> None:
    message = await meter.deliver(0, MARKETING, category="marketing")
    item = await meter.item(message)
    assert (item["class"], item["kind"], item["category"], item["rule"]) == (
        "match",
        "regular",
        "marketing",
        "template_message",
    )
    assert (item["market"], item["country"], item["currency"]) == ("North America", "US", "USD")
    assert item["amount_micros"] > 0
    assert item["told"]["category"] == "marketing" and item["told"]["reported_with"] == "delivered"
    await meter.check()


async def test_a_reply_out_of_the_months_free_ones(meter: Meter) -> None:
    await meter.write(0)
    item = await meter.item(await meter.deliver(60, SERVICE))
    assert (item["class"], item["kind"], item["rule"], item["amount_micros"]) == (
        "match",
        "free_customer_service",
        "service_allowance",
        0,
    )


@pytest.mark.parametrize(
    ("told", "category"),
    [
        ({**REGULAR, "category": "utility"}, "marketing"),
        ({**FREE, "category": "marketing"}, "marketing"),
        ({"billable": False, "pricing_model": "PMP", "category": "marketing"}, "marketing"),
        ({**REGULAR, "category": "authentication-international"}, "authentication"),
        ({**REGULAR, "category": "service"}, None),
    ],
)
async def test_a_price_that_differs(meter: Meter, told: dict[str, Any], category: str | None) -> None:
    await meter.write(0)
    item = await meter.item(await meter.deliver(60, told, category=category))
    assert item["class"] == "price_differs"
    await meter.check()


@pytest.mark.parametrize("told", [{**REGULAR, "category": "marketing_lite"}, {"category": "marketing"}])
async def test_other_ways_of_telling_the_same(meter: Meter, told: dict[str, Any]) -> None:
    assert (await meter.item(await meter.deliver(0, told, category="marketing")))["class"] == "match"


async def test_a_price_not_told_yet_and_then_told(meter: Meter) -> None:
    wamid = "wamid.late"
    message = await meter.shop.sent(wamid, kind="template", category="marketing")
    await meter.shop.receive(ticked(status("delivered", wamid, 0)))
    item = await meter.item(message)
    assert (item["class"], item["told"]) == ("timing", None)
    assert item["recheck_at"] == at(0) + timedelta(days=7)
    await meter.shop.receive(ticked(status("read", wamid, 3 * DAY, pricing=MARKETING)))
    item = await meter.item(message)
    assert (item["class"], item["recheck_at"]) == ("match", None)
    await meter.check()


async def test_a_price_that_is_never_told(meter: Meter) -> None:
    message = await meter.deliver(0, None, category="marketing")
    assert (await meter.item(message))["class"] == "timing"
    meter.shop.clock.advance(timedelta(days=7))
    item = await meter.item(message)
    assert (item["class"], item["recheck_at"]) == ("missing", None)
    await meter.check()


async def test_a_guess_before_the_delivery_is_a_matter_of_time(meter: Meter) -> None:
    message = await meter.deliver(0, None, category="marketing", sent_pricing={**REGULAR, "category": "utility"})
    assert (await meter.item(message))["class"] == "timing"
    meter.shop.clock.advance(timedelta(days=7))
    assert (await meter.item(message))["class"] == "price_differs"
    right = await meter.deliver(0, None, category="marketing", sent_pricing=MARKETING)
    assert (await meter.item(right))["class"] == "match"


async def test_read_without_delivered_counts(meter: Meter) -> None:
    assert (await meter.item(await meter.deliver(0, MARKETING, category="marketing", told_with="read")))[
        "class"
    ] == "match"


async def test_what_was_not_delivered_is_not_on_the_meter(meter: Meter) -> None:
    wamid = "wamid.sent"
    await meter.shop.sent(wamid, kind="template", category="marketing")
    await meter.shop.receive(ticked(status("sent", wamid, 0, pricing=MARKETING)))
    await meter.rate()
    assert await meter.items() == {}


async def test_the_businesss_own_app_is_not_charged(meter: Meter) -> None:
    wamid = "wamid.app"
    await meter.shop.sent(wamid, queued_at=None)
    await meter.shop.receive(ticked(status("delivered", wamid, 0, pricing=SERVICE)))
    await meter.rate()
    assert await meter.items() == {}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
async def test_a_free_entry_point_ends_when_whatsapp_says(meter: Meter, order: tuple[int, ...], together: bool) -> None:
    """Only ``sent`` tells the end; it is kept in whatever order the statuses come."""
    await meter.write(0, ad=True)
    wamid = "wamid.entry"
    first = await meter.shop.sent(wamid, seconds=60)
    end = at(60) + timedelta(days=2)
    conversation = {"id": "c1", "origin": {"type": "referral_conversion"}}
    ended = {**conversation, "expiration_timestamp": str(int(end.timestamp()))}
    told = [
        status("sent", wamid, 60, pricing=ENTRY, conversation=ended),
        status("delivered", wamid, 60, pricing=ENTRY, conversation=conversation),
        status("read", wamid, 70, pricing=ENTRY, conversation=conversation),
    ]
    statuses = [told[n] for n in order]
    for part in [statuses] if together else [[one] for one in statuses]:
        await meter.shop.receive(ticked(*part))
    inside = await meter.deliver(60 + 2 * DAY - 1, ENTRY, category="marketing")
    after = await meter.deliver(60 + 2 * DAY, MARKETING, category="marketing")
    await meter.rate()
    items = await meter.items()
    assert [
        (items[one]["kind"], items[one]["class"], items[one]["conversation_id"]) for one in (first, inside, after)
    ] == [
        ("free_entry_point", "match", first),
        ("free_entry_point", "match", first),
        ("regular", "match", None),
    ]


async def test_conversations_of_former_times(meter: Meter) -> None:
    """Before July 2025 the pricing object has no type, and what joins a conversation says what the conversation does."""
    then = -2 * 365 * DAY
    charged = {"billable": True, "pricing_model": "CBP", "category": "marketing"}
    opener = await meter.deliver(then, charged, category="marketing")
    joined = await meter.deliver(then + 60, charged, category="marketing")
    await meter.rate()
    items = await meter.items()
    assert [(items[one]["kind"], items[one]["class"], items[one]["outcome"]) for one in (opener, joined)] == [
        ("conversation", "match", "opened"),
        ("conversation", "match", "joined"),
    ]
    assert items[opener]["amount_micros"] > 0 == items[joined]["amount_micros"]


async def test_the_thousand_and_first(meter: Meter, postgres_url: str) -> None:
    """The month's free ones in the order of delivery, corrected when one is reported late; each number has its own."""
    await few_free(postgres_url, 3)
    await meter.write(0)
    charged = {**REGULAR, "category": "service"}
    ids = [await meter.deliver(60 * n, SERVICE if n <= 3 else charged) for n in (1, 2, 3, 4, 5)]
    await meter.rate()
    items = await meter.items()
    assert [items[one]["rule"] for one in ids] == ["service_allowance"] * 3 + ["service_message"] * 2
    assert {items[one]["class"] for one in ids} == {"match"}
    late = await meter.deliver(90, SERVICE)
    await meter.rate()
    items = await meter.items()
    assert [items[one]["rule"] for one in (ids[0], late, ids[1], ids[2])] == ["service_allowance"] * 3 + [
        "service_message"
    ]
    assert items[ids[2]]["class"] == "price_differs"  # WhatsApp counted it among the free ones
    assert items[ids[2]]["amount_micros"] == items[ids[4]]["amount_micros"] > 0
    await meter.check()
    other = Meter(await Shop.open(meter.shop.database, number="106540352242923", lane=meter.shop.tenant.lane))
    await other.write(0)
    assert (await other.item(await other.deliver(60 * 9, SERVICE)))["rule"] == "service_allowance"


async def test_a_reaction_costs_nothing_and_needs_no_price(meter: Meter) -> None:
    await meter.write(0)
    item = await meter.item(await meter.deliver(60, None, kind="reaction", hidden=True))
    assert (item["kind"], item["class"], item["amount_micros"], item["counter"]) == ("reaction", "match", 0, None)


async def test_before_any_card_nothing_can_be_explained(meter: Meter) -> None:
    told = {"billable": True, "pricing_model": "CBP", "category": "marketing"}
    item = await meter.item(await meter.deliver(-4 * 365 * DAY, told, category="marketing"))
    assert (item["kind"], item["rule"], item["amount_micros"], item["class"]) == (
        "unknown",
        "no_card",
        None,
        "price_differs",
    )
    await meter.check()
