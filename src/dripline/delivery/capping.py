"""The frequency cap: at most so many mails to one contact in a rolling span, whichever sequences they are of.

What was handed over is counted from the ledger, and what is being handed over from the outbox, under the lock of the
contact, so that two sequences cannot both take the last place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import ContactId, WorkspaceId

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class FrequencyCap:
    """At most `most` mails in any span of `within`."""

    most: int
    within: timedelta


class Places:
    """The places that each of some contacts has left, taken one by one."""

    def __init__(self, cap: FrequencyCap, mailed: dict[ContactId, list[datetime]], now: datetime) -> None:
        self._cap = cap
        self._mailed = mailed
        self._now = now

    def free_at(self, contact: ContactId) -> datetime:
        """When the contact may be mailed: now, or when enough mails lie outside the span again."""
        times = self._mailed.get(contact, [])
        if len(times) < self._cap.most:
            return self._now
        return max(times[-self._cap.most] + self._cap.within, self._now)

    def take(self, contact: ContactId) -> None:
        """Count a mail that is about to be handed over."""
        self._mailed.setdefault(contact, []).append(self._now)


async def places(tx: Tx, workspace: WorkspaceId, contacts: Sequence[ContactId], *, now: datetime) -> Places | None:
    """The places left to these contacts, whom the caller has locked; None where nothing is capped."""
    cap = await read_cap(tx, workspace)
    if cap is None:
        return None
    rows = await tx.rows(_sql["mailed_lately"], workspace, contacts, now - cap.within, now)
    mailed: dict[ContactId, list[datetime]] = {}
    for row in rows:
        mailed.setdefault(row["contact_id"], []).append(row["at"])
    return Places(cap, mailed, now)


async def read_cap(tx: Tx, workspace: WorkspaceId) -> FrequencyCap | None:
    """The cap of a workspace, or None when there is none."""
    row = await tx.row(_sql["frequency_cap"], workspace)
    return FrequencyCap(row["most"], timedelta(seconds=row["within_seconds"])) if row is not None else None


async def set_cap(tx: Tx, workspace: WorkspaceId, cap: FrequencyCap) -> None:
    """Cap from now on; what was handed over before counts."""
    await tx.run(_sql["set_frequency_cap"], workspace, cap.most, round(cap.within.total_seconds()))


async def remove_cap(tx: Tx, workspace: WorkspaceId) -> None:
    """Cap no more.

    Raises:
        NotFound: there is no cap.
    """
    if not await tx.run(_sql["remove_frequency_cap"], workspace):
        raise NotFound("This workspace has no frequency cap.")
