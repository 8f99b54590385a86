"""What holds for any history: order and repetition do not matter, parts add up, one truth for our meter."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hobnob.bench.plain_rating import Totals, plain_totals
from hobnob.bench.rating import ZONE, history
from hobnob.billing.history.meta import meta_decisions
from hobnob.billing.history.prices import counter_of, price_meta, rule_sets_of
from hobnob.billing.history.rate import rate
from hobnob.billing.history.types import Event, Term
from hobnob.billing.rating import Step, amount_at, amount_between
from hobnob.billing.shipped import shipped_catalog
from hobnob.conversations.rules import PER_CATEGORY, PER_CHAT, Delivered, Opened, replay
from tests.billing.history.events import TEMPLATES, per_category

CATALOG = shipped_catalog()
PER_CATEGORY_CATALOG = per_category(CATALOG)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
TERMS = [Term(LONG_AGO, "starter")]
HOUR = timedelta(hours=1)
# Around every switch of rules and prices, the first of them between no card and the oldest.
SWITCHES = [
    datetime(*day, tzinfo=UTC)
    for day in ((2023, 6, 1), (2024, 11, 1), (2025, 7, 1), (2026, 1, 1), (2026, 10, 1), (2026, 11, 1))
]
ZONES = [
    "UTC",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "America/New_York",
    "Pacific/Apia",
    "Europe/Madrid",
    "America/Havana",
]


@st.composite
def histories(draw: st.DrawFn, size: int = 25) -> list[Event]:
    """Events of few chats around one switch, at moments that meet: whole hours, ends of windows, and a microsecond off."""
    switch = draw(st.sampled_from(SWITCHES))
    events: list[Event] = []
    for n in range(draw(st.integers(0, size))):
        hours = draw(st.one_of(st.integers(-80, 80), st.sampled_from([-72, -48, -24, 0, 24, 48, 72, 168])))
        at = switch + hours * HOUR + draw(st.sampled_from([0, 0, 0, -1, 1])) * timedelta(microseconds=1)
        number = draw(st.sampled_from(["+15550100", "+15550101"]))
        customer = draw(st.sampled_from(["+919876543210", "US.1349", "+77012345678"]))
        what = draw(st.sampled_from(["in", "ad", "text", "reaction", *TEMPLATES]))
        if what in ("in", "ad"):
            events.append(Event("inbound", at, number, customer, f"i{n}", "free_form", None, what == "ad"))
            continue
        expires_at = at + draw(st.integers(-5, 200)) * HOUR if draw(st.integers(0, 9)) == 0 else None
        kind: Any = {"text": "free_form", "reaction": "reaction"}.get(what, "template")
        events.append(Event("delivered", at, number, customer, f"m{n}", kind, TEMPLATES.get(what), False, expires_at))
    return events


@given(histories(), st.randoms(), st.sampled_from(ZONES))
def test_order_and_repetition_do_not_matter(events: list[Event], chance: Any, zone: str) -> None:
    again = []
    for event in chance.sample(events, len(events) // 2):
        # Told again later, in another zone's time, and perhaps with other words.
        at = (event.at + chance.choice([0, 0, 1, 30]) * HOUR).astimezone(ZoneInfo(chance.choice(ZONES)))
        again.append(event._replace(at=at, referral=chance.random() < 0.2, expires_at=None))
    told = [*events, *again]
    shuffled = [*told, *chance.sample(told, len(told) // 3)]
    chance.shuffle(shuffled)
    expected = rate(told, CATALOG, time_zone=zone, terms=TERMS, all_items=True)
    assert rate(shuffled, CATALOG, time_zone=zone, terms=TERMS, all_items=True) == expected
    assert len(expected) == 2 * len({event.message for event in events if event.event == "delivered"})
    kept = [item for item in expected if item.opens or item.amount_micros != 0]
    assert rate(shuffled, CATALOG, time_zone=zone, terms=TERMS) == kept


@given(histories(), st.booleans())
def test_our_meter_is_the_one_of_conversations(events: list[Event], per: bool) -> None:
    catalog, rule_set = (PER_CATEGORY_CATALOG, PER_CATEGORY) if per else (CATALOG, PER_CHAT)
    # No card, no rule set of its own: until then conversations are counted per chat.
    first = catalog.cards["starter"][0].effective_from
    items = {item.message: item for item in rate(events, catalog, terms=TERMS, all_items=True) if item.meter != "meta"}
    chats: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        chats[event.number, event.customer].append(event)
    for mine in chats.values():
        chain = replay(
            [Delivered(e.message, e.at, e.kind, e.category) for e in mine if e.event == "delivered"],
            [e.at for e in mine if e.referral],
            rule_set_at=lambda at: rule_set if at.date() >= first else PER_CHAT,
        )
        for message, decision in chain.decisions.items():
            item = items[message]
            assert item.rule in (decision.reason, "no_card")
            assert item.opens == isinstance(decision, Opened)
            opening = getattr(decision, "conversation", None)
            assert (item.conversation, item.category) == ((opening.id, opening.category) if opening else (None, None))


@given(histories(), st.sampled_from(ZONES))
def test_whatsapps_meter_is_that_of_each_chat_priced_in_time_order(events: list[Event], zone: str) -> None:
    """The parts that the live meter uses give what the whole pass gives."""
    rule_sets = rule_sets_of(CATALOG, zone)
    chats: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        chats[event.number, event.customer].append(event)
    found = {}
    for (number, customer), mine in chats.items():
        for decision in meta_decisions(mine, rule_sets):
            found[decision.message] = (number, customer, decision)
    counts: dict[Any, int] = defaultdict(int)
    for item in rate(events, CATALOG, time_zone=zone, all_items=True):
        if item.meter != "meta":
            continue
        number, _, decision = found.pop(item.message)
        on = item.at.astimezone(ZoneInfo(zone)).date()
        counter = counter_of(decision, number, item.market)
        key = (on.replace(day=1), counter)
        price = price_meta(CATALOG, decision, item.market, counts[key] if counter else 0, on)
        counts[key] += 1
        assert price == (item.amount_micros, item.rule)
        assert (item.category, item.conversation, item.opens) == (
            decision.category,
            decision.conversation,
            decision.outcome == "opened",
        )
    assert not found


@given(histories())
def test_chats_are_rated_apart_from_each_other_but_for_what_a_month_counts(events: list[Event]) -> None:
    whole = rate(events, CATALOG, terms=TERMS, all_items=True)
    parts = []
    for chat in sorted({(event.number, event.customer) for event in events}):
        mine = [event for event in events if (event.number, event.customer) == chat]
        parts += rate(mine, CATALOG, terms=TERMS, all_items=True)
    # Too few for any count to matter: the sum of the parts is the whole.
    assert sorted(parts, key=repr) == sorted(whole, key=repr)


@given(histories())
def test_a_quiet_time_splits_a_history(events: list[Event]) -> None:
    """Where nothing is open any more, the two halves rated one after the other are the whole."""
    events = [event._replace(expires_at=None) for event in events]
    late = [event._replace(at=event.at + timedelta(days=500), message=event.message + "'") for event in events]
    whole = rate([*events, *late], CATALOG, terms=TERMS, all_items=True)
    halves = [rate(half, CATALOG, terms=TERMS, all_items=True) for half in (events, late)]
    assert whole == halves[0] + halves[1]


@given(st.integers(0, 2**32), st.integers(1, 400))
def test_a_plain_loop_comes_to_the_same_money(seed: int, chats: int) -> None:
    """Written down a second time in another way, without anything kept for the next message."""
    events = history(1_500, seed, chats)
    found = Totals()
    for item in rate(events, CATALOG, time_zone=ZONE, terms=[Term(LONG_AGO, "plus")]):
        found.add(item.meter, item.amount_micros)
    assert found == plain_totals(events, CATALOG, time_zone=ZONE, plan="plus")


steps = st.lists(st.integers(1, 400), max_size=4, unique=True).flatmap(
    lambda starts: st.lists(st.integers(0, 50_000), min_size=len(starts) + 1, max_size=len(starts) + 1).map(
        lambda amounts: tuple(Step(*pair) for pair in zip([0, *sorted(starts)], amounts, strict=True))
    )
)


@given(steps, st.integers(0, 500), st.integers(0, 500))
def test_any_split_of_a_months_units_adds_up(of: tuple[Step, ...], first: int, second: int) -> None:
    start, end = sorted((first, second))
    assert amount_between(of, 0, start) + amount_between(of, start, end) == amount_between(of, 0, end)
    assert amount_between(of, start, end) == sum(amount_at(of, position) for position in range(start, end))


@given(
    st.sampled_from(ZONES),
    st.sampled_from(["2025-03-09", "2025-11-02", "2026-03-29", "2026-10-25", "2025-10-01", "2026-10-01"]),
)
def test_days_begin_at_00_00_of_the_account_whatever_its_clocks_do(zone: str, day: str) -> None:
    """Every hour of three days is priced by the card of its local date, also where clocks change."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=1)
    events = [
        Event("delivered", start + n * HOUR, "+1", "+5215512345678", f"{n:03}", "template", "marketing")
        for n in range(72)
    ]
    for item in rate(events, CATALOG, time_zone=zone):
        if item.meter == "meta":
            local = item.at.astimezone(ZoneInfo(zone)).date()
            version = CATALOG.card_version("meta", local)
            assert version is not None
            assert item.amount_micros == version.steps("meta", "Mexico", "marketing", "USD")[0].amount_micros
