"""The sentences of charges are what the web app reads to say them in other languages (web/src/ui/rule.test.ts)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hobnob.billing import explain

SENTENCES = Path(__file__).parent / "rule_sentences.json"


def _story(category: str, opener: str, place: str, opened: datetime) -> explain.Story:
    return explain.Story(category, opener, place, opened, opened + timedelta(hours=24))


def _at(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_the_sentences_that_the_web_app_reads_are_those_that_are_written() -> None:
    india, americas, turkey, emirates, brazil = (
        explain.place(phone, None)
        for phone in ("+919812300001", "+12125550123", "+905321234567", "+971501234567", "+5511987650012")
    )
    october = date(2026, 10, 1)
    service = explain.priced(
        _story("service", "free_form", india, _at(11, 23, 14, 2)), 15_000, "USD", "Starter", october, included=None
    )
    written = [
        service,
        explain.priced(
            _story("marketing", "template", americas, _at(12, 31, 23, 59)),
            1_000_000,
            "INR",
            "Growth",
            october,
            included=None,
        ),
        explain.priced(
            _story("utility", "template", explain.place(None, None), _at(5, 1, 0, 0)),
            0,
            "USD",
            "Plus",
            date(2026, 4, 1),
            included=1_500,
        ),
        explain.priced(
            _story("authentication", "template", turkey, _at(2, 9, 9, 5)),
            0,
            "USD",
            "Two words, and a comma",
            date(2026, 1, 1),
            included=None,
        ),
        explain.priced(
            _story("referral_conversion", "free_form", emirates, _at(8, 5, 18, 30)),
            11_800,
            "EUR",
            "Starter",
            date(2026, 7, 1),
            included=None,
        ),
        explain.unpriced(_story("service", "free_form", brazil, _at(9, 3, 7, 45)), "starter", "BRL"),
        explain.reversal(service),
    ]
    known = json.loads(SENTENCES.read_text(encoding="utf-8"))
    assert written == known[:-1]
    # What a statement adds to a charge whose money was set aside (billing/queries.py).
    assert known[-1] == f"{service} Paid from what was set aside."
