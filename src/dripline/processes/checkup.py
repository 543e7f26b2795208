"""Is this installation fit to send? One finding for each thing that has to be right."""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import aiosmtplib
import asyncpg

from dripline.database.embedded import connect_running
from dripline.database.migrating import check_roles, pending
from dripline.database.pool import connect
from dripline.database.presence import worker_is_present
from dripline.kernel.errors import DriplineError, Invalid
from dripline.kernel.relays import Relay, Security, parse_relay
from dripline.settings import Settings, read_settings, unknown_settings

_OLDEST = 15
# What each of these must be for an acknowledged write to survive the loss of power.
_DURABLE = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "local", "remote_write", "remote_apply"},
}
_RELAY_SECONDS = 10
_NO_CONNECTION = (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError)
_WHO = """
    SELECT current_user::text, rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class WHERE relowner = roles.oid)
    FROM pg_roles roles WHERE rolname = current_user
"""


class Verdict(StrEnum):
    """How bad a finding is. Only a problem makes the installation unfit."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what was found."""

    what: str
    verdict: Verdict
    text: str


async def check_up(environ: Mapping[str, str]) -> list[Finding]:
    """Everything that was found, worst news included; never raises for what it looks at."""
    warnings = [Finding("settings", Verdict.WARNING, text) for text in unknown_settings(environ)]
    try:
        settings = read_settings(environ)
    except Invalid as error:
        return [*warnings, *(Finding("settings", Verdict.PROBLEM, str(problem)) for problem in error.problems)]
    return [
        *warnings,
        _check_settings(settings),
        _check_folder(settings),
        *[finding async for finding in _check_database(settings)],
        await _check_relay(settings),
    ]


def _check_settings(settings: Settings) -> Finding:
    if settings.database_url is not None and settings.secret_key is None:
        text = "DRIPLINE_SECRET_KEY: expected a key, since DRIPLINE_DATABASE_URL is set; found none"
        return Finding("settings", Verdict.PROBLEM, text)
    return Finding("settings", Verdict.OK, "all can be read")


def _check_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding("data folder", Verdict.OK, f"{folder} can be written")
    text = (
        f"{folder} cannot be written: clicks that come while the database is away are lost, and nobody can "
        "unsubscribe then; set DRIPLINE_DATA_DIR"
    )
    return Finding("data folder", Verdict.WARNING, text)


async def _check_database(settings: Settings) -> AsyncIterator[Finding]:
    try:
        connection = await connect(_url(settings), name="dripline doctor")
    except DriplineError as error:
        yield Finding("database", Verdict.PROBLEM, error.message)
        return
    except _NO_CONNECTION as error:
        yield Finding("database", Verdict.PROBLEM, f"cannot be reached: {_why(error)}")
        return
    try:
        for check in (_check_version, _check_roles, _check_migrations, _check_durability, _check_worker):
            yield await check(connection)
    finally:
        await connection.close()
    if settings.app_database_url is not None:
        yield await _check_front_door(settings.app_database_url)


def _url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url
    running = connect_running(settings.data_dir)
    if running is None:
        raise Invalid(
            f"none runs in {settings.data_dir}, and DRIPLINE_DATABASE_URL is not set; start it with `dripline up`"
        )
    return running.owner_url


async def _check_version(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    found = connection.get_server_version()
    text = f"PostgreSQL {found.major}.{found.minor}"
    if found.major < _OLDEST:
        return Finding("database", Verdict.PROBLEM, f"{text}; expected {_OLDEST} or newer")
    return Finding("database", Verdict.OK, text)


async def _check_roles(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    try:
        await check_roles(connection)
    except DriplineError as error:
        return Finding("roles", Verdict.PROBLEM, error.message)
    return Finding("roles", Verdict.OK, "the owner is no superuser, the role of the front doors is there")


async def _check_migrations(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    missing = await pending(connection)
    if missing:
        return Finding("migrations", Verdict.PROBLEM, f"missing: {', '.join(missing)}; run `dripline migrate`")
    return Finding("migrations", Verdict.OK, "all applied")


async def _check_durability(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    found = {name: await connection.fetchval("SELECT current_setting($1)", name) for name in _DURABLE}
    wrong = [f"{name} = {value}" for name, value in found.items() if value not in _DURABLE[name]]
    if wrong:
        text = f"{', '.join(wrong)}: acknowledged work can be lost; set to on"
        return Finding("durability", Verdict.PROBLEM, text)
    return Finding("durability", Verdict.OK, ", ".join(f"{name} = {value}" for name, value in found.items()))


async def _check_worker(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    if await worker_is_present(connection):
        return Finding("worker", Verdict.OK, "at least one runs")
    return Finding("worker", Verdict.PROBLEM, "none runs, so nothing is sent; start `dripline worker` or `dripline up`")


async def _check_front_door(url: str) -> Finding:
    try:
        connection = await connect(url, name="dripline doctor")
    except _NO_CONNECTION as error:
        return Finding("front doors", Verdict.PROBLEM, f"DRIPLINE_APP_DATABASE_URL: {_why(error)}")
    try:
        name, unbound = await connection.fetchrow(_WHO)  # type: ignore[misc]  # one row, always
    finally:
        await connection.close()
    if unbound:
        text = f"DRIPLINE_APP_DATABASE_URL logs in as {name}, whom row-level security does not bind"
        return Finding("front doors", Verdict.PROBLEM, text)
    return Finding("front doors", Verdict.OK, f"log in as {name}, whom row-level security binds")


async def _check_relay(settings: Settings) -> Finding:
    if settings.smtp_url is None:
        text = "DRIPLINE_SMTP_URL is not set: live mail leaves only through connections"
        return Finding("relay", Verdict.WARNING, text)
    relay = parse_relay(settings.smtp_url)
    where = f"{relay.host} port {relay.port}"
    try:
        await _greet(relay)
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        return Finding("relay", Verdict.PROBLEM, f"{where}: {_why(error)}")
    return Finding("relay", Verdict.OK, f"{where} answers")


async def _greet(relay: Relay) -> None:
    """Say hello and log in, as a hand-over would, and leave."""
    start_tls = {Security.REQUIRED: True, Security.OPPORTUNISTIC: None}.get(relay.security, False)
    login = relay.credentials
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        username=login.username if login else None,
        password=login.password if login else None,
        use_tls=relay.security is Security.IMPLICIT,
        start_tls=start_tls,
        timeout=_RELAY_SECONDS,
    )
    async with client:
        await client.noop()


def _why(error: BaseException) -> str:
    return str(error) or type(error).__name__
