"""Why a message failed, as the thread shows it: Meta's terms, and what a person can do."""

from __future__ import annotations

from hobnob.inbox.types import SendProblem
from hobnob.whatsapp.errors import (
    AccountBlocked,
    AuthError,
    GraphError,
    NotRegistered,
    Retry,
    Undeliverable,
    error_for,
)

# The same message may go through later, once somebody has mended what is wrong.
_MENDABLE = (AccountBlocked, AuthError, NotRegistered, Undeliverable)


def problem_of(error: GraphError) -> SendProblem:
    """What a refusal by Meta means for the message."""
    again = error.retry in (Retry.TEMPORARY, Retry.RATE_LIMIT, Retry.AUTH) or isinstance(error, _MENDABLE)
    return SendProblem(error.meta_code, error.meta_title, error.meta_details or error.meta_title, error.advice, again)


def problem_of_status(code: int | None, title: str, details: str | None) -> SendProblem:
    """What the error in a ``failed`` status means for the message."""
    return problem_of(error_for(code, title, details=details))


def gave_up(error: GraphError, attempts: int) -> SendProblem:
    """A send that was tried as often as is sensible."""
    known = problem_of(error)
    detail = f"WhatsApp did not take the message in {attempts} tries; the last answer was: {known.detail.rstrip('.')}."
    return SendProblem(known.code, known.title, detail, "Check that WhatsApp works, then send it again.", True)


def file_gone() -> SendProblem:
    """The file of a message is no longer in the store."""
    return SendProblem(
        None, "The file is missing", "The file could not be read from the store.", "Attach the file again.", False
    )


def broke() -> SendProblem:
    """A fault of ours that came back with every try."""
    detail = "Hobnob could not send this message because of a fault of its own; its log says more."
    return SendProblem(None, "Not sent", detail, "Write the message anew, or ask whoever runs this server.", False)
