"""What providers report, without a key: verified, kept, answered. It is worked by a worker, a moment later."""

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from dripline.accounts.connections.model import Connection
from dripline.accounts.connections.store import list_connections
from dripline.api.parameters import Calling, Ref, Wired
from dripline.api.services import Services
from dripline.database.work import Tx
from dripline.delivery.feedback.inbound import Received, Source, keep
from dripline.delivery.feedback.providers.contract import Incoming, Reporter, Unreadable
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Invalid, NotFound, Unauthorised
from dripline.kernel.ids import WorkspaceId


class ReportAddress(msgspec.Struct, frozen=True):
    """Where a provider sends its reports. Whoever knows it can send some: treat it as a secret."""

    provider: str
    url: str


class TakenIn(msgspec.Struct, frozen=True):
    """How many reports of a request were kept, were there already, and could not be read."""

    kept: int
    repeated: int
    unreadable: int


class ReportAddresses(msgspec.Struct, frozen=True):
    """Where the providers send their reports."""

    data: list[ReportAddress]


@get("/feedback/addresses")
async def report_addresses(caller: Calling) -> ReportAddresses:
    """The URLs that this workspace's providers send their reports to."""
    doors, workspace = caller.services.doors, caller.id
    return ReportAddresses(
        [ReportAddress(source, doors.url(workspace, source)) for source in caller.services.reporters]
    )


@post("/webhooks/in/{provider:str}/{ref:str}", include_in_schema=False, status_code=200)
async def take_in(provider: FromPath[str], ref: Ref, request: Request[Any, Any, Any], services: Wired) -> TakenIn:
    """Keep what a provider reports. 200 means that it is safe, and not that it was understood."""
    source, reporter, workspace = _whose(services, provider, ref)
    incoming = Incoming(_headers(request), await request.body(), real_now())
    if not await reporter.verify(incoming, await _connections(services, workspace, reporter)):
        raise Unauthorised("The signature is not good.")
    try:
        pieces, unreadable = reporter.split(incoming.body)
    except Unreadable as error:
        raise Invalid(f"This is no report of {source}: {error}.") from None
    received = [Received(piece.key, piece.content) for piece in pieces]
    new = await services.database.transact(
        lambda tx: keep(tx, workspace, source, received, now=incoming.at), workspace=workspace
    )
    return TakenIn(new, len(received) - new, unreadable)


def _whose(services: Services, provider: str, token: str) -> tuple[Source, Reporter, WorkspaceId]:
    reporter = services.reporters.get(Source(provider)) if provider in set(Source) else None
    workspace = services.doors.read(Source(provider), token) if reporter is not None else None
    if reporter is None or workspace is None:
        raise NotFound("There is no such address.")
    return Source(provider), reporter, workspace


async def _connections(services: Services, workspace: WorkspaceId, reporter: Reporter) -> list[Connection]:
    async def act(tx: Tx) -> list[Connection]:
        return await list_connections(tx, workspace, sealer=services.sealer, environment=services.environment)

    found = await services.database.transact(act, workspace=workspace)
    return [each for each in found if each.provider is reporter.connected_as]


def _headers(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Headers by lower-case name. One that is given twice is left out: nobody can say which of the two counts."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for name, value in request.headers.multi_items():
        twice |= {name.lower()} & found.keys()
        found[name.lower()] = value
    return {name: value for name, value in found.items() if name not in twice}


ROUTES = [report_addresses]
PUBLIC = [take_in]
