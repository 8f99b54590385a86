"""The signature over webhooks: HMAC-SHA256 of the raw bytes with the app's secret, in ``X-Hub-Signature-256``."""

from __future__ import annotations

import hmac

HEADER = "X-Hub-Signature-256"
_PREFIX = "sha256="


def sign(raw: bytes, secret: str) -> str:
    """The header's value for a body."""
    return _PREFIX + hmac.digest(secret.encode(), raw, "sha256").hex()


def verify(raw: bytes, header: str | bytes | None, secret: str) -> bool:
    """True only for a right signature. Missing, malformed and wrong ones, and an empty secret, are all False."""
    if not header or not secret:
        return False
    given = header if isinstance(header, bytes) else header.encode("latin-1", "replace")
    return hmac.compare_digest(given, sign(raw, secret).encode())
