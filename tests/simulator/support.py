"""A simulator in a process of its own, a receiver for its webhooks in a thread, and hands to move both from plain tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

APP_ID, APP_SECRET, TOKEN, VERIFY_TOKEN = "424242", "app-secret", "a-token", "a-word"
BUSINESS_PHONE = "+14155550100"
CUSTOMER_PHONE = "+919820012345"
PIN = "123456"
WAIT_S = 10.0


@dataclass
class Hook:
    """One webhook as it arrived."""

    raw: bytes
    signature: str | None

    @property
    def changes(self) -> list[dict[str, Any]]:
        return [change for entry in json.loads(self.raw)["entry"] for change in entry["changes"]]


@dataclass
class Receiver:
    """Answers the handshake and keeps every webhook; ``answer`` decides the status."""

    url: str = ""
    hooks: list[Hook] = field(default_factory=list)
    answer: Callable[[], int] = lambda: 200
    refused: int = 0

    def values(self, name: str = "messages") -> list[dict[str, Any]]:
        return [change["value"] for hook in list(self.hooks) for change in hook.changes if change["field"] == name]

    def messages(self) -> list[dict[str, Any]]:
        return [item for value in self.values() for item in value.get("messages", [])]

    def statuses(self, wamid: str | None = None) -> list[dict[str, Any]]:
        found = [item for value in self.values() for item in value.get("statuses", [])]
        return [item for item in found if wamid is None or item["id"] == wamid]

    def wait(self, ready: Callable[[], Any]) -> Any:
        """The first true answer of ``ready``; fails after ten seconds."""
        stop = time.monotonic() + WAIT_S
        while time.monotonic() < stop:
            found = ready()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError(f"not there in time; the last webhooks were {[hook.raw for hook in self.hooks[-3:]]}")

    def status(self, wamid: str, status: str) -> dict[str, Any]:
        """Waits for one status of one message."""
        found: dict[str, Any] = self.wait(
            lambda: next((item for item in self.statuses(wamid) if item["status"] == status), None)
        )
        return found


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
            right = query.get("hub.verify_token") == [VERIFY_TOKEN]
            self._say(200 if right else 403, query.get("hub.challenge", [""])[0].encode() if right else b"no")

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.answer()
            if status == 200:
                receiver.hooks.append(Hook(raw, self.headers.get("X-Hub-Signature-256")))
            else:
                receiver.refused += 1
            self._say(status, b"")

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Refused(Exception):
    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body

    @property
    def code(self) -> int:
        return int(self.body["error"]["code"])


@dataclass
class Platform:
    """The simulator's two faces, called from plain code."""

    url: str
    process: subprocess.Popen[str] | None = None
    waba_id: str = ""
    number_id: str = ""

    def control(self, method: str, path: str, **body: Any) -> Any:
        return self._call(method, f"/control{path}", body if method != "GET" else None, {})

    def graph(self, method: str, path: str, token: str = TOKEN, version: str = "v25.0", **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return self._call(method, f"/{version}/{path}", body if method in ("POST", "DELETE") else None, headers)

    def _call(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data, {"Content-Type": "application/json", **headers}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                raw = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(error.code, json.loads(error.read() or b"null")) from None
        return json.loads(raw) if raw else None

    def phone(self, phone: str, verb: str = "", method: str = "POST", **body: Any) -> Any:
        return self.control(method, f"/phones/{urllib.parse.quote(phone)}{verb}", **body)

    def write(self, phone: str = CUSTOMER_PHONE, text: Any = "hello", **more: Any) -> str:
        """The customer sends a text, or whatever ``more`` says."""
        body = {"to": self.number_id, "type": "text", "text": {"body": text}, **more}
        wamid: str = self.phone(phone, "/send", **body)["id"]
        return wamid

    def send(self, to: str = CUSTOMER_PHONE, **more: Any) -> str:
        """The business sends a text, or whatever ``more`` says."""
        body = {"messaging_product": "whatsapp", "to": to, **more}
        if "type" not in body:
            body |= {"type": "text", "text": {"body": "hi"}}
        answer = self.graph("POST", f"{self.number_id}/messages", **body)
        wamid: str = answer["messages"][0]["id"]
        return wamid

    def faults(self, **changes: Any) -> Any:
        return self.control("PUT", "/faults", **changes)

    def advance(self, **delta: float) -> None:
        units = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
        self.control("POST", "/clock/advance", seconds=sum(units[unit] * amount for unit, amount in delta.items()))

    def thread(self, phone: str = CUSTOMER_PHONE) -> list[dict[str, Any]]:
        """The bubbles of the phone's chat with the business."""
        chats = self.phone(phone, "/chats", "GET")
        found = [chat for chat in chats if chat["phone_number_id"] == self.number_id]
        bubbles: list[dict[str, Any]] = found[0]["messages"] if found else []
        return bubbles

    def code_of(self, phone: str = BUSINESS_PHONE) -> str:
        state = self.control("GET", "/state")
        sms = next(each for each in state["phones"] if each["phone"] == phone)["sms"]
        found = re.search(r"(\d{3})-(\d{3})", sms[-1]["body"])
        assert found is not None
        return found.group(1) + found.group(2)

    def bring_number(self, phone: str = BUSINESS_PHONE, cc: str = "1", name: str = "Shop") -> str:
        """Adds, proves and registers a number; returns its id."""
        national = phone.removeprefix("+" + cc)
        path = f"{self.waba_id}/phone_numbers"
        number_id: str = self.graph("POST", path, cc=cc, phone_number=national, verified_name=name)["id"]
        self.graph("POST", f"{number_id}/request_code", code_method="SMS", language="en_US")
        self.graph("POST", f"{number_id}/verify_code", code=self.code_of(phone))
        self.graph("POST", f"{number_id}/register", messaging_product="whatsapp", pin=PIN)
        return number_id

    def open(self, receiver: Receiver | None) -> None:
        """One app, one account, one registered number, one customer."""
        self.control(
            "POST", "/apps", app_id=APP_ID, app_secret=APP_SECRET, token=TOKEN, verify_token=VERIFY_TOKEN,
            callback_url=receiver.url if receiver else "",
        )  # fmt: skip
        self.waba_id = self.control("POST", "/wabas", name="Shop")["id"]
        self.graph("POST", f"{self.waba_id}/subscribed_apps")
        self.number_id = self.bring_number()
        self.control("POST", "/phones", phone=CUSTOMER_PHONE, name="Ash\u00e4")


@contextmanager
def simulating(state_dir: Path | None = None) -> Iterator[Platform]:
    """A simulator process on a free port."""
    command = [sys.executable, "-m", "hobnob.simulator.server", "--port", "0"]
    if state_dir is not None:
        command += ["--state", str(state_dir)]
    source = str(Path(__file__).resolve().parents[2] / "src")
    environment = {**os.environ, "PYTHONPATH": source}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://"), "the simulator did not start"
        yield Platform(url, process)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
