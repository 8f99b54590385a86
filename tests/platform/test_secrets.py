"""Sealed secrets open only with the right key, purpose and owner."""

from __future__ import annotations

import pytest

from hobnob.platform.secrets import SecretUnreadable, open_sealed, seal

KEY = "k" * 40


def test_a_sealed_secret_opens_again_and_hides_the_text() -> None:
    sealed = seal(KEY, "pin", "number 1", "482913")
    assert b"482913" not in sealed
    assert sealed != seal(KEY, "pin", "number 1", "482913")
    assert open_sealed(KEY, "pin", "number 1", sealed) == "482913"


@pytest.mark.parametrize(("key", "purpose", "owner"), [("x" * 40, "pin", "1"), (KEY, "token", "1"), (KEY, "pin", "2")])
def test_it_opens_with_nothing_else(key: str, purpose: str, owner: str) -> None:
    with pytest.raises(SecretUnreadable):
        open_sealed(key, purpose, owner, seal(KEY, "pin", "1", "482913"))


def test_a_damaged_secret_does_not_open() -> None:
    sealed = bytearray(seal(KEY, "pin", "1", "482913"))
    sealed[-1] ^= 1
    with pytest.raises(SecretUnreadable):
        open_sealed(KEY, "pin", "1", bytes(sealed))
