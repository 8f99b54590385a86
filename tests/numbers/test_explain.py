"""What Meta's refusals become at each step. Words decide where Meta's codes do not."""

from __future__ import annotations

from typing import Any

import pytest

from hobnob.numbers.errors import Step, explain
from hobnob.whatsapp.errors import error_for


@pytest.mark.parametrize(
    ("step", "meta_code", "details", "code"),
    [
        ("add", 100, "This phone number has already been added to a WhatsApp business account.", "number_taken"),
        ("add", 100, "This number is being used by an existing WhatsApp account.", "number_in_use_in_app"),
        ("add", 100, "verified_name is too long", "whatsapp_error"),
        ("code", 136024, "This phone number is already in use with WhatsApp on a phone.", "number_in_use_in_app"),
        ("code", 136024, "Too many codes were requested for this number.", "code_too_many"),
        ("code", 80007, "Rate limit", "code_too_many"),
        ("code", 136024, "Something else", "whatsapp_error"),
        ("verify", 136025, "The code is wrong.", "code_wrong"),
        ("verify", 136025, "The code has expired: request a new code.", "code_expired"),
        ("verify", 136025, "Too many wrong codes were entered: request a new code.", "code_too_many"),
        ("register", 133005, "The PIN does not match.", "pin_wrong"),
        ("register", 133008, "Too many wrong PINs", "code_too_many"),
        ("register", 133006, "verify first", "code_expired"),
        ("register", 136024, "already in use with WhatsApp on a phone", "number_in_use_in_app"),
        ("register", 133016, "Too many registrations within 72 hours", "whatsapp_error"),
        ("register", 190, "Token expired", "whatsapp_error"),
        ("verify", 2, "down", "whatsapp_unreachable"),
    ],
)
def test_a_refusal_has_its_own_code(step: Step, meta_code: int, details: str, code: str) -> None:
    explained: Any = explain(error_for(meta_code, "message", details=details, http_status=400), step)
    assert explained.code == code
    assert len(explained.detail) > 20
