"""The test's side of the Stripe-like server: starting it, steering it, and being the browser and the bank."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx

from tests.scenarios.house import free_port

SECRET_KEY = "sk_test_shop"
WEBHOOK_SECRET = "whsec_shop"
VISA = "4242424242424242"
ASKS_THE_HOLDER = "4000002760003184"
# Can be saved, is declined when charged.
DECLINES = "4000000000000341"
START_WAIT_S = 30


class StripeServer:
    """The process."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        program = Path(__file__).with_name("stripe_like.py")
        self._process = subprocess.Popen([sys.executable, str(program), str(port)])

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_WAIT_S
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the Stripe-like server did not start"
            try:
                httpx.post(f"{self.url}/_config/reset")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return self
        raise AssertionError("the Stripe-like server does not answer")

    def __exit__(self, *_: object) -> None:
        # It keeps nothing, and a slow answer of it need not be waited for.
        self._process.kill()
        self._process.wait()


class Stripe:
    """Calls to the server. `pay` and `save` are what Stripe's script in the browser does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def config(self, about: str, **data: Any) -> Any:
        async with self._session.post(f"{self.url}/_config/{about}", json=data) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def call(self, path: str, data: dict[str, Any] | None = None, *, expect: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        method = "GET" if data is None else "POST"
        async with self._session.request(method, f"{self.url}/v1{path}", json=data, headers=headers) as answer:
            assert answer.status == expect, await answer.text()
            return await answer.json()

    async def webhooks_to(self, web: str) -> None:
        await self.config("webhook", url=f"{web}/webhooks/stripe", secret=WEBHOOK_SECRET)

    async def hold_webhooks(self) -> None:
        await self.config("hold", hold=True)

    async def deliver(self, kind: str = ".*", *, times: int = 1, reverse: bool = False) -> list[int]:
        """Hand over everything that was ever held, again if need be; answers the statuses."""
        statuses: list[int] = await self.config("deliver", type=kind, times=times, reverse=reverse)
        return statuses

    async def fault(self, path: str, kind: str, times: int = 1, **more: Any) -> None:
        await self.config("fault", path=path, kind=kind, times=times, **more)

    async def charged(self) -> list[int]:
        """Amounts of the charges that went through, in cents."""
        amounts: list[int] = await self.config("charges")
        return amounts

    async def new_card(self, number: str) -> str:
        card = {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
        made = await self.call("/payment_methods", {"type": "card", "card": card})
        return str(made["id"])

    async def save(self, setup_id: str, number: str = VISA) -> None:
        confirm = f"/setup_intents/{setup_id}/confirm"
        setup = await self.call(confirm, {"payment_method": await self.new_card(number)})
        if setup["status"] == "requires_action":
            await self.call(f"/setup_intents/{setup_id}/_authenticate", {"success": True})

    async def pay(self, client_secret: str, number: str = VISA, *, expect: int = 200) -> Any:
        intent = client_secret.partition("_secret_")[0]
        return await self.call(
            f"/payment_intents/{intent}/confirm", {"payment_method": await self.new_card(number)}, expect=expect
        )

    async def answer_bank(self, client_secret: str, *, success: bool) -> None:
        intent = client_secret.partition("_secret_")[0]
        data = {"client_secret": client_secret, "success": success}
        await self.call(f"/payment_intents/{intent}/_authenticate", data, expect=200 if success else 402)
