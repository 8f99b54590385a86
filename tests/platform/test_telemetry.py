"""Log lines name the request and the account and never a secret; metrics are grouped by route."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from uuid import uuid4

import msgspec
import pytest
import structlog
from litestar import Litestar, get
from litestar.params import FromPath
from litestar.testing import TestClient

from hobnob.platform import telemetry
from hobnob.platform.settings import Settings

TOKEN = "EAAGm0PX4ZCpsBAKzZAexampleexampleexample"


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers, root.level = before
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_lines_are_json_and_name_request_and_account(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging(Settings())
    account = uuid4()
    structlog.contextvars.bind_contextvars(request_id="r1")
    telemetry.bind_account(account)
    structlog.get_logger().info("message_sent", count=3)
    logging.getLogger("some.library").warning("hello %s", "there")
    ours, theirs = _lines(capsys)
    assert (ours["event"], ours["level"], ours["count"]) == ("message_sent", "info", 3)
    assert (ours["request_id"], ours["account_id"]) == ("r1", str(account))
    assert str(ours["timestamp"]).endswith("Z")
    assert (theirs["event"], theirs["request_id"]) == ("hello there", "r1")


@pytest.mark.parametrize(
    ("fields", "secret"),
    [
        ({"password": "hunter22"}, "hunter22"),
        ({"app_secret": "s3cr3t-value"}, "s3cr3t-value"),
        ({"headers": {"Authorization": f"Bearer {TOKEN}"}}, TOKEN),
        ({"headers": [{"Set-Cookie": "hobnob_session=abcdef"}]}, "abcdef"),
        ({"url": "postgresql://owner:pa55word@127.0.0.1:5432/hobnob"}, "pa55word"),
        ({"url": f"https://graph.example/v25.0/me?access_token={TOKEN}&fields=id"}, TOKEN),
        ({"detail": f"header was Bearer {TOKEN}"}, TOKEN),
        ({"body": '{"verify_token": "open sesame"}'}, "open"),
        ({"detail": f"said {TOKEN} aloud"}, TOKEN),
        ({"body": b'{"password":"in bytes"}'}, "in bytes"),
        ({"pin": "123456"}, "123456"),
        ({"code": "654321"}, "654321"),
    ],
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_is_written(
    fields: dict[str, object], secret: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure_logging(msgspec.structs.replace(Settings(), log_format=form))
    structlog.get_logger().warning("something_happened", **fields)
    written = capsys.readouterr().err
    assert secret not in written
    assert telemetry.REDACTED in written


def test_no_secret_is_written_with_an_exception(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging(Settings())
    try:
        raise OSError("cannot connect to postgresql://owner:pa55word@127.0.0.1/hobnob")
    except OSError:
        structlog.get_logger().exception("job_failed")
    (line,) = _lines(capsys)
    assert "Traceback" in str(line["exception"])
    assert "pa55word" not in str(line)


def test_error_codes_and_plain_words_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging(Settings())
    structlog.get_logger().warning("send_failed", meta_code=131047, code=131047, tokens_left=5, detail="no token given")
    (line,) = _lines(capsys)
    assert (line["meta_code"], line["code"], line["tokens_left"]) == (131047, 131047, 5)
    assert line["detail"] == "no token given"


def test_requests_are_timed_by_route_template() -> None:
    @get("/things/{thing_id:int}", sync_to_thread=False)
    def thing(thing_id: FromPath[int]) -> dict[str, int]:
        return {"id": thing_id}

    with TestClient(telemetry.MetricsMiddleware(Litestar([thing]))) as client:
        assert client.get("/things/1").status_code == 200
        assert client.get("/things/2").status_code == 200
        assert client.get("/nowhere").status_code == 404
    text = telemetry.render_metrics().decode()
    assert 'hobnob_http_request_seconds_count{method="GET",route="/things/{thing_id}",status="200"} 2.0' in text
    assert "/things/1" not in text
    assert "process_resident_memory_bytes" in text
