"""Drafts, and how they become invoices: the same figures, then written down for ever, numbered, and their tax paid.

Locking: the wallet's row first (it gives ``upto_n``), the series of the number last.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from hobnob.billing import charges, ledger
from hobnob.billing.book import TAX_PAYABLE
from hobnob.billing.charges import Item
from hobnob.billing.period import start_of
from hobnob.billing.rating import zone_of
from hobnob.kernel.ids import Tenant, new_id
from hobnob.kernel.money import decimal_text
from hobnob.platform.database import Tx
from hobnob.team import actions as team
from hobnob.team.types import Account

from . import parties, rules
from .errors import NoSeller
from .giving_back import give_back
from .groups import groups, roll
from .numbers import give_number, issue_day
from .rules import Figures
from .types import Invoice, InvoiceLine, Party, Seller, TaxRule

GRACE = timedelta(hours=48)
METER_TAX = "tax"
JOB = "invoices"


class Basis(NamedTuple):
    """What an account's invoices are computed from, besides its charges."""

    account: Account
    seller: Seller | None
    rules: list[TaxRule]
    buyer: Party

    @property
    def selling(self) -> Seller:
        return self.seller or parties.SANDBOX_SELLER


class Numbered(NamedTuple):
    """An invoice about to be written down."""

    id: UUID
    number: str
    month: date
    after_n: int
    upto_n: int
    issued_at: datetime


def month_of(at: datetime, time_zone: str) -> date:
    """The calendar month of a moment in an account's time zone, as its first day."""
    return at.astimezone(zone_of(time_zone)).date().replace(day=1)


def due_at(month: date, time_zone: str) -> datetime:
    """When a month is invoiced: its end, and some time for what is reported late."""
    return start_of(rules.month_after(month), time_zone) + GRACE


async def drafts(tx: Tx, tenant: Tenant, now: datetime) -> list[Invoice]:
    """The drafts of months that are not invoiced yet, oldest first; the last one is the running month's. ``now`` is the
    account's time."""
    basis = await basis_of(tx, tenant)
    zone = basis.account.time_zone
    upto_n = await _charge_count(tx, tenant)
    issued = await tx.fetchrow(
        "SELECT month, upto_n FROM invoices WHERE lane = $1 AND account_id = $2 ORDER BY upto_n DESC, month DESC LIMIT 1",
        tenant.lane,
        tenant.account_id,
    )
    running = month_of(now, zone)
    after_n = issued["upto_n"] if issued else 0
    # An earlier month is open while its invoice is due later, or a little late.
    open_ = await tx.fetchval(
        "SELECT month FROM invoice_schedule WHERE lane = $1 AND account_id = $2", tenant.lane, tenant.account_id
    )
    months = [running]
    if issued and issued["month"] >= running:
        # The account closed within the month: what comes now is on the next invoice.
        return []
    while open_ is not None and open_ < months[0] and len(months) < 12:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    found = []
    for month in months:
        sums = await _figures(tx, tenant, basis, month, after_n, upto_n)
        if month == running or sums.lines:
            found.append(_draft(basis, month, sums))
        if sums.lines:
            after_n = upto_n
    return found


async def issue(tx: Tx, lane: int, account_id: UUID, month: date, at: datetime, now: datetime) -> UUID | None:
    """Issue an account's invoice of a month, dated ``at`` (the account's time); None when the month has no charges. The month
    of an invoice that is there is passed over, and answered. ``now`` is the machine's time. Months come in their order.
    Raises NoSeller."""
    tenant = Tenant(account_id, lane)
    wallet = (await ledger.lock(tx, lane, [account_id]))[account_id]
    known: UUID | None = await tx.fetchval(
        "SELECT id FROM invoices WHERE lane = $1 AND account_id = $2 AND month = $3", lane, account_id, month
    )
    if known is not None:
        return known
    basis = await basis_of(tx, tenant)
    after_n = await tx.fetchval(
        "SELECT coalesce(max(upto_n), 0) FROM invoices WHERE lane = $1 AND account_id = $2", lane, account_id
    )
    await roll(tx, tenant, wallet.charge_count)
    sums = await _figures(tx, tenant, basis, month, after_n, wallet.charge_count)
    if not sums.lines:
        return None
    if basis.seller is None and not basis.account.sandbox:
        raise NoSeller(
            "Nobody is set up to issue invoices: run `hobnob seller set` with your company's name and address."
        )
    invoice_id = new_id()
    await _charge_tax(tx, tenant, basis, invoice_id, month, sums, at, now)
    number = await give_number(
        tx, tenant, basis.selling, invoice_id, issue_day(basis.selling, at), sandbox=basis.account.sandbox
    )
    await _write(tx, tenant, basis, Numbered(invoice_id, number, month, after_n, wallet.charge_count, at), sums)
    return invoice_id


async def basis_of(tx: Tx, tenant: Tenant) -> Basis:
    """Account, seller, tax rules and buyer as they are now."""
    account = await team.account_of(tx, tenant)
    seller = await parties.seller(tx)
    tax_rules = await parties.tax_rules(tx) if seller else []
    return Basis(account, seller, tax_rules, await parties.buyer(tx, tenant, account.name))


async def _figures(tx: Tx, tenant: Tenant, basis: Basis, month: date, after_n: int, upto_n: int) -> Figures:
    found = await groups(tx, tenant, month, after_n=after_n, upto_n=upto_n, rules=basis.rules)
    return rules.figures(found, basis.account.currency, basis.rules, basis.selling.party, basis.buyer)


