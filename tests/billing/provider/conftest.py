"""A shop with WhatsApp's meter beside its own."""

from __future__ import annotations

import pytest

from hobnob.platform.database import Database
from tests.billing.provider.meter import Meter
from tests.inbox.ingest.wire import Shop


@pytest.fixture
async def meter(database: Database) -> Meter:
    return Meter(await Shop.open(database))
