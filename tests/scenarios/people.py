"""The people of a story: an agent at the desk and a customer with a phone, both over real HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from .house import House, until

PASSWORD = "correct horse battery staple"
Json = dict[str, Any]


class Desk:
    """One signed-in browser, without the browser. The house closes its connections."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.http = httpx.Client(base_url=house.web_url, timeout=20)
        house.on_stop(self.http.close)

    def call(self, method: str, path: str, body: object = None, *, key: str | None = None, expect: int = 0) -> Any:
        """A request as the page makes it; ``expect`` is the status wanted (0: any 2xx)."""
        if "hobnob_csrf" not in self.http.cookies:
            self.http.get("/api/me")
        headers = {"X-CSRF-Token": self.http.cookies.get("hobnob_csrf") or ""}
        if key:
            headers["Idempotency-Key"] = key
        answer = self.http.request(method, path, json=body, headers=headers)
        wanted = answer.status_code == expect if expect else answer.is_success
        assert wanted, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def sign_up(self, brand: str, email: str) -> Any:
        body = {
            "brand": brand,
            "name": "Asha Rao",
            "email": email,
            "password": PASSWORD,
            "time_zone": "Asia/Kolkata",
            "locale": "en",
        }
        return self.call("POST", "/api/sign-up", body, expect=201)

    def sign_in(self, email: str) -> Any:
        return self.call("POST", "/api/sign-in", {"email": email, "password": PASSWORD})

    def bring_number(self, phone: str, method: str = "sms") -> Any:
        """The whole way of a number, reading the code off the simulated phone."""
        number = self.call(
            "POST", "/api/numbers", {"phone": phone, "display_name": "Marigold Tea"}, key=str(uuid4()), expect=201
        )
        self.call("POST", f"/api/numbers/{number['id']}/request-code", {"method": method})
        code = self.code_on_phone(phone, method)
        self.call("POST", f"/api/numbers/{number['id']}/verify-code", {"code": code})
        number = self.call("POST", f"/api/numbers/{number['id']}/register", {"pin": "481216"})
        assert number["status"] == "connected", number
        return number

    def code_on_phone(self, phone: str, method: str = "sms") -> str:
        def read() -> str:
            phones = self.house.control("GET", "/phones")
            mine = next(p for p in phones if p["phone"] == phone)
            items = mine["sms" if method == "sms" else "calls"]
            digits = "".join(c for c in items[-1]["body"] if c.isdigit()) if items else ""
            return digits[-6:]

        return str(until("the code on the phone", read))

    def top_up(self, micros: int) -> Any:
        body = {"amount_micros": micros, "method": "test"}
        return self.call("POST", "/api/billing/top-ups", body, key=str(uuid4()), expect=201)

    def wallet(self) -> Any:
        return self.call("GET", "/api/wallet")

    def chats(self, **query: str) -> Any:
        return self.call("GET", "/api/chats?" + "&".join(f"{k}={v}" for k, v in query.items()))["items"]

    def thread(self, chat_id: str) -> Any:
        """All messages, oldest first."""
        items: list[Json] = []
        before = ""
        while True:
            page = self.call("GET", f"/api/chats/{chat_id}/messages?limit=100{before}")
            items += page["items"]
            if not page["next"]:
                return items[::-1]
            before = f"&before={page['next']}"

    def send(self, chat_id: str, body: Json, *, key: str | None = None, expect: int = 202) -> Any:
        return self.call("POST", f"/api/chats/{chat_id}/messages", body, key=key or str(uuid4()), expect=expect)

    def say(self, chat_id: str, text: str) -> Any:
        return self.send(chat_id, {"type": "text", "body": text})

    def message(self, chat_id: str, message_id: str) -> Any:
        return next(m for m in self.thread(chat_id) if m["id"] == message_id)

    def charges(self) -> Any:
        return self.call("GET", "/api/billing/charges?limit=100")["items"]


class Customer:
    """A person with a simulated phone."""

    def __init__(self, house: House, phone: str, name: str, **facts: object) -> None:
        self.house = house
        self.phone = phone
        house.control("POST", "/phones", {"phone": phone, "name": name, **facts})

    def write(self, phone_number_id: str, text: str, **extra: object) -> str:
        body = {"to": phone_number_id, "type": "text", "text": {"body": text}, **extra}
        return str(self.house.control("POST", f"/phones/{self.phone}/send", body)["id"])

    def set(self, **facts: object) -> None:
        self.house.control("PATCH", f"/phones/{self.phone}", facts)

    def reads(self, phone_number_id: str) -> None:
        self.house.control("POST", f"/phones/{self.phone}/read", {"phone_number_id": phone_number_id})

    def sees(self, phone_number_id: str) -> Any:
        chats = self.house.control("GET", f"/phones/{self.phone}/chats")
        mine = [c for c in chats if c["phone_number_id"] == phone_number_id]
        return mine[0]["messages"] if mine else []
