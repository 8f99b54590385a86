"""Templates from creation to decision: validation, review after a delay, edits, deletion, and their webhooks."""

from __future__ import annotations

from typing import Any

from hobnob.whatsapp import limits

from .call import Call
from .checks import choice, need
from .core import Simulator
from .refusal import Refusal, invalid
from .template_rules import CATEGORIES, check_components, check_name
from .world import Template, Waba

DEFAULT_FIELDS = ("name", "parameter_format", "components", "language", "status", "category", "id")
EDITS_PER_30_DAYS_MAX = 10
_DAY_S = 24 * 3600
REJECTED_BY_NAME = "rejected_"


def listed(call: Call) -> dict[str, Any]:
    waba: Waba = call.node
    found = [call.sim.world.templates[each] for each in waba.template_ids]
    for key, wanted in call.query.items():
        if key == "name":
            found = [each for each in found if wanted in each.name]
        elif key in ("status", "category", "language"):
            allowed = {one.strip().strip('"') for one in wanted.strip("[]").split(",")}
            found = [each for each in found if getattr(each, key) in allowed]
        elif key == "quality_score":
            found = [each for each in found if each.quality in wanted]
        elif key in ("name_or_content", "content"):
            found = [each for each in found if wanted in each.name or wanted in str(each.components)]
    found.reverse()
    answer = call.page([call.fields(_all_fields(each), DEFAULT_FIELDS) for each in found])
    if "summary" in call.query:
        answer["summary"] = {
            "total_count": len(found),
            "message_template_count": len(waba.template_ids),
            "message_template_limit": limits.TEMPLATES_PER_ACCOUNT,
            "are_translations_complete": True,
        }
    return answer


def get(call: Call) -> dict[str, Any]:
    return call.fields(_all_fields(call.node), DEFAULT_FIELDS)


def _all_fields(one: Template) -> dict[str, Any]:
    components = [_shown(part) for part in one.components]
    return {
        "id": one.id,
        "name": one.name,
        "status": one.status,
        "category": one.category,
        "language": one.language,
        "components": components,
        "parameter_format": one.parameter_format,
        "quality_score": {"score": one.quality, "date": int(one.created_s)},
        "rejected_reason": one.rejected_reason,
        "previous_category": one.previous_category,
        "message_send_ttl_seconds": one.ttl_s,
        "last_updated_time": one.created_s and int(one.created_s),
        "cta_url_link_tracking_opted_out": False,
        "is_primary_device_delivery_only": False,
        "health_status": {"can_send_message": "AVAILABLE" if one.status == "APPROVED" else "BLOCKED", "entities": []},
    }


def _shown(part: dict[str, Any]) -> dict[str, Any]:
    """A component without what only this simulator notes on its buttons."""
    if "buttons" not in part:
        return part
    return {**part, "buttons": [{k: v for k, v in button.items() if k != "otp"} for button in part["buttons"]]}


def create(call: Call) -> dict[str, Any]:
    template = _create(call, call.body, str(call.body.get("language") or ""))
    return {"id": template.id, "status": template.status, "category": template.category}


def upsert(call: Call) -> dict[str, Any]:
    """Authentication templates in many languages at once; those that exist are edited."""
    done = []
    for language in need(call.body, "languages", ""):
        name = str(call.body.get("name"))
        old = call.sim.index.templates.get((call.node.id, name, language))
        if old is not None:
            old.components = check_components(call.body.get("components"), old.category, False)
            _to_review(call.sim, old)
            done.append(old)
        else:
            done.append(_create(call, call.body, language))
    return {"data": [{"id": each.id, "status": each.status, "language": each.language} for each in done]}


def _create(call: Call, body: dict[str, Any], language: str) -> Template:
    sim, waba = call.sim, call.node
    check_name(body.get("name"), language)
    category = choice(str(need(body, "category", "")).upper(), "category", CATEGORIES)
    form = choice(
        str(body.get("parameter_format") or "POSITIONAL").upper(), "parameter_format", ("POSITIONAL", "NAMED")
    )
    if (waba.id, body["name"], language) in sim.index.templates:
        raise Refusal(
            100, f"There is already {language} content for this template.", subcode=2388024,
            user_title="Content in this language already exists",
            user_message=f"There is already {language} content for this template. You can create a new template and try again.",
        )  # fmt: skip
    if len(waba.template_ids) >= limits.TEMPLATES_PER_ACCOUNT:
        raise invalid("The account has reached its limit of templates.", 2388019)
    now_s = sim.clock.now_s()
    waba.template_creations_s = [at for at in waba.template_creations_s if now_s - at < 3600]
    if len(waba.template_creations_s) >= limits.TEMPLATE_CREATIONS_PER_HOUR:
        raise Refusal(80007, "More than 100 templates were created within an hour.")
    components = _components(body, category, form == "NAMED")
    waba.template_creations_s.append(now_s)
    template = Template(
        sim.index.new_id(), waba.id, body["name"], language, category, components, parameter_format=form,
        ttl_s=_ttl(body), created_s=now_s,
    )  # fmt: skip
    sim.index.index_template(template)
    waba.template_ids.append(template.id)
    _to_review(sim, template)
    return template


