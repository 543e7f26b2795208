"""Reacting to facts that were recorded below the engine, and to changes that may move somebody between segments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from dripline.contacts.model import Contact
from dripline.contacts.store import find_contacts, lock_contacts
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.durable.halving import in_halves
from dripline.engine.facts.reacting import Reaction, react
from dripline.events.model import Fact, SegmentsTouched, contact_of
from dripline.events.store import pending_contacts, stick_reactions, take_reactions
from dripline.kernel.ids import ContactId, WorkspaceId, show
from dripline.segments.membership import reevaluate

_log = structlog.get_logger()

_BATCH = 500


async def react_to_pending(database: Database, workspace: WorkspaceId, *, now: datetime) -> int:
    """React to facts that wait; gives about how many contacts. Repeated until it gives 0.

    When it fails, it is halved until the contact at fault is alone; the facts about that one are set aside.
    """
    async with database.work() as tx:
        waiting = await pending_contacts(tx, workspace, limit=_BATCH)

    async def react_about(contacts: Sequence[ContactId]) -> None:
        async with database.work() as tx:
            await lock_contacts(tx, workspace, contacts)
            await react_once(tx, workspace, contacts, now=now)

    async def set_aside(contact: ContactId, error: Exception) -> None:
        _log.error("reaction_stuck", contact=show("contact", contact), exc_info=error)
        async with database.work() as tx:
            await stick_reactions(tx, workspace, contact, reason=f"{type(error).__name__}: {error}")

    await in_halves(waiting, react_about, at_fault=set_aside)
    return len(waiting)


async def react_once(
    tx: Tx, workspace: WorkspaceId, contacts: Sequence[ContactId], *, now: datetime, enroll: bool = True
) -> Reaction | None:
    """React to the facts that wait about contacts whom the caller has locked; None when none does.

    More may wait afterwards: a segment that somebody entered may be what the rules of another one ask for.
    """
    facts = await take_reactions(tx, workspace, contacts)
    if not facts:
        return None
    present = await find_contacts(tx, workspace, {contact_of(fact) for fact in facts})
    facts = [fact for fact in facts if contact_of(fact) in present]
    facts += await _moves_between_segments(tx, workspace, facts, present, now=now)
    return await react(tx, workspace, facts, present, now=now, enroll=enroll)


async def _moves_between_segments(
    tx: Tx, workspace: WorkspaceId, facts: Sequence[Fact], contacts: Mapping[ContactId, Contact], *, now: datetime
) -> list[Fact]:
    """Who has entered or left the segments that these facts touch."""
    touched: dict[ContactId, set[UUID]] = {}
    depths: dict[ContactId, int] = {}
    for fact in facts:
        if isinstance(fact, SegmentsTouched):
            touched.setdefault(fact.contact_id, set()).update(fact.segment_ids)
            depths[fact.contact_id] = max(depths.get(fact.contact_id, 0), fact.depth)
    if not touched:
        return []
    return [*await reevaluate(tx, workspace, touched, contacts, depths=depths, now=now)]
