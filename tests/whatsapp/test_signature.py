"""The signature fails closed."""

from __future__ import annotations

import pytest

from hobnob.whatsapp.signature import sign, verify

BODY = b'{"object":"whatsapp_business_account"}'


def test_right_signature() -> None:
    header = sign(BODY, "secret")
    assert header == "sha256=03f6dd944ecab4ddac0e3dbc3923b2da4e12b03df679ae23a52efd78ca6056e0"
    assert verify(BODY, header, "secret") and verify(BODY, header.encode(), "secret")


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha1=ab", "sha256=" + "0" * 64, "\u20ac", b"\xff"])
def test_wrong_ones(header: str | bytes | None) -> None:
    assert not verify(BODY, header, "secret")


def test_other_secret_body_or_none() -> None:
    header = sign(BODY, "secret")
    assert not verify(BODY, header, "other")
    assert not verify(BODY + b" ", header, "secret")
    assert not verify(BODY, sign(BODY, ""), "")