def _components(body: dict[str, Any], category: str, named: bool) -> list[dict[str, Any]]:
    if body.get("library_template_name"):
        said = f"Message from Meta's library: {body['library_template_name']}."
        return [{"type": "BODY", "text": said}]
    return check_components(body.get("components"), category, named)


def _ttl(body: dict[str, Any]) -> int | None:
    given = body.get("message_send_ttl_seconds")
    return None if given is None else int(given)


def _to_review(sim: Simulator, template: Template) -> None:
    """Meta thinks it over. A name that begins with ``rejected_`` is turned down, for trying that out."""
    template.status, template.rejected_reason = "PENDING", "NONE"
    sim.touch_state()
    delay_s = sim.faults.template_review_s
    if delay_s is None:
        return
    refused = template.name.startswith(REJECTED_BY_NAME)

    def decide() -> None:
        if template.status == "PENDING" and template.id in sim.world.templates:
            decision(sim, template, "REJECTED" if refused else "APPROVED", "INVALID_FORMAT" if refused else None)

    sim.clock.after(delay_s, decide)


def decision(sim: Simulator, template: Template, status: str, reason: str | None = None) -> None:
    """The status changes and every subscribed app hears of it."""
    template.status = status
    template.rejected_reason = reason or "NONE"
    value: dict[str, Any] = {
        "event": status,
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
        "reason": template.rejected_reason,
        "message_template_category": template.category,
    }
    if status == "PAUSED":
        value["other_info"] = {"title": "FIRST_PAUSE", "description": "The template was paused for three hours."}
    if status == "DISABLED":
        value["disable_info"] = {"disable_date": int(sim.clock.now_s())}
    sim.tell_account(sim.world.wabas[template.waba_id], "message_template_status_update", value)
    sim.touch_state()


def edit(call: Call) -> dict[str, Any]:
    one: Template = call.node
    if one.status not in ("APPROVED", "REJECTED", "PAUSED"):
        raise invalid("Only approved, rejected and paused templates can be edited.")
    if one.status == "APPROVED":
        now_s = call.sim.clock.now_s()
        one.edits_s = [at for at in one.edits_s if now_s - at < 30 * _DAY_S]
        if len(one.edits_s) >= EDITS_PER_30_DAYS_MAX or any(now_s - at < _DAY_S for at in one.edits_s):
            raise invalid("An approved template can be edited once a day and ten times in 30 days.")
        if call.body.get("category") and call.body["category"] != one.category:
            raise invalid("The category of an approved template cannot be changed.")
        one.edits_s.append(now_s)
    if call.body.get("category"):
        one.category = choice(call.body["category"], "category", CATEGORIES)
    if call.body.get("components"):
        one.components = check_components(call.body["components"], one.category, one.parameter_format == "NAMED")
        _to_review(call.sim, one)
    if call.body.get("message_send_ttl_seconds") is not None:
        one.ttl_s = _ttl(call.body)
    return {"success": True}


def delete(call: Call) -> dict[str, Any]:
    """By name (every language), by id and name, or by a list of ids."""
    sim, waba = call.sim, call.node
    name, wanted, many = call.given("name"), call.given("hsm_id"), call.given("hsm_ids")
    if many:
        ids = (
            {one.strip().strip('"') for one in str(many).strip("[]").split(",")} if isinstance(many, str) else set(many)
        )
        found = [sim.world.templates[each] for each in waba.template_ids if each in ids]
    else:
        need({"name": name}, "name", "")
        found = [sim.world.templates[each] for each in waba.template_ids if sim.world.templates[each].name == name]
        if wanted:
            found = [each for each in found if each.id == str(wanted)]
    if not found:
        raise invalid("The template does not exist.", 2593002)
    for template in found:
        waba.template_ids.remove(template.id)
        sim.index.remove_template(template)
    sim.touch_state()
    return {"success": True}


def unpause(call: Call) -> dict[str, Any]:
    if call.node.status != "PAUSED":
        return {"success": False, "reason": "The template is not paused."}
    decision(call.sim, call.node, "APPROVED")
    return {"success": True}


def compare(call: Call) -> dict[str, Any]:
    other = str(call.given("template_ids") or "").strip("[]\"'")
    return {
        "data": [
            {"metric": "BLOCK_RATE", "type": "RELATIVE", "order_by_relative_metric": [call.node.id, other]},
            {"metric": "MESSAGE_SENDS", "type": "NUMBER_VALUES", "number_values": [{"key": call.node.id, "value": 0}]},
            {
                "metric": "TOP_BLOCK_REASON",
                "type": "STRING_VALUES",
                "string_values": [{"key": call.node.id, "value": "UNKNOWN"}],
            },
        ]
    }


def resume_reviews(sim: Simulator) -> None:
    """After a restart: what was under review is decided after all."""
    for template in sim.world.templates.values():
        if template.status == "PENDING":
            _to_review(sim, template)
