"""What a registered number shows and keeps: profile, settings, commerce, prompts, username, key, QR codes, blocked users."""

from __future__ import annotations

import random
import re
import string
from typing import Any

from hobnob.kernel.identity import is_user_id

from .call import Call
from .checks import choice, digits, fields, need, product, text
from .refusal import Refusal, bad_value, invalid
from .world import Number, Phone

VERTICALS = frozenset(
    [
        "OTHER",
        "AUTO",
        "BEAUTY",
        "APPAREL",
        "EDU",
        "ENTERTAIN",
        "EVENT_PLAN",
        "FINANCE",
        "GROCERY",
        "GOVT",
        "HOTEL",
        "HEALTH",
        "NONPROFIT",
        "PROF_SERVICES",
        "RETAIL",
        "TRAVEL",
        "RESTAURANT",
        "ALCOHOL",
        "ONLINE_GAMBLING",
        "PHYSICAL_GAMBLING",
        "OTC_DRUGS",
        "UNDEFINED",
        "NOT_A_BIZ",
    ]
)
_PROFILE_MAX_CHARS = {"about": 139, "address": 256, "description": 512, "email": 128}
QR_CODES_MAX = 2_000
BLOCKED_MAX = 64_000
BLOCK_WITHIN_S = 24 * 3600
_USERNAME = re.compile(r"^(?!www)(?!.*\.\.)(?=.*[a-z])[a-z0-9_][a-z0-9._]{1,33}[a-z0-9_]$")
_DOMAIN = re.compile(r"\.(com|org|net|in|html|io|co)$")


def get_profile(call: Call) -> dict[str, Any]:
    profile = call.node.profile
    shown = {key: value for key, value in profile.items() if key != "profile_picture_handle"}
    if profile.get("profile_picture_handle"):
        shown["profile_picture_url"] = f"{call.base_url}/media/profile/{call.node.id}"
    asked = call.query.get("fields")
    if asked:
        names = set(asked.split(","))
        shown = {key: value for key, value in shown.items() if key in names}
    return {"data": [{**shown, "messaging_product": "whatsapp"}]}


def set_profile(call: Call) -> dict[str, Any]:
    product(call.body)
    body = {key: value for key, value in call.body.items() if key != "messaging_product"}
    fields(body, "profile", (*_PROFILE_MAX_CHARS, "websites", "vertical", "profile_picture_handle"))
    for key, most in _PROFILE_MAX_CHARS.items():
        text(body, key, "", most, required=False)
    if body.get("about") == "":
        raise bad_value("Param about has 1 to 139 characters.")
    if body.get("vertical"):
        choice(body["vertical"], "vertical", VERTICALS)
    sites = body.get("websites") or []
    if not isinstance(sites, list) or len(sites) > 2 or any(len(str(site)) > 256 for site in sites):
        raise bad_value("Param websites has at most 2 addresses of at most 256 characters.")
    call.node.profile.update(body)
    return {"success": True}


def get_settings(call: Call) -> dict[str, Any]:
    stored = {"status": "DEFAULT"}
    return {
        "calling": {"status": "DISABLED"},
        "storage_configuration": stored,
        **call.node.settings,
        "id": call.node.id,
    }


def set_settings(call: Call) -> dict[str, Any]:
    fields(call.body, "settings", ("calling", "payload_encryption", "user_identity_change", "storage_configuration"))
    call.node.settings.update(call.body)
    return {"success": True}


def get_commerce(call: Call) -> dict[str, Any]:
    return {"data": [{"is_cart_enabled": True, "is_catalog_visible": False, **call.node.commerce, "id": call.node.id}]}


def set_commerce(call: Call) -> dict[str, Any]:
    for key in ("is_cart_enabled", "is_catalog_visible"):
        value = call.given(key)
        if value is not None:
            call.node.commerce[key] = value in (True, "true", "True", "1", 1)
    return {"success": True}


def set_automation(call: Call) -> dict[str, Any]:
    prompts = call.body.get("prompts") or []
    if len(prompts) > 4 or any(len(str(prompt)) > 80 for prompt in prompts):
        raise bad_value("Param prompts has at most 4 prompts of at most 80 characters.")
    call.node.automation.update(call.body)
    return {"success": True}


def get_automation(call: Call) -> dict[str, Any]:
    return {"conversational_automation": {**call.node.automation, "id": call.node.id}, "id": call.node.id}


def get_encryption(call: Call) -> dict[str, Any]:
    key = call.node.encryption_key
    if key is None:
        return {"data": []}
    return {"data": [{"business_public_key": key, "business_public_key_signature_status": "VALID"}]}


def set_encryption(call: Call) -> dict[str, Any]:
    key = str(call.given("business_public_key") or "")
    if "BEGIN PUBLIC KEY" not in key:
        raise invalid("Param business_public_key must be a public key in PEM form.")
    call.node.encryption_key = key
    return {"success": True}


def get_username(call: Call) -> dict[str, Any]:
    one: Number = call.node
    return {"username": one.username, "status": "approved"} if one.username else {}


