"""Every code of Meta's has an exception, a retry class and a sentence of advice."""

from __future__ import annotations

import pytest

from hobnob.whatsapp import errors


@pytest.mark.parametrize(
    ("code", "kind", "retry"),
    [
        (130429, errors.RateLimited, errors.Retry.RATE_LIMIT),
        (131056, errors.PairRateLimited, errors.Retry.RATE_LIMIT),
        (131047, errors.WindowClosed, errors.Retry.PERMANENT),
        (132001, errors.TemplateError, errors.Retry.PERMANENT),
        (133010, errors.NotRegistered, errors.Retry.PERMANENT),
        (133005, errors.CodeError, errors.Retry.PERMANENT),
        (190, errors.AuthError, errors.Retry.AUTH),
        (247, errors.AuthError, errors.Retry.AUTH),
        (131026, errors.Undeliverable, errors.Retry.PERMANENT),
        (131016, errors.Temporary, errors.Retry.TEMPORARY),
        (100, errors.InvalidParameter, errors.Retry.PERMANENT),
    ],
)
def test_codes(code: int, kind: type[errors.GraphError], retry: errors.Retry) -> None:
    error = errors.error_for(code, "(#1) message", details="Meta's details")
    assert type(error) is kind
    assert error.retry is retry
    assert error.meta_code == code
    assert error.advice in error.detail and error.detail.startswith("Meta's details. ")


def test_unknown_codes_are_judged_by_their_status() -> None:
    assert isinstance(errors.error_for(987654, "m", http_status=503), errors.Temporary)
    assert isinstance(errors.error_for(987654, "m", http_status=400), errors.InvalidParameter)
    assert isinstance(errors.error_for(None, "m", http_status=401), errors.AuthError)
    assert isinstance(errors.error_for(None, "m", http_status=429), errors.RateLimited)


def test_the_table_is_sound() -> None:
    for code, line in errors.CODES.items():
        assert line.code == code
        assert line.advice.endswith(".") and line.title and 400 <= line.http < 600
