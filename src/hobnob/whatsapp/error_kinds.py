"""The tree of exceptions for Meta's refusals; ``errors`` has the table that maps codes to them.

GraphError
├── RateLimited            Meta asks to slow down; nothing was accepted
│   └── PairRateLimited    too many messages to this one customer
├── AuthError              the access token or its permissions
├── AccountBlocked         the WhatsApp account is locked, restricted or cannot pay
├── NotRegistered          the business number is not registered or not verified
├── CodeError              one-time codes and PINs
├── WindowClosed           more than 24 hours since the customer wrote: only templates
├── TemplateError          the template or its parameters
├── Undeliverable          this customer cannot or will not get this message
├── MediaError             a file WhatsApp could not take or give
│   └── FileTooLarge       a file larger than we take
├── InvalidParameter       the request itself
├── Temporary              Meta's side; the same request may work later
└── SendUnknown            the request may have reached Meta, but no answer came
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from msgspec import Struct

from hobnob.kernel.errors import HobnobError

ADVICE_UNKNOWN = "Look the code up in Meta's documentation, or try again later."


class Retry(Enum):
    """What trying the very same request again can bring."""

    RATE_LIMIT = "rate_limit"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    AUTH = "auth"


class Answer(Struct, frozen=True):
    """What came with a refusal. ``details`` is Meta's own explanation; ``retry_after_s`` how long to hold back."""

    details: str | None = None
    http_status: int | None = None
    subcode: int | None = None
    trace_id: str | None = None
    retry_after_s: float | None = None
    error_data: Any = None


class GraphError(HobnobError):
    """A refusal by Meta. ``meta_code`` is Meta's number; ``advice`` a sentence for the person in front of the screen."""

    status = 422
    code = "whatsapp_error"
    title = "WhatsApp refused"

    def __init__(
        self,
        meta_code: int | None,
        message: str,
        *,
        retry: Retry,
        advice: str = ADVICE_UNKNOWN,
        title: str | None = None,
        answer: Answer = Answer(),  # noqa: B008  frozen, so it may be shared
    ) -> None:
        self.meta_code = meta_code
        self.meta_title = title or message
        self.meta_details = answer.details
        self.advice = advice
        self.retry = retry
        self.http_status = answer.http_status
        self.subcode = answer.subcode
        self.trace_id = answer.trace_id
        self.retry_after_s = answer.retry_after_s
        self.error_data = answer.error_data
        super().__init__(f"{(answer.details or message).rstrip('. ')}. {advice}", meta_code=meta_code)


class RateLimited(GraphError):
    status = 429


class PairRateLimited(RateLimited):
    pass


class AuthError(GraphError):
    status = 502


class AccountBlocked(GraphError):
    status = 409


class NotRegistered(GraphError):
    status = 409


class CodeError(GraphError):
    pass


class WindowClosed(GraphError):
    status = 409
    code = "window_closed"
    title = "The 24-hour window is closed"


class TemplateError(GraphError):
    pass


class Undeliverable(GraphError):
    pass


class MediaError(GraphError):
    pass


class FileTooLarge(MediaError):
    pass


class InvalidParameter(GraphError):
    pass


class Temporary(GraphError):
    status, code, title = 503, "whatsapp_unreachable", "WhatsApp is not answering"


class SendUnknown(Temporary):
    """A send's request may have reached Meta: sending it again could send it twice."""

    title = "The message may or may not have been sent"


class Code(Struct, frozen=True):
    """One line of Meta's table. ``http`` is the status Meta answers with when the refusal is immediate."""

    code: int
    title: str
    http: int
    retry: Retry
    kind: type[GraphError]
    advice: str
