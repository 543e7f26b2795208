"""Carrying out what steps change: tags, lists, properties, and enrollments in other sequences.

The runs have been moved on already, so that a change may end the very run that made it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never

import structlog

from dripline.database.work import Tx
from dripline.engine.audience import belonging, people
from dripline.engine.runs.enrolling import enroll_by_step
from dripline.engine.runs.moving import Place
from dripline.kernel.errors import Refused
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.sequences.interpreter.program import (
    AddTag,
    Change,
    EnterSequence,
    JoinList,
    LeaveList,
    RemoveTag,
    SetProperty,
)
from dripline.sequences.programs import Published, VersionKey

_log = structlog.get_logger()


async def act(
    tx: Tx,
    workspace: WorkspaceId,
    changes: Sequence[tuple[Place, Sequence[Change]]],
    programs: Mapping[VersionKey, Published],
    *,
    now: datetime,
) -> None:
    """Make the changes, those of many contacts at once where they are the same.

    They are facts one step further from the person's own doing than what began the run.
    """
    together: dict[tuple[VersionKey, Change, int], list[ContactId]] = {}
    for place, made in changes:
        for change in made:
            together.setdefault((place.key, change, place.due.depth + 1), []).append(place.due.contact_id)
    for (key, change, depth), contacts in together.items():
        await _make(tx, workspace, change, programs[key], contacts, now=now, depth=depth)


async def _make(
    tx: Tx,
    workspace: WorkspaceId,
    change: Change,
    version: Published,
    contacts: Sequence[ContactId],
    *,
    now: datetime,
    depth: int,
) -> None:
    match change:
        case AddTag(tag):
            await belonging.tag(tx, workspace, contacts, [tag], now=now, depth=depth)
        case RemoveTag(tag):
            await belonging.untag(tx, workspace, contacts, [tag], now=now, depth=depth)
        case JoinList(name):
            if (joined := version.lists.get(name)) is not None:
                await belonging.add_to_list(tx, workspace, joined, contacts, now=now, depth=depth)
        case LeaveList(name):
            if (left := version.lists.get(name)) is not None:
                await belonging.remove_from_list(tx, workspace, left, contacts, now=now, depth=depth)
        case SetProperty(name, value):
            outcomes = await people.set_properties(tx, workspace, contacts, {name: value}, now=now, depth=depth)
            for refused in (each for each in outcomes if isinstance(each, Refused)):
                _log.warning("property_not_set", property=name, reason=refused.message)
        case EnterSequence(name):
            if (entered := version.sequences.get(name)) is not None:
                await enroll_by_step(tx, workspace, entered, contacts, now=now, depth=depth)
        case unreachable:
            assert_never(unreachable)
