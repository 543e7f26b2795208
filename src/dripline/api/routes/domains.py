"""Domains: proving that one is yours, and keeping it in order."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody

from dripline.accounts.connections.model import Connection
from dripline.accounts.model import Mode
from dripline.api.answers import CONFLICT, NOT_FOUND, UNPROCESSABLE
from dripline.api.caller import Caller
from dripline.api.paging import Page, page_by, read_place, write_place
from dripline.api.parameters import Calling, Cursor, Limit, Ref
from dripline.api.shapes.domains import DomainShape, shape_domain
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.delivery.domains import store
from dripline.delivery.domains.complaints import Complaints, complaints_of, read_complaints
from dripline.delivery.domains.keys import PrivateKey, make_ed25519_key, make_rsa_key
from dripline.delivery.domains.model import Domain
from dripline.delivery.domains.names import read_domain
from dripline.delivery.domains.records import Place
from dripline.delivery.domains.rotating import rotate_keys
from dripline.delivery.domains.verifying import look, note_findings
from dripline.delivery.domains.ways import connections_of, place_of
from dripline.kernel.clock import real_now

_ALL = 100


class NewDomain(msgspec.Struct, frozen=True, rename="camel"):
    """A domain to prove: the one that stands behind the @ of the sender."""

    domain: str


class _Behind(msgspec.Struct, frozen=True):
    name: str


@post("/domains", responses=CONFLICT | UNPROCESSABLE)
async def create_domain(data: JSONBody[NewDomain], caller: Calling) -> DomainShape:
    """Add a domain, and get the records to publish; 409 when it is there. A test workspace's is verified at once."""
    name = read_domain(data.domain, "domain")
    keys = await _make_keys()

    async def act(tx: Tx) -> Domain:
        return await store.add_domain(tx, caller.id, name, keys, sealer=caller.services.sealer, now=real_now())

    made = await caller.transact(act)
    return await _checked(caller, made) if caller.workspace.mode is Mode.TEST else await _shape(caller, made)


@get("/domains")
async def list_domains(caller: Calling, limit: Limit = _ALL, cursor: Cursor = None) -> Page[DomainShape]:
    """Domains by name, with what was last found of their records."""
    behind = read_place(_Behind, cursor)
    after = behind.name if behind is not None else None
    found = await caller.transact(lambda tx: store.list_domains(tx, caller.id, limit=limit + 1, after=after))
    around = await _around(caller)
    return page_by(
        found,
        limit=limit,
        cursor_of=lambda domain: write_place(_Behind(domain.name)),
        shape=around.shape,
    )


@get("/domains/{ref:str}", responses=NOT_FOUND)
async def get_domain(ref: Ref, caller: Calling) -> DomainShape:
    """One domain, by id or name."""
    return await _shape(caller, await caller.transact(lambda tx: store.find_domain(tx, caller.id, ref)))


@post("/domains/{ref:str}/verify", status_code=200, responses=NOT_FOUND)
async def verify_domain(ref: Ref, caller: Calling) -> DomainShape:
    """Ask the DNS now, and answer what was found. It may take some seconds."""
    return await _checked(caller, await caller.transact(lambda tx: store.find_domain(tx, caller.id, ref)))


@post("/domains/{ref:str}/rotate-key", status_code=200, responses=NOT_FOUND | CONFLICT)
async def rotate_domain_key(ref: Ref, caller: Calling) -> DomainShape:
    """Make new keys. The old ones sign until the records of the new ones are found; 409 while new ones wait."""
    keys = await _make_keys()

    async def act(tx: Tx) -> Domain:
        return await rotate_keys(tx, caller.id, ref, keys, sealer=caller.services.sealer, now=real_now())

    rotating = await caller.transact(act)
    return await _checked(caller, rotating) if caller.workspace.mode is Mode.TEST else await _shape(caller, rotating)


@delete("/domains/{ref:str}", responses=NOT_FOUND)
async def delete_domain(ref: Ref, caller: Calling) -> None:
    """Erase a domain and its keys. Live mail from it is held from now on."""

    async def act(tx: Tx) -> None:
        await store.delete_domain(tx, caller.id, (await store.lock_domain(tx, caller.id, ref)).id)

    await caller.transact(act)


async def _make_keys() -> list[PrivateKey]:
    # An RSA key takes long enough that others should be answered meanwhile.
    return [await asyncio.to_thread(make_rsa_key), make_ed25519_key()]


@dataclass(frozen=True, slots=True)
class _Around:
    """What a domain is judged by besides itself: the connections of the workspace, and complaints about its mail."""

    connections: Sequence[Connection]
    complaints: Mapping[str, Complaints]
    place: Place

    def place_of(self, domain: Domain) -> Place:
        return place_of(domain.name, self.connections, self.place)

    def shape(self, domain: Domain) -> DomainShape:
        complaints = complaints_of(domain.name, self.complaints)
        return shape_domain(domain, self.place_of(domain), complaints, real=real_now())


async def _around(caller: Caller) -> _Around:
    services = caller.services

    async def act(tx: Tx) -> _Around:
        connections = await connections_of(tx, caller.id, caller.workspace.mode, sealer=services.sealer)
        return _Around(connections, await read_complaints(tx, caller.id, now=caller.now()), services.place)

    return await caller.transact(act)


async def _checked(caller: Caller, domain: Domain) -> DomainShape:
    """What is found now, outside any transaction, and what follows from it."""
    around = await _around(caller)
    findings = await look(domain, caller.workspace.mode, around.place_of(domain), caller.services.dns)

    async def act(tx: Tx) -> Domain:
        return await note_findings(tx, caller.id, domain.name, findings, now=caller.now(), real=real_now())

    after = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return around.shape(after)


async def _shape(caller: Caller, domain: Domain) -> DomainShape:
    return (await _around(caller)).shape(domain)


ROUTES = [create_domain, list_domains, get_domain, verify_domain, rotate_domain_key, delete_domain]
