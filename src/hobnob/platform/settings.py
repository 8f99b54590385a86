"""Settings from ``HOBNOB_*`` variables, checked once at start. A wrong one names itself and its fix.

Every field below is one variable: ``port`` is ``HOBNOB_PORT``. Units stand last in the names.
"""

from __future__ import annotations

import difflib
import os
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

PREFIX = "HOBNOB_"


class SettingsError(Exception):
    """A variable is missing or wrong; the message says which and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an operator may set. Defaults suit one small node."""

    database_url: Annotated[str, Meta(description="PostgreSQL 16+ URL of the owner of the tables")] = ""
    database_web_url: Annotated[str, Meta(description="URL for the web role, if not derived")] = ""
    database_work_url: Annotated[str, Meta(description="URL for the worker role, same")] = ""
    database_ingest_url: Annotated[str, Meta(description="URL for the webhook role, same")] = ""
    database_pool_max_count: Annotated[int, Meta(ge=2, le=200, description="connections a process may hold")] = 10
    secret_key: Annotated[str, Meta(description="32 or more random characters; derives and encrypts all secrets")] = ""
    data_dir: Annotated[Path, Meta(description="folder for media and the embedded database")] = Path("var")
    listen_fd: Annotated[
        int, Meta(ge=-1, description="number of a listening socket that a supervisor hands over; -1: host and port")
    ] = -1
    base_url: Annotated[str, Meta(description="the address browsers use, such as https://desk.example.com")] = (
        "http://127.0.0.1:8000"
    )
    host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="port to listen on")] = 8000
    webhook_url: Annotated[
        str, Meta(description="where WhatsApp delivers; empty means base_url + /webhooks/whatsapp")
    ] = ""

    whatsapp_graph_url: Annotated[str, Meta(description="base of the Graph API")] = "https://graph.facebook.com"
    whatsapp_graph_version: Annotated[str, Meta(pattern=r"^v\d{1,3}\.\d$", description="such as v25.0")] = "v25.0"
    whatsapp_token: Annotated[str, Meta(description="system user token of your Meta app")] = ""
    whatsapp_app_id: Annotated[str, Meta(description="id of your Meta app")] = ""
    whatsapp_app_secret: Annotated[str, Meta(description="secret of your Meta app; signs every webhook")] = ""
    whatsapp_verify_token: Annotated[str, Meta(description="the word WhatsApp repeats in the webhook handshake")] = ""
    whatsapp_waba_ids: Annotated[
        str, Meta(description="WhatsApp Business Account ids, comma separated; each Hobnob account is given one")
    ] = ""
    whatsapp_timeout_s: Annotated[float, Meta(gt=0, le=120, description="limit of one Graph call")] = 20.0

    send_concurrency_max_count: Annotated[int, Meta(ge=1, le=1000, description="sends in flight per worker")] = 64
    send_doubt_wait_s: Annotated[
        float, Meta(ge=1, le=86400, description="wait for proof before a send without an answer is sent again")
    ] = 300.0
    send_attempts_max_count: Annotated[int, Meta(ge=1, le=50, description="tries of one send before it fails")] = 8
    hold_days: Annotated[int, Meta(ge=1, le=31, description="days a hold waits for its delivery")] = 30

    storage_url: Annotated[str, Meta(description="media store: empty for data_dir/media, or s3://bucket/prefix")] = ""
    storage_s3_endpoint: Annotated[str, Meta(description="endpoint of an S3-compatible store")] = ""
    storage_s3_access_key: Annotated[str, Meta(description="access key of the store")] = ""
    storage_s3_secret_key: Annotated[str, Meta(description="secret key of the store")] = ""
    storage_s3_region: Annotated[str, Meta(description="region of the store")] = "us-east-1"
    media_max_bytes: Annotated[int, Meta(ge=1_000_000, description="largest file accepted")] = 100_000_000

    nats_url: Annotated[str, Meta(description="NATS for realtime between nodes; empty for one node")] = ""
    session_days: Annotated[int, Meta(ge=1, le=365, description="days a sign-in lasts")] = 30
    plan_fees: Annotated[
        bool, Meta(description="accounts subscribe to a plan with their first number; off: they pay conversations only")
    ] = True
    test_payments: Annotated[bool, Meta(description="offer the test payment method")] = False
    stripe_secret_key: Annotated[str, Meta(description="secret key of your Stripe account; empty: no cards")] = ""
    stripe_publishable_key: Annotated[str, Meta(description="its publishable key, which browsers are told")] = ""
    stripe_webhook_secret: Annotated[
        str, Meta(description="signing secret of the Stripe webhook at base_url + /webhooks/stripe")
    ] = ""
    stripe_api_url: Annotated[str, Meta(description="base of Stripe's API")] = "https://api.stripe.com"
    payment_timeout_s: Annotated[float, Meta(gt=0, le=80, description="limit of one call to a gateway")] = 20.0
    payment_doubt_wait_s: Annotated[
        float, Meta(ge=1, le=3600, description="wait before a gateway is asked what became of a payment")
    ] = 60.0

    smtp_host: Annotated[str, Meta(description="mail server; empty: no letters are sent")] = ""
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="port of the mail server")] = 587
    smtp_security: Annotated[
        typing.Literal["starttls", "tls", "none"], Meta(description="how the way to the mail server is protected")
    ] = "starttls"
    smtp_username: Annotated[str, Meta(description="user at the mail server, if it wants one")] = ""
    smtp_password: Annotated[str, Meta(description="password of that user")] = ""
    mail_from: Annotated[str, Meta(description="sender of letters, such as Desk <desk@example.com>")] = ""
    mail_timeout_s: Annotated[float, Meta(gt=0, le=120, description="limit of one letter's way")] = 20.0
    simulator_url: Annotated[str, Meta(description="address of the simulator's page, when one runs")] = ""
    log_format: Annotated[typing.Literal["json", "console"], Meta(description="form of the log lines")] = "json"
    log_level: Annotated[typing.Literal["debug", "info", "warning", "error"], Meta(description="least level")] = "info"
    trusted_proxies: Annotated[str, Meta(description="proxy addresses whose X-Forwarded-* are believed")] = "127.0.0.1"

    @property
    def callback_url(self) -> str:
        return self.webhook_url or self.base_url.rstrip("/") + "/webhooks/whatsapp"

    @property
    def cookies_secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def waba_ids(self) -> list[str]:
        return [part.strip() for part in self.whatsapp_waba_ids.split(",") if part.strip()]