def _draft(basis: Basis, month: date, sums: Figures) -> Invoice:
    account, seller = basis.account, basis.selling
    return Invoice(
        state="draft",
        month=month,
        first_day=month,
        last_day=rules.month_after(month) - timedelta(days=1),
        currency=account.currency,
        lines=sums.lines,
        charged_micros=sums.charged_micros,
        net_micros=sums.net_micros,
        rounding_micros=sums.net_micros - sums.charged_micros,
        taxes=sums.taxes,
        tax_micros=sums.tax_micros,
        total_micros=sums.total_micros,
        seller=seller.party,
        buyer=basis.buyer,
        place_of_supply=rules.place_of_supply(seller.party, basis.buyer),
        notes=rules.notes_of(sums, basis.rules, seller, basis.buyer, account.currency),
        time_zone=account.time_zone,
        sandbox=account.sandbox,
        due_at=due_at(month, account.time_zone),
    )


async def _charge_tax(
    tx: Tx, tenant: Tenant, basis: Basis, id: UUID, month: date, sums: Figures, at: datetime, now: datetime
) -> None:
    """The taxes of an invoice, from the wallet. Late corrections can outweigh a month: tax below zero goes back to it."""
    totals: dict[str, tuple[str, int]] = {}
    for tax in sums.taxes:
        name, amount = totals.get(tax.type, (f"{tax.name} {rules.percent_text(tax.rate_ppm)}", 0))
        totals[tax.type] = (name, amount + tax.amount_micros)
    since = max((line.tax_from for line in sums.lines if line.tax_from), default=month)
    items = [
        Item(
            account_id=tenant.account_id,
            item=f"tax:{id}:{kind}",
            meter=METER_TAX,
            at=at,
            amount_micros=amount,
            rule=f"{name} on your invoice of {month:%B %Y}: {decimal_text(amount)} {basis.account.currency}.",
            plan=basis.account.plan,
            card=METER_TAX,
            card_version=1,
            card_effective_from=since,
            into=TAX_PAYABLE + kind,
        )
        for kind, (name, amount) in totals.items()
        if amount > 0
    ]
    await charges.post_items(tx, tenant.lane, items, now)
    below = {TAX_PAYABLE + kind: -amount for kind, (_, amount) in totals.items() if amount < 0}
    if below:
        await give_back(tx, tenant, below, f"tax:{id}", ("invoice", id), f"Tax of {month:%B %Y}, given back", at)


async def _write(tx: Tx, tenant: Tenant, basis: Basis, new: Numbered, sums: Figures) -> None:
    seller, account = basis.selling, basis.account
    await tx.execute(
        "INSERT INTO invoices (lane, account_id, id, number, month, after_n, upto_n, currency, charged_micros, net_micros,"
        " tax_micros, total_micros, seller, buyer, sandbox, time_zone, issued_at, issued_on, place_of_supply, notes)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        tenant.lane,
        tenant.account_id,
        new.id,
        new.number,
        new.month,
        new.after_n,
        new.upto_n,
        account.currency,
        sums.charged_micros,
        sums.net_micros,
        sums.tax_micros,
        sums.total_micros,
        msgspec.to_builtins(seller.party),
        msgspec.to_builtins(basis.buyer),
        account.sandbox,
        account.time_zone,
        new.issued_at,
        issue_day(seller, new.issued_at),
        rules.place_of_supply(seller.party, basis.buyer),
        rules.notes_of(sums, basis.rules, seller, basis.buyer, account.currency),
    )
    await _write_lines(tx, tenant, new.id, sums.lines)
    await tx.execute(
        "INSERT INTO invoice_paperwork (lane, account_id, id, kind) VALUES ($1, $2, $3, 'invoice')",
        tenant.lane,
        tenant.account_id,
        new.id,
    )
    tx.wake(JOB, tenant.lane)


async def _write_lines(tx: Tx, tenant: Tenant, invoice_id: UUID, lines: Sequence[InvoiceLine]) -> None:
    columns = [name for name in InvoiceLine.__struct_fields__ if name != "taxes"]
    kinds = {"n": "integer", "late": "boolean", "quantity": "bigint", "card_version": "integer"}
    kinds |= dict.fromkeys(("unit_micros", "charged_micros", "amount_micros"), "bigint")
    kinds |= dict.fromkeys(("first_day", "last_day", "card_effective_from", "tax_from"), "date")
    shape = ", ".join(f"${n}::{kinds.get(name, 'text')}[]" for n, name in enumerate(columns, 4))
    await tx.execute(
        f"INSERT INTO invoice_lines (lane, account_id, invoice_id, {', '.join(columns)})"
        f" SELECT $1, $2, $3, l.* FROM unnest({shape}) AS l",
        tenant.lane,
        tenant.account_id,
        invoice_id,
        *([getattr(line, name) for line in lines] for name in columns),
    )
    taxes = [(line.n, part.type, part.name, part.rate_ppm, part.amount_micros) for line in lines for part in line.taxes]
    if taxes:
        await tx.execute(
            "INSERT INTO invoice_taxes (lane, account_id, invoice_id, line_n, type, name, rate_ppm, amount_micros)"
            " SELECT $1, $2, $3, t.* FROM unnest($4::integer[], $5::text[], $6::text[], $7::integer[], $8::bigint[]) AS t",
            tenant.lane,
            tenant.account_id,
            invoice_id,
            *map(list, zip(*taxes, strict=True)),
        )


async def _charge_count(tx: Tx, tenant: Tenant) -> int:
    count = await tx.fetchval(
        "SELECT charge_count FROM wallets WHERE lane = $1 AND account_id = $2", tenant.lane, tenant.account_id
    )
    return int(count or 0)
