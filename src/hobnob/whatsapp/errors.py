"""What Meta's error codes mean: the exception to raise, whether trying again can help, and what a person should do.

Titles follow Meta's words so that they can be searched for; the advice is ours. The tree is in ``error_kinds``.
"""

from __future__ import annotations

from typing import Any

from .error_kinds import (
    ADVICE_UNKNOWN,
    AccountBlocked,
    Answer,
    AuthError,
    Code,
    CodeError,
    FileTooLarge,
    GraphError,
    InvalidParameter,
    MediaError,
    NotRegistered,
    PairRateLimited,
    RateLimited,
    Retry,
    SendUnknown,
    TemplateError,
    Temporary,
    Undeliverable,
    WindowClosed,
)

__all__ = [
    "CODES",
    "AccountBlocked",
    "AuthError",
    "Code",
    "CodeError",
    "FileTooLarge",
    "GraphError",
    "InvalidParameter",
    "MediaError",
    "NotRegistered",
    "PairRateLimited",
    "RateLimited",
    "Retry",
    "SendUnknown",
    "TemplateError",
    "Temporary",
    "Undeliverable",
    "WindowClosed",
    "error_for",
    "lookup",
    "retry_of",
]

_LATER = "Try again in a few minutes."
_RENEW = "Ask whoever runs this server to renew the WhatsApp access token."
_PERMISSION = "Ask whoever runs this server to give its access token the missing permission in Meta Business settings."
_OURS = "This is a fault of the request, not of the customer: report it if it comes back."
_TEMPLATE = "Sync the templates, then choose the template again and fill in every variable."
_META_ACCOUNT = "Open WhatsApp Manager: the account's status and the way to appeal are shown there."

_P, _T, _R, _A = Retry.PERMANENT, Retry.TEMPORARY, Retry.RATE_LIMIT, Retry.AUTH

