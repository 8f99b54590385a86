"""What can go wrong with payments.

Unavailable
└── GatewayUnavailable   the provider did not answer: what was asked for may or may not have happened
Conflict
├── GatewayRefused       the provider said no, for good
├── NothingToRefund      nothing paid is left to give back
└── AutoTopUpFrozen      a chargeback is open
"""

from __future__ import annotations

from hobnob.kernel.errors import Conflict, Unavailable


class GatewayUnavailable(Unavailable):
    code, title = "gateway_unavailable", "The payment provider does not answer"


class GatewayRefused(Conflict):
    """``reason_code`` is the provider's own."""

    code, title = "gateway_refused", "The payment provider refused this"

    def __init__(self, detail: str, reason_code: str = "") -> None:
        super().__init__(detail)
        self.reason_code = reason_code


class NothingToRefund(Conflict):
    code, title = "nothing_to_refund", "Nothing is left to refund"


class AutoTopUpFrozen(Conflict):
    code, title = "auto_top_up_frozen", "Automatic top-up is frozen"


class BadSignature(Exception):
    """A webhook that the gateway did not sign, or not lately."""