def set_username(call: Call) -> dict[str, Any]:
    wanted = str(need({"username": call.given("username")}, "username", ""))
    if not _USERNAME.match(wanted) or _DOMAIN.search(wanted):
        raise Refusal(147001, "The username has 3 to 35 of a-z, 0-9, dot and underscore, with at least one letter.")
    if any(each.username == wanted and each is not call.node for each in call.sim.world.numbers.values()):
        raise Refusal(147002, "The username is taken.")
    call.node.username = wanted
    value = {"display_phone_number": call.node.phone[1:], "username": wanted, "status": "approved"}
    call.sim.tell_account(call.sim.waba_of(call.node), "business_username_update", value, call.node)
    return {"status": "approved"}


def delete_username(call: Call) -> dict[str, Any]:
    call.node.username = None
    return {"success": True}


def suggest_usernames(call: Call) -> dict[str, Any]:
    base = re.sub(r"[^a-z0-9]", "", call.node.verified_name.lower()) or "shop"
    return {"data": [{"username_suggestions": [base, f"{base}_official", f"hello.{base}"]}]}


def list_qr_codes(call: Call) -> dict[str, Any]:
    codes = call.node.qr_codes
    if call.rest:
        return {"data": [_qr_code(codes, call.rest)]}
    return call.page(list(codes.values()))


def save_qr_code(call: Call) -> dict[str, Any]:
    one: Number = call.node
    said = str(need({"m": call.given("prefilled_message")}, "m", ""))
    if len(said) > 140:
        raise bad_value("Param prefilled_message has at most 140 characters.")
    code = call.given("code")
    if code:
        kept = _qr_code(one.qr_codes, str(code))
        kept["prefilled_message"] = said
        return kept
    if len(one.qr_codes) >= QR_CODES_MAX:
        raise invalid("The number has reached its limit of QR codes.")
    code = "".join(random.choices(string.ascii_uppercase + string.digits, k=14))
    kept = {"code": code, "prefilled_message": said, "deep_link_url": f"https://wa.me/message/{code}"}
    if call.given("generate_qr_image"):
        kept["qr_image_url"] = f"{call.base_url}/media/qr/{code}"
    one.qr_codes[code] = kept
    return kept


def delete_qr_code(call: Call) -> dict[str, Any]:
    code = call.rest or str(call.given("code") or "")
    _qr_code(call.node.qr_codes, code)
    del call.node.qr_codes[code]
    return {"success": True}


def _qr_code(codes: dict[str, dict[str, Any]], code: str) -> dict[str, Any]:
    if code not in codes:
        raise invalid("The QR code does not exist.")
    return codes[code]


def blocked(call: Call) -> dict[str, Any]:
    world = call.sim.world
    phones = [world.phones[key] for key in call.node.blocked if key in world.phones]
    shown = [
        {"messaging_product": "whatsapp", "input": phone.phone[1:], "wa_id": phone.phone[1:], "user_id": phone.user_id}
        for phone in phones
    ]
    return call.page(shown)


def block(call: Call) -> dict[str, Any]:
    return _change_blocks(call, add=True)


def unblock(call: Call) -> dict[str, Any]:
    return _change_blocks(call, add=False)


def _change_blocks(call: Call, *, add: bool) -> dict[str, Any]:
    """Any failure makes the whole answer a 400, with both lists in it."""
    product(call.body)
    one: Number = call.node
    done, failed = [], []
    for item in need(call.body, "block_users", ""):
        named = str(item.get("user") or item.get("user_id") or "")
        phone = _phone_named(call, named)
        error = _block_problem(call, one, phone) if add else None
        if phone is None or error is not None:
            problem = {
                "code": 139103,
                "message": error or "Unknown user",
                "error_data": {"details": error or "Unknown user"},
            }
            failed.append({"input": named, "errors": [problem]})
            continue
        if add:
            one.blocked[phone.key] = call.sim.clock.now_s()
        else:
            one.blocked.pop(phone.key, None)
        done.append({"input": named, "wa_id": phone.phone[1:], "user_id": phone.user_id})
    answer: dict[str, Any] = {"added_users" if add else "removed_users": done}
    body = {"messaging_product": "whatsapp", "block_users": answer}
    if failed:
        answer["failed_users"] = failed
        raise BlockRefusal(body)
    return body


class BlockRefusal(Refusal):
    """139100, with the lists beside the error."""

    def __init__(self, lists: dict[str, Any]) -> None:
        super().__init__(139100, "Some users could not be blocked or unblocked.")
        self.lists = lists

    def body(self) -> dict[str, Any]:
        return {**self.lists, **super().body()}


def _phone_named(call: Call, named: str) -> Phone | None:
    if is_user_id(named):
        return call.sim.index.phone_by_user_id.get(named)
    return call.sim.index.phone_by_wa_id.get(digits(named, "user"))


def _block_problem(call: Call, one: Number, phone: Phone | None) -> str | None:
    if phone is None:
        return "The user is not on WhatsApp."
    if len(one.blocked) >= BLOCKED_MAX:
        return "The list of blocked users is full."
    chat = call.sim.index.chats.get((phone.key, one.id))
    if chat is None or chat.last_inbound_s is None or call.sim.clock.now_s() - chat.last_inbound_s > BLOCK_WITHIN_S:
        return "Only users who wrote within the last 24 hours can be blocked."
    return None
