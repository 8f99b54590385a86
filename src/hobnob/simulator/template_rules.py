"""What a message template must look like to be accepted for review, and how its variables are found."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from hobnob.whatsapp import limits

from .checks import Fields, choice, fields, need, need_list
from .refusal import Refusal, invalid

CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
HEADER_FORMATS = ("TEXT", "IMAGE", "VIDEO", "GIF", "DOCUMENT", "LOCATION", "PRODUCT")
COMPONENTS = (
    "HEADER",
    "BODY",
    "FOOTER",
    "BUTTONS",
    "CAROUSEL",
    "LIMITED_TIME_OFFER",
    "CALL_PERMISSION_REQUEST",
    "TAP_TARGET_CONFIGURATION",
)
BUTTON_LIMITS = {
    "QUICK_REPLY": 10,
    "URL": 2,
    "PHONE_NUMBER": 1,
    "COPY_CODE": 1,
    "OTP": 1,
    "CATALOG": 1,
    "MPM": 1,
    "SPM": 1,
    "FLOW": 1,
    "VOICE_CALL": 1,
    "APP": 1,
    "REQUEST_CONTACT_INFO": 1,
}
CARD_BODY_MAX_CHARS = 160
OFFER_BODY_MAX_CHARS = 600
URL_MAX_CHARS = 2000

VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAME = re.compile(r"^[a-z0-9_]{1,512}$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(_[A-Za-z]{2,4})?$")
_NAMED = re.compile(r"^[a-z][a-z0-9_]*$")


def variables(text: str | None) -> list[str]:
    """The names of a text's variables, each once, in order."""
    return list(dict.fromkeys(VARIABLE.findall(text or "")))


def check_name(name: Any, language: Any) -> None:
    if not isinstance(name, str) or not _NAME.match(name):
        raise invalid("Message template name may hold lower-case letters, digits and underscores only.", 2388073)
    if not isinstance(language, str) or not _LANGUAGE.match(language):
        raise invalid(f'Param language is not a supported language code - got "{language}".')


def check_components(given: Any, category: str, named: bool) -> list[dict[str, Any]]:
    """The components, with types in upper case and authentication texts filled in. Raises Refusal."""
    if not isinstance(given, list) or not given:
        raise invalid("Param components must be a non-empty array.")
    components = [_upper(fields(item, f"components[{at}]")) for at, item in enumerate(given)]
    kinds = [choice(item.get("type"), f"components[{at}]['type']", COMPONENTS) for at, item in enumerate(components)]
    if len(set(kinds)) < len(kinds):
        raise invalid("A template may have each component once.")
    if "BODY" not in kinds:
        raise invalid("Message template needs a BODY component.", 2388043)
    if category == "AUTHENTICATION":
        return _authentication(components)
    offer = "LIMITED_TIME_OFFER" in kinds
    if offer and (category != "MARKETING" or "FOOTER" in kinds):
        raise invalid("A limited time offer is for MARKETING templates without a footer.")
    for component in components:
        _check(component, named, OFFER_BODY_MAX_CHARS if offer else limits.TEMPLATE_BODY_MAX_CHARS)
    return components


def _upper(component: Fields) -> Fields:
    out = {**component, "type": str(component.get("type", "")).upper()}
    if "format" in out:
        out["format"] = str(out["format"]).upper()
    if isinstance(out.get("buttons"), list):
        out["buttons"] = [{**fields(b, "buttons"), "type": str(b.get("type", "")).upper()} for b in out["buttons"]]
    return out


def _check(component: Fields, named: bool, body_max: int) -> None:
    match component["type"]:
        case "HEADER":
            _header(component, named)
        case "BODY":
            _body(component, named, body_max)
        case "FOOTER":
            said = _text(component, "FOOTER", limits.FOOTER_TEXT_MAX_CHARS, 2388040)
            if variables(said):
                raise invalid("The footer cannot hold variables.", 2388073)
        case "BUTTONS":
            check_buttons(component)
        case "CAROUSEL":
            _carousel(component, named)
        case "LIMITED_TIME_OFFER":
            offer = fields(component.get("limited_time_offer"), "limited_time_offer")
            _text(offer, "LIMITED_TIME_OFFER", 16, 2388040)


