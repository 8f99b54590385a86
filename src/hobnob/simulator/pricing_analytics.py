"""``pricing_analytics``: how many messages were delivered, of which kind and category, and what they cost.

Counted as they are delivered, by half-hours, so that any granularity is a sum. Answered at the edge
(``GET /{account}/pricing_analytics?start=...``) and in the older form, as a field with its filters
(``?fields=pricing_analytics.start(...).end(...)``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from hobnob.kernel.identity import country_of

from .call import Call
from .core import Simulator
from .refusal import invalid
from .world import Number, Phone, Tally, Waba

HALF_HOUR_S = 1_800
LOOKBACK_MAX_S = 366 * 24 * 3600
TALLIES_MAX = 200_000
GRANULARITIES = ("HALF_HOUR", "DAILY", "MONTHLY")
METRICS = ("COST", "VOLUME")
TYPES = ("FREE_CUSTOMER_SERVICE", "FREE_ENTRY_POINT", "REGULAR")
DIMENSIONS = ("COUNTRY", "PHONE", "PRICING_CATEGORY", "PRICING_TYPE", "TIER")
CATEGORIES = (
    "AUTHENTICATION",
    "AUTHENTICATION_INTERNATIONAL",
    "MARKETING",
    "MARKETING_LITE",
    "REFERRAL_CONVERSION",
    "SERVICE",
    "UTILITY",
)
_FILTER = re.compile(r"\.(\w+)\(([^()]*)\)")


class Wanted(NamedTuple):
    """A question. Empty filters let everything through."""

    start: int
    end: int
    granularity: str
    phone_numbers: frozenset[str]
    country_codes: frozenset[str]
    metrics: frozenset[str]
    types: frozenset[str]
    categories: frozenset[str]
    dimensions: frozenset[str]


def count(sim: Simulator, number: Number, phone: Phone, price: dict[str, Any], at_s: float | None = None) -> None:
    """One delivered message, while messages are charged (conversations had figures of their own); now, or at ``at_s``."""
    if price["pricing_model"] != "PMP":
        return
    waba = sim.waba_of(number)
    country = _country(phone.phone, phone.user_id)
    start = int(at_s or sim.clock.now_s()) // HALF_HOUR_S * HALF_HOUR_S
    key = f"{start}/{number.id}/{country}/{price['type']}/{price['category']}"
    tally = waba.tallies.get(key)
    if tally is None:
        if len(waba.tallies) >= TALLIES_MAX:
            waba.tallies.pop(next(iter(waba.tallies)))
        tally = waba.tallies[key] = Tally(start, number.phone[1:], country, price["type"], price["category"])
    tally.volume += 1
    rates = sim.world.rates
    rate = rates.get(f"{country}/{price['category']}", rates.get(f"*/{price['category']}"))
    if price["type"] == "regular" and rate is not None:
        tally.cost += rate


def edge(call: Call) -> dict[str, Any]:
    """``GET /{account}/pricing_analytics``."""
    return answer(call.sim, call.node, _wanted(call.sim, dict(call.query)))


def field(call: Call) -> dict[str, Any] | None:
    """The same, asked for among an account's fields; None when it is not."""
    _, found, rest = call.query.get("fields", "").partition("pricing_analytics")
    if not found:
        return None
    filters = re.match(rf"(?:{_FILTER.pattern})*", rest)
    return answer(call.sim, call.node, _wanted(call.sim, dict(_FILTER.findall(filters.group() if filters else ""))))


def answer(sim: Simulator, waba: Waba, wanted: Wanted) -> dict[str, Any]:
    """Sums of what was delivered and is already counted, in time order."""
    known_until_s = sim.clock.now_s() - sim.faults.analytics_lag_s
    cells: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0, 0.0])
    for tally in waba.tallies.values():
        if _passes(tally, wanted) and tally.start < known_until_s:
            cell = cells[_bucket(tally.start, wanted.granularity, waba), *_named(tally, wanted)]
            cell[0] += tally.volume
            cell[1] += tally.cost
    points = [_point(key, cell, wanted, costs=bool(sim.world.rates)) for key, cell in sorted(cells.items())]
    return {"data": [{"data_points": points}]} if points else {"data": []}


