"""WhatsApp's limits, each with its unit in its name. Meta changes some without notice: nothing here is a promise."""

from __future__ import annotations

from typing import NamedTuple

SERVICE_WINDOW_S = 24 * 3600
FREE_ENTRY_POINT_WINDOW_S = 7 * 24 * 3600
FREE_ENTRY_POINT_ANSWER_WITHIN_S = 24 * 3600
FREE_SERVICE_MESSAGES_PER_NUMBER_MONTH = 1_000

THROUGHPUT_STANDARD_PER_S = 80
THROUGHPUT_HIGH_PER_S = 1_000
THROUGHPUT_COEXISTENCE_PER_S = 20
PAIR_INTERVAL_S = 6
PAIR_BURST_MESSAGES = 45

MESSAGE_TTL_S = 30 * 24 * 3600
AUTHENTICATION_TTL_S = 10 * 60
TYPING_INDICATOR_S = 25

TEXT_MAX_CHARS = 4096
CAPTION_MAX_CHARS = 1024
CONTACT_CARDS_MAX = 257
REACTION_TARGET_MAX_AGE_S = 30 * 24 * 3600

HEADER_TEXT_MAX_CHARS = 60
BODY_TEXT_MAX_CHARS = 1024
LIST_BODY_TEXT_MAX_CHARS = 4096
FOOTER_TEXT_MAX_CHARS = 60
BUTTONS_MAX = 3
BUTTON_ID_MAX_CHARS = 256
BUTTON_TITLE_MAX_CHARS = 20
LIST_BUTTON_MAX_CHARS = 20
LIST_SECTIONS_MAX = 10
LIST_ROWS_MAX = 10
SECTION_TITLE_MAX_CHARS = 24
ROW_ID_MAX_CHARS = 200
ROW_TITLE_MAX_CHARS = 24
ROW_DESCRIPTION_MAX_CHARS = 72
OPAQUE_DATA_MAX_CHARS = 512

TEMPLATE_NAME_MAX_CHARS = 512
TEMPLATE_BODY_MAX_CHARS = 1024
TEMPLATE_BUTTON_LABEL_MAX_CHARS = 25
TEMPLATE_BUTTONS_MAX = 10
TEMPLATE_CREATIONS_PER_HOUR = 100
TEMPLATES_PER_ACCOUNT = 250
COUPON_CODE_MAX_CHARS = 15

WEBHOOK_BODY_MAX_BYTES = 3 * 1024 * 1024
WEBHOOK_UPDATES_MAX = 1_000
WEBHOOK_RETRY_S = 7 * 24 * 3600

UPLOADED_MEDIA_LIFETIME_S = 30 * 24 * 3600
INBOUND_MEDIA_LIFETIME_S = 7 * 24 * 3600
MEDIA_URL_LIFETIME_S = 5 * 60

CODE_LIFETIME_S = 10 * 60
CODE_GUESSES_MAX = 5
REGISTRATIONS_PER_72_H = 10
PIN_DIGITS = 6

KIB, MIB = 1024, 1024 * 1024
STICKER_STATIC_MAX_BYTES = 100 * KIB
STICKER_ANIMATED_MAX_BYTES = 500 * KIB


class MediaLimit(NamedTuple):
    """What one kind of media accepts."""

    mime_types: frozenset[str]
    max_bytes: int


MEDIA: dict[str, MediaLimit] = {
    "image": MediaLimit(frozenset({"image/jpeg", "image/png"}), 5 * MIB),
    "video": MediaLimit(frozenset({"video/mp4", "video/3gpp"}), 16 * MIB),
    "audio": MediaLimit(frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}), 16 * MIB),
    "sticker": MediaLimit(frozenset({"image/webp"}), STICKER_ANIMATED_MAX_BYTES),
    "document": MediaLimit(
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.ms-excel",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.ms-powerpoint",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            }
        ),
        100 * MIB,
    ),
}
MEDIA_MAX_BYTES = max(limit.max_bytes for limit in MEDIA.values())


def bare_mime_type(mime_type: str) -> str:
    """Without parameters and in lower case: ``audio/ogg; codecs=opus`` is ``audio/ogg``."""
    return mime_type.split(";", 1)[0].strip().lower()


def media_kind_of(mime_type: str) -> str | None:
    """The kind of message a file of this type travels as, or None when WhatsApp takes no such file."""
    bare = bare_mime_type(mime_type)
    for kind in ("image", "video", "audio", "sticker", "document"):
        if bare in MEDIA[kind].mime_types:
            return kind
    return None
