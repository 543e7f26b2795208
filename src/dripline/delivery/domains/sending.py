"""What a worker must know of the domains that mail comes from, kept for a minute."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace

import structlog

from dripline.accounts.sealing import Sealer, Unsealable
from dripline.database.work import Tx
from dripline.delivery.domains.model import Domain, Key
from dripline.delivery.domains.store import about, domains_named, uses_environment
from dripline.delivery.message.addressing import wire_domain
from dripline.delivery.message.signing import SigningKey, read_key
from dripline.kernel.addresses import Mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

_log = structlog.get_logger()

_KEPT_SECONDS = 60.0
# Who waits for a domain to be proved should not wait for this too.
_UNPROVED_KEPT_SECONDS = 2.0
_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Sending:
    """A domain as mail from it needs it. The hosts are None where they are not proved."""

    may_send: bool
    keys: tuple[SigningKey, ...]
    return_path_host: str | None
    tracking_host: str | None


class Domains:
    """Domains by workspace and name. A change in them is seen after a minute at the latest.

    `given` is the domain of the sender in the environment, which counts as proved where that sender is used.
    """

    def __init__(self, sealer: Sealer, *, given: str | None = None) -> None:
        self._sealer = sealer
        self._given = given
        self._kept: dict[tuple[WorkspaceId, str], tuple[float, Sending]] = {}
        # Reading a private key takes longer than signing with it.
        self._read: dict[tuple[WorkspaceId, str], SigningKey] = {}

    async def load(self, tx: Tx, workspace: WorkspaceId, names: Collection[str]) -> None:
        """Read what is not known, or not known any more, of these names, which are in ASCII and lower case."""
        now = asyncio.get_running_loop().time()
        missing = {name for name in names if not self._is_fresh(workspace, name, now)}
        if not missing:
            return
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
            self._read.clear()
        found = await domains_named(tx, workspace, missing)
        is_given = self._given in missing and await uses_environment(tx, workspace)
        for name in missing:
            known = self._sending(workspace, found[name]) if name in found else _UNKNOWN
            if is_given and name == self._given:
                known = replace(known, may_send=True)
            self._kept[workspace, name] = now, known

    def known(self, workspace: WorkspaceId, name: str) -> Sending:
        """What was last loaded of a domain."""
        return self._kept.get((workspace, name), _NEVER)[1]

    def _is_fresh(self, workspace: WorkspaceId, name: str, now: float) -> bool:
        since, known = self._kept.get((workspace, name), _NEVER)
        return now - since < (_KEPT_SECONDS if known.may_send else _UNPROVED_KEPT_SECONDS)

    def _sending(self, workspace: WorkspaceId, domain: Domain) -> Sending:
        keys = [self._key(workspace, domain.name, key) for key in _signing(domain)]
        return Sending(
            domain.may_send(real_now()),
            tuple(key for key in keys if key is not None),
            domain.return_path_host,
            domain.tracking_host,
        )

    def _key(self, workspace: WorkspaceId, name: str, key: Key) -> SigningKey | None:
        if (known := self._read.get((workspace, key.selector))) is not None:
            return known
        try:
            private = self._sealer.open(key.sealed, about(workspace, key.selector))
        except Unsealable as error:
            # Mail goes out unsigned rather than not at all, and the log says why.
            _log.error("key_unreadable", domain=name, selector=key.selector, reason=str(error))
            return None
        read = self._read[workspace, key.selector] = read_key(name, key.selector, private)
        return read


_UNKNOWN = Sending(False, (), None, None)
_NEVER = -_KEPT_SECONDS, _UNKNOWN


def domain_of(sender: Mailbox) -> str:
    """The domain that mail of a sender comes from, in ASCII and lower case.

    Raises:
        Unmailable: it is none.
    """
    return wire_domain(sender.address.domain).lower()


def _signing(domain: Domain) -> list[Key]:
    """The keys that sign: the optional one on top, so that what every receiver can read stands next to the mail."""
    return sorted((key for key in domain.keys if key.signs), key=lambda key: key.algorithm)
