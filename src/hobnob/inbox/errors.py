"""What can be wrong with what an agent asks of the inbox. Each has a stable code and a sentence with the way out."""

from __future__ import annotations

from hobnob.kernel.errors import Conflict, InvalidInput, NotFound


class WindowClosed(Conflict):
    code, title = "window_closed", "The 24-hour window is closed"

    def __init__(self) -> None:
        super().__init__(
            "More than 24 hours have passed since the customer last wrote, so WhatsApp only takes a template now. "
            "Choose an approved template; when the customer answers, you can write freely again."
        )


class NumberNotConnected(Conflict):
    code, title = "number_not_connected", "The number is not connected"

    def __init__(self) -> None:
        super().__init__("This chat's number is not connected to WhatsApp. Finish connecting it on the Numbers page.")


class NotResendable(Conflict):
    code, title = "not_resendable", "Nothing to resend"


class TargetNotSent(Conflict):
    """The message to quote or to react to has no WhatsApp id (yet)."""

    code, title = "target_not_sent", "That message has not reached WhatsApp"

    def __init__(self) -> None:
        super().__init__("That message has not reached WhatsApp yet: wait for its first tick, then try again.")


class ChatNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("This chat does not exist (any more).")


class MessageNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("This message does not exist in this chat.")


class CustomerNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("This customer does not exist (any more).")


class BadIdempotencyKey(InvalidInput):
    def __init__(self) -> None:
        super().__init__(
            "Send an Idempotency-Key header with a fresh UUID: it becomes the new message's id.",
            fields=[("Idempotency-Key", "a UUID is needed")],
        )
