"""A file is what its bytes say."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hobnob.media import rules
from hobnob.media.pictures import EDGE_PX, NotAPicture, read_picture
from tests.media.files import OGG, PDF, iso, office, picture, plain_zip

_OFFICE = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (picture("GIF"), "image/gif"),
        (iso(b"isom", b"isom", b"mp41"), "video/mp4"),
        (iso(b"3gp5", b"isom"), "video/3gpp"),
        (iso(b"M4A ", b"M4A ", b"isom"), "audio/mp4"),
        (iso(b"qt  ", b"qt  "), None),
        (OGG, "audio/ogg"),
        (b"ID3\x04" + bytes(60), "audio/mpeg"),
        (b"\xff\xfb\x90" + bytes(60), "audio/mpeg"),
        (b"\xff\xf1\x50" + bytes(60), "audio/aac"),
        (b"#!AMR\n" + bytes(60), "audio/amr"),
        (PDF, "application/pdf"),
        (office("word"), f"{_OFFICE}.wordprocessingml.document"),
        (office("xl"), f"{_OFFICE}.spreadsheetml.sheet"),
        (office("ppt"), f"{_OFFICE}.presentationml.presentation"),
        (plain_zip(), None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "application/msword"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), None),
        ("Grüße aus Köln".encode(), "text/plain"),
        (b"<script>alert(1)</script>", "text/plain"),
        (b"\x7fELF" + bytes(60), None),
        (b"", None),
    ],
)
def test_sniffs(content: bytes, mime_type: str | None) -> None:
    assert rules.sniff(content[: rules.HEAD_BYTES], content) == mime_type


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes) -> None:
    rules.sniff(content, content)
    rules.is_animated_webp(content)


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\photo.jpg", "photo.jpg"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("line\r\nbreak.pdf", "linebreak.pdf"),
        ("...", None),
        ("", None),
        (None, None),
        ("x" * 300, "x" * 200),
    ],
)
def test_names_lose_what_could_harm(given_name: str | None, clean: str | None) -> None:
    assert rules.clean_filename(given_name) == clean


def test_a_thumbnail_is_small_and_upright() -> None:
    read = read_picture(picture("JPEG", (1200, 600), orientation=6))
    assert (read.width, read.height) == (600, 1200)
    small = Image.open(io.BytesIO(read.thumbnail))
    assert small.format == "WEBP"
    assert small.size == (EDGE_PX // 2, EDGE_PX)
    assert small.getexif().get(0x0112) is None


def test_a_small_picture_is_not_blown_up() -> None:
    read = read_picture(picture("PNG", (40, 20)))
    assert Image.open(io.BytesIO(read.thumbnail)).size == (40, 20)


def test_a_bomb_is_not_opened() -> None:
    """A few kilobytes that claim a gigapixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = (40_000).to_bytes(4, "big") * 2
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size + b"\x08\x02\x00\x00\x00")
        + chunk(b"IDAT", zlib.compress(bytes(9_999)))
    )
    with pytest.raises(NotAPicture, match="pixels"):
        read_picture(bomb)


@pytest.mark.parametrize("content", [picture("JPEG")[:300], b"\x89PNG\r\n\x1a\nnonsense", b"RIFF0000WEBPVP8 "])
def test_broken_pictures_say_so(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        read_picture(content)
