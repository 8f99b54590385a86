"""The demo needs a whole house, in which plans are paid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.conftest import living
from tests.scenarios.house import House


@pytest.fixture
def house(postgres_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    with living(House(postgres_url, tmp_path, plan_fees="true"), request) as house:
        yield house
