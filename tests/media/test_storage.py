"""The store behaves alike on a folder and on an S3-compatible server."""

from __future__ import annotations

import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from moto.server import ThreadedMotoServer

from hobnob.platform.settings import Settings, SettingsError
from hobnob.platform.storage import FileMissing, Storage, open_storage


@pytest.fixture(scope="module")
def s3_settings() -> Iterator[Settings]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/bucket", method="PUT")).close()
    yield Settings(
        storage_url="s3://bucket/desk",
        storage_s3_endpoint=endpoint,
        storage_s3_access_key="key",
        storage_s3_secret_key="secret",
    )
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_storage(Settings(data_dir=tmp_path))
    return open_storage(request.getfixturevalue("s3_settings"))


async def test_keeps_what_it_was_given(storage: Storage) -> None:
    await storage.put("a/b/small", b"hello")
    assert await storage.get_bytes("a/b/small") == b"hello"
    await storage.put("a/b/small", b"again")
    assert await storage.get_bytes("a/b/small") == b"again"


async def test_streams_large_files_and_ranges(storage: Storage) -> None:
    piece = bytes(range(256)) * 4096

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield piece

    await storage.put("large", chunks())
    whole = piece * 12
    assert await storage.get_bytes("large") == whole
    part = b"".join([chunk async for chunk in storage.get("large", 1_000_000, 9_000_001)])
    assert part == whole[1_000_000:9_000_001]
    assert b"".join([chunk async for chunk in storage.get("large", len(whole) - 3)]) == whole[-3:]


async def test_a_stream_that_breaks_leaves_nothing(storage: Storage) -> None:
    class Broken(Exception):
        pass

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x" * 6_000_000
        raise Broken

    with pytest.raises(Broken):
        await storage.put("broken", chunks())
    with pytest.raises(FileMissing):
        await storage.get_bytes("broken")


async def test_missing_and_deleted(storage: Storage) -> None:
    with pytest.raises(FileMissing):
        await storage.get_bytes("nothing")
    await storage.put("gone", b"x")
    await storage.delete("gone")
    await storage.delete("gone")
    with pytest.raises(FileMissing):
        await storage.get_bytes("gone")


def test_a_wrong_address_names_the_fix() -> None:
    with pytest.raises(SettingsError, match="s3://bucket/prefix"):
        open_storage(msgspec.structs.replace(Settings(), storage_url="ftp://somewhere"))
