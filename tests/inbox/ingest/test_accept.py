"""The door: the handshake, the signature, the limits, and 200 only for what is committed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from hobnob.inbox.ingest import accept, owners, writer
from hobnob.inbox.ingest.accept import WebhookApp
from hobnob.kernel.ids import new_id
from hobnob.platform.database import Database
from hobnob.platform.embedded import EmbeddedPostgres
from hobnob.platform.migrate import migrate
from hobnob.platform.settings import Settings
from hobnob.whatsapp.signature import sign

SECRET = "app secret"


class Answer(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes


async def call(
    app: WebhookApp, method: str = "POST", body: bytes = b"", *, query: str = "", chunk: int = 0, **headers: str
) -> Answer:
    """One request through the raw ASGI interface, its body cut into chunks when asked."""
    step = chunk or max(len(body), 1)
    chunks = [body[i : i + step] for i in range(0, len(body), step)] or [b""]
    messages = [
        {"type": "http.request", "body": part, "more_body": n + 1 < len(chunks)} for n, part in enumerate(chunks)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": accept.PATH, "query_string": query.encode(), "headers": raw}
    await app(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], answered, sent[1].get("body", b""))


async def post(app: WebhookApp, body: bytes, **options: Any) -> Answer:
    return await call(app, "POST", body, x_hub_signature_256=sign(body, SECRET), **options)


def webhook(text: str = "hello", number: str = "200", waba: str = "100") -> bytes:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": number},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": "16505551234"}],
        "messages": [
            {
                "from": "16505551234",
                "id": f"wamid.{text}",
                "timestamp": "1750030073",
                "type": "text",
                "text": {"body": text},
            }
        ],
    }
    return json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": waba, "changes": [{"field": "messages", "value": value}]}],
        }
    ).encode()


@pytest.fixture
async def owner(postgres_url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def account(owner: asyncpg.Connection[Any]) -> UUID:
    """An account with the number 200 and the WhatsApp account 100, in lane 7."""
    account_id = new_id()
    rows = [("number", "200", account_id, 7), ("waba", "100", account_id, 7)]
    await owner.executemany("INSERT INTO routes VALUES ($1, $2, $3, $4)", rows)
    return account_id


@pytest.fixture
async def app(settings: Settings, database: Database) -> AsyncIterator[WebhookApp]:
    app = WebhookApp(settings, database)
    await app.start()
    yield app
    await app.stop()


async def bodies(owner: asyncpg.Connection[Any]) -> list[bytes]:
    return [row["body"] for row in await owner.fetch("SELECT body FROM webhook_events ORDER BY id")]


async def unrouted(owner: asyncpg.Connection[Any]) -> list[tuple[str, str, bytes]]:
    rows = await owner.fetch("SELECT owner, reason, body FROM unrouted_webhooks ORDER BY id")
    return [tuple(row) for row in rows]


async def test_the_handshake_answers_the_raw_challenge(app: WebhookApp) -> None:
    right = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify%20token"
    answer = await call(app, "GET", query=right)
    assert (answer.status, answer.body) == (200, b"1158201444")


@pytest.mark.parametrize(
    "query",
    [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=verify%20token",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=v%C3%A9rify",
        "",
    ],
)
async def test_a_wrong_handshake_is_refused(app: WebhookApp, query: str) -> None:
    assert (await call(app, "GET", query=query)).status == 403


async def test_without_a_verify_token_no_handshake_succeeds(settings: Settings, database: Database) -> None:
    app = WebhookApp(msgspec.structs.replace(settings, whatsapp_verify_token=""), database)
    assert (await call(app, "GET", query="hub.mode=subscribe&hub.challenge=1&hub.verify_token=")).status == 403


async def test_a_signed_webhook_is_committed_as_it_came(
    app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID
) -> None:
    body = webhook()
    assert (await post(app, body)).status == 200
    row = await owner.fetchrow("SELECT * FROM webhook_events")
    assert row is not None
    assert (row["lane"], row["account_id"], row["body"]) == (7, account, body)


@pytest.mark.parametrize("given", [None, "", "sha256=", "sha256=00", "sha1=abc", sign(webhook(), "other"), "é"])
async def test_a_missing_or_wrong_signature_is_refused(
    app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID, given: str | None
) -> None:
    headers: dict[str, Any] = {} if given is None else {"x_hub_signature_256": given}
    assert (await call(app, "POST", webhook(), **headers)).status == 401
    assert await bodies(owner) == []


async def test_without_an_app_secret_everything_is_refused(settings: Settings, database: Database) -> None:
    app = WebhookApp(msgspec.structs.replace(settings, whatsapp_app_secret=""), database)
    answer = await call(app, "POST", webhook(), x_hub_signature_256=sign(webhook(), ""))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


async def test_the_signature_is_over_the_raw_bytes(
    app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID
) -> None:
    escaped = webhook("\u00e4")
    assert b"\\u00e4" in escaped
    signed = sign(escaped.replace(b"\\u00e4", "ä".encode()), SECRET)
    assert (await call(app, "POST", escaped, x_hub_signature_256=signed)).status == 401
    assert (await post(app, escaped, chunk=10)).status == 200
    assert await bodies(owner) == [escaped]


async def test_too_large_a_body_is_refused(app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID) -> None:
    large = webhook("x" * accept.BODY_LIMIT_BYTES)
    assert (await post(app, large, content_length=str(len(large)))).status == 413
    assert (await post(app, large, chunk=65_536)).status == 413
    allowed = webhook("x" * (1536 * 1024))
    assert (await post(app, allowed, content_length=str(len(allowed)))).status == 200
    assert len(await bodies(owner)) == 1


async def test_other_methods_are_refused(app: WebhookApp) -> None:
    answer = await call(app, "PUT", webhook())
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[1]",
        b'{"object":"page"}',
        b'{"entry":[]}',
        b"\xff\xfe",
        b'{"entry":[{"id":"1"',
        b'{"entry":[{"id":"1","changes":[]}]}',
    ],
)
async def test_what_cannot_be_understood_is_kept_raw_and_answered(
    app: WebhookApp, owner: asyncpg.Connection[Any], body: bytes
) -> None:
    assert (await post(app, body)).status == 200
    assert [(kept[0], kept[2]) for kept in await unrouted(owner)] == [("", body)]


@pytest.mark.parametrize("number", ["999", "a\u0000b", "9" * 5_000, "\u202e"])
async def test_an_unknown_owners_webhook_is_kept(
    app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID, number: str
) -> None:
    """Even when the WhatsApp account is known: its other numbers are not ours."""
    body = webhook(number=number)
    assert (await post(app, body)).status == 200
    [(name, reason, kept)] = await unrouted(owner)
    assert (reason, kept) == ("unknown owner", body)
    assert name.startswith("number:")


async def test_a_mixed_batch_is_cut_by_owner(app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID) -> None:
    mine, strange = json.loads(webhook()), json.loads(webhook(number="999", waba="998"))
    template = {"id": "100", "changes": [{"field": "account_update", "value": {"event": "ACCOUNT_DELETED"}}]}
    mixed = json.dumps({**mine, "entry": mine["entry"] + strange["entry"] + [template]}).encode()
    assert (await post(app, mixed)).status == 200
    rows = await owner.fetch("SELECT account_id, body FROM webhook_events")
    assert [row["account_id"] for row in rows] == [account, account]
    assert {json.loads(row["body"])["entry"][0]["changes"][0]["field"] for row in rows} == {
        "messages",
        "account_update",
    }
    assert len(await unrouted(owner)) == 1


async def test_a_number_registered_later_is_found(
    app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owners, "UNKNOWN_S", 0.0)
    await post(app, webhook(number="300"))
    await owner.execute("INSERT INTO routes VALUES ('number', '300', $1, 7)", account)
    await post(app, webhook("again", number="300"))
    assert (len(await unrouted(owner)), len(await bodies(owner))) == (1, 1)


async def test_many_requests_share_commits_and_wake_the_lane(
    app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID
) -> None:
    heard: list[str] = []
    await owner.add_listener("hobnob_work", lambda *args: heard.append(str(args[3])))
    sent = [webhook(str(n)) for n in range(200)]
    answers = await asyncio.gather(*(post(app, body) for body in sent))
    assert {answer.status for answer in answers} == {200}
    assert sorted(await bodies(owner)) == sorted(sent)
    commits = await owner.fetchval("SELECT count(DISTINCT xmin::text) FROM webhook_events")
    assert commits < 20
    await owner.execute("SELECT 1")
    assert set(heard) == {"ingest 7"}
    assert len(heard) <= commits


async def test_a_full_queue_asks_to_come_back(
    app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WAITING_MAX_ROWS", 10)
    monkeypatch.setattr(writer, "BATCH_MAX_ROWS", 5)
    await post(app, webhook("first"))
    answers = await asyncio.gather(*(post(app, webhook(str(n))) for n in range(200)))
    taken = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 503]
    assert taken and refused and len(taken) + len(refused) == 200
    assert {answer.headers["retry-after"] for answer in refused} == {"5"}
    assert len(await bodies(owner)) == len(taken) + 1


async def test_a_request_given_up_does_not_harm_its_batch(
    app: WebhookApp, owner: asyncpg.Connection[Any], account: UUID
) -> None:
    await post(app, webhook("first"))
    tasks = [asyncio.create_task(post(app, webhook(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(answer, Answer) and answer.status == 200 for answer in done) == 19


async def test_stopping_writes_what_waits_and_refuses_more(
    settings: Settings, database: Database, owner: asyncpg.Connection[Any], account: UUID
) -> None:
    app = WebhookApp(settings, database)
    await app.start()
    tasks = [asyncio.create_task(post(app, webhook(str(n)))) for n in range(50)]
    await asyncio.sleep(0)
    await app.stop()
    answers = await asyncio.gather(*tasks)
    assert len(await bodies(owner)) == sum(answer.status == 200 for answer in answers)
    assert (await post(app, webhook("late"))).status == 503


async def test_everything_answered_survives_a_killed_database(
    own_postgres: EmbeddedPostgres, settings: Settings
) -> None:
    """Kill -9 of PostgreSQL under load: 503 while it is away, and every 200 is there afterwards."""
    own_postgres.start()
    settings = msgspec.structs.replace(settings, database_url=own_postgres.url_of("postgres"))
    await migrate(settings)
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("INSERT INTO routes VALUES ('number', '200', $1, 7)", new_id())
    await connection.close()
    database = await Database.open(settings, roles=("hobnob_ingest",))
    app = WebhookApp(settings, database)
    await app.start()
    statuses: dict[bytes, int] = {}

    async def send(body: bytes) -> None:
        statuses[body] = (await post(app, body)).status

    for stage in range(3):
        await asyncio.gather(*(send(webhook(f"{stage} {n}")) for n in range(40)))
        if stage == 0:
            hurried = asyncio.gather(*(send(webhook(f"hurried {n}")) for n in range(40)))
            await asyncio.sleep(0)
            await asyncio.to_thread(kill, own_postgres)
            await hurried
        elif stage == 1:
            await asyncio.to_thread(own_postgres.start)
    await app.stop()
    await database.close()
    connection = await asyncpg.connect(settings.database_url)
    kept = {row["body"] for row in await connection.fetch("SELECT body FROM webhook_events")}
    await connection.close()
    assert {body for body, status in statuses.items() if status == 200} <= kept
    assert [statuses[webhook(f"{stage} 7")] for stage in range(3)] == [200, 503, 200]


def kill(server: EmbeddedPostgres) -> None:
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while server.pid is not None:
        time.sleep(0.01)


async def test_every_lane_is_woken_after_its_last_webhook(app: WebhookApp, owner: asyncpg.Connection[Any]) -> None:
    """Wake-ups are spared under load, never the last one."""
    for lane in range(5):
        await owner.execute("INSERT INTO routes VALUES ('number', $1, $2, $3)", f"4{lane}", new_id(), lane)
    woken: dict[str, float] = {}
    loop = asyncio.get_running_loop()
    await owner.add_listener("hobnob_work", lambda *args: woken.update({str(args[3]): loop.time()}))
    accepted: dict[str, float] = {}

    async def send(n: int) -> None:
        await post(app, webhook(str(n), number=f"4{n % 5}"))
        accepted[f"ingest {n % 5}"] = loop.time()

    for start in range(0, 300, 50):
        await asyncio.gather(*(send(n) for n in range(start, start + 50)))
    await asyncio.sleep(0.1)
    assert woken.keys() == accepted.keys()
    # A notification may reach us a moment before the answer does; none is older than the pause.
    assert all(woken[lane] > accepted[lane] - writer.WAKE_EVERY_S for lane in accepted)
