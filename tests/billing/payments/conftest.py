"""A Stripe-like server in a process of its own, and a web process that is set up to use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest

from hobnob.platform.settings import Settings
from tests.billing.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, Stripe, StripeServer


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[StripeServer]:
    with StripeServer() as server:
        yield server


@pytest.fixture
async def stripe(stripe_server: StripeServer) -> AsyncIterator[Stripe]:
    """The server, empty."""
    async with Stripe(stripe_server.url) as stripe:
        await stripe.config("reset")
        yield stripe


@pytest.fixture
def settings(settings: Settings, stripe_server: StripeServer) -> Settings:
    return msgspec.structs.replace(
        settings,
        stripe_secret_key=SECRET_KEY,
        stripe_publishable_key="pk_test_shop",
        stripe_webhook_secret=WEBHOOK_SECRET,
        stripe_api_url=stripe_server.url,
        payment_timeout_s=3.0,
        payment_doubt_wait_s=1.0,
    )
