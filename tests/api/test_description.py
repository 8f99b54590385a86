"""The description at /openapi.json is true: generated requests meet only described answers, and never a 500."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hobnob.app import openapi_document
from hobnob.platform.settings import Settings
from tests.conftest import TEMPLATE, _Administrator, _fresh_database, _settings
from tests.desk import PASSWORD, sign_up_body
from tests.town import town

EXAMPLES_PER_CALL_MAX = 4
DOCUMENT = openapi_document()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# They end the session, so they are called by somebody of their own.
LEAVING = "liam@example.com"
LAST_WORDS = ("/api/sign-out", "/api/sign-out-everywhere")

schema = schemathesis.openapi.from_dict(DOCUMENT)


class Served:
    """A web process with a simulator in a thread of its own, and a signed-in browser's cookies."""

    def __init__(self, given: Settings) -> None:
        self._given = given
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self.address = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        self._loop.close()

    async def _serve(self) -> None:
        async with town(self._given) as place:
            self.address = place.web_url
            self._ready.set()
            await self._stop.wait()

    def signed_in(self, email: str) -> tuple[dict[str, str], dict[str, str]]:
        """Cookies and headers of a fresh sign-in."""
        return self._enter("/api/sign-in", {"email": email, "password": PASSWORD})

    def sign_up(self, email: str) -> tuple[dict[str, str], dict[str, str]]:
        return self._enter("/api/sign-up", sign_up_body(email=email))

    def _enter(self, path: str, body: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        with requests.Session() as browser:
            browser.get(self.address + "/api/me")
            headers = {"X-CSRF-Token": str(browser.cookies["hobnob_csrf"])}
            browser.post(self.address + path, json=body, headers=headers).raise_for_status()
            cookies = {cookie.name: str(cookie.value) for cookie in browser.cookies}
            return cookies, {"X-CSRF-Token": cookies["hobnob_csrf"]}


@pytest.fixture(scope="module")
def served(administrator: _Administrator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    for url in _fresh_database(administrator, TEMPLATE):
        with Served(_settings(url, Path(tmp_path_factory.mktemp("data")))) as served:
            served.sign_up(LEAVING)
            yield served


@pytest.fixture(scope="module")
def browser(served: Served) -> tuple[dict[str, str], dict[str, str]]:
    return served.sign_up("maya@example.com")


@pytest.mark.timeout(900)
@schema.parametrize()
@settings(
    max_examples=EXAMPLES_PER_CALL_MAX,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_call_answers_as_described(
    case: schemathesis.Case[Any], served: Served, browser: tuple[dict[str, str], dict[str, str]]
) -> None:
    cookies, headers = served.signed_in(LEAVING) if case.path in LAST_WORDS else browser
    response = case.call(base_url=served.address, cookies=cookies, headers=headers, timeout=20)
    case.validate_response(response, checks=CHECKS)


def test_the_requests_are_let_in(served: Served, browser: tuple[dict[str, str], dict[str, str]]) -> None:
    """Else every answer above would be a refusal, and described."""
    cookies, headers = browser
    changed = requests.patch(f"{served.address}/api/me", json={}, cookies=cookies, headers=headers, timeout=20)
    assert changed.status_code == 200


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_every_call_is_described_in_words() -> None:
    for method, path, operation in operations():
        assert operation.get("summary"), f"{method} {path} has no summary"
        assert operation.get("description"), f"{method} {path} has no description"
        assert operation.get("tags"), f"{method} {path} has no tag"


def test_every_error_is_a_problem_document() -> None:
    for method, path, operation in operations():
        for status, response in operation["responses"].items():
            if path.startswith("/api/") and int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], f"{method} {path} {status}"


def test_changes_say_that_they_want_the_csrf_token_and_calls_that_they_want_a_session() -> None:
    public = {"/api/sign-up", "/api/sign-in", "/api/sign-out", "/api/me", "/healthz", "/readyz", "/metrics"}
    for method, path, operation in operations():
        needed = operation.get("security", DOCUMENT["security"])[0]
        assert ("csrf" in needed) == (method != "get"), f"{method} {path}"
        if path not in public:
            assert "session" in needed, f"{method} {path}"
            assert "401" in operation["responses"], f"{method} {path}"
