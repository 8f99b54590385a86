"""What can be wrong with a file."""

from __future__ import annotations

from hobnob.kernel.errors import Conflict, InvalidInput, NotFound, TooLarge, Unavailable


class MediaNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("This file does not exist (any more).")


class MediaNotReady(Conflict):
    code, title = "media_not_ready", "The file is not here yet"

    def __init__(self) -> None:
        super().__init__("This file has not been fetched from WhatsApp yet: try again in a moment.")


class MediaTooLarge(TooLarge):
    code, title = "media_too_large", "The file is too large"


class MediaTypeRefused(InvalidInput):
    code, title = "media_type_refused", "WhatsApp does not take this kind of file"


class StoreUnavailable(Unavailable):
    def __init__(self) -> None:
        super().__init__("The file store does not answer: try again in a moment.")
