"""What the platform says it delivered and charged, and the faults that make its word differ from its figures."""

from __future__ import annotations

import urllib.parse
from typing import Any

import pytest

from tests.simulator.support import CUSTOMER_PHONE, Platform, Receiver, Refused
from tests.simulator.test_statuses import REFERRAL, template

DAY_S = 86_400
ALL = '["COUNTRY","PHONE","PRICING_CATEGORY","PRICING_TYPE","TIER"]'


def now_s(platform: Platform) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(platform.control("GET", "/clock")["now"]).timestamp())


def figures(platform: Platform, granularity: str = "DAILY", dimensions: str = ALL, **more: Any) -> list[dict[str, Any]]:
    """The data points of the last ten days."""
    start = now_s(platform) - 10 * DAY_S
    query = {"start": start, "end": start + 12 * DAY_S, "granularity": granularity, "dimensions": dimensions, **more}
    answer = platform.graph("GET", f"{platform.waba_id}/pricing_analytics?{urllib.parse.urlencode(query)}")
    return [point for group in answer["data"] for point in group["data_points"]]


def test_it_counts_what_was_delivered(platform: Platform, receiver: Receiver) -> None:
    platform.control("PUT", "/rates", **{"IN/marketing": 0.0118, "*/utility": 0.004})
    marketing, utility = template(platform, "MARKETING", "sale"), template(platform, "UTILITY", "note")
    platform.write()
    for body in (marketing, marketing, utility, {}):
        receiver.status(platform.send(**body), "delivered")
    platform.phone(CUSTOMER_PHONE, method="PATCH", online=False)
    platform.send(**marketing)
    found = {(each["pricing_type"], each["pricing_category"]): each for each in figures(platform)}
    assert {key: (each["volume"], each["cost"]) for key, each in found.items()} == {
        ("REGULAR", "MARKETING"): (2, 0.0236),
        ("REGULAR", "UTILITY"): (1, 0.004),
        ("FREE_CUSTOMER_SERVICE", "SERVICE"): (1, 0.0),
    }
    one = found["REGULAR", "MARKETING"]
    assert (one["country"], one["phone_number"], one["tier"]) == ("IN", "14155550100", "0:MAX")
    assert one["end"] - one["start"] == DAY_S
    assert "tier" not in found["FREE_CUSTOMER_SERVICE", "SERVICE"]


def test_granularities_and_filters(platform: Platform, receiver: Receiver) -> None:
    marketing = template(platform, "MARKETING", "sale")
    platform.send(**marketing)
    platform.advance(hours=2)
    receiver.status(platform.send(**marketing), "delivered")
    halves = figures(platform, "HALF_HOUR", "")
    assert [each["volume"] for each in halves] == [1, 1]
    assert all(set(each) == {"start", "end", "volume"} for each in halves)  # no rates, no costs
    assert sum(each["volume"] for each in figures(platform, "MONTHLY", "")) == 2
    assert figures(platform, pricing_types="FREE_ENTRY_POINT") == []
    assert len(figures(platform, "HALF_HOUR", pricing_categories='["MARKETING"]', country_codes="IN")) == 2


def test_the_older_form_says_the_same(platform: Platform, receiver: Receiver) -> None:
    receiver.status(platform.send(**template(platform, "MARKETING", "sale")), "delivered")
    start = now_s(platform) - DAY_S
    asked = (
        f"id,currency,pricing_analytics.start({start}).end({start + 2 * DAY_S}).granularity(DAILY).phone_numbers([])"
        '.dimensions(["COUNTRY","PHONE","PRICING_CATEGORY","PRICING_TYPE","TIER"])'
    )
    answer = platform.graph("GET", f"{platform.waba_id}?fields={urllib.parse.quote(asked)}")
    assert answer["currency"] == "USD"
    assert answer["pricing_analytics"]["data"][0]["data_points"] == figures(platform)


@pytest.mark.parametrize(
    "query",
    ["", "start=1", "start=1&end=2&granularity=DAILY", "start=9&end=5&granularity=DAILY", "start=%d&end=%d&granularity=HOURLY",
     "start=%d&end=%d&granularity=DAILY&dimensions=WEATHER"],
)  # fmt: skip
def test_bad_questions_are_refused(platform: Platform, query: str) -> None:
    if "%d" in query:
        query %= (now_s(platform) - 9, now_s(platform))
    with pytest.raises(Refused) as refused:
        platform.graph("GET", f"{platform.waba_id}/pricing_analytics?{query}")
    assert (refused.value.status, refused.value.code) == (400, 100)


def test_lost_statuses_are_counted_all_the_same(platform: Platform, receiver: Receiver) -> None:
    marketing = template(platform, "MARKETING", "sale")
    platform.faults(lost_statuses=1.0)
    lost = platform.send(**marketing)
    platform.faults(lost_statuses=0.0, uncounted=1.0)
    receiver.status(platform.send(**marketing), "delivered")
    assert receiver.statuses(lost) == []
    assert [each["volume"] for each in figures(platform)] == [1]


def test_another_price_stands_in_both(platform: Platform, receiver: Receiver) -> None:
    marketing = template(platform, "MARKETING", "sale")
    platform.faults(other_price=1.0)
    assert receiver.status(platform.send(**marketing), "delivered")["pricing"]["category"] == "utility"
    assert [each["pricing_category"] for each in figures(platform)] == ["UTILITY"]


def test_untold_and_late_prices(platform: Platform, receiver: Receiver) -> None:
    marketing = template(platform, "MARKETING", "sale")
    platform.faults(untold_price=1.0)
    untold = platform.send(**marketing)
    assert "pricing" not in receiver.status(untold, "delivered")
    platform.faults(untold_price=0.0, late_price_s=3600)
    late = platform.send(**marketing)
    assert "pricing" not in receiver.status(late, "sent")
    assert "pricing" not in receiver.status(late, "delivered")
    platform.advance(hours=1)
    told = receiver.wait(lambda: [each for each in receiver.statuses(late) if each["status"] == "delivered"][1:])
    assert told[0]["pricing"]["category"] == "marketing"
    assert told[0]["timestamp"] == receiver.status(late, "delivered")["timestamp"]


def test_the_newest_are_not_counted_yet(platform: Platform, receiver: Receiver) -> None:
    marketing = template(platform, "MARKETING", "sale")
    platform.faults(analytics_lag_s=3600)
    receiver.status(platform.send(**marketing), "delivered")
    assert figures(platform) == []
    platform.advance(hours=2)
    assert len(figures(platform)) == 1


def test_a_free_entry_point_is_counted_as_one(platform: Platform, receiver: Receiver) -> None:
    platform.write(referral=REFERRAL)
    receiver.status(platform.send(), "delivered")
    [point] = figures(platform)
    assert (point["pricing_type"], point["pricing_category"]) == ("FREE_ENTRY_POINT", "REFERRAL_CONVERSION")
