"""Connections: accounts with providers outside. Their secrets go in and never come out."""

import asyncio
from collections.abc import Mapping

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import JSONBody

from dripline.accounts.connections.environment import ENVIRONMENT
from dripline.accounts.connections.fields import FIELDS, parse_domain
from dripline.accounts.connections.model import CARRIERS, MAKERS, Connection, Provider, Route, hint_of
from dripline.accounts.connections.reading import read_connection
from dripline.accounts.connections.store import (
    delete_connection as erase,
)
from dripline.accounts.connections.store import (
    list_connections as all_connections,
)
from dripline.accounts.connections.store import (
    named_connection,
    note_check,
    save_connection,
)
from dripline.api.answers import CONFLICT, NOT_FOUND, UNPROCESSABLE, answers
from dripline.api.caller import Caller
from dripline.api.paging import Page
from dripline.api.parameters import Calling, KindRef
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.delivery.effects.queue import Lane, hurry
from dripline.delivery.outbox import release
from dripline.kernel.clock import iso, real_now
from dripline.kernel.errors import Invalid, NotFound, Unprocessable
from dripline.kernel.slugs import SLUG
from dripline.kernel.values import Json

_CHECK_SECONDS = 10
_LOWEST, _HIGHEST = 1, 100
_MOST_DOMAINS = 100


class ConnectionBody(msgspec.Struct, frozen=True, rename="camel"):
    """What a connection is to know. What is not named, or null, stays; empty text removes it.

    `provider` is needed only where the connection goes by another name. `priority` and `domains` are for those that
    carry mail. Which of the others a provider takes is said in the reference.
    """

    provider: str | None = None
    priority: int | None = None
    domains: list[str] | None = None
    api_key: str | None = None
    base_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    connections: int | str | None = None
    domain: str | None = None
    folder: str | None = None
    host: str | None = None
    message_stream: str | None = None
    model: str | None = None
    password: str | None = None
    port: int | str | None = None
    preset: str | None = None
    processed: str | None = None
    refresh_token: str | None = None
    region: str | None = None
    scope: str | None = None
    security: str | None = None
    server_token: str | None = None
    shop: str | None = None
    sns_topic: str | None = None
    token: str | None = None
    token_url: str | None = None
    username: str | None = None
    webhook_key: str | None = None
    webhook_password: str | None = None
    webhook_secret: str | None = None

    def __repr__(self) -> str:
        # Half of it is secrets.
        return f"{type(self).__name__}(provider={self.provider!r}, …)"


class ConnectionShape(msgspec.Struct, frozen=True, rename="camel"):
    """A connection. `secrets` holds the ends of what is secret, to tell one from another.

    `priority` and `domains` are null for what carries no mail. `source` is `workspace` or `environment`.
    """

    name: str
    provider: str
    source: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    priority: int | None
    domains: list[str] | None
    status: str
    reason: str | None
    checked_at: str | None
    created_at: str | None
    updated_at: str | None


@get("/connections")
async def list_connections(caller: Calling) -> Page[ConnectionShape]:
    """All connections, oldest first; at the end those that the environment gives. One page."""
    services = caller.services
    found = await caller.transact(
        lambda tx: all_connections(tx, caller.id, sealer=services.sealer, environment=services.environment)
    )
    shapes = [_shape(each) for each in found]
    return Page(shapes, shapes, None, None, has_more=False)


@put("/connections/{ref:str}", responses=CONFLICT | answers((201, ConnectionShape, "A new connection.")))
async def put_connection(ref: KindRef, data: JSONBody[ConnectionBody], caller: Calling) -> Response[ConnectionShape]:
    """Connect to a provider (201), or change how (200). Goes by the name of the provider, or another one of yours."""
    name = _name(ref)
    sealer = caller.services.sealer

    async def act(tx: Tx) -> tuple[Connection, bool]:
        before = await named_connection(tx, caller.id, name, sealer=sealer)
        provider = _provider(data, name, before)
        told = read_connection(provider, _given(data), before)
        route = _route(data, provider, before)
        saved = await save_connection(tx, caller.id, provider, name, told, sealer=sealer, now=real_now(), route=route)
        if provider in CARRIERS:
            await release(tx, caller.id, held="no_transport", sequence=None, rate=None, now=caller.now())
        if provider in MAKERS:
            await hurry(tx, caller.id, Lane(provider), now=caller.now())
        return saved, before is None

    saved, is_new = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return Response(_shape(saved), status_code=201 if is_new else 200)


