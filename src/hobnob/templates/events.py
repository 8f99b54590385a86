"""What the templates room tells browsers."""

from __future__ import annotations

from msgspec import Struct


class TemplatesChanged(Struct, frozen=True, tag_field="type", tag="templates_changed"):
    """The account's templates are not what they were: fetch the list again."""
