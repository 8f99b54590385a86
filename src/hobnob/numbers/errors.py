"""Errors of the numbers room, and what Meta's refusals mean at each step, in sentences for the person who brings a number."""

from __future__ import annotations

from typing import Literal

from hobnob.kernel.errors import Conflict, HobnobError, InvalidInput, RateLimited
from hobnob.whatsapp.errors import AuthError, GraphError, Temporary
from hobnob.whatsapp.errors import RateLimited as GraphRateLimited

Step = Literal["add", "code", "verify", "register"]

_IN_APP_WORDS = (
    "in use",
    "being used",
    "already registered",
    "existing whatsapp",
    "has a whatsapp account",
    "consumer",
)
_TAKEN_WORDS = (
    "another business",
    "another waba",
    "already added",
    "already been added",
    "already exists",
    "belongs to",
    "other whatsapp business",
)
_TOO_MANY_WORDS = ("too many", "too often", "rate limit", "attempts", "guess", "wait before", "recently")
_EXPIRED_WORDS = ("expired", "no longer valid", "request a new code", "no code")
_CODE_REQUEST, _CODE_VERIFY = 136024, 136025
_PIN_MISMATCH, _REVERIFY, _PIN_GUESSES, _PIN_TOO_FAST = 133005, 133006, 133008, 133009
_JUST_DELETED, _REGISTER_LIMIT = 133015, 133016


class NumberInUseInApp(Conflict):
    code, title = "number_in_use_in_app", "The number still has a WhatsApp account in the phone app"


class NumberTaken(Conflict):
    code, title = "number_taken", "This number belongs to somebody else"


class NoWhatsAppAccountLeft(Conflict):
    code, title = "no_whatsapp_account_left", "No WhatsApp Business Account is free"


class TooManyNumbers(Conflict):
    code, title = "too_many_numbers", "No more numbers"


class WrongStep(Conflict):
    code, title = "wrong_step", "Not the next step of this number"


class CodeWrong(InvalidInput):
    code, title = "code_wrong", "The code is wrong"


class CodeExpired(InvalidInput):
    code, title = "code_expired", "The code has expired"


class CodeTooMany(InvalidInput):
    code, title = "code_too_many", "Too many attempts"


class CodeTooSoon(RateLimited):
    code, title = "code_too_soon", "A code was just sent"


class PinWrong(InvalidInput):
    code, title = "pin_wrong", "The number already has another PIN"


def in_use_in_app() -> NumberInUseInApp:
    return NumberInUseInApp(
        "This number still has a WhatsApp account in the phone app. On the phone open WhatsApp, Settings, Account, Delete"
        " account (its chats are lost; export what you need first), wait five minutes, then ask for the code again."
    )


def taken() -> NumberTaken:
    return NumberTaken(
        "This number already belongs to another business on WhatsApp. If it is yours, remove it there first, or bring"
        " another number."
    )


def code_wrong(tries_left: int | None = None) -> CodeWrong:
    left = f" You have {tries_left} more {'try' if tries_left == 1 else 'tries'}." if tries_left is not None else ""
    return CodeWrong(
        f"That is not the code that was sent. Check the six digits of the newest message.{left}",
        fields=[("code", "does not match")],
    )


def code_expired() -> CodeExpired:
    return CodeExpired(
        "This code has expired: a code is good for ten minutes. Ask for a new one.", fields=[("code", "expired")]
    )


def too_many_tries() -> CodeTooMany:
    return CodeTooMany(
        "Too many wrong codes: this code does not work any more. Ask for a new one.",
        fields=[("code", "too many wrong tries")],
    )


def too_many_codes(wait: str | None = None) -> CodeTooMany:
    return CodeTooMany(
        f"WhatsApp has sent as many codes to this number as it allows. Wait {wait or 'an hour'}, then ask again."
    )


def explain(error: GraphError, step: Step) -> HobnobError:
    """The error to show for a refusal at a step. Unknown refusals and outages stay as WhatsApp said them."""
    if isinstance(error, (Temporary, AuthError)) and error.meta_code not in (_CODE_REQUEST, _CODE_VERIFY):
        return error
    said = f"{error} {error.meta_title} {error.meta_details or ''}".lower()
    # The advice is ours and talks of several causes; only Meta's own words may decide.
    said = said.replace(error.advice.lower(), "")
    return {"add": _add, "code": _code, "verify": _verify, "register": _register}[step](error, said)


def _add(error: GraphError, said: str) -> HobnobError:
    if _has(said, _TAKEN_WORDS):
        return taken()
    return in_use_in_app() if _has(said, _IN_APP_WORDS) else error


def _code(error: GraphError, said: str) -> HobnobError:
    if isinstance(error, GraphRateLimited) or _has(said, _TOO_MANY_WORDS):
        return too_many_codes()
    if _has(said, _IN_APP_WORDS):
        return in_use_in_app()
    return taken() if _has(said, _TAKEN_WORDS) else error


def _verify(error: GraphError, said: str) -> HobnobError:
    if isinstance(error, GraphRateLimited) or _has(said, _TOO_MANY_WORDS):
        return too_many_tries()
    if _has(said, _EXPIRED_WORDS):
        return code_expired()
    return code_wrong() if error.meta_code == _CODE_VERIFY else error


def _register(error: GraphError, said: str) -> HobnobError:
    if error.meta_code == _PIN_MISMATCH:
        return PinWrong(
            "The number already has a PIN, and it is another one. Enter that PIN, or reset it in WhatsApp Manager.",
            fields=[("pin", "is not the number's PIN")],
        )
    if error.meta_code in (_PIN_GUESSES, _PIN_TOO_FAST):
        return CodeTooMany("Too many wrong PINs. Wait an hour, then enter the number's PIN.")
    if error.meta_code == _REVERIFY:
        return code_expired()
    if error.meta_code not in (_JUST_DELETED, _REGISTER_LIMIT) and _has(said, _IN_APP_WORDS):
        return in_use_in_app()
    return error


def _has(said: str, words: tuple[str, ...]) -> bool:
    return any(word in said for word in words)
