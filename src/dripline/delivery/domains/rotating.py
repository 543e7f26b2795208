"""A new key for a domain. The old one signs until the record of the new one is there, and stays published a while."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dripline.accounts.sealing import Sealer
from dripline.database.work import Tx
from dripline.delivery.domains.keys import PrivateKey
from dripline.delivery.domains.model import Domain, Key
from dripline.delivery.domains.store import add_keys, find_domain, lock_domain, save_domain
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import WorkspaceId


async def rotate_keys(
    tx: Tx, workspace: WorkspaceId, ref: str, keys: Sequence[PrivateKey], *, sealer: Sealer, now: datetime
) -> Domain:
    """The domain with new keys, one of each kind, that wait for their records. `now` is the real time.

    Raises:
        NotFound: there is no such domain.
        Conflict: a key waits for its record already.
    """
    domain = await lock_domain(tx, workspace, ref)
    waiting = [key for key in waiting_of(domain) if key.algorithm == "rsa"]
    if waiting:
        raise Conflict(
            f"The key {waiting[0].selector!r} of {domain.name} still waits for its record. Publish that one first."
        )
    await add_keys(tx, workspace, domain.id, keys, sealer=sealer, now=now)
    rotating = await find_domain(tx, workspace, domain.name)
    # A second key that was never published is replaced without being missed.
    dropped = {key.selector for key in waiting_of(domain)}
    kept = tuple(key for key in rotating.keys if key.selector not in dropped)
    await save_domain(tx, workspace, replace(rotating, keys=kept, updated_at=now))
    return await find_domain(tx, workspace, domain.name)


def waiting_of(domain: Domain) -> list[Key]:
    """The keys of a domain whose records have not been found yet."""
    return [key for key in domain.keys if key.is_waiting]
