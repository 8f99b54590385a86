"""Reads a template's variables out of Meta's components, and fills them in. Pure."""

from __future__ import annotations

import re
from typing import Any

from hobnob.whatsapp import limits
from hobnob.whatsapp.messages import ButtonKind, ButtonValue, HeaderMedia, NamedValue, OutTemplate

from .errors import TemplateNotSupported, values_wrong
from .types import ButtonVariable, Filled, HeaderFile, TemplateButton, TemplateView, Values, Variable, Variables

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_SPACES_TOO_WIDE = re.compile(r"[\n\t\r]| {5,}")
_FILE_HEADERS = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document"}
_FILE_WORDS = {"IMAGE": "a picture", "VIDEO": "a video", "DOCUMENT": "a document"}
_UNSUPPORTED = {"CAROUSEL": "a carousel", "LIMITED_TIME_OFFER": "a limited-time offer"}
_CODE_BUTTONS = ("COPY_CODE", "OTP")


def component(components: list[dict[str, Any]], kind: str) -> dict[str, Any] | None:
    """The component of a type, whatever its capitals."""
    return next((part for part in components if str(part.get("type", "")).upper() == kind), None)


def variables_in(text: str) -> list[str]:
    """Names of a text's variables, each once: numbers in order, names as they come."""
    names = list(dict.fromkeys(_VARIABLE.findall(text)))
    return sorted(names, key=int) if all(name.isdigit() for name in names) else names


def variables_of(components: list[dict[str, Any]]) -> Variables:
    """Every variable with its example."""
    header = component(components, "HEADER") or {}
    body = component(components, "BODY") or {}
    text_header = str(header.get("format", "TEXT")).upper() == "TEXT"
    return Variables(
        header=_variables(header.get("text") or "", header.get("example"), "header_text") if text_header else [],
        body=_variables(body.get("text") or "", body.get("example"), "body_text"),
        buttons=[
            variable
            for index, button in enumerate(_raw_buttons(components))
            if (variable := _button_variable(index, button)) is not None
        ],
    )


def buttons_of(components: list[dict[str, Any]]) -> list[TemplateButton]:
    """The buttons as a dashboard shows them."""
    return [
        TemplateButton(
            type=str(button.get("type", "")).lower(),
            text=str(button.get("text") or _default_label(button)),
            url=button.get("url"),
            phone_number=button.get("phone_number"),
        )
        for button in _raw_buttons(components)
    ]


def fill(template: TemplateView, values: Values, header_file: HeaderFile | None) -> Filled:
    """The template with its gaps closed. Raises InvalidInput naming the part whose values do not fit."""
    _check_supported(template)
    media = _header_media(template, header_file)
    header = _checked("header", template.parameters.header, values.header)
    body = _checked("body", template.parameters.body, values.body)
    buttons = _button_values(template, values)
    shown = [
        TemplateButton(
            button.type,
            button.text,
            _close(button.url, {"1": buttons[index].value}) if button.url and index in buttons else button.url,
            button.phone_number,
        )
        for index, button in enumerate(template.buttons)
    ]
    named = template.parameter_format == "NAMED"
    return Filled(
        name=template.name,
        language=template.language,
        category=template.category,
        header=_close(template.header, header) if template.header else None,
        body=_close(template.body, body),
        footer=template.footer,
        buttons=shown,
        out=OutTemplate(
            name=template.name,
            language=template.language,
            header=_named(header, named=named),
            header_media=media,
            body=_named(body, named=named),
            buttons=[buttons[index] for index in sorted(buttons)],
        ),
    )


def _check_supported(template: TemplateView) -> None:
    for part in template.components:
        if (kind := str(part.get("type", "")).upper()) in _UNSUPPORTED:
            raise TemplateNotSupported(
                f"The template “{template.name}” has {_UNSUPPORTED[kind]}, which cannot be filled in here yet."
            )
    if template.header_format not in (None, "TEXT", *_FILE_HEADERS):
        what = str(template.header_format).lower()
        raise TemplateNotSupported(
            f"The template “{template.name}” has a {what} header, which cannot be filled in here yet."
        )


def _header_media(template: TemplateView, file: HeaderFile | None) -> HeaderMedia | None:
    wanted = _FILE_HEADERS.get(template.header_format or "")
    if wanted is None:
        if file is not None:
            raise values_wrong("header", "This template has no file in its header: leave it out.")
        return None
    if file is None:
        raise values_wrong("header", f"This template needs {_FILE_WORDS[str(template.header_format)]} for its header.")
    if file.kind != wanted:
        raise values_wrong("header", f"The header needs {_FILE_WORDS[str(template.header_format)]}, not a {file.kind}.")
    if wanted == "image":
        return HeaderMedia("image", "", None)
    return HeaderMedia("video" if wanted == "video" else "document", "", file.filename)


