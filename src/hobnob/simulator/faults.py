"""Faults on demand. All off by default: then the platform is quick, orderly and reliable."""

from __future__ import annotations

import random
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from hobnob.whatsapp import limits

Chance = Annotated[float, Meta(ge=0, le=1)]
DelayRange = Annotated[list[Annotated[int, Meta(ge=0, le=600_000)]], Meta(min_length=2, max_length=2)]


class Faults(Struct, kw_only=True):
    """The switches. Chances are 0 to 1.

    ``webhook_delay_ms``: how late webhooks leave, at random in the range, still in order per chat unless ``reorder``.
    ``duplicate``: sent twice. ``drop_then_retry``: first try never arrives. ``batch_max``: updates gathered into one webhook.
    ``http_5xx``: Graph calls answered with an error before anything happened. ``lost_answers``: sends accepted, connection cut.
    ``slow_ms``: every Graph call takes this long. ``undeliverable``: accepted sends that end as failed 131026.
    ``lost_statuses``: statuses that nobody is ever told. ``untold_price``: statuses without their price. ``late_price_s``: the
    price of a delivery follows that much later, by the simulator's clock. ``other_price``: a delivery priced as something
    else. ``uncounted``: a delivery missing from ``pricing_analytics``; ``analytics_lag_s``: the newest are not in it yet.
    ``template_review_s``: how long Meta thinks about a template; null waits for a decision by hand.
    """

    webhook_delay_ms: DelayRange = msgspec.field(default_factory=lambda: [0, 0])
    duplicate: Chance = 0.0
    reorder: bool = False
    batch_max: Annotated[int, Meta(ge=1, le=limits.WEBHOOK_UPDATES_MAX)] = 1
    drop_then_retry: Chance = 0.0
    http_5xx: Chance = 0.0
    slow_ms: Annotated[int, Meta(ge=0, le=120_000)] = 0
    rate_limit_per_second: Annotated[int, Meta(ge=1)] | None = None
    undeliverable: Chance = 0.0
    mode_131047: Literal["async", "sync"] = "async"
    lost_answers: Chance = 0.0
    template_review_s: Annotated[float, Meta(ge=0)] | None = 3.0
    pair_limit: bool = True
    lost_statuses: Chance = 0.0
    untold_price: Chance = 0.0
    late_price_s: Annotated[float, Meta(ge=0)] = 0.0
    other_price: Chance = 0.0
    uncounted: Chance = 0.0
    analytics_lag_s: Annotated[float, Meta(ge=0)] = 0.0


def happens(chance: float) -> bool:
    """A throw of the dice; free when the fault is off."""
    return chance > 0 and random.random() < chance
