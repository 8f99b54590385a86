"""Automatic top-up: the decision as a table, and the whole way with a worker and Stripe."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from hobnob.billing.payments import alerts
from hobnob.billing.payments.auto_top_up import AT_IT, Bought, Decision, Rule, decide
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.books import USD
from tests.billing.payments.stripe_server import ASKS_THE_HOLDER, DECLINES, VISA, Stripe
from tests.billing.payments.till import Till, open_till
from tests.billing.test_routes import PRICE, deliver
from tests.inbox.send.shop import until

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MONTH_END = datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
CENT = 10_000
NOTHING = Bought(0, is_flying=False, month_micros=0, recent=())


def rule(**changes: Any) -> Rule:
    plain = Rule(
        id=UUID(int=1),
        state="on",
        state_reason=None,
        threshold_micros=5 * USD,
        mode="target",
        amount_micros=20 * USD,
        monthly_cap_micros=None,
        card_id=UUID(int=2),
        failures=0,
        quiet_until=None,
        period=date(2026, 11, 1),
        n=0,
        version=1,
    )
    return plain._replace(**changes)


@pytest.mark.parametrize(
    ("story", "given", "available", "bought", "expected"),
    [
        ("above the threshold", rule(), 5 * USD + 1, NOTHING, Decision()),
        ("at the threshold, up to the target", rule(), 5 * USD, NOTHING, Decision(15 * USD)),
        ("up to the target, in whole cents", rule(), 4_999_999, NOTHING, Decision(15 * USD + CENT)),
        ("a debt is made up for", rule(), -USD, NOTHING, Decision(21 * USD)),
        ("a fixed amount", rule(mode="fixed"), USD, NOTHING, Decision(20 * USD)),
        ("off", rule(state="off"), 0, NOTHING, Decision()),
        ("frozen", rule(state="frozen"), 0, NOTHING, Decision()),
        ("one is on its way", rule(), 0, NOTHING._replace(is_flying=True), Decision()),
        ("somebody tops up", rule(), USD, NOTHING._replace(flying_micros=4 * USD + 1), Decision(again_at=NOW + AT_IT)),
        ("somebody tops up too little", rule(), USD, NOTHING._replace(flying_micros=USD), Decision(18 * USD)),
        ("quiet after a decline", rule(quiet_until=NOW + HOUR), 0, NOTHING, Decision(again_at=NOW + HOUR)),
        ("quiet no longer", rule(quiet_until=NOW), 0, NOTHING, Decision(20 * USD)),
        (
            "what the month's limit leaves",
            rule(monthly_cap_micros=30 * USD),
            0,
            NOTHING._replace(month_micros=25 * USD),
            Decision(5 * USD),
        ),
        (
            "the month's limit is reached",
            rule(monthly_cap_micros=30 * USD),
            0,
            NOTHING._replace(month_micros=30 * USD),
            Decision(0, "capped", MONTH_END),
        ),
        (
            "three within ten minutes",
            rule(),
            0,
            NOTHING._replace(recent=(NOW - timedelta(minutes=9),) * 3),
            Decision(0, "burst", NOW + HOUR),
        ),
        (
            "three within longer",
            rule(),
            0,
            NOTHING._replace(recent=(NOW - timedelta(minutes=10),) * 3),
            Decision(20 * USD),
        ),
    ],
)
def test_decisions(story: str, given: Rule, available: int, bought: Bought, expected: Decision) -> None:
    assert decide(given, available, bought, CENT, NOW, MONTH_END) == expected, story


@pytest.fixture
async def till(settings: Settings, database: Database, stripe: Stripe) -> object:
    async with open_till(settings, database, stripe, worker=True) as till:
        yield till


async def set_up(till: Till, number: str = VISA, **changes: Any) -> Any:
    card = await till.save_card(number)
    body = {"enabled": True, "threshold_micros": USD, "mode": "target", "amount_micros": 5 * USD, "card_id": card}
    answer = await till.desk.request("PUT", "/api/billing/auto-top-up", json=body | changes)
    assert answer.status == 200, answer.json
    return answer.json["auto_top_up"]


async def state_of(till: Till) -> Any:
    return (await till.get("/api/billing/auto-top-up"))["auto_top_up"]


async def reaches(till: Till, micros: int) -> None:
    async def reached() -> bool:
        return await till.available() == micros

    await until(reached, 20)


async def ahead(till: Till, seconds: int) -> None:
    answer = await till.desk.post("/api/sandbox/advance-clock", {"seconds": seconds})
    assert answer.status == 200, answer.json


async def test_a_falling_balance_is_topped_up_again_and_again(till: Till, stripe: Stripe) -> None:
    assert await state_of(till) is None
    await set_up(till)
    await reaches(till, 5 * USD)  # an empty wallet is below the threshold
    now = datetime.now(UTC)
    await deliver(till.database, till.tenant, *[now] * 266)  # 3.99 of 5.00: 1.01 is left
    assert await till.available() == 5 * USD - 266 * PRICE
    await deliver(till.database, till.tenant, now)  # 0.995
    await reaches(till, 5_005_000)  # 4.005 was missing: cards are charged in whole cents
    payments = await till.payments()
    assert [(one["state"], one["auto"], one["amount_micros"]) for one in payments] == [
        ("succeeded", True, 4_010_000),
        ("succeeded", True, 5 * USD),
    ]
    keys = await till.one(
        "SELECT array_agg(idempotency_key ORDER BY created_at) FROM payments WHERE lane = $1 AND account_id = $2"
    )
    rule_id = await till.one("SELECT id FROM auto_top_ups WHERE lane = $1 AND account_id = $2")
    month = (await till.one("SELECT period FROM auto_top_ups WHERE lane = $1 AND account_id = $2")).strftime("%Y-%m")
    assert keys == [f"autotopup:{rule_id}:{month}:{n}" for n in (1, 2)]
    assert (await state_of(till))["bought_this_month_micros"] == 9_010_000
    await stripe.deliver(times=2, reverse=True)
    assert await stripe.charged() == [500, 401]
    await till.proven()


@pytest.mark.parametrize(
    ("number", "code"), [(DECLINES, "card_declined"), (ASKS_THE_HOLDER, "authentication_required")]
)
async def test_after_declines_it_waits_and_then_is_off(till: Till, stripe: Stripe, number: str, code: str) -> None:
    await till.one("UPDATE accounts SET sandbox = true WHERE lane = $1 AND account_id = $2")
    await set_up(till, number)

    async def failures(count: int) -> Any:
        async def reached() -> Any:
            rule = await state_of(till)
            return rule if rule["failures"] == count else None

        return await until(reached, 20)

    first = await failures(1)
    assert (first["state"], first["quiet_until"] is not None) == ("on", True)
    await ahead(till, 3_500)
    assert len(await till.payments()) == 1, "it waits an hour"
    await ahead(till, 200)
    await failures(2)
    await ahead(till, 3_700)
    assert len(await till.payments()) == 2, "it waits a day"
    await ahead(till, 24 * 3_600)
    third = await failures(3)
    assert third["state"] == "off"
    payments = await till.payments()
    assert [(one["state"], one["failure_code"]) for one in payments] == [("failed", code)] * 3
    assert await stripe.charged() == []
    told = {one["kind"] for one in (await till.get("/api/billing/alerts"))["items"]}
    assert {"auto_top_up_declined", "auto_top_up_off"} <= told
    again = await set_up(till)
    assert (again["state"], again["failures"]) == ("on", 0)
    await reaches(till, 5 * USD)
    await till.proven()


async def test_the_months_limit_holds(till: Till, stripe: Stripe) -> None:
    await set_up(till, monthly_cap_micros=6 * USD)
    await reaches(till, 5 * USD)
    now = datetime.now(UTC)
    await deliver(till.database, till.tenant, *[now] * 300)  # 4.50
    await reaches(till, 5 * USD - 300 * PRICE + USD)
    await deliver(till.database, till.tenant, *[now] * 60)

    async def told() -> bool:
        alerts = (await till.get("/api/billing/alerts"))["items"]
        return [one["kind"] for one in alerts].count("auto_top_up_capped") == 1

    await until(told, 20)
    assert await stripe.charged() == [500, 100]
    await till.proven()


async def test_an_answer_lost_on_the_way_is_no_second_payment(till: Till, stripe: Stripe) -> None:
    await stripe.hold_webhooks()
    await stripe.fault("/payment_intents/.*/confirm", "lose_answer", times=3)
    await set_up(till)
    await reaches(till, 5 * USD)
    assert await stripe.charged() == [500]
    await till.proven()


async def test_a_person_who_gives_up_does_not_keep_it_waiting(
    settings: Settings, database: Database, stripe: Stripe
) -> None:
    async with open_till(settings, database, stripe) as till:
        await till.top_up(20 * USD)  # a card was to be brought, and never was
        await set_up(till)
        now = datetime.now(UTC)
        for passed, automatic in ((timedelta(0), 0), (AT_IT / 2, 0), (AT_IT, 1)):
            async with database.lane(till.tenant.lane) as tx:
                await alerts.evaluate(tx, till.tenant.lane, now + passed)
            assert sum(one["auto"] for one in await till.payments()) == automatic


async def test_one_at_a_time_whoever_asks(settings: Settings, database: Database, stripe: Stripe) -> None:
    """The rule is looked at and changed by many at once: one payment, and nobody waits for ever."""
    async with open_till(settings, database, stripe) as till:
        card = await till.save_card()
        lane = till.tenant.lane
        body = {"enabled": True, "threshold_micros": USD, "mode": "fixed", "amount_micros": 5 * USD, "card_id": card}
        wanted = {"low_balance_micros": [USD], "month_spend_micros": [], "email": True}

        async def look() -> None:
            async with database.lane(lane) as tx:
                await tx.execute("UPDATE wallets SET watch_due = true WHERE lane = $1", lane)
                await alerts.evaluate(tx, lane, datetime.now(UTC))

        async def change() -> None:
            for path, json in (("auto-top-up", body), ("alerts/settings", wanted)):
                assert (await till.desk.request("PUT", f"/api/billing/{path}", json=json)).status == 200

        async with asyncio.timeout(30):
            await asyncio.gather(*(work() for _ in range(10) for work in (look, change)))
        await look()
        assert [one["auto"] for one in await till.payments()] == [True]
        second = "INSERT INTO payments SELECT (jsonb_populate_record(p, $3)).* FROM payments p WHERE lane = $1 AND account_id = $2"
        with pytest.raises(asyncpg.UniqueViolationError, match="payments_one_automatic"):
            await till.one(second, {"id": str(UUID(int=9)), "idempotency_key": "another"})


async def test_removing_its_card_switches_it_off(till: Till, stripe: Stripe) -> None:
    rule = await set_up(till)
    await reaches(till, 5 * USD)
    await till.save_card()
    removed = await till.desk.delete(f"/api/billing/cards/{rule['card_id']}")
    assert removed.status == 204
    assert ((await state_of(till))["state"], (await state_of(till))["state_reason"]) == ("off", "Its card was removed.")
    (left,) = (await till.get("/api/billing/cards"))["items"]
    assert left["is_default"] is True
    assert left["id"] != rule["card_id"]
    assert any(call.endswith("/detach") for call in await stripe.config("calls"))
