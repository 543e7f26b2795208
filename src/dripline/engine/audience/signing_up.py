"""Signing up by a public form. Anybody can name any address, so its owner is asked first, by a mail (`confirming`); and
so that nobody is pestered by it, only so much is taken: from one network, for one list, and about one address.

The limits count in real time, also where the time of the workspace stands still.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dripline.database.work import Tx
from dripline.durable.budgets import forget_budgets, open_budget, reserve
from dripline.kernel.addresses import Address
from dripline.kernel.clock import real_now
from dripline.kernel.ids import ListId, WorkspaceId

MOST_FROM_NETWORK = 30
MOST_FOR_LIST = 1_000
MOST_ABOUT_ADDRESS = 5

_BEGINNING = "signup:"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TooMany:
    """Nothing was taken: there were too many before. More may be asked at that time."""

    until: datetime


async def admit(tx: Tx, workspace: WorkspaceId, list_id: ListId, address: Address, *, network: str) -> bool | TooMany:
    """Whether somebody may be asked now who was named by this network for this list; and counts it.

    False where the address was named often enough: whoever named it must not learn that. In a transaction of its own,
    which is short, since all who sign up for a list wait for each other in it.
    """
    now = real_now()
    here = {_name("from", workspace, network): MOST_FROM_NETWORK, f"{_BEGINNING}list:{list_id}": MOST_FOR_LIST}
    if (until := await _take(tx, workspace, here, _HOUR, now=now)) is not None:
        return TooMany(until)
    about = {_name("to", workspace, address.key): MOST_ABOUT_ADDRESS}
    return await _take(tx, workspace, about, _DAY, now=now) is None


async def forget_limits(tx: Tx, *, now: datetime) -> None:
    """Throw away what was counted in hours and days that are over, in all workspaces."""
    await forget_budgets(tx, _BEGINNING, now=now)


async def _take(
    tx: Tx, workspace: WorkspaceId, limits: Mapping[str, int], period: timedelta, *, now: datetime
) -> datetime | None:
    """Count one more; gives when there may be more, where one of the limits is reached."""
    for name, most in sorted(limits.items()):
        await open_budget(tx, workspace, name, capacity=most, period=period, anchor=now)
    grant = await reserve(tx, workspace, list(limits), 1, now=now)
    return None if grant.permits else grant.free_at or now + period


def _name(kind: str, workspace: WorkspaceId, about: str) -> str:
    """The budget of a network or an address, which cannot be read from it."""
    digest = hashlib.blake2b(about.encode(), key=workspace.bytes, digest_size=16).hexdigest()
    return f"{_BEGINNING}{kind}:{digest}"