SECRET_KEY_MIN_CHARS = 32


def load(environ: Mapping[str, str] | None = None, *, require: tuple[str, ...] = ()) -> Settings:
    """Settings from the environment. ``require`` names fields that must not be empty. Raises SettingsError."""
    env = os.environ if environ is None else environ
    hints = get_type_hints(Settings, include_extras=True)
    known = {PREFIX + name.upper(): name for name in hints}
    values: dict[str, Any] = {}
    for variable, text in env.items():
        if not variable.startswith(PREFIX):
            continue
        if variable not in known:
            raise SettingsError(_unknown(variable, list(known)))
        if text != "":
            values[known[variable]] = _convert(variable, text, hints[known[variable]])
    settings = Settings(**values)
    for name in require:
        if not getattr(settings, name):
            what = _meta(hints[name]).description
            raise SettingsError(f"{PREFIX}{name.upper()} is not set: {what}.")
    if settings.secret_key and len(settings.secret_key) < SECRET_KEY_MIN_CHARS:
        raise SettingsError(
            f"HOBNOB_SECRET_KEY is too short: use {SECRET_KEY_MIN_CHARS} random characters or more, "
            "for example from `python -c 'import secrets; print(secrets.token_urlsafe(48))'`."
        )
    return settings


def descriptions() -> dict[str, tuple[str, str]]:
    """Variable -> (description, default), for the documentation and `.env.example`."""
    hints = get_type_hints(Settings, include_extras=True)
    defaults = Settings()
    return {
        PREFIX + name.upper(): (_meta(hint).description or "", str(getattr(defaults, name)))
        for name, hint in hints.items()
    }


def _meta(hint: Any) -> Meta:
    return next(arg for arg in get_args(hint) if isinstance(arg, Meta))


def _convert(variable: str, text: str, hint: Any) -> Any:
    base = get_args(hint)[0]
    if base is Path:
        return Path(text)
    try:
        return msgspec.convert(text, hint, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{variable}={text!r} cannot be used: {_advice(base, hint, str(error))}") from None


def _advice(base: Any, hint: Any, reason: str) -> str:
    meta = _meta(hint)
    if get_origin(base) in (typing.Literal, types.UnionType):
        return "set it to one of " + ", ".join(map(str, get_args(base))) + "."
    if base is bool:
        return "set it to true or false."
    if base in (int, float):
        low = meta.ge if meta.ge is not None else meta.gt
        high = meta.le
        span = f" from {low}" if low is not None else ""
        span += f" to {high}" if high is not None else ""
        return f"set it to a number{span} ({meta.description})."
    return f"{reason} ({meta.description})."


def _unknown(variable: str, known: list[str]) -> str:
    close = difflib.get_close_matches(variable, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else " See `hobnob settings` for the list."
    return f"{variable} is not a setting of Hobnob.{hint}"
