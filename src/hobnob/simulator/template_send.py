"""Fills an approved template with the parameters of a send, refusing what does not fit it."""

from __future__ import annotations

import re
from typing import Any

from hobnob.whatsapp import limits

from .checks import Fields, fields, need, need_fields
from .payloads import MediaLookup, check_media
from .refusal import Refusal, invalid
from .template_rules import VARIABLE, variables
from .world import Template

_MEDIA_HEADERS = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document", "GIF": "gif"}
_BAD_PARAMETER = re.compile(r"[\n\t]| {5,}")
_BUTTON_KINDS = {
    "url": ("URL", "OTP"),
    "quick_reply": ("QUICK_REPLY",),
    "copy_code": ("COPY_CODE",),
    "catalog": ("CATALOG",),
    "mpm": ("MPM",),
    "spm": ("SPM",),
    "flow": ("FLOW",),
    "voice_call": ("VOICE_CALL",),
    "request_contact_info": ("REQUEST_CONTACT_INFO",),
    "app": ("APP",),
}


def read_template_name(payload: Any) -> tuple[str, str, Fields]:
    """Name and language of ``template``, and the object itself."""
    given = fields(payload, "template", ("name", "language", "components", "namespace"))
    name = need(given, "name", "template")
    language = need_fields(given, "language", "template", ("code", "policy"))
    return str(name), str(need(language, "code", "template['language']")), given


def fill(template: Template, payload: Fields, media_of: MediaLookup) -> Fields:
    """The message as the phone shows it. Raises 132000 for wrong counts, 132012 for wrong kinds, 132018 for bad texts."""
    given = _by_type(payload)
    named = template.parameter_format == "NAMED"
    shown: Fields = {"name": template.name, "language": template.language, "category": template.category}
    for component in template.components:
        _fill_component(component, given, payload, named=named, media_of=media_of, shown=shown)
    for kind in given:
        if kind not in _ALWAYS_READ and not _has(template, kind):
            raise Refusal(132000, f"{kind}: the template has no such component.")
    if given.get("header") and "header" not in shown:
        raise Refusal(
            132000, "header: number of localizable_params (1) does not match the expected number of params (0)"
        )
    if len(shown.get("body", "")) > limits.TEMPLATE_BODY_MAX_CHARS:
        raise Refusal(132005, "Translated text too long.")
    return shown


_ALWAYS_READ = ("header", "body", "limited_time_offer", "tap_target_configuration")


def _fill_component(
    component: Fields,
    given: dict[str, list[Any]],
    payload: Fields,
    *,
    named: bool,
    media_of: MediaLookup,
    shown: Fields,
) -> None:
    match component["type"]:
        case "HEADER":
            shown["header"] = _header(component, given.get("header", []), named, media_of)
        case "BODY":
            shown["body"] = _text(component["text"], given.get("body", []), named, "body")
        case "FOOTER":
            shown["footer"] = component.get("text")
        case "BUTTONS":
            shown["buttons"] = _buttons(component["buttons"], payload)
        case "LIMITED_TIME_OFFER":
            shown["limited_time_offer"] = _offer(component, given.get("limited_time_offer", []))
        case "CAROUSEL":
            shown["cards"] = _cards(component, payload, named, media_of)


def _has(template: Template, kind: str) -> bool:
    wanted = {"button": "BUTTONS", "carousel": "CAROUSEL"}.get(kind, kind.upper())
    return any(component["type"] == wanted for component in template.components)


def _by_type(payload: Fields) -> dict[str, list[Any]]:
    """The parameters of header, body and offer; other components are read where they are used."""
    found: dict[str, list[Any]] = {}
    components = payload.get("components") or []
    if not isinstance(components, list):
        raise invalid("Param template['components'] must be an array.")
    for at, item in enumerate(components):
        where = f"template['components'][{at}]"
        component = fields(item, where, ("type", "sub_type", "index", "parameters", "cards"))
        kind = str(need(component, "type", where)).lower()
        parameters = component.get("parameters") or []
        if not isinstance(parameters, list):
            raise invalid(f"Param {where}['parameters'] must be an array.")
        found[kind] = found.get(kind, []) + [fields(one, f"{where}['parameters']") for one in parameters]
    return found


def _header(component: Fields, given: list[Fields], named: bool, media_of: MediaLookup) -> Fields:
    form = component.get("format", "TEXT")
    if form == "TEXT":
        return {"type": "text", "text": _text(component["text"], given, named, "header")}
    if form in _MEDIA_HEADERS:
        kind = _MEDIA_HEADERS[form]
        _count(given, 1, "header")
        if given[0].get("type") != kind:
            raise Refusal(
                132012, f"header: Format mismatch, expected {form}, received {str(given[0].get('type')).upper()}"
            )
        media = check_media(
            "video" if kind == "gif" else kind, need(given[0], kind, "header"), f"header['{kind}']", media_of
        )
        return {"type": kind, kind: media, "url": media.get("url") or media.get("link")}
    kind = form.lower()
    _count(given, 1, "header")
    if given[0].get("type") != kind:
        raise Refusal(132012, f"header: Format mismatch, expected {form}")
    return {"type": kind, kind: need_fields(given[0], kind, "header")}


