"""Media as Meta keeps it: uploads, addresses that live five minutes, downloads that want the token, resumable uploads."""

from __future__ import annotations

import base64
import random
import re
from typing import Any

from aiohttp import BodyPartReader, web

from hobnob.whatsapp import limits

from .call import Call
from .core import Simulator
from .payloads import check_upload
from .refusal import Refusal, invalid, missing, unknown_object
from .world import App, Media, Number, Upload

UPLOAD_MAX_BYTES = limits.MEDIA_MAX_BYTES + 64 * 1024
_FORM_FIELD_MAX_BYTES = 10_000
_WEBP_ANIMATION_BIT = 0x02


async def read_upload(request: web.BaseRequest) -> tuple[dict[str, str], bytes, str, str | None]:
    """(form fields, content, MIME type of the part, filename) of a multipart upload, within the size limit."""
    if not request.content_type.startswith("multipart/"):
        raise missing("file")
    form: dict[str, str] = {}
    content: bytes | None = None
    mime_type, filename = "application/octet-stream", None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            filename = part.filename
            mime_type = part.headers.get("Content-Type", mime_type)
            chunks, size = [], 0
            while chunk := await part.read_chunk(256 * 1024):
                size += len(chunk)
                if size > UPLOAD_MAX_BYTES:
                    raise Refusal(131053, "The file is larger than 100 MB.")
                chunks.append(chunk)
            content = b"".join(chunks)
        else:
            raw = await part.read(decode=True)
            form[part.name or ""] = bytes(raw[:_FORM_FIELD_MAX_BYTES]).decode("utf-8", "replace")
    if content is None:
        raise missing("file")
    return form, content, mime_type, filename


async def upload(sim: Simulator, number: Number, request: web.BaseRequest) -> dict[str, Any]:
    form, content, part_type, filename = await read_upload(request)
    if form.get("messaging_product") != "whatsapp":
        raise missing("messaging_product")
    mime_type = part_type if part_type != "application/octet-stream" else form.get("type", part_type)
    check_upload(limits.media_kind_of(mime_type), len(content), mime_type, _animated(content))
    return {"id": keep(sim, content, mime_type, filename, number.id).id}


def keep(sim: Simulator, content: bytes, mime_type: str, filename: str | None, number_id: str | None) -> Media:
    digest = sim.media.put(content)
    media = Media(sim.index.new_id(), mime_type, digest, len(content), sim.clock.now_s(), number_id, filename)
    sim.world.media[media.id] = media
    sim.dirty = True
    return media


def _animated(content: bytes) -> bool:
    """An extended WebP file with its animation flag set."""
    return content[8:16] == b"WEBPVP8X" and bool(content[20] & _WEBP_ANIMATION_BIT) if len(content) > 20 else False


def info(call: Call) -> dict[str, Any]:
    media: Media = call.node
    asked = call.query.get("phone_number_id")
    if _gone(call.sim, media) or (asked and media.number_id not in (None, asked)):
        raise unknown_object(media.id)
    until_s = int(call.sim.clock.now_s()) + limits.MEDIA_URL_LIFETIME_S
    return {
        "messaging_product": "whatsapp",
        "url": f"{call.base_url}/media/{media.id}?mid={media.id}&ext={until_s}",
        "mime_type": media.mime_type,
        "sha256": media.sha256,
        "file_size": media.size,
        "id": media.id,
    }


def delete(call: Call) -> dict[str, Any]:
    call.sim.world.media.pop(call.node.id, None)
    call.sim.dirty = True
    return {"success": True}


def _gone(sim: Simulator, media: Media) -> bool:
    life_s = limits.INBOUND_MEDIA_LIFETIME_S if media.inbound else limits.UPLOADED_MEDIA_LIFETIME_S
    return sim.clock.now_s() - media.created_s >= life_s


def download(sim: Simulator, app: App | None, media_id: str, until: str) -> web.Response:
    """The bytes: 401 without a token, 404 once the address is older than its life or the media is gone."""
    if app is None:
        return web.Response(status=401, text="Authentication Error")
    media = sim.world.media.get(media_id)
    content = sim.media.get(media.sha256) if media is not None else None
    if media is None or content is None or _gone(sim, media) or not until.isdigit() or int(until) < sim.clock.now_s():
        return web.Response(status=404, text="Media not found")
    headers = {"Content-Type": media.mime_type, "Content-Disposition": f'inline; filename="{_safe(media.filename)}"'}
    return web.Response(body=content, headers=headers)


def _safe(filename: str | None) -> str:
    return re.sub(r"[^\w. -]", "_", filename or "file", flags=re.ASCII)[:100]


def open_upload(call: Call) -> dict[str, Any]:
    """``POST /{app}/uploads``: the first step of a resumable upload."""
    length = str(call.given("file_length") or "")
    kind = str(call.given("file_type") or "")
    if not length.isdigit() or int(length) > UPLOAD_MAX_BYTES:
        raise invalid("Param file_length must be a number of bytes.")
    if not kind:
        raise missing("file_type")
    name = base64.urlsafe_b64encode(random.randbytes(24)).decode().rstrip("=")
    session = Upload(f"upload:{name}", str(call.given("file_name") or "file"), int(length), kind)
    call.sim.world.uploads[session.id] = session
    return {"id": session.id}


def take_upload(sim: Simulator, session: Upload, offset: str, content: bytes) -> dict[str, Any]:
    """The bytes from ``file_offset`` on; the whole file gives a handle."""
    if not offset.isdigit() or int(offset) != session.offset:
        raise invalid("Header file_offset does not match the upload.")
    session.offset += len(content)
    if session.offset < session.file_length:
        return {"id": session.id, "file_offset": session.offset}
    digest = sim.media.put(content)
    session.handle = f"4:{base64.b64encode(session.file_name.encode()).decode()}:{digest[:40]}"
    return {"h": session.handle}


def upload_state(session: Upload) -> dict[str, Any]:
    return {"id": session.id, "file_offset": session.offset}
