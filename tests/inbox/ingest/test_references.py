"""Reactions, edits and revokes, before and after the message they speak of."""

from __future__ import annotations

import itertools

import pytest

from tests.inbox.ingest.wire import (
    ANA,
    BUSINESS_PHONE,
    Json,
    Shop,
    at,
    message,
    status,
    text,
    ticked,
    value,
    webhook,
    written,
)


def reaction(emoji: str | None, seconds: int, target: str = "w1") -> bytes:
    content: Json = {"message_id": target, **({} if emoji is None else {"emoji": emoji})}
    return written(message("reaction", content, f"r{seconds}", seconds))


def edit(body: str, seconds: int, target: str = "w1") -> bytes:
    inner = {"context": {"id": target}, "type": "text", "text": {"body": body}}
    return written(message("edit", {"original_message_id": target, "message": inner}, f"e{seconds}", seconds))


def revoke(seconds: int, target: str = "w1") -> bytes:
    return written(message("revoke", {"original_message_id": target}, f"v{seconds}", seconds))


async def receive_in(shop: Shop, order: tuple[int, ...], bodies: list[bytes], batched: bool) -> None:
    if batched:
        await shop.receive(*(bodies[n] for n in order))
    else:
        for n in order:
            await shop.receive(bodies[n])
    assert await shop.quarantined() == []


async def target(shop: Shop):  # type: ignore[no-untyped-def]
    return next(row for row in await shop.messages() if row["wamid"] == "w1")


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_latest_reaction_counts(shop: Shop, order: tuple[int, ...], batched: bool) -> None:
    await receive_in(shop, order, [written(text("hi", "w1", 0)), reaction("👍", 5), reaction("❤️", 9)], batched)
    row = await target(shop)
    assert row["reactions"] == [{"by": "customer", "emoji": "❤️"}]
    [chat] = await shop.chats()
    assert (chat["unread_count"], chat["last_message_id"]) == (1, row["id"])


@pytest.mark.parametrize("gone", [None, ""])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_reaction_taken_back_is_gone(shop: Shop, order: tuple[int, ...], gone: str | None) -> None:
    await receive_in(shop, order, [written(text("hi", "w1", 0)), reaction("👍", 5), reaction(gone, 9)], batched=False)
    assert (await target(shop))["reactions"] == []


async def test_a_reaction_alone_opens_the_window(shop: Shop) -> None:
    await shop.sent("w1")
    await shop.receive(reaction("👍", 5))
    [chat] = await shop.chats()
    assert chat["window_expires_at"] is not None
    assert (chat["unread_count"], (await target(shop))["reactions"]) == (0, [{"by": "customer", "emoji": "👍"}])


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_latest_edit_counts(shop: Shop, order: tuple[int, ...], batched: bool) -> None:
    await receive_in(shop, order, [written(text("hi", "w1", 0)), edit("hello", 5), edit("hello!", 9)], batched)
    row = await target(shop)
    assert (row["content"], row["preview"], row["edited_at"]) == ({"body": "hello!"}, "hello!", at(9))


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
async def test_an_edited_caption_keeps_the_file(shop: Shop, order: tuple[int, ...]) -> None:
    photo = {"id": "1", "mime_type": "image/jpeg", "caption": "befor"}
    inner = {"type": "image", "image": {**photo, "caption": "before"}}
    bodies = [
        written(message("image", photo, "w1", 0)),
        written(message("edit", {"original_message_id": "w1", "message": inner}, "e1", 5)),
    ]
    await receive_in(shop, order, bodies, batched=False)
    file = await shop.row("SELECT id FROM media WHERE lane = $1 AND account_id = $2")
    assert (await target(shop))["content"] == {"caption": "before", "media_id": str(file["id"])}


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_revoked_is_revoked_for_good(shop: Shop, order: tuple[int, ...], batched: bool) -> None:
    await receive_in(shop, order, [written(text("hi", "w1", 0)), edit("hello", 5), revoke(7)], batched)
    row = await target(shop)
    assert (row["revoked_at"], row["preview"]) == (at(7), "")


async def test_a_customer_cannot_change_what_we_wrote(shop: Shop) -> None:
    await shop.sent("w1", preview="Here you are")
    await shop.receive(edit("something else", 5), revoke(6))
    row = await target(shop)
    assert (row["content"], row["edited_at"], row["revoked_at"]) == ({"body": "Here you are"}, None, None)


async def test_both_sides_react(shop: Shop) -> None:
    await shop.receive(written(text("hi", "w1", 0)), reaction("👍", 5))
    echo = {
        **message("reaction", {"message_id": "w1", "emoji": "🙏"}, "b1", 6, sender={"from": BUSINESS_PHONE}),
        "to": ANA["wa_id"],
    }
    await shop.receive(webhook(value(contacts=(), message_echoes=[echo]), field="smb_message_echoes"))
    assert (await target(shop))["reactions"] == [{"by": "customer", "emoji": "👍"}, {"by": "business", "emoji": "🙏"}]


async def test_a_reaction_of_ours_that_failed_is_taken_back(shop: Shop) -> None:
    await shop.receive(written(text("hi", "w1", 0)))
    async with shop.database.lane(shop.tenant.lane) as tx:
        await tx.execute(
            """UPDATE messages SET reactions = '[{"by": "business", "emoji": "🙏"}]' WHERE lane = $1""",
            shop.tenant.lane,
        )
    await shop.sent("ours", "reaction", 5, hidden=True, target_wamid="w1", content={"emoji": "🙏"})
    await shop.receive(
        ticked(status("failed", "ours", 6, errors=[{"code": 131009, "title": "Parameter value is not valid"}]))
    )
    assert (await target(shop))["reactions"] == []
