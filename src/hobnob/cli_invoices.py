"""The commands of invoices: `hobnob seller`, `hobnob tax`, `hobnob credit-note`, `hobnob simulate-bill`. Joined by `cli`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeVar

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from hobnob.billing.invoices.types import CreditAsked, WhatIf
    from hobnob.platform.database import Database
    from hobnob.platform.settings import Settings

T = TypeVar("T")
USAGE = 2

seller = App(name="seller", help="Who issues the invoices: your company.")
tax = App(name="tax", help="Which tax your invoices charge, by date.")


def join(app: App) -> None:
    """Add these commands."""
    app.command(seller)
    app.command(tax)
    app.command(credit_note)
    app.command(simulate_bill)


@seller.command(name="set")
def set_seller(  # noqa: PLR0913 - each is an option of the command
    *,
    name: Annotated[str, Parameter(help="legal name")],
    address: Annotated[str, Parameter(help="lines as on an envelope, separated by ; or line breaks")],
    country: Annotated[str, Parameter(help="ISO 3166 code, such as IN")],
    state: Annotated[str, Parameter(help="for India the GST state, such as KA or 29")] = "",
    tax_id: Annotated[str, Parameter(help="GSTIN, VAT number, ...; checked where its form is known")] = "",
    email: Annotated[str, Parameter(help="where questions about invoices go")] = "",
    time_zone: Annotated[str, Parameter(help="whose days date the invoices, such as Asia/Kolkata")] = "UTC",
    fiscal_year_starts: Annotated[int, Parameter(help="first month of your fiscal year, 1 to 12")] = 1,
    prefix: Annotated[str, Parameter(help="begins the numbers of invoices: up to 4 capitals and digits")] = "INV",
    credit_prefix: Annotated[str, Parameter(help="begins the numbers of credit notes")] = "CRN",
    note: Annotated[str, Parameter(help="a sentence for the foot of each invoice")] = "",
) -> None:
    """Set up, or change, who issues invoices. Issued ones keep what they say. Until this is done none are issued, but those of
    sandbox accounts, which are marked as tests."""
    from hobnob.billing.invoices import parties
    from hobnob.billing.invoices.types import Party, Seller
    from hobnob.platform.database import owner_transaction

    if not 1 <= fiscal_year_starts <= 12:
        _fail("--fiscal-year-starts is a month from 1 to 12.", USAGE)
    for given in (prefix, credit_prefix):
        if not (1 <= len(given) <= 4 and given.isascii() and given.isalnum() and given == given.upper()):
            _fail(f"{given!r} is no prefix: use up to 4 capitals and digits.", USAGE)
    if prefix == credit_prefix:
        _fail("Invoices and credit notes need different prefixes.", USAGE)
    address = "\n".join(part.strip() for part in address.replace(";", "\n").splitlines())
    party = Party(name, address, country, state, tax_id, email)
    new = Seller("main", party, time_zone, fiscal_year_starts, prefix, credit_prefix, note)
    settings = _settings()

    async def run() -> Seller:
        async with owner_transaction(settings) as tx:
            return await parties.set_seller(tx, new)

    _show_seller(_run(run))


@seller.command(name="show")
def show_seller() -> None:
    """Who issues invoices now."""
    from hobnob.billing.invoices import parties

    async def read(database: Database) -> Any:
        async with database.unscoped() as tx:
            return await parties.seller(tx)

    found = _with_database(read)
    if found is None:
        _fail("Nobody is set up: run `hobnob seller set`.")
    _show_seller(found)


@tax.command(name="add")
def add_tax(
    kind: Annotated[Literal["none", "single", "india"], Parameter(help="no tax, one rate, or CGST+SGST and IGST")],
    /,
    *,
    since: Annotated[str, Parameter(help="the first day it is charged for, such as 2026-04-01")],
    rate: Annotated[str, Parameter(help="per cent, such as 18 or 5.5")] = "0",
    name: Annotated[str, Parameter(help="of a single rate, such as VAT")] = "",
    everywhere: Annotated[bool, Parameter(negative=(), help="also from buyers in other countries")] = False,
    code: Annotated[str, Parameter(help="what the authority calls the service, such as SAC 998439")] = "",
    note: Annotated[str, Parameter(help="a sentence for invoices it is on")] = "",
) -> None:
    """Add a tax rule. The past cannot change: a rule begins after the last invoiced day, and another takes over from its date."""
    from datetime import date
    from decimal import Decimal, InvalidOperation

    from hobnob.billing.invoices import parties
    from hobnob.billing.invoices.types import TaxRule
    from hobnob.platform.database import owner_transaction

    try:
        first, ppm = date.fromisoformat(since), Decimal(rate) * 10_000
    except (ValueError, InvalidOperation):
        _fail("--since is a day such as 2026-04-01, --rate a number such as 18.", USAGE)
    if not ppm.is_finite() or ppm != int(ppm) or not 0 <= ppm <= 1_000_000:
        _fail(f"{rate!r} is no rate: use 0 to 100 with up to four decimals.", USAGE)
    letters = name.replace(" ", "")
    if kind == "single" and not (letters.isascii() and letters.isalpha() and len(name) <= 31):
        _fail("A single rate needs --name: letters, such as VAT or Sales tax.", USAGE)
    rule = TaxRule(first, kind, name, 0 if kind == "none" else int(ppm), not everywhere, code, note)
    settings = _settings()

    async def run() -> None:
        async with owner_transaction(settings) as tx:
            await parties.add_tax_rule(tx, rule)

    _run(run)
    print(f"From {first}: {_rule_text(rule)}.")


@tax.command(name="list")
def list_tax() -> None:
    """The tax rules by date."""
    from hobnob.billing.invoices import parties

    async def read(database: Database) -> Any:
        async with database.unscoped() as tx:
            return await parties.tax_rules(tx)

    for rule in _with_database(read):
        print(f"{rule.effective_from}  {_rule_text(rule)}")


def credit_note(
    invoice: Annotated[str, Parameter(help="number of the invoice, such as INV/26-27/000001")],
    /,
    *,
    line: Annotated[
        list[str], Parameter(help="what to take back, before tax: 2=5.00, or 2 for all that is left of line 2")
    ],
    reason: Annotated[str, Parameter(help="why; it stands on the note")],
    key: Annotated[str, Parameter(help="the same key makes one note, however often it is run")] = "",
) -> None:
    """Take back a part of an issued invoice. Its tax goes with it at the rate it had; the money goes to the wallet."""
    from hobnob.billing.invoices import credit_notes, operating
    from hobnob.billing.invoices.types import CreditNoteAsked
    from hobnob.kernel.clock import SystemClock
    from hobnob.kernel.ids import new_id
    from hobnob.kernel.money import decimal_text
    from hobnob.team import actions as team

    asked = CreditNoteAsked(reason, [_credit(text) for text in line])
    if not reason.strip():
        _fail("--reason is empty.", USAGE)

    async def run(database: Database) -> Any:
        tenant, document_id = await operating.find_invoice(database, invoice)
        async with database.lane(tenant.lane) as tx:
            now = SystemClock().now((await team.account_of(tx, tenant)).clock_ahead_s)
            return await credit_notes.credit(tx, tenant, document_id, asked, key or str(new_id()), now)

    note = _with_database(run)
    total = f"{decimal_text(note.total_micros)} {note.currency}"
    print(
        f"{note.number} on {note.invoice_number}: {total}, of it tax {decimal_text(note.tax_micros)}. It is in the wallet."
    )


def simulate_bill(
    *,
    account: Annotated[str, Parameter(help="id of the account")],
    month: Annotated[str, Parameter(help="calendar month of the account, such as 2026-10")],
    plan: Annotated[str, Parameter(help="such as plus; left out: the plans that were in force")] = "",
    card: Annotated[str, Parameter(help="WhatsApp's rate card")] = "meta",
    json: Annotated[bool, Parameter(negative=(), help="as one JSON object")] = False,
) -> None:
    """Rate an account's stored messages of a month again, under another plan or rate card. Changes nothing."""
    from datetime import date
    from uuid import UUID

    import msgspec

    from hobnob.billing.invoices import operating
    from hobnob.billing.invoices.what_if import what_if

    try:
        tenant_id, first = UUID(account), date.fromisoformat(f"{month}-01")
    except ValueError:
        _fail("--account is an id, and --month a month such as 2026-10.", USAGE)

    async def run(database: Database) -> WhatIf:
        tenant = await operating.find_account(database, tenant_id)
        async with database.account(tenant) as tx:
            return await what_if(tx, tenant, first, plan=plan or None, card=card)

    found = _with_database(run)
    if json:
        print(msgspec.json.encode(found).decode())
    else:
        _show_what_if(found)


