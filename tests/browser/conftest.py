"""Real Chromium in front of a real house. Without a Chromium these tests are skipped, except in CI, where they fail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, sync_playwright

import hobnob
from tests.conftest import TEMPLATE
from tests.scenarios.house import House

from .visitors import Visitors

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parents[1] / "test-results"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NO_CHROMIUM = (
    "No Chromium found for the browser tests: `make chromium`, or on Debian and Ubuntu: sudo apt-get install chromium"
)
NOT_BUILT = "The web app is not built, so there is no page to test: run `make setup` first"
SHOP_WAIT_S = 180
# Those who only look at the shop, and those who talk in it, may do so on two workers.
LOOKING = {"test_accessibility", "test_shapes", "test_spanish"}

outcome = pytest.StashKey["pytest.TestReport"]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a house stay on one worker."""
    for item in items:
        if isinstance(item, pytest.Function) and FOLDER in item.path.parents:
            shared = (
                "looking" if item.path.stem in LOOKING else "talking" if "shop" in item.fixturenames else item.path.stem
            )
            item.add_marker(pytest.mark.xdist_group(f"browser {shared}"))
            item.add_marker(pytest.mark.timeout(240))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[outcome] = report
    return report


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is."""
    if not (Path(hobnob.__file__).parent / "web_dist" / "index.html").exists():
        pytest.fail(NOT_BUILT)
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_CHROMIUM)
    return found


def _house(administrator: Any, **settings: str) -> Iterator[House]:
    name = f"test_{uuid4().hex}"
    administrator.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    folder = Path(tempfile.mkdtemp(prefix="hobnob-browser-"))
    house = House(administrator.url_of(name), folder, **settings)
    try:
        yield house.start()
        assert set(house.alive()) == {"simulator", "web", "worker"}, house.logs()
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)
        administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def house(administrator: Any, chromium: str) -> Iterator[House]:
    """An empty house of this module's own."""
    yield from _house(administrator)


class Shop:
    """A house with the demo shop in it."""

    def __init__(self, house: House, password: str) -> None:
        self.house, self.password = house, password
        state = house.control("GET", "/state")
        numbers = (number for waba in state["wabas"] for number in waba["phone_numbers"])
        self.phone_number_id = str(next(numbers)["id"])

    def email(self, who: str) -> str:
        return f"{who}@marigold.example"


@pytest.fixture(scope="session")
def shop(administrator: Any, chromium: str) -> Iterator[Shop]:
    """One demo shop for all who only look, or who bring customers of their own."""
    for house in _house(administrator):
        yield _filled(house)


@pytest.fixture(scope="module")
def paying_shop(administrator: Any, chromium: str) -> Iterator[Shop]:
    """A demo shop of this module's own, with a plan that is paid: its clock may be moved."""
    for house in _house(administrator, plan_fees="true"):
        yield _filled(house)


def _filled(house: House) -> Shop:
    filled = subprocess.run(
        [sys.executable, str(FOLDER / "fill_shop.py")],
        env=house.environment,
        capture_output=True,
        text=True,
        timeout=SHOP_WAIT_S,
        check=False,
    )
    assert filled.returncode == 0, filled.stderr + house.logs()
    return Shop(house, json.loads(filled.stdout.splitlines()[-1])["password"])


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium per module: Playwright holds this thread's event loop while it is open, so it never outlives one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """The sessions of agents who signed in, to be used again."""
    return {}


@pytest.fixture
def visitors(browser: Browser, signed_in: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Visitors]:
    """Opens pages; what their consoles complain about fails the test, and a failing test leaves its pages behind."""
    visitors = Visitors(browser, signed_in)
    yield visitors
    report = request.node.stash.get(outcome, None)
    complaints = visitors.complaints()
    if complaints or report is None or report.failed:
        visitors.keep(RESULTS / f"{request.node.path.stem}-{request.node.name}".replace("/", "_"))
    visitors.close()
    assert not complaints, "the browser's console says:\n" + "\n".join(complaints)
