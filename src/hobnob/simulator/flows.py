"""Flows, as far as clients manage them: drafts, their JSON, publishing and deprecating. Their screens are not run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .call import Call
from .checks import need
from .refusal import Refusal, invalid
from .world import Flow

DEFAULT_FIELDS = ("id", "name", "categories", "status", "validation_errors")


def listed(call: Call) -> dict[str, Any]:
    found = [each for each in call.sim.world.flows.values() if each.waba_id == call.node.id]
    return call.page([call.fields(_all_fields(each), DEFAULT_FIELDS) for each in found])


def create(call: Call) -> dict[str, Any]:
    name = str(need(call.body, "name", ""))
    if any(each.name == name and each.waba_id == call.node.id for each in call.sim.world.flows.values()):
        raise Refusal(139000, "A flow with this name exists already.")
    flow = Flow(
        call.sim.index.new_id(), call.node.id, name, list(need(call.body, "categories", "")), call.body.get("flow_json"),
        call.body.get("endpoint_uri"), "PUBLISHED" if call.body.get("publish") else "DRAFT",
    )  # fmt: skip
    call.sim.world.flows[flow.id] = flow
    return {"id": flow.id, "success": True, "validation_errors": []}


def get(call: Call) -> dict[str, Any]:
    return call.fields(_all_fields(call.node), DEFAULT_FIELDS)


def _all_fields(flow: Flow) -> dict[str, Any]:
    return {
        "id": flow.id,
        "name": flow.name,
        "status": flow.status,
        "categories": flow.categories,
        "validation_errors": [],
        "json_version": "7.0",
        "data_api_version": "3.0",
        "endpoint_uri": flow.endpoint_uri,
        "preview": {
            "preview_url": "https://business.facebook.com/wa/manage/flows/",
            "expires_at": "2099-01-01T00:00:00+0000",
        },
    }


def update(call: Call) -> dict[str, Any]:
    flow: Flow = call.node
    flow.name = call.body.get("name") or flow.name
    flow.categories = call.body.get("categories") or flow.categories
    flow.endpoint_uri = call.body.get("endpoint_uri") or flow.endpoint_uri
    return {"success": True}


def _becomes(status: str, allowed: tuple[str, ...]) -> Callable[[Call], dict[str, Any]]:
    def change(call: Call) -> dict[str, Any]:
        if call.node.status not in allowed:
            raise invalid(f"A flow that is {call.node.status} cannot become {status}.")
        call.node.status = status
        return {"success": True}

    return change


def delete(call: Call) -> dict[str, Any]:
    if call.node.status != "DRAFT":
        raise invalid("Only drafts can be deleted.")
    del call.sim.world.flows[call.node.id]
    return {"success": True}


def assets(call: Call) -> dict[str, Any]:
    return call.page(
        [{"name": "flow.json", "asset_type": "FLOW_JSON", "download_url": f"{call.base_url}/media/flow/{call.node.id}"}]
    )


TABLE: dict[tuple[str, str], Callable[[Call], Any]] = {
    ("GET", ""): get,
    ("POST", ""): update,
    ("DELETE", ""): delete,
    ("POST", "publish"): _becomes("PUBLISHED", ("DRAFT",)),
    ("POST", "deprecate"): _becomes("DEPRECATED", ("PUBLISHED",)),
    ("GET", "assets"): assets,
    ("POST", "assets"): lambda _: {"success": True, "validation_errors": []},
}
