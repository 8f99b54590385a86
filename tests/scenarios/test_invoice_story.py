"""A month from the first reply to the invoice on paper, its correction, and the proof of it all."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import partial
from typing import Any

import httpx
import pytest

from .house import House, until
from .people import Customer, Desk
from .test_main_story import BUSINESS, DAY_S, advance, arrived, phone_number_id_of

pytestmark = pytest.mark.timeout(240)
CUSTOMERS = 8
GSTIN = "29AAGCB7383J1Z4"


def hobnob(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hobnob.cli", *arguments],
        env=house.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def invoices(desk: Desk) -> Any:
    return desk.call("GET", "/api/billing/invoices")["items"]


def test_a_month_is_invoiced_corrected_and_proven(house: House) -> None:
    for arguments in (
        ("seller", "set", "--name", "Desk Software Pvt. Ltd.", "--address", "14 MG Road; Bengaluru", "--country", "IN",
         "--tax-id", GSTIN, "--time-zone", "Asia/Kolkata", "--fiscal-year-starts", "4"),
        ("tax", "add", "india", "--since", "2017-07-01", "--rate", "18", "--code", "SAC 998439"),
    ):  # fmt: skip
        done = hobnob(house, *arguments)
        assert done.returncode == 0, done.stderr
    desk = Desk(house)
    desk.sign_up("Marigold Tea", "asha@marigold.example")
    refused = desk.call("PUT", "/api/billing/profile", profile(tax_id="29AAGCB7383J1Z5"), expect=422)
    assert (refused["code"], refused["fields"][0]["field"]) == ("tax_id_wrong", "tax_id")
    assert desk.call("PUT", "/api/billing/profile", profile())["tax_id_checked"]
    desk.top_up(500_000_000)
    desk.bring_number(BUSINESS)
    talk(house, desk)
    charges = desk.charges()
    (draft,) = desk.call("GET", "/api/billing/invoices/drafts")["items"]
    assert (draft["state"], draft["number"]) == ("draft", None)
    assert draft["charged_micros"] == sum(charge["amount_micros"] for charge in charges) > 0
    month = draft["month"][:7]

    advance(house, desk, 34 * DAY_S)
    (brief,) = until("the invoice", lambda: invoices(desk), 60)
    invoice = desk.call("GET", f"/api/billing/invoices/{brief['id']}")
    assert desk.call("GET", f"/api/billing/invoices/of-month?month={month}") == invoice
    assert [line["charged_micros"] for line in draft["lines"] if line["meter"] == "conversation"] == [
        line["charged_micros"] for line in invoice["lines"] if line["meter"] == "conversation"
    ]
    assert invoice["net_micros"] == sum(line["amount_micros"] for line in invoice["lines"])
    assert {tax["name"] for tax in invoice["taxes"]} == {"CGST", "SGST"}
    assert invoice["buyer"]["legal_name"] == "شركة العنبر Marigold"
    taxes = [charge for charge in desk.charges() if charge["meter"] == "tax"]
    assert sum(charge["amount_micros"] for charge in taxes) == invoice["tax_micros"] > 0

    pages = [desk.http.get(f"/api/billing/invoices/{brief['id']}/pdf") for _ in range(2)]
    assert pages[0].content == pages[1].content
    assert pages[0].content.startswith(b"%PDF")
    assert pages[0].headers["x-content-sha256"] == hashlib.sha256(pages[0].content).hexdigest()
    table = desk.http.get(f"/api/billing/invoices/{brief['id']}/csv")
    assert table.text.count("\r\n") == 1 + len(invoice["lines"])

    again = desk.call("GET", f"/api/billing/what-if?month={month}")
    assert [(line["category"], line["market"], line["quantity"], line["amount_micros"]) for line in again["lines"]] == [
        (line["category"], line["market"], line["quantity"], line["charged_micros"])
        for line in invoice["lines"]
        if line["meter"] == "conversation"
    ]
    account = desk.call("GET", "/api/me")["account"]["id"]
    told = hobnob(house, "simulate-bill", "--account", account, "--month", month, "--plan", "plus")
    assert (told.returncode, told.stderr) == (0, "")
    assert "on Plus" in told.stdout
    compared = desk.call("GET", "/api/billing/plans/compare")
    assert {plan["plan"] for plan in compared["plans"]} >= {"starter", "plus", "elite", "max"}

    refused = desk.call("POST", f"/api/billing/invoices/{brief['id']}/credit-notes", expect=403)
    assert (refused["code"], invoice["number"] in refused["detail"]) == ("operator_only", True)
    before = desk.wallet()["available_micros"]
    line = max(invoice["lines"], key=lambda one: one["amount_micros"])
    for _ in range(2):
        done = hobnob(
            house,
            "credit-note",
            invoice["number"],
            "--line",
            str(line["n"]),
            "--reason",
            "Goodwill",
            "--key",
            "ticket 7",
        )
        assert done.returncode == 0, done.stderr
    after = desk.call("GET", f"/api/billing/invoices/{brief['id']}")
    (note,) = after["credit_notes"]
    assert desk.wallet()["available_micros"] - before == note["total_micros"] > line["amount_micros"]
    assert after["lines"] == invoice["lines"]
    assert desk.http.get(f"/api/billing/credit-notes/{note['id']}/pdf").content.startswith(b"%PDF")
    done = hobnob(house, "credit-note", invoice["number"], "--line", str(line["n"]), "--reason", "Once more")
    assert (done.returncode, "0.00 USD left" in done.stderr) == (1, True)
    proven = hobnob(house, "ledger", "prove")
    assert (proven.returncode, proven.stdout.strip()) == (0, "The ledger is right."), proven.stdout
    assert httpx.get(f"{house.web_url}/readyz").status_code == 200


def profile(**changes: str) -> dict[str, str]:
    return {
        "legal_name": "شركة العنبر Marigold",
        "address": "7 Hill Road\nBengaluru",
        "country": "IN",
        "tax_id": GSTIN,
        **changes,
    }


def talk(house: House, desk: Desk) -> None:
    """Customers write, and each answer opens a conversation: enough of them for tax to be a coin."""
    phone_number_id = phone_number_id_of(house, BUSINESS)
    for n in range(CUSTOMERS):
        Customer(house, f"+91981230001{n}", f"Ravi {n}").write(phone_number_id, "Is the first flush in stock?")
    chats = until("the chats", lambda: len(desk.chats()) == CUSTOMERS and desk.chats())
    replies = {chat["id"]: desk.say(chat["id"], "Yes, picked last week.")["id"] for chat in chats}
    for chat, reply in replies.items():
        until("two ticks", partial(arrived, desk, chat, reply, "delivered"))
    until("the charges", lambda: [c["meter"] for c in desk.charges()].count("conversation") == CUSTOMERS)
