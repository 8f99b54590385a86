"""A Stripe-like server: localstripe, with what it lacks of what we use, and with faults on demand.

Added: idempotency keys, the parameters of today's API, cards asked for off session, saved cards, refund and dispute events,
and webhooks that are signed, repeated, reordered and held back. Steered at /_config/...; run as a program with a port.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import re
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from localstripe import resources, server
from localstripe.errors import UserError
from localstripe.resources import (
    Customer,
    Event,
    PaymentIntent,
    PaymentMethod,
    Refund,
    SetupIntent,
    StripeObject,
    store,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
store.dump_to_disk = lambda: None  # nothing of a test outlives it


class Control:
    """What the test has asked for, and what has happened."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.url = self.secret = ""
        self.holding = False
        self.held: list[Any] = []
        self.faults: list[dict[str, Any]] = []
        self.refund_state = "succeeded"
        self.answers: dict[str, tuple[bytes, int, bytes]] = {}
        self.working: set[str] = set()
        self.calls: list[str] = []


control = Control()


async def deliver(event: Any) -> int:
    """Sign an event now and hand it over; answers the status."""
    payload = json.dumps(event._export(), indent=2, sort_keys=True).encode()
    at = int(time.time())
    signature = hmac.new(control.secret.encode(), b"%d.%s" % (at, payload), hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": f"t={at},v1={signature}"}
    async with aiohttp.ClientSession() as session, session.post(control.url, data=payload, headers=headers) as answer:
        return answer.status


async def _deliver_patiently(event: Any) -> None:
    for wait_s in (0.05, 0.5, 1, 2, 4):
        try:
            if await deliver(event) < 300:
                return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(wait_s)


_tasks: set[asyncio.Task[None]] = set()


def schedule_webhook(event: Any) -> None:
    control.held.append(event)
    if control.url and not control.holding:
        task = asyncio.ensure_future(_deliver_patiently(event))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


resources.schedule_webhook = schedule_webhook


class Intent(PaymentIntent):  # type: ignore[misc]
    """With saved cards, other cards after a decline, and cards whose bank wants to ask a holder who is not there."""

    def __init__(self, setup_future_usage: str | None = None, **data: Any) -> None:
        super().__init__(**data)
        self.payment_method: str | None
        self.setup_future_usage = setup_future_usage
        self._problem: dict[str, Any] | None = None

    @classmethod
    def _api_create(cls, **data: Any) -> Intent:
        data.pop("allowed_payment_method_types", None)
        if "payment_method_types" in data:
            raise UserError(400, "Unknown", {"code": "payment_method_types_no_longer_supported"})
        if (card := data.get("payment_method")) and PaymentMethod._api_retrieve(card).customer != data.get("customer"):
            raise UserError(400, "The card belongs to nobody here.", {"code": "payment_method_unexpected_state"})
        return cls(**data)

    @property
    def last_payment_error(self) -> Any:
        return self._problem or PaymentIntent.last_payment_error.fget(self)

    @classmethod
    def _api_confirm(cls, id: str, payment_method: str | None = None, off_session: Any = None, **_: Any) -> Intent:
        intent: Intent = cls._api_retrieve(id)
        if intent.status == "requires_payment_method" and payment_method:
            intent.latest_charge = intent._problem = None
            intent.payment_method = payment_method
        if intent.status != "requires_confirmation":
            contents = {"code": "payment_intent_unexpected_state"}
            raise UserError(400, f"This PaymentIntent is {intent.status}.", contents)
        if off_session and PaymentMethod._api_retrieve(intent.payment_method)._requires_authentication():
            intent._fail("authentication_required", "The bank wants to ask the card's holder.")
        intent._confirm(on_failure_now=intent._report_failure)
        if intent.status == "requires_action":
            schedule_webhook(Event("payment_intent.requires_action", intent))
        return intent

    @classmethod
    def _api_authenticate(cls, id: str, client_secret: str = "", success: Any = False, **_: Any) -> Intent:
        intent: Intent = cls._api_retrieve(id)
        if resources.try_convert_to_bool(success):
            PaymentIntent._api_authenticate(id, client_secret=client_secret, success=True)
        elif intent.status == "requires_action":
            intent.next_action = None
            intent._fail("payment_intent_authentication_failure", "The holder did not prove to be the holder.")
        return intent

    @classmethod
    def _api_cancel(cls, id: str, **_: Any) -> Intent:
        was = cls._api_retrieve(id).status
        intent: Intent = PaymentIntent._api_cancel(id)
        if was != "canceled":
            schedule_webhook(Event("payment_intent.canceled", intent))
        return intent

    def _fail(self, code: str, message: str) -> None:
        self.payment_method = None
        self._problem = {"code": code, "message": message}
        schedule_webhook(Event("payment_intent.payment_failed", self))
        raise UserError(402, message, {"code": code})

    def _on_success(self) -> None:
        if self.setup_future_usage:
            PaymentMethod._api_attach(self.payment_method, customer=self.customer)
        super()._on_success()


class Setup(SetupIntent):  # type: ignore[misc]
    """Attaches the card to its customer, and says so."""

    @classmethod
    def _api_create(cls, **data: Any) -> Setup:
        data.pop("allowed_payment_method_types", None)
        return cls(**data)

    def _attach_pm(self, pm: Any) -> None:
        super()._attach_pm(pm)
        self._saved()

    @classmethod
    def _api_authenticate(cls, id: str, **_: Any) -> Setup:
        setup: Setup = cls._api_retrieve(id)
        setup.status, setup.next_action = "succeeded", None
        setup._saved()
        return setup

    def _saved(self) -> None:
        if self.status == "succeeded":
            PaymentMethod._api_attach(self.payment_method, customer=self.customer)
            schedule_webhook(Event("setup_intent.succeeded", self))


class GivenBack(Refund):  # type: ignore[misc]
    """Never more than was paid; may stay pending or fail later."""

    @classmethod
    def _api_create(cls, **data: Any) -> GivenBack:
        charge = Intent._api_retrieve(data["payment_intent"]).latest_charge
        if charge.amount_refunded + int(data["amount"]) > charge.amount:
            raise UserError(400, "More than was paid.", {"code": "charge_already_refunded"})
        refund = cls(**data)
        refund.status = control.refund_state
        schedule_webhook(Event("refund.created", refund))
        return refund


class Dispute(StripeObject):  # type: ignore[misc]
    """A chargeback."""

    object = "dispute"
    _id_prefix = "dp_"

    def __init__(self, payment_intent: str, amount: int, status: str) -> None:
        super().__init__()
        self.payment_intent = payment_intent
        self.charge = Intent._api_retrieve(payment_intent).latest_charge.id
        self.amount = amount
        self.currency = "usd"
        self.reason = "fraudulent"
        self.status = status


def chosen(type: str = ".*", times: int = 1, *, reverse: bool = False, shuffle: int | None = None) -> list[Any]:
    """Events that have happened, for handing over: in their order, backwards, or mixed and some of them again."""
    events = [event for event in control.held if re.fullmatch(type, event.type)]
    if shuffle is not None:
        chance = random.Random(shuffle)
        events += chance.choices(events, k=2 * len(events))
        chance.shuffle(events)
    return [event for event in (events[::-1] if reverse else events) for _ in range(times)]


async def config(request: web.Request) -> web.Response:
    """The test's hand on the server."""
    about = request.path.removeprefix("/_config/")
    data: dict[str, Any] = await request.json() if request.can_read_body else {}
    answer: Any = {}
    if about == "reset":
        store.clear()
        control.reset()
    elif about == "webhook":
        control.url, control.secret = data["url"], data["secret"]
    elif about == "hold":
        control.holding = data["hold"]
    elif about == "deliver":
        answer = [await deliver(event) for event in chosen(**data)]
    elif about == "events":
        answer = [event.type for event in control.held]
    elif about == "fault":
        control.faults.append(data)
    elif about == "calls":
        answer = control.calls
    elif about == "refund_state":
        control.refund_state = data["state"]
    elif about == "refund_ends":
        refund = store[f"refund:{data['id']}"]
        refund.status = data["state"]
        schedule_webhook(Event("refund.failed" if data["state"] == "failed" else "refund.updated", refund))
    elif about == "dispute":
        dispute = Dispute(data["payment_intent"], data["amount"], data.get("status", "needs_response"))
        schedule_webhook(Event("charge.dispute.created", dispute))
        answer = {"id": dispute.id}
    elif about == "dispute_ends":
        dispute = store[f"dispute:{data['id']}"]
        dispute.status = data["status"]
        schedule_webhook(Event("charge.dispute.closed", dispute))
    elif about == "charges":
        paid = [one for one in store.values() if isinstance(one, resources.Charge) and one.status == "succeeded"]
        answer = [one.amount for one in paid]
    return web.json_response(answer)


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("POST", r"/v1/payment_intents", Intent._api_create),
    ("POST", r"/v1/payment_intents/(?P<id>\w+)/confirm", Intent._api_confirm),
    ("POST", r"/v1/payment_intents/(?P<id>\w+)/_authenticate", Intent._api_authenticate),
    ("POST", r"/v1/payment_intents/(?P<id>\w+)/cancel", Intent._api_cancel),
    ("POST", r"/v1/setup_intents", Setup._api_create),
    ("POST", r"/v1/setup_intents/(?P<id>\w+)/_authenticate", Setup._api_authenticate),
    ("POST", r"/v1/refunds", GivenBack._api_create),
    ("POST", r"/v1/customers", Customer._api_create),
]


