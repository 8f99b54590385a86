"""Settings are checked once, at start; a wrong one names itself and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from hobnob.platform.settings import Settings, SettingsError, descriptions, load


def test_an_empty_environment_gives_the_defaults() -> None:
    assert load({}) == Settings()
    assert load({"HOME": "/somewhere", "HOBNOB_PORT": ""}) == Settings()


def test_values_take_their_types() -> None:
    settings = load(
        {
            "HOBNOB_PORT": "9000",
            "HOBNOB_DATA_DIR": "data",
            "HOBNOB_TEST_PAYMENTS": "true",
            "HOBNOB_WHATSAPP_TIMEOUT_S": "2.5",
            "HOBNOB_LOG_FORMAT": "console",
        }
    )
    assert (settings.port, settings.data_dir, settings.test_payments) == (9000, Path("data"), True)
    assert (settings.whatsapp_timeout_s, settings.log_format) == (2.5, "console")


@pytest.mark.parametrize(
    ("variable", "value", "advice"),
    [
        ("HOBNOB_PORT", "http", "set it to a number from 0 to 65535"),
        ("HOBNOB_PORT", "70000", "set it to a number from 0 to 65535"),
        ("HOBNOB_TEST_PAYMENTS", "perhaps", "set it to true or false"),
        ("HOBNOB_LOG_LEVEL", "loud", "set it to one of debug, info, warning, error"),
        ("HOBNOB_WHATSAPP_TIMEOUT_S", "0", "set it to a number from 0"),
        ("HOBNOB_WHATSAPP_GRAPH_VERSION", "25", "such as v25.0"),
        ("HOBNOB_SECRET_KEY", "short", "32 random characters or more"),
        ("HOBNOB_POTR", "1", "Did you mean HOBNOB_PORT?"),
        ("HOBNOB_ZZZZZZZZ", "1", "is not a setting of Hobnob"),
    ],
)
def test_a_wrong_value_names_the_variable_and_the_fix(variable: str, value: str, advice: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({variable: value})
    assert variable in str(refused.value)
    assert advice in str(refused.value)


def test_a_missing_value_is_named_with_what_it_is() -> None:
    with pytest.raises(SettingsError, match=r"HOBNOB_DATABASE_URL is not set: PostgreSQL"):
        load({}, require=("database_url",))
    assert load({"HOBNOB_DATABASE_URL": "postgresql://127.0.0.1/x"}, require=("database_url",)).database_url


def test_the_callback_is_derived_unless_it_is_given() -> None:
    assert Settings(base_url="https://desk.example/").callback_url == "https://desk.example/webhooks/whatsapp"
    assert Settings(webhook_url="https://hooks.example/w").callback_url == "https://hooks.example/w"


def test_every_setting_is_described() -> None:
    assert all(what for what, _ in descriptions().values())
