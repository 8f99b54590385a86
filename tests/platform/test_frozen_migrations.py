"""Migrations are frozen once they are committed: their checksums stand in a list, and a new file brings its line."""

from __future__ import annotations

from importlib import resources

from hobnob.platform.migrate import migrations

LIST = "checksums.txt"


def _frozen() -> list[tuple[str, str]]:
    """File name and SHA-256, in the order of the list."""
    lines = (resources.files("hobnob.migrations") / LIST).read_text("utf-8").splitlines()
    return [(name, checksum) for checksum, name in (line.split("  ") for line in lines)]


def test_no_frozen_migration_was_edited() -> None:
    now = {f"{one.version:04d}_{one.name}.sql": one.checksum for one in migrations()}
    edited = [name for name, checksum in _frozen() if now.get(name) != checksum]
    assert not edited, f"restore {', '.join(edited)} and put the change in a new file with the next number"


def test_every_migration_is_frozen_in_its_order() -> None:
    names = [f"{one.version:04d}_{one.name}.sql" for one in migrations()]
    assert [name for name, _ in _frozen()] == names, f"sha256sum NEW_FILE >> {LIST}, in src/hobnob/migrations"
