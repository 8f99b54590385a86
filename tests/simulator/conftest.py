"""One simulator for the folder's tests, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.support import Platform, Receiver, receiving, simulating


@pytest.fixture(scope="session")
def _process() -> Iterator[Platform]:
    with simulating() as platform:
        yield platform


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def platform(_process: Platform, receiver: Receiver) -> Platform:
    """A fresh world with one app, account, registered number and customer."""
    _process.control("POST", "/reset")
    fresh = Platform(_process.url, _process.process)
    fresh.open(receiver)
    return fresh
