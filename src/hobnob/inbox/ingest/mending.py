"""Text that JSON allows and PostgreSQL does not: NUL characters and halves of surrogate pairs, as truncated emoji leave them.

They are replaced before anything is read, so that one odd character never costs a message.
"""

from __future__ import annotations

import re

_ESCAPE = rb"(?<!\\)((?:\\\\)*)"
_NUL = re.compile(_ESCAPE + rb"\\u0000")
_HALF = re.compile(
    _ESCAPE + rb"(?:(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_REPLACEMENT = rb"\ufffd"


def mend(body: bytes) -> bytes:
    """The body with every character replaced that could not be stored. Nearly always the body itself."""
    if b"\\u0000" in body:
        body = _NUL.sub(lambda found: found[1] + _REPLACEMENT, body)
    if b"\\ud" in body or b"\\uD" in body:
        body = _HALF.sub(lambda found: found[0] if found[2] else found[1] + _REPLACEMENT, body)
    return body
