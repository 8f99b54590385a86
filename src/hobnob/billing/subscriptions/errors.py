"""What can go wrong with a subscription.

PaymentRequired
├── InsufficientCredit
│   └── ChangeNotPaid       an upgrade applies only when it is paid
└── SubscriptionEnded       no conversation is opened without a plan
Conflict
├── ChangeRefused           not possible now; the sentence says what is
├── PriceMoved              the change costs something else than the preview said
└── EnterpriseNeeded        so many agents are possible on Enterprise only
NotFound
└── UnknownPlan
"""

from __future__ import annotations

from hobnob.billing.errors import InsufficientCredit
from hobnob.kernel.errors import Conflict, NotFound, PaymentRequired
from hobnob.kernel.money import decimal_text


class ChangeNotPaid(InsufficientCredit):
    """Too little credit for a change of plan. Nothing was changed."""

    code, title = "change_not_paid", "There is too little credit for this change"

    def __init__(self, needed_micros: int, available_micros: int, currency: str) -> None:
        super().__init__(needed_micros, available_micros, currency)
        missing = decimal_text(needed_micros - available_micros)
        self.detail = (
            f"This change costs {decimal_text(needed_micros)} {currency} now, and {decimal_text(available_micros)}"
            f" {currency} is available. Add {missing} {currency} on the Billing page, then try again. Nothing was changed."
        )
        self.args = (self.detail,)


class SubscriptionEnded(PaymentRequired):
    code, title = "subscription_ended", "The subscription has ended"

    def __init__(self) -> None:
        super().__init__(
            "The subscription has ended, so no new conversation can be opened. Customers can still write. The owner can start"
            " it again on the Plan page."
        )


class ChangeRefused(Conflict):
    code, title = "change_refused", "This change is not possible now"


class PriceMoved(Conflict):
    code, title = "price_moved", "The change now costs something else"


class EnterpriseNeeded(Conflict):
    code, title = "enterprise_needed", "So many agents need the Enterprise plan"

    def __init__(self, agents: int, agents_max: int, plan_name: str) -> None:
        super().__init__(
            f"{agents} agents are more than the {agents_max} that the {plan_name} plan can have: more than {agents_max} agents"
            " are possible on the Enterprise plan only. Ask whoever runs this installation for it, or remove an agent first.",
            agents=agents,
            agents_max=agents_max,
        )


class UnknownPlan(NotFound):
    code, title = "unknown_plan", "There is no such plan"
