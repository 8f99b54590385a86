"""Secrets at rest: tokens and PINs are sealed with a key derived from ``HOBNOB_SECRET_KEY``.

AES-256-GCM with a random nonce. The key is derived per purpose, and each secret is bound to the thing it belongs to, so
that a sealed value copied to another row does not open.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class SecretUnreadable(Exception):
    """A sealed value does not open: the secret key was changed, or the value was moved or damaged."""


def seal(secret_key: str, purpose: str, bound_to: str, plain: str) -> bytes:
    """Encrypt ``plain``; only `open_sealed` with the same key, purpose and owner gives it back."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + _cipher(secret_key, purpose).encrypt(nonce, plain.encode(), bound_to.encode())


def open_sealed(secret_key: str, purpose: str, bound_to: str, sealed: bytes) -> str:
    """The plain text of a sealed value. Raises SecretUnreadable."""
    if sealed[:1] != _VERSION:
        raise SecretUnreadable("sealed in a form this version does not know")
    nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return _cipher(secret_key, purpose).decrypt(nonce, rest, bound_to.encode()).decode()
    except (InvalidTag, ValueError):
        raise SecretUnreadable(
            "a stored secret does not open: HOBNOB_SECRET_KEY is not the one it was sealed with"
        ) from None


def _cipher(secret_key: str, purpose: str) -> AESGCM:
    derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"hobnob seal " + purpose.encode())
    return AESGCM(derived.derive(secret_key.encode()))
