"""Moving events that are older than they are kept to the archive. They count no more for rules and conditions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database, is_out_of_reach
from dripline.database.work import Tx
from dripline.events.archiving import archive_events, oldest_events, workspaces_with_retention
from dripline.events.listening import Role, keys_of, listeners
from dripline.events.model import Event, Happened, SegmentsTouched
from dripline.events.store import leave_reactions
from dripline.kernel.ids import ContactId, WorkspaceId, show

_log = structlog.get_logger()

# As many contacts as are locked at once, should each event be about another one.
_AT_ONCE = 500


async def archive_old_events(database: Database, *, real: datetime) -> None:
    """Archive what is too old, wherever events are kept for a time only, page by page. May be repeated."""
    for workspace, before in await workspaces_with_retention(database, real=real):
        try:
            while await _archive_page(database, workspace, before=before):
                pass
        except Exception as error:
            if is_out_of_reach(error):
                raise
            # What stops one workspace must not stop the others.
            _log.error("archiving_failed", workspace=show("workspace", workspace), exc_info=error)


async def _archive_page(database: Database, workspace: WorkspaceId, *, before: datetime) -> bool:
    """Whether there may be more."""
    async with database.work() as tx:
        old = await oldest_events(tx, workspace, before=before, limit=_AT_ONCE)
        await lock_contacts(tx, workspace, {event.contact_id for event in old})
        archived = await archive_events(tx, workspace, old) if old else []
        await _touch_segments(tx, workspace, archived)
    return len(old) == _AT_ONCE


async def _touch_segments(tx: Tx, workspace: WorkspaceId, gone: Sequence[Event]) -> None:
    """Leave word where a segment asks for what is not counted any more."""
    facts = [Happened(event) for event in gone]
    heard = await listeners(tx, workspace, {key for fact in facts for key in keys_of(fact)})
    segments = {key: {each.target_id for each in found if each.role is Role.SEGMENT} for key, found in heard.items()}
    touched: dict[ContactId, set[UUID]] = {}
    for fact in facts:
        for key in keys_of(fact):
            if asking := segments.get(key):
                touched.setdefault(fact.event.contact_id, set()).update(asking)
    await leave_reactions(tx, workspace, _word(touched))


def _word(touched: Mapping[ContactId, set[UUID]]) -> list[SegmentsTouched]:
    return [SegmentsTouched(contact, tuple(sorted(segments))) for contact, segments in touched.items()]
