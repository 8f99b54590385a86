"""One tree of errors. Each has a stable ``code``, an HTTP status and a sentence a person can act on.

HobnobError
├── InvalidInput      422  the request can be mended by the caller; ``fields`` says where
├── NotSignedIn       401
├── Forbidden         403
├── NotFound          404
├── Conflict          409  the state of the thing forbids it
├── TooLarge          413
├── RateLimited       429  try again after ``retry_after_s``
├── PaymentRequired   402  too little credit
└── Unavailable       503  something outside did not answer
"""

from __future__ import annotations

from typing import Any, ClassVar


class HobnobError(Exception):
    """Root. ``detail`` is shown to people; ``extra`` adds machine-readable members to the problem document."""

    status: ClassVar[int] = 500
    code: str = "internal_error"
    title: str = "Something went wrong"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        fields: list[tuple[str, str]] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code
        self.fields = fields or []
        self.extra = extra


class InvalidInput(HobnobError):
    status, code, title = 422, "invalid_input", "The request is not valid"


class NotSignedIn(HobnobError):
    status, code, title = 401, "not_signed_in", "Sign in first"


class Forbidden(HobnobError):
    status, code, title = 403, "forbidden", "Not allowed"


class NotFound(HobnobError):
    status, code, title = 404, "not_found", "Not found"


class Conflict(HobnobError):
    status, code, title = 409, "conflict", "Not possible in the present state"


class TooLarge(HobnobError):
    status, code, title = 413, "too_large", "Too large"


class RateLimited(HobnobError):
    status, code, title = 429, "rate_limited", "Too many requests"


class PaymentRequired(HobnobError):
    status, code, title = 402, "insufficient_credit", "Not enough credit"


class Unavailable(HobnobError):
    status, code, title = 503, "unavailable", "Not available at the moment"