def _header(component: Fields, named: bool) -> None:
    form = choice(component.get("format"), "HEADER['format']", HEADER_FORMATS)
    example = component.get("example") or {}
    if form == "TEXT":
        said = _text(component, "HEADER", limits.HEADER_TEXT_MAX_CHARS, 2388040)
        found = _sequence(said, named, "HEADER")
        if len(found) > 1:
            raise invalid("The header may have one variable.", 2388047)
        if found and not (example.get("header_text") or example.get("header_text_named_params")):
            raise invalid("The header has a variable but no example.", 2388043)
    elif form in ("IMAGE", "VIDEO", "DOCUMENT", "GIF"):
        handles = example.get("header_handle")
        if not isinstance(handles, list) or not handles or not all(isinstance(one, str) and one for one in handles):
            raise invalid(f"The {form} header needs an example: upload a sample and give its handle.", 2388273)


def _body(component: Fields, named: bool, most: int) -> None:
    said = _text(component, "BODY", most, 2388040)
    found = _sequence(said, named, "BODY")
    if not found:
        return
    bare = said.strip()
    if VARIABLE.match(bare) or re.search(r"\}\}$", bare):
        raise invalid("Variables cannot stand at the beginning or the end of the body.", 2388299)
    if re.search(r"\}\}\s*\{\{", said):
        raise invalid("Two variables cannot stand next to each other.", 2388299)
    if len(VARIABLE.sub(" ", said).split()) <= len(found):
        raise invalid("The body has too many variables for its length.", 2388293)
    example = component.get("example") or {}
    if named:
        given = {str(one.get("param_name")) for one in example.get("body_text_named_params") or []}
        if given != set(found):
            raise invalid("The body's examples do not match its variables.", 2388043)
    else:
        rows = example.get("body_text") or []
        first = rows[0] if rows and isinstance(rows[0], list) else rows
        if len(first) != len(found):
            raise invalid("The body's examples do not match its variables.", 2388043)


def _sequence(said: str, named: bool, where: str) -> list[str]:
    found = variables(said)
    for at, name in enumerate(found, 1):
        if named and not _NAMED.match(name):
            raise invalid(
                f"{where}: variable names are lower-case letters, digits and underscores - got {{{{{name}}}}}."
            )
        if not named and name != str(at):
            raise invalid(f"{where}: variables must be {{{{1}}}}, {{{{2}}}} ... in order - got {{{{{name}}}}}.")
    return found


def check_buttons(component: Fields, most: int = limits.TEMPLATE_BUTTONS_MAX) -> None:
    buttons = need_list(component, "buttons", "BUTTONS", 1, most)
    kinds = [choice(button.get("type"), f"BUTTONS[{at}]['type']", BUTTON_LIMITS) for at, button in enumerate(buttons)]
    for kind, limit in BUTTON_LIMITS.items():
        if kinds.count(kind) > limit:
            raise invalid(f"A template may have {limit} {kind} button(s).")
    replies = [kind == "QUICK_REPLY" for kind in kinds]
    if sum(a != b for a, b in pairwise(replies)) > 1:
        raise invalid("Quick reply buttons must stand together.", 2388040)
    for at, (button, kind) in enumerate(zip(buttons, kinds, strict=True)):
        _one_button(button, kind, f"BUTTONS[{at}]")


