"""Trying rules out before they are saved: how many contacts pass, and a few of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dripline.contacts.model import Contact
from dripline.contacts.store import find_contacts
from dripline.database.patience import limited
from dripline.database.work import Tx
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.values import Json
from dripline.segments.formats import read_rules
from dripline.segments.saving import find_names, put_in
from dripline.segments.statements import count_passing, some_passing

_PATIENCE_SECONDS = 10
_SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """How many contacts would be in a segment, and the newest of them."""

    count: int
    sample: Sequence[Contact]


async def preview(tx: Tx, workspace: WorkspaceId, rules: Json, *, now: datetime) -> Preview:
    """Who would be in a segment with these rules.

    Raises:
        Invalid: the rules cannot be read, or name what there is not.
        Unprocessable: counting takes too long for an answer.
    """
    whole = await put_in(tx, workspace, await find_names(tx, workspace, read_rules(rules)))
    too_long = f"Counting takes longer than {_PATIENCE_SECONDS} seconds. A saved segment is counted by a job."
    async with limited(tx, seconds=_PATIENCE_SECONDS, otherwise=too_long):
        count = await count_passing(tx, workspace, whole, now=now)
        ids = await some_passing(tx, workspace, whole, limit=_SAMPLE, now=now)
    contacts = await find_contacts(tx, workspace, ids)
    return Preview(count, [contacts[contact] for contact in ids if contact in contacts])
