"""A shop on this test's own database."""

from __future__ import annotations

import pytest

from hobnob.platform.database import Database
from tests.inbox.ingest.wire import Shop


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await Shop.open(database)
