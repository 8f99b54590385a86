"""The list of chats, the thread, and what agents do with them, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.desk import Desk, serving

START = datetime(2026, 11, 1, 9, tzinfo=UTC)


class Inbox:
    """One account with two numbers, and chats written straight into the tables."""

    def __init__(self, desk: Desk, owner: asyncpg.Connection[asyncpg.Record], account_id: UUID, lane: int) -> None:
        self.desk = desk
        self.owner = owner
        self.account_id = account_id
        self.lane = lane
        self.numbers = [uuid4(), uuid4()]

    async def open(self) -> None:
        for n, number_id in enumerate(self.numbers):
            await self.owner.execute(
                "INSERT INTO numbers (lane, account_id, id, phone, country, display_name, waba_id, phone_number_id, status,"
                " created_at) VALUES ($1, $2, $3, $4, 'GB', 'Desk', 'w', $5, 'connected', now())",
                self.lane, self.account_id, number_id, f"+44207946000{n}", str(n),
            )  # fmt: skip

    async def chat(
        self, n: int, *, number: int = 0, state: str = "queue", unread: int = 0, name: str | None = None
    ) -> UUID:
        """A chat whose last message came ``n`` minutes after the start."""
        chat_id, customer_id, message_id = uuid4(), uuid4(), uuid4()
        at = START + timedelta(minutes=n)
        await self.owner.execute(
            "INSERT INTO customers (lane, account_id, id, phone, profile_name, first_seen_at, created_at)"
            " VALUES ($1, $2, $3, $4, $5, now(), now())",
            self.lane, self.account_id, customer_id, f"+1415555{n:04d}", name or f"Person {n}",
        )  # fmt: skip
        await self.owner.execute(
            "INSERT INTO messages (lane, account_id, id, chat_id, direction, type, wamid, at, content, preview)"
            " VALUES ($1, $2, $3, $4, 'in', 'text', $5, $6, '{\"body\": \"hi\"}', 'hi')",
            self.lane, self.account_id, message_id, chat_id, f"wamid.{message_id}", at,
        )  # fmt: skip
        await self.owner.execute(
            "INSERT INTO chats (lane, account_id, id, number_id, customer_id, state, unread_count, last_message_id,"
            " last_message_at, last_inbound_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, now(), now())",
            self.lane, self.account_id, chat_id, self.numbers[number], customer_id, state, unread, message_id, at,
        )  # fmt: skip
        return chat_id

    async def page(self, **query: Any) -> Any:
        answer = await self.desk.get("/api/chats", params=query)
        assert answer.status == 200, answer.json
        return answer.json

    async def walk(self, **query: Any) -> list[str]:
        """Ids over all pages."""
        ids: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = await self.page(**query, **after)
            ids += [chat["id"] for chat in page["items"]]
            if page["next"] is None:
                return ids
            after = {"after": page["next"]}


@pytest.fixture
async def inbox(settings: Settings, database: Database) -> AsyncIterator[Inbox]:
    async with serving(settings) as url:
        desk = Desk(url)
        me = await desk.sign_up()
        owner = await asyncpg.connect(settings.database_url)
        lane = await owner.fetchval("SELECT lane FROM accounts")
        inbox = Inbox(desk, owner, UUID(me["account"]["id"]), lane)
        await inbox.open()
        yield inbox
        await owner.close()
        await desk.close()


async def test_pages_are_the_list_newest_first(inbox: Inbox) -> None:
    made = [str(await inbox.chat(n, number=n % 2)) for n in range(23)]
    assert await inbox.walk(limit=5) == made[::-1]
    assert await inbox.walk(limit=100) == made[::-1]
    only = await inbox.walk(limit=4, number_id=str(inbox.numbers[1]))
    assert only == [chat for n, chat in enumerate(made) if n % 2][::-1]
    first = (await inbox.page(limit=1))["items"][0]
    assert first["customer"]["phone_formatted"] == "+1 415-555-0022"
    assert first["last_message"] == {
        "id": first["last_message"]["id"],
        "direction": "in",
        "type": "text",
        "preview": "hi",
        "status": None,
        "at": "2026-11-01T09:22:00Z",
    }


async def test_filters(inbox: Inbox) -> None:
    queue = str(await inbox.chat(1))
    closed = str(await inbox.chat(2, state="closed"))
    unread = str(await inbox.chat(3, unread=2))
    closed_unread = str(await inbox.chat(4, state="closed", unread=1))
    assert await inbox.walk() == [unread, queue]
    assert await inbox.walk(filter="closed") == [closed_unread, closed]
    assert await inbox.walk(filter="unread") == [closed_unread, unread]
    assert (await inbox.desk.get("/api/chats?filter=odd")).status == 422
    assert (await inbox.desk.get("/api/chats?limit=0")).status == 422
    assert (await inbox.desk.get("/api/chats?after=nonsense")).status == 422


async def test_search_finds_by_beginnings_of_names_and_phones(inbox: Inbox) -> None:
    ids: dict[str, str] = {}
    for n, name in enumerate(["José García-López", "Josefina Ruiz", "Zoë O'Hara", "अनन्या शर्मा"]):
        opened = await inbox.desk.post(
            "/api/chats", {"number_id": str(inbox.numbers[0]), "phone": f"+1 415 555 21{n:02d}"}
        )
        assert opened.status == 201, opened.json
        renamed = await inbox.desk.patch(f"/api/customers/{opened.json['customer']['id']}", {"name": name})
        assert renamed.json["name"] == name
        ids[name] = opened.json["id"]

    async def found(q: str) -> set[str]:
        return {name for name, chat in ids.items() if chat in await inbox.walk(q=q, limit=2)}

    assert await found("jose") == {"José García-López", "Josefina Ruiz"}
    assert await found("JOSÉ gar") == {"José García-López"}
    assert await found("lopez") == {"José García-López"}
    assert await found("hara") == {"Zoë O'Hara"}
    assert await found("अनन्") == {"अनन्या शर्मा"}
    assert await found("ose") == set()
    assert await found("415-555-2102") == {"Zoë O'Hara"}
    assert await found("+1 (415) 55521") == set(ids)
    assert await found("0415 555 2100") == {"José García-López"}
    assert await found("nobody") == set()
    await inbox.desk.patch(f"/api/customers/{(await customer_of(inbox, ids['Josefina Ruiz']))}", {"name": None})
    assert await found("josefina") == set()


async def customer_of(inbox: Inbox, chat_id: str) -> str:
    return str((await inbox.desk.get(f"/api/chats/{chat_id}")).json["customer"]["id"])


async def test_search_for_frequent_words_walks_the_list(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from hobnob.inbox import queries, search

    made = [await inbox.chat(n, name="Common Name" if n % 3 else "Rare One") for n in range(30)]
    rows = await inbox.owner.fetch("SELECT id, profile_name FROM customers")
    for row in rows:
        for term in search.words(row["profile_name"]):
            await inbox.owner.execute(
                "INSERT INTO customer_terms VALUES ($1, $2, $3, $4)", inbox.lane, inbox.account_id, term, row["id"]
            )
    expected = [str(chat) for n, chat in enumerate(made) if n % 3][::-1]
    assert await inbox.walk(q="com", limit=4) == expected
    monkeypatch.setattr(queries, "SEARCH_MATCHES_MAX", 3)
    assert await inbox.walk(q="com", limit=4) == expected
    monkeypatch.setattr(queries, "SEARCH_WALK_CHATS_MAX", 5)
    assert await inbox.walk(q="com name", limit=4) == expected


async def test_a_thread_pages_both_ways_and_around_a_message(inbox: Inbox) -> None:
    chat_id = await inbox.chat(0)
    await inbox.owner.execute("DELETE FROM messages")
    ids = [uuid4() for _ in range(25)]
    for n, message_id in enumerate(ids):
        await inbox.owner.execute(
            "INSERT INTO messages (lane, account_id, id, chat_id, direction, type, at, content, hidden)"
            " VALUES ($1, $2, $3, $4, 'in', 'text', $5, '{}', $6)",
            inbox.lane, inbox.account_id, message_id, chat_id, START + timedelta(seconds=n // 2), n == 20,
        )  # fmt: skip
    shown = [
        str(row["id"])
        for row in await inbox.owner.fetch("SELECT id FROM messages WHERE NOT hidden ORDER BY at DESC, id DESC")
    ]

    async def page(**query: Any) -> Any:
        answer = await inbox.desk.get(f"/api/chats/{chat_id}/messages", params=query)
        assert answer.status == 200, answer.json
        return answer.json

    def listed(page: Any) -> list[str]:
        return [message["id"] for message in page["items"]]

    first = await page(limit=10)
    second = await page(limit=10, before=first["next"])
    third = await page(limit=10, before=second["next"])
    assert listed(first) + listed(second) + listed(third) == shown
    assert (first["previous"], third["next"]) == (None, None)

    middle = await page(limit=6, around=shown[12])
    assert listed(middle) == shown[9:16]
    up = await page(limit=6, after=middle["previous"])
    assert listed(up) == shown[3:9]
    top = await page(limit=6, after=up["previous"])
    assert listed(top) == shown[:3]
    assert top["previous"] is None
    assert listed(await page(limit=6, before=middle["next"])) == shown[16:22]
    assert (await inbox.desk.get(f"/api/chats/{chat_id}/messages", params={"around": str(ids[20])})).status == 404
    both = {"before": first["next"], "around": shown[0]}
    assert (await inbox.desk.get(f"/api/chats/{chat_id}/messages", params=both)).status == 422
    assert (await inbox.desk.get(f"/api/chats/{uuid4()}/messages")).status == 404


async def test_reading_closing_assigning(inbox: Inbox) -> None:
    chat_id = await inbox.chat(1, unread=4)
    me = (await inbox.desk.get("/api/me")).json["agent"]["id"]
    path = f"/api/chats/{chat_id}"
    read = (await inbox.desk.post(f"{path}/read")).json
    assert read["unread_count"] == 0
    assert (await inbox.desk.post(f"{path}/read")).json["version"] == read["version"]
    assigned = (await inbox.desk.post(f"{path}/assign", {"agent_id": me})).json
    assert (assigned["state"], assigned["assigned_agent_id"]) == ("assigned", me)
    assert (await inbox.desk.post(f"{path}/close")).json["state"] == "closed"
    reopened = (await inbox.desk.post(f"{path}/reopen")).json
    assert (reopened["state"], reopened["assigned_agent_id"]) == ("assigned", me)
    back = (await inbox.desk.post(f"{path}/assign", {"agent_id": None})).json
    assert (back["state"], back["assigned_agent_id"]) == ("queue", None)
    assert back["version"] > reopened["version"] > assigned["version"] > read["version"]
    assert (await inbox.desk.post(f"{path}/assign", {"agent_id": str(uuid4())})).status == 404
    assert (await inbox.desk.post(f"/api/chats/{uuid4()}/close")).status == 404
    kinds = await inbox.owner.fetch("SELECT action FROM audit_events WHERE object_type = 'chat' ORDER BY at")
    assert [row["action"] for row in kinds] == ["chat.state_changed"] * 4


async def test_opening_a_chat_finds_it_again(inbox: Inbox) -> None:
    body = {"number_id": str(inbox.numbers[0]), "phone": "020 7946 0999"}
    opened = await inbox.desk.post("/api/chats", body)
    assert opened.status == 201
    assert opened.json["customer"]["phone"] == "+442079460999"
    assert opened.json["window_expires_at"] is None
    assert (await inbox.desk.post("/api/chats", body)).json["id"] == opened.json["id"]
    other = await inbox.desk.post("/api/chats", {**body, "number_id": str(inbox.numbers[1])})
    assert other.json["id"] != opened.json["id"]
    customer = (await inbox.desk.get(f"/api/customers/{opened.json['customer']['id']}")).json
    assert customer["chats_count"] == 2
    assert (await inbox.desk.post("/api/chats", {**body, "phone": "123"})).status == 422
    assert (await inbox.desk.post("/api/chats", {**body, "phone": "+442079460000"})).status == 422
    assert (await inbox.desk.post("/api/chats", {**body, "number_id": str(uuid4())})).status == 404
    assert (await inbox.desk.get(f"/api/customers/{uuid4()}")).status == 404
