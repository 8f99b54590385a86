"""What a file is, judged by its bytes alone, and where it lies in the store. Pure."""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
from uuid import UUID

from hobnob.whatsapp import limits

HEAD_BYTES = 64 * 1024
FILENAME_MAX_CHARS = 200

# Shown in the page; everything else is only ever downloaded.
INLINE = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "video/mp4",
        "video/3gpp",
        "audio/aac",
        "audio/amr",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
    }
)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_ZIP_FOLDERS = {
    "word/": f"{_OFFICE}.wordprocessingml.document",
    "xl/": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/": f"{_OFFICE}.presentationml.presentation",
}
_OLE_STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
)
ZIP_ENTRIES_MAX = 5_000


def storage_key(account_id: UUID, media_id: UUID) -> str:
    """Where a file lies: by account, so that an account's files can be found and removed together."""
    return f"{account_id}/{media_id}"


def thumbnail_key(storage_key: str) -> str:
    """Where its small picture lies."""
    return f"{storage_key}.thumb"


def sniff(head: bytes, whole: bytes | None = None) -> str | None:
    """The type of a file from its first bytes; None when it is nothing we know. ``whole``, when at hand, tells Office
    files from other archives."""
    for start, mime_type in _STARTS:
        if head.startswith(start):
            return mime_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head.startswith(b"PK\x03\x04"):
        return _zip(whole)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(whole if whole is not None else head)
    return "text/plain" if _is_text(head) else None


def looks_like_container(head: bytes) -> bool:
    """Whether telling the type needs the whole file: an archive or an old Office file."""
    return head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def max_bytes(kind: str, head: bytes) -> int:
    """The most WhatsApp takes of a kind of message; a sticker that moves may be larger."""
    if kind == "sticker" and not is_animated_webp(head):
        return limits.STICKER_STATIC_MAX_BYTES
    return limits.MEDIA[kind].max_bytes


def is_animated_webp(head: bytes) -> bool:
    """Whether a WebP's extended header has the animation flag."""
    return head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & 0x02)


def clean_filename(name: str | None) -> str | None:
    """A name without folders, control characters and tricks of direction; None when nothing is left."""
    if not name:
        return None
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return plain.strip(" .")[:FILENAME_MAX_CHARS] or None


def size_text(size: int) -> str:
    """A size as people say it: ``16 MB``, ``512 KB``."""
    if size >= limits.MIB:
        return f"{size / limits.MIB:.1f}".rstrip("0").rstrip(".") + " MB"
    return f"{max(size // limits.KIB, 1)} KB"


def _iso_media(head: bytes) -> str | None:
    size = struct.unpack(">I", head[:4])[0]
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(size, 256), 4))}
    major = head[8:12]
    if major.startswith(b"3g"):
        return "video/3gpp"
    if major in (b"M4A ", b"M4B "):
        return "audio/mp4"
    if major == b"qt  ":
        return None
    known = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
    return "video/mp4" if brands & known else None


def _zip(whole: bytes | None) -> str | None:
    if whole is None:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            names = archive.namelist()[:ZIP_ENTRIES_MAX]
    except (zipfile.BadZipFile, ValueError, OSError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((kind for folder, kind in _ZIP_FOLDERS.items() if any(n.startswith(folder) for n in names)), None)


def _ole(content: bytes) -> str | None:
    return next((kind for name, kind in _OLE_STREAMS.items() if name.encode("utf-16-le") in content), None)


def _is_text(head: bytes) -> bool:
    if not head or b"\x00" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character may be cut at the end of what was read.
        return error.start >= len(head) - 3 and len(head) >= HEAD_BYTES
    return True