_ROWS: list[tuple[int, str, int, Retry, type[GraphError], str]] = [
    (0, "AuthException", 401, _A, AuthError, _RENEW),
    (1, "API Unknown", 400, _T, Temporary, _LATER),
    (2, "API Service", 503, _T, Temporary, _LATER),
    (3, "API Method", 500, _A, AuthError, _PERMISSION),
    (4, "API Too Many Calls", 400, _R, RateLimited, "Too many calls for this app: they go on by themselves shortly."),
    (10, "Permission Denied", 403, _A, AuthError, _PERMISSION),
    (33, "Parameter value is not valid", 400, _P, NotRegistered, "The business number was deleted: add it again."),
    (100, "Invalid parameter", 400, _P, InvalidParameter, _OURS),
    (190, "Access token has expired", 401, _A, AuthError, _RENEW),
    (200, "API Permission", 403, _A, AuthError, _PERMISSION),
    (368, "Temporarily blocked for policies violations", 403, _P, AccountBlocked, _META_ACCOUNT),
    (
        80007,
        "Rate limit issues",
        400,
        _R,
        RateLimited,
        "The account made too many calls: they go on by themselves shortly.",
    ),
    (
        130429,
        "Rate limit hit",
        400,
        _R,
        RateLimited,
        "The number sends faster than WhatsApp allows: it is sent again by itself.",
    ),
    (
        130472,
        "User's number is part of an experiment",
        400,
        _P,
        Undeliverable,
        "Meta holds marketing back from this customer: wait until they write to you.",
    ),
    (
        130497,
        "Business account is restricted from messaging users in this country",
        403,
        _P,
        Undeliverable,
        "Your kind of business may not message this country: see Meta's messaging policy.",
    ),
    (131000, "Something went wrong", 500, _T, Temporary, _LATER),
    (131005, "Access denied", 403, _A, AuthError, _PERMISSION),
    (131008, "Required parameter is missing", 400, _P, InvalidParameter, _OURS),
    (
        131009,
        "Parameter value is not valid",
        400,
        _P,
        InvalidParameter,
        "Check the message: something in it is not accepted, such as a reaction to a message that is too old.",
    ),
    (131016, "Service unavailable", 500, _T, Temporary, _LATER),
    (
        131021,
        "Recipient cannot be sender",
        400,
        _P,
        Undeliverable,
        "A number cannot write to itself: choose another customer.",
    ),
    (
        131026,
        "Message undeliverable",
        400,
        _P,
        Undeliverable,
        "The customer may not be on WhatsApp, may have blocked you, or uses an old version: reach them another way.",
    ),
    (
        131030,
        "Recipient phone number not in allowed list",
        400,
        _P,
        Undeliverable,
        "This is a test number: add the customer's phone to its allowed recipients at Meta.",
    ),
    (131031, "Account has been locked", 403, _P, AccountBlocked, _META_ACCOUNT),
    (
        131037,
        "WhatsApp provided number needs display name approval before message can be sent",
        400,
        _P,
        AccountBlocked,
        "Have the number's display name approved in WhatsApp Manager first.",
    ),
    (
        131042,
        "Business eligibility payment issue",
        400,
        _P,
        AccountBlocked,
        "Meta could not charge your WhatsApp account: check its payment method in WhatsApp Manager.",
    ),
    (
        131044,
        "Business eligibility payment issue",
        400,
        _P,
        AccountBlocked,
        "Meta could not charge your account for calling: check its payment method.",
    ),
    (131045, "Incorrect certificate", 500, _P, NotRegistered, "Register the number again."),
    (
        131047,
        "Re-engagement message",
        400,
        _P,
        WindowClosed,
        "More than 24 hours have passed since the customer last wrote: send a template instead.",
    ),
    (
        131048,
        "Spam rate limit hit",
        400,
        _P,
        AccountBlocked,
        "Too many customers blocked or reported this number: pause marketing and check its quality in WhatsApp Manager.",
    ),
    (
        131049,
        "Message not delivered to maintain healthy ecosystem engagement",
        400,
        _P,
        Undeliverable,
        "The customer has had enough marketing lately: wait at least 24 hours before another try.",
    ),
    (
        131050,
        "User has stopped receiving marketing messages",
        400,
        _P,
        Undeliverable,
        "The customer opted out of marketing: send none until they opt in again.",
    ),
    (
        131051,
        "Unsupported message type",
        400,
        _P,
        InvalidParameter,
        "WhatsApp does not support this kind of message here.",
    ),
    (
        131052,
        "Media download error",
        400,
        _P,
        MediaError,
        "Ask the customer to send the file again, smaller if it is large.",
    ),
    (131053, "Media upload error", 400, _P, MediaError, "Check the file's type and size, then upload it again."),
    (131055, "Method not allowed", 400, _P, InvalidParameter, _OURS),
    (
        131056,
        "(Business Account, Consumer Account) pair rate limit hit",
        400,
        _R,
        PairRateLimited,
        "Too many messages to this one customer in a short time: it is sent again by itself.",
    ),
    (
        131057,
        "Account in maintenance mode",
        500,
        _T,
        Temporary,
        "WhatsApp is upgrading the number: try again in a minute.",
    ),
    (
        131060,
        "This message is currently unavailable",
        400,
        _P,
        Undeliverable,
        "Read it in the WhatsApp Business app: it came from a device this interface cannot read.",
    ),
    (
        131062,
        "Business-scoped user ids are not supported for this message",
        400,
        _P,
        Undeliverable,
        "Login codes need the customer's phone number: ask for it first.",
    ),
    (
        131063,
        "Marketing templates are disabled for this interface",
        400,
        _P,
        TemplateError,
        "Your account must send marketing through Meta's marketing messages interface.",
    ),
    (
        131064,
        "Messaging limit exceeded due to template classification violations",
        400,
        _P,
        TemplateError,
        "Put the right category on your templates: marketing sent as utility shrank the limit.",
    ),
    (132000, "Template Param Count Mismatch", 400, _P, TemplateError, _TEMPLATE),
    (
        132001,
        "Template does not exist",
        404,
        _P,
        TemplateError,
        "The template is not approved or not there in this language: sync the templates and choose another.",
    ),
    (132005, "Template Hydrated Text Too Long", 400, _P, TemplateError, "Shorten the values you filled in."),
    (
        132007,
        "Template Format Character Policy Violated",
        400,
        _P,
        TemplateError,
        "Remove line breaks, tabs and runs of spaces from the values you filled in.",
    ),
    (132008, "Template Parameter value mismatch", 400, _P, TemplateError, _TEMPLATE),
    (132012, "Template Parameter Format Mismatch", 400, _P, TemplateError, _TEMPLATE),
    (
        132015,
        "Template is Paused",
        400,
        _P,
        TemplateError,
        "Customers rated the template badly, so WhatsApp paused it: edit it or wait until the pause is over.",
    ),
    (132016, "Template is Disabled", 400, _P, TemplateError, "The template was paused too often: make a new one."),
    (132018, "Template parameter validation failed", 400, _P, TemplateError, _TEMPLATE),
    (132068, "Flow is in blocked state", 400, _P, TemplateError, "Mend the flow in WhatsApp Manager."),
    (
        132069,
        "Flow is in throttled state",
        400,
        _R,
        RateLimited,
        "The flow may be sent ten times an hour until it is mended.",
    ),
    (133000, "Incomplete Deregistration", 500, _T, NotRegistered, "Deregister the number again, then register it."),
    (133004, "Server Temporarily Unavailable", 503, _T, Temporary, _LATER),
    (
        133005,
        "Two step verification PIN Mismatch",
        400,
        _P,
        CodeError,
        "The number already has another PIN: enter that one, or reset it in WhatsApp Manager.",
    ),
    (
        133006,
        "Phone number re-verification needed",
        400,
        _P,
        CodeError,
        "Ask for a new code and verify the number first.",
    ),
    (
        133008,
        "Too Many two step verification PIN Guesses",
        400,
        _R,
        CodeError,
        "Too many wrong PINs: wait as long as the message says, then try again.",
    ),
    (
        133009,
        "Two step verification PIN Guessed Too Fast",
        400,
        _R,
        CodeError,
        "Wait a minute, then enter the PIN again.",
    ),
    (
        133010,
        "Phone number Not Registered",
        400,
        _P,
        NotRegistered,
        "Register the number under Numbers, then send again.",
    ),
    (
        133015,
        "Please wait a few minutes before attempting to register this phone number",
        400,
        _R,
        NotRegistered,
        "The number's WhatsApp account was deleted a moment ago: wait five minutes.",
    ),
    (
        133016,
        "Account register or deregister rate limit exceeded",
        400,
        _R,
        NotRegistered,
        "The number was registered too often: wait 72 hours.",
    ),
    (
        134011,
        "WhatsApp Payments terms of service have not been accepted",
        400,
        _P,
        AccountBlocked,
        "Accept the WhatsApp Payments terms in WhatsApp Manager.",
    ),
    (134100, "Only marketing messages supported", 400, _P, TemplateError, "Choose a marketing template."),
    (134101, "Template is still syncing", 400, _T, TemplateError, "Wait ten minutes, then send again."),
    (134102, "Template unavailable for use", 500, _P, TemplateError, _TEMPLATE),
    (135000, "Generic user error", 400, _P, InvalidParameter, _OURS),
    (
        136024,
        "Verification code request failed",
        400,
        _P,
        CodeError,
        "The phone may still use WhatsApp, or codes were asked for too often: delete the account in the app, then ask again.",
    ),
    (136025, "Verification code does not match", 400, _P, CodeError, "Check the digits, or ask for a new code."),
    (
        137000,
        "Identity key hash mismatch",
        400,
        _P,
        Undeliverable,
        "The customer's identity changed: confirm it is still them.",
    ),
    (138000, "Calling not enabled", 403, _P, InvalidParameter, "Switch calling on for this number."),
    (138006, "No approved call permission", 403, _P, Undeliverable, "Ask the customer for permission to call first."),
    (139000, "Flow blocked by integrity", 400, _P, TemplateError, _META_ACCOUNT),
    (
        139100,
        "Failed to block or unblock users",
        400,
        _P,
        InvalidParameter,
        "Only customers who wrote within the last 24 hours can be blocked.",
    ),
    (139101, "Blocklist limit reached", 400, _P, InvalidParameter, "Unblock somebody first: the list holds 64,000."),
    (139102, "Blocklist concurrent update", 400, _T, Temporary, _LATER),
    (139103, "Internal block list error", 400, _T, Temporary, _LATER),
    (
        141002,
        "Message templates can only be sent if approved",
        400,
        _P,
        TemplateError,
        "Wait for the template's approval.",
    ),
    (
        147001,
        "Username format not valid",
        400,
        _P,
        InvalidParameter,
        "Use 3 to 35 of a-z, 0-9, dot and underscore, with at least one letter.",
    ),
    (147002, "Username not available", 400, _P, InvalidParameter, "Choose another username."),
]

