"""Who somebody is on WhatsApp: phone numbers (E.164) and business-scoped user ids.

A phone is kept as ``+`` and digits; WhatsApp's wire form (``wa_id``) is the digits alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat

from .errors import InvalidInput

_USER_ID = re.compile(r"^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$")
PHONE_TEXT_MAX_CHARS = 40


@dataclass(frozen=True, slots=True)
class Phone:
    """A valid phone number. ``e164`` has the plus sign; ``country`` is an ISO 3166 code or None (satellite, ...)."""

    e164: str
    country: str | None
    calling_code: int

    @property
    def wa_id(self) -> str:
        return self.e164[1:]

    @property
    def national(self) -> str:
        return self.e164[1 + len(str(self.calling_code)) :]


def parse_phone(text: str, country: str | None = None) -> Phone:
    """A phone from what a person typed; ``country`` (ISO2) helps with national forms. Raises InvalidInput."""
    if len(text) > PHONE_TEXT_MAX_CHARS:
        raise InvalidInput("That is too long for a phone number.", fields=[("phone", "too long")])
    try:
        parsed = phonenumbers.parse(text, country.upper() if country else None)
    except phonenumbers.NumberParseException as error:
        hint = (
            "Start with + and the country code, for example +91 98765 43210, or choose the country."
            if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
            else "Check the digits: this does not read as a phone number."
        )
        raise InvalidInput(hint, fields=[("phone", hint)]) from None
    if not phonenumbers.is_valid_number(parsed):
        hint = "This is not a valid number in its country: check for missing or extra digits."
        raise InvalidInput(hint, fields=[("phone", hint)])
    return _phone(parsed)


def phone_from_wa_id(wa_id: str) -> str:
    """E.164 of a ``wa_id`` as WhatsApp sent it. Not validated: what WhatsApp says exists, exists."""
    return "+" + wa_id.lstrip("+")


def format_phone(e164: str) -> str:
    """The international form people read, such as ``+91 98765 43210``; the input itself if it cannot be parsed."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return e164


def display_name(
    name: str | None, profile_name: str | None, phone_formatted: str | None, username: str | None, user_id: str | None
) -> str:
    """What to call a customer: our own name for them, else theirs, else the phone, else ``@username``, else the
    business-scoped user id. Empty when nothing at all is known."""
    return name or profile_name or phone_formatted or (f"@{username}" if username else None) or user_id or ""


def country_of(phone: str | None, user_id: str | None = None) -> str | None:
    """ISO2 country from a phone, else from a business-scoped user id's prefix, else None."""
    if phone:
        try:
            return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or None
        except phonenumbers.NumberParseException:
            return None
    return user_id[:2] if user_id and is_user_id(user_id) else None


def is_user_id(text: str) -> bool:
    """True for a business-scoped user id such as ``US.13491208655302741918``."""
    return bool(_USER_ID.match(text))


def _phone(parsed: phonenumbers.PhoneNumber) -> Phone:
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    return Phone(e164, phonenumbers.region_code_for_number(parsed) or None, parsed.country_code or 0)
