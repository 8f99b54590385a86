"""First step: the number is noted, a WhatsApp Business Account is set aside for the brand, and WhatsApp learns of the number.

Part of `actions`.
"""

from __future__ import annotations

from uuid import UUID

from hobnob.kernel.errors import HobnobError
from hobnob.kernel.identity import Phone, parse_phone
from hobnob.kernel.ids import Tenant, new_id
from hobnob.platform.database import Row, Tx
from hobnob.platform.idempotency import once
from hobnob.team import actions as team
from hobnob.team.types import Session
from hobnob.whatsapp.errors import AuthError, GraphError, RateLimited, Temporary

from . import errors, queries, rules, store
from .events import NumberChanged, NumbersResync
from .types import NewNumber, Number, Tools

CLAIMS_MAX_COUNT = 100


async def add(tools: Tools, session: Session, new: NewNumber, key: UUID | None) -> Number:
    """Bring a number. Bringing the same one again goes on with it. Raises InvalidInput, NumberTaken, NumberInUseInApp,
    NoWhatsAppAccountLeft and WhatsApp's own refusals."""
    team.require_admin(session, rules.FOR_ADMINS)
    phone = parse_phone(new.phone, new.country)
    name = rules.valid_display_name(new.display_name)
    tenant = session.tenant
    async with tools.database.account(tenant) as tx:

        async def note() -> tuple[int, str]:
            return 201, str(await _noted(tx, tools, session, phone, name))

        if key is None:
            number_id = UUID((await note())[1])
        else:
            number_id = UUID((await once(tx, tenant, key, ["add number", phone.e164, name], note))[1])
    await ensure_known(tools, tenant, number_id)
    return queries.view(await store.read(tools.database, tenant, number_id))


async def ensure_known(tools: Tools, tenant: Tenant, number_id: UUID) -> Row:
    """Make sure WhatsApp knows the number, also after a crash between its answer and our note of it."""
    row = await store.read(tools.database, tenant, number_id)
    if row["phone_number_id"] is not None:
        return row
    phone = parse_phone(row["phone"])
    try:
        phone_number_id = await _create(tools, row["waba_id"], phone, row["display_name"])
    except GraphError as error:
        problem = errors.explain(error, "add")
        if isinstance(error, (Temporary, RateLimited, AuthError)):
            await store.note_error(tools.database, tenant, number_id, problem)
        else:
            await _forget(tools, tenant, number_id)
        raise problem from error
    try:
        async with tools.database.account(tenant) as tx:
            await _claim_route(tx, tenant, "number", phone_number_id)
            await store.change(tx, tenant, number_id, phone_number_id=phone_number_id, last_error=None)
            await team.audit(tx, tenant, "number.added", "number", number_id, detail={"phone": row["phone"]})
    except errors.NumberTaken:
        await _forget(tools, tenant, number_id)
        raise
    return await store.read(tools.database, tenant, number_id)


async def remove(tools: Tools, session: Session, number_id: UUID) -> None:
    """Take a number that is not registered off the list. Raises WrongStep for one that is."""
    team.require_admin(session, rules.FOR_ADMINS)
    tenant = session.tenant
    async with tools.database.account(tenant) as tx:
        row = await queries.number(tx, tenant, number_id, lock=True)
        if row["status"] == "connected":
            raise errors.WrongStep("This number is connected: its chats hang on it, so it cannot be removed.")
        if row["registered_at"] is not None:
            raise errors.WrongStep(
                "This number is registered, and customers may have written to it already: connect it, do not remove it."
            )
        await _delete(tx, tenant, row)
        await team.audit(
            tx, tenant, "number.removed", "number", number_id, session.agent_id, detail={"phone": row["phone"]}
        )


