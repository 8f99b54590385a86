"""Child processes that never outlive us: parent-death signals, dropped privileges, and who may reach a folder.

Needed because PostgreSQL refuses to run as root, and because a killed parent must not leave servers behind.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """The user a child process runs as."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()


def own_identity() -> Identity:
    """The user this process runs as."""
    return Identity(os.geteuid(), os.getegid())


def unprivileged_identity(folder: Path) -> Identity:
    """Who should own and use ``folder``: ourselves, unless we are root.

    As root: the folder's owner when it has one that is not root (a second start keeps the first one's choice),
    else who called sudo, else ``nobody``, which every system has.
    """
    if os.geteuid() != 0:
        return own_identity()
    if folder.exists() and (owner := folder.stat()).st_uid != 0:
        return Identity(owner.st_uid, owner.st_gid)
    sudo_uid, sudo_gid = os.environ.get("SUDO_UID", "0"), os.environ.get("SUDO_GID", "0")
    if sudo_uid.isdigit() and sudo_gid.isdigit() and int(sudo_uid) != 0:
        return Identity(int(sudo_uid), int(sudo_gid))
    nobody = pwd.getpwnam("nobody")
    return Identity(nobody.pw_uid, nobody.pw_gid)


def can_reach(who: Identity, path: Path) -> bool:
    """Whether ``who`` may walk down to ``path``: every folder that exists on the way lets them through."""
    path = path.resolve()
    return all(_may_enter(who, folder) for folder in (path, *path.parents) if folder.is_dir())


def _may_enter(who: Identity, folder: Path) -> bool:
    status = folder.stat()
    if who.uid in (0, status.st_uid):
        return who.uid == 0 or bool(status.st_mode & stat.S_IXUSR)
    needed = stat.S_IXGRP if status.st_gid == who.gid else stat.S_IXOTH
    return bool(status.st_mode & needed)


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A ``preexec_fn``: the child gets ``death_signal`` when the thread that started it ends, however it ends.

    Linux only; elsewhere it does nothing and the next start clears what was left behind. It runs after the
    child has dropped its privileges, because changing user clears the wish.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def wish() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent died between fork and wish: nobody would tell us any more
            os._exit(1)

    return wish


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists and has not ended (a zombie has ended)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state not in ("Z", "X")
