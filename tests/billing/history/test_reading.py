"""Events from JSON lines, and `hobnob rate`: what is read, what is refused with its line, what comes out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hobnob import cli
from hobnob.billing.history.reading import BadLine, read
from hobnob.billing.history.types import Event

EVENT = {
    "event": "delivered",
    "at": "2026-11-23T09:00:00Z",
    "number": "+15550100",
    "customer": "+919876543210",
    "message": "m1",
    "kind": "template",
    "category": "utility",
    "referral": False,
}


def line(**changes: Any) -> str:
    return json.dumps({key: value for key, value in {**EVENT, **changes}.items() if value is not ...})


def parsed(text: str) -> Event:
    def refuse(bad: BadLine) -> None:
        raise bad

    (event,) = read([text.encode()], refuse)
    return event


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"at": "2026-11-23T14:30:00+05:30"}, "at", "2026-11-23T09:00:00+00:00"),
        ({"at": "2026-11-23T09:00:00.25"}, "at", "2026-11-23T09:00:00.250000+00:00"),
        ({"customer": "919876543210"}, "customer", "+919876543210"),
        ({"customer": "US.ENT.1349"}, "customer", "US.ENT.1349"),
        ({"category": "AUTHENTICATION-INTERNATIONAL"}, "category", "authentication_international"),
        ({"kind": "free_form", "category": None}, "category", None),
        ({"kind": "free_form", "category": "service"}, "category", None),
        ({"referral": ...}, "referral", False),
        ({"event": "inbound", "kind": ..., "category": ..., "referral": True}, "referral", True),
        ({"expires_at": "2026-11-24T09:00:00Z"}, "expires_at", "2026-11-24T09:00:00+00:00"),
        ({"unknown": 1}, "message", "m1"),
    ],
)
def test_what_is_read(changes: dict[str, Any], field: str, value: object) -> None:
    found = getattr(parsed(line(**changes)), field)
    assert (found.isoformat() if hasattr(found, "isoformat") else found) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "this is no JSON object"),
        ("[]", "Expected `object`"),
        ("1", "Expected `object`"),
        ("nonsense", "this is no JSON object"),
        (line(event="sent"), "'sent', at `event`"),
        (line(kind="voice"), "'voice', at `kind`"),
        (line(kind=...), "a delivered message has a `kind`"),
        (line(kind=None), "a delivered message has a `kind`"),
        (line(message=...), "the field is missing: `message`"),
        (line(message=""), "`message` is empty"),
        (line(number=""), "`number` is empty"),
        (line(number=5), "at `number`"),
        (line(referral="yes"), "at `referral`"),
        (line(at="yesterday"), "`at` is no moment"),
        (line(at="2026-11-23"), "`at` is no moment"),
        (line(at="1026-11-23T09:00:00Z"), "`at` is no moment"),
        (line(at="2026-02-30T09:00:00Z"), "`at` is no moment"),
        (line(expires_at="later"), "`expires_at` is no moment"),
        (line(customer="you"), "`customer` is neither"),
        (line(customer="+91 98765"), "`customer` is neither"),
        (line(category=None), "a template has a `category`"),
        (line(category="sales"), "a template has a `category`"),
        (line(message="m" * 70_000), "longer than"),
    ],
)
def test_what_is_refused_says_line_and_problem(text: str, problem: str) -> None:
    told: list[str] = []
    good = list(read([line().encode(), b"\n", text.encode()], lambda bad: told.append(str(bad))))
    assert len(good) == 1
    (sentence,) = told
    assert sentence.startswith("line 3: ")
    assert problem in sentence


def test_bytes_that_are_no_text_are_refused() -> None:
    told: list[str] = []
    assert list(read([b'{"event": "\xff\xfe"}'], lambda bad: told.append(str(bad)))) == []
    assert len(told) == 1 and told[0].startswith("line 1: ")
    assert len(list(read([b"\xef\xbb\xbf" + line().encode()], lambda bad: told.append(str(bad))))) == 1


def rated(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, without any setting of ours."""
    return subprocess.run(
        [sys.executable, "-m", "hobnob", "rate", *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": ""},
    )


def test_the_command_reads_a_file_or_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join([line(), line(), "", line(message="m0", at="2026-11-23T08:00:00Z")]))
    done = rated(str(file), "--plan", "Starter", "--account-timezone", "Asia/Kolkata", "--all")
    assert (done.returncode, done.stderr) == (0, "")
    items = [json.loads(text) for text in done.stdout.splitlines()]
    assert items[0] == {
        "message": "m0",
        "meter": "conversation",
        "at": "2026-11-23T08:00:00Z",
        "opens": True,
        "conversation": "m0",
        "category": "utility",
        "market": "India",
        "amount_micros": 15000,
        "currency": "USD",
        "rule": "template_opens",
    }
    assert [(item["message"], item["meter"], item["amount_micros"], item["rule"]) for item in items[1:]] == [
        ("m0", "meta", 1400, "template_message"),
        ("m1", "conversation", 0, "inside_open"),
        ("m1", "meta", 1400, "template_message"),
    ]
    short = rated("-", given=file.read_text())
    assert len(short.stdout.splitlines()) == 3
    assert rated("-").stdout == ""


def test_a_bad_line_ends_the_command_before_anything_is_written_unless_it_may_go_on() -> None:
    text = "\n".join([line(), "nonsense", line(message="m2"), *["{}"] * 30])
    done = rated("-", given=text)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("line 2: this is no JSON object")
    done = rated("-", "--skip-bad", given=text)
    assert done.returncode == 0
    assert {json.loads(text)["message"] for text in done.stdout.splitlines()} == {"m1", "m2"}
    assert "line 2: " in done.stderr and "Skipped 31 lines" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["/nowhere/at/all"], "/nowhere/at/all cannot be read: No such file"),
        (["-", "--plan", "gold"], "There is no plan 'gold': choose one of starter, plus"),
        (["-", "--card", "starter"], "There is no card 'starter'"),
        (["-", "--account-timezone", "Mars/Olympus"], "'Mars/Olympus' is no time zone"),
    ],
)
def test_what_cannot_be_used_is_said_with_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.app(["rate", *arguments])
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.out == ""


def test_who_has_read_enough_may_go(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join(line(message=f"m{n}") for n in range(20_000)))
    with subprocess.Popen(
        [sys.executable, "-m", "hobnob", "rate", str(file), "--all"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert isinstance(process.stdout, io.BufferedReader) and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0
