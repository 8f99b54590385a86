"""The simulator as the story uses it: phones, codes, files, templates, and a past for each chat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp

from hobnob.platform.settings import Settings

from .story import Customer

TIMEOUT_S = 20


class SimulatorRefused(Exception):
    """The simulator did not do what was asked."""


class Phones:
    """A client of the simulator's control face, and of the one Graph call only the story makes."""

    def __init__(self, session: aiohttp.ClientSession, url: str, settings: Settings) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._graph = f"{self._url}/{settings.whatsapp_graph_version}"
        self._token = settings.whatsapp_token

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, settings: Settings) -> AsyncIterator[Self]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session:
            yield cls(session, url, settings)

    async def have(self, customers: Sequence[Customer]) -> dict[str, str]:
        """Make the phones that are not there; answers with the business-scoped user id of each, by phone."""
        known = {one["phone"]: str(one["user_id"]) for one in await self._call("GET", "/phones")}
        for customer in customers:
            if customer.phone not in known:
                known[customer.phone] = await self._add(customer)
        return known

    async def code_for(self, phone: str) -> str:
        """The six digits of the newest text on a phone."""
        phones = await self._call("GET", "/phones")
        texts = next(one["sms"] for one in phones if one["phone"] == phone)
        return "".join(char for char in texts[-1]["body"] if char.isdigit())

    async def keep_file(self, content: bytes, filename: str, mime_type: str) -> str:
        """Upload a file to the platform; answers with its media id."""
        form = aiohttp.FormData()
        form.add_field("file", content, filename=filename, content_type=mime_type)
        async with self._session.post(f"{self._url}/control/media", data=form) as answer:
            return str((await _read(answer))["id"])

    async def have_templates(self, waba_id: str, templates: tuple[dict[str, Any], ...]) -> None:
        """Submit those the account does not have, and approve them."""
        known = (await self._call("GET", "/templates"))["items"]
        ids = {(one["waba_id"], one["name"]): one for one in known}
        for template in templates:
            there = ids.get((waba_id, template["name"]))
            if there is not None and there["status"] == "APPROVED":
                continue
            template_id = there["id"] if there is not None else await self._submit(waba_id, template)
            await self._call("POST", f"/templates/{template_id}/decide", {"status": "APPROVED"})

    async def remember(self, phone: str, phone_number_id: str, messages: list[dict[str, Any]]) -> None:
        """Give a phone's chat its past."""
        body = {"phone_number_id": phone_number_id, "messages": messages}
        await self._call("POST", f"/phones/{phone}/remember", body)

    async def _add(self, customer: Customer) -> str:
        body: dict[str, Any] = {
            "phone": customer.phone,
            "name": customer.name,
            "whatsapp_app": customer.on_whatsapp,
            "shares_phone": customer.username is None,
        }
        if customer.username is not None:
            body["username"] = customer.username
        return str((await self._call("POST", "/phones", body))["user_id"])

    async def _submit(self, waba_id: str, template: dict[str, Any]) -> str:
        headers = {"Authorization": f"Bearer {self._token}"}
        url = f"{self._graph}/{waba_id}/message_templates"
        async with self._session.post(url, json=template, headers=headers) as answer:
            return str((await _read(answer))["id"])

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, f"{self._url}/control{path}", json=body) as answer:
            return await _read(answer)


async def _read(answer: aiohttp.ClientResponse) -> Any:
    if answer.status >= 300:
        raise SimulatorRefused(f"{answer.url.path} answered {answer.status}: {await answer.text()}")
    return await answer.json(content_type=None) if answer.status != 204 else None
