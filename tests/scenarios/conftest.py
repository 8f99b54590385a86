"""One house per test, on the test's own database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .house import House


@pytest.fixture
def house(postgres_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    with living(House(postgres_url, tmp_path), request) as house:
        yield house


@contextmanager
def living(house: House, request: pytest.FixtureRequest) -> Iterator[House]:
    """Start a house, and stop it whatever happens; tell what it logged when a test fails."""
    try:
        yield house.start()
        assert set(house.alive()) == {"simulator", "web", "worker"}, house.logs()
    except BaseException:
        print(house.logs())
        raise
    finally:
        if getattr(request.node, "failed", False):
            print(house.logs())
        house.stop()
