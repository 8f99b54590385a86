"""Small files for customers who send media without choosing one, made on the spot."""

from __future__ import annotations

import io
import struct

from PIL import Image

_MIME = {
    "image": "image/jpeg",
    "sticker": "image/webp",
    "audio": "audio/ogg; codecs=opus",
    "video": "video/mp4",
    "document": "application/pdf",
}


def sample(kind: str) -> tuple[bytes, str]:
    """(content, MIME type) of a file of that kind. The audio and video are headers without sound or picture."""
    match kind:
        case "image":
            return _picture("JPEG"), _MIME[kind]
        case "sticker":
            return _picture("WEBP"), _MIME[kind]
        case "audio":
            head = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 0, 48_000, 0, 0)
            return b"OggS" + bytes(23) + bytes([len(head)]) + head, _MIME[kind]
        case "video":
            return struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"mp42", 0, b"mp42", b"isom"), _MIME[kind]
        case _:
            return _pdf(), _MIME["document"]


def _picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((96, 96)).convert("RGB").save(out, form)
    return out.getvalue()


def _pdf() -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
