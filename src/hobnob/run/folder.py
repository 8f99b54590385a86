"""The data folder of ``hobnob run``: who runs on it, the secrets made for it, and deleting what was made in it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import IO, Any, Self

MADE_HERE = ("postgres", "media", "simulator", "logs", "secrets.json")


class StartError(Exception):
    """It cannot start; the message says what a person can do."""


class Lock:
    """One supervisor per data folder. The file holds its process id and, once ready, its address."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._data_dir = data_dir
        self._file: IO[str] = (data_dir / "run.lock").open("a+")

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, address = running_on(self._data_dir)
            where = f" at {address}" if address else ""
            raise StartError(
                f"Hobnob already runs on {self._data_dir} (process {pid}){where}. Stop it first, or set HOBNOB_DATA_DIR."
            ) from None
        self.note("")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.truncate(0)
        self._file.close()

    def note(self, address: str) -> None:
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n{address}\n")
        self._file.flush()


def running_on(data_dir: Path) -> tuple[int | None, str]:
    """Process id and address of the supervisor that holds the folder, as its lock file tells."""
    lines = (data_dir / "run.lock").read_text().split("\n") if (data_dir / "run.lock").exists() else []
    pid = int(lines[0]) if lines and lines[0].isdigit() else None
    return pid, lines[1] if len(lines) > 1 else ""


def delete_data(data_dir: Path) -> None:
    for name in MADE_HERE:
        path = data_dir / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def kept_secrets(data_dir: Path) -> dict[str, Any]:
    """What was made at the first start, or now: the key of all secrets, and the simulated Meta app's credentials."""
    path = data_dir / "secrets.json"
    if path.exists():
        kept: dict[str, Any] = json.loads(path.read_text())
        return kept
    made = {
        "secret_key": secrets.token_urlsafe(48),
        "whatsapp_token": f"EAA{secrets.token_hex(40)}",
        "whatsapp_app_id": str(10**14 + secrets.randbelow(10**14)),
        "whatsapp_app_secret": secrets.token_hex(16),
        "whatsapp_verify_token": secrets.token_urlsafe(16),
    }
    write_secrets(data_dir, made)
    return made


def write_secrets(data_dir: Path, values: dict[str, Any]) -> None:
    fresh = data_dir / "secrets.json.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(values, file, indent=2)
    fresh.replace(data_dir / "secrets.json")
