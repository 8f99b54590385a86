"""Sign-up, sign-in, and who I am."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get, patch, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody

from hobnob.kernel.clock import Clock
from hobnob.kernel.errors import NotSignedIn
from hobnob.platform.database import Database
from hobnob.platform.http import CSRF_COOKIE, csrf_token_valid, new_csrf_token, problem_response, problems
from hobnob.platform.settings import Settings
from hobnob.platform.telemetry import bind_account

from . import actions
from .types import (
    AccountOpener,
    AgentList,
    Features,
    Me,
    MeAccount,
    MeAgent,
    MeChange,
    NewSession,
    Session,
    SignIn,
    SignUp,
)

SESSION_COOKIE = "hobnob_session"
HttpRequest = Request[Any, Any, Any]


async def provide_session(
    request: HttpRequest, database: NamedDependency[Database], clock: NamedDependency[Clock]
) -> Session:
    """The signed-in agent of a request. Raises NotSignedIn."""
    session = await actions.session_of(database, request.cookies.get(SESSION_COOKIE, ""), clock.now())
    if session is None:
        raise NotSignedIn("Sign in first: you are not signed in, or the session has ended.")
    bind_account(session.tenant.account_id)
    return session


@post(
    "/sign-up",
    security=[{}],
    summary="Open an account and sign in as its owner",
    responses=problems(409, 422, 429, 503),
)
async def sign_up(
    request: HttpRequest,
    data: JSONBody[SignUp],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Clock],
    account_openers: NamedDependency[tuple[AccountOpener, ...]],
) -> Response[Me]:
    """The new account's first agent is its owner. Answers with the session cookie set."""
    new = await actions.sign_up(
        database,
        settings,
        data,
        account_openers,
        clock.now(),
        address=_address(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    return _signed_in(new, settings, clock, status_code=201)


@post("/sign-in", status_code=200, security=[{}], summary="Sign in", responses=problems(401, 429, 503))
async def sign_in(
    request: HttpRequest,
    data: JSONBody[SignIn],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Clock],
) -> Response[Me]:
    """Answers with the session cookie set. A wrong password and an unknown e-mail give the same answer."""
    agent = request.headers.get("user-agent", "")
    new = await actions.sign_in(database, settings, data, _address(request), agent, clock.now())
    return _signed_in(new, settings, clock, status_code=200)


@post("/sign-out", status_code=204, security=[{}], summary="Sign out of this browser")
async def sign_out(
    request: HttpRequest, database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[None]:
    """Ends the session of the cookie, if there is one, and removes the cookie."""
    token = request.cookies.get(SESSION_COOKIE, "")
    if token:
        await actions.sign_out(database, token)
    return Response(None, status_code=204, cookies=[_session_cookie("", 0, settings)])


@post("/sign-out-everywhere", status_code=204, summary="Sign out of every browser", responses=problems(401))
async def sign_out_everywhere(
    session: NamedDependency[Session], database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[None]:
    """Ends all sessions of the agent, this one too; open pages are told at once."""
    await actions.sign_out_everywhere(database, session)
    return Response(None, status_code=204, cookies=[_session_cookie("", 0, settings)])


@get(
    "/me",
    security=[{}],
    summary="Who am I",
    responses=problems(401),
)
async def me(
    request: HttpRequest,
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Clock],
) -> Response[Me]:
    """The agent and the account. Also sets the readable cookie whose value every change repeats in the header
    X-CSRF-Token; it is set for a browser that is not signed in too."""
    session = await actions.session_of(database, request.cookies.get(SESSION_COOKIE, ""), clock.now())
    if session is None:
        answer: Response[Any] = problem_response(NotSignedIn("Sign in first."))
    else:
        answer = Response(me_of(session, settings, clock))
    # A good token stays: another tab may be about to send it.
    token = request.cookies.get(CSRF_COOKIE, "")
    answer.set_cookie(_csrf_cookie(settings, token if csrf_token_valid(settings.secret_key, token, token) else None))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@patch("/me", summary="Change my name or language", responses=problems(401, 422))
async def change_me(
    data: JSONBody[MeChange],
    session: NamedDependency[Session],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Clock],
) -> Me:
    """Only what is given changes."""
    async with database.account(session.tenant) as tx:
        changed = await actions.change_me(tx, session, data)
    return me_of(changed, settings, clock)


@get("/agents", summary="List the account's agents", responses=problems(401))
async def agents(session: NamedDependency[Session], database: NamedDependency[Database]) -> AgentList:
    """All agents of the account, by name."""
    async with database.account(session.tenant) as tx:
        return AgentList(await actions.agents_of(tx, session.tenant))


def me_of(session: Session, settings: Settings, clock: Clock) -> Me:
    """The session as the browser sees it."""
    return Me(
        MeAgent(session.agent_id, session.agent_name, session.email, session.role, session.locale),
        MeAccount(
            id=session.tenant.account_id,
            name=session.account_name,
            time_zone=session.time_zone,
            currency=session.currency,
            sandbox=session.sandbox,
            plan=session.plan,
            now=clock.now(session.clock_ahead_s),
            created_at=session.account_created_at,
        ),
        settings.simulator_url or None,
        Features(settings.test_payments),
    )


def _signed_in(new: NewSession, settings: Settings, clock: Clock, *, status_code: int) -> Response[Me]:
    max_age_s = settings.session_days * 86_400
    return Response(
        me_of(new.session, settings, clock),
        status_code=status_code,
        cookies=[_session_cookie(new.token, max_age_s, settings), _csrf_cookie(settings)],
        headers={"Cache-Control": "no-store"},
    )


def _session_cookie(token: str, max_age_s: int, settings: Settings) -> Cookie:
    return Cookie(
        SESSION_COOKIE,
        value=token,
        max_age=max_age_s,
        httponly=True,
        secure=settings.cookies_secure,
        samesite="lax",
    )


def _csrf_cookie(settings: Settings, token: str | None = None) -> Cookie:
    return Cookie(
        CSRF_COOKIE,
        value=token or new_csrf_token(settings.secret_key),
        max_age=settings.session_days * 86_400,
        secure=settings.cookies_secure,
        samesite="lax",
    )


def _address(request: HttpRequest) -> str:
    # The server has already replaced a trusted proxy's address by its client's.
    return request.client.host if request.client else "unknown"


routers = [
    Router(
        "/api",
        route_handlers=[sign_up, sign_in, sign_out, sign_out_everywhere, me, change_me, agents],
        tags=["Sign-in"],
    )
]
