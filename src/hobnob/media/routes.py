"""Files over HTTP: upload, and serving with ranges. A served file can do nothing in the page: its type comes from a short
list, anything else is a download."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

import structlog
from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, MultipartBody
from litestar.response import Stream

from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import InvalidInput
from hobnob.platform.database import Database
from hobnob.platform.http import problems
from hobnob.platform.storage import FileMissing, Storage, StorageFailed
from hobnob.team.types import Session

from . import actions, rules
from .errors import MediaNotFound, StoreUnavailable
from .pictures import THUMBNAIL_TYPE
from .types import MediaView, StoredFile
from .upload import Uploader

log = structlog.get_logger()

# A little more than the largest file: the form around it.
UPLOAD_MAX_BYTES = 128 * 1024 * 1024
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_CACHE = "private, max-age=31536000, immutable"
_FILE = {
    200: ResponseSpec(bytes, generate_examples=False, description="The file", media_type="application/octet-stream")
}


class UnsatisfiableRange(InvalidInput):
    status, code, title = 416, "range_not_satisfiable", "No such part"


@post(
    "/media",
    summary="Upload a file to send",
    request_max_body_size=UPLOAD_MAX_BYTES,
    responses=problems(401, 413, 422, 503),
)
async def upload(
    data: MultipartBody[dict[str, UploadFile]],
    session: NamedDependency[Session],
    uploader: NamedDependency[Uploader],
    clock: NamedDependency[Clock],
) -> MediaView:
    """The part ``file`` of the form. What it is, its bytes say; the limits are WhatsApp's."""
    file = data.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidInput("Send the file as the part “file” of a form.", fields=[("file", "missing")])
    try:
        return await uploader.keep(session.tenant, file.read, file.filename, clock.now())
    finally:
        await file.close()


@get("/media/{media_id:uuid}", summary="Fetch a file", responses=_FILE | problems(401, 404, 409, 503))
async def download(
    media_id: FromPath[UUID],
    request: Request[Any, Any, Any],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    storage: NamedDependency[Storage],
) -> Response[Any] | Stream:
    """The bytes, whole or one range of them. May be kept for ever: a file never changes."""
    file = await _file(session, database, media_id)
    etag = f'"{file.sha256.hex()}"'
    if request.headers.get("if-none-match") == etag:
        return Response(None, status_code=304, headers={"ETag": etag, "Cache-Control": _CACHE})
    start, end = _range_of(request.headers.get("range", ""), file.size_bytes)
    headers = {
        "ETag": etag,
        "Cache-Control": _CACHE,
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - start),
        "Content-Disposition": _disposition(file),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    whole = (start, end) == (0, file.size_bytes)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size_bytes}"
    content = await _opened(storage, file.storage_key, start, None if whole else end)
    served = file.mime_type if file.mime_type in rules.INLINE else "application/octet-stream"
    return Stream(content, status_code=200 if whole else 206, headers=headers, media_type=served)


@get(
    "/media/{media_id:uuid}/thumbnail",
    summary="Fetch a small picture of a file",
    responses=_FILE | problems(401, 404, 503),
)
async def thumbnail(
    media_id: FromPath[UUID],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    storage: NamedDependency[Storage],
) -> Response[bytes]:
    """A WebP of at most 480 pixels."""
    file = await _file(session, database, media_id)
    if file.thumbnail_key is None:
        raise MediaNotFound
    content = b"".join([chunk async for chunk in await _opened(storage, file.thumbnail_key, 0, None)])
    return Response(content, media_type=THUMBNAIL_TYPE, headers={"Cache-Control": _CACHE})


async def _file(session: Session, database: Database, media_id: UUID) -> StoredFile:
    async with database.account(session.tenant) as tx:
        return await actions.stored_file(tx, session.tenant, media_id)


async def _opened(storage: Storage, key: str, start: int, end: int | None) -> AsyncIterator[bytes]:
    """The stream, with its first chunk already here: what goes wrong then still has a status of its own."""
    stream = storage.get(key, start, end)
    try:
        first = await anext(stream, b"")
    except FileMissing:
        log.error("file_missing_in_store", key=key)
        raise MediaNotFound from None
    except StorageFailed as error:
        log.error("store_failed", error=str(error))
        raise StoreUnavailable from error
    return _continued(first, stream)


async def _continued(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _range_of(header: str, size: int) -> tuple[int, int]:
    """Start and end (exclusive) of what is asked for; forms we do not serve mean the whole. Raises UnsatisfiableRange."""
    match = _RANGE.match(header.strip())
    if match is None or match[0] == "bytes=-":
        return 0, size
    if not match[1]:
        start, end = max(size - int(match[2]), 0), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    if start >= end:
        raise UnsatisfiableRange(f"The file has {size} bytes.")
    return start, end


def _disposition(file: StoredFile) -> str:
    kind = "inline" if file.mime_type in rules.INLINE else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(file.filename, safe='')}" if file.filename else kind


routers = [Router("/api", route_handlers=[upload, download, thumbnail], tags=["Media"])]
