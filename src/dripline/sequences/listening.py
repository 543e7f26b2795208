"""What a version of a sequence wants to hear of: the facts that start, stop, count for or wake its runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from dripline.database.work import Tx
from dripline.events.listening import FactKey, Role, listen, unlisten
from dripline.kernel.ids import SequenceId, WorkspaceId
from dripline.kernel.tags import normal_tag
from dripline.predicates.model import ANY
from dripline.sequences import store
from dripline.sequences.interpreter.program import Program
from dripline.sequences.language.model import (
    ApiTrigger,
    ContactTrigger,
    Definition,
    EventTrigger,
    FrequencyTrigger,
    InactivityTrigger,
    ListTrigger,
    SegmentTrigger,
    StopCondition,
    StopKind,
    TagTrigger,
)
from dripline.sequences.model import References

Wanted = tuple[FactKey, Role]
"""A fact and what it does."""


@dataclass(frozen=True, slots=True)
class Listens:
    """`starts` count only for the newest version, while the sequence is active; `others` for as long as there are runs.

    `silence` is there when nothing that happens starts a run, but that something has not happened for so long.
    """

    starts: tuple[Wanted, ...]
    others: tuple[Wanted, ...]
    silence: InactivityTrigger | None = None


def listens_of(definition: Definition, program: Program, references: References) -> Listens:
    """What a version listens to. `references` has the ids of the lists and segments that it names."""
    silence = definition.trigger if isinstance(definition.trigger, InactivityTrigger) else None
    others = (*_stops(definition.stop_condition, references), *_goals(definition), *_wakes(program))
    return Listens(tuple(_starts(definition, references)), others, silence)


async def let_start(
    tx: Tx, workspace: WorkspaceId, sequence: SequenceId, version: int, listens: Listens, *, now: datetime
) -> None:
    """Let a version be started by what it listens to, in place of any other version."""
    await unlisten(tx, workspace, sequence, *_STARTING)
    silent = [(("silent", str(sequence)), Role.START)] if listens.silence is not None else []
    await listen(tx, workspace, sequence, version, [*listens.starts, *silent])
    await store.set_silence(tx, workspace, sequence, listens.silence, now=now)


async def let_nothing_start(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, now: datetime) -> None:
    """Let nothing start a sequence. What stops, counts for and wakes its runs is still heard."""
    await unlisten(tx, workspace, sequence, *_STARTING)
    await store.set_silence(tx, workspace, sequence, None, now=now)


async def count_goals_only(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, now: datetime) -> None:
    """Hear of nothing but goals, which count after the end of the runs as well."""
    await unlisten(tx, workspace, sequence, *_STARTING, Role.STOP, Role.WAKE)
    await store.set_silence(tx, workspace, sequence, None, now=now)


_STARTING = (Role.START, Role.FREQUENCY)


def _starts(definition: Definition, references: References) -> Iterator[Wanted]:
    match definition.trigger:
        case EventTrigger(event=name):
            yield ("event", name), Role.START
        case ContactTrigger():
            yield ("contact", "added"), Role.START
        case ListTrigger(list=name):
            yield ("list", _list(name, references)), Role.START
        case TagTrigger(tag=tag):
            yield ("tag", _tag(tag)), Role.START
        case SegmentTrigger(segment=name):
            yield ("segment", str(references.segments[name])), Role.START
        case FrequencyTrigger(event=name):
            yield ("event", name), Role.FREQUENCY
        case ApiTrigger() | InactivityTrigger():
            pass
        case unreachable:
            assert_never(unreachable)


def _stops(stop: StopCondition | None, references: References) -> Iterator[Wanted]:
    if stop is None:
        return
    match stop.type:
        case StopKind.HAS_TAG:
            yield ("tag", _tag(stop.value)), Role.STOP
        case StopKind.DOES_NOT_HAVE_TAG:
            yield ("untag", _tag(stop.value)), Role.STOP
        case StopKind.EVENT_RECEIVED:
            yield ("event", stop.value), Role.STOP
        case StopKind.ADDED_TO_LIST:
            yield ("list", _list(stop.value, references)), Role.STOP
        case StopKind.REMOVED_FROM_LIST:
            yield ("unlist", _list(stop.value, references)), Role.STOP
        case unreachable:
            assert_never(unreachable)


def _list(name: str, references: References) -> str:
    return name if name == ANY else str(references.lists[name])


def _tag(name: str) -> str:
    return name if name == ANY else normal_tag(name)


def _goals(definition: Definition) -> Iterator[Wanted]:
    if definition.conversion is not None:
        yield ("event", definition.conversion.event), Role.CONVERT


def _wakes(program: Program) -> Iterator[Wanted]:
    for key in sorted(program.hears):
        yield key, Role.WAKE
