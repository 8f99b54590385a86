"""What can be wrong with a template that is to be sent."""

from __future__ import annotations

from hobnob.kernel.errors import Conflict, InvalidInput, NotFound


class TemplateNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such template (any more). Sync the templates and choose again.")


class TemplateNotApproved(Conflict):
    code, title = "template_not_approved", "The template is not approved"

    def __init__(self, name: str, status: str) -> None:
        super().__init__(
            f"The template “{name}” is {status.replace('_', ' ')}: WhatsApp only sends approved ones. Choose another."
        )


class TemplateNotSupported(InvalidInput):
    code, title = "template_not_supported", "This kind of template cannot be sent from here"


def values_wrong(part: str, detail: str) -> InvalidInput:
    """The values of one part of a template do not fit."""
    return InvalidInput(detail, fields=[(f"parameters.{part}", detail)])
