"""Opens the shop and tells its story. Safe to call at every start: a shop that is there is left alone."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from hobnob.billing import actions as billing
from hobnob.kernel.clock import ManualClock, SystemClock
from hobnob.kernel.money import Money
from hobnob.numbers import actions as numbers
from hobnob.numbers.types import NewNumber, Number, Register, RequestCode, Tools, VerifyCode
from hobnob.platform.database import ROLE_WEB, ROLE_WORK, Database
from hobnob.platform.settings import Settings
from hobnob.team import actions as team
from hobnob.team.errors import WrongSignIn
from hobnob.team.types import Session, SignIn, SignUp
from hobnob.whatsapp.graph import GraphClient, make_session

from . import shop
from .desk import Desk
from .older import OLDER
from .phones import Phones
from .recent import RECENT
from .telling import Teller

log = structlog.get_logger()

TOLD = "demo.told"


class DemoSignIn(msgspec.Struct, frozen=True):
    """How to sign in to the shop as its owner."""

    email: str
    password: str


async def seed(settings: Settings, simulator_url: str) -> DemoSignIn:
    """Make the shop if it is not there. Needs a web process, a worker and the simulator running."""
    sign_in = DemoSignIn(f"{shop.MAYA.mail}@{shop.DOMAIN}", password_of(settings))
    database = await Database.open(settings, roles=(ROLE_WEB, ROLE_WORK))
    try:
        async with make_session() as http:
            now = SystemClock().now()
            opened_at = now - timedelta(days=shop.OPENED_DAYS_AGO)
            owner = await _owner(database, settings, sign_in, opened_at)
            async with database.account(owner.tenant) as tx:
                if await team.has_happened(tx, owner.tenant, TOLD):
                    return sign_in
            graph = GraphClient(
                settings.whatsapp_graph_url, settings.whatsapp_graph_version, settings.whatsapp_token, http
            )
            tools = Tools(database, graph, settings, ManualClock(opened_at))
            await _open(tools, simulator_url, owner, sign_in, now)
            async with database.account(owner.tenant) as tx:
                await team.audit(tx, owner.tenant, TOLD, "account", owner.tenant.account_id)
    finally:
        await database.close()
    return sign_in


def password_of(settings: Settings) -> str:
    """The shop's password: the same at every start of an installation, different on each."""
    digest = hmac.new(settings.secret_key.encode(), b"demo password", hashlib.sha256).hexdigest()
    return f"marigold-{digest[:8]}"


async def _open(tools: Tools, simulator_url: str, owner: Session, sign_in: DemoSignIn, now: datetime) -> None:
    database, settings = tools.database, tools.settings
    sessions = await _staff(database, owner, sign_in.password, tools.clock.now())
    await _credit(database, owner, now)
    base = f"http://{settings.host}:{settings.port}"
    async with (
        Phones.open(simulator_url, settings) as phones,
        Desk.signed_in(base, sign_in.email, sign_in.password) as desk,
    ):
        number = await _connect(tools, owner, phones)
        await _use(database, owner, now)
        async with database.account(owner.tenant) as tx:
            ref = (await numbers.numbers_in(tx, owner.tenant.lane, [number.id]))[number.id]
        await phones.have_templates(ref.waba_id, shop.TEMPLATES)
        synced = await desk.post("/api/templates/sync")
        teller = Teller(
            database=database,
            settings=settings,
            desk=desk,
            phones=phones,
            sessions=sessions,
            number_id=number.id,
            waba_id=ref.waba_id,
            phone=ref.phone,
            phone_number_id=ref.phone_number_id or "",
            base=now,
            templates={template["name"]: template["id"] for template in synced["items"]},
        )
        await teller.tell([*RECENT, *OLDER])


async def _owner(database: Database, settings: Settings, sign_in: DemoSignIn, opened_at: datetime) -> Session:
    """The owner's session; the account is opened if nobody has that e-mail."""
    try:
        known = await team.sign_in(
            database, settings, SignIn(sign_in.email, sign_in.password), "demo", "demo", SystemClock().now()
        )
    except WrongSignIn:
        request = SignUp(
            brand=shop.BRAND,
            name=shop.MAYA.name,
            email=sign_in.email,
            password=sign_in.password,
            time_zone=shop.TIME_ZONE,
        )
        known = await team.sign_up(database, settings, request, (billing.open_wallet,), opened_at)
    await team.sign_out(database, known.token)
    return known.session


async def _staff(database: Database, owner: Session, password: str, opened_at: datetime) -> dict[str, Session]:
    """A session for each of the team, by mail. They all share the demo's password, so that two can be tried at once."""
    sessions = {shop.MAYA.mail: owner}
    async with database.account(owner.tenant) as tx:
        there = {agent.email: agent.id for agent in await team.agents_of(tx, owner.tenant)}
    for agent in shop.TEAM[1:]:
        email = f"{agent.mail}@{shop.DOMAIN}"
        agent_id = there.get(email) or await team.add_agent(
            database, owner.tenant, agent.name, email, agent.role, password=password, now=opened_at
        )
        session = await team.agent_session(database, owner.tenant, agent_id)
        assert session is not None
        sessions[agent.mail] = session
    return sessions


async def _credit(database: Database, owner: Session, now: datetime) -> None:
    """A welcome grant and two top-ups, at their times."""
    tenant, currency = owner.tenant, owner.currency
    opened_at = now - timedelta(days=shop.OPENED_DAYS_AGO)
    async with database.account(tenant) as tx:
        await billing.grant(
            tx, tenant, Money(shop.WELCOME_CREDIT_MICROS, currency), "Welcome credit", "demo welcome", opened_at
        )
        for days, micros in shop.TOP_UPS:
            at = now - timedelta(days=days)
            await billing.top_up(tx, tenant, Money(micros, currency), "test", f"demo top-up {days}", at)


async def _use(database: Database, owner: Session, now: datetime) -> None:
    """Steps and flows of these weeks, so that the plan's page has something to show."""
    account_id, lane = owner.tenant.account_id, owner.tenant.lane
    events = [
        billing.MeterEvent(account_id, "step", f"demo steps {days}", now - timedelta(days=days), steps)
        for days, steps in shop.STEPS
    ]
    for n, (published, taken_down) in enumerate(shop.FLOWS):
        flow_id = UUID(int=account_id.int ^ (n + 1))
        at = now - timedelta(days=published)
        events.append(billing.MeterEvent(account_id, "flow_published", f"demo flow {n}", at, 1, flow_id))
        if taken_down is not None:
            at = now - timedelta(days=taken_down)
            events.append(billing.MeterEvent(account_id, "flow_unpublished", f"demo flow {n}", at, 1, flow_id))
    async with database.lane(lane) as tx:
        await billing.meter(tx, lane, events, now)


async def _connect(tools: Tools, owner: Session, phones: Phones) -> Number:
    """The number's whole way in, going on where an earlier try stopped."""
    number = await _known(tools, owner)
    if number is None or number.status == "added":
        number = await numbers.add(tools, owner, NewNumber(shop.PHONE, shop.BRAND), None)
        number = await numbers.request_code(tools, owner, number.id, RequestCode("sms"))
    if number.status == "code_sent":
        code = await phones.code_for(shop.PHONE)
        number = await numbers.verify_code(tools, owner, number.id, VerifyCode(code))
    return await numbers.register(tools, owner, number.id, Register(shop.PIN), ())


async def _known(tools: Tools, owner: Session) -> Number | None:
    async with tools.database.account(owner.tenant) as tx:
        return next((one for one in await numbers.numbers_of(tx, owner.tenant) if one.phone == shop.PHONE), None)
