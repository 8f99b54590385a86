"""The rules and the arithmetic of money stay pure: no storage, no framework, no clock of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

PURE = [
    "hobnob.conversations.rules",
    "hobnob.billing.book",
    "hobnob.billing.postings",
    "hobnob.billing.rating",
    "hobnob.billing.explain",
    "hobnob.billing.period",
    "hobnob.billing.shipped",
    "hobnob.billing.history.rate",
    "hobnob.billing.history.reading",
    "hobnob.billing.provider.told",
    "hobnob.billing.provider.compare",
]
# Run in a process of its own: what a module pulls in is what it depends on.
PROGRAM = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*[name for name in sys.modules if name.startswith(("hobnob.platform", "asyncpg", "litestar", "aiohttp"))])
"""


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_pull_in_no_storage_and_no_framework(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, module], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
