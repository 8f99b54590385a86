"""A business number's life as Meta runs it: added, proven by a code, registered with a PIN, deregistered."""

from __future__ import annotations

import random
from typing import Any

from hobnob.kernel.identity import country_of, format_phone
from hobnob.whatsapp import limits

from .call import Call
from .checks import digits, need, product, text
from .clock import iso
from .core import Simulator
from .handshake import shake_hands
from .refusal import Refusal, bad_value, invalid
from .world import SMS_PER_PHONE_MAX, Number, Phone, new_user_id

CODE_REQUESTS_PER_HOUR_MAX = 10
PIN_GUESSES_MAX = 5
NUMBERS_PER_ACCOUNT_MAX = 1_000
SUBCODE_CODE_REQUESTS = 2388091
SUBCODE_IN_APP = 2388103
SUBCODE_CODE_WRONG = 2388093
SUBCODE_CODE_EXPIRED = 2388092
SUBCODE_CODE_BLOCKED = 2388094
_72_H = 72 * 3600
DEFAULT_FIELDS = (
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "webhook_configuration",
    "id",
)
_REGIONS = ("AU", "ID", "IN", "JP", "SG", "KR", "DE", "CH", "GB", "BR", "BH", "ZA", "AE", "CA")


def listed(call: Call) -> dict[str, Any]:
    numbers = [call.sim.world.numbers[each] for each in call.node.number_ids]
    return call.page([call.fields(_all_fields(call, each), DEFAULT_FIELDS) for each in numbers])


def create(call: Call) -> dict[str, Any]:
    waba, sim = call.node, call.sim
    given = call.body.get("cc") or call.body.get("country_code")
    cc = digits(str(need({"cc": given}, "cc", "")) + "00000", "cc")[:-5]
    national = digits(need(call.body, "phone_number", ""), "phone_number")
    name = text(call.body, "verified_name", "", 75)
    phone = "+" + (national if national.startswith(cc) and len(national) > 11 else cc + national)
    if phone in sim.index.number_by_phone:
        raise Refusal(
            100,
            subcode=2388012,
            user_title="Phone number already in use",
            user_message="This phone number has already been added to a WhatsApp business account.",
        )
    if len(waba.number_ids) >= NUMBERS_PER_ACCOUNT_MAX:
        raise invalid("The account has reached its limit of phone numbers.")
    created = Number(sim.index.new_id(), waba.id, cc, phone, str(name))
    sim.index.add_number(created)
    sim.touch_state()
    return {"id": created.id}


def get(call: Call) -> dict[str, Any]:
    return call.fields(_all_fields(call, call.node), DEFAULT_FIELDS)


def _all_fields(call: Call, one: Number) -> dict[str, Any]:
    waba = call.sim.waba_of(one)
    subscription = waba.subscriptions.get(call.app.app_id)
    hooks = {
        "phone_number": one.override_callback_uri,
        "whatsapp_business_account": subscription.override_callback_uri if subscription else None,
        "application": call.app.callback_url or None,
    }
    return {
        "id": one.id,
        "display_phone_number": format_phone(one.phone),
        "verified_name": one.verified_name,
        "code_verification_status": one.code_status,
        "quality_rating": one.quality,
        "name_status": one.name_status,
        "new_name_status": "PENDING_REVIEW" if one.new_name else None,
        "platform_type": "CLOUD_API" if one.registered else "NOT_APPLICABLE",
        "throughput": {"level": one.throughput if one.registered else "NOT_APPLICABLE"},
        "status": "CONNECTED" if one.registered else "PENDING",
        "account_mode": "LIVE",
        "is_official_business_account": False,
        "is_pin_enabled": one.pin is not None,
        "is_on_biz_app": False,
        "last_onboarded_time": iso(one.onboarded_s) if one.onboarded_s else None,
        "webhook_configuration": {name: url for name, url in hooks.items() if url},
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "messaging_limit_tier": "TIER_2K",
        "username": one.username,
        "health_status": _health(one),
    }


