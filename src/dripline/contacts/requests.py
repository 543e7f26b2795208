"""Who was asked whether they want to be on a list, as rows. Whoever writes them has locked the contacts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.ids import ContactId, ListId, WorkspaceId

GOOD_FOR = timedelta(days=7)
"""So long after the last mail somebody may confirm."""

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A question to one contact about one list: first and last asked when, how often, and when they said yes."""

    id: UUID
    list_id: ListId
    contact_id: ContactId
    asked_at: datetime
    mailed_at: datetime
    mails: int
    confirmed_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it may still be answered."""
        return self.confirmed_at is None and now < self.mailed_at + GOOD_FOR


async def requests_of(
    tx: Tx, workspace: WorkspaceId, found: ListId, contacts: Collection[ContactId]
) -> Mapping[ContactId, ListRequest]:
    """What these contacts were asked about a list."""
    rows = await tx.rows(_sql["list_requests_of"], workspace, found, list(contacts))
    return {request.contact_id: request for request in map(_request, rows)}


async def members_among(
    tx: Tx, workspace: WorkspaceId, found: ListId, contacts: Collection[ContactId]
) -> set[ContactId]:
    """Those of the contacts that are on a list."""
    rows = await tx.rows(_sql["members_among"], workspace, found, list(contacts))
    return {ContactId(row["contact_id"]) for row in rows}


async def keep_requests(tx: Tx, workspace: WorkspaceId, requests: Sequence[ListRequest]) -> None:
    """Keep questions, each in the place of an earlier one to the same contact about the same list."""
    await tx.run(
        _sql["keep_list_requests"],
        workspace,
        [each.list_id for each in requests],
        [each.contact_id for each in requests],
        [each.id for each in requests],
        [each.asked_at for each in requests],
        [each.mailed_at for each in requests],
        [each.mails for each in requests],
    )


async def find_request(tx: Tx, workspace: WorkspaceId, contact: ContactId, request: UUID) -> ListRequest | None:
    """A question by its id; None when it is gone, or another one took its place."""
    row = await tx.row(_sql["find_list_request"], workspace, contact, request)
    return _request(row) if row is not None else None


async def mark_confirmed(tx: Tx, workspace: WorkspaceId, request: ListRequest, *, now: datetime) -> None:
    """Note that somebody said yes."""
    await tx.run(_sql["confirm_list_request"], workspace, request.list_id, request.contact_id, now)


async def forget_requests(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Erase what a contact was asked."""
    await tx.run(_sql["forget_list_requests"], workspace, contact)


def _request(row: Row) -> ListRequest:
    return ListRequest(**dict(row))
