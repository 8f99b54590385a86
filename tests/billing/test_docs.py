"""The tables of docs/billing.md are run: what the page says is what the product does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hobnob.billing import actions, catalog
from hobnob.billing.rating import Occasion, price_conversation
from hobnob.conversations import actions as conversations
from hobnob.conversations.rules import Delivered, replay
from hobnob.conversations.types import Delivery
from hobnob.kernel.ids import new_id
from hobnob.kernel.money import Money, decimal_text, micros_from_text
from hobnob.platform.database import Database
from tests.billing.books import NOW, assert_proven, open_account

PAGE = (Path(__file__).parents[2] / "docs" / "billing.md").read_text()
FIRST_DAY = datetime(2026, 11, 23, tzinfo=UTC)


def rows(first_column: str, second_column: str) -> list[list[str]]:
    """The table whose header begins with these columns."""
    lines = PAGE.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first_column} | {second_column}"))
    table = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    assert table
    return table


def moments(cell: str) -> list[tuple[datetime, str]]:
    """``1 10:05 reply, 2 09:00 marketing`` as times and words."""
    if cell in ("nothing", "none"):
        return []
    found = []
    for item in cell.split(", "):
        day, clock, word = item.split(" ")
        hours, minutes = clock.split(":")
        found.append((FIRST_DAY + timedelta(days=int(day) - 1, hours=int(hours), minutes=int(minutes)), word))
    return found


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


def conversation_price(plan: str, quantity: int) -> int:
    at = FIRST_DAY
    occasion = Occasion(plan, "USD", "UTC", "service", "free_form", at, at, "+919876543210", None, quantity)
    return price_conversation(catalog.shipped_catalog(), occasion).amount_micros


@pytest.mark.parametrize(("story", "delivered", "expected"), rows("What happens", "Delivered"))
def test_stories(story: str, delivered: str, expected: str) -> None:
    events = [
        Delivered(
            UUID(int=n),
            at,
            "free_form" if word == "reply" else "reaction" if word == "reaction" else "template",
            word,
        )
        for n, (at, word) in enumerate(moments(delivered))
        if word != "ad"
    ]
    came = [at for at, word in moments(delivered) if word == "ad"]
    chain = replay(events, came)
    assert [(opening.opened_at, opening.category) for opening in chain.openings] == moments(expected), story


@pytest.mark.parametrize(("plan", "included", "each"), rows("Plan", "Conversations included"))
def test_plans(plan: str, included: str, each: str) -> None:
    version = catalog.shipped_catalog().plan_version(plan, FIRST_DAY.date())
    assert version is not None
    assert version.included_conversations == number(included)
    assert conversation_price(plan, number(included)) == micros_from_text(each)
    assert number(included) == 0 or conversation_price(plan, number(included) - 1) == 0


@pytest.mark.parametrize(("plan", "conversations_count", "cost"), rows("Plan", "Conversations in a month"))
def test_totals(plan: str, conversations_count: str, cost: str) -> None:
    # Between the card's steps the price does not move, so a month is a sum over its steps.
    version = catalog.shipped_catalog().card_version(plan.lower(), FIRST_DAY.date())
    assert version is not None
    steps = version.steps("conversation", "India", "service", "USD")
    ends = [*(step.from_quantity for step in steps[1:]), number(conversations_count)]
    total = sum(
        max(0, min(end, number(conversations_count)) - step.from_quantity) * step.amount_micros
        for step, end in zip(steps, ends, strict=True)
    )
    assert decimal_text(total) == cost
    for step in steps:
        assert conversation_price(plan, step.from_quantity) == step.amount_micros


def test_the_sentence() -> None:
    quoted = next(line for line in PAGE.splitlines() if line.startswith("> "))[2:]
    at = datetime(2026, 11, 23, 8, 32, tzinfo=UTC)
    day = timedelta(days=1)
    occasion = Occasion("starter", "USD", "Asia/Kolkata", "service", "free_form", at, at + day, "+919876543210", None)
    assert price_conversation(catalog.shipped_catalog(), occasion).rule == quoted


async def test_the_wallet(database: Database) -> None:
    tenant = await open_account(database)
    chat = new_id()
    messages = {name: new_id() for name in "ABC"}
    for step, available, held in rows("Step", "Available"):
        words = step.replace(",", "").split(" ")
        async with database.account(tenant) as tx:
            if "given" in words:
                await actions.grant(tx, tenant, Money(micros_from_text(words[-1]), "USD"), "gift", step, NOW)
            elif "top" in words:
                await actions.top_up(tx, tenant, Money(micros_from_text(words[-1]), "USD"), "test", step, NOW)
            elif "send" in words:
                price = await actions.price_of_conversation(tx, tenant, "service", "+919876543210", None, NOW)
                until = NOW + timedelta(days=30)
                await actions.place_hold(tx, tenant, messages[words[3]], price.amount_micros, until, NOW)
        async with database.lane(tenant.lane) as tx:
            if "fails" in words:
                await actions.void_holds(tx, tenant.lane, [messages[words[0]]], "failed", NOW)
            elif "delivered" in words:
                delivery = Delivery(
                    account_id=tenant.account_id,
                    chat_id=chat,
                    number_id=chat,
                    customer_id=chat,
                    customer_phone="+919876543210",
                    customer_user_id=None,
                    message_id=messages[words[0]],
                    delivered_at=NOW,
                    kind="free_form",
                )
                await conversations.apply_deliveries(tx, tenant.lane, [delivery], NOW)
        async with database.account(tenant) as tx:
            wallet = await actions.wallet(tx, tenant, NOW)
        assert (decimal_text(wallet.available_micros), decimal_text(wallet.held_micros)) == (available, held), step
    await assert_proven(database, tenant.lane)
