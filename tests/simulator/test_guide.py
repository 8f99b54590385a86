"""The table of the control API in docs/simulator.md names the calls that there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from hobnob.simulator.control import ControlFace
from hobnob.simulator.faults import Faults

if TYPE_CHECKING:
    from hobnob.simulator.core import Simulator

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "simulator.md").read_text()


def test_it_names_every_call() -> None:
    first_column = "\n".join(line.split(" | ")[0] for line in GUIDE.splitlines() if line.startswith("| "))
    face = ControlFace(cast("Simulator", None))
    paths = {route.path.removeprefix("/control") for route in face.routes()}
    assert len(paths) > 20
    for path in paths:
        # Of calls with a common start the table has the start once: `/phones/{phone}/read`, `/play`.
        assert path in first_column or f"`/{path.rsplit('/', 1)[1]}`" in first_column, path


def test_it_names_every_fault() -> None:
    for name in Faults.__struct_fields__:
        assert f"`{name}" in GUIDE, name
