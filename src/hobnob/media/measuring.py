"""A stream on its way into the store: its size, hash and first bytes are known once it has passed."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

from . import rules


class TooManyBytes(Exception):
    """The stream is longer than it may be."""


class Measured:
    """Passes a stream on in the chunks it comes in; each is looked at once. ``head`` has at most ``rules.HEAD_BYTES``."""

    def __init__(self, source: AsyncIterator[bytes], max_bytes: int | None = None) -> None:
        self._source = source
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self.head = b""
        self.size_bytes = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """The stream itself. Raises TooManyBytes before anything beyond the limit has passed."""
        async for chunk in self._source:
            self.size_bytes += len(chunk)
            if self._max_bytes is not None and self.size_bytes > self._max_bytes:
                raise TooManyBytes
            self._hash.update(chunk)
            if len(self.head) < rules.HEAD_BYTES:
                self.head += chunk[: rules.HEAD_BYTES - len(self.head)]
            yield chunk

    def digest(self) -> bytes:
        """SHA-256 of what has passed."""
        return self._hash.digest()
