"""Builds the wheel and looks inside: the web app, the migrations and the licence are there, and the command runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Returns the exit code: 0 when the wheel is complete."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
            archive.extractall(Path(folder, "unpacked"))
        missing = sorted(_expected() - names)
        unwanted = sorted(name for name in names if "node_modules" in name or "__pycache__" in name)
        if not any(name.endswith("licenses/LICENSE") for name in names):
            missing.append("LICENSE")
        for name in missing:
            print(f"The wheel lacks {name}.")
        for name in unwanted:
            print(f"The wheel should not hold {name}.")
        if missing or unwanted:
            return 1
        environment = {**os.environ, "PYTHONPATH": str(Path(folder, "unpacked"))}
        told = subprocess.run(
            [sys.executable, "-m", "hobnob", "--version"], cwd=folder, env=environment, check=True, capture_output=True
        )
        print(
            f"{wheel.name}: {len(names)} files, {wheel.stat().st_size:,} bytes, version {told.stdout.decode().strip()}"
        )
    return 0


def _expected() -> set[str]:
    package = ROOT / "src/hobnob"
    shipped = [*package.glob("migrations/*.sql"), *package.rglob("*.py"), *package.rglob("data/*")]
    pages = {"hobnob/web_dist/index.html", "hobnob/web_dist/simulator.html"}
    return {str(path.relative_to(ROOT / "src")) for path in shipped} | pages


if __name__ == "__main__":
    sys.exit(main())