async def _noted(tx: Tx, tools: Tools, session: Session, phone: Phone, name: str) -> UUID:
    """The id of the number's row: the one that is there, or a new one."""
    tenant = session.tenant
    # One at a time per account, so that two tabs do not set two WhatsApp accounts aside.
    await tx.execute(
        "SELECT 1 FROM accounts WHERE lane = $1 AND account_id = $2 FOR UPDATE", tenant.lane, tenant.account_id
    )
    known = await queries.number_by_phone(tx, tenant, phone.e164)
    if known is not None:
        if known["status"] == "connected":
            raise errors.NumberTaken("This number is already connected to your account.")
        if known["display_name"] != name and known["phone_number_id"] is None:
            await store.change(tx, tenant, known["id"], display_name=name)
        return UUID(str(known["id"]))
    if len(await queries.numbers(tx, tenant)) >= queries.NUMBERS_MAX:
        raise errors.TooManyNumbers(f"An account has at most {queries.NUMBERS_MAX} numbers. Remove one first.")
    waba_id = await _waba(tx, tools, tenant)
    row = await tx.fetchrow(
        "INSERT INTO numbers (lane, account_id, id, phone, country, display_name, waba_id, status, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, 'added', $8) RETURNING *",
        tenant.lane,
        tenant.account_id,
        new_id(),
        phone.e164,
        phone.country,
        name,
        waba_id,
        tools.clock.now(session.clock_ahead_s),
    )
    assert row is not None
    tx.emit(tenant.account_id, NumberChanged(queries.view(row)))
    return UUID(str(row["id"]))


async def _waba(tx: Tx, tools: Tools, tenant: Tenant) -> str:
    """The account's WhatsApp Business Account, set aside for it now if it has none."""
    mine = await queries.waba_of(tx, tenant)
    if mine is not None:
        return mine
    pool = tools.settings.waba_ids
    for _ in range(CLAIMS_MAX_COUNT):
        claimed: str | None = await tx.fetchval(
            "INSERT INTO routes (kind, external_id, account_id, lane)"
            " SELECT 'waba', id, $2, $3 FROM unnest($1::text[]) WITH ORDINALITY AS pool (id, n)"
            " WHERE NOT EXISTS (SELECT 1 FROM routes r WHERE r.kind = 'waba' AND r.external_id = pool.id)"
            " ORDER BY n LIMIT 1 ON CONFLICT DO NOTHING RETURNING external_id",
            pool,
            tenant.account_id,
            tenant.lane,
        )
        if claimed is not None:
            return claimed
        free = await tx.fetchval(
            "SELECT true FROM unnest($1::text[]) AS pool (id) WHERE NOT EXISTS"
            " (SELECT 1 FROM routes r WHERE r.kind = 'waba' AND r.external_id = pool.id) LIMIT 1",
            pool,
        )
        if not free:
            break
    how = "add one to HOBNOB_WHATSAPP_WABA_IDS" if pool else "name them in HOBNOB_WHATSAPP_WABA_IDS"
    raise errors.NoWhatsAppAccountLeft(
        "Each brand here needs a WhatsApp Business Account of its own, and none is free."
        f" Ask whoever runs this server to {how}."
    )


async def _create(tools: Tools, waba_id: str, phone: Phone, name: str) -> str:
    """WhatsApp's id of the number. An earlier try may have created it: then it is found, not made twice."""
    for known in await tools.graph.phone_numbers(waba_id):
        if rules.same_phone(known.display_phone_number, phone):
            return known.id
    return await tools.graph.create_phone_number(waba_id, str(phone.calling_code), phone.national, name)


async def _claim_route(tx: Tx, tenant: Tenant, kind: str, external_id: str) -> None:
    await tx.execute(
        "INSERT INTO routes (kind, external_id, account_id, lane) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        kind,
        external_id,
        tenant.account_id,
        tenant.lane,
    )
    owner = await tx.fetchval("SELECT account_id FROM routes WHERE kind = $1 AND external_id = $2", kind, external_id)
    if owner != tenant.account_id:
        raise errors.taken()


async def _forget(tools: Tools, tenant: Tenant, number_id: UUID) -> None:
    """Take back a number WhatsApp did not accept, so that another can be tried."""
    async with tools.database.account(tenant) as tx:
        try:
            row = await queries.number(tx, tenant, number_id, lock=True)
        except HobnobError:
            return
        if row["phone_number_id"] is None:
            await _delete(tx, tenant, row)


async def _delete(tx: Tx, tenant: Tenant, row: Row) -> None:
    await tx.execute(
        "DELETE FROM numbers WHERE lane = $1 AND account_id = $2 AND id = $3", tenant.lane, tenant.account_id, row["id"]
    )
    await tx.execute(
        "DELETE FROM routes WHERE kind = 'number' AND external_id = $1 AND account_id = $2",
        row["phone_number_id"],
        tenant.account_id,
    )
    tx.emit(tenant.account_id, NumbersResync())
