"""A build of the web app takes its place under a running server, which never answers with half of one."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from tests.realtime.page import WEB, node

ROUNDS = 5
PAGES = {"index.html", "favicon.svg", "published.json"}


def _build(folder: Path, version: str) -> Path:
    """What a build leaves: a page that names a hashed file, and something that keeps its name."""
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / f"index-{version}.js").write_text(version)
    (folder / "index.html").write_text(f"<script src=/assets/index-{version}.js></script>" + " " * 200_000 + "</html>")
    (folder / "favicon.svg").write_text(version)
    return folder


def _publish(build: Path, place: Path) -> subprocess.CompletedProcess[str]:
    command = [node(), str(WEB / "scripts" / "publish.mjs"), str(build), str(place)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_new_build_replaces_the_old_one(tmp_path: Path) -> None:
    place = tmp_path / "web_dist"
    for version in ("one", "two"):
        assert _publish(_build(tmp_path / version, version), place).returncode == 0
        assert (place / "favicon.svg").read_text() == version
        assert f"index-{version}.js" in (place / "index.html").read_text()


def test_assets_of_the_build_before_stay_for_open_pages_and_older_ones_go(tmp_path: Path) -> None:
    place = tmp_path / "web_dist"
    builds = [_build(tmp_path / version, version) for version in ("one", "two", "three")]
    (builds[0] / "robots.txt").write_text("only the first build had it")
    for build, assets in zip(builds, [{"one"}, {"one", "two"}, {"two", "three"}], strict=True):
        # Publishing the same build again must not push out the one before it.
        for _ in range(2):
            assert _publish(build, place).returncode == 0
            assert {path.name for path in (place / "assets").iterdir()} == {f"index-{each}.js" for each in assets}
    assert _files(place) == {*PAGES, "assets/index-two.js", "assets/index-three.js"}


def test_what_was_published_without_a_list_counts_as_the_build_before(tmp_path: Path) -> None:
    place = tmp_path / "web_dist"
    _build(place, "one")
    assert _publish(_build(tmp_path / "two", "two"), place).returncode == 0
    assert _files(place) == {*PAGES, "assets/index-one.js", "assets/index-two.js"}


def test_a_build_that_is_not_finished_changes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "web_dist"
    _publish(_build(tmp_path / "one", "one"), place)
    unfinished = _build(tmp_path / "two", "two")
    (unfinished / "index.html").unlink()
    refused = _publish(unfinished, place)
    assert refused.returncode != 0
    assert "no finished build" in refused.stderr
    assert _files(place) == {*PAGES, "assets/index-one.js"}


@pytest.mark.parametrize("name", ["index.html", "favicon.svg"])
def test_whoever_asks_meanwhile_gets_a_whole_file(tmp_path: Path, name: str) -> None:
    place = tmp_path / "web_dist"
    builds = [_build(tmp_path / version, version) for version in ("one", "two")]
    wholes = {(build / name).read_text() for build in builds}
    _publish(builds[0], place)
    done = threading.Event()
    seen: list[str] = []

    def ask() -> None:
        while not done.is_set():
            seen.append((place / name).read_text())

    asking = threading.Thread(target=ask)
    asking.start()
    for n in range(ROUNDS):
        assert _publish(builds[(n + 1) % 2], place).returncode == 0
    done.set()
    asking.join()
    assert set(seen) == wholes
