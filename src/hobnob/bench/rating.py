"""``bench rating``: a history rated on both meters, in process, on one core, no input and no output.

Events of many chats in every era of WhatsApp's prices, in the order of their arrival, one in fifty told twice. The limit
is a plain straight-line loop over the same events: everything looked up where it is needed, nothing kept for the next
message. Both have to come to the same money.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hobnob.billing.history.rate import rate
from hobnob.billing.history.types import Event, Term
from hobnob.billing.shipped import shipped_catalog

from .harness import Result, say
from .plain_rating import Totals, plain_totals

EVENTS = 240_000
CHATS = 6_000
NUMBERS = 4
REPEAT_EVERY = 50
ROUNDS = 5
PLAN = "plus"
ZONE = "Asia/Kolkata"
# Three weeks around each switch of rules.
STARTS = ((2023, 6, 5), (2024, 10, 22), (2025, 6, 21), (2026, 9, 21))
DAYS = 21
PREFIXES = ("+9198765", "+5511987", "+1415555", "+4479555", "+3466655", "+2348055")


def measure() -> Result:
    say("Making a history ...")
    events = history(EVENTS)
    catalog = shipped_catalog()
    terms = (Term(datetime(2020, 1, 1, tzinfo=UTC), PLAN),)

    def ours() -> Totals:
        found = Totals()
        for item in rate(events, catalog, time_zone=ZONE, terms=terms):
            found.add(item.meter, item.amount_micros)
        return found

    def plain() -> Totals:
        return plain_totals(events, catalog, time_zone=ZONE, plan=PLAN)

    say("Rating it, in turns with the plain loop ...")
    value, limit = best_of(ours, plain)
    return Result(
        bench="rating",
        value=round(value, 1),
        unit="events/s per core",
        limit=round(limit, 1),
        ratio=round(value / limit, 3),
        p99_ms=0.0,
        detail={
            "events": len(events),
            "limit": "a plain straight-line loop over the same events",
            "charged_micros": ours().micros,
        },
    )


def best_of(ours: Callable[[], Totals], plain: Callable[[], Totals]) -> tuple[float, float]:
    """Events per second of a core of both, each the best of its rounds, in turns. Raises RuntimeError when they differ in money."""
    best = {ours: 0.0, plain: 0.0}
    for _ in range(ROUNDS):
        found = []
        for run in (ours, plain):
            # Seconds of the core, so that other work of the machine does not count.
            start = time.process_time()
            found.append(run())
            best[run] = max(best[run], EVENTS / (time.process_time() - start))
        if found[0] != found[1]:
            raise RuntimeError(f"the two do not agree: {found[0]} and {found[1]}")
    return best[ours], best[plain]


def history(count: int, seed: int = 20261123, chat_count: int = CHATS) -> list[Event]:
    """Events in the order of arrival: nearly that of time."""
    chance = random.Random(seed)
    chats = [(f"+1555010{chance.randrange(NUMBERS)}", f"{chance.choice(PREFIXES)}{n:06}") for n in range(chat_count)]
    events: list[Event] = []
    for n in range(count - count // REPEAT_EVERY):
        start = datetime(*STARTS[n * len(STARTS) // count], tzinfo=UTC)
        arrival = start + timedelta(seconds=(n % (count // len(STARTS))) * DAYS * 86_400 * len(STARTS) // count)
        at = arrival - timedelta(seconds=int(chance.expovariate(0.2)))
        events.append(_event(chance, n, at, *chance.choice(chats)))
        if n % REPEAT_EVERY == 0:
            events.append(events[-1]._replace(at=at + timedelta(seconds=chance.randrange(60))))
    return events[:count]


def _event(chance: random.Random, n: int, at: datetime, number: str, customer: str) -> Event:
    kind = chance.random()
    if kind < 0.4:
        return Event("inbound", at, number, customer, f"i{n}", "free_form", None, chance.random() < 0.03)
    if kind < 0.75:
        return Event("delivered", at, number, customer, f"m{n}", "free_form")
    if kind < 0.98:
        category = chance.choice(("marketing", "utility", "utility", "authentication"))
        return Event("delivered", at, number, customer, f"m{n}", "template", category)
    return Event("delivered", at, number, customer, f"m{n}", "reaction")
