"""A shop in the simulator's town: one account with a connected number, a worker, and customers who write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg

from hobnob import worker
from hobnob.platform.settings import Settings
from tests.desk import Answer, Desk
from tests.town import Town, town

NUMBER = "+919876543210"
CUSTOMER = "+14155550123"


class Shop:
    """``desk`` is the owner's browser; ``owner`` a connection that sees every row."""

    def __init__(
        self, place: Town, desk: Desk, owner: asyncpg.Connection[asyncpg.Record], me: Any, number: Any
    ) -> None:
        self.place = place
        self.desk = desk
        self.owner = owner
        self.me = me
        self.number = number
        self.account_id = UUID(me["account"]["id"])

    @property
    def settings(self) -> Settings:
        return self.place.settings

    async def customer(self, phone: str = CUSTOMER, name: str = "Ana Ruiz") -> Any:
        """A phone in the simulator and the chat with it, in which nobody has written yet."""
        await self.place.control("POST", "/phones", {"phone": phone, "name": name})
        answer = await self.desk.post("/api/chats", {"number_id": self.number["id"], "phone": phone})
        assert answer.status == 201, answer.json
        return answer.json

    async def writes(self, chat: Any, text: str = "Hola") -> str:
        """The customer writes, and the inbox has it; answers with its WhatsApp id. A worker must be running."""
        said = await self.say(chat, {"type": "text", "text": {"body": text}})

        async def has_come() -> Any:
            return await self.owner.fetchval("SELECT true FROM messages WHERE wamid = $1", said)

        await until(has_come)
        return said

    async def say(self, chat: Any, message: Any) -> str:
        """The customer sends anything, in Meta's form; answers with its WhatsApp id."""
        phone = chat["customer"]["phone"]
        said = await self.place.control(
            "POST", f"/phones/{phone}/send", {"to": await self.phone_number_id(), **message}
        )
        return str(said["id"])

    async def phone_number_id(self) -> str:
        found: str = await self.owner.fetchval(
            "SELECT phone_number_id FROM numbers WHERE id = $1", UUID(self.number["id"])
        )
        return found

    async def close_window(self, chat: Any) -> None:
        await self.owner.execute("UPDATE chats SET window_expires_at = now() WHERE id = $1", UUID(chat["id"]))

    async def credit(self, micros: int) -> None:
        answer = await self.desk.post(
            "/api/billing/top-ups",
            {"amount_micros": micros, "method": "test"},
            headers={"Idempotency-Key": str(uuid4())},
        )
        assert answer.status == 201, answer.json

    async def send(self, chat: Any, body: Any, key: str | None = None) -> Answer:
        return await self.desk.post(
            f"/api/chats/{chat['id']}/messages", body, headers={"Idempotency-Key": key or str(uuid4())}
        )

    async def text(self, chat: Any, body: str) -> Any:
        answer = await self.send(chat, {"type": "text", "body": body})
        assert answer.status == 202, answer.json
        return answer.json

    async def thread(self, chat: Any, **query: Any) -> Any:
        return (await self.desk.get(f"/api/chats/{chat['id']}/messages", params=query)).json

    async def message(self, chat: Any, message_id: str) -> Any:
        return next(one for one in (await self.thread(chat, limit=100))["items"] if one["id"] == message_id)

    async def on_phone(self, chat: Any) -> list[Any]:
        """What the customer's phone shows from us, oldest first."""
        phone = chat["customer"]["phone"]
        chats = await self.place.control("GET", f"/phones/{phone}/chats")
        return [message for one in chats for message in one["messages"] if not message["from_me"]]

    async def sent(self) -> dict[str, int]:
        """How often each message of ours was accepted by the simulator."""
        counters = await self.place.control("GET", "/sent?opaque=1")
        return dict(counters["opaque"])

    async def faults(self, **changes: Any) -> None:
        faults = await self.place.control("GET", "/faults")
        await self.place.control("PUT", "/faults", {**faults, **changes})

    async def outbox(self) -> list[asyncpg.Record]:
        return list(await self.owner.fetch("SELECT * FROM outbox ORDER BY created_at"))

    async def all_gone(self, timeout_s: float = 10.0) -> None:
        """Waits until nothing is in the outbox."""

        async def is_empty() -> bool:
            return not await self.outbox()

        await until(is_empty, timeout_s)

    async def graph_call(self, body: Any) -> None:
        """A send that Hobnob knows nothing of, as a process leaves it that died after its call."""
        path = f"{self.place.simulator_url}/v25.0/{await self.phone_number_id()}/messages"
        headers = {"Authorization": f"Bearer {self.settings.whatsapp_token}"}
        async with aiohttp.ClientSession() as session, session.post(path, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

    async def reaches(self, chat: Any, message_id: str, *statuses: str) -> Any:
        """Waits until a message has one of these statuses; answers with it."""

        async def has_it() -> Any:
            message = await self.message(chat, message_id)
            return message if message["status"] in statuses else None

        return await until(has_it)


@asynccontextmanager
async def open_shop(settings: Settings, *, credit_micros: int = 50_000_000) -> AsyncIterator[Shop]:
    """An account with a connected number and credit. No worker runs yet."""
    async with town(settings) as place:
        desk = place.desk()
        me = await desk.sign_up()
        number = (await desk.post("/api/numbers", {"phone": NUMBER, "display_name": "Amber Tea"})).json
        steps = f"/api/numbers/{number['id']}"
        await desk.post(f"{steps}/request-code", {"method": "sms"})
        await desk.post(f"{steps}/verify-code", {"code": await place.code_sent_to(NUMBER)})
        answer = await desk.post(f"{steps}/register", {"pin": "482913"})
        assert answer.status == 200, answer.json
        owner = await asyncpg.connect(settings.database_url)
        shop = Shop(place, desk, owner, me, answer.json)
        if credit_micros:
            await shop.credit(credit_micros)
        try:
            yield shop
        finally:
            await owner.close()


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    """A worker in this loop."""
    task = asyncio.create_task(worker.run(settings))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(question: Callable[[], Awaitable[Any]], timeout_s: float = 10.0) -> Any:
    """Asks until the answer is truthy."""
    async with asyncio.timeout(timeout_s):
        while True:
            if answer := await question():
                return answer
            await asyncio.sleep(0.03)


__all__ = ["CUSTOMER", "NUMBER", "Shop", "open_shop", "until", "working"]
