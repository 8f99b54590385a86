"""The bytes behind media ids, kept once per content: in memory, or as files when there is a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

MEMORY_MAX_BYTES = 256 * 1024 * 1024


class MediaStore:
    """Content by its SHA-256. In memory the oldest content goes first when the limit is reached."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, bytes] = {}
        self._memory_bytes = 0
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> str:
        """Keeps content and returns its SHA-256 in hex."""
        digest = hashlib.sha256(content).hexdigest()
        if self._folder is not None:
            path = self._folder / digest
            if not path.exists():
                path.write_bytes(content)
        elif digest not in self._memory:
            self._memory[digest] = content
            self._memory_bytes += len(content)
            while self._memory_bytes > MEMORY_MAX_BYTES and len(self._memory) > 1:
                oldest = next(iter(self._memory))
                self._memory_bytes -= len(self._memory.pop(oldest))
        return digest

    def get(self, digest: str) -> bytes | None:
        if self._folder is not None:
            path = self._folder / digest
            return path.read_bytes() if path.exists() else None
        return self._memory.get(digest)

    def clear(self) -> None:
        self._memory.clear()
        self._memory_bytes = 0
        if self._folder is not None:
            for path in self._folder.iterdir():
                path.unlink()
