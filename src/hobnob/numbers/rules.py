"""Pure rules of a number's way in."""

from __future__ import annotations

import re
from datetime import timedelta

from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.identity import Phone
from hobnob.whatsapp import limits

CODE_LIFE = timedelta(seconds=limits.CODE_LIFETIME_S)
RESEND_WAIT = timedelta(seconds=60)
CODE_DIGITS = 6
CODE_TRIES_MAX = limits.CODE_GUESSES_MAX
BLOCKED_WAIT = timedelta(hours=1)
DISPLAY_NAME_MIN_CHARS = 3
# Completes "Only the owner and admins may ...".
FOR_ADMINS = "bring numbers and connect them"
THROUGHPUT_PER_SECOND = {"STANDARD": limits.THROUGHPUT_STANDARD_PER_S, "HIGH": limits.THROUGHPUT_HIGH_PER_S}
THROUGHPUT_DEFAULT = limits.THROUGHPUT_STANDARD_PER_S
# What WhatsApp calls its languages for codes, by ours.
CODE_LANGUAGES = {"en": "en_US", "es": "es", "pt": "pt_BR", "hi": "hi", "ar": "ar", "de": "de", "fr": "fr"}
_QUALITIES = {"FLAGGED": "RED", "UNFLAGGED": "GREEN", "DOWNGRADE": "YELLOW", "UPGRADE": "GREEN"}


def code_language(asked: str | None, locale: str) -> str:
    """The language a code is sent or read out in."""
    if asked:
        return asked.replace("-", "_")
    return CODE_LANGUAGES.get(locale.split("-", maxsplit=1)[0].lower(), "en_US")


def clean_code(text: str) -> str | None:
    """The six digits of what was typed (``123-456`` is how WhatsApp writes them), or None."""
    digits = re.sub(r"[\s\-\u2010-\u2015]", "", text)
    return digits if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit() else None


def valid_display_name(text: str) -> str:
    """A name WhatsApp may show. Raises InvalidInput."""
    name = " ".join(text.split())
    if len(name) < DISPLAY_NAME_MIN_CHARS or not any(char.isalpha() for char in name) or "\x00" in name:
        raise InvalidInput(
            "Enter the name customers know you by, three letters or more.",
            fields=[("display_name", "three letters or more")],
        )
    return name


def same_phone(display_phone_number: str | None, phone: Phone) -> bool:
    """Whether WhatsApp's way of writing a number means this phone."""
    return re.sub(r"\D", "", display_phone_number or "") == phone.wa_id


def throughput_after(event: str | None) -> int | None:
    """The messages a second an update speaks of; None when it says nothing about them."""
    return THROUGHPUT_PER_SECOND["HIGH"] if (event or "").upper() == "THROUGHPUT_UPGRADE" else None


def quality_after(event: str | None) -> str | None:
    """The quality an update speaks of; None when it says nothing about it."""
    return _QUALITIES.get((event or "").upper())
