"""One Graph call as its handler sees it, and the pages lists are answered in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .checks import Fields
from .core import Simulator
from .refusal import invalid
from .world import App

PAGE_DEFAULT = 25
PAGE_MAX = 100


@dataclass(slots=True)
class Call:
    """Who calls what with which parameters. ``node`` is the object the path names, ``rest`` what follows its edge."""

    sim: Simulator
    app: App
    node: Any
    path: str
    rest: str | None
    query: Mapping[str, str]
    body: Fields
    base_url: str

    def given(self, key: str) -> Any:
        """A parameter from the body or, as Meta allows, from the query."""
        value = self.body.get(key)
        return value if value is not None else self.query.get(key)

    def fields(self, known: dict[str, Any], default: Sequence[str]) -> dict[str, Any]:
        """The fields asked for (``fields=a,b{c}``), out of those the object has; ``id`` always."""
        asked = self.query.get("fields")
        names = _top_level(asked) if asked else default
        shown = {name: known[name] for name in names if known.get(name) is not None}
        if "id" in known:
            shown["id"] = known["id"]
        return shown

    def page(self, items: Sequence[Any]) -> dict[str, Any]:
        """One page of a list with Meta's cursors."""
        try:
            limit = int(self.query.get("limit") or PAGE_DEFAULT)
            start = _offset(self.query.get("after"))
        except (ValueError, binascii.Error):
            raise invalid("Invalid cursors values.") from None
        limit = max(1, min(PAGE_MAX, limit))
        shown = list(items[start : start + limit])
        answer: dict[str, Any] = {"data": shown}
        if shown:
            end = start + len(shown)
            answer["paging"] = {"cursors": {"before": _cursor(start), "after": _cursor(end)}}
            if end < len(items):
                answer["paging"]["next"] = f"{self.base_url}{self.path}?limit={limit}&after={_cursor(end)}"
        return answer


def _cursor(at: int) -> str:
    return base64.urlsafe_b64encode(f"at:{at}".encode()).decode().rstrip("=")


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return int(raw.removeprefix(b"at:"))


def _top_level(fields: str) -> list[str]:
    """Field names outside braces and brackets: ``a,b{c,d},e.limit(3)`` is a, b, e."""
    names, depth, name = [], 0, ""
    for letter in fields + ",":
        if letter in "{(":
            depth += 1
        elif letter in "})":
            depth -= 1
        elif depth == 0 and letter == ",":
            names.append(name.split(".", maxsplit=1)[0].strip())
            name = ""
        elif depth == 0:
            name += letter
    return [name for name in names if name]