async def answer_of(request: web.Request, handler: Handler) -> web.StreamResponse:
    for method, pattern, call in ROUTES:
        if request.method == method and (found := re.fullmatch(pattern, request.path)):
            data = await server.get_post_data(request) or {}
            data.pop("expand", None)
            answer: web.StreamResponse = server.json_response(call(**found.groupdict(), **data)._export())
            return answer
    return await handler(request)


async def once(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The same key is the same answer, also when it was an error; another body under it is a mistake."""
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None:
        return await answer_of(request, handler)
    body = request.path.encode() + await request.read()
    if key in control.answers:
        known, status, text = control.answers[key]
        if known != body:
            contents = {"error": {"type": "idempotency_error", "message": "Another request had this key."}}
            return web.json_response(contents, status=400)
        return web.Response(body=text, status=status, content_type="application/json")
    if key in control.working:
        contents = {"error": {"type": "invalid_request_error", "code": "idempotency_key_in_use"}}
        return web.json_response(contents, status=409)
    control.working.add(key)
    try:
        answer = await answer_of(request, handler)
    except UserError as error:
        answer = error.to_response()
    finally:
        control.working.discard(key)
    assert isinstance(answer, web.Response)
    assert isinstance(answer.body, bytes)
    control.answers[key] = (body, answer.status, answer.body)
    return answer


@web.middleware
async def extended(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path.startswith("/_config/"):
        return await config(request)
    control.calls.append(f"{request.method} {request.path}")
    fault = next((one for one in control.faults if re.search(one["path"], request.path)), None)
    if fault is not None:
        fault["times"] -= 1
        if fault["times"] <= 0:
            control.faults.remove(fault)
    kind = fault["kind"] if fault else ""
    if kind == "down":
        return web.json_response({"error": {"type": "api_error", "message": "down"}}, status=500)
    answer = await once(request, handler)
    if kind == "slow":
        assert fault is not None
        await asyncio.sleep(fault["seconds"])
    if kind == "lose_answer" and request.transport is not None:
        request.transport.abort()
    return answer


if __name__ == "__main__":
    server.app.middlewares.append(extended)
    web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
