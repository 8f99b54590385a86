"""Small pictures of pictures. Decoding is slow and its input is hostile: a few threads, and a limit on pixels."""

from __future__ import annotations

import asyncio
import io

from msgspec import Struct
from PIL import Image, ImageOps

PIXELS_MAX = 50_000_000
EDGE_PX = 480
QUALITY = 78
PICTURES_AT_ONCE_MAX = 2
PICTURE_MAX_BYTES = 25_000_000
TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
THUMBNAIL_TYPE = "image/webp"
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

# The size is checked here before anything is decoded; the library's own alarm would be a warning in a thread.
Image.MAX_IMAGE_PIXELS = None


class NotAPicture(Exception):
    """The bytes cannot be read as a picture; the message says why."""


class Picture(Struct, frozen=True):
    """The size as people see it (turned as the camera noted) and a WebP no larger than ``EDGE_PX``."""

    width: int
    height: int
    thumbnail: bytes


class PictureReader:
    """Reads pictures, a few at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(PICTURES_AT_ONCE_MAX)

    async def read(self, content: bytes) -> Picture:
        """Raises NotAPicture."""
        async with self._turn:
            return await asyncio.to_thread(read_picture, content)


def read_picture(content: bytes) -> Picture:
    """Decode just enough for a thumbnail. Raises NotAPicture."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            width, height = opened.size
            if width * height > PIXELS_MAX:
                raise NotAPicture(f"{width} x {height} pixels are more than {PIXELS_MAX}")
            turned = opened.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            opened.draft("RGB", (EDGE_PX, EDGE_PX))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((EDGE_PX, EDGE_PX))
            small = upright.convert("RGBA" if _has_transparency(upright) else "RGB")
            out = io.BytesIO()
            small.save(out, "WEBP", quality=QUALITY, method=3)
    except NotAPicture:
        raise
    except Exception as error:
        # Broken pictures fail in many ways, each format in its own; all of them mean the same.
        raise NotAPicture(repr(error)) from error
    return Picture(height if turned else width, width if turned else height, out.getvalue())


def _has_transparency(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
