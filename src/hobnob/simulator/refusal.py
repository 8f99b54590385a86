"""How Meta says no: a code of its table, a sentence of details, and the JSON around them."""

from __future__ import annotations

import base64
import random
from typing import Any

from hobnob.whatsapp.errors import lookup


class Refusal(Exception):
    """An immediate refusal, answered with an HTTP status and Meta's error object."""

    def __init__(
        self,
        code: int,
        details: str | None = None,
        *,
        http: int | None = None,
        subcode: int | None = None,
        message: str | None = None,
        kind: str = "OAuthException",
        user_title: str | None = None,
        user_message: str | None = None,
    ) -> None:
        known = lookup(code)
        title = known.title if known else "Error"
        super().__init__(details or title)
        self.code = code
        self.details = details
        self.http = http or (known.http if known else 400)
        self.subcode = subcode
        self.message = message or f"(#{code}) {title}"
        self.kind = kind
        self.user_title = user_title
        self.user_message = user_message

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.details is not None:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.user_title is not None:
            error["is_transient"] = False
            error["error_user_title"] = self.user_title
            error["error_user_msg"] = self.user_message
        error["fbtrace_id"] = "A" + base64.urlsafe_b64encode(random.randbytes(16)).decode().rstrip("=")
        return {"error": error}


def missing(where: str) -> Refusal:
    return Refusal(131008, f"The parameter {where} is required.")


def bad_value(details: str) -> Refusal:
    return Refusal(131009, details)


def invalid(details: str, subcode: int | None = None) -> Refusal:
    return Refusal(100, details, subcode=subcode)


def unknown_object(node: str) -> Refusal:
    return Refusal(
        100,
        subcode=33,
        kind="GraphMethodException",
        message=(
            f"Unsupported request. Object with ID '{node}' does not exist, cannot be loaded due to missing permissions, "
            "or does not support this operation"
        ),
    )


def webhook_error(code: int, details: str | None = None) -> dict[str, Any]:
    """The same as an entry of ``errors`` in a webhook."""
    known = lookup(code)
    title = known.title if known else "Error"
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or title},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }
