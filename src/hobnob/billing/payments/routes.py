"""Payments, cards, automatic top-up and alerts over HTTP, and the door for the gateways' webhooks."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import structlog
from litestar import Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from hobnob.billing.types import Payment
from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import Forbidden, NotFound
from hobnob.kernel.ids import new_id
from hobnob.kernel.pages import Page, decode_cursor, page_limit, page_of
from hobnob.platform.database import Database
from hobnob.platform.http import problems
from hobnob.team.types import Session

from . import alerts, auto_top_up, blocks, cards, refunds, store, webhooks
from .cashier import Cashier
from .errors import BadSignature, GatewayRefused, GatewayUnavailable
from .types import (
    Alert,
    AlertSettings,
    AutoTopUpNow,
    AutoTopUpWish,
    BlockStatement,
    CardList,
    CardSetup,
    CardSetupDone,
    CardSetupWish,
    PaymentMethod,
    PaymentMethods,
    PaymentNow,
    Refund,
    RefundList,
    RefundWish,
)

log = structlog.get_logger()

SIGNATURE_HEADERS = {"stripe": "stripe-signature"}
WEBHOOK_MAX_BYTES = 1_000_000

After = Annotated[str | None, QueryParameter(name="after", description="`next` of the page before")]
Limit = Annotated[int | None, QueryParameter(name="limit", description="1 to 100; 30 if left out")]
Key = Annotated[UUID | None, HeaderParameter(name="Idempotency-Key")]


def require_owner(session: Session, what: str) -> None:
    """Money is the owner's. Raises Forbidden for everybody else; ``what`` completes "Only the owner ... can ..."."""
    if session.role != "owner":
        raise Forbidden(f"Only the owner of the account can {what}.")


@get("/billing/payment-methods", summary="Ways to pay", responses=problems(401))
async def list_methods(
    session: NamedDependency[Session],  # noqa: ARG001 - being signed in is all it takes
    cashier: NamedDependency[Cashier],
) -> PaymentMethods:
    """The gateways this installation has, each with the key that its script in the browser wants."""
    return PaymentMethods([PaymentMethod(one.name, one.publishable_key) for one in cashier.gateways.values()])


@get("/billing/payments", summary="Payments", responses=problems(401, 422))
async def list_payments(
    session: NamedDependency[Session], database: NamedDependency[Database], after: After = None, limit: Limit = None
) -> Page[Payment]:
    """Newest first: top-ups by people and automatic ones, also those that did not go through."""
    count = page_limit(limit)
    async with database.account(session.tenant) as tx:
        found = await store.views(tx, session.tenant, decode_cursor(after), count + 1)
    return page_of(found, count, lambda payment: (payment.created_at, payment.id))


@get("/billing/payments/{payment_id:uuid}", summary="One payment", responses=problems(401, 404))
async def get_payment(
    payment_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> Payment:
    """As it is stored. Its changes come over the socket as `payment` events."""
    async with database.account(session.tenant) as tx:
        found = await store.view(tx, session.tenant, payment_id)
    if found is None:
        raise NotFound("This payment does not exist.")
    return found


@post(
    "/billing/payments/{payment_id:uuid}/look",
    status_code=200,
    summary="Ask what became of a payment",
    responses=problems(401, 403, 404),
)
async def look_at_payment(
    payment_id: FromPath[UUID], session: NamedDependency[Session], cashier: NamedDependency[Cashier]
) -> PaymentNow:
    """For a page that comes back from the card's bank: asks the gateway now. `client_secret` is there while the browser
    has something left to do."""
    require_owner(session, "pay")
    async with cashier.open(session.tenant) as tx:
        row = await store.row(tx, session.tenant, payment_id)
    if row is None:
        raise NotFound("This payment does not exist.")
    return await cashier.look(session.tenant, row)


@post(
    "/billing/payments/{payment_id:uuid}/refunds",
    summary="Refund a payment",
    responses=problems(401, 403, 404, 409, 422),
)
async def refund_payment(
    payment_id: FromPath[UUID],
    data: JSONBody[RefundWish],
    session: NamedDependency[Session],
    cashier: NamedDependency[Cashier],
    key: Key = None,
) -> Refund:
    """What is left of the payment's credit, or a part of it, goes back to the card. It is taken from the balance at once."""
    require_owner(session, "ask for a refund")
    return await cashier.refund(session.tenant, payment_id, data.amount_micros, f"refund:{key or new_id()}")


@get("/billing/payments/{payment_id:uuid}/refunds", summary="Refunds of a payment", responses=problems(401, 404))
async def list_refunds(
    payment_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> RefundList:
    """Oldest first. Empty for a payment that has none."""
    async with database.account(session.tenant) as tx:
        if await store.view(tx, session.tenant, payment_id) is None:
            raise NotFound("This payment does not exist.")
        return RefundList(await refunds.listed(tx, session.tenant, payment_id))


@post("/billing/refund-unspent", summary="Refund all unspent credit", responses=problems(401, 403, 409))
async def refund_unspent(
    session: NamedDependency[Session], cashier: NamedDependency[Cashier], key: Key = None
) -> RefundList:
    """For an account that closes: everything that was paid and not spent goes back to the cards it came from.
    Promotional credit is not money and stays behind."""
    require_owner(session, "ask for a refund")
    return RefundList(await cashier.refund_unspent(session.tenant, f"refund-unspent:{key or new_id()}"))


@get("/billing/cards", summary="Saved cards", responses=problems(401))
async def list_cards(session: NamedDependency[Session], database: NamedDependency[Database]) -> CardList:
    """The default first. Numbers of cards are kept by the gateway and never come here."""
    async with database.account(session.tenant) as tx:
        return CardList(await cards.listed(tx, session.tenant))


@post("/billing/cards/setups", summary="Begin to save a card", responses=problems(401, 403, 409, 422, 503))
async def begin_card(
    data: JSONBody[CardSetupWish], session: NamedDependency[Session], cashier: NamedDependency[Cashier]
) -> CardSetup:
    """The browser gives the card to the gateway with `client_secret`, and then says so to `POST /api/billing/cards`."""
    require_owner(session, "save a card")
    gateway = cashier.gateway(data.method)
    setup = await gateway.start_setup(session.tenant, await cashier.customer(session.tenant, gateway))
    return CardSetup(setup.id, setup.client_secret, gateway.publishable_key)


@post("/billing/cards", summary="Save a card", responses=problems(401, 403, 404, 409, 422, 503))
async def save_card(
    data: JSONBody[CardSetupDone], session: NamedDependency[Session], cashier: NamedDependency[Cashier]
) -> CardList:
    """After the browser has finished a setup. Doing it again, or after the gateway's own message, changes nothing."""
    require_owner(session, "save a card")
    gateway, tenant = cashier.gateway(data.method), session.tenant
    seen = await gateway.setup(data.setup_id)
    if seen.tenant not in (None, tenant) or not seen.done or seen.card is None:
        raise NotFound("This card is not ready: finish the form of the payment provider first.")
    async with cashier.open(tenant) as tx:
        await cards.keep(tx, tenant, gateway.name, seen.card, await cashier.now(tx, tenant), again=True)
        return CardList(await cards.listed(tx, tenant))


@post(
    "/billing/cards/{card_id:uuid}/default",
    status_code=200,
    summary="Make a card the default",
    responses=problems(401, 403, 404),
)
async def default_card(
    card_id: FromPath[UUID], session: NamedDependency[Session], database: NamedDependency[Database]
) -> CardList:
    """The one offered first."""
    require_owner(session, "choose the card")
    async with database.account(session.tenant) as tx:
        return CardList(await cards.make_default(tx, session.tenant, card_id))


@delete("/billing/cards/{card_id:uuid}", summary="Remove a card", responses=problems(401, 403, 404))
async def remove_card(
    card_id: FromPath[UUID], session: NamedDependency[Session], cashier: NamedDependency[Cashier]
) -> None:
    """Here and at the gateway. The automatic top-up that uses it is switched off."""
    require_owner(session, "remove a card")
    async with cashier.open(session.tenant) as tx:
        method, gateway_card = await cards.remove(tx, session.tenant, card_id, await cashier.now(tx, session.tenant))
    if method in cashier.gateways:
        try:
            await cashier.gateway(method).forget_card(gateway_card)
        except (GatewayUnavailable, GatewayRefused) as error:
            # It is of no use to anybody there: only we could charge it, and we have forgotten it.
            log.warning("card_not_forgotten", method=method, error=error.detail)


@get("/billing/auto-top-up", summary="Automatic top-up", responses=problems(401))
async def get_auto_top_up(
    session: NamedDependency[Session], database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> AutoTopUpNow:
    """How it is set up, whether it waits after a decline, and what it has bought this month."""
    now = clock.now(session.clock_ahead_s)
    async with database.account(session.tenant) as tx:
        return AutoTopUpNow(await auto_top_up.view(tx, session.tenant, session.time_zone, now))


@put("/billing/auto-top-up", summary="Set up automatic top-up", responses=problems(401, 403, 404, 409, 422))
async def set_auto_top_up(
    data: JSONBody[AutoTopUpWish],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> AutoTopUpNow:
    """When the balance falls to the threshold, the card is charged. Holds are taken off the balance, top-ups on their way
    are added. After a decline it waits an hour, then a day, then it is off. Setting it again starts afresh."""
    require_owner(session, "set up automatic top-up")
    now = clock.now(session.clock_ahead_s)
    async with database.account(session.tenant) as tx:
        await cards.gateway_card(tx, session.tenant, data.card_id)
        return AutoTopUpNow(await auto_top_up.set_rule(tx, session.tenant, data, session.time_zone, now))


@get("/billing/alerts", summary="Alerts", responses=problems(401, 422))
async def list_alerts(
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    after: After = None,
    limit: Limit = None,
    unseen: Annotated[bool, QueryParameter(name="unseen", description="Only those nobody has read")] = False,
) -> Page[Alert]:
    """Newest first. Each is told once; new ones come over the socket as `alert` events."""
    count = page_limit(limit)
    async with database.account(session.tenant) as tx:
        found = await alerts.listed(tx, session.tenant, decode_cursor(after), count + 1, unseen=unseen)
    return page_of(found, count, lambda alert: (alert.at, alert.id))


@post("/billing/alerts/{alert_id:uuid}/seen", status_code=200, summary="Read an alert", responses=problems(401, 404))
async def see_alert(
    alert_id: FromPath[UUID],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Alert:
    """For everybody in the account: what one has read is not shown to the others as new."""
    async with database.account(session.tenant) as tx:
        return await alerts.seen(tx, session.tenant, alert_id, clock.now(session.clock_ahead_s))


@get("/billing/alerts/settings", summary="What is alerted", responses=problems(401))
async def get_alert_settings(session: NamedDependency[Session], database: NamedDependency[Database]) -> AlertSettings:
    """Balances and spends of a month at which people are told."""
    async with database.account(session.tenant) as tx:
        return await alerts.settings(tx, session.tenant)


@put("/billing/alerts/settings", summary="Set what is alerted", responses=problems(401, 403, 422))
async def set_alert_settings(
    data: JSONBody[AlertSettings],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> AlertSettings:
    """The highest balance is also the one below which the app shows the balance as low."""
    require_owner(session, "set what is alerted")
    async with database.account(session.tenant) as tx:
        return await alerts.change_settings(tx, session.tenant, data, clock.now(session.clock_ahead_s))


@get("/wallet/blocks/{block_id:uuid}/statement", summary="Statement of one credit", responses=problems(401, 404, 422))
async def block_statement(
    block_id: FromPath[UUID],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    after: After = None,
    limit: Limit = None,
) -> BlockStatement:
    """One top-up or grant, and everything that was taken from it and given back, newest first."""
    count = page_limit(limit)
    async with database.account(session.tenant) as tx:
        return await blocks.statement(tx, session.tenant, block_id, after, count)


@post(
    "/webhooks/{method:str}",
    status_code=200,
    include_in_schema=False,
    request_max_body_size=WEBHOOK_MAX_BYTES,
)
async def take_webhook(
    request: Request[Any, Any, Any], method: FromPath[str], cashier: NamedDependency[Cashier]
) -> Response[None]:
    """Signed by the gateway, or 401. 200 once it is applied; anything else has it sent again."""
    gateway = cashier.gateways.get(method)
    if gateway is None or method not in SIGNATURE_HEADERS:
        raise NotFound("This installation has no such payment method.")
    body = await request.body()
    try:
        notice = gateway.read(body, request.headers.get(SIGNATURE_HEADERS[method]))
    except BadSignature as error:
        log.warning("payment_webhook_refused", method=method, reason=str(error))
        return Response(None, status_code=401)
    if notice is not None:
        await webhooks.take(cashier, gateway, notice)
    return Response(None, status_code=200)


routers = [
    Router(
        "/api",
        route_handlers=[
            list_methods,
            list_payments,
            get_payment,
            look_at_payment,
            refund_payment,
            list_refunds,
            refund_unspent,
            list_cards,
            begin_card,
            save_card,
            default_card,
            remove_card,
            get_auto_top_up,
            set_auto_top_up,
            list_alerts,
            see_alert,
            get_alert_settings,
            set_alert_settings,
            block_statement,
        ],
        tags=["Billing"],
    ),
    Router("/", route_handlers=[take_webhook]),
]