def _point(key: tuple[Any, ...], cell: list[float], wanted: Wanted, *, costs: bool) -> dict[str, Any]:
    (start, end), phone, country, kind, category = key
    point: dict[str, Any] = {"start": start, "end": end}
    if phone:
        point["phone_number"] = phone
    if country:
        point["country"] = country
    if "TIER" in wanted.dimensions and kind == "REGULAR":
        point["tier"] = "0:MAX"
    if kind:
        point["pricing_type"] = kind
    if category:
        point["pricing_category"] = category
    if "VOLUME" in wanted.metrics:
        point["volume"] = int(cell[0])
    # Meta withholds costs where somebody else pays: here until the account's rates are set.
    if costs and "COST" in wanted.metrics:
        point["cost"] = round(cell[1], 6)
    return point


def _named(tally: Tally, wanted: Wanted) -> tuple[str, str, str, str]:
    """What the answer tells apart; the rest is summed."""
    return (
        tally.phone_number if "PHONE" in wanted.dimensions else "",
        tally.country if "COUNTRY" in wanted.dimensions else "",
        tally.type.upper() if "PRICING_TYPE" in wanted.dimensions else "",
        tally.category.upper() if "PRICING_CATEGORY" in wanted.dimensions else "",
    )


def _passes(tally: Tally, wanted: Wanted) -> bool:
    return (
        wanted.start <= tally.start < wanted.end
        and (not wanted.phone_numbers or tally.phone_number in wanted.phone_numbers)
        and (not wanted.country_codes or tally.country in wanted.country_codes)
        and (not wanted.types or tally.type.upper() in wanted.types)
        and (not wanted.categories or tally.category.upper() in wanted.categories)
    )


def _bucket(start: int, granularity: str, waba: Waba) -> tuple[int, int]:
    if granularity == "HALF_HOUR":
        return start, start + HALF_HOUR_S
    local = datetime.fromtimestamp(start, ZoneInfo(waba.time_zone)).replace(hour=0, minute=0, second=0)
    if granularity == "DAILY":
        return int(local.timestamp()), int((local + timedelta(days=1)).timestamp())
    first = local.replace(day=1)
    return int(first.timestamp()), int((first + timedelta(days=32)).replace(day=1).timestamp())


def _wanted(sim: Simulator, given: dict[str, str]) -> Wanted:
    start, end = _moment(given, "start"), _moment(given, "end")
    granularity = given.get("granularity", "").strip("\"' ").upper()
    if granularity not in GRANULARITIES:
        raise invalid(f"Param granularity must be one of {{{', '.join(GRANULARITIES)}}}.")
    if end <= start:
        raise invalid("Param end must be after start.")
    if start < sim.clock.now_s() - LOOKBACK_MAX_S:
        oldest = datetime.fromtimestamp(sim.clock.now_s() - LOOKBACK_MAX_S, UTC)
        raise invalid(f"Param start may not lie before {oldest:%Y-%m-%d}: figures reach back one year.")
    return Wanted(
        start=start,
        end=end,
        granularity=granularity,
        phone_numbers=frozenset(each.lstrip("+") for each in _listed(given, "phone_numbers", None)),
        country_codes=_listed(given, "country_codes", None),
        metrics=_listed(given, "metric_types", METRICS) or frozenset(METRICS),
        types=_listed(given, "pricing_types", TYPES),
        categories=_listed(given, "pricing_categories", CATEGORIES),
        dimensions=_listed(given, "dimensions", DIMENSIONS),
    )


def _moment(given: dict[str, str], name: str) -> int:
    text = given.get(name, "").strip("\"' ")
    if not text.isdigit():
        raise invalid(f"Param {name} must be a UNIX timestamp.")
    return int(text)


def _listed(given: dict[str, str], name: str, allowed: tuple[str, ...] | None) -> frozenset[str]:
    """A list as Graph takes it: JSON, or words with commas."""
    text = given.get(name, "").strip()
    try:
        said = msgspec.json.decode(text, type=list[str | int]) if text.startswith("[") else text.split(",")
    except msgspec.MsgspecError:
        said = text.strip("[]").split(",")
    found = frozenset(str(each).strip("\"' ") for each in said) - {""}
    if allowed is not None and (strange := found - set(allowed)):
        raise invalid(f"Param {name} must be of {{{', '.join(allowed)}}} - got {', '.join(sorted(strange))}.")
    return found


@lru_cache(maxsize=100_000)
def _country(phone: str, user_id: str) -> str:
    return country_of(phone, user_id) or "ZZ"
