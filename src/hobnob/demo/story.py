"""The words a story is written in: a chat is a customer and lines, each so long ago."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

Tick = Literal["sent", "delivered", "read", "failed"]
_PART = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True, slots=True)
class Agent:
    """``mail`` is the part before the shop's domain."""

    mail: str
    name: str
    role: Literal["owner", "admin", "agent", "limited_agent"]


@dataclass(frozen=True, slots=True)
class Customer:
    """``username`` set: the customer hides the phone, and WhatsApp shows a business-scoped id instead."""

    phone: str
    name: str
    username: str | None = None
    on_whatsapp: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One message. ``by`` is an agent's mail, or None for the customer. ``label`` is how later lines refer to it."""

    ago: timedelta
    by: str | None
    kind: str
    data: dict[str, Any]
    tick: Tick = "read"
    label: str = ""
    quotes: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """``unread``: nobody has looked at what the customer wrote after the last answer. ``assigned`` is an agent's mail."""

    customer: Customer
    lines: list[Line]
    assigned: str | None = None
    closed: bool = False
    unread: bool = False
    referral: dict[str, str] = field(default_factory=dict)


def ago(text: str) -> timedelta:
    """``2d 3h 5m`` before now."""
    return timedelta(**{_UNITS[unit]: int(count) for count, unit in _PART.findall(text)})


def them(when: str, body: str, *, label: str = "", quotes: str = "") -> Line:
    """The customer writes."""
    return Line(ago(when), None, "text", {"body": body}, label=label, quotes=quotes)


def us(when: str, by: str, body: str, *, tick: Tick = "read", label: str = "", quotes: str = "") -> Line:
    """An agent answers."""
    return Line(ago(when), by, "text", {"body": body}, tick, label, quotes)


def template(when: str, by: str, name: str, *values: str, tick: Tick = "read", label: str = "") -> Line:
    """An agent sends an approved template."""
    return Line(ago(when), by, "template", {"name": name, "values": list(values)}, tick, label)


def picture_in(when: str, picture: str, caption: str = "", *, label: str = "") -> Line:
    return Line(ago(when), None, "picture", {"picture": picture, "caption": caption}, label=label)


def picture_out(when: str, by: str, picture: str, caption: str = "", *, tick: Tick = "read", label: str = "") -> Line:
    return Line(ago(when), by, "picture", {"picture": picture, "caption": caption}, tick, label)


def reaction_in(when: str, to: str, emoji: str) -> Line:
    return Line(ago(when), None, "reaction", {"to": to, "emoji": emoji})


def reaction_out(when: str, by: str, to: str, emoji: str) -> Line:
    return Line(ago(when), by, "reaction", {"to": to, "emoji": emoji}, tick="sent")


def buttons(when: str, by: str, body: str, *choices: str, label: str = "", tick: Tick = "read") -> Line:
    """An agent offers up to three reply buttons."""
    return Line(ago(when), by, "buttons", {"body": body, "choices": list(choices)}, tick, label)


def pressed(when: str, to: str, choice: str) -> Line:
    """The customer presses one of them."""
    return Line(ago(when), None, "pressed", {"to": to, "choice": choice})


def place(when: str, name: str, address: str, latitude: float, longitude: float) -> Line:
    """The customer shares a place."""
    data = {"name": name, "address": address, "latitude": latitude, "longitude": longitude}
    return Line(ago(when), None, "location", data)
