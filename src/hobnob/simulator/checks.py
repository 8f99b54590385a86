"""Reading a request's JSON as strictly as Meta: what is missing is 131008, of the wrong kind 100, out of range 131009."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .refusal import Refusal, bad_value, invalid, missing

Fields = dict[str, Any]


def fields(value: Any, where: str, allowed: Collection[str] | None = None) -> Fields:
    """``value`` as an object; with ``allowed``, no key beyond those."""
    if not isinstance(value, dict):
        raise invalid(f"Param {where} must be a JSON object.")
    if allowed is not None:
        for key in value:
            if key not in allowed:
                raise invalid(f'Unexpected key "{key}" on param "{where}".')
    return value


def need(holder: Fields, key: str, where: str) -> Any:
    """A member that must be there."""
    value = holder.get(key)
    if value is None or value == "":
        raise missing(f"{where}['{key}']" if where else key)
    return value


def need_fields(holder: Fields, key: str, where: str, allowed: Collection[str] | None = None) -> Fields:
    return fields(need(holder, key, where), f"{where}['{key}']" if where else key, allowed)


def need_list(holder: Fields, key: str, where: str, least: int, most: int) -> list[Any]:
    value = need(holder, key, where)
    name = f"{where}['{key}']" if where else key
    if not isinstance(value, list):
        raise invalid(f"Param {name} must be an array.")
    if not least <= len(value) <= most:
        raise bad_value(f"Invalid {name} count. Min allowed: {least}, max allowed: {most}.")
    return value


def text(holder: Fields, key: str, where: str, max_chars: int, *, required: bool = True) -> str | None:
    """A string within its length, None when it may be missing and is."""
    value = need(holder, key, where) if required else holder.get(key)
    if value is None:
        return None
    name = f"{where}['{key}']" if where else key
    if not isinstance(value, str):
        raise invalid(f"Param {name} must be a string.")
    if len(value) > max_chars:
        raise invalid(f"Param {name} must be at most {max_chars} characters long.")
    if required and not value.strip():
        raise missing(name)
    return value


def choice(value: Any, where: str, allowed: Collection[str]) -> str:
    if value not in allowed:
        raise invalid(f'Param {where} must be one of {{{", ".join(sorted(allowed))}}} - got "{value}".')
    return str(value)


def number(value: Any, where: str, least: float, most: float) -> float:
    try:
        got = float(value)
    except (TypeError, ValueError):
        raise invalid(f"Param {where} must be a number.") from None
    if not least <= got <= most:
        raise bad_value(f"Param {where} must be between {least:g} and {most:g}.")
    return got


def product(body: Fields) -> None:
    if need(body, "messaging_product", "") != "whatsapp":
        raise invalid("Param messaging_product must be one of {WHATSAPP}.")


def digits(value: Any, where: str) -> str:
    """A phone number as people write it, reduced to its digits."""
    kept = str(value).translate(_PUNCTUATION)
    if not kept.isdigit() or not 5 <= len(kept) <= 20:
        raise Refusal(100, f"Param {where} is not a valid phone number.")
    return kept


_PUNCTUATION = str.maketrans("", "", "+-() .")
