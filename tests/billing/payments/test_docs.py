"""The tables of docs/billing.md about topping up are run: what the page says is what the product does."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from hobnob.billing import ledger, postings, wallet
from hobnob.billing.book import PRIORITY_DEFAULT, Source, Wallet
from hobnob.billing.payments import entries
from hobnob.billing.payments.auto_top_up import Bought, Rule, decide
from hobnob.kernel.ids import new_id
from hobnob.kernel.money import decimal_text, micros_from_text
from hobnob.platform.database import Database
from tests.billing.books import NOW, open_account
from tests.billing.test_docs import rows

CENT = 10_000


def rule_of(words: str) -> Rule:
    """``up to 20.00`` or ``10.00, at most 30.00 a month``."""
    amount, _, cap = words.removeprefix("up to ").partition(", at most ")
    return Rule(
        id=UUID(int=1),
        state="on",
        state_reason=None,
        threshold_micros=micros_from_text("5.00"),
        mode="target" if words.startswith("up to") else "fixed",
        amount_micros=micros_from_text(amount),
        monthly_cap_micros=micros_from_text(cap.removesuffix(" a month")) if cap else None,
        card_id=UUID(int=2),
        failures=0,
        quiet_until=None,
        period=date(2026, 11, 1),
        n=0,
        version=1,
    )


@pytest.mark.parametrize(
    ("words", "available", "coming", "month", "buys"), rows("Automatic top-up", "Available | On its way")
)
def test_automatic_top_up(words: str, available: str, coming: str, month: str, buys: str) -> None:
    bought = Bought(micros_from_text(coming), is_flying=False, month_micros=micros_from_text(month), recent=())
    decision = decide(rule_of(words), micros_from_text(available), bought, CENT, NOW, NOW)
    assert decimal_text(decision.buy_micros) == buys


async def test_a_chargeback(database: Database) -> None:
    tenant = await open_account(database)
    taken = None
    for step, available, owed in rows("Step", "Available (USD) | Owed (USD)"):
        async with database.lane(tenant.lane) as tx:
            held: Wallet = await wallet.locked(tx, tenant, None, NOW)
            words = step.split(" ")
            amounts = [micros_from_text(word) for word in words if word[0].isdigit()]
            source = Source("charge", step, "test", new_id(), NOW)
            if words[1] == "top-up":
                block = wallet.new_block("paid", amounts[0], NOW, step, None, PRIORITY_DEFAULT)
                postings.add_credit(held, block, "cash.test", source._replace(kind="top_up"), NOW)
            elif words[0] == "Conversations":
                postings.charge(held, source, amounts[0], None, NOW)
            elif "takes" in words:
                (block,) = held.blocks.values()
                taken = entries.claw_back(held, source._replace(kind="dispute"), block, amounts[0], "cash.test", NOW)
            else:
                assert taken is not None
                await ledger.load_repaid(tx, tenant.lane, {tenant.account_id: held})
                await ledger.load_blocks(
                    tx, tenant.lane, {tenant.account_id: held}, [(tenant.account_id, move) for move in taken.movements]
                )
                contrary = source._replace(kind="dispute_won", reverses_id=taken.id)
                entries.restore(held, contrary, micros_from_text("10.00"), taken.movements, "cash.test", NOW)
            assert (decimal_text(held.available_micros), decimal_text(held.owed_micros)) == (available, owed), step
            await ledger.save(tx, tenant.lane, [held])
    async with database.lane(tenant.lane) as tx:
        assert not await tx.fetch("SELECT * FROM ledger_unbalanced WHERE lane = $1", tenant.lane)