def _checked(part: str, variables: list[Variable], values: list[str]) -> dict[str, str]:
    """Name to value. Raises InvalidInput when there are too few, too many, empty or unprintable ones."""
    if len(values) != len(variables):
        raise values_wrong(part, f"The {part} has {_count(len(variables))}; {len(values)} given.")
    for variable, value in zip(variables, values, strict=True):
        _check_value(part, variable.name, value)
    return {variable.name: value for variable, value in zip(variables, values, strict=True)}


def _check_value(part: str, name: str, value: str) -> None:
    if not value.strip():
        raise values_wrong(part, f"Fill in {{{{{name}}}}} of the {part}.")
    if _SPACES_TOO_WIDE.search(value):
        raise values_wrong(part, f"{{{{{name}}}}} may hold no line breaks, tabs or more than four spaces in a row.")


def _button_values(template: TemplateView, values: Values) -> dict[int, ButtonValue]:
    given = dict(values.buttons)
    needed = {variable.index for variable in template.parameters.buttons}
    if template.category == "authentication" and len(values.body) == 1:
        # The code stands in the text and behind the button; people type it once.
        given.update(dict.fromkeys(needed - set(given), values.body[0]))
    found: dict[int, ButtonValue] = {}
    for index in sorted(needed | set(given)):
        if index >= len(template.buttons):
            raise values_wrong("buttons", f"There is no button {index + 1}.")
        kind = _button_kind(template.buttons[index].type)
        if kind is None or (kind == "url" and index not in needed):
            raise values_wrong("buttons", f"Button {index + 1} takes no value.")
        value = given.get(index, "")
        _check_value("buttons", str(index + 1), value)
        if kind == "copy_code" and len(value) > limits.COUPON_CODE_MAX_CHARS:
            raise values_wrong("buttons", f"A code has at most {limits.COUPON_CODE_MAX_CHARS} characters.")
        found[index] = ButtonValue(index, value, kind)
    return found


def _button_kind(button_type: str) -> ButtonKind | None:
    kinds: dict[str, ButtonKind] = {
        "url": "url",
        "otp": "url",
        "copy_code": "copy_code",
        "quick_reply": "quick_reply",
        "flow": "flow",
    }
    return kinds.get(button_type)


def _variables(text: str, example: Any, key: str) -> list[Variable]:
    examples = _examples(example, key)
    return [Variable(name, examples.get(name)) for name in variables_in(text)]


def _examples(example: Any, key: str) -> dict[str, str]:
    """Name to example, from either of Meta's two forms."""
    if not isinstance(example, dict):
        return {}
    named = example.get(f"{key}_named_params")
    if isinstance(named, list):
        return {str(one.get("param_name")): str(one.get("example")) for one in named if isinstance(one, dict)}
    listed = example.get(key)
    if isinstance(listed, list) and listed and isinstance(listed[0], list):
        listed = listed[0]
    return {str(n): str(one) for n, one in enumerate(listed, 1)} if isinstance(listed, list) else {}


def _button_variable(index: int, button: dict[str, Any]) -> ButtonVariable | None:
    kind = str(button.get("type", "")).upper()
    example = button.get("example")
    first = example[0] if isinstance(example, list) and example else example
    shown = str(first) if first else None
    if kind == "URL" and (names := variables_in(str(button.get("url") or ""))):
        return ButtonVariable(index, names[0], shown)
    return ButtonVariable(index, "code", shown) if kind in _CODE_BUTTONS else None


def _raw_buttons(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = (component(components, "BUTTONS") or {}).get("buttons")
    return [button for button in found if isinstance(button, dict)] if isinstance(found, list) else []


def _default_label(button: dict[str, Any]) -> str:
    return "Copy code" if str(button.get("type", "")).upper() in _CODE_BUTTONS else ""


def _close(text: str, values: dict[str, str]) -> str:
    # An URL's only variable may be named or numbered; its value stands under "1".
    single = next(iter(values.values())) if len(values) == 1 else None
    return _VARIABLE.sub(lambda match: values.get(match[1], single if single is not None else match[0]), text)


def _named(values: dict[str, str], *, named: bool) -> list[NamedValue]:
    return [NamedValue(value, name if named else None) for name, value in values.items()]


def _count(variables: int) -> str:
    return {0: "no variables", 1: "one variable"}.get(variables, f"{variables} variables")