@delete("/connections/{ref:str}", responses=NOT_FOUND)
async def delete_connection(ref: KindRef, caller: Calling) -> None:
    """Erase a connection and its secrets."""
    await caller.transact(lambda tx: erase(tx, caller.id, ref))


@post("/connections/{ref:str}/check", status_code=200, responses=NOT_FOUND | UNPROCESSABLE)
async def check_connection(ref: KindRef, caller: Calling) -> ConnectionShape:
    """Ask the provider whether the connection is good; `status` and `reason` say what came of it."""
    connection = await _find(caller, ref)
    checker = caller.services.checkers.get(connection.provider)
    if checker is None:
        raise Unprocessable(f"A connection to {connection.provider} cannot be checked: there is nobody to ask.")
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            reason = await checker(connection)
    except TimeoutError:
        reason = f"no answer in {_CHECK_SECONDS} seconds"
    checked = await caller.transact(lambda tx: note_check(tx, caller.id, connection, reason, now=real_now()))
    return _shape(checked)


async def _find(caller: Caller, name: str) -> Connection:
    services = caller.services
    found = await caller.transact(
        lambda tx: all_connections(tx, caller.id, sealer=services.sealer, environment=services.environment)
    )
    for each in found:
        if each.name == name or (each.is_of_environment and each.provider == name):
            return each
    raise NotFound.of("connection", name)


def _name(ref: str) -> str:
    if not SLUG.fullmatch(ref) or ref == ENVIRONMENT:
        expected = "the name of a provider, or letters, digits, dots, - and _"
        raise Invalid.at("", "is no name of a connection.", found=repr(ref[:80]), expected=expected)
    return ref


def _provider(data: ConnectionBody, name: str, before: Connection | None) -> Provider:
    said = data.provider or (before.provider.value if before is not None else name)
    try:
        return Provider(said)
    except ValueError:
        expected = ", ".join(sorted(Provider))
        raise Invalid.at("provider", "is none that we know.", found=repr(said[:80]), expected=expected) from None


def _given(data: ConnectionBody) -> Mapping[str, Json]:
    """What was said about the fields of providers."""
    said: dict[str, Json] = {
        field.encode_name: getattr(data, field.name)
        for field in msgspec.structs.fields(ConnectionBody)
        if field.name not in {"provider", "priority", "domains"}
    }
    return {name: value for name, value in said.items() if value is not None}


def _route(data: ConnectionBody, provider: Provider, before: Connection | None) -> Route:
    if provider not in CARRIERS:
        for name in ("priority", "domains"):
            if getattr(data, name) is not None:
                raise Invalid.at(name, "is only for what carries mail.", expected=", ".join(sorted(CARRIERS)))
        return Route()
    route = before.route if before is not None else Route()
    return Route(
        route.priority if data.priority is None else _priority(data.priority),
        route.domains if data.domains is None else _domains(data.domains),
    )


def _priority(priority: int) -> int:
    if not _LOWEST <= priority <= _HIGHEST:
        expected = f"{_LOWEST} to {_HIGHEST}"
        raise Invalid.at("priority", "is out of range", found=str(priority)[:80], expected=expected)
    return priority


def _domains(domains: list[str]) -> tuple[str, ...]:
    if len(domains) > _MOST_DOMAINS:
        raise Invalid.at("domains", "are too many", found=str(len(domains)), expected=f"at most {_MOST_DOMAINS}")
    read = []
    for place, domain in enumerate(domains):
        try:
            read.append(parse_domain(domain.strip()))
        except ValueError:
            path, expected = f"domains[{place}]", "a domain name such as example.com"
            raise Invalid.at(path, "is no domain", found=repr(domain[:80]), expected=expected) from None
    return tuple(dict.fromkeys(read))


def _shape(connection: Connection) -> ConnectionShape:
    shown = {field.name for field in FIELDS[connection.provider]}
    carries = connection.provider in CARRIERS
    checked, created, updated = connection.checked_at, connection.created_at, connection.updated_at
    return ConnectionShape(
        name=connection.name,
        provider=connection.provider,
        source="environment" if connection.is_of_environment else "workspace",
        settings={name: value for name, value in connection.settings.items() if name in shown},
        secrets={name: hint_of(secret) for name, secret in connection.secrets.items()},
        priority=connection.route.priority if carries else None,
        domains=list(connection.route.domains) if carries else None,
        status=connection.status,
        reason=connection.reason,
        checked_at=iso(checked) if checked is not None else None,
        created_at=iso(created) if created is not None else None,
        updated_at=iso(updated) if updated is not None else None,
    )


ROUTES = [list_connections, put_connection, delete_connection, check_connection]
