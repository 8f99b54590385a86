"""Documents: the same bytes each time, kept with their hash, every script legible, tables without formulas."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from importlib import resources

import asyncpg
import msgspec
import typst

from hobnob.billing.actions import prove_lane
from hobnob.billing.invoices import documents, paper, sheet
from hobnob.billing.invoices.credit_notes import credit
from hobnob.billing.invoices.jobs import InvoicesJob
from hobnob.billing.invoices.types import CreditAsked, CreditNoteAsked, Invoice, ProfileChange
from hobnob.kernel.clock import ManualClock
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Database
from hobnob.platform.settings import Settings
from tests.billing.books import USD, assert_proven, open_account
from tests.billing.invoices.shop import GST, OCTOBER, SELLER, at, charge_fee, issued, leased, set_buyer, set_up_seller

START = datetime(2026, 9, 20, tzinfo=UTC)
SCRIPTS = {
    "Arabic": "شركة العنبر للشاي",
    "Hebrew": "חברת תה ענבר",
    "Devanagari": "मैरीगोल्ड चाय",
    "Bengali": "গাঁদা চা",
    "Gujarati": "ગલગોટા ચા",
    "Gurmukhi": "ਗੇਂਦਾ ਚਾਹ",
    "Tamil": "சாமந்தி தேநீர்",
    "Telugu": "బంతి టీ",
    "Kannada": "ಚೆಂಡು ಚಹಾ",
    "Malayalam": "ചെണ്ടുമല്ലി ചായ",
    "Oriya": "ଗେଣ୍ଡୁ ଚା",
    "Sinhala": "තේ සමාගම",
    "Thai": "ชาดาวเรือง",
    "Khmer": "តែផ្កា",
    "Lao": "ຊາດອກ",
    "Myanmar": "လက်ဖက်ရည်",
    "Ethiopic": "ሻይ ኩባንያ",
    "Georgian": "ჩაის კომპანია",
    "Armenian": "Թեյի ընկերություն",
    "Cyrillic": "Чай Ноготки",
    "Greek": "Τσάι Κατιφέ",
    "Vietnamese": "Trà Cúc Vạn Thọ",
    "Chinese": "金盏花茶有限公司",
    "Japanese": "株式会社マリーゴールド茶",
    "Korean": "주식회사 금잔화차",
}


async def invoiced(settings: Settings, database: Database, name: str = "Marigold Tea") -> tuple[Tenant, Invoice]:
    await set_up_seller(settings, SELLER, GST)
    tenant = await open_account(database, paid_micros=100 * USD, now=START)
    await set_buyer(database, tenant, ProfileChange(name, "7 Hill Road", "IN", "MH", email="books@marigold.example"))
    await charge_fee(database, tenant, OCTOBER)
    return tenant, await issued(database, tenant, OCTOBER)


async def test_an_invoice_renders_to_the_same_bytes_each_time(settings: Settings, database: Database) -> None:
    _, invoice = await invoiced(settings, database, "شركة العنبر 金盏花茶")
    first = paper.invoice_pdf(invoice)
    assert first.startswith(b"%PDF-")
    assert paper.invoice_pdf(invoice) == first
    code = (
        "import sys, msgspec, hashlib\n"
        "from hobnob.billing.invoices import paper\n"
        "from hobnob.billing.invoices.types import Invoice\n"
        "invoice = msgspec.json.decode(sys.stdin.buffer.read(), type=Invoice)\n"
        "print(hashlib.sha256(paper.invoice_pdf(invoice)).hexdigest())"
    )
    elsewhere = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code],
        input=msgspec.json.encode(invoice),
        capture_output=True,
        check=True,
        env={"TZ": "Asia/Tokyo", "LANG": "C", "SOURCE_DATE_EPOCH": "1", "PATH": ""},
    )
    assert elsewhere.stdout.decode().strip() == hashlib.sha256(first).hexdigest()


def test_every_script_has_its_glyphs() -> None:
    """The compiler warns of a font family it does not have; a glyph that no font has is drawn by the font named first, as
    a box of its own. So each script is drawn with and without its font."""
    fonts = resources.files("hobnob.billing.invoices") / "fonts"
    known = {font.family for font in typst.Fonts(False, False, [str(fonts)]).fonts()}
    assert set(paper.FONTS) == known
    for script, text in SCRIPTS.items():
        source = f"#set page(width: auto, height: auto, fill: none)\n#set text(font: {json.dumps(list(paper.FONTS)).replace('[', '(').replace(']', ')')}, fallback: false)\n{text}"
        missing = source.replace(text, "\U0001fbff" * len(text))
        made, warnings = drawn(source)
        boxes, _ = drawn(missing)
        assert not warnings, script
        box = glyphs(boxes)
        assert len(box) == 1
        assert not box & glyphs(made), f"{script} has characters without a glyph"


def drawn(source: str) -> tuple[bytes, list[typst.TypstWarning]]:
    compiler = typst.Compiler(source.encode(), font_paths=paper._fonts(), ignore_system_fonts=True)
    made, warnings = compiler.compile_with_warnings(format="svg")
    assert made is not None
    return made if isinstance(made, bytes) else made[0], warnings


def glyphs(svg: bytes) -> set[bytes]:
    """The shapes that are drawn."""
    return {part.split(b'"')[0] for part in svg.split(b' d="')[1:] if len(part.split(b'"')[0]) > 40}


async def test_the_job_keeps_the_document_with_its_hash_and_sends_it(settings: Settings, database: Database) -> None:
    tenant, invoice = await invoiced(settings, database)
    assert invoice.id is not None
    async with database.lane(tenant.lane) as tx:
        asked = CreditNoteAsked("Agreed on the phone", [CreditAsked(1, USD)])
        note = await credit(tx, tenant, invoice.id, asked, "1", at(date(2026, 11, 9)))
    job = InvoicesJob(ManualClock(at(date(2026, 11, 9))))
    async with leased(database, tenant.lane) as scope:
        while await job.run(scope):
            pass
    async with database.account(tenant) as tx:
        document = await documents.invoice_document(tx, tenant, invoice)
        of_note = await documents.credit_note_document(tx, tenant, note)
        letters = await tx.fetch("SELECT recipient, subject, attachment_name, attachment FROM mail_outbox ORDER BY id")
    assert document.pdf == paper.invoice_pdf(invoice)
    assert document.sha256 == hashlib.sha256(document.pdf).digest()
    assert (document.filename, of_note.filename) == ("INV-26-27-000001.pdf", "CRN-26-27-000001.pdf")
    assert of_note.pdf == paper.credit_note_pdf(note, invoice) != document.pdf
    assert [tuple(letter) for letter in letters] == [
        ("books@marigold.example", f"Invoice {invoice.number} for 1 to 31 Oct 2026", document.filename, document.pdf),
        (
            "books@marigold.example",
            f"Credit note {note.number} on invoice {invoice.number}",
            of_note.filename,
            of_note.pdf,
        ),
    ]
    await assert_proven(database, tenant.lane)
    owner = await asyncpg.connect(settings.database_url)
    await owner.execute("UPDATE invoice_documents SET pdf = pdf || '!'::bytea WHERE id = $1", invoice.id)
    await owner.close()
    async with database.lane(tenant.lane) as tx:
        (finding,) = await prove_lane(tx, tenant.lane)
    assert "a kept document was changed" in finding.problem


async def test_the_table_has_no_formula(settings: Settings, database: Database) -> None:
    _, invoice = await invoiced(settings, database)
    line = msgspec.structs.replace(invoice.lines[0], description="=HYPERLINK(1)", market="@SUM(A1)", charged_micros=-5)
    text = sheet.invoice_csv(msgspec.structs.replace(invoice, lines=[line])).decode()
    header, row = list(csv.reader(io.StringIO(text)))
    found = dict(zip(header, row, strict=True))
    assert (found["description"], found["market"]) == ("'=HYPERLINK(1)", "'@SUM(A1)")
    assert (found["charged"], found["amount"], found["taxes"]) == ("-0.000005", "40.00", "IGST 7.20")
