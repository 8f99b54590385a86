"""Second step: a one-time code proves that the phone is the brand's. Part of `actions`."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hobnob.billing import actions as billing
from hobnob.platform.limits import wait_text
from hobnob.team import actions as team
from hobnob.team.types import Session
from hobnob.whatsapp.errors import GraphError, Temporary
from hobnob.whatsapp.graph_types import CodeMethod

from . import errors, rules, store
from .bring import ensure_known
from .types import Number, RequestCode, Tools, VerifyCode

_METHODS: dict[str, CodeMethod] = {"sms": "SMS", "voice": "VOICE"}
_WAITING = ("added", "code_sent", "failed")


async def request_code(tools: Tools, session: Session, number_id: UUID, request: RequestCode) -> Number:
    """Have WhatsApp send the code by SMS or call. Raises CodeTooSoon, CodeTooMany, NumberInUseInApp, WrongStep."""
    team.require_admin(session, rules.FOR_ADMINS)
    tenant, now = session.tenant, tools.clock.now(session.clock_ahead_s)
    row = await ensure_known(tools, tenant, number_id)
    if row["status"] not in _WAITING:
        raise errors.WrongStep("This number is already verified: go on with its PIN.")
    if row["next_code_at"] is not None and row["next_code_at"] > now:
        wait_s = max(1, int((row["next_code_at"] - now).total_seconds()))
        if row["next_code_at"] - now > rules.RESEND_WAIT:
            raise errors.too_many_codes(wait_text(wait_s))
        raise errors.CodeTooSoon(
            f"A code was just sent. If it does not arrive, ask for another in {wait_text(wait_s)}.",
            retry_after_s=wait_s,
        )
    language = rules.code_language(request.language, session.locale)
    try:
        await tools.graph.request_code(row["phone_number_id"], _METHODS[request.method], language)
    except GraphError as error:
        problem = errors.explain(error, "code")
        blocked = {"next_code_at": now + _pause(error)} if isinstance(problem, errors.CodeTooMany) else {}
        await store.note_error(tools.database, tenant, number_id, problem, **blocked)
        raise problem from error
    async with tools.database.account(tenant) as tx:
        await team.audit(
            tx, tenant, "number.code_sent", "number", number_id, session.agent_id, detail={"method": request.method}
        )
        return await store.change(
            tx,
            tenant,
            number_id,
            status="code_sent",
            code_method=request.method,
            code_sent_at=now,
            code_expires_at=now + rules.CODE_LIFE,
            next_code_at=now + rules.RESEND_WAIT,
            code_tries=0,
            last_error=None,
        )


async def verify_code(tools: Tools, session: Session, number_id: UUID, request: VerifyCode) -> Number:
    """Try a code. With the first that is right the account's subscription starts. Raises CodeWrong, CodeExpired, CodeTooMany, WrongStep."""
    team.require_admin(session, rules.FOR_ADMINS)
    tenant, now = session.tenant, tools.clock.now(session.clock_ahead_s)
    row = await store.read(tools.database, tenant, number_id)
    if row["status"] in ("verified", "connected"):
        raise errors.WrongStep("This number is already verified: go on with its PIN.")
    if row["code_sent_at"] is None:
        raise errors.WrongStep("Ask for a code first.")
    if row["code_tries"] >= rules.CODE_TRIES_MAX:
        raise errors.too_many_tries()
    if row["code_expires_at"] <= now:
        raise errors.code_expired()
    code = rules.clean_code(request.code)
    if code is None:
        # Not worth one of the tries: it cannot be a code.
        raise errors.CodeWrong(
            "A code has six digits, such as 123-456. Copy them from the newest message.",
            fields=[("code", "six digits")],
        )
    try:
        await tools.graph.verify_code(row["phone_number_id"], code)
    except GraphError as error:
        # Without an answer the code may have been taken: the number itself says.
        if not (isinstance(error, Temporary) and await _is_verified(tools, row["phone_number_id"])):
            raise await _refused(tools, session, number_id, row["code_tries"], error) from error
    async with tools.database.account(tenant) as tx:
        await team.audit(tx, tenant, "number.verified", "number", number_id, session.agent_id)
        if tools.settings.plan_fees:
            await billing.number_verified(tx, tenant, now)
        return await store.change(
            tx, tenant, number_id, status="verified", verified_at=now, next_code_at=None, code_tries=0, last_error=None
        )


async def _refused(tools: Tools, session: Session, number_id: UUID, tries: int, error: GraphError) -> Exception:
    """Keep the refusal with the number, and count a wrong try."""
    now = tools.clock.now(session.clock_ahead_s)
    problem = errors.explain(error, "verify")
    values: dict[str, object] = {}
    if isinstance(problem, errors.CodeWrong):
        left = rules.CODE_TRIES_MAX - tries - 1
        problem = errors.code_wrong(left) if left > 0 else errors.too_many_tries()
        values["code_tries"] = tries + 1
    if isinstance(problem, errors.CodeTooMany):
        values["code_tries"] = rules.CODE_TRIES_MAX
    if isinstance(problem, errors.CodeExpired):
        values |= {"code_expires_at": now, "next_code_at": None}
    await store.note_error(tools.database, session.tenant, number_id, problem, **values)
    return problem


async def _is_verified(tools: Tools, phone_number_id: str) -> bool:
    try:
        known = await tools.graph.phone_number(phone_number_id)
    except GraphError:
        return False
    return known.code_verification_status == "VERIFIED"


def _pause(error: GraphError) -> timedelta:
    """How long WhatsApp wants to be left alone; it rarely says."""
    return timedelta(seconds=error.retry_after_s) if error.retry_after_s else rules.BLOCKED_WAIT
