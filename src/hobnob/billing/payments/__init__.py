"""Money in and back out through a gateway: top-ups, saved cards, automatic top-up, refunds, chargebacks, and alerts.

Owns: payments and what the gateway said of them, refunds, disputes, saved cards, the automatic top-up's rule, alerts and
what people want to be told.
Does not own: the book (every posting goes through ``billing.ledger`` under the wallet's lock), what a charge costs, how
letters travel (``platform.mail``).
Invariants: a payment's row is there before the gateway hears of it, and the gateway's id before money may move; what the
gateway says is applied in one place, by keys that make it once, whoever heard it and however often: the answer to our
call, a webhook, or the sweep that asks; a refund is posted before it is asked for; a wallet has one automatic top-up in
flight. For showing and for letters it reads the owner's address from the agents, for operators the account from the
sign-ins.
"""
