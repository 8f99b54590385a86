"""Accounts, apps and portfolios: what they are called, which app hears of them, and tokens."""

from __future__ import annotations

from typing import Any

from . import pricing_analytics
from .call import Call
from .handshake import shake_hands
from .refusal import Refusal, invalid
from .world import Subscription, Waba

WABA_FIELDS = ("id", "name", "timezone_id", "message_template_namespace")


def get_waba(call: Call) -> dict[str, Any]:
    waba: Waba = call.node
    known = {
        "id": waba.id,
        "name": waba.name,
        "currency": waba.currency,
        "timezone_id": "0",
        "message_template_namespace": f"ns_{waba.id}",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "country": "US",
        "ownership_type": "CLIENT_OWNED",
        "owner_business_info": {"name": waba.name, "id": waba.business_id},
        "status": "ACTIVE",
        "is_enabled_for_insights": bool(waba.settings.get("is_enabled_for_insights")),
        "marketing_messages_lite_api_status": "ONBOARDED",
        "health_status": {
            "can_send_message": "AVAILABLE",
            "entities": [{"entity_type": "WABA", "id": waba.id, "can_send_message": "AVAILABLE"}],
        },
    }
    if (figures := pricing_analytics.field(call)) is not None:
        known["pricing_analytics"] = figures
    return call.fields(known, WABA_FIELDS)


def set_waba(call: Call) -> dict[str, Any]:
    call.node.settings.update({**call.query, **call.body})
    return {"success": True}


def get_subscriptions(call: Call) -> dict[str, Any]:
    shown = []
    for subscription in call.node.subscriptions.values():
        app = call.sim.world.apps.get(subscription.app_id)
        if app is None:
            continue
        link = f"https://www.facebook.com/games/?app_id={app.app_id}"
        item: dict[str, Any] = {"whatsapp_business_api_data": {"id": app.app_id, "link": link, "name": app.name}}
        if subscription.override_callback_uri:
            item["override_callback_uri"] = subscription.override_callback_uri
        shown.append(item)
    return {"data": shown}


async def subscribe(call: Call) -> dict[str, Any]:
    """The calling app hears of this account from now on, at its own address or at another it proves to own."""
    url = call.given("override_callback_uri") or None
    token = call.given("verify_token") or None
    if url:
        if not token:
            raise Refusal(100, "Param verify_token is required with override_callback_uri.")
        await shake_hands(str(url), str(token))
    call.node.subscriptions[call.app.app_id] = Subscription(call.app.app_id, url, token)
    call.sim.touch_state()
    return {"success": True}


def unsubscribe(call: Call) -> dict[str, Any]:
    call.node.subscriptions.pop(call.app.app_id, None)
    call.sim.touch_state()
    return {"success": True}


async def set_app_callback(call: Call) -> dict[str, Any]:
    """``POST /{app}/subscriptions``: where the app's webhooks go unless an account or number says otherwise."""
    url, token = call.given("callback_url"), call.given("verify_token")
    if call.given("object") != "whatsapp_business_account" or not url:
        raise invalid("Params object=whatsapp_business_account and callback_url are required.")
    await shake_hands(str(url), str(token or ""))
    call.node.callback_url, call.node.verify_token, call.node.handshake = str(url), str(token or ""), "ok"
    call.sim.touch_state()
    return {"success": True}


def get_app(call: Call) -> dict[str, Any]:
    return call.fields({"id": call.node.app_id, "name": call.node.name}, ("id", "name"))


def portfolio_accounts(call: Call) -> dict[str, Any]:
    """``GET /{portfolio}/owned_whatsapp_business_accounts`` and its sister for clients."""
    owned = [waba for waba in call.sim.world.wabas.values() if waba.business_id == call.node]
    return call.page(
        [{"id": waba.id, "name": waba.name, "currency": waba.currency, "timezone_id": "0"} for waba in owned]
    )


def smb_sync(call: Call) -> dict[str, Any]:
    del call
    raise Refusal(131009, "This number is not used in the WhatsApp Business app.")