def _show_what_if(found: WhatIf) -> None:
    from hobnob.kernel.money import decimal_text

    print(f"{found.month:%B %Y} on {found.plan_name}, in {found.currency}")
    for line in found.lines:
        price = decimal_text(line.unit_micros or 0)
        print(
            f"  {line.quantity:>10,} {line.category}, {line.market}, each {price}: {decimal_text(line.amount_micros)}"
        )
    print(f"  {found.conversations:>10,} conversations: {decimal_text(found.amount_micros)}")
    sign = "+" if found.difference_micros > 0 else ""
    print(f"Charged were {decimal_text(found.actual_micros)}: {sign}{decimal_text(found.difference_micros)}.")
    print(f"WhatsApp itself, by its card {found.card}: {decimal_text(found.meta_micros)}")
    for total in found.meta_lines:
        print(f"  {total.quantity:>10,} {total.category}, {total.market}: {decimal_text(total.amount_micros)}")
    if found.unpriced:
        print(f"{found.unpriced:,} items had no price.")


def _show_seller(found: Any) -> None:
    party = found.party
    print(f"{party.legal_name}\n{party.address}\n{party.country} {party.state}".rstrip())
    print(
        f"Tax id {party.tax_id or 'none'}; dates of {found.time_zone}; numbers {found.prefix}/, {found.credit_prefix}/;"
        f" fiscal year from month {found.year_starts}."
    )


