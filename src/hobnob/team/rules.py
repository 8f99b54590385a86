"""Pure rules of sign-up and sign-in, and their limits."""

from __future__ import annotations

import re
import zoneinfo

from hobnob.kernel.errors import InvalidInput
from hobnob.platform.limits import AttemptLimit

TOKEN_BYTES = 32
CURRENCY_DEFAULT = "USD"
PLAN_DEFAULT = "starter"
USER_AGENT_MAX_CHARS = 300

SIGN_IN_BY_EMAIL = AttemptLimit("sign_in_email", "sign-in attempts for this e-mail address", 10, 15 * 60)
SIGN_IN_BY_ADDRESS = AttemptLimit("sign_in_address", "failed sign-ins from your network", 50, 15 * 60)
SIGN_UP_BY_ADDRESS = AttemptLimit("sign_up_address", "sign-ups from your network", 30, 60 * 60)

# Deliberately loose: one @, a dot in the domain, nothing invisible. Whether it exists only a mail can tell.
_EMAIL = re.compile(r"^[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\.]+(\.[^\s@<>\"(),:;\\.]+)+$")


def normal_email(text: str) -> str:
    """The form an e-mail address is compared in. Raises InvalidInput."""
    email = text.strip().lower()
    # PostgreSQL's lower() must agree, or the row is refused: keep to addresses where both do.
    if not _EMAIL.match(email) or not email.isprintable() or email != email.lower():
        raise InvalidInput(
            "That is not an e-mail address: it needs the form name@example.com.",
            fields=[("email", "not an e-mail address")],
        )
    return email


def valid_name(text: str, field: str) -> str:
    """A name without surrounding space. Raises InvalidInput when nothing is left or it holds control characters."""
    name = " ".join(text.split())
    if not name or "\x00" in name or not _printable(name):
        raise InvalidInput("Enter a name.", fields=[(field, "must not be empty")])
    return name


def valid_time_zone(text: str) -> str:
    """An IANA time zone. Raises InvalidInput."""
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"{text!r} is not a time zone: use a name such as Europe/Madrid.", fields=[("time_zone", "unknown")]
        ) from None
    return text


def check_new_password(password: str, email: str, brand: str) -> None:
    """Refuses the passwords that are tried first. Raises InvalidInput."""
    low = password.lower()
    guesses = {email, email.partition("@")[0], brand.lower(), "password", "1234567890", "qwertyuiop"}
    if len(set(password)) < 4 or low in guesses or low.strip("0123456789!.") in guesses:
        raise InvalidInput(
            "This password is too easy to guess: use a few unrelated words.",
            fields=[("password", "too easy to guess")],
        )


def _printable(text: str) -> bool:
    # Zero-width joiners are part of names and emoji in many scripts, so only real control characters are refused.
    return not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) <= 0xDFFF for char in text)
