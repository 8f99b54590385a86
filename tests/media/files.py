"""Small files of every kind, made on the spot."""

from __future__ import annotations

import io
import struct
import zipfile

from PIL import Image


def picture(form: str = "PNG", size: tuple[int, int] = (640, 400), orientation: int | None = None) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, form, exif=exif)
    return out.getvalue()


def office(folder: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<x/>")
    return out.getvalue()


def plain_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return out.getvalue()


def iso(major: bytes, *brands: bytes) -> bytes:
    head = struct.pack(">I4s4sI", 16 + 4 * len(brands), b"ftyp", major, 0) + b"".join(brands)
    return head + bytes(64)


OGG = b"OggS" + bytes(24) + b"OpusHead" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF"
