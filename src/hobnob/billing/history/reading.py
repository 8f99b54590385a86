"""Events from JSON lines, and items as JSON lines. A line that cannot be read is told by its number and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

import msgspec

from hobnob.kernel.identity import is_user_id

from .types import Event, EventName, Item, Kind

LINE_MAX_BYTES = 64 * 1024
YEARS = range(2000, 2200)
_PHONE = re.compile(r"\+?\d{4,20}", re.ASCII)
_CATEGORIES = frozenset({"marketing", "marketing_lite", "utility", "authentication", "authentication_international"})
_encode = msgspec.json.Encoder().encode


class BadLine(ValueError):
    """A line that is no event."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(f"line {number}: {problem}")


class _Line(msgspec.Struct, gc=False):
    """An event as it is written. Optional are: for a customer's message everything that concerns ours."""

    event: EventName
    at: str
    number: str
    customer: str
    message: str
    kind: Kind | Literal[""] | None = None
    category: str | None = None
    referral: bool | None = False
    expires_at: str | None = None


_decode = msgspec.json.Decoder(_Line).decode


def read(lines: Iterable[bytes], on_bad_line: Callable[[BadLine], None]) -> Iterator[Event]:
    """The events of a file, in its order. Empty lines are nothing. What cannot be read is given to ``on_bad_line``, which
    raises it or lets the reading go on."""
    names: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
        if not text:
            continue
        try:
            event = _event(text, names)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
            on_bad_line(BadLine(number, _problem(error)))
        else:
            yield event


def write(items: Iterable[Item]) -> Iterator[bytes]:
    """One line for each item."""
    for item in items:
        yield _encode(item) + b"\n"


def _event(text: bytes, names: dict[str, str]) -> Event:
    if len(text) > LINE_MAX_BYTES:
        raise ValueError(f"it is longer than {LINE_MAX_BYTES:,} bytes")
    line = _decode(text)
    for field in ("number", "message"):
        if not getattr(line, field):
            raise ValueError(f"`{field}` is empty")
    # Numbers and customers come again and again: one object each.
    number = names.setdefault(line.number, line.number)
    customer = names.get(line.customer) or names.setdefault(line.customer, _customer(line.customer))
    expires_at = None if line.expires_at is None else _moment(line.expires_at, "expires_at")
    kind = line.kind or "free_form"
    if line.event == "inbound":
        return Event("inbound", _moment(line.at, "at"), number, customer, line.message, kind, None, bool(line.referral))
    if not line.kind:
        raise ValueError("a delivered message has a `kind`: template, free_form or reaction")
    category = _category(line.category) if kind == "template" else None
    return Event("delivered", _moment(line.at, "at"), number, customer, line.message, kind, category, False, expires_at)


def _moment(text: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or len(text) < len("2026-11-23T09:00") or moment.year not in YEARS:
        raise ValueError(
            f"`{field}` is no moment of the years {YEARS[0]} to {YEARS[-1]} in ISO 8601: write it such as 2026-11-23T09:00:00Z"
        )
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _customer(text: str) -> str:
    if _PHONE.fullmatch(text):
        return text if text.startswith("+") else f"+{text}"
    if is_user_id(text):
        return text
    raise ValueError(
        "`customer` is neither a phone number such as +919876543210 nor a business-scoped id such as US.13491208655302741918"
    )


def _category(text: str | None) -> str:
    name = (text or "").lower().replace("-", "_")
    if name not in _CATEGORIES:
        raise ValueError(
            "a template has a `category`: marketing, utility, authentication or authentication_international"
        )
    return name


def _problem(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return f"{error}".replace(" - at `$.", ", at `").replace(
            "Object missing required field", "the field is missing:"
        )
    if isinstance(error, msgspec.DecodeError | UnicodeDecodeError | RecursionError):
        return f"this is no JSON object: {error}"
    return str(error)