def _rule_text(rule: Any) -> str:
    from hobnob.billing.invoices.rules import percent_text

    if rule.kind == "none":
        return "no tax"
    name = rule.name if rule.kind == "single" else "GST (CGST and SGST within the state, IGST across)"
    return f"{name} {percent_text(rule.rate_ppm)}{'' if rule.domestic else ', from all buyers'}"


def _credit(text: str) -> CreditAsked:
    from hobnob.billing.invoices.types import CreditAsked
    from hobnob.kernel.money import micros_from_text

    number, _, amount = text.partition("=")
    try:
        return CreditAsked(int(number), micros_from_text(amount) if amount else None)
    except ValueError:
        _fail(f"{text!r} is no line: write 2=5.00, or 2 for all that is left of line 2.", USAGE)


def _settings() -> Settings:
    from hobnob.platform.settings import SettingsError, load

    try:
        return load(require=("database_url", "secret_key"))
    except SettingsError as error:
        _fail(str(error), USAGE)


def _with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    from hobnob.platform.database import ROLE_WEB, ROLE_WORK, Database

    settings = _settings()

    async def run() -> T:
        database = await Database.open(settings, roles=(ROLE_WEB, ROLE_WORK))
        try:
            return await work(database)
        finally:
            await database.close()

    return _run(run)


def _run(work: Callable[[], Awaitable[T]]) -> T:
    from hobnob.kernel.errors import HobnobError

    async def run() -> T:
        return await work()

    try:
        return asyncio.run(run())
    except HobnobError as error:
        _fail(error.detail)
    except OSError as error:
        _fail(f"The database does not answer: {error}")


def _fail(sentence: str, code: int = 1) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)
