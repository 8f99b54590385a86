"""Checks that web/openapi.json says what the server answers, and that the web app's client is generated from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTION = ROOT / "web/openapi.json"
CLIENT = ROOT / "web/src/api/schema.d.ts"


def main() -> int:
    """Writes both again; returns 1 when that changed either."""
    before = [_text(DESCRIPTION), _text(CLIENT)]
    subprocess.run([sys.executable, "-m", "hobnob", "export-openapi", str(DESCRIPTION)], check=True)
    subprocess.run(["sh", str(ROOT / "scripts/npm.sh"), "run", "--silent", "generate-api"], check=True)  # noqa: S607
    drifted = [path for path, text in zip((DESCRIPTION, CLIENT), before, strict=True) if _text(path) != text]
    for path in drifted:
        print(f"{path.relative_to(ROOT)} was out of date. It is written again: look at the change and commit it.")
    return 1 if drifted else 0


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