def _text(pattern: str, given: list[Fields], named: bool, where: str) -> str:
    wanted = variables(pattern)
    _count(given, len(wanted), where)
    values: dict[str, str] = {}
    for at, parameter in enumerate(given):
        name = str(parameter.get("parameter_name") or "") if named else str(at + 1)
        if named and name not in wanted:
            raise Refusal(132012, f'{where}: Parameter name "{name}" is missing or not in the template')
        values[name] = _value(parameter, f"{where}: parameter {at + 1}")
    if len(values) < len(wanted):
        raise Refusal(132000, f"{where}: a parameter was given twice")
    return VARIABLE.sub(lambda match: values[match.group(1)], pattern)


def _value(parameter: Fields, where: str) -> str:
    kind = parameter.get("type")
    if kind in ("currency", "date_time"):
        return str(need(need_fields(parameter, str(kind), where), "fallback_value", where))
    if kind != "text":
        raise Refusal(132012, f"{where}: Format mismatch, expected TEXT, received {str(kind).upper()}")
    value = parameter.get("text")
    if not isinstance(value, str) or not value:
        raise Refusal(131008, f"{where}: text is required.")
    if _BAD_PARAMETER.search(value):
        raise Refusal(
            132018, f"{where}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        )
    return value


def _buttons(buttons: list[Fields], payload: Fields) -> list[Fields]:
    given = _given_buttons(payload)
    shown = []
    for index, button in enumerate(buttons):
        sub_type, parameters = given.pop(index, (None, []))
        kind = button["type"]
        if sub_type is not None and kind not in _BUTTON_KINDS.get(sub_type, ()):
            raise Refusal(
                132012, f"buttons: Format mismatch at index {index}, expected {kind}, received {sub_type.upper()}"
            )
        out: Fields = {"index": index, "type": kind, "text": button.get("text") or _LABELS.get(kind, "")}
        _fill_button(button, kind, parameters, index, out)
        shown.append(out)
    if given:
        raise Refusal(132000, f"buttons: the template has no button at index {min(given)}.")
    return shown


_LABELS = {"CATALOG": "View catalog", "MPM": "View items", "SPM": "View", "COPY_CODE": "Copy offer code"}


def _fill_button(button: Fields, kind: str, parameters: list[Fields], index: int, out: Fields) -> None:
    where = f"buttons: index {index}"
    match kind:
        case "URL":
            _fill_url(button, parameters, where, out)
        case "COPY_CODE":
            _count(parameters, 1, where)
            out["code"] = _short(need(parameters[0], "coupon_code", where), where)
        case "QUICK_REPLY":
            if len(parameters) > 1:
                _count(parameters, 1, where)
            out["payload"] = parameters[0].get("payload", out["text"]) if parameters else out["text"]
        case "PHONE_NUMBER":
            out["phone_number"] = button.get("phone_number")
        case "MPM":
            _count(parameters, 1, where)


def _fill_url(button: Fields, parameters: list[Fields], where: str, out: Fields) -> None:
    wanted = VARIABLE.findall(button.get("url", ""))
    _count(parameters, len(wanted), where)
    out["url"] = button.get("url")
    if wanted:
        value = _value(parameters[0], where)
        if button.get("otp"):
            _short(value, where)
        out["url"] = VARIABLE.sub(lambda _: value, button["url"])
    if button.get("otp"):
        out["otp"] = button["otp"]


def _short(code: Any, where: str) -> str:
    if len(str(code)) > limits.COUPON_CODE_MAX_CHARS:
        raise Refusal(132018, f"{where}: the code has at most {limits.COUPON_CODE_MAX_CHARS} characters.")
    return str(code)


def _given_buttons(payload: Fields) -> dict[int, tuple[str, list[Fields]]]:
    given: dict[int, tuple[str, list[Fields]]] = {}
    for component in payload.get("components") or []:
        if str(component.get("type")).lower() != "button":
            continue
        try:
            index = int(need(component, "index", "button") if component.get("index") != 0 else 0)
        except (TypeError, ValueError):
            raise invalid("Param button['index'] must be a number.") from None
        sub_type = str(need(component, "sub_type", "button")).lower()
        given[index] = (sub_type, component.get("parameters") or [])
    return given


def _offer(component: Fields, given: list[Fields]) -> Fields:
    offer = dict(component.get("limited_time_offer") or {})
    if offer.get("has_expiration"):
        _count(given, 1, "limited_time_offer")
        holder = need_fields(given[0], "limited_time_offer", "limited_time_offer")
        offer["expiration_time_ms"] = need(holder, "expiration_time_ms", "limited_time_offer")
    return offer


def _cards(component: Fields, payload: Fields, named: bool, media_of: MediaLookup) -> list[Fields]:
    given: list[Any] = []
    for item in payload.get("components") or []:
        if str(item.get("type")).lower() == "carousel":
            given = item.get("cards") or []
    cards = component["cards"]
    if len(given) != len(cards):
        raise Refusal(
            132000, f"carousel: number of cards ({len(given)}) does not match the expected number ({len(cards)})"
        )
    shown = []
    for card, filled in zip(cards, sorted(given, key=lambda one: one.get("card_index", 0)), strict=True):
        by_type = _by_type(filled)
        out: Fields = {}
        for part in card["components"]:
            if part["type"] == "HEADER":
                out["header"] = _header(part, by_type.get("header", []), named, media_of)
            elif part["type"] == "BODY":
                out["body"] = _text(part["text"], by_type.get("body", []), named, "card body")
            elif part["type"] == "BUTTONS":
                out["buttons"] = _buttons(part["buttons"], filled)
        shown.append(out)
    return shown


def _count(given: list[Any], wanted: int, where: str) -> None:
    if len(given) != wanted:
        raise Refusal(
            132000,
            f"{where}: number of localizable_params ({len(given)}) does not match the expected number of params ({wanted})",
        )