def _one_button(button: Fields, kind: str, where: str) -> None:
    if kind in ("QUICK_REPLY", "URL", "PHONE_NUMBER", "FLOW"):
        label = need(button, "text", where)
        if len(str(label)) > limits.TEMPLATE_BUTTON_LABEL_MAX_CHARS:
            raise invalid(f"{where}: a label has at most {limits.TEMPLATE_BUTTON_LABEL_MAX_CHARS} characters.", 2388040)
    if kind == "URL":
        url = str(need(button, "url", where))
        if not url.startswith(("http://", "https://")) or len(url) > URL_MAX_CHARS:
            raise invalid(f"{where}: not a valid URL.")
        found = VARIABLE.findall(url)
        if len(found) > 1 or (found and not url.endswith("}}")):
            raise invalid(f"{where}: one variable, at the end of the URL.")
        if found and not button.get("example"):
            raise invalid(f"{where}: the URL has a variable but no example.", 2388043)
    elif kind == "PHONE_NUMBER" and len(str(need(button, "phone_number", where)).lstrip("+")) > 20:
        raise invalid(f"{where}: the phone number is too long.")
    elif kind == "COPY_CODE":
        code = need(button, "example", where)
        if len(str(code[0] if isinstance(code, list) else code)) > limits.COUPON_CODE_MAX_CHARS:
            raise invalid(f"{where}: the code is too long.")


def _carousel(component: Fields, named: bool) -> None:
    cards = need_list(component, "cards", "CAROUSEL", 2, 10)
    shapes = set()
    for at, card in enumerate(cards):
        parts = [_upper(fields(part, f"cards[{at}]")) for part in fields(card, f"cards[{at}]").get("components", [])]
        card["components"] = parts
        for part in parts:
            _check(part, named, CARD_BODY_MAX_CHARS)
        shapes.add(tuple((part["type"], part.get("format")) for part in parts))
    if len(shapes) > 1:
        raise invalid("All cards of a carousel must have the same components.")


def _authentication(components: list[Fields]) -> list[Fields]:
    """Authentication texts are Meta's: only the recommendation, the expiry and the button's kind are the business's."""
    out: list[Fields] = []
    for component in components:
        kind = component["type"]
        if kind == "BODY":
            if component.get("text"):
                raise Refusal(100, "The body text of authentication templates is fixed.", subcode=2388042)
            said = "*{{1}}* is your verification code."
            if component.get("add_security_recommendation"):
                said += " For your security, do not share this code."
            out.append({**component, "text": said, "example": {"body_text": [["123456"]]}})
        elif kind == "FOOTER":
            minutes = component.get("code_expiration_minutes")
            if not isinstance(minutes, int) or not 1 <= minutes <= 90:
                raise invalid("code_expiration_minutes must be between 1 and 90.")
            out.append({**component, "text": f"This code expires in {minutes} minutes."})
        elif kind == "BUTTONS":
            out.append({**component, "buttons": [_otp(button) for button in component.get("buttons") or []]})
        else:
            raise invalid(f"Authentication templates cannot have a {kind}.")
    if not any(component["type"] == "BUTTONS" for component in out):
        raise invalid("Authentication templates need an OTP button.")
    return out


def _otp(button: Fields) -> Fields:
    choice(button.get("type"), "BUTTONS['type']", ("OTP",))
    kind = choice(str(button.get("otp_type", "")).upper(), "otp_type", ("COPY_CODE", "ONE_TAP", "ZERO_TAP"))
    if kind != "COPY_CODE" and not (button.get("supported_apps") or button.get("package_name")):
        raise invalid("ONE_TAP and ZERO_TAP need supported_apps.")
    url = f"https://www.whatsapp.com/otp/code/?otp_type={kind}&code=otp{{{{1}}}}"
    return {
        "type": "URL",
        "text": button.get("text") or "Copy code",
        "url": url,
        "example": [url.replace("{{1}}", "123456")],
        "otp": kind,
    }


def _text(holder: Fields, where: str, most: int, subcode: int) -> str:
    said = need(holder, "text", where)
    if not isinstance(said, str):
        raise invalid(f"{where}: text must be a string.")
    if len(said) > most:
        raise invalid(f"{where}: text has at most {most} characters.", subcode)
    if where == "HEADER" and re.search(r"[\n*_~`]", VARIABLE.sub("", said)):
        raise invalid("The header cannot hold line breaks or formatting.", 2388047)
    return said