CODES: dict[int, Code] = {row[0]: Code(*row) for row in _ROWS}


def retry_of(meta_code: int | None, http_status: int | None) -> Retry:
    """The retry class of a code: the table's, or, where the code is missing or unknown, judged by the HTTP status."""
    if meta_code is not None and meta_code in CODES:
        return CODES[meta_code].retry
    if http_status == 429:
        return Retry.RATE_LIMIT
    if http_status in (401, 403):
        return Retry.AUTH
    return Retry.TEMPORARY if http_status is None or http_status >= 500 else Retry.PERMANENT


def lookup(meta_code: int) -> Code | None:
    """The line of the table, also for the block of permission codes 200 to 299."""
    return CODES.get(meta_code) or (CODES[200] if 200 <= meta_code <= 299 else None)


def error_for(
    meta_code: int | None,
    message: str,
    *,
    details: str | None = None,
    http_status: int | None = None,
    subcode: int | None = None,
    trace_id: str | None = None,
    retry_after_s: float | None = None,
    error_data: Any = None,
) -> GraphError:
    """The typed exception for an answer of Meta's or an error in a webhook."""
    known = lookup(meta_code) if meta_code is not None else None
    if known is not None:
        kind: type[GraphError] = known.kind
    else:
        by_retry: dict[Retry, type[GraphError]] = {
            Retry.RATE_LIMIT: RateLimited,
            Retry.AUTH: AuthError,
            Retry.TEMPORARY: Temporary,
            Retry.PERMANENT: InvalidParameter if http_status == 400 else GraphError,
        }
        kind = by_retry[retry_of(meta_code, http_status)]
    return kind(
        meta_code,
        message,
        retry=known.retry if known else retry_of(meta_code, http_status),
        advice=known.advice if known else ADVICE_UNKNOWN,
        title=known.title if known else None,
        answer=Answer(details, http_status, subcode, trace_id, retry_after_s, error_data),
    )
