"""The rules of the meter, as tables and as properties; pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnob.conversations.rules import (
    CONVERSATION_LENGTH,
    PER_CATEGORY,
    PER_CHAT,
    Delivered,
    Free,
    Joined,
    Kind,
    Opened,
    RuleSet,
    category_of,
    decide,
    replay,
)

START = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def at(hours: float) -> datetime:
    return START + hours * HOUR


def message(
    number: int, hours: float | datetime, kind: Kind = "free_form", category: str | None = None
) -> Delivered[UUID]:
    return Delivered(UUID(int=number), hours if isinstance(hours, datetime) else at(hours), kind, category)


def template(number: int, hours: float | datetime, category: str = "marketing") -> Delivered[UUID]:
    return message(number, hours, "template", category)


def reaction(number: int, hours: float) -> Delivered[UUID]:
    return message(number, hours, "reaction")


# Name, deliveries, referrals (hours), expected: (opener, hours, category) of each conversation.
STORIES = [
    ("the customer writes and gets no answer", [], [], []),
    ("a reply opens a service conversation", [message(1, 0)], [], [(1, 0, "service")]),
    ("forty more messages change nothing", [message(n, n / 2) for n in range(40)], [], [(0, 0, "service")]),
    ("templates inside are included", [message(1, 0), template(2, 1), template(3, 23.9)], [], [(1, 0, "service")]),
    ("a template opens its own category", [template(1, 0, "utility"), message(2, 5)], [], [(1, 0, "utility")]),
    ("one minute before the end joins", [message(1, 0), message(2, 23 + 59 / 60)], [], [(1, 0, "service")]),
    ("exactly at the end opens", [message(1, 0), message(2, 24)], [], [(1, 0, "service"), (2, 24, "service")]),
    (
        "the end is not moved by later messages",
        [message(1, 0), message(2, 20), message(3, 30)],
        [],
        [(1, 0, "service"), (3, 30, "service")],
    ),
    ("a reaction neither opens", [reaction(1, 0)], [], []),
    (
        "nor keeps it open",
        [message(1, 0), reaction(2, 23), message(3, 24)],
        [],
        [(1, 0, "service"), (3, 24, "service")],
    ),
    ("nor hides the opener after it", [reaction(1, 0), template(2, 1)], [], [(2, 1, "marketing")]),
    ("a reply to a referral is a free entry point", [message(1, 1)], [0], [(1, 1, "referral_conversion")]),
    ("so is a template", [template(1, 1)], [0], [(1, 1, "referral_conversion")]),
    ("at the same instant the customer came first", [message(1, 0)], [0], [(1, 0, "referral_conversion")]),
    (
        "just before 24 hours still counts",
        [message(1, at(24) - TICK)],
        [0],
        [(1, at(24) - TICK, "referral_conversion")],
    ),
    ("24 hours after it no longer counts", [message(1, 24)], [0], [(1, 24, "service")]),
    ("a referral that comes later does not count", [message(1, 1)], [2], [(1, 1, "service")]),
    ("inside an open conversation it changes nothing", [template(1, 0), message(2, 2)], [1], [(1, 0, "marketing")]),
    (
        "it still lasts 24 hours",
        [message(1, 1), message(2, 25)],
        [0],
        [(1, 1, "referral_conversion"), (2, 25, "service")],
    ),
    (
        "of two at one instant the one sent first opens",
        [
            Delivered(UUID(int=1), at(0), "free_form", None, at(-1)),
            Delivered(UUID(int=2), at(0), "free_form", None, at(-2)),
        ],
        [],
        [(2, 0, "service")],
    ),
    ("else the one with the lower id", [template(2, 0), message(1, 0)], [], [(1, 0, "service")]),
]


@pytest.mark.parametrize(("deliveries", "referrals", "expected"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES])
def test_stories(deliveries: list[Delivered[UUID]], referrals: list[float], expected: list[Any]) -> None:
    chain = replay(deliveries, [at(hours) for hours in referrals])
    found = [(opening.id.int, opening.opened_at, opening.category) for opening in chain.openings]
    assert found == [(n, when if isinstance(when, datetime) else at(when), category) for n, when, category in expected]


# The same, where the plan's card counts conversations per category.
PER_CATEGORY_STORIES: list[tuple[str, list[Delivered[UUID]], list[float], list[Any]]] = [
    (
        "two categories are two",
        [template(1, 0), template(2, 1, "utility")],
        [],
        [(1, 0, "marketing"), (2, 1, "utility")],
    ),
    ("of one category there is one", [template(1, 0), template(2, 1)], [], [(1, 0, "marketing")]),
    (
        "international authentication is authentication",
        [template(1, 0, "authentication"), template(2, 1, "authentication_international")],
        [],
        [(1, 0, "authentication")],
    ),
    ("a reply joins whatever is open", [template(1, 0), message(2, 1)], [], [(1, 0, "marketing")]),
    ("and opens where nothing is", [template(1, 0), message(2, 24)], [], [(1, 0, "marketing"), (2, 24, "service")]),
    ("a template beside a reply's", [message(1, 0), template(2, 1)], [], [(1, 0, "service"), (2, 1, "marketing")]),
    (
        "each has its own end",
        [template(1, 0), template(2, 20, "utility"), template(3, 30), template(4, 40, "utility")],
        [],
        [(1, 0, "marketing"), (2, 20, "utility"), (3, 30, "marketing")],
    ),
    (
        "a free entry point takes all",
        [message(1, 1), template(2, 2), template(3, 3, "utility")],
        [0],
        [(1, 1, "referral_conversion")],
    ),
    (
        "but not what is open already",
        [template(1, 0), template(2, 2), template(3, 3, "utility")],
        [1],
        [(1, 0, "marketing"), (3, 3, "referral_conversion")],
    ),
    ("a reaction still does nothing", [reaction(1, 0)], [], []),
]


@pytest.mark.parametrize(
    ("deliveries", "referrals", "expected"),
    [s[1:] for s in PER_CATEGORY_STORIES],
    ids=[s[0] for s in PER_CATEGORY_STORIES],
)
def test_stories_per_category(deliveries: list[Delivered[UUID]], referrals: list[float], expected: list[Any]) -> None:
    chain = replay(deliveries, [at(hours) for hours in referrals], rule_set_at=lambda _: PER_CATEGORY)
    assert [(opening.id.int, opening.opened_at, opening.category) for opening in chain.openings] == [
        (n, at(hours), category) for n, hours, category in expected
    ]


def test_a_message_joins_the_earliest_that_is_open() -> None:
    chain = replay([template(1, 0), template(2, 1, "utility"), message(3, 2)], rule_set_at=lambda _: PER_CATEGORY)
    assert chain.decisions[UUID(int=3)] == Joined(chain.openings[0])


def test_what_opened_under_another_rule_set_stays_open() -> None:
    def changed(moment: datetime) -> RuleSet:
        return PER_CATEGORY if moment < at(10) else PER_CHAT

    chain = replay([template(1, 0), template(2, 9, "utility"), template(3, 11, "authentication")], rule_set_at=changed)
    assert [opening.id.int for opening in chain.openings] == [1, 2]
    back = replay(
        [template(1, 0), template(2, 11, "utility")], rule_set_at=lambda m: PER_CHAT if m < at(10) else PER_CATEGORY
    )
    assert [opening.id.int for opening in back.openings] == [1, 2]


def test_of_one_message_the_earliest_delivery_counts() -> None:
    chain = replay([message(1, 5), message(2, 3), message(1, 2)])
    assert [(opening.id.int, opening.opened_at) for opening in chain.openings] == [(1, at(2))]


def test_reasons_are_told() -> None:
    first = decide([], [], template(1, 0))
    assert isinstance(first, Opened) and first.reason == "template_opens"
    assert decide([], [], message(1, 0)).reason == "reply_opens"
    assert decide([], [at(0)], message(1, 0)).reason == "referral_opens"
    assert decide([first.conversation], [], message(2, 1)) == Joined(first.conversation)
    assert decide([first.conversation], [], reaction(2, 1)) == Free("reaction_free")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("MARKETING", "marketing"),
        ("marketing_lite", "marketing"),
        ("AUTHENTICATION", "authentication"),
        ("authentication-international", "authentication"),
        ("Utility", "utility"),
        ("something new", "utility"),
        (None, "utility"),
    ],
)
def test_categories(text: str | None, category: str) -> None:
    assert category_of(text) == category


moments = st.integers(0, 80 * 4).map(lambda quarters: at(quarters / 4))
deliveries = st.lists(
    st.builds(
        Delivered,
        st.integers(0, 12).map(lambda n: UUID(int=n)),
        moments,
        st.sampled_from(["free_form", "template", "reaction"]),
        st.sampled_from(["marketing", "utility"]),
    ),
    max_size=25,
)
referrals = st.lists(moments, max_size=4)


@given(deliveries, referrals, st.randoms())
def test_order_and_duplicates_do_not_matter(events: list[Delivered[UUID]], came: list[datetime], chance: Any) -> None:
    # A message has one kind, whoever tells of it.
    kinds = {event.message_id: event.kind for event in events}
    events = [Delivered(e.message_id, e.at, kinds[e.message_id], e.category) for e in events]
    shuffled = [*events, *chance.sample(events, len(events) // 2)]
    chance.shuffle(shuffled)
    assert replay(shuffled, came[::-1]) == replay(events, came)


@given(deliveries, referrals)
def test_conversations_never_overlap_and_everything_has_its_place(
    events: list[Delivered[UUID]], came: list[datetime]
) -> None:
    chain = replay(events, came)
    for one, other in zip(chain.openings, chain.openings[1:], strict=False):
        assert other.opened_at - one.opened_at >= CONVERSATION_LENGTH
    assert chain.decisions.keys() == {event.message_id for event in events}
    for event in events:
        decision = chain.decisions[event.message_id]
        assert isinstance(decision, Free) or decision.conversation in chain.openings


@given(deliveries, referrals, st.integers(0, 80), st.sampled_from([PER_CHAT, PER_CATEGORY]))
def test_a_chain_can_be_gone_on_with_from_any_conversation(
    events: list[Delivered[UUID]], came: list[datetime], cut: int, rule_set: RuleSet
) -> None:
    kinds = {event.message_id: event.kind for event in events}
    events = [Delivered(e.message_id, e.at, kinds[e.message_id], e.category) for e in events]
    first: dict[UUID, Delivered[UUID]] = {}
    for event in sorted(events, key=lambda e: e.at):
        first.setdefault(event.message_id, event)
    whole = replay(first.values(), came, rule_set_at=lambda _: rule_set)
    before = replay([e for e in first.values() if e.at < at(cut)], came, rule_set_at=lambda _: rule_set)
    after = replay([e for e in first.values() if e.at >= at(cut)], came, before.openings, lambda _: rule_set)
    assert before.openings + after.openings == whole.openings
