"""A history rated: what the issue of the words says exactly, prices by date, months, numbers and markets."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hobnob.billing.history import meta, prices
from hobnob.billing.history.rate import rate
from hobnob.billing.history.types import Event, Item, MetaDecision, Term
from hobnob.billing.rating import Step
from hobnob.billing.shipped import shipped_catalog
from tests.billing.history.events import NUMBER

CATALOG = shipped_catalog()
INDIA = "+919876543210"
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
PAGE = (Path(__file__).parents[3] / "docs" / "rating.md").read_text()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sent(
    message: str, when: datetime | str, category: str | None = None, customer: str = INDIA, number: str = NUMBER
) -> Event:
    moment = at(when) if isinstance(when, str) else when
    return Event("delivered", moment, number, customer, message, "template" if category else "free_form", category)


def came(message: str, when: datetime | str, *, referral: bool = False) -> Event:
    moment = at(when) if isinstance(when, str) else when
    return Event("inbound", moment, NUMBER, INDIA, message, "free_form", None, referral)


def on_meta(events: list[Event], *, time_zone: str = "UTC", currency: str = "USD") -> list[tuple[str, int | None, str]]:
    items = rate(events, CATALOG, time_zone=time_zone, currency=currency, all_items=True)
    return [(item.message, item.amount_micros, item.rule) for item in items if item.meter == "meta"]


def test_without_a_plan_our_amounts_are_0_and_before_the_oldest_card_whatsapps_are_unknown() -> None:
    assert rate([sent("old", "2023-05-31T23:59:59")], CATALOG) == [
        Item(
            "old", "conversation", at("2023-05-31T23:59:59"), True, "old", "service", "India", 0, "USD", "reply_opens"
        ),
        Item("old", "meta", at("2023-05-31T23:59:59"), False, None, "service", "India", None, "USD", "no_card"),
    ]
    priced = rate([sent("old", "2023-05-31T23:59:59")], CATALOG, terms=[Term(LONG_AGO, "plus")])
    assert [(item.amount_micros, item.rule) for item in priced] == [(None, "no_card"), (None, "no_card")]


def test_what_opens_nothing_and_costs_nothing_is_left_out_unless_asked_for() -> None:
    events = [came("i", "2025-11-03T09:00"), sent("a", "2025-11-03T10:00"), sent("b", "2025-11-03T11:00")]
    assert [(item.message, item.meter) for item in rate(events, CATALOG)] == [("a", "conversation")]
    assert len(rate(events, CATALOG, all_items=True)) == 4
    assert rate([], CATALOG, all_items=True) == []


def test_of_one_message_the_earliest_delivery_counts_and_an_inbound_of_the_same_name_is_another() -> None:
    events = [
        sent("m", "2025-11-03T12:00", "utility"),
        sent("m", "2025-11-03T10:00", "utility"),
        came("m", "2025-11-03T11:00"),
    ]
    assert on_meta(events) == [("m", 1_400, "template_message")]


def test_at_one_instant_the_customer_comes_first() -> None:
    assert on_meta([sent("a", "2025-11-03T10:00", "utility"), came("z", "2025-11-03T10:00")]) == [
        ("a", 0, "utility_in_window")
    ]


@pytest.mark.parametrize(
    ("start", "length", "opener", "inside", "after"),
    [
        ("2024-02-01", DAY, "utility", "inside_open", "template_opens"),
        ("2024-02-01", 3 * DAY, "ad", "inside_free_entry_point", "template_opens"),
        ("2025-11-03", 3 * DAY, "ad", "inside_free_entry_point", "template_message"),
        ("2026-09-30", 3 * DAY, "ad", "inside_free_entry_point", "template_message"),
        ("2026-10-01", 7 * DAY, "ad", "inside_free_entry_point", "template_message"),
    ],
)
def test_it_covers_its_start_up_to_but_not_including_its_end(
    start: str, length: timedelta, opener: str, inside: str, after: str
) -> None:
    first = [came("i", start, referral=True)] if opener == "ad" else []
    events = [*first, sent("a", at(start), "utility")]
    rules = [
        on_meta([*events, sent("b", at(start) + length - TICK, "utility")])[-1][2],
        on_meta([*events, sent("b", at(start) + length, "utility")])[-1][2],
    ]
    assert rules == [inside, after]


def test_a_window_covers_its_start_up_to_but_not_including_its_end() -> None:
    start = at("2025-11-03T10:00")
    for delay, rule in (
        (timedelta(0), "utility_in_window"),
        (DAY - TICK, "utility_in_window"),
        (DAY, "template_message"),
    ):
        assert on_meta([came("i", start), sent("a", start + delay, "utility")])[0][2] == rule


def test_only_an_answer_within_24_hours_opens_a_free_entry_point() -> None:
    start = at("2025-11-03T10:00")
    for delay, rule in ((timedelta(0), "referral_opens"), (DAY - TICK, "referral_opens"), (DAY, "template_message")):
        assert on_meta([came("i", start, referral=True), sent("a", start + delay, "marketing")])[0][2] == rule


def test_a_second_ad_changes_nothing_while_the_entry_point_is_open_and_opens_the_next_one_after_it() -> None:
    start = at("2025-11-03T10:00")
    events = [
        came("i", start, referral=True),
        sent("a", start, "marketing"),
        came("j", start + 2 * DAY + DAY / 2, referral=True),
        sent("b", start + 2 * DAY + DAY / 2, "marketing"),
        sent("c", start + 3 * DAY, "marketing"),
    ]
    assert [rule for _, _, rule in on_meta(events)] == ["referral_opens", "inside_free_entry_point", "referral_opens"]


def test_the_providers_own_expiry_goes_before_our_reckoning() -> None:
    start = at("2026-10-05")
    opener = sent("a", start, "marketing")._replace(expires_at=start + 2 * DAY)
    events = [came("i", start, referral=True), opener, sent("b", start + 2 * DAY, "marketing")]
    assert on_meta(events)[-1][2] == "template_message"
    longer = [*events[:1], opener._replace(expires_at=start + 9 * DAY), sent("b", start + 8 * DAY, "marketing")]
    assert on_meta(longer)[-1][2] == "inside_free_entry_point"
    # Any message of the conversation may bring it, and one that lies in the past says nothing.
    inside = sent("b", start + DAY, "marketing")._replace(expires_at=start + 10 * DAY)
    told_later = [
        came("i", start, referral=True),
        sent("a", start, "marketing"),
        inside,
        sent("c", start + 9 * DAY, "marketing"),
    ]
    assert on_meta(told_later)[-1][2] == "inside_free_entry_point"
    past = opener._replace(expires_at=start - DAY)
    assert on_meta([came("i", start, referral=True), past, sent("b", start + DAY, "marketing")])[-1][1] == 0
    conversation = sent("a", "2024-02-01", "utility")._replace(expires_at=at("2024-02-01T12:00"))
    assert on_meta([conversation, sent("b", "2024-02-01T12:00", "utility")])[-1][2] == "template_opens"


def test_free_units_count_by_calendar_month_of_the_account_and_by_number() -> None:
    last_day = at("2026-10-31T18:29:59")
    events = [sent(f"m{n:04}", last_day - timedelta(seconds=n)) for n in range(1_000)]
    events += [sent("x", last_day + timedelta(microseconds=1)), sent("y", last_day, number="+15550199")]
    events += [sent("z", at("2026-10-31T18:30"))]
    utc = {message: rule for message, _, rule in on_meta(events)}
    kolkata = {message: rule for message, _, rule in on_meta(events, time_zone="Asia/Kolkata")}
    assert (utc["x"], utc["y"], utc["z"]) == ("service_message", "service_allowance", "service_message")
    assert (kolkata["x"], kolkata["y"], kolkata["z"]) == ("service_message", "service_allowance", "service_allowance")


def test_utility_templates_take_nothing_of_the_free_service_messages() -> None:
    start = at("2026-11-02")
    events = [sent(f"m{n:04}", start + timedelta(seconds=n)) for n in range(999)]
    events += [sent("u", start + DAY, "utility"), sent("x", start + 2 * DAY), sent("y", start + 3 * DAY)]
    assert [rule for _, _, rule in on_meta(events)][-3:] == ["template_message", "service_allowance", "service_message"]


def test_included_conversations_count_by_calendar_month() -> None:
    october = [sent(f"a{n:05}", at("2026-10-30") + timedelta(seconds=n), customer=f"+91{n:010}") for n in range(5_001)]
    november = sent("b", "2026-11-05", customer="+919999999999")
    items = rate([*october, november], CATALOG, terms=[Term(LONG_AGO, "plus")])
    ours = [(item.amount_micros, item.rule) for item in items if item.meter == "conversation"]
    assert ours[:5_000] == [(0, "included")] * 5_000
    assert ours[5_000:] == [(1_990, "reply_opens"), (0, "included")]


def test_the_term_in_force_when_a_conversation_opens_prices_it() -> None:
    terms = [Term(at("2026-11-03"), "starter"), Term(at("2026-11-05T10:00"), "plus", 1)]
    events = [sent(str(day), f"2026-11-0{day}T10:00") for day in range(2, 7)]
    items = [item for item in rate(events, CATALOG, terms=terms) if item.meter == "conversation"]
    assert [(item.amount_micros, item.rule) for item in items] == [
        (0, "reply_opens"),
        (15_000, "reply_opens"),
        (15_000, "reply_opens"),
        (0, "included"),
        (0, "included"),
    ]


def test_rates_are_those_of_the_day_and_market() -> None:
    cases = [
        ("2025-12-31T23:59:59", "marketing", INDIA, 10_700),
        ("2026-01-01T00:00:00", "marketing", INDIA, 11_800),
        ("2026-06-30T23:59:59", "marketing", "+85251234567", 73_200),
        ("2026-09-30T23:59:59", "utility", "+77012345678", 7_700),
        ("2026-10-01T00:00:00", "utility", "+77012345678", 18_000),
        ("2026-11-02T00:00:00", "marketing", "US.13491208655302741918", 25_000),
        ("2026-11-02T00:00:00", "authentication_international", "+34612345678", 20_000),
        ("2025-08-01T00:00:00", "utility", "+201001234567", None),
    ]
    for moment, category, customer, amount in cases:
        found = on_meta([sent("m", moment, category, customer)])
        assert found == [("m", amount, "template_message" if amount else "no_rate")], moment


def test_other_currencies_are_priced_where_the_card_has_them() -> None:
    assert on_meta([sent("m", "2026-11-02", "marketing")], currency="INR") == [("m", 863_100, "template_message")]
    assert on_meta([sent("m", "2026-11-02", "marketing")], currency="EUR") == [("m", None, "no_rate")]
    assert on_meta([sent("m", "2025-11-02")], currency="EUR") == [("m", 0, "service_free")]


def test_volume_tiers_price_the_messages_in_them() -> None:
    steps = CATALOG.cards["meta"][-1].steps("meta", "Saudi Arabia", "utility", "USD")
    decision = MetaDecision("m", at("2026-11-02"), "charged", "utility", "template_message")
    amounts = [prices.price_on_steps(steps, position, decision)[0] for position in (99_999, 100_000, 80_000_000)]
    assert amounts == [10_700, 10_200, 8_000]


def test_international_authentication_goes_on_counting_where_authentication_stands() -> None:
    national = MetaDecision("m", at("2026-11-02"), "charged", "authentication", "template_message")
    international = MetaDecision("m", at("2026-11-02"), "charged", "authentication_international", "template_message")
    assert prices.counter_of(national, "n", "India") == prices.counter_of(international, "n", "India")
    assert prices.counter_of(national, "n", "India") != prices.counter_of(national, "n", "Egypt")


def test_every_rule_is_explained() -> None:
    table = set(re.findall(r"^\| `(\w+)` \| (?:both|meta|conversation) \|", PAGE, re.MULTILINE))
    source = "".join(path.read_text() for path in Path(meta.__file__).parent.glob("*.py"))
    rules = {"template_opens", "reply_opens", "referral_opens", "inside_open", "reaction_free", "included"}
    rules |= {"free_tier", "service_free", "inside_free_entry_point", "template_message", "utility_in_window"}
    rules |= {"service_message", "service_allowance", "no_card", "no_rate"}
    assert table == rules
    assert all(f'"{rule}"' in source for rule in rules - {"template_opens", "reply_opens"})


def test_a_free_entry_point_closes_what_is_open_in_the_time_of_conversations() -> None:
    """Seen where the provider says that what was open would have outlived it."""
    start = at("2024-02-01")
    events = [
        sent("a", start, "utility")._replace(expires_at=start + 9 * DAY),
        came("i", start + DAY, referral=True),
        sent("b", start + DAY, "marketing"),
        sent("c", start + 5 * DAY, "utility"),
    ]
    assert [rule for _, _, rule in on_meta(events)] == ["template_opens", "referral_opens", "template_opens"]


def test_authentication_of_both_kinds_climbs_one_ladder_of_tiers() -> None:
    version = CATALOG.cards["meta"][-1]
    tiers = (Step(0, 30_400), Step(2, 30_000))
    rates = {**version.rates, ("meta", "India", "authentication_international", "USD"): tiers}
    catalog = replace(CATALOG, cards={**CATALOG.cards, "meta": (replace(version, rates=rates),)})
    kinds = ["authentication", "authentication_international", "authentication_international"]
    events = [sent(str(n), at("2026-11-02") + n * DAY, kind) for n, kind in enumerate(kinds)]
    events.append(sent("next month", "2026-12-01", kinds[-1]))
    items = [item for item in rate(events, catalog) if item.meter == "meta"]
    assert [item.amount_micros for item in items] == [1_400, 30_400, 30_000, 30_400]


def test_what_was_delivered_before_tiers_began_counts_for_them() -> None:
    version = CATALOG.cards["meta"][-1]
    tiers = {**version.rates, ("meta", "India", "utility", "USD"): (Step(0, 1_400), Step(2, 1_300))}
    later = replace(version, version=13, effective_from=date(2026, 11, 10), rates=tiers)
    catalog = replace(CATALOG, cards={**CATALOG.cards, "meta": (version, later)})
    events = [sent(str(day), f"2026-11-{day}", "utility") for day in ("08", "09", "10")]
    items = [item for item in rate(events, catalog) if item.meter == "meta"]
    assert [item.amount_micros for item in items] == [1_400, 1_400, 1_300]
