"""`hobnob grant`: promotional credit from the command line, once per key."""

from __future__ import annotations

import asyncio
import os
import sys

from hobnob.platform.settings import Settings
from tests.billing.books import USD
from tests.desk import Desk


async def grant(settings: Settings, *arguments: str) -> tuple[int | None, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOBNOB_")}
    environment |= {"HOBNOB_DATABASE_URL": settings.database_url, "HOBNOB_SECRET_KEY": settings.secret_key}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hobnob.cli", "grant", *arguments, env=environment, stdout=-1, stderr=-2
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_a_gift_is_given_once(desk: Desk, settings: Settings) -> None:
    me = await desk.sign_up()
    gift = ["--reason", "Spring offer", "--key", "spring", "--last-day", "2099-12-31", "--priority", "10"]
    assert await grant(settings, "maya@example.com", "2.5", *gift) == (0, "Given. Available now: 2.50 USD.\n")
    assert await grant(settings, me["account"]["id"], "2.5", *gift) == (0, "Given. Available now: 2.50 USD.\n")
    (block,) = (await desk.get("/api/wallet")).json["blocks"]
    assert (block["kind"], block["amount_micros"]) == ("promo", 2_500_000)
    assert block["expires_at"] == "2099-12-31T23:00:00Z"  # midnight in Madrid
    statement = (await desk.get(f"/api/wallet/blocks/{block['id']}/statement")).json
    assert (statement["reason"], statement["priority"]) == ("Spring offer", 10)
    assert [(line["kind"], line["amount_micros"]) for line in statement["items"]] == [("grant", 2_500_000)]
    code, said = await grant(settings, "maya@example.com", "3", *gift)
    assert (code, "already used" in said) == (1, True)
    assert (await desk.get("/api/wallet")).json["available_micros"] == 5 * USD // 2


async def test_what_cannot_be_given_is_said_in_a_sentence(desk: Desk, settings: Settings) -> None:
    await desk.sign_up()
    plain = ["--reason", "x", "--key", "x"]
    code, said = await grant(settings, "nobody@example.com", "1", *plain)
    assert (code, said) == (
        1,
        "Nothing was given: No account has the id or an agent with the e-mail nobody@example.com.\n",
    )
    assert (await grant(settings, "maya@example.com", "much", *plain))[0] == 2
    assert (await grant(settings, "maya@example.com", "0", *plain))[0] == 1
    assert (await grant(settings, "maya@example.com", "1", *plain, "--last-day", "soon"))[0] == 2
