"""How mail of one domain reaches the world: through the connections that carry it, else as the installation has it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from dripline.accounts.connections.model import Connection, Provider
from dripline.accounts.connections.presets import relay_of
from dripline.accounts.connections.store import connections_that_carry
from dripline.accounts.model import Mode
from dripline.accounts.sealing import Sealer
from dripline.database.work import Tx
from dripline.delivery.domains.records import Place
from dripline.delivery.domains.terms import terms_of
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.relays import Relay

Thing = TypeVar("Thing")

_APIS: Mapping[Provider, str] = {
    Provider.POSTMARK: "Postmark",
    Provider.SENDGRID: "SendGrid",
    Provider.MAILGUN: "Mailgun",
    Provider.RESEND: "Resend",
}


async def connections_of(tx: Tx, workspace: WorkspaceId, mode: str, *, sealer: Sealer) -> list[Connection]:
    """The connections that mail of a workspace may leave through. A test workspace uses none."""
    if mode == Mode.TEST:
        return []
    found = await connections_that_carry(tx, [workspace], sealer=sealer)
    return found.get(workspace, [])


def place_of(domain: str, connections: Iterable[Connection], place: Place) -> Place:
    """The place of a domain: that of the installation, or where connections serve the domain, with theirs instead."""
    serving = [each for each in connections if each.route.serves(domain)]
    if not serving:
        return place
    apis = [_APIS[each.provider] for each in serving if each.provider in _APIS]
    return through(place, [relay_of(each) for each in serving if each.provider is Provider.SMTP], providers=apis)


def through(place: Place, relays: Sequence[Relay], *, providers: Sequence[str] = ()) -> Place:
    """A place whose mail leaves by these relays and APIs. No credentials are kept in it."""
    terms = [term for relay in relays for term in terms_of(relay.host)]
    outside = [replace(relay, credentials=None) for relay in relays if not relay.is_loopback]
    return replace(
        place, spf_terms=_each_once(terms), relays=_each_once(outside), providers=_each_once(sorted(providers))
    )


def _each_once(things: Iterable[Thing]) -> tuple[Thing, ...]:
    return tuple(dict.fromkeys(things))
