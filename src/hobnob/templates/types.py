"""What the templates room hands out and takes in. Statuses, categories and qualities are in lower case everywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from hobnob.whatsapp.messages import OutTemplate


class Variable(Struct, frozen=True):
    """A gap in a text: ``name`` is its number or its name."""

    name: str
    example: str | None


class ButtonVariable(Struct, frozen=True):
    index: int
    name: str
    example: str | None


class TemplateButton(Struct, frozen=True, omit_defaults=True):
    type: str
    text: str
    url: str | None = None
    phone_number: str | None = None


class Variables(Struct, frozen=True):
    header: list[Variable]
    body: list[Variable]
    buttons: list[ButtonVariable]


class TemplateView(Struct, frozen=True):
    """A template with its parts read out of Meta's ``components``."""

    id: UUID
    name: str
    language: str
    category: str
    status: str
    quality: str | None
    rejected_reason: str | None
    parameter_format: str
    components: list[dict[str, Any]]
    header_format: str | None
    header: str | None
    body: str
    footer: str | None
    buttons: list[TemplateButton]
    parameters: Variables
    synced_at: datetime


class TemplateList(Struct, frozen=True):
    items: list[TemplateView]


class Values(Struct, frozen=True):
    """What fills the gaps, in the order of the template's variables; ``buttons`` by the button's index."""

    header: list[str] = []
    body: list[str] = []
    buttons: dict[int, str] = {}


class Filled(Struct, frozen=True):
    """A template as the customer sees it, and as WhatsApp wants it. A header file's WhatsApp id is still empty."""

    name: str
    language: str
    category: str
    header: str | None
    body: str
    footer: str | None
    buttons: list[TemplateButton]
    out: OutTemplate


class HeaderFile(Struct, frozen=True):
    """The file for a template's picture, film or document header."""

    kind: str
    filename: str | None


class TemplateUpdate(Struct, frozen=True, kw_only=True):
    """One webhook about a template. None leaves a value as it is. Statuses and categories in Meta's capitals or not."""

    account_id: UUID
    whatsapp_template_id: str
    status: str | None = None
    reason: str | None = None
    quality: str | None = None
    category: str | None = None