def _health(one: Number) -> dict[str, Any]:
    can = "AVAILABLE" if one.registered else "BLOCKED"
    entity: dict[str, Any] = {"entity_type": "PHONE_NUMBER", "id": one.id, "can_send_message": can}
    if not one.registered:
        problem = {"error_code": 141000, "error_description": "The phone number is not registered."}
        entity["errors"] = [{**problem, "possible_solution": "Register the phone number."}]
    waba = {"entity_type": "WABA", "id": one.waba_id, "can_send_message": "AVAILABLE"}
    return {"can_send_message": can, "entities": [entity, waba]}


async def update(call: Call) -> dict[str, Any]:
    """``POST /{number}``: a PIN, a webhook of its own, or a new display name."""
    one: Number = call.node
    body = call.body
    if "webhook_configuration" in body:
        wanted = body["webhook_configuration"] or {}
        url = wanted.get("override_callback_uri") or None
        if url:
            await shake_hands(url, str(wanted.get("verify_token") or ""))
        one.override_callback_uri, one.verify_token = url, wanted.get("verify_token")
    if body.get("pin") is not None:
        one.pin = _pin(body["pin"])
        waba = call.sim.waba_of(one)
        value = {"display_phone_number": one.phone[1:], "event": "PIN_CHANGED", "requester": call.app.app_id}
        call.sim.tell_account(waba, "security", value, one)
    name = call.given("new_display_name")
    if name is not None:
        one.new_name = str(name)
        call.sim.clock.after(2.0, lambda: _approve_name(call.sim, one))
    return {"success": True}


def _approve_name(sim: Simulator, one: Number) -> None:
    if one.new_name is None:
        return
    one.verified_name, one.new_name = one.new_name, None
    value = {
        "display_phone_number": one.phone[1:],
        "decision": "APPROVED",
        "requested_verified_name": one.verified_name,
        "rejection_reason": None,
    }
    sim.tell_account(sim.waba_of(one), "phone_number_name_update", value, one)
    sim.touch_state()


def request_code(call: Call) -> dict[str, Any]:
    """A six-digit code, by text or by a call to the SIM of this number."""
    one, sim = call.node, call.sim
    method = call.given("code_method")
    if method not in ("SMS", "VOICE"):
        raise invalid('Param code_method must be one of {SMS, VOICE} - got "' + str(method) + '".')
    if not call.given("language"):
        raise Refusal(131008, "The parameter language is required.")
    if one.code_status == "VERIFIED" and one.registered:
        raise Refusal(136024, "This phone number is already verified and registered.")
    sim_phone = _sim_card(sim, one)
    _not_in_app(sim_phone)
    now_s = sim.clock.now_s()
    one.code_requests_s = [at for at in one.code_requests_s if now_s - at < 3600]
    if len(one.code_requests_s) >= CODE_REQUESTS_PER_HOUR_MAX:
        raise _code_refusal(
            SUBCODE_CODE_REQUESTS, "Too many codes were requested for this number: try again in an hour."
        )
    one.code_requests_s.append(now_s)
    one.code = f"{random.randrange(1_000_000):06d}"
    one.code_at_s, one.code_wrong = now_s, 0
    spaced = f"{one.code[:3]}-{one.code[3:]}"
    if method == "SMS":
        said = f"Your WhatsApp code: {spaced}. Don't share this code with others."
        sim_phone.sms = [*sim_phone.sms[1 - SMS_PER_PHONE_MAX :], {"at": iso(now_s), "from": "WhatsApp", "body": said}]
    else:
        said = f"Your WhatsApp code is {', '.join(one.code)}."
        sim_phone.calls = [*sim_phone.calls[1 - SMS_PER_PHONE_MAX :], {"at": iso(now_s), "body": said}]
    sim.touch_phone(sim_phone)
    return {"success": True}


def _sim_card(sim: Simulator, one: Number) -> Phone:
    """The handset with this SIM. One appears by itself, so that every code can be read somewhere."""
    found = sim.index.phone_at(one.phone)
    if found is None:
        user_id = new_user_id(country_of(one.phone))
        found = Phone(sim.index.new_id(), one.phone, user_id, one.verified_name, whatsapp_app=False, is_business=True)
        sim.index.index_phone(found)
        sim.touch_state()
    return found


