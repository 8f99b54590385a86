"""The guide in docs/api.md names calls, codes and settings that exist; the page has a Spanish sentence for the codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hobnob.app import openapi_document
from hobnob.platform.settings import descriptions

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "api.md").read_text()
CODE = "\n".join(path.read_text() for path in (ROOT / "src" / "hobnob").rglob("*.py"))


def test_its_calls_exist() -> None:
    known = {re.sub(r"\{[^}]+\}", "ID", path) for path in openapi_document()["paths"]}
    named = {path.rstrip("/") for path in re.findall(r"/api/[\w/-]+", GUIDE)} - {"/api/realtime"}
    assert named
    assert not named - known


@pytest.mark.parametrize("code", sorted(set(re.findall(r"^\| [\d, ]+ \|(.*)\|$", GUIDE, re.MULTILINE))))
def test_its_error_codes_exist(code: str) -> None:
    fields = {
        "needed_micros",
        "available_micros",
        "currency",
        "meta_code",
        "max_count",
        "amount_micros",
        "agents",
        "agents_max",
    }
    for name in set(re.findall(r"`([a-z_]+)`", code)) - fields:
        assert f'"{name}"' in CODE, name


# The catalogue is loaded, and credit notes and tax rules are made, by commands, never by a call.
UNANSWERED = {"catalog_conflict", "exceeds_line", "no_seller", "published_rule"}
# Their sentence says which or why, and only the server knows: the page shows it as it is.
SAID_BY_SERVER = {
    "change_refused",
    "conflict",
    "gateway_refused",
    "internal_error",
    "invalid_input",
    "too_large",
    "whatsapp_error",
}
# No page of the app asks for what these answer.
UNASKED = {"no_wallet", "operator_only", "range_not_satisfiable"}


def error_codes() -> set[str]:
    """Every code that the source gives to an error."""
    given = re.compile(
        r"\bcode(?:, title)? = \"([a-z_]+)\"|\bcode, title = \d+, \"([a-z_]+)\"|\bcode(?:: str )?= ?\"([a-z_]+)\""
    )
    codes = {next(filter(None, found.groups())) for found in given.finditer(CODE)}
    assert {"window_closed", "wrong_sign_in", "csrf_failed", "internal_error"} <= codes, "the pattern reads the code"
    return codes


def test_it_names_every_error_code() -> None:
    assert not error_codes() - UNANSWERED - set(re.findall(r"`([a-z_]+)`", GUIDE))


def test_the_page_has_a_spanish_sentence_for_every_error_code() -> None:
    strings = json.loads((ROOT / "web" / "src" / "i18n" / "locales" / "es" / "app.json").read_text())
    assert set(strings["errors"]) == error_codes() - UNANSWERED - SAID_BY_SERVER - UNASKED


def test_its_settings_exist() -> None:
    assert not set(re.findall(r"HOBNOB_[A-Z_]+", GUIDE)) - set(descriptions())
