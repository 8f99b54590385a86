"""Who buys and who sells: the account's billing profile, and the operator's sellers with their tax rules."""

from __future__ import annotations

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from hobnob.kernel.errors import InvalidInput, NotFound
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Row, Tx

from . import tax_ids
from .errors import PublishedRule
from .types import Party, Profile, ProfileChange, Seller, TaxRule

SELLER = "main"
PROFILE_NONE = Profile("", "", "", "", "", "", False, 0)
# A sandbox has a seller before anybody set one up: nothing it prints is an invoice.
SANDBOX_SELLER = Seller(SELLER, Party("Your provider (not set up yet)"), "UTC", 1, "INV", "CRN")
_PARTY = "legal_name, address, country, state, tax_id, email"


async def profile(tx: Tx, tenant: Tenant) -> Profile:
    """The account's profile; empty with version 0 while nobody filled it in."""
    row = await tx.fetchrow(
        f"SELECT {_PARTY}, version FROM billing_profiles WHERE lane = $1 AND account_id = $2",
        tenant.lane,
        tenant.account_id,
    )
    if row is None:
        return PROFILE_NONE
    return Profile(**dict(row), tax_id_checked=tax_ids.checked(row["country"], row["tax_id"]).checked)


async def change_profile(tx: Tx, tenant: Tenant, change: ProfileChange) -> Profile:
    """Write the profile. Invoices that are issued keep what they say. Raises TaxIdWrong."""
    party = party_of(change)
    await tx.execute(
        f"INSERT INTO billing_profiles AS p (lane, account_id, {_PARTY}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (lane, account_id) DO UPDATE SET legal_name = excluded.legal_name, address = excluded.address,"
        " country = excluded.country, state = excluded.state, tax_id = excluded.tax_id, email = excluded.email,"
        " version = p.version + 1",
        tenant.lane,
        tenant.account_id,
        *(party.legal_name, party.address, party.country, party.state, party.tax_id, party.email),
    )
    return await profile(tx, tenant)


def party_of(change: ProfileChange) -> Party:
    """A profile as it will stand on invoices. Raises TaxIdWrong, InvalidInput."""
    country = change.country.upper()
    tax_id = tax_ids.checked(country, change.tax_id)
    name = " ".join(change.legal_name.split())
    if not name:
        raise InvalidInput("The name is empty.", fields=[("legal_name", "empty")])
    email = change.email.strip()
    if email and "@" not in email[1:-1]:
        raise InvalidInput("This is not an e-mail address.", fields=[("email", "not an e-mail address")])
    lines = [" ".join(line.split()) for line in change.address.splitlines()]
    state = tax_ids.with_state(country, change.state, tax_id)
    return Party(name, "\n".join(line for line in lines if line), country, state, tax_id.number, email)


async def buyer(tx: Tx, tenant: Tenant, account_name: str) -> Party:
    """Who an invoice of the account is for: its profile, or as long as there is none its name."""
    found = await profile(tx, tenant)
    if not found.version:
        return Party(account_name)
    return Party(found.legal_name, found.address, found.country, found.state, found.tax_id, found.email)


async def seller(tx: Tx, code: str = SELLER) -> Seller | None:
    """None while the operator has set none up."""
    row = await tx.fetchrow("SELECT * FROM sellers WHERE code = $1", code)
    return _seller(row) if row else None


async def tax_rules(tx: Tx, code: str = SELLER) -> list[TaxRule]:
    """A seller's rules by date."""
    rows = await tx.fetch(
        "SELECT effective_from, kind, name, rate_ppm, domestic, code, note FROM tax_rules WHERE seller = $1"
        " ORDER BY effective_from",
        code,
    )
    return [TaxRule(**dict(row)) for row in rows]


async def set_seller(tx: Tx, new: Seller) -> Seller:
    """Write a seller; ``tx`` is the tables' owner's. Raises TaxIdWrong, InvalidInput."""
    party = new.party
    change = ProfileChange(party.legal_name, party.address, party.country, party.state, party.tax_id, party.email)
    party = party_of(change)
    try:
        ZoneInfo(new.time_zone)
    except (ValueError, OSError, KeyError):
        raise InvalidInput(f"{new.time_zone!r} is no time zone: write one such as Asia/Kolkata.") from None
    columns = (
        "code, legal_name, address, country, state, tax_id, email, time_zone, year_starts, prefix, credit_prefix, note"
    )
    sets = ", ".join(f"{name.strip()} = excluded.{name.strip()}" for name in columns.split(",")[1:])
    await tx.execute(
        f"INSERT INTO sellers ({columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        f" ON CONFLICT (code) DO UPDATE SET {sets}",
        new.code,
        *(party.legal_name, party.address, party.country, party.state, party.tax_id, party.email),
        *(new.time_zone, new.year_starts, new.prefix, new.credit_prefix, new.note),
    )
    stored = await seller(tx, new.code)
    assert stored is not None
    return stored


async def add_tax_rule(tx: Tx, rule: TaxRule, code: str = SELLER) -> None:
    """Add a rule; ``tx`` is the tables' owner's. The same rule again changes nothing. Raises PublishedRule when a rule of that
    day says something else, or one of its day or a later one is on an issued invoice; NotFound without a seller."""
    if await seller(tx, code) is None:
        raise NotFound(f"There is no seller {code!r}: set one up with `hobnob seller set`.")
    rules = await tax_rules(tx, code)
    if rule in rules:
        return
    if any(one.effective_from == rule.effective_from for one in rules):
        raise PublishedRule(f"There is another rule from {rule.effective_from}: add one with a later date instead.")
    last = await _last_invoiced_day(tx)
    if last is not None and rule.effective_from <= last:
        raise PublishedRule(f"Invoices are issued up to {last}: a new rule can begin on the day after at the earliest.")
    await tx.execute(
        "INSERT INTO tax_rules (seller, effective_from, kind, name, rate_ppm, domestic, code, note)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        code,
        *(rule.effective_from, rule.kind, rule.name, rule.rate_ppm, rule.domestic, rule.code, rule.note),
    )


async def invoice_address(tx: Tx, tenant: Tenant) -> str | None:
    """Where invoices are sent: the profile's address, else the owner's."""
    found: UUID | str | None = await tx.fetchval(
        "SELECT coalesce(nullif((SELECT email FROM billing_profiles WHERE lane = $1 AND account_id = $2), ''),"
        " (SELECT email FROM agents WHERE lane = $1 AND account_id = $2 AND role = 'owner'))",
        tenant.lane,
        tenant.account_id,
    )
    return str(found) if found else None


async def _last_invoiced_day(tx: Tx) -> date | None:
    last: date | None = await tx.fetchval(
        "SELECT max(last_day) FROM invoice_lines l JOIN invoices i USING (lane, account_id) WHERE i.id = l.invoice_id AND NOT i.sandbox"
    )
    return last


def _seller(row: Row) -> Seller:
    return Seller(
        code=row["code"],
        party=Party(row["legal_name"], row["address"], row["country"], row["state"], row["tax_id"], row["email"]),
        time_zone=row["time_zone"],
        year_starts=row["year_starts"],
        prefix=row["prefix"],
        credit_prefix=row["credit_prefix"],
        note=row["note"],
    )
