"""The gateways of an installation, by name, as its settings say."""

from __future__ import annotations

from importlib.util import find_spec

import aiohttp

from hobnob.platform.settings import Settings, SettingsError

from .gateway import Gateway, Gateways
from .test_method import TestMethod


def open_gateways(settings: Settings, session: aiohttp.ClientSession) -> Gateways:
    """Those that are set. Raises SettingsError when Stripe is wanted and its client is not installed."""
    found: dict[str, Gateway] = {}
    if settings.test_payments:
        found[TestMethod.name] = TestMethod()
    if settings.stripe_secret_key:
        if find_spec("stripe") is None:
            raise SettingsError(
                "HOBNOB_STRIPE_SECRET_KEY is set, but Stripe's client is missing: install hobnob[stripe]."
            )
        from .stripe_gateway import StripeGateway  # noqa: PLC0415 - an optional extra

        found[StripeGateway.name] = StripeGateway(settings, session)
    return found
