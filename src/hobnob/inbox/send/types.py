"""What passes from the send command to the outbox."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from hobnob.whatsapp.messages import Outbound


class FileSlot(Struct, frozen=True):
    """A file of ours whose WhatsApp id is filled in just before the send: in the message itself or in a template's header."""

    media_id: UUID
    slot: Literal["message", "header"]


class Payload(Struct, frozen=True):
    """An outbox row's ``payload``: the body for the Graph API, complete but for a file's id."""

    body: dict[str, Any]
    file: FileSlot | None = None


class Draft(Struct, frozen=True, kw_only=True):
    """A checked message that is not written yet."""

    type: str
    content: dict[str, Any]
    preview: str
    out: Outbound
    file: FileSlot | None = None
    target_wamid: str | None = None
    template_id: UUID | None = None
    category: str | None = None
    hidden: bool = False

    @property
    def free_form(self) -> bool:
        return self.template_id is None
