"""Fills the demo shop of a running house, whose settings are in the environment; prints how to sign in."""

from __future__ import annotations

import asyncio
import json

from hobnob.demo.actions import seed
from hobnob.platform.settings import load

settings = load()
sign_in = asyncio.run(seed(settings, settings.simulator_url))
print(json.dumps({"email": sign_in.email, "password": sign_in.password}))
