"""The allowances never let more go than WhatsApp takes, and never hold back for ever."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnob.inbox.outbox_call import RETRY_MAX_S, backoff_s, pair_backoff_s
from hobnob.inbox.outbox_limits import Allowance, NumberLimit, PairLimits

steps = st.lists(st.floats(0, 0.4), min_size=1, max_size=200)


@given(per_second=st.sampled_from([1, 20, 80, 1000]), waits=steps)
def test_no_second_holds_more_than_the_number_may_send(per_second: int, waits: list[float]) -> None:
    limit = NumberLimit(per_second, 0.0)
    now_s, taken = 0.0, []
    for wait_s in waits:
        now_s += wait_s
        available = limit.available(now_s)
        limit.take(now_s, available)
        taken.append((now_s, available))
    for start_s, _ in taken:
        assert sum(count for at_s, count in taken if start_s <= at_s < start_s + 1) <= per_second + 1e-6


@given(per_second=st.sampled_from([1, 80, 1000]), taken=st.integers(0, 100))
def test_after_the_wait_there_is_room(per_second: int, taken: int) -> None:
    limit = NumberLimit(per_second, 0.0)
    limit.take(0.0, taken)
    assert limit.available(limit.wait_s(0.0) + 1e-6) >= 1


def test_a_refusal_pauses_longer_each_time_until_something_goes_through() -> None:
    limit = NumberLimit(80, 0.0)
    assert limit.refused(0.0, None) == 1.0
    assert limit.refused(0.5, None) == 0.5, "one burst is one refusal"
    assert limit.available(0.9) == 0
    assert limit.refused(1.0, None) == 2.0
    assert limit.refused(3.0, 30.0) == 30.0
    limit.accepted()
    assert limit.refused(40.0, None) == 1.0


def test_a_pair_takes_a_burst_and_then_one_each_six_seconds() -> None:
    pairs, chat = PairLimits(), uuid4()
    sent_at_s = []
    now_s = 0.0
    for _ in range(50):
        now_s += pairs.wait_s(chat, now_s)
        pairs.take(chat, now_s)
        sent_at_s.append(now_s)
    assert sent_at_s[:45] == [0.0] * 45
    assert sent_at_s[45:] == pytest.approx([6.0, 12.0, 18.0, 24.0, 30.0])


def test_a_refused_pair_starts_from_nothing() -> None:
    pairs, chat = PairLimits(), uuid4()
    assert pairs.wait_s(chat, 0.0) == 0
    pairs.refused(chat, 0.0)
    assert pairs.wait_s(chat, 0.0) == pytest.approx(6.0)
    assert pairs.wait_s(chat, 6.0) == 0


def test_full_allowances_are_forgotten() -> None:
    pairs = PairLimits()
    for n in range(100):
        pairs.take(uuid4(), float(n))
    pairs.take(uuid4(), 1_000.0)
    assert len(pairs._pairs) == 1


@given(st.integers(1, 60))
def test_waits_grow_and_have_an_end(attempts: int) -> None:
    for wait in (backoff_s, pair_backoff_s):
        assert 1.0 <= wait(attempts) <= RETRY_MAX_S * 1.25
        assert wait(attempts) >= min(4.0 ** (attempts - 1), RETRY_MAX_S)


def test_time_that_goes_back_does_nothing() -> None:
    allowance = Allowance(10, 1, 100.0)
    allowance.take(100.0, 10)
    assert allowance.available(50.0) == 0
    assert allowance.available(101.0) == 1
