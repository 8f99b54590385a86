"""The command line: every command explains itself, and expected failures are sentences, not traces."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from hobnob import cli


def _commands(app: App, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], App]]:
    for name in app:
        if not name.startswith("-"):
            yield (*path, name), app[name]
            yield from _commands(app[name], (*path, name))


COMMANDS = dict(_commands(cli.app))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.app([*path, "--help"])
    assert ended.value.code == 0
    assert "Usage: hobnob " + " ".join(path) in capsys.readouterr().out
    assert COMMANDS[path].help or COMMANDS[path].help_format, path
    for argument in COMMANDS[path].assemble_argument_collection() if COMMANDS[path].default_command else []:
        assert argument.parameter.help or argument.required, f"{path}: {argument.name} is not explained"


def test_the_commands_an_operator_needs_are_there() -> None:
    names = {" ".join(path) for path in COMMANDS}
    assert {"run", "serve", "work", "migrate", "simulator", "reset-demo", "bench", "settings"} <= names
    assert {"quarantine list", "quarantine replay", "ledger prove", "advance-clock", "export-openapi"} <= names


def test_an_unreachable_database_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOBNOB_DATABASE_URL", "postgresql://nobody:nothing@127.0.0.1:1/none")
    monkeypatch.setenv("HOBNOB_SECRET_KEY", "k" * 40)
    with pytest.raises(SystemExit) as ended:
        cli.app(["migrate"])
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert said.startswith("The database was not migrated: ")
    assert "nothing" not in said


def test_the_settings_are_listed_in_both_forms(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, expected in (
        (["settings"], "HOBNOB_PORT\n    port to listen on (default: 8000)"),
        (["settings", "--env"], "# port to listen on\n#HOBNOB_PORT=8000\n"),
    ):
        with pytest.raises(SystemExit):
            cli.app(arguments)
        assert expected in capsys.readouterr().out


def test_the_openapi_document_needs_no_database(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.app(["export-openapi"])
    document = json.loads(capsys.readouterr().out)
    assert document["openapi"].startswith("3.1")
    assert "/api/sign-up" in document["paths"]


def test_nothing_is_deleted_without_a_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kept = tmp_path / "postgres"
    kept.mkdir()
    monkeypatch.setenv("HOBNOB_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("HOBNOB_DATABASE_URL", raising=False)
    for typed in ("", "no\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            cli.app(["reset-demo"])
        assert ended.value.code == 1
        assert "Nothing was deleted." in capsys.readouterr().err
    assert kept.exists()
