"""Children are started again when they end, later and later, and their logs do not fill the disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hobnob.platform import children
from hobnob.platform.children import Child


def _child(log_file: Path, *arguments: str) -> Child:
    return Child("short", arguments or ("--version",), dict(os.environ), log_file)


def _watch_until(child: Child, words: str) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if said := child.watch():
            assert words in said
            return said
        time.sleep(0.01)
    raise AssertionError("it did not end")


def test_a_child_that_keeps_ending_is_started_later_and_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "BACK_OFF_FIRST_S", 0.05)
    child = _child(tmp_path / "short.log", "no-such-command")
    child._back_off_s = 0.05
    child.start()
    waits = [float(_watch_until(child, "again in").split("again in ")[1].split(" s")[0]) for _ in range(3)]
    assert waits == [0.05, 0.1, 0.2]
    assert child.restarts == 2
    assert "no-such-command" in child.last_words()


def test_a_child_that_was_well_for_a_while_is_started_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "HEALTHY_AFTER_S", 0.0)
    child = _child(tmp_path / "short.log")
    child._back_off_s = 30.0
    child.start()
    assert f"again in {children.BACK_OFF_FIRST_S:g} s" in _watch_until(child, "exit code 0")


def test_a_child_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = _child(tmp_path / "slow.log")
    child._arguments = ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"]
    child.start()
    while "ready" not in child.last_words():
        time.sleep(0.01)
    child.ask_to_stop()
    child.end(time.monotonic() + 0.2)
    assert child.exit_code == -9
    assert child.watch() is not None, "who ended it decides whether it starts again"


def test_a_long_log_is_cut_and_one_older_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOG_BYTES_MAX", 100)
    log = tmp_path / "web.log"
    log.write_text("old line\n" * 50)
    child = _child(log)
    child.limit_log()
    assert log.read_text() == ""
    assert (tmp_path / "web.log.1").read_text() == "old line\n" * 50
    child.limit_log()
    assert (tmp_path / "web.log.1").exists()
