"""What can go wrong with money.

PaymentRequired
└── InsufficientCredit   a send may open a conversation that the wallet cannot pay
Conflict
├── LedgerConflict       the same key stands for another movement
└── CatalogConflict      a published version cannot change
Forbidden
└── TestPaymentsOff      this installation takes no test payments
NotFound
└── NoWallet             the account has no wallet
"""

from __future__ import annotations

from hobnob.kernel.errors import Conflict, Forbidden, NotFound, PaymentRequired
from hobnob.kernel.money import decimal_text


class InsufficientCredit(PaymentRequired):
    """Too little credit for what may be charged."""

    def __init__(self, needed_micros: int, available_micros: int, currency: str) -> None:
        super().__init__(
            f"This message may open a conversation that costs {decimal_text(needed_micros)} {currency}, and"
            f" {decimal_text(available_micros)} {currency} is available. Add credit on the Billing page, then send it again.",
            needed_micros=needed_micros,
            available_micros=available_micros,
            currency=currency,
        )


class LedgerConflict(Conflict):
    code, title = "idempotency_conflict", "This key stands for another movement"


class CatalogConflict(Conflict):
    code, title = "catalog_conflict", "A published version cannot change"


class NoWallet(NotFound):
    code, title = "no_wallet", "This account has no wallet"


class TestPaymentsOff(Forbidden):
    code, title = "test_payments_off", "Test payments are switched off"
