"""Signing up, in and out. Part of `actions`, which is where other rooms find these."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from hobnob.kernel.ids import Tenant, lane_of, new_id
from hobnob.platform.database import Database, Tx
from hobnob.platform.limits import count_attempt, forget_attempts, forgive_attempts
from hobnob.platform.settings import Settings

from . import passwords, queries, rules
from .audit import audit
from .errors import EmailTaken, WrongSignIn
from .events import SignedOut
from .types import AccountOpener, MeAgent, NewSession, Role, Session, SignIn, SignUp

WINDOWS_KEPT_HOURS = 24


async def sign_up(
    database: Database,
    settings: Settings,
    request: SignUp,
    openers: Sequence[AccountOpener],
    now: datetime,
    *,
    address: str | None = None,
    user_agent: str = "",
) -> NewSession:
    """A new account with its owner, signed in. ``address`` (of the asker) is rate limited when given.

    Raises InvalidInput, EmailTaken, RateLimited.
    """
    email = rules.normal_email(request.email)
    brand, name = rules.valid_name(request.brand, "brand"), rules.valid_name(request.name, "name")
    time_zone = rules.valid_time_zone(request.time_zone)
    rules.check_new_password(request.password, email, brand)
    if address is not None:
        await count_attempt(database, rules.SIGN_UP_BY_ADDRESS, address, now)
    password_hash = await passwords.hash_password(request.password)
    account_id, agent_id = new_id(), new_id()
    tenant = Tenant(account_id, lane_of(account_id))
    try:
        async with database.account(tenant) as tx:
            await _write_sign_in(tx, tenant, agent_id, email, password_hash, now)
            # With a simulator there is nothing real to be ahead of, so the clock may be moved.
            await tx.execute(
                "INSERT INTO accounts (lane, account_id, name, time_zone, currency, plan, sandbox, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                tenant.lane,
                account_id,
                brand,
                time_zone,
                rules.CURRENCY_DEFAULT,
                rules.PLAN_DEFAULT,
                bool(settings.simulator_url),
                now,
            )
            owner = MeAgent(agent_id, name, email, "owner", request.locale)
            await _write_agent(tx, tenant, owner, now)
            for opener in openers:
                await opener(tx, tenant, rules.CURRENCY_DEFAULT, now)
            await audit(tx, tenant, "account.opened", "account", account_id, agent_id)
            token = await _open_session(tx, settings, tenant, agent_id, now, user_agent)
            session = await queries.session(tx, tenant, agent_id)
    except asyncpg.UniqueViolationError as error:
        raise _taken(error) from None
    assert session is not None
    return NewSession(token, session)


async def sign_in(
    database: Database, settings: Settings, request: SignIn, address: str, user_agent: str, now: datetime
) -> NewSession:
    """A session for the right e-mail and password. Raises WrongSignIn (for either being wrong) and RateLimited."""
    email = request.email.strip().lower()
    await count_attempt(database, rules.SIGN_IN_BY_ADDRESS, address, now)
    await count_attempt(database, rules.SIGN_IN_BY_EMAIL, email, now)
    async with database.unscoped() as tx:
        known = await tx.fetchrow(
            "SELECT agent_id, account_id, lane, password_hash FROM sign_ins WHERE email = $1", email.replace("\x00", "")
        )
    if not await passwords.password_fits(known["password_hash"] if known else None, request.password) or not known:
        raise WrongSignIn("The e-mail address or the password is wrong.")
    await forget_attempts(database, rules.SIGN_IN_BY_EMAIL, email)
    await forgive_attempts(database, (rules.SIGN_IN_BY_ADDRESS, address))
    tenant, agent_id = Tenant(known["account_id"], known["lane"]), known["agent_id"]
    fresh_hash = await passwords.hash_password(request.password) if passwords.outdated(known["password_hash"]) else None
    async with database.account(tenant) as tx:
        if fresh_hash:
            await tx.execute("UPDATE sign_ins SET password_hash = $2 WHERE email = $1", email, fresh_hash)
        token = await _open_session(tx, settings, tenant, agent_id, now, user_agent)
        session = await queries.session(tx, tenant, agent_id)
        await audit(tx, tenant, "agent.signed_in", "agent", agent_id, agent_id)
    if session is None:
        raise WrongSignIn("The e-mail address or the password is wrong.")
    return NewSession(token, session)


async def add_agent(
    database: Database, tenant: Tenant, name: str, email: str, role: Role, *, password: str, now: datetime
) -> UUID:
    """Another agent of the account, who can sign in at once. Raises InvalidInput and EmailTaken."""
    address, agent_id = rules.normal_email(email), new_id()
    password_hash = await passwords.hash_password(password)
    try:
        async with database.account(tenant) as tx:
            agent = MeAgent(agent_id, rules.valid_name(name, "name"), address, role, "en")
            await _write_agent(tx, tenant, agent, now)
            await _write_sign_in(tx, tenant, agent_id, address, password_hash, now)
            await audit(tx, tenant, "agent.added", "agent", agent_id)
    except asyncpg.UniqueViolationError as error:
        raise _taken(error) from None
    return agent_id


async def agent_session(database: Database, tenant: Tenant, agent_id: UUID) -> Session | None:
    """What a request of this agent would carry, without a browser (demo, commands)."""
    async with database.account(tenant) as tx:
        return await queries.session(tx, tenant, agent_id)


async def session_of(database: Database, token: str, now: datetime) -> Session | None:
    """The session behind a cookie; None when it is unknown, has expired or was signed out."""
    if not token or len(token) > 100:
        return None
    async with database.unscoped() as tx:
        row = await tx.fetchrow(
            "SELECT agent_id, account_id, lane FROM sessions WHERE token_hash = $1 AND expires_at > $2",
            _hash(token),
            now,
        )
        if row is None:
            return None
        tenant = Tenant(row["account_id"], row["lane"])
        await tx.enter(tenant)
        return await queries.session(tx, tenant, row["agent_id"])


async def sign_out(database: Database, token: str) -> None:
    """End one session, and tell its other pages; ending an unknown one is fine."""
    async with database.unscoped() as tx:
        row = await tx.fetchrow(
            "DELETE FROM sessions WHERE token_hash = $1 RETURNING agent_id, account_id", _hash(token)
        )
        if row is not None:
            tx.emit(row["account_id"], SignedOut(row["agent_id"]))


async def sign_out_everywhere(database: Database, session: Session) -> None:
    """End every session of the agent, and tell open browsers."""
    async with database.account(session.tenant) as tx:
        await tx.execute("DELETE FROM sessions WHERE agent_id = $1", session.agent_id)
        await audit(tx, session.tenant, "agent.signed_out_everywhere", "agent", session.agent_id, session.agent_id)
        tx.emit(session.tenant.account_id, SignedOut(session.agent_id))


async def sweep_expired(database: Database, now: datetime) -> None:
    """Remove what has run out: sessions, and attempt windows of yesterday."""
    async with database.unscoped() as tx:
        await tx.execute("DELETE FROM sessions WHERE expires_at <= $1", now)
        await tx.execute("DELETE FROM attempt_windows WHERE opened_at < $1", now - timedelta(hours=WINDOWS_KEPT_HOURS))


async def _write_sign_in(tx: Tx, tenant: Tenant, agent_id: UUID, email: str, password_hash: str, now: datetime) -> None:
    await tx.execute(
        "INSERT INTO sign_ins (email, agent_id, account_id, lane, password_hash, changed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        email,
        agent_id,
        tenant.account_id,
        tenant.lane,
        password_hash,
        now,
    )


async def _write_agent(tx: Tx, tenant: Tenant, agent: MeAgent, now: datetime) -> None:
    await tx.execute(
        "INSERT INTO agents (lane, account_id, id, name, email, role, locale, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant.lane,
        tenant.account_id,
        agent.id,
        agent.name,
        agent.email,
        agent.role,
        agent.locale,
        now,
    )


def _taken(error: asyncpg.UniqueViolationError) -> Exception:
    """A second sign-in with one e-mail address; anything else is what it is."""
    if error.constraint_name != "sign_ins_pkey":
        return error
    return EmailTaken(
        "Somebody already signs in with this e-mail address: sign in instead, or use another address.",
        fields=[("email", "already in use")],
    )


async def _open_session(
    tx: Tx, settings: Settings, tenant: Tenant, agent_id: UUID, now: datetime, user_agent: str
) -> str:
    token = secrets.token_urlsafe(rules.TOKEN_BYTES)
    await tx.execute(
        "INSERT INTO sessions (token_hash, agent_id, account_id, lane, created_at, expires_at, user_agent)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        _hash(token),
        agent_id,
        tenant.account_id,
        tenant.lane,
        now,
        now + timedelta(days=settings.session_days),
        user_agent[: rules.USER_AGENT_MAX_CHARS].replace("\x00", ""),
    )
    return token


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
