"""Money as integer micros (1e-6) of a currency; no float comes near it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

MICROS_PER_UNIT = 1_000_000


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in micros of one currency. Arithmetic between two currencies raises ValueError."""

    micros: int
    currency: str

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.micros + other.micros, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.micros - other.micros, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.micros, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.micros < other.micros

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")

    def __str__(self) -> str:
        return f"{decimal_text(self.micros)} {self.currency}"


def decimal_text(micros: int, decimals_min: int = 2) -> str:
    """Micros as a decimal number with as many decimals as matter: 11_800 -> ``0.0118``, 5_000_000 -> ``5.00``."""
    sign = "-" if micros < 0 else ""
    units, rest = divmod(abs(micros), MICROS_PER_UNIT)
    decimals = f"{rest:06d}".rstrip("0").ljust(decimals_min, "0")
    return f"{sign}{units}.{decimals}" if decimals else f"{sign}{units}"


def micros_from_text(text: str) -> int:
    """Parse a decimal amount into micros; ValueError when it is no number or has more than six decimals."""
    try:
        exact = Decimal(text.strip()) * MICROS_PER_UNIT
    except InvalidOperation:
        raise ValueError(f"{text!r} is not an amount") from None
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise ValueError(f"{text!r} has more than six decimals")
    return int(exact)
