"""The GET a webhook address must answer before it is believed: echo the challenge, having compared the token."""

from __future__ import annotations

import random

import aiohttp

from .refusal import Refusal

TIMEOUT_S = 10
CALLBACK_MAX_CHARS = 200


async def shake_hands(url: str, verify_token: str) -> None:
    """Raises Meta's refusal 2200 when the address does not answer as it must."""
    if len(url) > CALLBACK_MAX_CHARS:
        raise Refusal(100, f"override_callback_uri has at most {CALLBACK_MAX_CHARS} characters.")
    problem = await try_handshake(url, verify_token)
    if problem is not None:
        raise Refusal(2200, problem, http=400, message=f"(#2200) Callback verification failed: {problem}")


async def try_handshake(url: str, verify_token: str) -> str | None:
    """None when all is well, else what was wrong."""
    challenge = str(random.randrange(10**9, 10**10))
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, params=query, allow_redirects=False) as answer,
        ):
            said = (await answer.content.read(1000)).decode("utf-8", "replace")
            if answer.status != 200:
                return f"the address answered {answer.status}"
            return None if said.strip() == challenge else "the address did not return the challenge"
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
