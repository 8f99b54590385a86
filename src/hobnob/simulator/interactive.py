"""Checks ``interactive`` objects: each kind's action, texts and counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hobnob.whatsapp import limits

from .checks import Fields, choice, fields, need, need_fields, need_list, number, text
from .refusal import bad_value, invalid, missing

CheckMedia = Callable[[str, Any, str], Fields]

_MEDIA_HEADERS = frozenset({"text", "image", "video", "document"})
_TEXT_HEADER = frozenset({"text"})
_NONE: frozenset[str] = frozenset()
CARD_BODY_MAX_CHARS = 160
PRODUCTS_MAX = 30
CALL_TTL_MAX_MINUTES = 43_200


class Kind:
    """What one kind of interactive message may carry around its action."""

    def __init__(
        self, check: Callable[[Fields, CheckMedia], None], *, headers: frozenset[str] = _NONE, body: int | None = 1024,
        footer: bool = True, header_needed: bool = False,
    ) -> None:  # fmt: skip
        self.check = check
        self.headers = headers
        self.body_max = body
        self.footer = footer
        self.header_needed = header_needed


def check_interactive(payload: Fields, media: CheckMedia) -> Fields:
    """The whole object; returns it with header media made visible to the phone."""
    fields(payload, "interactive", ("type", "header", "body", "footer", "action"))
    kind = choice(need(payload, "type", "interactive"), "interactive['type']", KINDS)
    rules = KINDS[kind]
    shown = dict(payload)
    if payload.get("header") is not None:
        shown["header"] = _header(payload, rules, kind, media)
    elif rules.header_needed:
        raise missing("interactive['header']")
    if rules.body_max is not None:
        body = need_fields(payload, "body", "interactive", ("text",))
        text(body, "text", "interactive['body']", rules.body_max)
    elif payload.get("body") is not None:
        text(fields(payload["body"], "interactive['body']", ("text",)), "text", "interactive['body']", 1024)
    if payload.get("footer") is not None:
        if not rules.footer:
            raise invalid(f"Param interactive['footer'] is not allowed for type {kind}.")
        footer = fields(payload["footer"], "interactive['footer']", ("text",))
        text(footer, "text", "interactive['footer']", limits.FOOTER_TEXT_MAX_CHARS)
    rules.check(need_fields(payload, "action", "interactive"), media)
    return shown


def _header(payload: Fields, rules: Kind, kind: str, media: CheckMedia) -> Fields:
    where = "interactive['header']"
    header = fields(payload["header"], where)
    form = need(header, "type", where)
    if form not in rules.headers:
        raise invalid(f"Param {where}['type'] \"{form}\" is not allowed for type {kind}.")
    if form == "text":
        text(header, "text", where, limits.HEADER_TEXT_MAX_CHARS)
        return header
    return {**header, form: media(str(form), need(header, str(form), where), f"{where}['{form}']")}


def _button(action: Fields, _: CheckMedia) -> None:
    where = "interactive['action']"
    buttons = need_list(action, "buttons", where, 1, limits.BUTTONS_MAX)
    ids, titles = set(), set()
    for at, item in enumerate(buttons):
        here = f"{where}['buttons'][{at}]"
        button = fields(item, here)
        choice(need(button, "type", here), f"{here}['type']", ("reply",))
        reply = need_fields(button, "reply", here, ("id", "title"))
        ids.add(_limited(reply, "id", here, limits.BUTTON_ID_MAX_CHARS))
        titles.add(_limited(reply, "title", here, limits.BUTTON_TITLE_MAX_CHARS))
    if len(ids) < len(buttons) or len(titles) < len(buttons):
        raise bad_value("Duplicated button id or title.")


def _list(action: Fields, _: CheckMedia) -> None:
    where = "interactive['action']"
    _limited(action, "button", where, limits.LIST_BUTTON_MAX_CHARS)
    sections = need_list(action, "sections", where, 1, limits.LIST_SECTIONS_MAX)
    ids: list[str] = []
    for at, item in enumerate(sections):
        here = f"{where}['sections'][{at}]"
        section = fields(item, here, ("title", "rows"))
        if len(sections) > 1 or section.get("title"):
            _limited(section, "title", here, limits.SECTION_TITLE_MAX_CHARS)
        for row_at, row in enumerate(need_list(section, "rows", here, 1, limits.LIST_ROWS_MAX)):
            spot = f"{here}['rows'][{row_at}]"
            cells = fields(row, spot, ("id", "title", "description"))
            ids.append(_limited(cells, "id", spot, limits.ROW_ID_MAX_CHARS))
            _limited(cells, "title", spot, limits.ROW_TITLE_MAX_CHARS)
            if cells.get("description"):
                _limited(cells, "description", spot, limits.ROW_DESCRIPTION_MAX_CHARS)
    if len(ids) > limits.LIST_ROWS_MAX:
        raise bad_value(f"Total row count exceed max allowed count: {limits.LIST_ROWS_MAX}")
    if len(set(ids)) < len(ids):
        raise bad_value("Duplicated row id.")


def _cta_url(action: Fields, _: CheckMedia, where: str = "interactive['action']") -> None:
    _name(action, "cta_url", where)
    parameters = need_fields(action, "parameters", where, ("display_text", "url"))
    _limited(parameters, "display_text", f"{where}['parameters']", limits.BUTTON_TITLE_MAX_CHARS)
    url = need(parameters, "url", f"{where}['parameters']")
    if not str(url).startswith(("http://", "https://")):
        raise bad_value(f"Param {where}['parameters']['url'] is not a valid URL.")


def _location_request(action: Fields, _: CheckMedia) -> None:
    _name(action, "send_location")


def _contact_request(action: Fields, _: CheckMedia) -> None:
    _name(action, "request_contact_info")


def _catalog(action: Fields, _: CheckMedia) -> None:
    _name(action, "catalog_message")
    if action.get("parameters") is not None:
        fields(action["parameters"], "interactive['action']['parameters']", ("thumbnail_product_retailer_id",))


def _product(action: Fields, _: CheckMedia) -> None:
    need(action, "catalog_id", "interactive['action']")
    need(action, "product_retailer_id", "interactive['action']")


def _product_list(action: Fields, _: CheckMedia) -> None:
    where = "interactive['action']"
    need(action, "catalog_id", where)
    count = 0
    for at, item in enumerate(need_list(action, "sections", where, 1, limits.LIST_SECTIONS_MAX)):
        here = f"{where}['sections'][{at}]"
        section = fields(item, here, ("title", "product_items"))
        _limited(section, "title", here, limits.SECTION_TITLE_MAX_CHARS)
        for product_at, product in enumerate(need_list(section, "product_items", here, 1, PRODUCTS_MAX)):
            spot = f"{here}['product_items'][{product_at}]"
            need(fields(product, spot), "product_retailer_id", spot)
            count += 1
    if count > PRODUCTS_MAX:
        raise bad_value(f"Total product count exceed max allowed count: {PRODUCTS_MAX}")


def _flow(action: Fields, _: CheckMedia) -> None:
    where = "interactive['action']"
    _name(action, "flow")
    parameters = need_fields(action, "parameters", where)
    where += "['parameters']"
    choice(str(need(parameters, "flow_message_version", where)), f"{where}['flow_message_version']", ("3",))
    if bool(parameters.get("flow_id")) == bool(parameters.get("flow_name")):
        raise missing(f"{where}['flow_id']")
    cta = _limited(parameters, "flow_cta", where, limits.BUTTON_TITLE_MAX_CHARS)
    if any(ord(letter) > 0x2600 for letter in cta):
        raise bad_value("The text of flow_cta must not hold emoji.")
    choice(parameters.get("mode", "published"), f"{where}['mode']", ("draft", "published"))
    start = choice(parameters.get("flow_action", "navigate"), f"{where}['flow_action']", ("navigate", "data_exchange"))
    if start == "data_exchange" and parameters.get("flow_action_payload"):
        raise bad_value("flow_action_payload must be left out when flow_action is data_exchange.")
    if start == "navigate" and parameters.get("flow_action_payload") is not None:
        need(fields(parameters["flow_action_payload"], where), "screen", f"{where}['flow_action_payload']")


def _address(action: Fields, _: CheckMedia) -> None:
    _name(action, "address_message")
    parameters = need_fields(action, "parameters", "interactive['action']")
    choice(need(parameters, "country", "parameters"), "parameters['country']", ("IN", "SG"))


def _carousel(action: Fields, media: CheckMedia) -> None:
    where = "interactive['action']"
    shapes = set()
    for at, item in enumerate(need_list(action, "cards", where, 2, 10)):
        here = f"{where}['cards'][{at}]"
        card = fields(item, here)
        if card.get("card_index") != at:
            raise bad_value(f"Param {here}['card_index'] must be {at}.")
        kind = choice(need(card, "type", here), f"{here}['type']", ("cta_url", "product", "button"))
        shapes.add((kind, fields(card.get("header", {}), here).get("type")))
        if kind == "product":
            action_of = need_fields(card, "action", here)
            need(action_of, "product_retailer_id", here)
            need(action_of, "catalog_id", here)
            continue
        _card_face(card, here, media)
        _card_action(need_fields(card, "action", here), media, f"{here}['action']")
    if len(shapes) > 1:
        raise bad_value("All cards of a carousel must have the same kind of header and buttons.")


def _card_action(action: Fields, media: CheckMedia, where: str) -> None:
    """One link, or up to three quick replies."""
    if "buttons" not in action:
        _cta_url(action, media, where)
        return
    for at, item in enumerate(need_list(action, "buttons", where, 1, limits.BUTTONS_MAX)):
        here = f"{where}['buttons'][{at}]"
        reply = need_fields(fields(item, here), "quick_reply", here, ("id", "title"))
        _limited(reply, "id", here, limits.BUTTON_ID_MAX_CHARS)
        _limited(reply, "title", here, limits.BUTTON_TITLE_MAX_CHARS)


def _card_face(card: Fields, here: str, media: CheckMedia) -> None:
    header = need_fields(card, "header", here)
    form = choice(need(header, "type", here), f"{here}['header']['type']", ("image", "video"))
    media(form, need(header, form, here), f"{here}['header']['{form}']")
    if card.get("body") is not None:
        body = fields(card["body"], f"{here}['body']", ("text",))
        said = text(body, "text", f"{here}['body']", CARD_BODY_MAX_CHARS)
        if said and said.count("\n") > 2:
            raise bad_value("A card's body may have two line breaks.")


def _call_permission(action: Fields, _: CheckMedia) -> None:
    _name(action, "call_permission_request")


def _voice_call(action: Fields, _: CheckMedia) -> None:
    _name(action, "voice_call")
    parameters = fields(action.get("parameters") or {}, "interactive['action']['parameters']")
    if parameters.get("display_text"):
        _limited(parameters, "display_text", "parameters", limits.BUTTON_TITLE_MAX_CHARS)
    if parameters.get("ttl_minutes") is not None:
        number(parameters["ttl_minutes"], "parameters['ttl_minutes']", 1, CALL_TTL_MAX_MINUTES)


def _name(action: Fields, expected: str, where: str = "interactive['action']") -> None:
    choice(need(action, "name", where), f"{where}['name']", (expected,))


def _limited(holder: Fields, key: str, where: str, most: int) -> str:
    """A text whose length Meta answers with 131009, not 100."""
    value = need(holder, key, where)
    if not isinstance(value, str):
        raise invalid(f"Param {where}['{key}'] must be a string.")
    if not 1 <= len(value) <= most:
        raise bad_value(f"{where}['{key}'] length invalid. Min length: 1, Max length: {most}")
    return value


KINDS: dict[str, Kind] = {
    "button": Kind(_button, headers=_MEDIA_HEADERS),
    "list": Kind(_list, headers=_TEXT_HEADER, body=limits.LIST_BODY_TEXT_MAX_CHARS),
    "cta_url": Kind(_cta_url, headers=_MEDIA_HEADERS),
    "location_request_message": Kind(_location_request, footer=False),
    "request_contact_info": Kind(_contact_request, headers=_MEDIA_HEADERS),
    "catalog_message": Kind(_catalog),
    "product": Kind(_product, body=None),
    "product_list": Kind(_product_list, headers=_TEXT_HEADER, header_needed=True),
    "flow": Kind(_flow, headers=_MEDIA_HEADERS),
    "address_message": Kind(_address, headers=_MEDIA_HEADERS),
    "carousel": Kind(_carousel, footer=False),
    "call_permission_request": Kind(_call_permission, body=None),
    "voice_call": Kind(_voice_call, headers=_MEDIA_HEADERS),
}