def _not_in_app(phone: Phone) -> None:
    if phone.whatsapp_app:
        raise _code_refusal(
            SUBCODE_IN_APP,
            "This phone number is already in use with WhatsApp on a phone. Delete that WhatsApp account first, then try again.",
        )


def _code_refusal(subcode: int, said: str, code: int = 136024) -> Refusal:
    title = "Cannot send code" if code == 136024 else "Cannot verify code"
    return Refusal(code, said, subcode=subcode, user_title=title, user_message=said)


def verify_code(call: Call) -> dict[str, Any]:
    one, sim = call.node, call.sim
    code = str(need({"code": call.given("code")}, "code", "")).replace("-", "").replace(" ", "")
    if one.code is None:
        raise _code_refusal(SUBCODE_CODE_WRONG, "There is no code to verify: request one first.", 136025)
    if one.code_wrong >= limits.CODE_GUESSES_MAX:
        raise _code_refusal(SUBCODE_CODE_BLOCKED, "Too many wrong codes were entered: request a new code.", 136025)
    if sim.clock.now_s() - one.code_at_s > limits.CODE_LIFETIME_S:
        raise _code_refusal(SUBCODE_CODE_EXPIRED, "The code has expired: request a new code.", 136025)
    if code != one.code:
        one.code_wrong += 1
        raise _code_refusal(SUBCODE_CODE_WRONG, "The code is wrong.", 136025)
    one.code, one.code_status = None, "VERIFIED"
    sim.touch_state()
    return {"success": True}


def register(call: Call) -> dict[str, Any]:
    one, sim = call.node, call.sim
    product(call.body)
    pin = _pin(need(call.body, "pin", ""))
    region = call.body.get("data_localization_region")
    if region is not None and region not in _REGIONS:
        raise bad_value(f"Param data_localization_region must be one of {{{', '.join(_REGIONS)}}}.")
    _count_registration(sim, one)
    sim_phone = _sim_card(sim, one)
    _not_in_app(sim_phone)
    if one.code_status != "VERIFIED":
        raise Refusal(133006, "The phone number must be verified with a code before it can be registered.")
    if one.pin is not None and one.pin != pin:
        one.pin_wrong += 1
        if one.pin_wrong > PIN_GUESSES_MAX:
            raise Refusal(133008, "Too many wrong PINs were entered: try again later.")
        raise Refusal(133005, "The PIN does not match the one set for this number.")
    one.pin, one.pin_wrong = pin, 0
    if not one.registered:
        one.registered, one.onboarded_s = True, sim.clock.now_s()
        value = {
            "display_phone_number": one.phone[1:],
            "event": "ONBOARDING",
            "current_limit": "TIER_2K",
            "max_daily_conversations_per_business": "TIER_2K",
        }
        sim.tell_account(sim.waba_of(one), "phone_number_quality_update", value, one)
    sim_phone.is_business = True
    sim.touch_phone(sim_phone)
    sim.touch_state()
    return {"success": True}


def deregister(call: Call) -> dict[str, Any]:
    one, sim = call.node, call.sim
    _count_registration(sim, one)
    if not one.registered:
        raise Refusal(133010, "The account has not been registered.")
    one.registered = False
    sim.touch_state()
    return {"success": True}


def _count_registration(sim: Simulator, one: Number) -> None:
    now_s = sim.clock.now_s()
    one.registrations_s = [at for at in one.registrations_s if now_s - at < _72_H]
    if len(one.registrations_s) >= limits.REGISTRATIONS_PER_72_H:
        raise Refusal(133016, "Too many registrations and deregistrations of this number within 72 hours.")
    one.registrations_s.append(now_s)


def _pin(value: Any) -> str:
    pin = str(value)
    if len(pin) != limits.PIN_DIGITS or not pin.isdigit():
        raise invalid("Param pin must be 6 characters long.")
    return pin
