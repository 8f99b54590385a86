"""The page checks what an agent writes by limits of its own: they are WhatsApp's, as the server holds them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hobnob.whatsapp import limits

PAGE = (Path(__file__).resolve().parents[2] / "web/src/features/inbox/composer/rules.ts").read_text()
KINDS = re.findall(r"kind: '(\w+)',\s*types: \[([^]]+)\],\s*bytesMax: (\d+) \* (MIB|KIB)", PAGE)
UNITS = {"MIB": 1024 * 1024, "KIB": 1024}


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("TEXT_LETTERS_MAX", limits.TEXT_MAX_CHARS),
        ("CAPTION_LETTERS_MAX", limits.CAPTION_MAX_CHARS),
        ("BUTTONS_MAX", limits.BUTTONS_MAX),
        ("BUTTON_LETTERS_MAX", limits.BUTTON_TITLE_MAX_CHARS),
        ("ROWS_MAX", limits.LIST_ROWS_MAX),
        ("ROW_LETTERS_MAX", limits.ROW_TITLE_MAX_CHARS),
        ("ROW_NOTE_LETTERS_MAX", limits.ROW_DESCRIPTION_MAX_CHARS),
        ("HEADER_LETTERS_MAX", limits.HEADER_TEXT_MAX_CHARS),
        ("BODY_LETTERS_MAX", limits.BODY_TEXT_MAX_CHARS),
        ("LIST_BODY_LETTERS_MAX", limits.LIST_BODY_TEXT_MAX_CHARS),
    ],
)
def test_words(name: str, limit: int) -> None:
    assert re.findall(rf"export const {name} = (\d+)", PAGE) == [str(limit)]


def test_files() -> None:
    assert {kind for kind, *_ in KINDS} == limits.MEDIA.keys()
    for kind, types, count, unit in KINDS:
        assert int(count) * UNITS[unit] == limits.MEDIA[kind].max_bytes, kind
        # Browsers have a name of their own for M4A.
        assert set(re.findall(r"'([^']+)'", types)) - {"audio/x-m4a"} == limits.MEDIA[kind].mime_types, kind
