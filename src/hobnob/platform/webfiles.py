"""Serves the built web app: hashed assets for a year, pages fresh each time, every unknown path the app's own page.

Raw ASGI in front of the framework. Files are read once, compressed once, and read again when they change on disk.
"""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

COMPRESS_MIN_BYTES = 1_000
COMPRESSIBLE = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
)
FOREVER = b"public, max-age=31536000, immutable"
FRESH = b"no-cache"
INDEX = "index.html"
NOT_BUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Hobnob</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem">
<h1>The web app is not built yet</h1>
<p>The server runs, but this copy has no dashboard in it. Build it with <code>make setup</code> and reload this page.
The interface for programs is described at <a href="/docs">/docs</a>.</p></body></html>"""


@dataclass(frozen=True, slots=True)
class _File:
    changed_ns: int
    media_type: bytes
    etag: bytes
    body: bytes
    compressed: bytes | None


class WebFiles:
    """Answers GET and HEAD for everything that ``passed_on`` does not begin; the rest goes to ``app``."""

    def __init__(self, app: ASGIApp, folder: Path, passed_on: tuple[str, ...]) -> None:
        self._app = app
        self._folder = folder
        self._passed_on = passed_on
        self._files: dict[str, _File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(self._passed_on):
            await self._app(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(scope, send, 405, b"text/plain", b"Method not allowed", [(b"allow", b"GET, HEAD")])
            return
        await self._serve(scope, send)

    async def _serve(self, scope: HTTPScope, send: Send) -> None:
        path = scope["path"].lstrip("/")
        file = await asyncio.to_thread(self._load, path)
        is_asset = path.startswith("assets/")
        if file is None and (is_asset or PurePosixPath(path).suffix):
            await _answer(scope, send, 404, b"text/plain", b"Not found", [])
            return
        if file is None:
            is_asset, file = False, await asyncio.to_thread(self._load, INDEX)
        if file is None:
            await _answer(scope, send, 503, b"text/html; charset=utf-8", NOT_BUILT, [(b"cache-control", b"no-store")])
            return
        headers = [
            (b"cache-control", FOREVER if is_asset else FRESH),
            (b"etag", file.etag),
            (b"vary", b"Accept-Encoding"),
        ]
        asked = dict(scope["headers"])
        if file.etag in asked.get(b"if-none-match", b""):
            await _answer(scope, send, 304, None, b"", headers)
        elif file.compressed is not None and b"gzip" in asked.get(b"accept-encoding", b""):
            gzipped = [*headers, (b"content-encoding", b"gzip")]
            await _answer(scope, send, 200, file.media_type, file.compressed, gzipped)
        else:
            await _answer(scope, send, 200, file.media_type, file.body, headers)

    def _load(self, path: str) -> _File | None:
        """The file of a path below the folder, from memory while it is unchanged."""
        if not path or "\\" in path or "\x00" in path or ".." in path.split("/"):
            return None
        place = self._folder / path
        try:
            changed_ns = place.stat().st_mtime_ns
            known = self._files.get(path)
            if known is not None and known.changed_ns == changed_ns:
                return known
            body = place.read_bytes()
        except OSError:
            self._files.pop(path, None)
            return None
        media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
        worth_it = len(body) >= COMPRESS_MIN_BYTES and media_type.startswith(COMPRESSIBLE)
        text = media_type.startswith("text/") or media_type == "application/javascript"
        loaded = _File(
            changed_ns,
            (media_type + "; charset=utf-8" if text else media_type).encode(),
            f'"{changed_ns:x}-{len(body):x}"'.encode(),
            body,
            gzip.compress(body, 6, mtime=0) if worth_it else None,
        )
        self._files[path] = loaded
        return loaded


async def _answer(
    scope: HTTPScope,
    send: Send,
    status: int,
    media_type: bytes | None,
    body: bytes,
    headers: list[tuple[bytes, bytes]],
) -> None:
    if media_type is not None:
        headers = [*headers, (b"content-type", media_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown, "more_body": False})
