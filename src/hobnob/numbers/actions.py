"""What can be done in the numbers room; other rooms come in here too."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from hobnob.kernel.errors import InvalidInput
from hobnob.kernel.identity import format_phone, parse_phone
from hobnob.kernel.ids import Tenant
from hobnob.platform.database import Tx

from . import queries
from .bring import add, remove
from .codes import request_code, verify_code
from .connect import apply_quality_updates, register
from .types import Number, NumberRef, PhoneCheck

__all__ = [
    "add",
    "apply_quality_updates",
    "check_phone",
    "number_ids",
    "number_of",
    "number_ref",
    "numbers_by_phone_number_id",
    "numbers_in",
    "numbers_of",
    "register",
    "remove",
    "request_code",
    "verify_code",
    "waba_of",
]


async def numbers_of(tx: Tx, tenant: Tenant) -> list[Number]:
    """The account's numbers, oldest first."""
    return [queries.view(row) for row in await queries.numbers(tx, tenant)]


async def number_ids(tx: Tx, tenant: Tenant) -> list[UUID]:
    """Ids of the account's numbers, in no order."""
    return await queries.ids(tx, tenant)


async def number_of(tx: Tx, tenant: Tenant, number_id: UUID) -> Number:
    """One number. Raises NotFound."""
    return queries.view(await queries.number(tx, tenant, number_id))


async def number_ref(tx: Tx, tenant: Tenant, number_id: UUID) -> NumberRef | None:
    """One of the account's numbers, as other rooms need it."""
    return await queries.ref(tx, tenant, number_id)


async def numbers_in(tx: Tx, lane: int, ids: Sequence[UUID]) -> dict[UUID, NumberRef]:
    """Numbers of a lane by id; unknown ids are left out."""
    return await queries.refs(tx, lane, ids)


async def numbers_by_phone_number_id(
    tx: Tx, lane: int, accounts: Sequence[UUID], phone_number_ids: Sequence[str]
) -> dict[tuple[UUID, str], NumberRef]:
    """Numbers of a lane by account and WhatsApp's id (two parallel lists); unknown ones are left out."""
    return await queries.refs_by_phone_number_id(tx, lane, accounts, phone_number_ids)


async def waba_of(tx: Tx, tenant: Tenant) -> str | None:
    """The WhatsApp Business Account set aside for the account, if it has one yet."""
    return await queries.waba_of(tx, tenant)


def check_phone(phone: str, country: str | None) -> PhoneCheck:
    """Whether a text is a phone number, and which."""
    try:
        parsed = parse_phone(phone, country)
    except InvalidInput as error:
        return PhoneCheck(False, None, None, None, error.detail)
    return PhoneCheck(True, parsed.e164, format_phone(parsed.e164), parsed.country, None)
